"""What can go wrong, where it is in the author's files, and how it is told.

    AsRunError            exit code and a way to show itself
    ├── AuthorError  (2)  the author's input is wrong; holds every mistake that was found
    ├── NoProject    (2)  there are no scenarios here
    ├── CannotWrite  (1)  the system does not let a file be read or written
    └── BuildFailed  (1)  a claim is false, a run ended otherwise than declared, a slide overflows

Anything else that escapes is a fault of ours: it keeps its traceback and exits with 70.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

import msgspec


class Place(msgspec.Struct, frozen=True, order=True):
    """A position in one of the author's files, as editors count: the first line and column are 1."""

    file: str
    """The path relative to the project, with forward slashes."""
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Mistake(msgspec.Struct, frozen=True):
    """One thing that is wrong in the author's input, ready to be shown."""

    place: Place
    message: str
    text: str = ""
    """The offending line as it stands in the file; empty where there is none (a missing file)."""
    hint: str = ""
    """What is allowed here, or the name that was probably meant."""

    def show(self) -> str:
        """The mistake in up to four lines: place and message, the line, a caret, the hint."""
        shown = [f"{self.place}: {self.message}"]
        if self.text.strip():
            line = "".join(char if char.isprintable() else " " for char in self.text.rstrip("\r\n"))
            column = min(self.place.column - 1, len(line))
            start = max(0, column - _SHOWN_COLUMNS // 2) if len(line) > _SHOWN_COLUMNS else 0
            before, after = line[start:column], line[column : start + _SHOWN_COLUMNS]
            shown.append(f"    {before}{after}")
            shown.append("    " + " " * _width(before) + "^")
        if self.hint:
            shown.append(f"    {self.hint}")
        return "\n".join(shown)


_SHOWN_COLUMNS = 160
"""Of a longer line, only the part around the mistake is shown."""


def _width(text: str) -> int:
    """How many columns a terminal needs for a text: wide characters take two, combining ones none."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(char) != 0 for char in text)


class AsRunError(Exception):
    """An end that the user can do something about: told in a few lines, never a traceback."""

    exit_code: ClassVar[int] = 70

    def show(self) -> str:
        """The lines to print on standard error."""
        return str(self)


class AuthorError(AsRunError):
    """The author's input is wrong. All mistakes of all files are in it, in the order of the files."""

    exit_code = 2

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda mistake: mistake.place))
        super().__init__(f"{len(self.mistakes)} mistakes")

    def show(self) -> str:
        """Every mistake, and how many there are."""
        count = len(self.mistakes)
        total = f"{count} mistake{'s' if count != 1 else ''}"
        return "\n\n".join([*(mistake.show() for mistake in self.mistakes), total])


class NoProject(AsRunError):
    """There are no scenarios here; the message says how a project begins."""

    exit_code = 2


class CannotWrite(AsRunError):
    """A file of the project cannot be read or written, for a reason that the system gives."""

    exit_code = 1

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(f"{path}: {error.strerror or error}")


class BuildFailed(AsRunError):
    """Something that a build must hold does not: the message says what, and where it is written."""

    exit_code = 1


_LISTED = 30
"""Of more names than this, the first ones are told."""


def suggestion(name: str, allowed: Iterable[str], listed: str = "") -> str:
    """A hint for an unknown name: the nearest allowed one where one is near, and all that is allowed.

    `listed` is said in place of a list that would be too long to read.
    """
    names = list(allowed)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if not listed:
        listed = ", ".join(names[:_LISTED]) or "nothing"
        listed += f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"did you mean {near[0]}? Allowed here: {listed}" if near else f"allowed here: {listed}"


def harmless(text: str) -> str:
    """Text that cannot steer the terminal that it is shown on: control characters and changes of the direction of
    writing, which may come from a program's output or an author's file, become replacement characters."""
    return "".join(
        "\ufffd" if unicodedata.bidirectional(character) in _STEERING or _is_control(character) else character
        for character in text
    )


_STEERING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def _is_control(character: str) -> bool:
    return unicodedata.category(character) == "Cc" and character not in "\n\t"
