"""The folder of a run: made fresh, filled, and removed whatever the program did to it."""

# ruff: noqa: PTH101, PTH104, PTH106, PTH108, PTH118
# Plain system calls on strings: a program can leave thousands of files.
from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asrun.execute.request import PlacedFile


def make_folder() -> Path:
    """A new folder with a short neutral name, open to this user only, in TMPDIR or /tmp.

    In it are `work`, where the program starts, and beside that its `home` and its `tmp`, so that a program which
    lists its folder sees only what was put there.
    """
    temporary = os.path.realpath(os.environ.get("TMPDIR") or "/tmp")
    while True:
        base = Path(temporary, f"run-{os.urandom(4).hex()}")
        with contextlib.suppress(FileExistsError):
            base.mkdir(0o700)
            break
    for name in ("work", "home", "tmp"):
        (base / name).mkdir(0o700)
    return base


def place_files(folder: Path, files: Iterable[PlacedFile]) -> None:
    """Write files into a folder, and the folders that their names need.

    Raises ValueError for a name that is not relative or would leave the folder.
    """
    for file in files:
        name = PurePosixPath(file.name)
        if name.is_absolute() or ".." in name.parts or not name.name or "\0" in file.name:
            raise ValueError(f"{file.name!r} is not the name of a file inside the run's folder")
        path = folder / name
        if len(name.parts) > 1:
            path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        path.chmod(0o755 if file.executable else 0o644)


def remove_tree(folder: str | Path) -> None:
    """Remove a folder with all that is in it, however deep, also where permissions were taken away.

    A folder found inside another is moved up to the top before it is emptied: no path grows too long, no recursion
    is needed and no link is followed. What cannot be removed (another user's files) stays.
    """
    top = os.fspath(folder)
    unique = os.urandom(4).hex()
    folders = [top]
    for path in folders:
        for entry in _entries(path):
            with contextlib.suppress(OSError):
                if not entry.is_dir(follow_symlinks=False):
                    os.unlink(entry.path)
                elif path == top:
                    folders.append(entry.path)
                else:
                    os.chmod(entry.path, 0o700)
                    moved = os.path.join(top, f"{unique}-{len(folders)}")
                    os.rename(entry.path, moved)
                    folders.append(moved)
    for path in reversed(folders):
        with contextlib.suppress(OSError):
            os.rmdir(path)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """What is in a folder, which is made readable and writable first; nothing where it cannot be."""
    try:
        os.chmod(folder, 0o700)
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []
