"""From the probe's files to lanes: who did what, and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Literal

import msgspec

from asrun.execute.journal import Begun, Journal, Written, read_journal
from asrun.execute.spans import NOWHERE, Stretch, join, lay_over, outermost, pair
from asrun.lanes import Lane, LaneKind, Print, Span, Stream, Trace

SPAN_LIMIT = 20_000
"""With more spans than these, those that are too short to see are joined."""
LANE_LIMIT, PRINT_LIMIT = 2_000, 50_000
FINEST = 2_000
"""The part of a take, one of so many, that is too short to see."""
SAME_MOMENT_NS = 1_000_000
"""Writes of one line of code that follow each other within this time, up to a line's end, are one print."""
BETWEEN = (" ", "\n")
"""What `print` writes between and after its words is part of the same print however long the machine took over it."""

_MAIN_THREAD = 1
_KINDS: dict[int, LaneKind] = {1: "thread", 2: "task", 3: "generator"}
_ENDED: dict[int, Literal["done", "cancelled", "failed"]] = {1: "done", 2: "cancelled", 3: "failed"}
_STREAMS: tuple[Stream, Stream] = ("stdout", "stderr")
_HELPERS = ("forkserver",)


def read_trace(folder: Path, main_pid: int | None, zero_ns: int, ended_ns: int) -> Trace:
    """What the probe recorded in a folder; `zero_ns` and `ended_ns` are readings of the monotonic clock.

    Nothing that stands in the folder makes this raise: the program could write there.
    """
    journals = sorted(_read_all(folder), key=lambda journal: (journal.pid != main_pid, journal.began_ns))
    shown = [journal for journal in journals if journal.name not in _HELPERS or journal.writes]
    if not shown or shown[0].pid != main_pid:
        return Trace(untraced="the program shut the probe out, or the probe failed")
    builder = _Builder(zero_ns, ended_ns)
    makers = {journal.pid: journal for journal in journals}
    for journal in shown:
        maker = makers.get(journal.parent_pid)
        journal.name = journal.name or (maker.name if maker else "") or "python"
        if maker is not None and maker not in shown:
            maker = makers.get(maker.parent_pid)
        builder.add(journal, builder.pids.get(maker.pid) if maker else None)
    return builder.trace(
        dropped=sum(journal.dropped for journal in journals),
        untraced=next((journal.fault for journal in journals if journal.fault), None),
    )


def _read_all(folder: Path) -> Iterator[Journal]:
    try:
        paths = list(folder.iterdir())
    except OSError:
        return
    for path in paths:
        try:
            journal = read_journal(path)
        except (OSError, ValueError):
            continue
        if journal is not None:
            yield journal


