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


def said_height(stops: Sequence[Stop]) -> int:
    """The height that the captions need, one at a time and listed, in pixels."""
    if not stops:
        return 0
    lengths = [cells(stop.say.striptags()) for stop in stops]
    largest = max(-(-length // _CHARACTERS) for length in lengths) * _LINE
    rows = [max(-(-length // _LIST_CHARACTERS) for length in lengths[at : at + 2]) for at in range(0, len(stops), 2)]
    return max(largest, sum(rows) * _LIST_LINE)
