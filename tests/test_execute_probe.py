"""What the probe does in a Python program: lines at once, a time zero, and otherwise nothing that can be noticed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from asrun.execute.environment import PROBE_FOLDER
from asrun.execute.request import Outcome, PlacedFile
from asrun.interpreters import list_interpreters
from tests.running import CHILDREN, PYTHON, Run, clocked, executor, mark, python, run, text

__all__ = ["executor", "mark", "run"]

PYTHONS = [
    pytest.param(found.path, id=found.version)
    for found in list_interpreters()
    if found.implementation == "CPython" and tuple(map(int, found.version.split(".")[:2])) >= (3, 8)
]
"""Every interpreter on this machine that the probe is made for; at least the one that runs the tests."""


@pytest.mark.parametrize("interpreter", PYTHONS)
def test_lines_come_when_they_are_printed(run: Run, interpreter: str) -> None:
    """On every interpreter a line arrives when it is printed, not at the end, and time zero is known."""
    outcome, own, read = clocked(run, python=interpreter)
    assert own[0] <= read[0] < own[1] <= read[1] < own[2]
    assert outcome.zero_ns is not None
    assert outcome.started_ns < outcome.zero_ns <= own[0]


@pytest.mark.parametrize("interpreter", PYTHONS)
def test_a_program_finds_what_it_finds_natively(run: Run, interpreter: str) -> None:
    """Its modules, path, flags, source, warnings and traceback are those of the same program without AsRun."""
    recorded = run("surroundings.py", "an argument", python=interpreter)
    folder = recorded.folder
    folder.mkdir(parents=True)
    (folder / "surroundings.py").write_bytes((CHILDREN / "surroundings.py").read_bytes())
    for name in ("home", "tmp"):
        (folder.parent / name).mkdir()
    env = {**recorded_environment(run, interpreter), "HOME": f"{folder.parent}/home", "TMPDIR": f"{folder.parent}/tmp"}
    command = [interpreter, "surroundings.py", "an argument"]
    native = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    for path in (folder / "surroundings.py", folder, folder.parent / "home", folder.parent / "tmp", folder.parent):
        path.unlink() if path.is_file() else path.rmdir()
    assert text(recorded).splitlines() == native.stdout.splitlines()
    assert text(recorded, "stderr") == native.stderr
    assert recorded.ended.status == native.returncode


def recorded_environment(run: Run, interpreter: str) -> dict[str, str]:
    """The variables that a Python program gets, without the one that leads to the probe."""
    outcome = run(interpreter, "-I", "-c", "import os; print(*map('='.join, os.environ.items()), sep='\\n')")
    return dict(line.split("=", 1) for line in text(outcome).splitlines())


@pytest.mark.parametrize("interpreter", PYTHONS)
def test_processes_started_by_the_program(run: Run, interpreter: str) -> None:
    """Children by fork, spawn and forkserver run as always, line-buffered, and do not move time zero."""
    outcome = run("processes.py", python=interpreter)
    lines = text(outcome).splitlines()
    assert lines == ["main None True", *(f"{method} worker None True" for method in ("fork", "spawn", "forkserver"))]
    assert text(outcome, "stderr") == ""
    assert outcome.zero_ns is not None
    assert outcome.zero_ns < outcome.chunks[0].at_ns
    assert len({chunk.pid for chunk in outcome.chunks}) == 4


@pytest.mark.parametrize("interpreter", PYTHONS)
def test_the_authors_own_sitecustomize_runs(run: Run, interpreter: str) -> None:
    """A sitecustomize of the author's runs as if ours had not been in its way, with names of its own only."""
    code = b"import sys\nprint(__name__, __file__, sorted(globals()), sys.modules[__name__].__dict__ is globals())\n"
    files = (PlacedFile("site/sitecustomize.py", code),)
    outcome = python(run, "import sitecustomize", files=files, env={"PYTHONPATH": "site"}, python=interpreter)
    name, _, rest = text(outcome).partition(f" {outcome.folder}/site/sitecustomize.py ")
    names = [f"__{name}__" for name in ("builtins", "cached", "doc", "file", "loader", "name", "package", "spec")]
    assert (name, rest) == ("sitecustomize", f"{[*names, 'sys']} True\n")
    assert outcome.zero_ns is not None


def test_a_sitecustomize_that_fails(run: Run) -> None:
    """An error in the author's sitecustomize is told as Python tells it, and time zero is known all the same."""
    files = (PlacedFile("site/sitecustomize.py", b"1 / 0"),)
    outcome = python(run, "print('ran')", files=files, env={"PYTHONPATH": "site"})
    assert "ZeroDivisionError" in text(outcome, "stderr")
    assert "asrun" not in text(outcome, "stderr")
    assert text(outcome) == "ran\n"
    assert outcome.zero_ns is not None


