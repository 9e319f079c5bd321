"""What a timeline says in words: the table of its lanes, how much of a core they had, and what is not known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from asrun.lanes import Lane
from asrun.recording import Recording
from asrun.render.clock import Clock
from asrun.render.rows import Row
from asrun.render.text import clean, plural

_NOTICEABLE = 0.05
"""The share of its time that a lane waited for a core from which on it is said."""
_NOTICEABLE_NS = 5_000_000


class Fact(msgspec.Struct, frozen=True):
    """A row of the table."""

    lane: str
    kind: str
    began: str
    ended: str
    running: str
    waiting: str
    core: str
    prints: str


def extent(recording: Recording, lanes: Sequence[Lane]) -> tuple[int, int]:
    """When lanes of one row began and ended; of a process and its thread, when the process did."""
    wall_ns = recording.take.wall_ns
    if not lanes:
        return 0, wall_ns
    ends = [wall_ns if lane.ended_ns is None else lane.ended_ns for lane in lanes]
    return min(lane.began_ns for lane in lanes), max(ends) if len(lanes) != 2 else ends[0]


def core_of(recording: Recording, row: Row) -> float | None:
    """The share of its life that a row was on a core; None where nobody looked."""
    for number in row.lanes:
        lane = recording.lanes[number]
        end_ns = recording.take.wall_ns if lane.ended_ns is None else lane.ended_ns
        if lane.cpu_ns is not None and lane.load and end_ns > lane.began_ns:
            return lane.cpu_ns / (end_ns - lane.began_ns)
    return None


def core_words(core: float) -> str:
    """A share of a core in words: `0.49 of a core`, `1.92 cores`."""
    return f"{core:.2f} of a core" if core < 1.005 else f"{core:.2f} cores"


def inside_of(row: Row, lanes: Sequence[Lane], clock: Clock) -> str:
    """What is said within the row of a group: what they are, and how long they ran and waited in all."""
    running, waiting = (
        sum(times) for times in zip(*((lane.running_ns, lane.waiting_ns) for lane in lanes), strict=True)
    )
    kind = {"process": "processes"}.get(row.kind, f"{row.kind}s")
    named = "of all kinds" if row.family == "lanes" else f"{kind} like {row.family}()"
    return f"{named}: running {clock.show(running)} {clock.unit}, waiting {clock.show(waiting)} {clock.unit} in all"


def notes_of(recording: Recording, rows: Sequence[Row]) -> Iterator[str]:
    """What has to be said of a timeline: who had to wait for a core, and what is not known."""
    queued = []
    for row in rows:
        for number in row.lanes[:1]:
            lane = recording.lanes[number]
            end_ns = recording.take.wall_ns if lane.ended_ns is None else lane.ended_ns
            life_ns = max(end_ns - lane.began_ns, 1)
            if not row.is_group and (lane.queued_ns or 0) > max(_NOTICEABLE * life_ns, _NOTICEABLE_NS):
                queued.append(f"{row.label} for {100 * (lane.queued_ns or 0) / life_ns:.0f} %")
    if queued:
        more = f" and {len(queued) - 4} more" if len(queued) > 4 else ""
        yield f"ready, but without a free core: {', '.join(queued[:4])}{more} of the time"
    if recording.untraced:
        yield f"not all is known of its lanes: {clean(recording.untraced)}"[:120]
    elif recording.trace_dropped:
        yield f"not all is shown: {plural(recording.trace_dropped, 'step')} found no room in the recording"


def fact_of(recording: Recording, row: Row, clock: Clock, prints: dict[int | None, list[int]]) -> Fact:
    """The row of the table; `prints` are the moments at which each lane printed."""

    def time(ns: int) -> str:
        return f"{clock.show(ns)} {clock.unit}"

    lanes = [recording.lanes[number] for number in row.lanes]
    begin_ns, end_ns = extent(recording, lanes)
    count = sum(len(prints.get(number, ())) for number in row.lanes) if lanes else len(recording.events)
    if row.is_group:
        hows = [lane.ended or "not seen" for lane in lanes]
        how = ", ".join(f"{hows.count(each)} {each}" for each in dict.fromkeys(hows))
        label = f"{row.label} like {row.family}" if row.family != "lanes" else row.label
        ended = f"{time(end_ns)}: {how}"
    else:
        label = row.label
        how = next((lane.ended for lane in reversed(lanes) if lane.ended), "")
        ended = (f"{time(end_ns)} {how}".strip()) if not lanes or lanes[0].ended_ns is not None else "not seen"
    core = None if row.is_group else core_of(recording, row)
    return Fact(
        label,
        row.kind,
        time(begin_ns),
        ended,
        time(sum(lane.running_ns for lane in lanes)) if lanes else "not known",
        time(sum(lane.waiting_ns for lane in lanes)) if lanes else "not known",
        "not known" if core is None else core_words(core),
        str(count),
    )
