"""What the probe records: lanes, what they did, what they waited for, and what they printed."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby, pairwise
from typing import Literal

import pytest

from asrun.execute.journal import Place
from asrun.execute.request import Outcome, PlacedFile
from asrun.execute.spans import Stretch, join, lay_over, pair
from asrun.lanes import Lane, Span, Trace
from tests.running import PYTHON, Run, executor, mark, python, run, text
from tests.test_faithful import pythons

__all__ = ["executor", "mark", "run"]

EVERY = pytest.mark.parametrize("interpreter", [pytest.param(found.path, id=found.version) for found in pythons()])


def traced(run: Run, code: str, python_: str = PYTHON, seconds: float = 30) -> Trace:
    """The trace of a program, after its standard error was found empty."""
    outcome = python(run, code, python=python_, seconds=seconds)
    assert text(outcome, "stderr") == ""
    return whole(outcome)


def whole(outcome: Outcome) -> Trace:
    """The trace of an outcome, which has to hold together."""
    trace = outcome.trace
    assert trace is not None
    assert trace.untraced is None
    spans_of = {number: list(spans) for number, spans in groupby(trace.spans, key=lambda span: span.lane)}
    for number, lane in enumerate(trace.lanes):
        assert trace.lanes[lane.process].kind == "process"
        assert lane.parent is None or lane.parent != number
        spans = spans_of.pop(number, [])
        assert all(before.end_ns <= after.begin_ns for before, after in pairwise(spans))
        assert all(span.begin_ns <= span.end_ns for span in spans)
        assert lane.running_ns + lane.waiting_ns == total(spans, "running") + total(spans, "waiting")
        assert lane.running_ns == total(spans, "running") or lane.steps > 1000 or len(trace.spans) > 200
    assert spans_of == {}
    assert all(0 <= line.lane < len(trace.lanes) for line in trace.prints)
    return trace


def of(trace: Trace, number: int) -> list[Span]:
    """The spans of a lane."""
    return [span for span in trace.spans if span.lane == number]


def total(spans: Iterable[Span], state: str) -> int:
    """How long a lane was in a state."""
    return sum(span.end_ns - span.begin_ns for span in spans if span.state == state)


def named(trace: Trace, name: str) -> tuple[int, Lane]:
    """The one lane of a name, with its number."""
    [found] = [(number, lane) for number, lane in enumerate(trace.lanes) if lane.name == name]
    return found


def waits(trace: Trace, name: str) -> list[tuple[int | None, str | None]]:
    """Where a lane waits and what for, in order."""
    return [(span.line, span.on) for span in of(trace, named(trace, name)[0]) if span.state == "waiting"]


TASKS = """
import asyncio

async def inner():
    await asyncio.sleep(0.01)

async def work(queue):
    print("begins")
    await inner()
    await queue.get()

async def fails():
    await asyncio.sleep(0)
    raise LookupError

async def main():
    queue = asyncio.Queue()
    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(coroutine) for coroutine in (work(queue), fails(), work(queue))]
    for task, name in zip(tasks, ("works", "fails", "cancelled")):
        task.set_name(name)
    await asyncio.sleep(0.2)
    queue.put_nowait(1)
    tasks[2].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    print("end")

