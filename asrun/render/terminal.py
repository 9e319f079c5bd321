"""What a program printed, as a terminal would show it: its lines, each with its times, safe to put into a page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec
from markupsafe import Markup, escape

from asrun.recording import Event, Stream
from asrun.render.ansi import PLAIN, SEQUENCE, Look, apply_sgr, to_html
from asrun.render.text import cells, clean

_MOVES = re.compile("[\x1b\r\b]")
_TAB = 8


class Segment(msgspec.Struct, frozen=True):
    """Text that arrived at one moment: a line, or a part of one."""

    at_ns: int
    html: Markup


class Line(msgspec.Struct, frozen=True):
    """A line on a terminal."""

    at_ns: int
    """When it was complete."""
    stream: Stream
    segments: tuple[Segment, ...]
    width: int
    """In columns."""
    more: int = 0
    """How many characters of it are not shown."""


class _Parts(msgspec.Struct):
    """A line as it arrived: when, and what."""

    stream: Stream
    parts: list[tuple[int, str]]


class Screen:
    """The lines of a run's output, put together stream by stream and writer by writer, in the order they were begun."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._lines: list[_Parts] = []
        unfinished: dict[tuple[Stream, int | None], _Parts] = {}
        for event in events:
            writer = (event.stream, event.process)
            line = unfinished.pop(writer, None)
            if line is None:
                line = _Parts(event.stream, [])
                self._lines.append(line)
            line.parts.append((event.at_ns, event.text.removesuffix("\n").removesuffix("\r")))
            if not event.text.endswith("\n"):
                unfinished[writer] = line
        self._is_plain = not any("\x1b" in text for line in self._lines for _, text in line.parts)

    def __len__(self) -> int:
        return len(self._lines)

    def lines(self, first: int, last: int, longest: int) -> Iterator[Line]:
        """The lines from index `first` up to `last`, excluded; of each at most `longest` columns or so."""
        looks: dict[Stream, Look] = {"stdout": PLAIN, "stderr": PLAIN}
        # A colour that was set lasts until it is set again, so colours are followed from the start.
        for line in self._lines[first if self._is_plain else 0 : first]:
            looks[line.stream] = _follow(line.parts, looks[line.stream])
        for line in self._lines[first:last]:
            shown, looks[line.stream] = _show(line, looks[line.stream], longest)
            yield shown


def _follow(parts: list[tuple[int, str]], look: Look) -> Look:
    for _, text in parts:
        if "\x1b" in text:
            for match in SEQUENCE.finditer(text):
                if match["final"] == "m":
                    look = apply_sgr(match["csi"], look)
    return look


def _show(line: _Parts, look: Look, longest: int) -> tuple[Line, Look]:
    at_ns = line.parts[-1][0]
    if look == PLAIN and len(line.parts) == 1 and not _MOVES.search(line.parts[0][1]):
        text = clean(line.parts[0][1]).expandtabs(_TAB)
        shown = text[:longest]
        return Line(at_ns, line.stream, (Segment(at_ns, escape(shown)),), cells(shown), len(text) - len(shown)), look
    cell_row, look = _draw(line.parts, look)
    shown_row = cell_row[:longest]
    segments = []
    for at, group in groupby(shown_row, key=lambda cell: cell[2]):
        runs = groupby(group, key=lambda cell: cell[1])
        html = Markup("").join(to_html("".join(cell[0] for cell in same), style) for style, same in runs)
        segments.append(Segment(at, html))
    width = cells("".join(cell[0] for cell in shown_row))
    more = len(cell_row) - len(shown_row)
    return Line(at_ns, line.stream, tuple(segments) or (Segment(at_ns, Markup("")),), width, more), look


def _draw(parts: list[tuple[int, str]], look: Look) -> tuple[list[tuple[str, Look, int]], Look]:
    """What stands on the line in the end, character by character: text, look, when it was written."""
    row: list[tuple[str, Look, int]] = []
    column = 0
    for at_ns, text in parts:
        position = 0
        for match in [*SEQUENCE.finditer(text), None]:
            end = match.start() if match else len(text)
            for character in clean(text[position:end]):
                width = _TAB - column % _TAB if character == "\t" else 1
                drawn = [(" " if character == "\t" else character, look, at_ns)] * width
                row[column : column + width] = drawn
                column += width
            if match is None:
                break
            position = match.end()
            if match["move"]:
                column = 0 if match["move"] == "\r" else max(column - 1, 0)
            elif match["final"] == "m":
                look = apply_sgr(match["csi"], look)
            elif match["final"] == "K" and match["csi"] in ("", "0"):
                del row[column:]
            elif match["final"] == "K" and match["csi"] == "2":
                row[:] = [(" ", PLAIN, at_ns)] * column
    return row, look
