"""Moments of a replay at which it pauses: where they are on the clock, and what is said at each."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from markupsafe import Markup

from asrun.durations import duration_or_none
from asrun.model import Moment
from asrun.recording import Recording
from asrun.render.clock import Clock, seconds
from asrun.render.facts import span_ns
from asrun.render.mistakes import SlideError
from asrun.render.prose import Prose
from asrun.render.terminal import Screen
from asrun.render.text import cells

_SPOKEN, _SPOKEN_LINE, _SPOKEN_NUMBER = 24, 32, 42
"""The type size of a caption that stands alone, the height of its line, and the width of its number."""

_LISTED_NUMBER, _LISTED_GAP = 30, 6
"""The width of a number where all captions are listed, and the room between two of them."""

_CHARACTER = 0.53
"""Width of an average character, in em."""

_AT_ONCE_NS = 2_000_000


class Stop(msgspec.Struct, frozen=True):
    """A moment, found in a recording."""

    at_ns: int
    at: str
    """Seconds, for the script."""
    time: str
    """As shown."""
    say: Markup


def stops_of(moments: Sequence[Moment], recording: Recording, prose: Prose, clock: Clock) -> tuple[Stop, ...]:
    """The moments of a replay. Raises SlideError for one that the recording does not have, or that is out of order."""
    screen = Screen(recording.events)
    total_ns = span_ns(recording)
    stops: list[Stop] = []
    for index, moment in enumerate(moments):
        way = ("moments", index, "at")
        duration = duration_or_none(moment.at)
        at_ns = screen.find(moment.at) if duration is None else round(duration * 1e9)
        if at_ns is None:
            raise SlideError(f"no line of the output contains {moment.at!r}", *way)
        if duration is None:
            at_ns = _settled(at_ns, recording)
        if at_ns > total_ns:
            raise SlideError(f"{moment.at} is after the end, which came at {clock.show(total_ns)} {clock.unit}", *way)
        if stops and at_ns <= stops[-1].at_ns:
            before = moments[index - 1].at
            raise SlideError(f"{moment.at} comes at {clock.show(at_ns)} {clock.unit}, not after {before}", *way)
        try:
            say = prose.line(moment.say)
        except SlideError as error:
            raise SlideError(str(error), "moments", index, "say") from error
        stops.append(Stop(at_ns, seconds(at_ns), f"{clock.show(at_ns)} {clock.unit}", say))
    return tuple(stops)


def _settled(at_ns: int, recording: Recording) -> int:
    """When whoever printed at a moment has gone on to wait, where that is at once and before anything else is printed.

    Between a print and the wait after it lie microseconds; the room is to see where it stands now, not the print.
    """
    lane = next((event.lane for event in recording.events if event.at_ns == at_ns), None)
    until_ns = min([at_ns + _AT_ONCE_NS, *(event.at_ns - 1 for event in recording.events if event.at_ns > at_ns)])
    waits = (span.begin_ns for span in recording.spans if span.lane == lane and span.state == "waiting")
    return min((begin_ns for begin_ns in waits if at_ns <= begin_ns <= until_ns), default=at_ns)


class Captions(msgspec.Struct, frozen=True):
    """The captions of moments, as they are set: one at a time while a replay plays, all of them where it has ended."""

    stops: tuple[Stop, ...]
    size: int
    """The type size of the list in pixels."""
    columns: int
    """How many captions stand side by side in the list."""
    height: int
    """What they need in pixels, one at a time and listed."""

    @property
    def style(self) -> str:
        """For CSS."""
        return f"height:{self.height}px;--fs:{self.size}px;--lh:{_line(self.size)}px"


def _line(size: int) -> int:
    return round(size * 1.3) + 1


def captions(stops: Sequence[Stop], width: float, size: int, columns: int) -> Captions:
    """The captions in some width, listed at a type size."""
    lengths = [cells(stop.say.striptags()) for stop in stops]
    spoken = max((_rows(length, width - _SPOKEN_NUMBER, _SPOKEN) for length in lengths), default=0) * _SPOKEN_LINE
    own = (width - 40 * (columns - 1)) / columns - _LISTED_NUMBER
    rows = [_rows(length, own, size) for length in lengths]
    beside = [max(rows[at : at + columns]) for at in range(0, len(rows), columns)]
    listed = sum(beside) * _line(size) + max(len(beside) - 1, 0) * _LISTED_GAP
    return Captions(tuple(stops), size, columns, max(spoken, listed))


def _rows(length: int, width: float, size: int) -> int:
    """The rows that a text takes; words end a row a little early."""
    return max(-(-length // max(int(width / (size * _CHARACTER)) - 2, 1)), 1)