asyncio.run(main())
"""


@EVERY
def test_tasks(run: Run, interpreter: str) -> None:
    """A task has a lane with its name and coroutine, who made it, where it was suspended on what, and how it ended."""
    trace = traced(run, TASKS, interpreter)
    main_number, main = named(trace, "Task-1")
    assert (main.kind, main.function, main.ended) == ("task", "main", "done")
    _, works = named(trace, "works")
    assert (works.function, works.parent, works.steps, works.ended) == ("work", main_number, 3, "done")
    assert works.thread is not None
    assert trace.lanes[works.thread].name == "MainThread"
    assert waits(trace, "works") == [(5, "sleep(0.01)"), (10, "queue")]
    assert named(trace, "fails")[1].ended == "failed"
    assert waits(trace, "fails") == [(13, "sleep(0)")]
    assert named(trace, "cancelled")[1].ended == "cancelled"
    assert [on for _, on in waits(trace, "Task-1")] == ["sleep(0.2)", "gather"]
    assert waits(trace, "MainThread")[0][1] == "event loop"
    lines = [(trace.lanes[line.lane].name, line.line, line.text) for line in trace.prints]
    assert lines == [("works", 8, "begins\n"), ("cancelled", 8, "begins\n"), ("Task-1", 26, "end\n")]


MANY_AT_ONE_PLACE = """
import asyncio

async def naps():
    await asyncio.sleep(0.001)

async def yields():
    await asyncio.sleep(0)

async def work(queue, gate):
    for make in (naps, yields, queue.get, gate.wait, yields, naps, queue.get):
        await make()

async def main():
    queue, gate = asyncio.Queue(), asyncio.Event()
    worker = asyncio.create_task(work(queue, gate), name="worker")
    for step in (lambda: queue.put_nowait(1), gate.set, lambda: queue.put_nowait(2)):
        await asyncio.sleep(0.05)
        step()
    await worker

asyncio.run(main())
"""


@EVERY
def test_many_things_awaited_at_one_place(run: Run, interpreter: str) -> None:
    """Where one await has now this and now that function awaited, each wait has the line of its own function."""
    trace = traced(run, MANY_AT_ONE_PLACE, interpreter)
    nap, yield_, queue = (5, "sleep(0.001)"), (8, "sleep(0)"), (12, "queue")
    assert waits(trace, "worker") == [nap, yield_, queue, (12, "event"), yield_, nap, queue]


THREADS = """
import concurrent.futures, queue, threading, time

def sleeper(seconds):
    time.sleep(seconds)
    print("slept")

def consumer(items):
    items.get()
    1 / 0

items = queue.Queue()
threading.excepthook = lambda _: None
threads = [threading.Thread(target=sleeper, args=(0.02,), name="sleeper"),
           threading.Thread(target=consumer, args=(items,), name="consumer")]
for thread in threads:
    thread.start()
time.sleep(0.01)
while not items.not_empty._waiters: time.sleep(0.01)
items.put(None)
for thread in threads:
    thread.join()
with concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="pool") as pool:
    pool.submit(sleeper, 0.1).result()
"""


@EVERY
def test_threads(run: Run, interpreter: str) -> None:
    """A thread has a lane with its name and function, what it waited for where, how it ended, and its pool's items."""
    trace = traced(run, THREADS, interpreter)
    number, sleeper = named(trace, "sleeper")
    assert (sleeper.kind, sleeper.function, sleeper.ended) == ("thread", "sleeper", "done")
    assert sleeper.parent == named(trace, "MainThread")[0]
    assert waits(trace, "sleeper") == [(5, "sleep(0.02)")]
    assert waits(trace, "consumer") == [(9, "queue")]
    assert named(trace, "consumer")[1].ended == "failed"
    main = waits(trace, "MainThread")
    assert (18, "sleep(0.01)") in main
    assert (22, "thread sleeper") in main
    assert (24, "future") in main
    running = [span.on for span in of(trace, named(trace, "pool_0")[0]) if span.state == "running"]
    assert set(running) == {"sleeper"}
    assert [trace.lanes[line.lane].name for line in trace.prints] == ["sleeper", "pool_0"]
    assert number in trace.native_ids.values()


PROCESSES = """
import multiprocessing, os, subprocess, sys

def work(method):
    print(method)

if __name__ == "__main__":
    for method in ("fork", "spawn", "forkserver"):
        child = multiprocessing.get_context(method).Process(target=work, args=(method,), name=method)
        child.start()
        child.join()
    with open("child.py", "w") as file:
        file.write("print('subprocess')")
    subprocess.run([sys.executable, "child.py"])
    pid = os.fork()
    if pid == 0:
        print("forked")
        os._exit(0)
    os.waitpid(pid, 0)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        pool.map(work, ["pool"])
"""


