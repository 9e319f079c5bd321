"""Samples: laid over lanes they tell how busy each was, and they tell whose fault it is that a program waited."""

from __future__ import annotations

from itertools import accumulate

import pytest

from asrun.lanes import Lane, Span, Trace
from asrun.samples import STRETCHES, Curve, Samples, ThreadSamples, with_samples

MS = 1_000_000
ZERO = 1_000 * MS


def samples(threads: dict[tuple[int, int], list[int]], *, tick: int = 10, began: int = 0, **more: object) -> Samples:
    """Samples from time zero on: for each thread how many milliseconds it was on a core in each tick."""
    count = max(map(len, threads.values()))
    told = {
        "began_ns": ZERO,
        "ticks": tuple(ZERO + (index + 1) * tick * MS for index in range(began + count)),
        "threads": tuple(
            ThreadSamples(
                pid=pid,
                tid=tid,
                cpu_ns=sum(used) * MS,
                queued_ns=sum(used) * MS // 2,
                began=began,
                cpu=tuple(total * MS for total in accumulate(used)),
                queued=tuple(total * MS // 2 for total in accumulate(used)),
            )
            for (pid, tid), used in threads.items()
        ),
        **more,
    }
    return Samples(**told)  # type: ignore[arg-type]


def trace() -> Trace:
    """Two processes, 7 with two threads and 8 with one."""
    kinds = ("process", "thread", "thread", "process", "thread")
    lanes = tuple(
        Lane(kind=kind, name=f"lane {index}", process=0 if index < 3 else 3, began_ns=0)  # type: ignore[arg-type]
        for index, kind in enumerate(kinds)
    )
    return Trace(lanes=lanes, pids={7: 0, 8: 3}, native_ids={7: 1, 71: 2})


def laid(seen: Samples, milliseconds: int) -> Trace:
    """The samples over those lanes."""
    return with_samples(trace(), seen, ZERO, ZERO + milliseconds * MS)


def test_shares_of_threads_and_their_process() -> None:
    """A thread's load is its share of each stretch; that of its process is the sum of its threads'."""
    lanes = laid(samples({(7, 7): [10, 5, 0, 0], (7, 71): [0, 5, 10, 0], (8, 8): [1, 1, 1, 1]}), 40).lanes
    assert [lane.load for lane in lanes] == [(100, 100, 100), (100, 50), (0, 50, 100), (10,) * 4, (10,) * 4]
    assert [lane.cpu_ns for lane in lanes] == [30 * MS, 15 * MS, 15 * MS, 4 * MS, 4 * MS]
    assert [lane.queued_ns for lane in lanes] == [15 * MS, 7_500_000, 7_500_000, 2 * MS, 2 * MS]


def test_start_up_does_not_count() -> None:
    """What was before time zero is not in the lanes."""
    seen = samples({(7, 7): [10, 10, 4, 4]})
    main = with_samples(trace(), seen, ZERO + 20 * MS, ZERO + 40 * MS).lanes[1]
    assert (main.cpu_ns, main.queued_ns, main.load) == (8 * MS, 4 * MS, (40, 40))


def test_a_reading_that_came_late_is_put_right() -> None:
    """The kernel brings its counts up to date now and then: no thread is shown on more than one core for that."""
    lanes = laid(samples({(7, 7): [6, 14, 10, 7, 13]}), 50).lanes
    assert lanes[1].load == (100,) * 5


def test_a_thread_between_two_looks() -> None:
    """A thread that was not there at any look that was kept has its share between its neighbours."""
    seen = samples({(7, 7): [0, 0, 0, 0]})
    brief = ThreadSamples(pid=7, tid=71, cpu_ns=5 * MS, queued_ns=0, began=2)
    lanes = laid(Samples(began_ns=ZERO, ticks=seen.ticks, threads=(*seen.threads, brief)), 40).lanes
    assert lanes[2].load == (0, 0, 50)
    assert lanes[2].cpu_ns == 5 * MS


def test_what_the_trace_does_not_know() -> None:
    """A thread without a lane counts for its process, a process without one for nothing."""
    lanes = laid(samples({(7, 99): [10], (9, 9): [10]}), 10).lanes
    assert [lane.load for lane in lanes] == [(100,), (), (), (), ()]
    assert [lane.cpu_ns for lane in lanes] == [10 * MS, None, None, None, None]


@pytest.mark.parametrize("seconds", [0, 1, 60, 600])
def test_there_are_never_many_stretches(seconds: int) -> None:
    """However long a take was, its load has at most so many stretches, and its total is that of the samples."""
    seen = samples({(7, 7): [seconds * 5] * 100}, tick=seconds * 10 or 1)
    laid_over = laid(seen, seconds * 1000)
    main = laid_over.lanes[1]
    assert len(main.load) <= STRETCHES
    assert main.cpu_ns == seconds * 500 * MS
    assert set(main.load) == ({50} if seconds else set())


def test_a_curve_stands_still_outside_of_its_times() -> None:
    """A count is known between its times, and is not guessed beyond them."""
    curve = Curve((10, 20, 30), (0, 10, 110))
    assert [curve.at(time) for time in (0, 10, 15, 20, 25, 30, 99)] == [0, 0, 5, 10, 60, 110, 110]


def disturbed(displaced: list[int], *, wall: int, zero: int = 0, **more: int) -> bool:
    """Whether a take is disturbed in which so many milliseconds of waiting could not be explained up to each tick."""
    values = {name: value * MS for name, value in more.items()}
    seen = samples({(7, 7): [0] * len(displaced)}, displaced=tuple(value * MS for value in displaced), **values)
    return seen.is_disturbed(ZERO + zero * MS, ZERO + (zero + wall) * MS)


def test_what_makes_a_take_disturbed() -> None:
    """More than 5 % of the wall time counts, and 5 ms at least; not before time zero, and not what AsRun caused."""
    assert disturbed([100], wall=1_000)
    assert not disturbed([100], wall=3_000)
    assert disturbed([6], wall=10)
    assert not disturbed([4], wall=10)
    assert not disturbed([100, 100], wall=1_000, zero=10)
    assert not disturbed([100], wall=1_000, own_ns=60)


def test_nobody_else_was_there() -> None:
    """A program that had the machine to itself was not disturbed, however its threads waited for each other."""
    assert not disturbed([500], wall=1_000, others_ns=20)
    assert disturbed([500], wall=1_000, others_ns=400)


def test_nothing_was_seen() -> None:
    """Of a program that ended before the first look nothing is claimed."""
    assert not Samples(began_ns=0).is_disturbed(0, 1)


# Waits that nobody noted


def seen_spans(used: list[int], *, queued: list[int] | None = None) -> list[tuple[int, str, int, int]]:
    """The spans, in ms, of a thread and its task that are both running from 0 to 100 ms, with what was seen of it."""
    thread = ThreadSamples(
        pid=7,
        tid=7,
        cpu_ns=sum(used) * MS,
        queued_ns=sum(queued or [0]) * MS,
        cpu=tuple(total * MS for total in accumulate(used)),
        queued=tuple(total * MS for total in accumulate(queued or [0] * len(used))),
    )
    ticks = tuple(ZERO + (index + 1) * 10 * MS for index in range(len(used)))
    lanes = tuple(
        Lane(kind=kind, name=kind, process=0, began_ns=0, running_ns=100 * MS, thread=1 if kind == "task" else None)
        for kind in ("process", "thread", "task")
    )
    spans = (Span(1, "running", 0, 100 * MS), Span(2, "running", 0, 25 * MS), Span(2, "running", 25 * MS, 100 * MS))
    found = Samples(began_ns=ZERO, ticks=ticks, threads=(thread,))
    laid = with_samples(Trace(lanes=lanes, spans=spans, pids={7: 0}, native_ids={7: 1}), found, ZERO, ZERO + 100 * MS)
    for number in (1, 2):
        own = [span for span in laid.spans if span.lane == number]
        for state, total in (("running", laid.lanes[number].running_ns), ("waiting", laid.lanes[number].waiting_ns)):
            assert sum(span.end_ns - span.begin_ns for span in own if span.state == state) == total
    return [(span.lane, span.state, span.begin_ns // MS, span.end_ns // MS) for span in laid.spans]


def test_a_thread_that_is_off_the_cores_waits() -> None:
    """From look to look at which it had no core and was not ready for one, a thread and its task wait; not for less."""
    assert seen_spans([5, 0, 0, 0, 0, 0, 5, 0, 0, 5]) == [
        (1, "running", 0, 10),
        (1, "waiting", 10, 60),
        (1, "running", 60, 100),
        (2, "running", 0, 25),
        (2, "waiting", 25, 60),
        (2, "running", 60, 100),
    ]


def test_a_thread_that_is_ready_for_a_core_does_not_wait() -> None:
    """Where it had to wait for a core, of which the kernel tells when it is over, a thread counts as running."""
    assert {state for _, state, *_ in seen_spans([5, 0, 0, 0, 0, 0, 5], queued=[0, 0, 0, 0, 0, 0, 40])} == {"running"}
    assert {state for _, state, *_ in seen_spans([5, 5, 5, 5, 5, 5, 5])} == {"running"}
