"""Recordings with lanes, made by hand: what their lanes did at which moment is known exactly."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from asrun.lanes import Lane, Span
from asrun.recording import Event, Recording
from tests import making

SECOND_NS = making.SECOND_NS

CHORES = """import asyncio

async def upload_files():
    print("Preparing files...")
    await asyncio.sleep(1)
    print("Files prepared.")
    await asyncio.sleep(4)
    print("Files uploaded.")

async def send_emails():
    print("Sending emails...")
    await asyncio.sleep(3)
    print("Emails sent...")

async def main():
    await asyncio.gather(
        upload_files(), send_emails())

asyncio.run(main())
"""

_PRINTS = (
    (0.0010, 3, 4, "Preparing files..."),
    (0.0020, 4, 11, "Sending emails..."),
    (1.0010, 3, 6, "Files prepared."),
    (3.0020, 4, 13, "Emails sent..."),
    (5.0020, 3, 8, "Files uploaded."),
)


def ns(seconds: float) -> int:
    """Nanoseconds."""
    return round(seconds * SECOND_NS)


def chores(run: str = "main", scenario: str = "one", times: float = 1.0) -> Recording:
    """The primer's two chores, overlapped, `times` as slow."""
    made = traced(
        5.01,
        lanes=[
            Lane(kind="process", name="main.py", process=0, began_ns=0, ended_ns=ns(5.01)),
            Lane(kind="thread", name="MainThread", parent=0, process=0, began_ns=0, ended_ns=ns(5.01)),
            _task("Task-1", "main", 1, 0.0005, 5.004, 0.001, 5.0025),
            _task("Task-2", "upload_files", 2, 0.0008, 5.003, 0.003, 4.999),
            _task("Task-3", "send_emails", 2, 0.0009, 3.003, 0.002, 3.0),
            _task("Task-4", "BaseEventLoop.shutdown_asyncgens", 1, 5.005, 5.006, 0.001, 0),
        ],
        spans=[
            Span(1, "running", 0, ns(0.0025)),
            Span(1, "waiting", ns(0.0025), ns(5.002), None, None, "event loop"),
            Span(2, "running", ns(0.0005), ns(0.0008)),
            Span(2, "waiting", ns(0.0008), ns(5.0035), "main.py", 16, "gather"),
            Span(3, "running", ns(0.0008), ns(0.0015)),
            Span(3, "waiting", ns(0.0015), ns(1.0005), "main.py", 5, "sleep(1)"),
            Span(3, "running", ns(1.0005), ns(1.0015)),
            Span(3, "waiting", ns(1.0015), ns(5.0015), "main.py", 7, "sleep(4)"),
            Span(3, "running", ns(5.0015), ns(5.003)),
            Span(4, "running", ns(0.0016), ns(0.0025)),
            Span(4, "waiting", ns(0.0025), ns(3.0015), "main.py", 12, "sleep(3)"),
            Span(4, "running", ns(3.0015), ns(3.003)),
            Span(5, "running", ns(5.005), ns(5.006)),
        ],
        events=[Event(ns(at), "stdout", 0, f"{text}\n", lane, line) for at, lane, line, text in _PRINTS],
        run=run,
        scenario=scenario,
    )
    return slowed(made, times)


def burners(kind: str, share: float, *, queued: float = 0.0, run: str = "main", scenario: str = "one") -> Recording:
    """Two threads, or two processes, that compute for two seconds, each on a core for that share of the time."""
    load = tuple(round(100 * share) + (-1) ** index for index in range(40))
    main = [
        Lane(kind="process", name="main.py", process=0, began_ns=0, ended_ns=ns(2.1)),
        Lane(kind="thread", name="MainThread", parent=0, process=0, began_ns=0, ended_ns=ns(2.1)),
    ]
    workers: list[Lane] = []
    for number in (1, 2):
        known = {
            "cpu_ns": ns(2 * share),
            "queued_ns": ns(2 * queued),
            "load": load,
            "began_ns": ns(0.05),
            "ended_ns": ns(2.05),
        }
        if kind == "thread":
            named = {"name": f"Thread-{number} (work)", "function": "work", "process": 0, "parent": 1}
            lane = msgspec.convert({"kind": "thread", "ended": "done", "running_ns": ns(2), **named, **known}, Lane)
            workers.append(lane)
        else:
            own = len(main) + len(workers)
            named = {"name": f"Process-{number}", "function": "work", "process": own, "parent": 0}
            workers.append(msgspec.convert({"kind": "process", **named, **known}, Lane))
            thread = {"name": "MainThread", "process": own, "parent": own, "running_ns": ns(2)}
            workers.append(msgspec.convert({"kind": "thread", **thread, **known}, Lane))
    lanes = [*main, *workers]
    spans = [Span(1, "running", 0, ns(0.05)), Span(1, "waiting", ns(0.05), ns(2.06), "main.py", 9, "thread Thread-1")]
    spans += [
        Span(number, "running", ns(0.05), ns(2.05))
        for number, lane in enumerate(lanes)
        if lane in workers
        if lane.running_ns
    ]
    made = traced(2.1, lanes=lanes, spans=spans, events=[], run=run, scenario=scenario)
    return msgspec.structs.replace(made, stretch_ns=50_000_000)