@EVERY
def test_processes(run: Run, interpreter: str) -> None:
    """However a process of Python's was started, it has a lane under its maker's, with its prints."""
    outcome = python(run, PROCESSES, python=interpreter)
    trace = whole(outcome)
    processes = [lane for lane in trace.lanes if lane.kind == "process"]
    names = ["main.py", "fork", "spawn", "forkserver", "child.py", "main.py", "ForkPoolWorker-2"]
    pool = processes[-1].name
    assert [lane.name for lane in processes] == [*names[:-1], pool]
    assert pool.startswith("ForkPoolWorker")
    assert [lane.function for lane in processes[1:4]] == ["work", "work", "work"]
    assert [lane.parent for lane in processes] == [None] + [0] * 6
    lines = {line.text: trace.lanes[trace.lanes[line.lane].process].name for line in trace.prints}
    assert lines == {
        "fork\n": "fork",
        "spawn\n": "spawn",
        "forkserver\n": "forkserver",
        "subprocess\n": "child.py",
        "forked\n": "main.py",
        "pool\n": pool,
    }
    assert {chunk.pid for chunk in outcome.chunks} <= trace.pids.keys()
    worker = next(number for number, lane in enumerate(trace.lanes) if lane.process == trace.lanes.index(processes[-1]))
    assert "work" in [span.on for span in of(trace, worker + 1)]


@EVERY
def test_prints(run: Run, interpreter: str) -> None:
    """A print is one event, however many writes it takes, with its line, its stream, its lane and its time."""
    code = """
import sys, logging
def say(*words):
    print(*words, sep="-", end="!\\n")
say("one", "two", 3)
print("to stderr", file=sys.stderr)
logging.warning("logged")
print("x" * 1000)
print("caf\\u00e9")
print(end="no line's end")
"""
    outcome = python(run, code, python=interpreter)
    trace = whole(outcome)
    assert [(line.stream, line.line, line.text[:30]) for line in trace.prints] == [
        ("stdout", 4, "one-two-3!\n"),
        ("stderr", 6, "to stderr\n"),
        ("stderr", 7, "WARNING:root:logged\n"),
        ("stdout", 8, "x" * 30),
        ("stdout", 9, "café\n"),
        ("stdout", 10, "no line's end"),
    ]
    assert [line.file for line in trace.prints] == ["main.py"] * 6
    assert trace.prints[3].length == 1001
    assert [line.at_ns for line in trace.prints] == sorted(line.at_ns for line in trace.prints)
    zero_ns = outcome.zero_ns
    assert zero_ns is not None
    assert trace.prints[0].at_ns <= outcome.chunks[0].at_ns - zero_ns


GENERATORS = """
import time

def countdown(count):
    while count:
        time.sleep(0.01)
        yield count
        print("goes on")
        count -= 1

def outer():
    yield from countdown(1)

def fails():
    yield 1
    raise LookupError

def consumer():
    while True:
        yield

for number in countdown(1):
    print(number)
list(outer())
try:
    list(fails())
except LookupError:
    pass
for _ in countdown(3):
    break
kept = consumer()
next(kept)
kept.send(1)
time.sleep(0.01)
"""


