"""Whether anything is different from the last build that ended well. Where nothing is, nothing has to be done.

All that a build reads and makes is held against a fingerprint: the project's files and recordings and the pages that it
made by their content, AsRun itself and what it is installed beside by size and time. A difference that does not matter
costs a build; one that matters and is not seen must not be, so whatever cannot be told counts as a difference.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from asrun.root import SCENARIOS

_PACKAGE = Path(__file__).resolve().parent
_NAME = "last-build.json"
_ELSEWHERE = re.compile(rb"(?<![.\w])\.\.(?![.\w])")
"""`..` as a part of a path."""


class LastBuild(msgspec.Struct, frozen=True, kw_only=True):
    """What a build that ended well said, and what would have to be as it was for another to say the same."""

    written: str
    """The fingerprint of what authors wrote, of AsRun, and of where it runs."""
    made: str
    """The fingerprint of the recordings and pages that it used and left."""
    notes: tuple[str, ...]
    """What it told of the project: warnings, claims that are not judged here."""
    pages: tuple[str, ...]
    """The decks that it wrote, relative to the project."""
    claims: int
    """How many claims hold."""
    unseen: str
    """Why nobody looked whether a slide overflows, where nobody could."""


def last_build(root: Path, state: Path) -> LastBuild | None:
    """The last build that ended well, if one now would find nothing different; None where it might."""
    try:
        last = msgspec.json.decode((state / _NAME).read_bytes(), type=LastBuild)
        return last if (last.written, last.made) == (written(root), _made(root)) else None
    except (OSError, msgspec.DecodeError):
        return None


def remember(
    root: Path,
    state: Path,
    before: str | None,
    *,
    notes: tuple[str, ...],
    pages: tuple[str, ...],
    claims: int,
    unseen: str,
) -> None:
    """Keep what a build said. `before` is what `written` gave when it began: no effect where that has changed."""
    path = state / _NAME
    with suppress(OSError):
        path.unlink(missing_ok=True)
        if before is None or before != written(root):
            return
        last = LastBuild(written=before, made=_made(root), notes=notes, pages=pages, claims=claims, unseen=unseen)
        fresh = path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(last))
        fresh.replace(path)


def written(root: Path) -> str | None:
    """The fingerprint of a project's scenarios and templates, and of AsRun here; None where it cannot be told.

    It cannot where a scenario may use files that lie elsewhere in the project (`../`), or where a folder is a link.
    """
    digest = hashlib.blake2b(digest_size=16)
    try:
        for line in _here():
            digest.update(f"{line}\n".encode(errors="surrogateescape"))
        for folder in (SCENARIOS, "templates"):
            for path, content in _contents(root / folder):
                if path.suffix.lower() in (".yaml", ".yml") and _ELSEWHERE.search(content):
                    return None
                _add(digest, path.relative_to(root), content)
    except OSError:
        return None
    return digest.hexdigest()


def _made(root: Path) -> str:
    """The fingerprint of a project's recordings and pages. Raises OSError."""
    digest = hashlib.blake2b(digest_size=16)
    for path, content in _contents(root / "slides"):
        _add(digest, path.relative_to(root), content)
    return digest.hexdigest()


def _add(digest: hashlib.blake2b, path: Path, content: bytes) -> None:
    digest.update(f"{path.as_posix()!r} {len(content)}\n".encode())
    digest.update(content)


def _contents(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file in a folder and below, in order, with its content; Python's own caches left out. Raises OSError."""
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        if any(Path(where, name).is_symlink() for name in folders):
            raise OSError("what a link leads to is not followed")
        for name in sorted(names):
            path = Path(where, name)
            yield path, path.read_bytes() if path.is_file() else b""


def _here() -> Iterator[str]:
    """What of this machine and this installation a build depends on, in lines."""
    yield f"{sys.version} {sys.executable} {sys.platform}"
    # What is on PATH decides which interpreters and which Chromium there are.
    for name in ("PATH", "ASRUN_CHROMIUM", "HOME"):
        yield f"{name}={os.environ.get(name)}"
    # A folder's time changes when something is installed into it or removed. Two managers of Pythons keep theirs apart.
    pyenv = Path(os.environ.get("PYENV_ROOT") or "~/.pyenv", "versions")
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or "~/.local/share/uv/python")
    versions = [str(folder.expanduser()) for folder in (pyenv, uv)]
    installed = [folder for folder in sys.path if folder.endswith(("site-packages", "dist-packages"))]
    for folder in (*installed, *versions, *os.environ.get("PATH", "").split(os.pathsep)):
        with suppress(OSError):
            yield f"{folder} {Path(folder).stat().st_mtime_ns}"
    for top in (_PACKAGE, _PACKAGE.parent / "templates"):
        for where, folders, names in os.walk(top):
            folders[:] = sorted(name for name in folders if name != "__pycache__")
            for name in sorted(names):
                found = Path(where, name).stat()
                yield f"{where} {name} {found.st_size} {found.st_mtime_ns}"