class _Builder:
    """Lanes, spans and prints of the processes so far."""

    def __init__(self, zero_ns: int, ended_ns: int) -> None:
        self.pids: dict[int, int] = {}
        self._native_ids: dict[int, int] = {}
        self._zero_ns = zero_ns
        self._ended_ns = ended_ns
        self._lanes: list[Lane] = []
        self._stretches: list[list[Stretch]] = []
        self._prints: list[Print] = []
        self._more_lanes = 0

    def trace(self, dropped: int, untraced: str | None) -> Trace:
        """All of it."""
        shortest_ns = (self._ended_ns - self._zero_ns) // FINEST
        stretches = self._stretches
        while sum(map(len, stretches)) > SPAN_LIMIT and shortest_ns < self._ended_ns - self._zero_ns:
            stretches = [join(lane, shortest_ns) for lane in stretches]
            shortest_ns = shortest_ns * 2 + 1
        spans = (
            Span(number, stretch.state, self._since(stretch.begin_ns), self._since(stretch.end_ns), *stretch.place)
            for number, lane in enumerate(stretches)
            for stretch in lane
        )
        prints = sorted(self._prints, key=lambda print_: print_.at_ns)
        return Trace(
            lanes=tuple(_numbered(self._lanes)),
            spans=tuple(spans),
            prints=tuple(prints[:PRINT_LIMIT]),
            more_lanes=self._more_lanes,
            pids=self.pids,
            native_ids=self._native_ids,
            dropped=dropped + len(prints[PRINT_LIMIT:]),
            untraced=untraced,
        )

    def _since(self, at_ns: int) -> int:
        return at_ns - self._zero_ns

    def add(self, journal: Journal, parent: int | None) -> None:
        """The lanes of a process."""
        is_main = not self.pids
        own = len(self._lanes)
        self.pids[journal.pid] = own
        began_ns = self._zero_ns if is_main else journal.began_ns
        end_ns = self._end_of(journal, is_main)
        is_seen = is_main or journal.ended_ns is not None
        numbers = {0: own, _MAIN_THREAD: own + 1}
        begun = sorted(journal.lanes.items(), key=lambda item: item[1].at_ns)
        room = max(0, LANE_LIMIT - own - 2)
        self._more_lanes += len(begun[room:])
        begun = begun[:room]
        numbers |= {lane: own + 2 + index for index, (lane, _) in enumerate(begun)}
        for lane in {
            *journal.steps,
            *journal.calls,
            *journal.waits,
            *(write.lane for write in journal.writes),
        } - numbers.keys():
            numbers[lane] = own + 1  # one beyond the limit, or whose begin found no room in the file
        self._add_lane(
            Lane(
                kind="process",
                name=journal.name,
                function=journal.function,
                parent=parent,
                process=own,
                began_ns=self._since(began_ns),
                ended_ns=self._since(end_ns) if is_seen else None,
            ),
            [],
        )
        main = Begun(began_ns, 1, "MainThread", None, 0, 0)
        for lane, what in [(_MAIN_THREAD, main), *begun]:
            self._add_begun(journal, lane, what, numbers, end_ns, is_seen)
        self._prints += self._prints_of(journal, numbers)
        self._native_ids[journal.pid] = own + 1
        self._native_ids |= {native: numbers[lane] for lane, native in journal.native_ids.items() if lane in numbers}

    def _add_begun(
        self, journal: Journal, lane: int, begun: Begun, numbers: dict[int, int], end_ns: int, is_seen: bool
    ) -> None:
        ended_ns, how = journal.ends.get(lane, (None, 0))
        until_ns = ended_ns or end_ns
        kind = _KINDS.get(begun.kind, "thread")
        if kind != "thread":
            stretches = list(_stepped(journal, lane, until_ns))
        else:
            stretches = list(_thread(journal, lane, begun.at_ns, until_ns))
            if lane == _MAIN_THREAD and is_seen:
                ended_ns = end_ns
        self._add_lane(
            Lane(
                kind=kind,
                name=begun.name,
                function=begun.function,
                parent=numbers.get(begun.parent, numbers[0]),
                process=numbers[0],
                thread=numbers.get(begun.thread) if kind != "thread" else None,
                began_ns=self._since(begun.at_ns),
                ended_ns=None if ended_ns is None else self._since(ended_ns),
                ended=_ENDED.get(how),
                steps=len(journal.steps.get(lane, ())),
                running_ns=_total(stretches, "running"),
                waiting_ns=_total(stretches, "waiting"),
            ),
            stretches,
        )

    def _add_lane(self, lane: Lane, stretches: list[Stretch]) -> None:
        self._lanes.append(lane)
        self._stretches.append(stretches)

    def _end_of(self, journal: Journal, is_main: bool) -> int:
        """When a process ended, or when it was last seen; one that was killed amid something lasted to the end."""
        if is_main:
            return self._ended_ns
        if journal.ended_ns:
            return journal.ended_ns
        is_amid = any(_open_step(journal, lane) for lane in journal.last_steps)
        is_amid = is_amid or any(marks[-1][1] is not None for marks in journal.waits.values())
        return self._ended_ns if is_amid else journal.last_ns

    def _prints_of(self, journal: Journal, numbers: dict[int, int]) -> Iterator[Print]:
        writes = sorted(journal.writes, key=lambda write: write.at_ns)
        open_: dict[tuple[int, int], list[Written]] = {}
        for write in writes:
            key = write.lane, write.stream
            before = open_.get(key)
            if before and not _continues(before[-1], write):
                yield self._print(open_.pop(key), numbers)
                before = None
            if before is None:
                before = open_[key] = []
            before.append(write)
            if write.text.endswith("\n"):
                yield self._print(open_.pop(key), numbers)
        for parts in open_.values():
            yield self._print(parts, numbers)

    def _print(self, parts: list[Written], numbers: dict[int, int]) -> Print:
        last = parts[-1]
        return Print(
            numbers[last.lane],
            self._since(last.at_ns),
            _STREAMS[last.stream],
            last.place.file,
            last.place.line,
            "".join(part.text for part in parts),
            sum(part.length for part in parts),
        )


