"""The files that scenarios name: whether they are there, in the project, and what they must be."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from asrun.errors import suggestion
from asrun.lines import split_lines

CODE_LIMIT = 1_000_000
"""Bytes of a program; what is larger is no code for a slide."""


class WrongFile(Exception):
    """A file cannot be used: a message and a hint for the author."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def find_file(root: Path, folder: Path, name: str) -> Path:
    """The file or folder that a scenario in `folder` names, in the project at `root` (resolved).

    Raises WrongFile where it is not there, or is not in the project, links followed.
    """
    shown = repr(name)
    if not name.strip():
        raise WrongFile("a file needs a name")
    if name.startswith(("/", "~")) or Path(name).is_absolute():
        raise WrongFile(f"{shown} lies outside the project", f"write it relative to {folder.name}/")
    path = folder / name
    try:
        resolved = path.resolve()
        if not resolved.is_relative_to(root):
            inside = Path(os.path.normpath(path)).is_relative_to(root)
            hint = "it is a symbolic link, or in one" if inside else "copy it into the project"
            raise WrongFile(f"{shown} lies outside the project", hint)
        path.stat()
    except (OSError, RuntimeError) as error:  # RuntimeError: a symbolic link to itself, before Python 3.13
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            raise WrongFile(f"there is no file {shown}", _near_files(folder, name)) from error
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "a symbolic link to itself"
        raise WrongFile(f"{shown} cannot be read: {reason.lower()}") from error
    return path


def _near_files(folder: Path, name: str) -> str:
    around = (folder / name).parent
    try:
        # Neither hidden files, nor __pycache__, nor the scenarios themselves.
        found = (entry.name for entry in around.iterdir() if not entry.name.startswith((".", "__")))
        names = sorted(name for name in found if not name.endswith((".yaml", ".yml")))
    except OSError:
        return f"there is no folder {Path(name).parent.as_posix()!r} either; names are relative to {folder.name}/"
    before = Path(name).parent
    return suggestion(name, [(before / found).as_posix() for found in names])


def read_code(path: Path, name: str) -> str:
    """The text of a program. Raises WrongFile where it is none."""
    shown = repr(name)
    try:
        mode = path.stat()
        if stat.S_ISDIR(mode.st_mode):
            programs = sorted(found.name for found in path.glob("*.py"))
            hint = f"name a file in it: {', '.join(programs)}" if programs else "name a file"
            raise WrongFile(f"{shown} is a folder", hint)
        if not stat.S_ISREG(mode.st_mode):
            raise WrongFile(f"{shown} is not a regular file")
        if mode.st_size > CODE_LIMIT:
            raise WrongFile(f"{shown} is larger than {CODE_LIMIT // 1_000_000} MB", "data goes into files:")
        content = path.read_bytes()
    except OSError as error:
        raise WrongFile(f"{shown} cannot be read: {(error.strerror or 'no reason given').lower()}") from error
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = len(split_lines(content[: error.start].decode() + "."))
        message = f"{shown} is not UTF-8: byte 0x{content[error.start]:02x} on line {line}"
        raise WrongFile(message, "save the file as UTF-8") from error
    if "\0" in text:
        raise WrongFile(f"{shown} is not text: it holds NUL characters")
    if not text.strip():
        raise WrongFile(f"{shown} is empty")
    return text


def check_tree(root: Path, path: Path, name: str) -> Iterator[WrongFile]:
    """What cannot be copied, of a file or of all that is in a folder."""
    if Path(name).name in ("", "..") or name.rstrip("/").endswith(".."):
        yield WrongFile(f"{name!r} has no name that the copy could have", "name the folder itself")
        return
    found = [path, *sorted(path.rglob("*"))] if path.is_dir() else [path]
    for item in found:
        shown = repr(name) if item == path else repr(f"{name.rstrip('/')}/{item.relative_to(path).as_posix()}")
        try:
            if not item.resolve().is_relative_to(root):
                yield WrongFile(f"{shown} lies outside the project", "it is a symbolic link")
            elif not stat.S_ISREG(item.stat().st_mode) and not item.is_dir():
                yield WrongFile(f"{shown} is not a regular file")
        except (OSError, RuntimeError):
            yield WrongFile(f"{shown} cannot be read", "is it a symbolic link to nothing?")
