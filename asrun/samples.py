"""Samples: what a program's threads got of the machine's cores, seen from outside at every tick of a clock.

They come from `asrun.execute.sampler`. Laid over the lanes they say how busy each thread and process was; and they say
whether others kept the program from the cores.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from asrun.lanes import Lane, Span, Trace

Stretch = tuple[int, int]

SHORTEST_STRETCH_NS = 10_000_000
STRETCHES = 200
"""The share of a core is told for so many stretches of a take, but for none that is shorter."""

UNSEEN_NS = 30_000_000
ON_CORE_SHARE, QUEUED_SHARE = 0.002, 0.1
"""A thread that the probe takes to be running waited all the same where it was not on a core for as long as this, but
for a small share of the time, nor ready and waiting for one: for a lock, a socket, or Python's interpreter lock."""

DISTURBED_SHARE = 0.05
DISTURBED_NS = 5_000_000
"""A take is disturbed when others kept it from the cores for longer than this share of its wall time, and than this.

Two busy threads on two quiet cores wait for 0.3 to 3 % of their time all the same."""


class ThreadSamples(msgspec.Struct, frozen=True, kw_only=True):
    """What one thread got, in nanoseconds, counted from its own beginning."""

    pid: int
    tid: int
    """The kernel's number of the thread; the main thread's is that of its process."""
    cpu_ns: int
    """How long it was on a core, as far as was seen: not what came after the last look before its end."""
    queued_ns: int
    """How long it was ready and waited for a core."""
    began: int = 0
    """Which of `Samples.ticks` was the first at which it was seen."""
    cpu: tuple[int, ...] = ()
    queued: tuple[int, ...] = ()
    """The same two at each of these ticks, up to the last at which it was seen."""


class Samples(msgspec.Struct, frozen=True, kw_only=True):
    """What all threads of a program got. Times ending in `_ns` without more are monotonic clock readings."""

    began_ns: int
    """When the program was started."""
    ticks: tuple[int, ...] = ()
    """When it was looked at. Of a long run only some of the looks are kept."""
    threads: tuple[ThreadSamples, ...] = ()
    """Those that lived long enough to be seen; the first several hundred."""
    queued_ns: int = 0
    """How long its threads waited for a core, in all."""
    displaced: tuple[int, ...] = ()
    """How much of the waiting up to each tick was more than the program's own threads explain, in nanoseconds."""
    others_ns: int | None = None
    """How long the cores were busy with something else, at the most; None where the kernel does not tell."""
    own_ns: int = 0
    """The processor time that watching the program took: the most that it can have waited because of AsRun."""

    def disturbance_ns(self, zero_ns: int) -> int:
        """For how long, from time zero on, others kept the program from the cores: not it itself, and not AsRun.

        A program with more busy threads than there are cores makes a queue of its own. Where one of its threads waits,
        each core is taken, by the program or by others; so of its waiting no more is due to others than there were
        cores that it did not use, which is what `displaced` counts. Threads that work in turns shorter than a tick
        leave cores unused and wait all the same; therefore it is no more, either, than others used at all.
        """
        if not self.ticks:
            return 0
        displaced = Curve((self.began_ns, *self.ticks), (0, *self.displaced))
        found_ns = self.displaced[-1] - displaced.at(zero_ns)
        if self.others_ns is not None:
            found_ns = min(found_ns, self.others_ns)
        return max(0, found_ns - self.own_ns)

    def is_disturbed(self, zero_ns: int, ended_ns: int) -> bool:
        """Whether that was for a noticeable part of the time from `zero_ns` to `ended_ns`."""
        return self.disturbance_ns(zero_ns) > max(DISTURBED_SHARE * (ended_ns - zero_ns), DISTURBED_NS)


