"""Running: how runs end, what is read of them and when, and that nothing of them is left."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from asrun.execute.request import PlacedFile
from asrun.execute.runner import Executor, Interrupted
from asrun.recording import Ended
from tests.leftovers import MARK, marked
from tests.running import CHILDREN, PYTHON, SECOND_NS, Run, clocked, data, executor, mark, python, request, run, text

__all__ = ["executor", "mark", "run"]


# How a run ends


@pytest.mark.parametrize("status", [0, 3, 255])
def test_exit_status(run: Run, status: int) -> None:
    """A program that exits has ended by `exit`, with its status."""
    assert run("sh", "-c", f"exit {status}").ended == Ended("exit", status=status)


def test_no_output(run: Run) -> None:
    """A program that prints nothing has an outcome without output."""
    outcome = run("true")
    assert (outcome.ended, outcome.chunks, outcome.dropped_bytes) == (Ended("exit", status=0), (), 0)


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV", "SIGTERM"])
def test_killed_by_a_signal(run: Run, name: str) -> None:
    """A program that a signal ends is told from one that exits, and the signal is named."""
    outcome = run("sh", "-c", f"kill -{name.removeprefix('SIG')} $$")
    assert outcome.ended == Ended("signal", signal=name)


def test_a_real_time_signal_has_a_name(run: Run) -> None:
    """A signal without a name of its own is named by its distance from the first real-time signal."""
    outcome = python(run, "import os, signal; os.kill(os.getpid(), signal.SIGRTMIN + 3)")
    assert outcome.ended == Ended("signal", signal="SIGRTMIN+3")


def test_what_it_printed_before_it_died_is_kept(run: Run) -> None:
    """A Python program that is killed after a print has printed."""
    outcome = run("kill_itself.py")
    assert outcome.ended == Ended("signal", signal="SIGKILL")
    assert text(outcome) == "last words\n"


@pytest.mark.parametrize(
    ("argv", "files", "reason"),
    [
        (("no-such-program-anywhere",), (), "no-such-program-anywhere: no such program on the PATH"),
        (("./missing",), (), "./missing: no such file"),
        (("/",), (), "/: Permission denied"),
        (("./plain",), (PlacedFile("plain", b"text"),), "./plain: Permission denied"),
        (("./odd",), (PlacedFile("odd", b"#!/no/such/shell\n", True),), "./odd: its interpreter is not there"),
        (("./nothing",), (PlacedFile("nothing", b"\0", True),), "./nothing: Exec format error"),
        (("true", "a\0b"), (), "true: embedded null byte"),
    ],
)
def test_never_ran(run: Run, argv: tuple[str, ...], files: tuple[PlacedFile, ...], reason: str) -> None:
    """A program that cannot be started never ran: that is no exit status, and the reason says what is wrong."""
    assert run(*argv, files=files).ended == Ended("never ran", reason=reason)


def test_a_program_that_is_named_like_a_failure_is_not_one(run: Run) -> None:
    """The status 127 of a shell that found no command is an exit like any other."""
    assert run("sh", "-c", "no-such-program-anywhere").ended == Ended("exit", status=127)


def test_a_program_of_its_own_folder(run: Run) -> None:
    """A name with a slash is a file that was placed into the run's folder."""
    outcome = run("tools/hello", "you", files=(PlacedFile("tools/hello", b"#!/bin/sh\necho hello $1\n", True),))
    assert text(outcome) == "hello you\n"


@pytest.mark.parametrize(("name", "line"), [("hang.py", "hanging"), ("term_deaf.py", "deaf")])
def test_a_program_that_does_not_end(run: Run, name: str, line: str) -> None:
    """At its deadline a run is ended, though it ignores every signal; what it printed is kept."""
    outcome = run(name, seconds=1)
    assert outcome.ended == Ended("timeout")
    assert set(text(outcome).split()) == {line}
    assert outcome.ended_ns - outcome.started_ns >= SECOND_NS


def test_a_flood_does_not_put_off_the_deadline(run: Run) -> None:
    """A program that prints for ever is ended at its deadline like one that is silent."""
    outcome = run("yes", seconds=0.3, output_limit_bytes=1000)
    assert outcome.ended == Ended("timeout")
    assert len(data(outcome)) == 1000
    assert outcome.dropped_bytes > 1000


