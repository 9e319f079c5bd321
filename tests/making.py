"""Values that tests need and that say little by themselves: projects on disk, recordings, outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

from asrun.execute.request import Chunk, Outcome
from asrun.lanes import Stream
from asrun.model import Project
from asrun.recording import Ended, Event, Machine, Python, Recording, Take

SECOND_NS = 1_000_000_000


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
        folder=Path("/tmp/run-test/work"),
    )
