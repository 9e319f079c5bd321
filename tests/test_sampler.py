"""The sampler: it sees every thread of a program, tells whose fault waiting is, and keeps within bounds."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest

from asrun.execute import sampler as sampling
from asrun.execute.request import Outcome
from asrun.execute.sampler import READINGS, Sampler
from asrun.samples import read_samples, with_samples
from tests.running import PYTHON, Run, executor, mark, python, run

__all__ = ["executor", "mark", "run"]

CORES = len(os.sched_getaffinity(0))

BUSY = """
import threading, time

def work(processor_seconds):
    while time.thread_time() < processor_seconds:
        pass
"""


@contextmanager
def burners(count: int, seconds: int = 20) -> Iterator[None]:
    """As many processes that do nothing but keep a core busy, for so many seconds at the most."""
    code = f"import time\nend = time.monotonic() + {seconds}\nprint(flush=True)\nwhile time.monotonic() < end: pass"
    command = [sys.executable, "-S", "-c", code]
    # Each in a session of its own: the kernel shares the cores out between sessions first.
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) for _ in range(count)]
    try:
        for process in started:
            assert process.stdout
            with process.stdout as stdout:
                stdout.readline()
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


def cpu_by_thread(outcome: Outcome) -> list[float]:
    """How long each thread was on a core, in seconds, the longest first."""
    assert outcome.samples
    return sorted((thread.cpu_ns / 1e9 for thread in outcome.samples.threads), reverse=True)


def disturbance(outcome: Outcome) -> float:
    """For how long of each second others kept it from the cores."""
    assert outcome.samples and outcome.zero_ns
    return outcome.samples.disturbance_ns(outcome.zero_ns) / (outcome.ended_ns - outcome.zero_ns)


def test_threads_are_told_apart(run: Run) -> None:
    """Each thread has the processor time that it used by its own clock, and together they have the program's."""
    code = f"{BUSY}\nthreads = [threading.Thread(target=work, args=(seconds,)) for seconds in (0.6, 0.3)]"
    outcome = python(run, f"{code}\nfor thread in threads: thread.start()\nfor thread in threads: thread.join()")
    longest, second, *rest = cpu_by_thread(outcome)
    assert longest == pytest.approx(0.6, rel=0.15)
    assert second == pytest.approx(0.3, rel=0.15)
    assert longest + second + sum(rest) == pytest.approx(outcome.cpu_ns / 1e9, rel=0.15)


def test_two_threads_share_a_core(run: Run) -> None:
    """Two threads of Python code get a core between them, each a part of it, and wait for each other meanwhile."""
    code = f"{BUSY}\nthreads = [threading.Thread(target=work, args=(0.4,)) for _ in range(2)]"
    outcome = python(run, f"{code}\nfor thread in threads: thread.start()\nfor thread in threads: thread.join()")
    assert outcome.trace and outcome.samples and outcome.zero_ns
    first, second = sorted(outcome.samples.threads, key=lambda thread: thread.cpu_ns)[-2:]
    trace = msgspec.structs.replace(outcome.trace, native_ids={first.tid: 2, second.tid: 3})
    lanes = with_samples(trace, outcome.samples, outcome.zero_ns, outcome.ended_ns).lanes
    assert [lane.kind for lane in lanes] == ["process", "thread", "thread", "thread"]
    both = [one + other for one, other in zip(lanes[2].load, lanes[3].load, strict=False)]
    assert sum(both) / len(both) < 110
    assert lanes[2].cpu_ns == pytest.approx(lanes[3].cpu_ns, rel=0.2)
    assert lanes[0].cpu_ns and lanes[0].cpu_ns > 0.75e9


def test_it_is_there_for_every_program(run: Run) -> None:
    """A shell's children are sampled like the threads of a Python program, and so is what is not to be traced."""
    loop = "import time\nwhile time.thread_time() < 0.4: pass"
    outcome = run("sh", "-c", f'{PYTHON} -S -c "{loop}"; exit 3')
    assert cpu_by_thread(outcome)[0] == pytest.approx(0.4, rel=0.25)
    assert python(run, "pass", trace="none").samples is not None