def test_it_ends_in_its_own_time(run: Run) -> None:
    """A deadline does not make a program that ends before it wait."""
    outcome = run("sleep", "0.1", seconds=60)
    assert outcome.ended == Ended("exit", status=0)
    assert outcome.ended_ns - outcome.started_ns < 30 * SECOND_NS


def test_the_folder_is_not_on_the_path(run: Run) -> None:
    """A program that was placed into the folder is not run by its bare name."""
    outcome = run("hello", files=(PlacedFile("hello", b"#!/bin/sh\n", True),))
    assert outcome.ended == Ended("never ran", reason="hello: no such program on the PATH")


# Descendants


@pytest.mark.parametrize("name", ["setsid_holder.py", "double_fork.py", "reforker.py"])
def test_descendants_end_with_the_main_process(run: Run, name: str) -> None:
    """When the main process ends, what it left behind is ended at once, wherever it hid, and not waited for."""
    outcome = run(name, seconds=50)
    assert outcome.ended == Ended("exit", status=0)
    assert "done\n" in text(outcome)
    assert outcome.ended_ns - outcome.started_ns < 10 * SECOND_NS


def test_output_of_descendants_is_kept_up_to_the_end(run: Run) -> None:
    """What a grandchild printed while the main process lived is output of the run."""
    assert text(run("setsid_holder.py")).count("tick\n") > 2


def test_a_fork_bomb_is_held(run: Run) -> None:
    """A run with too many processes is ended, and the outcome says that AsRun did it and why."""
    outcome = run("fork_bomb.py", process_limit=30, seconds=60)
    assert outcome.ended == Ended("signal", signal="SIGKILL", reason="more than 30 processes at once")
    assert outcome.ended_ns - outcome.started_ns < 15 * SECOND_NS


def test_processes_within_the_limit_may_be(run: Run) -> None:
    """A run with as many processes as it may have is left alone."""
    outcome = run("sh", "-c", "for i in 1 2 3 4; do sleep 0.4 & done; wait", process_limit=5)
    assert outcome.ended == Ended("exit", status=0)


def test_a_program_that_kills_its_supervisor(run: Run) -> None:
    """A program that kills the process above it has not escaped; its end is told, and the next run goes as always."""
    outcome = run("kill_supervisor.py")
    assert outcome.ended == Ended("signal", signal="SIGKILL", reason="the process that supervised it was killed")
    assert run("true").ended == Ended("exit", status=0)


# Output


def test_streams_are_told_apart(run: Run) -> None:
    """What went to the two streams is kept apart, and in the order in which it came."""
    outcome = run("sh", "-c", "echo one; sleep 0.1; echo two >&2; sleep 0.1; echo three")
    assert (text(outcome), text(outcome, "stderr")) == ("one\nthree\n", "two\n")
    assert [chunk.stream for chunk in outcome.chunks][:2] == ["stdout", "stderr"]
    assert sorted(outcome.chunks, key=lambda chunk: chunk.at_ns) == [*outcome.chunks]


def test_bytes_are_not_touched(run: Run) -> None:
    """Bytes that are no text, half characters, lone surrogates and control characters arrive as they were written."""
    outcome = run("garbage.py")
    assert data(outcome) == bytes(range(256)) + b"\xed\xa0\x80 \xe2\x82"
    assert data(outcome, "stderr") == b"\x1b[2J\x1b]0;title\x07\r\x00\x7f"


def test_a_flood_is_counted_and_not_kept(run: Run) -> None:
    """A gibibyte is read to its end, but no more than the limit is kept, and memory does not grow with it."""
    run("true")
    before = resident_bytes()
    outcome = run("flood.py", output_limit_bytes=10_000_000, seconds=100)
    assert resident_bytes() - before < 60_000_000
    assert outcome.ended == Ended("exit", status=0)
    assert len(data(outcome)) == 10_000_000
    assert len(data(outcome)) + outcome.dropped_bytes == (1 << 14) * (5 * 13107 + 1)