def _continues(last: Written, write: Written) -> bool:
    is_soon = write.at_ns - last.at_ns <= SAME_MOMENT_NS or write.text in BETWEEN
    return last.place == write.place and is_soon


def _numbered(lanes: Sequence[Lane]) -> Iterator[Lane]:
    """The lanes, with a number in the names of generators of the same name."""
    named = Counter(lane.name for lane in lanes if lane.kind == "generator")
    seen = Counter[str]()
    for lane in lanes:
        if lane.kind == "generator" and named[lane.name] > 1:
            seen[lane.name] += 1
            lane = msgspec.structs.replace(lane, name=f"{lane.name}-{seen[lane.name]}")
        yield lane


def _total(stretches: Sequence[Stretch], state: str) -> int:
    return sum(stretch.end_ns - stretch.begin_ns for stretch in stretches if stretch.state == state)


def _open_step(journal: Journal, lane: int) -> int | None:
    """When the step began that was the lane's last and never ended."""
    began_ns = journal.last_steps.get(lane)
    steps = journal.steps.get(lane)
    if began_ns is None or lane in journal.ends or (steps and steps[-1].end_ns > began_ns) or journal.dropped:
        return None
    return began_ns


def _stepped(journal: Journal, lane: int, until_ns: int) -> Iterator[Stretch]:
    """What a task or a generator did: its steps, where it was suspended in between, and where it waited in a step."""
    steps = sorted(journal.steps.get(lane, ()), key=lambda step: step.begin_ns)
    base: list[Stretch] = []
    for step, next_step in pairwise(steps):
        base.append(Stretch(step.begin_ns, step.end_ns, "running"))
        base.append(Stretch(step.end_ns, max(step.end_ns, next_step.begin_ns), "waiting", step.place))
    open_ns = _open_step(journal, lane)
    if steps:
        last = steps[-1]
        base.append(Stretch(last.begin_ns, last.end_ns, "running"))
        if lane not in journal.ends or last.place != NOWHERE:
            wait_end_ns = until_ns if open_ns is None else open_ns
            base.append(Stretch(last.end_ns, max(last.end_ns, wait_end_ns), "waiting", last.place))
    if open_ns is not None:
        base.append(Stretch(open_ns, max(open_ns, until_ns), "running"))
    return lay_over(base, outermost(_waits(journal, lane, until_ns)))


def _waits(journal: Journal, lane: int, until_ns: int) -> list[Stretch]:
    """Where a lane waited knowingly, and where it had a generator run."""
    calls = (Stretch(call.begin_ns, call.end_ns, "waiting", call.place) for call in journal.calls.get(lane, ()))
    return [*pair(journal.waits.get(lane, ()), until_ns), *calls]


def _thread(journal: Journal, lane: int, began_ns: int, until_ns: int) -> Iterator[Stretch]:
    """What a thread did: it ran where it did not wait; of a thread of a pool, only what it worked on is running."""
    base = [Stretch(began_ns, max(began_ns, until_ns), "running")]
    if lane in journal.items:
        base = list(_items(journal, lane, began_ns, until_ns))
    waits = _waits(journal, lane, until_ns)
    for inner, begun in journal.lanes.items():
        if begun.thread == lane and inner in journal.waits:
            waits += pair(journal.waits[inner], journal.ends.get(inner, (until_ns, 0))[0])
    return lay_over(base, outermost(waits))


def _items(journal: Journal, lane: int, began_ns: int, until_ns: int) -> Iterator[Stretch]:
    idle_ns = began_ns
    begin_ns, function = began_ns, None
    idle = NOWHERE._replace(on="work")
    for at, begins in journal.items[lane]:
        if begins is not None:
            begin_ns, function = at, begins
        elif function is not None:
            yield Stretch(idle_ns, begin_ns, "waiting", idle)
            yield Stretch(begin_ns, at, "running", NOWHERE._replace(on=function))
            idle_ns, function = at, None
    if function is not None:
        yield Stretch(idle_ns, begin_ns, "waiting", idle)
        yield Stretch(begin_ns, max(begin_ns, until_ns), "running", NOWHERE._replace(on=function))
    elif idle_ns < until_ns:
        yield Stretch(idle_ns, until_ns, "waiting", idle)
