"""Faithfulness: programs do with the probe exactly what they do without it, on every interpreter that is found.

The programs are in tests/programs. A first line `# python 3.11` says from which version on one works. A line of output
such as `Task-2 took 5 steps` is what the program itself counted, and has to be what was recorded; and so is, where
generators are recorded too, `count-1 was resumed 3 times`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from _pytest.mark import ParameterSet

from asrun.execute.request import Outcome, PlacedFile, Request
from asrun.execute.runner import Executor
from asrun.interpreters import Interpreter, list_interpreters
from asrun.lanes import TraceMode
from tests.running import data, text

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))

WITH_GENERATORS = re.compile(
    r"(asyncio_)?generators.*|asyncio_weakref|hidden_things|signals_interrupt_.*|threads_pool|tracing_.*"
)
"""The programs that are run a third time, with generators recorded."""

DISPLACES = ("generators_traced", "signals_interrupt_prints", "tracing_user")
"""Those of them that, before Python 3.12, take the place of what records generators, or raise in it by a signal."""


def minor(version: str) -> tuple[int, int]:
    """The first two numbers of a version."""
    first, second = version.split(".")[:2]
    return int(first), int(second)


def pythons() -> list[Interpreter]:
    """One interpreter of each version that the probe is made for."""
    found = {minor(found.version): found for found in list_interpreters() if found.implementation == "CPython"}
    return [interpreter for version, interpreter in sorted(found.items()) if version >= (3, 8)]


def needed(program: Path) -> tuple[int, int]:
    """The version that a program needs."""
    match = re.match(r"# python (3\.\d+)\n", program.read_text())
    return minor(match[1]) if match else (3, 8)


CASES = [
    pytest.param(program, found.path, id=f"{program.stem}-{found.version}")
    for found in pythons()
    for program in PROGRAMS
    if minor(found.version) >= needed(program)
]


def is_with_generators(case: ParameterSet) -> bool:
    """Whether a case is to be run with generators recorded."""
    program = case.values[0]
    return isinstance(program, Path) and WITH_GENERATORS.fullmatch(program.stem) is not None


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    """One executor for all: its supervisors are used again and again."""
    with TemporaryDirectory(prefix="asrun-") as temporary, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", temporary)
        with Executor() as executor:
            yield executor


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    """Room for two runs at a time."""
    with ThreadPoolExecutor(2) as pool:
        yield pool


def take(executor: Executor, program: Path, python: str, trace: TraceMode) -> Outcome:
    """Run a program with or without the probe's recording."""
    script = PlacedFile(program.name, program.read_bytes())
    request = Request(
        argv=(python, program.name),
        files=(script,),
        stdin=b"first\nsecond\nthird",
        timeout_ns=30_000_000_000,
        is_python=True,
        trace=trace,
    )
    return executor.run(request)


def seen(outcome: Outcome, stream: str) -> bytes:
    """What was read of a stream, with the run's folder called the same in every run."""
    return data(outcome, stream).replace(str(outcome.folder.parent).encode(), b"<run>")


@pytest.mark.parametrize(("program", "python"), CASES)
def test_faithful(executor: Executor, pool: ThreadPoolExecutor, program: Path, python: str) -> None:
    """Standard output, standard error and exit status are the same, byte for byte, and the steps were all recorded."""
    reference = pool.submit(take, executor, program, python, "none")
    probed = take(executor, program, python, "auto")
    assert reference.result().trace is None
    check(probed, reference.result(), "took {} steps")
    assert probed.trace
    assert probed.trace.untraced is None


@pytest.mark.parametrize(("program", "python"), [case for case in CASES if is_with_generators(case)])
def test_faithful_with_generators(executor: Executor, pool: ThreadPoolExecutor, program: Path, python: str) -> None:
    """The same holds where generators are recorded; where the program displaces what records them, that is said."""
    reference = pool.submit(take, executor, program, python, "none")
    probed = take(executor, program, python, "generators")
    check(probed, reference.result(), "was resumed {} times")
    assert probed.trace
    if program.stem in DISPLACES and probed.trace.untraced:
        assert probed.trace.untraced.startswith("of generators only a part")
    else:
        assert probed.trace.untraced is None


def check(probed: Outcome, reference: Outcome, counted: str) -> None:
    """Both did the same, and of each lane as many steps were recorded as the program itself counted."""
    for stream in ("stdout", "stderr"):
        assert seen(probed, stream) == seen(reference, stream)
    assert probed.ended == reference.ended
    assert probed.trace
    assert probed.trace.dropped == 0
    found = re.findall(r"^(\S+) " + counted.format(r"(\d+)"), text(probed), re.MULTILINE)
    for name, steps in found:
        assert [lane.steps for lane in probed.trace.lanes if lane.name == name] == [int(steps)], name


def test_there_are_enough_programs() -> None:
    """The corpus holds at least 60 programs, and some of them count their own steps."""
    assert len(PROGRAMS) >= 60
    assert sum(re.search(r"took\b.*steps", program.read_text()) is not None for program in PROGRAMS) >= 6