def resident_bytes() -> int:
    """The memory that this process occupies now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_the_limit_counts_both_streams(run: Run) -> None:
    """The limit is one for both streams; the last chunk that is kept is cut to fit."""
    outcome = run("sh", "-c", "printf 12345; sleep 0.1; printf 678901234 >&2", output_limit_bytes=8)
    assert (data(outcome), data(outcome, "stderr"), outcome.dropped_bytes) == (b"12345", b"678", 6)


def test_output_in_many_small_pieces_is_limited_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only the bytes but also the pieces that are kept have a limit, and what comes after it is counted."""
    monkeypatch.setattr("asrun.execute.capture.CHUNK_LIMIT", 2)
    outcome = run("sh", "-c", "for i in 1 2 3 4 5 6 7 8; do printf $i; sleep 0.05; done")
    assert len(outcome.chunks) == 2
    assert len(data(outcome)) + outcome.dropped_bytes == 8
    assert outcome.dropped_bytes > 0


@pytest.mark.parametrize("is_python", [True, False])
def test_a_program_that_closes_its_streams_is_waited_for(run: Run, is_python: bool) -> None:
    """The end of the output is not the end of the run."""
    outcome = run("close_stdout.py", is_python=is_python)
    assert outcome.ended == Ended("exit", status=5)
    assert outcome.ended_ns - outcome.started_ns > SECOND_NS / 2


def test_writers_are_told_apart(run: Run) -> None:
    """Each chunk of a Python run carries the process that wrote it, also where two write to one stream."""
    outcome = run("two_writers.py")
    assert [(chunk.data.split()[0], int(chunk.data.split()[1])) for chunk in outcome.chunks] == [
        (b"parent", outcome.chunks[0].pid),
        (b"child", outcome.chunks[1].pid),
        (b"parent", outcome.chunks[0].pid),
    ]


def test_other_programs_can_open_their_streams_again(run: Run) -> None:
    """A shell line may redirect to /dev/stdout and /dev/stderr, and so may what a program starts that names them."""
    line = "echo out > /dev/stdout; echo err > /dev/stderr"
    outcome = python(run, f"import subprocess\nprint('first')\nsubprocess.run('{line}', shell=True)")
    assert (text(outcome), text(outcome, "stderr")) == ("first\nout\n", "err\n")
    outcome = run("sh", "-c", "echo out > /dev/stdout; echo err > /dev/stderr")
    assert (text(outcome), text(outcome, "stderr")) == ("out\n", "err\n")
    assert {chunk.pid for chunk in outcome.chunks} == {None}


# Input


@pytest.mark.parametrize("size", [0, 5, 1_000_000])
def test_input_is_fed_and_closed(run: Run, size: int) -> None:
    """A program reads just what its standard input is said to be, though it answers before it has read all."""
    content = os.urandom(size)
    outcome = run("cat", stdin=content)
    assert data(outcome) == content
    assert outcome.ended == Ended("exit", status=0)


def test_input_that_nobody_reads(run: Run) -> None:
    """A program may end, or close its input, without having read it."""
    assert run("true", stdin=bytes(1_000_000)).ended == Ended("exit", status=0)
    outcome = run("sh", "-c", "exec <&-; sleep 0.2; echo done", stdin=bytes(1_000_000))
    assert text(outcome) == "done\n"


# Time


def test_stamps_follow_the_program(run: Run) -> None:
    """Lines have the times at which they were printed: in order, after the program's own clock, in proportion."""
    outcome, own, read = clocked(run)
    assert outcome.started_ns < own[0] <= read[0] < own[1] <= read[1] < own[2] <= read[2]
    assert own[2] < outcome.ended_ns
    assert 1.5 < (read[2] - read[1]) / (read[1] - read[0]) < 2.7


def test_time_zero_is_the_first_line(run: Run) -> None:
    """Time zero is when the first line of the program runs; starting Python is before it."""
    parts = []
    for _ in range(3):  # a busy machine can take the core away between the two
        outcome = python(run, "import time; t = time.monotonic_ns(); print(t)")
        assert outcome.zero_ns is not None
        first_line = int(text(outcome))
        assert outcome.started_ns < outcome.zero_ns <= first_line
        parts.append((first_line - outcome.zero_ns) / (outcome.zero_ns - outcome.started_ns))
    assert min(parts) < 1 / 4


def test_other_programs_have_no_time_zero(run: Run) -> None:
    """For a program that is not Python, time zero is not known."""
    assert run("true").zero_ns is None


# What it used


def test_cpu_of_orphans_is_counted(run: Run) -> None:
    """Processor time of a descendant whose parent ended before it is time of the run."""
    assert run("orphan_burner.py").cpu_ns > 0.45 * SECOND_NS