def many(count: int = 300, run: str = "main", scenario: str = "one") -> Recording:
    """As many downloads at once, each a little longer than the one before, and a task that gathers them."""
    lanes = [
        Lane(kind="process", name="main.py", process=0, began_ns=0, ended_ns=ns(1)),
        Lane(kind="thread", name="MainThread", parent=0, process=0, began_ns=0, ended_ns=ns(1)),
        _task("Task-1", "main", 1, 0.001, 0.95, 0.001, 0.948),
    ]
    spans = [Span(2, "running", ns(0.001), ns(0.002)), Span(2, "waiting", ns(0.002), ns(0.949), "main.py", 5, "gather")]
    for number in range(count):
        end = 0.5 + 0.4 * number / count
        lanes.append(_task(f"Task-{number + 2}", "download", 2, 0.002, end, 0.0001, end - 0.003))
        spans.append(Span(number + 3, "waiting", ns(0.003), ns(end), "main.py", 3, f"sleep({end:.2f})"))
    return traced(1.0, lanes=lanes, spans=spans, events=[], run=run, scenario=scenario)


def traced(
    wall: float,
    *,
    lanes: Sequence[Lane],
    spans: Sequence[Span],
    events: Sequence[Event],
    run: str = "main",
    scenario: str = "one",
) -> Recording:
    """A recording of these lanes."""
    made = making.recording(run, scenario=scenario, walls=[wall])
    return msgspec.structs.replace(made, lanes=tuple(lanes), spans=tuple(spans), events=tuple(events))


def slowed(found: Recording, times: float) -> Recording:
    """The recording as if everything had taken `times` as long."""
    if times == 1:
        return found
    replace = msgspec.structs.replace

    def slow(value: int | None) -> int | None:
        return None if value is None else round(value * times)

    names = ("began_ns", "ended_ns", "running_ns", "waiting_ns", "cpu_ns", "queued_ns")
    return replace(
        found,
        takes=tuple(replace(take, wall_ns=slow(take.wall_ns)) for take in found.takes),
        lanes=tuple(replace(lane, **{name: slow(getattr(lane, name)) for name in names}) for lane in found.lanes),
        spans=tuple(replace(s, begin_ns=slow(s.begin_ns), end_ns=slow(s.end_ns)) for s in found.spans),
        events=tuple(replace(event, at_ns=slow(event.at_ns)) for event in found.events),
    )


def line_at(found: Recording, lane: int, at_ns: int) -> int | None:
    """At which line of the program a lane stood, by the recording: the last one that is known of it, while it lives."""
    own = found.lanes[lane]
    if at_ns < own.began_ns or (own.ended_ns is not None and at_ns >= own.ended_ns):
        return None
    known: list[tuple[int, int | None]] = [
        (s.begin_ns, s.line) for s in found.spans if s.lane == lane and s.state == "waiting" and s.line
    ]
    known += [(event.at_ns, event.line) for event in found.events if event.lane == lane]
    before = [place for place in sorted(known, key=lambda place: place[0]) if place[0] <= at_ns]
    return before[-1][1] if before else None


def _task(name: str, function: str, parent: int, began: float, ended: float, running: float, waiting: float) -> Lane:
    return Lane(
        kind="task",
        name=name,
        function=function,
        parent=parent,
        process=0,
        thread=1,
        began_ns=ns(began),
        ended_ns=ns(ended),
        ended="done",
        steps=3,
        running_ns=ns(running),
        waiting_ns=ns(waiting),
    )