class Curve:
    """A count that only grows, known at some times and taken to grow evenly in between."""

    def __init__(self, times: Sequence[int], counts: Sequence[int]) -> None:
        self._times, self._counts = times, counts

    def at(self, time_ns: int) -> int:
        """The count at a time; before the first and after the last of its times it stands still."""
        after = bisect_left(self._times, time_ns)
        if after == 0:
            return self._counts[0]
        if after == len(self._times):
            return self._counts[-1]
        begin, end = self._times[after - 1], self._times[after]
        low, high = self._counts[after - 1], self._counts[after]
        return low + (high - low) * (time_ns - begin) // (end - begin)


def read_samples(told: Mapping[str, Any], *, began_ns: int, cpu_ns: int, reading_ns: int) -> Samples:
    """The samples from what the sampler told, of a program that was started at `began_ns` and used `cpu_ns` in all.

    `reading_ns` is the processor time that AsRun took meanwhile to read what the program printed.
    """
    busy_ns = told["busy_ns"]
    return Samples(
        began_ns=began_ns,
        ticks=_numbers(told["ticks"]),
        threads=tuple(
            ThreadSamples(
                pid=pid,
                tid=tid,
                cpu_ns=cpu_ns,
                queued_ns=queued_ns,
                began=began,
                cpu=_numbers(cpu),
                queued=_numbers(queued),
            )
            for pid, tid, cpu_ns, queued_ns, began, cpu, queued in told["threads"]
        ),
        queued_ns=told["queued_ns"],
        displaced=_numbers(told["displaced"]),
        others_ns=None if busy_ns is None else max(0, busy_ns - cpu_ns),
        own_ns=told["own_ns"] + reading_ns,
    )


def _numbers(content: bytes) -> tuple[int, ...]:
    return tuple(memoryview(content).cast("Q"))