def test_peak_memory_of_the_largest_process(run: Run) -> None:
    """Peak memory is that of the largest process, here a child of the main one."""
    rss = run("allocate.py").rss_bytes
    assert rss is not None
    assert 200_000_000 < rss < 260_000_000


def test_peak_memory_does_not_include_what_asrun_uses(run: Run) -> None:
    """However much memory AsRun has touched itself, that of a small program is small, or said to be unknown."""
    ballast = bytearray(150_000_000)
    ballast[::4096] = bytes([1]) * len(ballast[::4096])
    known = run("sleep", "0.3").rss_bytes
    unknown = run("true").rss_bytes
    assert known is not None
    assert known < 30_000_000
    assert unknown is None or unknown < 30_000_000
    assert len(ballast) > 0


# Many at once, and the end of all


def test_runs_in_flight_at_once(executor: Executor, mark: str) -> None:
    """Runs asked for by several threads overlap, and keep their output apart."""
    with ThreadPoolExecutor(6) as threads:
        asked = [request("sh", "-c", f"sleep 0.5; echo {number}", mark=mark) for number in range(6)]
        outcomes = [*threads.map(executor.run, asked)]
    assert [text(outcome) for outcome in outcomes] == [f"{number}\n" for number in range(6)]
    assert max(outcome.started_ns for outcome in outcomes) < min(outcome.ended_ns for outcome in outcomes)


def test_interrupt_ends_all_at_once(executor: Executor, mark: str) -> None:
    """`interrupt` ends every run in flight, deaf ones too; each raises Interrupted with nothing left of it."""
    raised = []

    def fly(name: str) -> None:
        with pytest.raises(Interrupted):
            executor.run(request(name, mark=mark, seconds=100))
        raised.append(marked(mark + name) == [])

    threads = [threading.Thread(target=fly, args=(name,)) for name in ("hang.py", "term_deaf.py", "flood.py")]
    for thread in threads:
        thread.start()
    while len(marked(mark)) < 3:
        time.sleep(0.01)
    began = time.monotonic()
    executor.interrupt()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began < 5
    assert raised == [True] * 3
    with pytest.raises(Interrupted):
        executor.run(request("true", mark=mark))


def test_ctrl_c_in_a_run(tmp_path: Path, mark: str) -> None:
    """A KeyboardInterrupt that comes while a run is waited for passes on, and leaves neither process nor folder."""
    with asrun(tmp_path, mark, "hang.py") as process:
        process.send_signal(2)
        assert process.wait(20) == 130
    assert marked(mark) == []
    assert list(tmp_path.glob("run-*")) == []


def test_asrun_killed(tmp_path: Path, mark: str) -> None:
    """When AsRun is killed by SIGKILL, its runs end and their folders go all the same."""
    with asrun(tmp_path, mark, "term_deaf.py") as process:
        process.kill()
        process.wait()
    give_up = time.monotonic() + 20
    while (marked(mark) or any(tmp_path.glob("run-*"))) and time.monotonic() < give_up:
        time.sleep(0.01)
    assert marked(mark) == []
    assert list(tmp_path.glob("run-*")) == []


def asrun(temporary: Path, mark: str, name: str) -> subprocess.Popen[bytes]:
    """A process that runs a program as AsRun does; returns once the program runs."""
    code = f"""
import sys
from asrun.execute.request import Request
from asrun.execute.runner import Executor
try:
    with Executor() as executor:
        executor.run(Request(argv={(PYTHON, str(CHILDREN / name))!r}, env={{{MARK!r}: {mark!r}}}, timeout_ns=10**12))
except KeyboardInterrupt:
    sys.exit(130)
"""
    env = {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(CHILDREN.parents[1])}
    process = subprocess.Popen([sys.executable, "-c", code], env=env)
    while not marked(mark):
        assert process.poll() is None
        time.sleep(0.01)
    return process


def test_closing_twice_is_closing_once() -> None:
    """An executor can be closed again, and refuses runs afterwards."""
    executor = Executor()
    executor.close()
    executor.close()
    executor.interrupt()
    with pytest.raises(Interrupted):
        executor.run(request("true", mark=""))


def test_the_runner_is_light_to_import() -> None:
    """Importing the runner imports none of the standard library's heavy modules."""
    code = "import sys, asrun.execute.runner; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"subprocess", "tempfile", "shutil", "asyncio", "ctypes", "logging"} & set(done.stdout.split())
