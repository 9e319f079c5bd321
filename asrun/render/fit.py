"""Type sizes: as large as the lines and the room allow, and never too small to read from the last row."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from asrun.render.text import cells

ADVANCE = 0.605
"""Width of a character in a monospaced face, in em: the widest of the common ones."""


_WORD = re.compile(r"(\s*)(\S+)")


class Room(msgspec.Struct, frozen=True):
    """The space that lines of type may take, in pixels, and the sizes to try."""

    width: float
    height: float
    smallest: int = 20
    largest: int = 30
    leading: float = 1.15
    """Line height in em at the smallest size."""
    airy: float = 1.4
    """Line height in em where there is room for it."""
    prefix: float = 0
    """Columns that each line needs before its text: a number, a time."""

    def columns(self, size: int) -> int:
        """How many characters a line holds at a type size."""
        return max(int(self.width / (size * ADVANCE) - self.prefix), 1)

    @property
    def rows(self) -> int:
        """How many rows fit at the smallest size."""
        return int(self.height / int(self.smallest * self.leading))


class Fit(msgspec.Struct, frozen=True):
    """A type size in pixels that was chosen, with its line height and how many characters a line then holds."""

    size: int
    line: int
    columns: int
    rows: int
    """How many rows all the lines take."""

    @property
    def style(self) -> str:
        """As CSS custom properties."""
        return f"--fs:{self.size}px;--lh:{self.line}px"


def wrapped(text: str, columns: int) -> int:
    """How many rows a line takes at most, wrapped at blanks and where a word is longer than a row.

    The rows after the first are indented by two characters. Blanks at the end of a row take no room.
    """
    if cells(text) <= columns:
        return 1
    rows, used, limit = 1, 0, columns
    for blanks, word in _WORD.findall(text):
        before, width = cells(blanks), cells(word)
        if used + before + width <= limit:
            used += before + width
            continue
        if used + before:
            rows, used, limit = rows + 1, 0, max(columns - 2, 1)
        while width > limit:
            rows, width, limit = rows + 1, width - limit, max(columns - 2, 1)
        used = width
    return rows


def fit(texts: Sequence[str], room: Room) -> Fit:
    """The largest size at which these lines fit, unwrapped; else the smallest, at which they may wrap."""
    count, widest = len(texts), max(map(cells, texts), default=0)
    for size in range(room.largest, room.smallest - 1, -1):
        chosen = _at(size, room, count)
        if widest <= chosen.columns and count * chosen.line <= room.height:
            return chosen
    columns = room.columns(room.smallest)
    return _at(room.smallest, room, sum(wrapped(text, columns) for text in texts))


def _at(size: int, room: Room, rows: int) -> Fit:
    """The size with a line height between tight and airy, as the rows leave room for."""
    line = room.height / max(rows, 1)
    return Fit(size, int(min(max(line, size * room.leading), size * room.airy)), room.columns(size), rows)
