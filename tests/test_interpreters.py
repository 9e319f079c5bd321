"""Finding interpreters: by version, on PATH, among pyenv's, by uv, and only those that answer."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from asrun.interpreters import (
    _QUESTION,
    Interpreter,
    InterpreterMissing,
    find_interpreter,
    forget_interpreters,
    list_interpreters,
)


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine on which only AsRun's own interpreter is to be found."""
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{tmp_path}/more")
    monkeypatch.setenv("PYENV_ROOT", f"{tmp_path}/pyenv")
    forget_interpreters()
    yield
    forget_interpreters()


def pretend(path: Path, version: str, executable: str = "") -> str:
    """Make a program that answers as an interpreter of a version does. Returns its path."""
    return program(path, f"printf '%s\\n' {shlex.quote(executable or str(path))} {version} CPython /prefix")


def program(path: Path, line: str) -> str:
    """Make a program of one shell line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
    return str(path)


OWN = ".".join(map(str, sys.version_info[:3]))


@pytest.mark.parametrize("version", [None, OWN, OWN.rpartition(".")[0]])
def test_the_base_interpreter(version: str | None, tmp_path: Path) -> None:
    """Without a version, or with its own, it is the interpreter under AsRun's environment, whatever is on PATH."""
    pretend(tmp_path / "bin" / f"python3.{sys.version_info.minor}", OWN)
    found = find_interpreter(version)
    assert (found.version, found.prefix) == (sys.version.split()[0], sys.base_prefix)
    asked = "import sys, platform; print(sys.prefix == sys.base_prefix, platform.python_version())"
    done = subprocess.run([found.path, "-I", "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", found.version]


def test_on_the_path(tmp_path: Path) -> None:
    """A version is found on PATH by its minor version's name; the answer decides, not the name."""
    pretend(tmp_path / "bin" / "python3.99", "3.99.1")
    second = pretend(tmp_path / "more" / "python3.99", "3.99.2")
    assert find_interpreter("3.99").version == "3.99.1"
    assert find_interpreter("3.99.2") == Interpreter(second, "3.99.2", "CPython", "/prefix")


def test_3_1_is_not_3_10(tmp_path: Path) -> None:
    """A version is matched by its numbers, not by its letters."""
    pretend(tmp_path / "bin" / "python3.9", "3.99.0")
    pretend(tmp_path / "pyenv" / "versions" / "3.99.0" / "bin" / "python", "3.99.0")
    with pytest.raises(InterpreterMissing):
        find_interpreter("3.9")


def test_a_shim_that_fails_is_not_found(tmp_path: Path) -> None:
    """A program on PATH that fails is passed over for one that answers."""
    program(tmp_path / "bin" / "python3.99", "echo not a version >&2; exit 127")
    found = pretend(tmp_path / "more" / "python3.99", "3.99.0")
    assert find_interpreter("3.99").path == found


def test_a_shim_that_works_is_seen_through(tmp_path: Path) -> None:
    """What is found by a shim is the interpreter behind it."""
    real = pretend(tmp_path / "real" / "python", "3.99.0")
    program(tmp_path / "bin" / "python3.99", f"exec {real}")
    assert find_interpreter("3.99").path == real


def test_in_pyenv(tmp_path: Path) -> None:
    """Among pyenv's versions the latest of a minor version is found, by number, and an exact one by its name."""
    versions = tmp_path / "pyenv" / "versions"
    for version in ("3.99.2", "3.99.10", "3.98.1", "3.99-dev"):
        pretend(versions / version / "bin" / "python", version)
    program(tmp_path / "pyenv" / "shims" / "python3.99", "exit 127")
    assert find_interpreter("3.99").version == "3.99.10"
    assert find_interpreter("3.99.2").path == str(versions / "3.99.2" / "bin" / "python")


def test_free_threaded_builds_are_found_for_their_own_versions_alone(tmp_path: Path) -> None:
    """A version with a t is a free-threaded build, under whatever name it stands, and no other version is one."""
    versions = tmp_path / "pyenv" / "versions"
    plain = pretend(versions / "3.99.2" / "bin" / "python", "3.99.2")
    free = pretend(versions / "3.99.3t" / "bin" / "python", "3.99.3t")
    hidden = pretend(tmp_path / "bin" / "python3.98", "3.98.1t")
    named = pretend(tmp_path / "more" / "python3.97t", "3.97.0t")
    pretend(tmp_path / "more" / "python3.97", "3.97.0")
    found = {version: find_interpreter(version).path for version in ("3.99", "3.99t", "3.99.3t", "3.98t", "3.97t")}
    assert found == {"3.99": plain, "3.99t": free, "3.99.3t": free, "3.98t": hidden, "3.97t": named}
    for version in ("3.98", "3.99.3", "3.99.2t"):
        with pytest.raises(InterpreterMissing, match=r"3\.97\.0t, .*3\.98\.1t, .*3\.99\.3t"):
            find_interpreter(version)


def test_an_interpreter_says_itself_whether_it_is_free_threaded(tmp_path: Path) -> None:
    """The question is put to the build's own settings, so that a name alone makes no free-threaded build."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / f"python3.{sys.version_info.minor}t").symlink_to(sys.executable)
    with pytest.raises(InterpreterMissing):
        find_interpreter(f"3.{sys.version_info.minor}t")
    settings = "import sysconfig; sysconfig.get_config_var = {'Py_GIL_DISABLED': 1}.get"
    question = _QUESTION.replace("sys.version_info >= (3, 13)", "True").replace("free =", f"{settings}; free =", 1)
    done = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1] == f"{sys.version.split()[0]}t"


def test_by_uv(tmp_path: Path) -> None:
    """Where uv is installed, it is asked for what is found nowhere else."""
    real = pretend(tmp_path / "uv's own" / "python3.99", "3.99.4", executable="/uv/python3.99")
    program(tmp_path / "bin" / "uv", f'[ "$*" = "python find 3.99" ] && echo "{real}"')
    with pytest.raises(InterpreterMissing):
        find_interpreter("3.98")
    assert find_interpreter("3.99").path == "/uv/python3.99"


def test_uv_lists_what_it_has(tmp_path: Path) -> None:
    """What uv lists is among the interpreters that are there; what it lists and does not answer is not."""
    real = pretend(tmp_path / "uv's own" / "python", "3.99.4")
    lines = f"cpython-3.99.4-linux    {real} -> python3.99\ncpython-3.98.1-linux    /no/such/python"
    program(tmp_path / "bin" / "uv", f'[ "$*" = "python list --only-installed" ] && echo "{lines}"')
    assert [found.version for found in list_interpreters()] == [find_interpreter().version, "3.99.4"]


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    """An interpreter that is not there is a LookupError whose message lists those that are, each once."""
    one = pretend(tmp_path / "bin" / "python3.97", "3.97.0")
    pretend(tmp_path / "pyenv" / "versions" / "3.98.1" / "bin" / "python", "3.98.1")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "python3.97").symlink_to(one)
    with pytest.raises(LookupError) as raised:
        find_interpreter("3.99")
    base = find_interpreter()
    assert str(raised.value) == (
        f"no Python 3.99 was found; found: {base.version}, 3.97.0, 3.98.1 (`asrun doctor` says where)"
    )
    assert list_interpreters() == (base, Interpreter(one, "3.97.0", "CPython", "/prefix"), list_interpreters()[2])


def test_each_is_asked_once(tmp_path: Path) -> None:
    """Within a process an interpreter is asked once, however often it is looked for."""
    path = tmp_path / "bin" / "python3.99"
    program(path, f"echo asked >> {tmp_path}/asked; printf '%s\\n' {path} 3.99.0 CPython /prefix")
    assert {find_interpreter("3.99") for _ in range(5)} == {Interpreter(str(path), "3.99.0", "CPython", "/prefix")}
    assert (tmp_path / "asked").read_text() == "asked\n"


def test_it_answers_whatever_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables that would mislead a Python do not mislead the asking, here of the interpreter that runs this."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3.99").symlink_to(sys.executable)
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    monkeypatch.setenv("PYTHONSTARTUP", "/nowhere")
    assert any(Path(found.path).samefile(sys.executable) for found in list_interpreters())