def with_samples(trace: Trace, samples: Samples, zero_ns: int, ended_ns: int) -> Trace:
    """The trace with what the threads got of the cores in its lanes; `zero_ns` and `ended_ns` as for `read_trace`.

    A thread that the trace does not know counts for its process alone, and a process that it does not know not at all.
    """
    by_lane: defaultdict[int, list[ThreadSamples]] = defaultdict(list)
    for thread in samples.threads:
        process = trace.pids.get(thread.pid)
        if process is None:
            continue
        by_lane[process].append(thread)
        lane = trace.native_ids.get(thread.tid, process + 1 if thread.tid == thread.pid else None)
        if lane is not None and lane < len(trace.lanes) and trace.lanes[lane].kind == "thread":
            by_lane[lane].append(thread)
    wall_ns = max(1, ended_ns - zero_ns)
    stretch_ns = max(SHORTEST_STRETCH_NS, -(-wall_ns // STRETCHES))
    bounds = [*range(zero_ns, ended_ns, stretch_ns), ended_ns] if ended_ns > zero_ns else [zero_ns, zero_ns]
    lanes = list(trace.lanes)
    off_core: dict[int, list[Stretch]] = {}
    for number, threads in by_lane.items():
        lanes[number] = _with_load(lanes[number], threads, samples, bounds)
        if lanes[number].kind == "thread":
            off_core[number] = [
                (begin_ns - zero_ns, end_ns - zero_ns)
                for thread in threads
                for begin_ns, end_ns in _off_core(thread, samples, ended_ns)
            ]
    spans, moved_ns = _with_unseen_waits(trace, off_core)
    for number, more_ns in moved_ns.items():
        found = lanes[number]
        running_ns, waiting_ns = found.running_ns - more_ns, found.waiting_ns + more_ns
        lanes[number] = msgspec.structs.replace(found, running_ns=running_ns, waiting_ns=waiting_ns)
    return msgspec.structs.replace(trace, lanes=tuple(lanes), spans=spans, stretch_ns=stretch_ns)


def _off_core(thread: ThreadSamples, samples: Samples, ended_ns: int) -> Iterator[Stretch]:
    """When a thread was, look after look, neither on a core nor ready for one: by the clock, from look to look."""
    times, cpu, queued = _curves(thread, samples, ended_ns)
    cpu = _plausible(times, cpu)
    first = 1
    for index in range(2, len(times)):
        stands = index < len(times) - 1 and cpu[index] - cpu[first] <= ON_CORE_SHARE * (times[index] - times[first])
        if stands:
            continue
        begin_ns, end_ns = times[first], times[index - 1]
        # Of a wait for a core the kernel tells only when it is over.
        if end_ns - begin_ns >= UNSEEN_NS and queued[index] - queued[first] < QUEUED_SHARE * (end_ns - begin_ns):
            yield begin_ns, end_ns
        first = index


def _with_unseen_waits(
    trace: Trace, off_core: Mapping[int, Sequence[Stretch]]
) -> tuple[tuple[Span, ...], dict[int, int]]:
    """The spans, waiting where the thread was off the cores though nobody noted a wait; how much that is, by lane.

    Of the thread's tasks and generators the same is true while they run.
    """
    spans: list[Span] = []
    moved_ns: dict[int, int] = {}
    for span in trace.spans:
        lane = trace.lanes[span.lane]
        thread = span.lane if lane.kind == "thread" else lane.thread
        begin_ns = span.begin_ns
        if span.state == "running" and thread is not None:
            for off_ns, on_ns in off_core.get(thread, ()):
                wait = Span(span.lane, "waiting", max(off_ns, begin_ns), min(on_ns, span.end_ns))
                if wait.end_ns - wait.begin_ns >= UNSEEN_NS:
                    if wait.begin_ns > begin_ns:
                        spans.append(msgspec.structs.replace(span, begin_ns=begin_ns, end_ns=wait.begin_ns))
                    spans.append(wait)
                    moved_ns[span.lane] = moved_ns.get(span.lane, 0) + wait.end_ns - wait.begin_ns
                    begin_ns = wait.end_ns
        if begin_ns < span.end_ns or begin_ns == span.begin_ns:
            spans.append(msgspec.structs.replace(span, begin_ns=begin_ns))
    return tuple(spans), moved_ns


def _with_load(lane: Lane, threads: Iterable[ThreadSamples], samples: Samples, bounds: Sequence[int]) -> Lane:
    reached = [0] * len(bounds)
    queued_ns = 0
    for thread in threads:
        times, cpu, queued = _curves(thread, samples, bounds[-1])
        curve = Curve(times, _plausible(times, cpu))
        reached = [so_far + curve.at(bound) for so_far, bound in zip(reached, bounds, strict=True)]
        queued_ns += queued[-1] - Curve(times, queued).at(bounds[0])
    load = [
        round(100 * (reached[index + 1] - reached[index]) / max(1, bounds[index + 1] - bounds[index]))
        for index in range(len(bounds) - 1)
    ]
    while load and not load[-1]:
        load.pop()
    return msgspec.structs.replace(lane, cpu_ns=reached[-1] - reached[0], queued_ns=queued_ns, load=tuple(load))


def _curves(thread: ThreadSamples, samples: Samples, ended_ns: int) -> tuple[list[int], list[int], list[int]]:
    """The times at which the counts of a thread are known, and both: from its beginning to its end."""
    ticks, end = samples.ticks, thread.began + len(thread.cpu)
    before = ticks[thread.began - 1] if thread.began else samples.began_ns
    # Between the last look that was kept and the next it ended, or was seen for the last time.
    after = ticks[end] if end < len(ticks) else max(ended_ns, ticks[-1] if ticks else ended_ns)
    times = [before, *ticks[thread.began : end], after]
    return times, [0, *thread.cpu, thread.cpu_ns], [0, *thread.queued, thread.queued_ns]


def _plausible(times: Sequence[int], counts: Sequence[int]) -> list[int]:
    """Counts of time on a core, none of which then grows faster than time passes.

    The kernel brings the count of a thread that stays on its core up to date only now and then: a reading can be too
    low by some milliseconds. How much too low is seen by the next one.
    """
    corrected = list(counts)
    for index in range(len(corrected) - 2, 0, -1):
        passed_ns = times[index + 1] - times[index]
        corrected[index] = max(corrected[index], corrected[index + 1] - passed_ns)
    return corrected