def test_the_main_thread_is_known_to_its_end(run: Run) -> None:
    """What the main thread did after the last tick is read from what is left of it: nothing is missing."""
    loop = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"
    outcomes = [run("sh", "-c", loop) for _ in range(8)]
    assert sum(sum(cpu_by_thread(outcome)) for outcome in outcomes) > 0.95 * sum(one.cpu_ns for one in outcomes) / 1e9


def test_load_of_a_program_that_rests(run: Run) -> None:
    """The load of a program that works and then rests is in the part of it in which it worked."""
    outcome = python(run, f"{BUSY}\nbegin = time.monotonic()\nwork(0.3)\ntime.sleep(0.3 + time.monotonic() - begin)")
    assert outcome.trace and outcome.samples and outcome.zero_ns
    trace = with_samples(outcome.trace, outcome.samples, outcome.zero_ns, outcome.ended_ns)
    load = trace.lanes[1].load
    half = (outcome.ended_ns - outcome.zero_ns) // trace.stretch_ns // 2
    assert sum(load[:half]) > 3 * sum(load[half:])


def test_others_are_to_blame(run: Run) -> None:
    """A program beside more busy processes than there are cores is disturbed; one that sleeps is so far less."""
    with burners(4 * CORES):
        working = python(run, f"{BUSY}\nwork(0.5)")
        sleeping = python(run, "import time\ntime.sleep(1)")
    assert working.is_disturbed
    assert disturbance(working) > 3 * disturbance(sleeping)


def test_its_own_threads_are_to_blame(run: Run) -> None:
    """Of the waiting of more busy processes than there are cores others are blamed for a part only: their own."""
    code = (
        f"{BUSY}\nimport multiprocessing\n"
        f"processes = [multiprocessing.Process(target=work, args=(0.3,)) for _ in range({4 * CORES})]\n"
        "if __name__ == '__main__':\n"
        "    for process in processes: process.start()\n    for process in processes: process.join()\n"
    )
    outcome = python(run, code)
    assert outcome.samples and outcome.queued_ns
    assert outcome.queued_ns > outcome.ended_ns - outcome.started_ns
    assert outcome.samples.disturbance_ns(outcome.started_ns) < outcome.queued_ns / 2


def test_waits_that_python_cannot_see(run: Run) -> None:
    """Threads that wait for a plain lock, a socket, a SimpleQueue are seen to wait, for about as long as they do."""
    code = """
import queue, socket, threading, time
lock, simple, (ours, theirs) = threading.Lock(), queue.SimpleQueue(), socket.socketpair()
waits = {"lock": lock.acquire, "socket": lambda: theirs.recv(1), "queue": simple.get}
lock.acquire()
threads = [threading.Thread(target=target, name=name) for name, target in waits.items()]
for thread in threads: thread.start()
time.sleep(0.4)
lock.release(); ours.send(b"x"); simple.put(1)
"""
    outcome = python(run, code)
    assert outcome.trace and outcome.samples and outcome.zero_ns
    lanes = with_samples(outcome.trace, outcome.samples, outcome.zero_ns, outcome.ended_ns).lanes
    for name in ("lock", "socket", "queue"):
        [lane] = [lane for lane in lanes if lane.name == name]
        assert lane.ended_ns
        assert lane.waiting_ns > 0.5 * (lane.ended_ns - lane.began_ns)


def fed(monkeypatch: pytest.MonkeyPatch, ticks: list[dict[int, tuple[int, int]]], cores: int = 2) -> Sampler:
    """A sampler on so many cores that looks once every 10 ms and finds these threads: ns on a core, ns waiting."""
    files: dict[int, int] = {}
    at: list[int] = [0]

    def pread(fd: int, *_: int) -> bytes:
        if fd not in files:
            return b"0.00 0.00 0.00 1/1 %d\n" % at[0]
        if files[fd] not in ticks[at[0] - 1]:
            raise ProcessLookupError
        return b"%d %d 1\n" % ticks[at[0] - 1][files[fd]]

    def open_(path: str, *_: int) -> int:
        fd = os.dup(0)
        if "schedstat" in path:
            files[fd] = int(path.split("/")[4])
        return fd

    def close(fd: int) -> None:
        files.pop(fd, None)
        os_close(fd)

    os_close = os.close
    monkeypatch.setattr(os, "pread", pread)
    monkeypatch.setattr(os, "open", open_)
    monkeypatch.setattr(os, "close", close)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))
    monkeypatch.setattr(time, "monotonic_ns", lambda: at[0] * 10_000_000)
    monkeypatch.setattr(sampling, "tasks", lambda _: [(1, tid) for tid in ticks[at[0] - 1]])
    sampler = Sampler()
    for index in range(len(ticks)):
        at[0] = index + 1
        sampler.tick(last=index + 1 == len(ticks))
    return sampler


