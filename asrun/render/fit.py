"""Type sizes: as large as the lines and the room allow, and never too small to read from the last row."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

ADVANCE = 0.605
"""Width of a character in a monospaced face, in em: the widest of the common ones."""


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

    @property
    def style(self) -> str:
        """As CSS custom properties."""
        return f"--fs:{self.size}px;--lh:{self.line}px"


def wrapped(width: int, columns: int) -> int:
    """How many rows a line takes: the ones after the first are indented by two characters."""
    if width <= columns:
        return 1
    return 1 + -(-(width - columns) // max(columns - 2, 1))


def fit(widths: Sequence[int], room: Room) -> Fit:
    """The largest size at which lines of these widths fit, unwrapped; else the smallest, at which they may wrap."""
    count, widest = len(widths), max(widths, default=0)
    for size in range(room.largest, room.smallest - 1, -1):
        chosen = _at(size, room, count)
        if widest <= chosen.columns and count * chosen.line <= room.height:
            return chosen
    columns = room.columns(room.smallest)
    return _at(room.smallest, room, sum(wrapped(width, columns) for width in widths))


def _at(size: int, room: Room, rows: int) -> Fit:
    """The size with a line height between tight and airy, as the rows leave room for."""
    line = room.height / max(rows, 1)
    return Fit(size, int(min(max(line, size * room.leading), size * room.airy)), room.columns(size))
