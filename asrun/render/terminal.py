"""What a program printed, as a terminal would show it: its lines, each with its times, safe to put into a page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec
from markupsafe import Markup, escape

from asrun.lanes import Stream
from asrun.recording import Event
from asrun.render.ansi import PLAIN, SEQUENCE, Look, apply_sgr, to_html
from asrun.render.text import clean

_MOVES = re.compile("[\x1b\r\b]")
_OVERWRITES = re.compile("[\r\b]|\x1b\\[[0-9]*K")
_TAB = 8

MOST_DRAFTS = 50
"""States of one line, between its beginning and its end, that a replay shows."""

_MOST_CHARACTERS = 20_000
"""What is looked at of the text that one write added to a line: the rest cannot be on a slide."""


class Segment(msgspec.Struct, frozen=True):
    """Text that arrived at one moment: a line, or a part of one."""

    at_ns: int
    html: Markup


class Draft(msgspec.Struct, frozen=True):
    """What stood on a line before it was overwritten, such as a progress bar half way."""

    at_ns: int
    until_ns: int
    html: Markup


class Line(msgspec.Struct, frozen=True):
    """A line on a terminal."""

    at_ns: int
    """When it was complete."""
    stream: Stream
    segments: tuple[Segment, ...]
    text: str
    """As much of it as is shown."""
    more: int = 0
    """How many characters of it are not shown."""
    lane: int | None = None
    """Which lane printed it, where that is known."""
    drafts: tuple[Draft, ...] = ()
    """What stood there before, if it was overwritten; the segments are what stands there in the end."""


class _Parts(msgspec.Struct):
    """A line as it arrived: when, and what."""

    stream: Stream
    parts: list[tuple[int, str]]
    lane: int | None = None


class Screen:
    """The lines of a run's output, put together stream by stream and writer by writer, in the order they were begun."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._lines: list[_Parts] = []
        unfinished: dict[tuple[Stream, int | None], _Parts] = {}
        for event in events:
            writer = (event.stream, event.process)
            *ended, rest = event.text.split("\n")
            for text in ended:
                line = unfinished.pop(writer, None) or self._begin(event)
                line.parts.append((event.at_ns, text.removesuffix("\r")))
            if rest:
                unfinished[writer] = unfinished.get(writer) or self._begin(event)
                unfinished[writer].parts.append((event.at_ns, rest))
        self._is_plain = not any("\x1b" in text for line in self._lines for _, text in line.parts)

    def _begin(self, event: Event) -> _Parts:
        self._lines.append(_Parts(event.stream, [], event.lane))
        return self._lines[-1]

    def __len__(self) -> int:
        return len(self._lines)

    def moment(self, index: int) -> int:
        """When the line at an index was complete, in nanoseconds."""
        return self._lines[index].parts[-1][0]

    def find(self, text: str) -> int | None:
        """When the first line that contains a text was complete, in nanoseconds."""
        for line in self._lines:
            if text in clean(SEQUENCE.sub("", "".join(part for _, part in line.parts))):
                return line.parts[-1][0]
        return None

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
    at_ns, last = line.parts[-1]
    if look == PLAIN and len(line.parts) == 1 and not _MOVES.search(last):
        text = clean(last).expandtabs(_TAB)
        shown = text[:longest]
        segments = (Segment(at_ns, escape(shown)),)
        return Line(at_ns, line.stream, segments, shown, len(text) - len(shown), line.lane), look
    row = _Row(look)
    overwrites = any(_OVERWRITES.search(text) for _, text in line.parts)
    drafts: list[Draft] = []
    before_ns, left_out = at_ns, 0
    for index, (part_ns, text) in enumerate(line.parts):
        if overwrites and index and part_ns > before_ns:
            drafts.append(Draft(before_ns, part_ns, row.html(longest)))
        left_out += row.write(part_ns, text)
        before_ns = part_ns
    drawn = (Segment(at_ns, row.html(longest)),) if overwrites else tuple(row.segments(longest))
    shown = "".join(cell[0] for cell in row.cells[:longest])
    more = max(len(row.cells) - longest, 0) + left_out
    return Line(at_ns, line.stream, drawn, shown, more, line.lane, tuple(_thin(drafts, at_ns))), row.look


def _thin(drafts: list[Draft], end_ns: int) -> Iterator[Draft]:
    """As many of the drafts as a replay shows, evenly chosen, each until the next one."""
    chosen = drafts[:: -(-len(drafts) // MOST_DRAFTS) or 1]
    for index, draft in enumerate(chosen, 1):
        yield Draft(draft.at_ns, chosen[index].at_ns if index < len(chosen) else end_ns, draft.html)


class _Row:
    """A line as a terminal draws it: characters in their looks, each with the time at which it was written."""

    def __init__(self, look: Look) -> None:
        self.cells: list[tuple[str, Look, int]] = []
        self.look = look
        self._column = 0

    def write(self, at_ns: int, text: str) -> int:
        """Draw what arrived at one moment. Returns how many characters were left out of what is far too long."""
        rest = ""
        if len(text) > _MOST_CHARACTERS and "\r" in text:
            text = text[-_MOST_CHARACTERS:]  # what came before was overwritten
        elif len(text) > _MOST_CHARACTERS:
            text, rest = text[:_MOST_CHARACTERS], text[_MOST_CHARACTERS:]
        position = 0
        for match in SEQUENCE.finditer(text):
            self._draw(at_ns, text[position : match.start()])
            position = match.end()
            if match["move"]:
                self._column = 0 if match["move"] == "\r" else max(self._column - 1, 0)
            elif match["final"] == "m":
                self.look = apply_sgr(match["csi"], self.look)
            elif match["final"] == "K" and match["csi"] in ("", "0"):
                del self.cells[self._column :]
            elif match["final"] == "K" and match["csi"] == "2":
                self.cells = [(" ", PLAIN, at_ns)] * self._column
        self._draw(at_ns, text[position:])
        return len(clean(SEQUENCE.sub("", rest)))

    def _draw(self, at_ns: int, text: str) -> None:
        for character in clean(text):
            width = _TAB - self._column % _TAB if character == "\t" else 1
            drawn = (" " if character == "\t" else character, self.look, at_ns)
            self.cells[self._column : self._column + width] = [drawn] * width
            self._column += width

    def html(self, longest: int) -> Markup:
        """All that stands there now."""
        return _to_html(self.cells[:longest])

    def segments(self, longest: int) -> Iterator[Segment]:
        """What stands there now, by the times at which it came."""
        shown = self.cells[:longest]
        for at_ns, group in groupby(shown, key=lambda cell: cell[2]):
            yield Segment(at_ns, _to_html(list(group)))
        if not shown:
            yield Segment(0, Markup(""))


def _to_html(row: Sequence[tuple[str, Look, int]]) -> Markup:
    looks = groupby(row, key=lambda cell: cell[1])
    return Markup("").join(to_html("".join(cell[0] for cell in same), look) for look, same in looks)
