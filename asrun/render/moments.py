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

_LINE, _CHARACTERS = 32, 90
"""The height of a caption's line, and how many characters it holds."""

_LIST_LINE, _LIST_CHARACTERS = 22, 58
"""The same where all captions are listed, in two columns."""


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


def said_height(stops: Sequence[Stop]) -> int:
    """The height that the captions need, one at a time and listed, in pixels."""
    if not stops:
        return 0
    lengths = [cells(stop.say.striptags()) for stop in stops]
    largest = max(-(-length // _CHARACTERS) for length in lengths) * _LINE
    rows = [max(-(-length // _LIST_CHARACTERS) for length in lengths[at : at + 2]) for at in range(0, len(stops), 2)]
    return max(largest, sum(rows) * _LIST_LINE)