@EVERY
def test_generators(run: Run, interpreter: str) -> None:
    """A generator has a lane with where it stood at its yields, and whoever resumes it waits meanwhile, at its line."""
    trace = whole(python(run, GENERATORS, python=interpreter, trace="generators"))
    lanes = [lane for lane in trace.lanes if lane.kind == "generator"]
    assert [(lane.name, lane.ended) for lane in lanes] == [
        ("countdown-1", "done"),
        ("outer", "done"),
        ("countdown-2", "done"),
        ("fails", "failed"),
        ("countdown-3", "cancelled"),
        ("consumer", "cancelled"),
    ]
    main, outer = named(trace, "MainThread")[0], named(trace, "outer")[0]
    assert [lane.parent for lane in lanes] == [main, main, outer, main, main, main]
    assert waits(trace, "countdown-1") == [(6, "sleep(0.01)"), (7, "next()")]
    assert waits(trace, "outer") == [(12, "generator countdown"), (12, "next()"), (12, "generator countdown")]
    assert waits(trace, "consumer") == [(20, "next()"), (20, "next()")]
    assert named(trace, "consumer")[1].waiting_ns >= 10_000_000
    assert waits(trace, "MainThread")[:3] == [(22, "generator countdown")] * 2 + [(24, "generator outer")]
    assert [(trace.lanes[line.lane].name, line.line) for line in trace.prints] == [
        ("MainThread", 23),
        ("countdown-1", 8),
        ("countdown-2", 8),
    ]
    assert not any(lane.kind == "generator" for lane in whole(python(run, GENERATORS, python=interpreter)).lanes)


@EVERY
def test_asynchronous_generators(run: Run, interpreter: str) -> None:
    """An asynchronous generator waits where it awaits and where it yields, and so does the task that it works for."""
    code = """
import asyncio
async def ticks():
    await asyncio.sleep(0.01)
    yield 1
    print("tick")
async def main():
    async for tick in ticks():
        await asyncio.sleep(0.01)
asyncio.run(main())
"""
    trace = whole(python(run, code, python=interpreter, trace="generators"))
    assert waits(trace, "ticks") == [(4, None), (5, "next()")]
    assert named(trace, "ticks")[1].parent == named(trace, "Task-1")[0]
    assert {("Task-1", 9, "sleep(0.01)"), ("Task-1", 8, "generator ticks")} <= {
        (trace.lanes[span.lane].name, span.line, span.on) for span in trace.spans if span.state == "waiting"
    }
    assert [trace.lanes[line.lane].name for line in trace.prints] == ["ticks"]


def test_a_generator_that_is_resumed_all_the_time_stays_small(run: Run) -> None:
    """A generator that is resumed 100,000 times has all of it counted, in few spans; and a kill loses nothing."""
    code = """
import os, signal
def numbers():
    for number in range(100_000):
        yield number
    print("the last")
    os.kill(os.getpid(), signal.SIGKILL)
sum(numbers())
"""
    trace = whole(python(run, code, trace="generators"))
    number, lane = named(trace, "numbers")
    assert (lane.steps, lane.ended, trace.dropped) == (100_000, None, 0)
    assert len(trace.spans) <= 20_000
    assert of(trace, number)[-1].state == "running"


@EVERY
def test_many_steps_stay_small(run: Run, interpreter: str) -> None:
    """A task with 100,000 steps has all of them counted, and its time summed up exactly, in few spans."""
    code = """
import asyncio
async def spin(times):
    for _ in range(times):
        await asyncio.sleep(0)
asyncio.run(spin(99_999))
"""
    trace = traced(run, code, interpreter)
    number, lane = named(trace, "Task-1")
    assert lane.steps == 100_000
    assert trace.dropped == 0
    spans = of(trace, number)
    assert len(trace.spans) <= 20_000
    assert lane.ended_ns is not None
    assert total(spans, "running") + total(spans, "waiting") == lane.running_ns + lane.waiting_ns
    assert {span.on for span in spans if span.state == "waiting"} <= {"sleep(0)"}