@pytest.mark.parametrize("argument", ["-c", "-m", "folder"])
def test_time_zero_however_python_is_started(run: Run, argument: str) -> None:
    """Time zero is the first line of the main module also for `-c`, `-m` and a folder with a `__main__`."""
    code = "import time; print(time.monotonic_ns())"
    files = (PlacedFile("main.py", code.encode()), PlacedFile("folder/__main__.py", code.encode()))
    argv = {"-c": ("-c", code), "-m": ("-m", "main"), "folder": ("folder",)}[argument]
    outcome = run(PYTHON, *argv, files=files, is_python=True)
    assert outcome.zero_ns is not None
    assert outcome.started_ns < outcome.zero_ns <= int(text(outcome))


@pytest.mark.parametrize(
    "code", ["def broken(:", "import os; os._exit(0)"], ids=["does not compile", "ends without cleaning up"]
)
def test_time_zero_where_there_is_hardly_a_first_line(run: Run, code: str) -> None:
    """A program that does not compile has no time zero; one that ends at once has one."""
    assert (python(run, code).zero_ns is None) == code.startswith("def")


def test_a_probe_that_is_shut_out(run: Run) -> None:
    """Where Python is told not to look at its surroundings, the program runs and time zero is not known."""
    outcome = run(PYTHON, "-I", "-c", "print('ran')", is_python=True)
    assert (text(outcome), outcome.zero_ns) == ("ran\n", None)


def test_a_probe_that_cannot_write(run: Run) -> None:
    """Where the probe cannot write its stamp, it says nothing and the program runs."""
    outcome = python(
        run, "print('ran')", env={"PYTHONPATH": "site"}, files=(PlacedFile("site/sitecustomize.py", BREAK),)
    )
    assert (text(outcome), text(outcome, "stderr"), outcome.zero_ns) == ("ran\n", "", None)


BREAK = b"import os; os.environ['ASRUN_ZERO'] = '/no/such/folder/zero'"


def test_programs_with_a_profiler(run: Run) -> None:
    """A profiler that was set before the main module, or is set by it, is left alone."""
    site = PlacedFile("site/sitecustomize.py", b"import sys; sys.setprofile(lambda *_: None)")
    outcome = python(run, "import sys; print(sys.getprofile())", files=(site,), env={"PYTHONPATH": "site"})
    assert "<lambda>" in text(outcome)
    outcome = python(run, "import cProfile; cProfile.run('sum(range(10))')")
    assert "built-in method builtins.sum" in text(outcome)
    assert outcome.zero_ns is not None


def test_all_warnings_as_errors(run: Run) -> None:
    """With every warning an error, and in development mode, nothing of the probe's is heard of."""
    outcome = run(
        PYTHON, "-X", "dev", "-W", "error", "main.py", files=(PlacedFile("main.py", b"print('ran')"),), is_python=True
    )
    assert (text(outcome), text(outcome, "stderr")) == ("ran\n", "")


def test_streams_that_are_closed_or_replaced(run: Run) -> None:
    """A program without a standard output, or with one of its own making, runs."""
    replaced = b"import sys, io; sys.stdout = io.StringIO()"
    outcome = python(
        run,
        "import sys; print('lost'); print(sys.stdout.getvalue(), file=sys.stderr)",
        files=(PlacedFile("site/sitecustomize.py", replaced),),
        env={"PYTHONPATH": "site"},
    )
    assert (text(outcome), text(outcome, "stderr")) == ("", "lost\n\n")
    outcome = run("sh", "-c", f"exec {PYTHON} -c 'print(1)' >&-", is_python=True)
    assert outcome.ended.status == 0


def test_nothing_else_can_be_imported_from_the_probe() -> None:
    """The probe's folder holds one module, and a package of a name that shadows nothing of the author's."""
    names = sorted(path.name for path in PROBE_FOLDER.iterdir() if path.name != "__pycache__")
    assert names == ["_asrun", "sitecustomize.py"]


def test_the_probe_needs_no_folder_to_write_to(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The probe works from a folder that cannot be written to and holds no compiled file."""
    folder = tmp_path / "probe"
    folder.mkdir()
    (folder / "sitecustomize.py").write_bytes((PROBE_FOLDER / "sitecustomize.py").read_bytes())
    (folder / "__pycache__").touch()
    monkeypatch.setattr("asrun.execute.environment.PROBE_FOLDER", folder)
    outcome: Outcome = python(run, "import sys; print(sys.stdout.line_buffering)")
    assert (text(outcome), outcome.zero_ns is None) == ("True\n", False)
