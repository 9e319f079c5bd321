"""Values that tests need and that say little by themselves: projects on disk, recordings, outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

import msgspec

from asrun.execute.request import Chunk, Outcome
from asrun.lanes import Lane, Span, Stream
from asrun.model import Project
from asrun.recording import Ended, Event, Machine, Python, Recording, Take

SECOND_NS = 1_000_000_000

FOLDER = Path("/tmp/run-test", "work")
"""Where the runs of these outcomes are said to have been."""


def project(root: Path, **files: str) -> Project:
    """A project with these scenarios, by name, as load_project reads them."""
    scenarios = root / "scenarios"
    scenarios.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (scenarios / f"{name}.yaml").write_text(dedent(text))
    from asrun.load import load_project

    return load_project(root)


def recording(
    run: str = "main",
    *,
    scenario: str = "one",
    walls: Sequence[float] = (1.0,),
    lines: Sequence[tuple[float, str]] = (),
    status: int = 0,
    cpu: float = 0.1,
) -> Recording:
    """A recording of takes that lasted `walls` seconds, the shown one printing `lines` of (seconds, text)."""
    takes = tuple(
        Take(
            wall_ns=round(wall * SECOND_NS),
            cpu_ns=round(cpu * SECOND_NS),
            rss_bytes=9_000_000,
            startup_ns=20_000_000,
            ended=Ended("exit", status=status),
        )
        for wall in walls
    )
    return Recording(
        scenario=scenario,
        run=run,
        key={"code": "0123456789abcdef"},
        machine=Machine("A processor", 2, "Linux 6.1"),
        python=Python("3.11.7", "CPython"),
        takes=takes,
        shown=sorted(range(len(walls)), key=lambda index: walls[index])[(len(walls) - 1) // 2],
        events=tuple(Event(round(at * SECOND_NS), "stdout", 0, f"{text}\n") for at, text in lines),
    )


def outcome(*chunks: tuple[float, Stream, bytes], status: int = 0, pid: int | None = 7, wall: float = 1.0) -> Outcome:
    """An outcome whose process started at 1 s, ran the author's code from 2 s, and wrote these chunks after that."""
    return Outcome(
        ended=Ended("exit", status=status),
        started_ns=1 * SECOND_NS,
        zero_ns=2 * SECOND_NS,
        ended_ns=2 * SECOND_NS + round(wall * SECOND_NS),
        cpu_ns=50_000_000,
        chunks=tuple(Chunk(2 * SECOND_NS + round(at * SECOND_NS), stream, pid, data) for at, stream, data in chunks),
        folder=FOLDER,
    )


def traced() -> Recording:
    """A recording of the two chores as coroutines: 5 s, three tasks on one thread, and one of asyncio's own."""
    second = SECOND_NS
    lanes = (
        Lane(kind="process", name="chores.py", process=0, began_ns=0, ended_ns=5 * second),
        Lane(kind="thread", name="MainThread", process=0, parent=0, began_ns=0, ended_ns=5 * second),
        task("Task-1", "main", 5, parent=1),
        task("Task-2", "upload_files", 5, parent=2),
        task("Task-3", "send_emails", 3, parent=2),
        task("Task-4", "BaseEventLoop.shutdown_asyncgens", 0, parent=1),
    )
    spans = (
        Span(2, "waiting", 0, 5 * second, None, 14, "gather"),
        Span(3, "waiting", 0, 1 * second, None, 3, "sleep(1)"),
        Span(3, "waiting", 1 * second, 5 * second, None, 5, "sleep(4)"),
        Span(4, "waiting", 0, 3 * second, None, 10, "sleep(3)"),
    )
    printed = [
        (0, "Preparing files...", 3, 2),
        (0, "Sending emails...", 4, 9),
        (1, "Files prepared.", 3, 4),
        (3, "Emails sent...", 4, 11),
        (5, "Files uploaded.", 3, 6),
    ]
    events = tuple(Event(at * second, "stdout", 0, f"{text}\n", lane, line) for at, text, lane, line in printed)
    return msgspec.structs.replace(recording(walls=(5.0,)), events=events, lanes=lanes, spans=spans)


def task(name: str, function: str, seconds: float, parent: int) -> Lane:
    """A task that began at once, waited all the time and was done."""
    ended_ns = round(seconds * SECOND_NS)
    return Lane(
        kind="task",
        name=name,
        function=function,
        process=0,
        thread=1,
        parent=parent,
        began_ns=0,
        ended_ns=ended_ns,
        ended="done",
        steps=2,
        waiting_ns=ended_ns,
    )