@EVERY
def test_what_was_recorded_outlives_a_kill(run: Run, interpreter: str) -> None:
    """After SIGKILL everything is there, also the step and the wait that were not over."""
    code = """
import asyncio, os, signal, threading, time
async def waits():
    await asyncio.sleep(60)
async def kills():
    await asyncio.sleep(0.01)
    print("last words")
    end = time.monotonic() + 0.05
    while time.monotonic() < end:
        pass
    os.kill(os.getpid(), signal.SIGKILL)
async def main():
    threading.Thread(target=time.sleep, args=(60,), name="sleeper", daemon=True).start()
    await asyncio.gather(waits(), kills())
asyncio.run(main())
"""
    outcome = python(run, code, python=interpreter)
    assert outcome.ended.signal == "SIGKILL"
    trace = whole(outcome)
    assert [line.text for line in trace.prints] == ["last words\n"]
    assert waits(trace, "Task-2") == [(4, "sleep(60)")]
    last = of(trace, named(trace, "Task-3")[0])[-1]
    assert last.state == "running"
    assert last.end_ns - last.begin_ns >= 50_000_000
    assert waits(trace, "sleeper") == [(None, "sleep(60)")]
    assert named(trace, "Task-3")[1].ended is None


@pytest.mark.parametrize(
    "code",
    [
        "while True: print('again')",
        "import asyncio\nasync def main():\n    while True: await asyncio.sleep(0)\nasyncio.run(main())",
        "import asyncio\nasync def nothing(): pass\nasync def main():\n"
        "    while True: await asyncio.create_task(nothing())\nasyncio.run(main())",
        "import threading\nwhile True:\n    thread = threading.Thread(target=int)\n    thread.start(); thread.join()",
    ],
    ids=["prints", "steps", "tasks", "threads"],
)
def test_an_endless_loop_stays_within_bounds(run: Run, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """A program that never ends is recorded as far as there is room, its first part whole; the rest is counted."""
    sizes: list[int] = []

    def note_size(folder: object, *times: object) -> Trace:
        sizes.extend(path.stat().st_blocks * 512 for path in folder.iterdir())  # type: ignore[attr-defined]
        return read_trace(folder, *times)  # type: ignore[arg-type]

    from asrun.execute.trace import read_trace

    monkeypatch.setattr("asrun.execute.flight.read_trace", note_size)
    outcome = python(run, code, seconds=2.5)
    assert outcome.ended.how == "timeout"
    trace = whole(outcome)
    assert sizes
    assert sum(sizes) < 20_000_000
    assert len(trace.spans) <= 20_000
    assert len(trace.lanes) <= 2000
    assert len(trace.prints) <= 50_000
    assert trace.lanes[1].name == "MainThread"


def test_what_found_no_room_is_counted(run: Run) -> None:
    """More steps than there is room for: those that were kept and those that were dropped are all of them."""
    code = """
import asyncio
async def spin():
    for _ in range(420_000):
        await asyncio.sleep(0)
asyncio.run(spin())
"""
    trace = traced(run, code)
    kept = sum(lane.steps for lane in trace.lanes)
    assert trace.dropped > 0
    assert kept + trace.dropped >= 420_001


@pytest.mark.parametrize("python_", [PYTHON])
def test_a_program_that_is_not_traced(run: Run, python_: str) -> None:
    """Where Python does not look at its surroundings there is no trace, and it is said; `none` asks for nothing."""
    outcome = run(python_, "-I", "-c", "print('ran')", is_python=True)
    assert outcome.trace is not None
    assert outcome.trace.untraced
    assert outcome.trace.lanes == ()
    assert python(run, "print('ran')", trace="none").trace is None
    assert run("true").trace is None


def test_a_program_that_spoils_the_recording(run: Run) -> None:
    """A program that writes over the probe's files runs, and so does the reading of what is left."""
    code = """
import glob, os, sys
base = os.path.dirname(os.getcwd())
for path in glob.glob(base + "/trace/*"):
    with open(path, "r+b") as file:
        file.seek(80); file.write(os.urandom(100_000))
os.mkdir(base + "/trace/folder")
open(base + "/trace/empty", "w").close()
open(base + "/trace/other", "wb").write(os.urandom(9000))
print("ran")
"""
    outcome = python(run, code)
    assert text(outcome) == "ran\n"
    assert outcome.trace is not None
    outcome = python(run, "import shutil, os; shutil.rmtree('../trace'); print('ran', os.fork() >= 0)")
    assert text(outcome) == "ran True\nran True\n"
    assert text(outcome, "stderr") == ""


def test_modules_of_the_authors_are_places_too(run: Run) -> None:
    """Where a line is in a module beside the script, that file is named."""
    files = (PlacedFile("helpers/nap.py", b"import time\ndef nap():\n    time.sleep(0.001)\n    print('rested')\n"),)
    trace = whole(python(run, "from helpers.nap import nap\nnap()", files=files))
    assert [(span.file, span.line) for span in trace.spans if span.state == "waiting"] == [("helpers/nap.py", 3)]
    assert [(line.file, line.line) for line in trace.prints] == [("helpers/nap.py", 4)]


@EVERY
def test_prints_where_no_stack_is_left(run: Run, interpreter: str) -> None:
    """A program that prints at the edge of its stack meets its RecursionError there, at most a few calls earlier."""
    native = run("deep_prints.py", python=interpreter, trace="none")
    probed = run("deep_prints.py", python=interpreter)
    assert probed.ended == native.ended
    ends = [text(outcome, "stderr").splitlines()[-1] for outcome in (native, probed)]
    assert ends[0] == ends[1]
    assert "_asrun" not in text(probed, "stderr")
    count, native_count = (text(outcome).count("\n") for outcome in (probed, native))
    assert native_count - 10 <= count <= native_count
    assert {line.line for line in whole(probed).prints if line.stream == "stdout"} == {7, 15}


# Stretches of time

NAP = Place("main.py", 1, "sleep(1)")


def stretch(begin: int, end: int, state: Literal["running", "waiting"] = "running") -> Stretch:
    """A stretch of time."""
    return Stretch(begin, end, state, NAP if state == "waiting" else Place(None, None, None))


def test_waits_that_are_nested_or_not_over() -> None:
    """Of waits in each other the outermost counts, and one without an end lasts as long as there is time."""
    inner = Place("main.py", 2, "lock")
    marks = [(1, NAP), (2, inner), (3, None), (4, None), (5, None), (7, inner)]
    assert pair(marks, 9) == [Stretch(1, 4, "waiting", NAP), Stretch(7, 9, "waiting", inner)]


def test_what_is_laid_over_takes_the_place() -> None:
    """Each moment belongs to what lies above it, across several stretches and at their edges."""
    base = [stretch(0, 10), stretch(10, 20, "waiting"), stretch(20, 30)]
    above = [stretch(2, 4, "waiting"), stretch(8, 12, "waiting"), stretch(25, 40, "waiting")]
    laid = list(lay_over(base, above))
    assert [(piece.begin_ns, piece.end_ns) for piece in laid] == [
        (0, 2), (2, 4), (4, 8), (8, 10), (10, 12), (12, 20), (20, 25), (25, 30),
    ]  # fmt: skip
    assert sum(piece.end_ns - piece.begin_ns for piece in laid) == 30


def test_only_what_is_too_short_is_joined() -> None:
    """Short stretches in a row become one; a long one, and a short one between two long ones, stay."""
    row = [stretch(at, at + 1, "waiting" if at % 3 else "running") for at in range(9)]
    stretches = [stretch(-100, 0), *row, stretch(9, 109, "waiting"), stretch(109, 110), stretch(110, 300, "waiting")]
    joined = join(stretches, 20)
    assert [(piece.begin_ns, piece.end_ns, piece.state) for piece in joined] == [
        (-100, 0, "running"), (0, 9, "waiting"), (9, 109, "waiting"), (109, 110, "running"), (110, 300, "waiting"),
    ]  # fmt: skip
    assert joined[1].place == NAP
