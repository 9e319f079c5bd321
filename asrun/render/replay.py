"""Recordings on one clock: what a replay or a race shows at which moment."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from asrun.recording import Recording
from asrun.render.clock import Clock, axis, clock_for, percent, replay_rate, seconds
from asrun.render.facts import span_ns
from asrun.render.output import Panel

_TICKS = 400
"""How many places along a bar can be told apart."""


class Lane(msgspec.Struct, frozen=True):
    """One run on the clock."""

    label: str
    wall: str
    """Seconds until it ended, for the script."""
    elapsed: str
    """The same as shown."""
    share: str
    """Of the whole time, from 0 to 1."""
    ticks: tuple[tuple[str, str], ...]
    """A moment at which it printed: its place along the bar, and seconds."""
    panel: Panel | None
    """None where there is no room for it."""


class Player(msgspec.Struct, frozen=True):
    """Everything on one clock."""

    lanes: tuple[Lane, ...]
    total: str
    """Seconds until the last run ended, or what it left behind was silent."""
    clock: Clock
    axis: tuple[tuple[str, str], ...]
    rate: str
    """How many times as fast as it was it is shown; `1` for real time."""


class Ratio(msgspec.Struct, frozen=True):
    """How a race ended."""

    times: str
    faster: str
    slower: str


def clock_of(recordings: Sequence[Recording]) -> Clock:
    """The clock on which these runs are shown together."""
    return clock_for(max(map(span_ns, recordings)))


def player(
    labels: Sequence[str], recordings: Sequence[Recording], panels: Sequence[Panel | None], longest: float
) -> Player:
    """The runs on one clock. `longest` is how many seconds a replay may take before it is shown faster."""
    total_ns = max(map(span_ns, recordings))
    clock = clock_of(recordings)
    lanes = []
    for label, recording, panel in zip(labels, recordings, panels, strict=True):
        wall_ns = recording.take.wall_ns
        places = {
            round(_TICKS * at_ns / max(total_ns, 1)): at_ns
            for at_ns in sorted((event.at_ns for event in recording.events), reverse=True)
        }
        lanes.append(
            Lane(
                label,
                seconds(wall_ns),
                clock.show(wall_ns),
                f"{wall_ns / max(total_ns, 1):.6g}",
                tuple((percent(place, _TICKS), seconds(places[place])) for place in sorted(places)),
                panel,
            )
        )
    rate = replay_rate(total_ns, longest)
    return Player(tuple(lanes), seconds(total_ns), clock, axis(total_ns, clock), f"{rate:g}")


_LEAST_RATIO = 1.05
"""Less than that is not told: two takes of one program differ by as much."""


def ratio(labels: Sequence[str], recordings: Sequence[Recording]) -> Ratio | None:
    """The fastest run against the slowest; None where neither can be told from the other."""
    walls = [recording.take.wall_ns for recording in recordings]
    fastest, slowest = min(walls), max(walls)
    if fastest <= 0 or slowest / fastest < _LEAST_RATIO:
        return None
    times = slowest / fastest
    digits = 2 if times < 10 else 1 if times < 100 else 0
    return Ratio(f"{times:.{digits}f}×", labels[walls.index(fastest)], labels[walls.index(slowest)])
