"""Files written whole or not at all, and one build of a project at a time."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from asrun.errors import AsRunError, CannotWrite


class Busy(AsRunError):
    """Another build of the same project is running."""

    exit_code = 1


def make_folder(folder: Path) -> None:
    """Make a folder that can be written to, where it is not there yet. Raises CannotWrite."""
    with _telling(folder):
        folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise CannotWrite(folder, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))


@contextlib.contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotWrite(path, error) from error


def write_file(path: Path, content: bytes) -> bool:
    """Put `content` at `path` by a rename; False, with nothing touched, where it is there already.

    Raises CannotWrite, with the old file as it was.
    """
    with _telling(path):
        return _write(path, content)


def _write(path: Path, content: bytes) -> bool:
    with contextlib.suppress(OSError):
        if path.read_bytes() == content:
            return False
    make_folder(path.parent)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        # mkstemp makes files that only their owner may read; these are to be shared.
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return True


@contextlib.contextmanager
def project_lock(folder: Path) -> Iterator[None]:
    """Keep other builds of a project out while this one runs. Raises Busy where one is running.

    The lock is the system's own (flock), so that it ends with the process whatever happens to it.
    """
    import fcntl

    make_folder(folder)
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Busy(
                "another build of this project is running; wait for it, or build elsewhere with --out"
            ) from error
        yield