def displaced_ms(monkeypatch: pytest.MonkeyPatch, *threads: tuple[float, float], cores: int = 2) -> float:
    """What others are blamed for, of 20 ticks with threads that are on a core and wait for so many ms in each."""
    ticks = [
        {number: (round(on * tick * 1e6), round(wait * tick * 1e6)) for number, (on, wait) in enumerate(threads)}
        for tick in range(1, 21)
    ]
    told = fed(monkeypatch, ticks, cores).result()
    assert told
    samples = read_samples(told, began_ns=0, cpu_ns=0, reading_ns=0)
    assert samples.queued_ns == pytest.approx(sum(wait for _, wait in threads) * 20e6)
    return samples.displaced[-1] / 1e6


def test_blame(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is blamed for a queue that the program makes itself; others are for the cores that they took."""
    alone = displaced_ms(monkeypatch, (6, 4))
    assert alone == pytest.approx(80)
    assert displaced_ms(monkeypatch, *[(5, 5)] * 4) == 0  # four busy threads on two cores
    assert displaced_ms(monkeypatch, *[(4, 6)] * 4) == pytest.approx(80)  # and somebody else, for 4 of each 20 ms
    assert displaced_ms(monkeypatch, (10, 0), (10, 0)) == 0
    assert displaced_ms(monkeypatch, (5, 5), (5, 5)) == pytest.approx(200)  # two on two: all of it


def test_waiting_that_is_told_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel tells of waiting only when it is over; it counts in full all the same."""
    ticks = [{1: (0, 0)}] * 10 + [{1: (1_000_000, 99_000_000)}]
    told = fed(monkeypatch, ticks).result()
    assert told
    assert read_samples(told, began_ns=0, cpu_ns=0, reading_ns=0).displaced[-1] == 99_000_000


def test_a_long_run_is_thinned_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten minutes keep as many readings as ten seconds, still in order and from one end to the other."""
    count = 60_000
    ticks = [{1: (tick * 5_000_000, 0)} | ({2: (tick, 0)} if 1000 < tick < 40_001 else {}) for tick in range(count)]
    told = fed(monkeypatch, ticks).result()
    assert told
    samples = read_samples(told, began_ns=0, cpu_ns=0, reading_ns=0)
    first, second = sorted(samples.threads, key=lambda thread: thread.tid)
    assert READINGS / 2 <= len(samples.ticks) <= READINGS
    assert samples.ticks == tuple(sorted(samples.ticks))
    assert samples.ticks[-1] == count * 10_000_000
    assert first.cpu == tuple((at_ns // 10_000_000 - 1) * 5_000_000 for at_ns in samples.ticks)
    assert (first.cpu_ns, second.cpu_ns) == ((count - 1) * 5_000_000, 40_000)
    seen_at = samples.ticks[second.began : second.began + len(second.cpu)]
    assert all(cpu_ns == at_ns // 10_000_000 - 1 for at_ns, cpu_ns in zip(seen_at, second.cpu, strict=True))
    assert seen_at[0] - 10_010_000_000 < 3_000_000_000


def test_threads_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of thousands of short threads some hundreds are remembered, and all of their waiting."""
    ticks = [{number: (1_000, 1_000)} for number in range(3_000)]
    told = fed(monkeypatch, ticks).result()
    assert told
    assert len(told["threads"]) <= 2 * sampling.THREADS
    assert told["queued_ns"] == 3_000_000


def test_without_a_kernel_that_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no /proc the sampler says that it knows nothing, and does not keep anybody awake."""

    def missing(*_: object) -> int:
        raise FileNotFoundError

    monkeypatch.setattr(os, "open", missing)
    sampler = Sampler()
    assert sampler.tick() > 60
    assert sampler.tick(last=True) > 60
    assert sampler.result() is None
