"""Running programs in tests, and holding that nothing is left of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from asrun.execute.request import Outcome, PlacedFile, Request
from asrun.execute.runner import Executor
from asrun.interpreters import find_interpreter
from tests.leftovers import MARK, children, marked

CHILDREN = Path(__file__).parent / "children"
PYTHON = find_interpreter().path
SECOND_NS = 1_000_000_000

Run = Callable[..., Outcome]


@pytest.fixture
def mark() -> str:
    """A mark that every process of this test's runs carries."""
    return uuid.uuid4().hex


@pytest.fixture
def executor(monkeypatch: pytest.MonkeyPatch, mark: str) -> Iterator[Executor]:
    """An executor of whose runs no process, zombie or folder may be left, not even before it is closed."""
    before = children()
    # tmp_path is too long: programs put Unix sockets, whose names have little room, among their temporary files.
    with TemporaryDirectory(prefix="asrun-") as temporary, Executor() as executor:
        monkeypatch.setenv("TMPDIR", temporary)
        yield executor
        supervisors = set(children()) - set(before)
        assert marked(mark) == []
        assert [child for supervisor in supervisors for child in children(supervisor)] == []
        assert list(Path(temporary).iterdir()) == []
    assert set(children()) <= set(before)


@pytest.fixture
def run(executor: Executor, mark: str) -> Run:
    """Run a command, or one of the programs beside this file by its name, and return its outcome."""

    def run(*argv: str, **wanted: Any) -> Outcome:
        return executor.run(request(*argv, mark=mark, **wanted))

    return run


def request(*argv: str, mark: str, seconds: float = 30, python: str = PYTHON, **wanted: Any) -> Request:
    """A request for a command, or for a program beside this file where the first word ends with `.py`."""
    values: dict[str, Any] = {"timeout_ns": round(seconds * SECOND_NS), **wanted}
    values["env"] = {MARK: mark, **wanted.get("env", {})}
    if argv[0].endswith(".py"):
        script = PlacedFile(argv[0], (CHILDREN / argv[0]).read_bytes())
        values |= {"files": (script, *wanted.get("files", ())), "is_python": wanted.get("is_python", True)}
        argv = (python, *argv)
    return Request(argv=argv, **values)


def python(run: Run, code: str, *args: str, **wanted: Any) -> Outcome:
    """Run Python code as a file."""
    files = (PlacedFile("main.py", code.encode()), *wanted.pop("files", ()))
    return run(wanted.pop("python", PYTHON), "main.py", *args, files=files, is_python=True, **wanted)


def clocked(run: Run, **wanted: Any) -> tuple[Outcome, list[int], list[int]]:
    """Run `clocked.py`: what it read off its own clock before it printed each line, and when each line was read here.

    A machine that stands still for a moment spoils that, so that there are some attempts.
    """
    for _ in range(4):
        outcome = run("clocked.py", **wanted)
        own = [int(line) for line in text(outcome).splitlines()]
        read = [chunk.at_ns for chunk in outcome.chunks]
        assert len(own) == 3
        if len(read) == 3 and all(late - early < SECOND_NS / 20 for early, late in zip(own, read, strict=True)):
            return outcome, own, read
    pytest.fail("the lines of the program did not come one by one, and soon, in any attempt")


def text(outcome: Outcome, stream: str = "stdout") -> str:
    """All that was read of a stream."""
    return data(outcome, stream).decode()


def data(outcome: Outcome, stream: str = "stdout") -> bytes:
    """The bytes that were read of a stream."""
    return b"".join(chunk.data for chunk in outcome.chunks if chunk.stream == stream)
