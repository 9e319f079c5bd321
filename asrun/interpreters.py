"""Finding the Python that a run declares, and asking it what it is."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from msgspec import Struct

_PATIENCE_S = 10.0
_QUESTION = (
    "import platform, sys; free = sys.version_info >= (3, 13) and __import__('sysconfig').get_config_var("
    "'Py_GIL_DISABLED'); print(sys.executable, platform.python_version() + 't' * bool(free), "
    "platform.python_implementation(), sys.base_prefix, sep='\\n')"
)


class Interpreter(Struct, frozen=True):
    """A Python that answered."""

    path: str
    """Absolute; the interpreter itself where it was found by a shim."""
    version: str
    """As it says itself: `3.12.1`, `3.14.0rc2`; a free-threaded build has a `t` behind it, as in `3.14.0t`."""
    implementation: str
    """`CPython`, `PyPy`, …"""
    prefix: str
    """The folder of its installation: paths of it can stand in tracebacks."""


class InterpreterMissing(LookupError):
    """No interpreter of the wanted version answers; the message lists those that do."""


def find_interpreter(version: str | None = None) -> Interpreter:
    """The interpreter for a version such as `"3.13"` or `"3.12.1"`; without one, the base of AsRun's environment.

    That base is taken for its own version too. Others are looked for on PATH, among the versions of pyenv, and by `uv
    python find`. Found is what answers: a shim that fails is not. A free-threaded build is found for a version such as
    `"3.14t"` and for no other. Each version is looked for once. Raises InterpreterMissing.
    """
    found = _search(version)
    if found is None:
        names = ", ".join(found.version for found in list_interpreters())
        raise InterpreterMissing(f"no Python {version} was found; found: {names} (`asrun doctor` says where)")
    return found


@cache
def _search(version: str | None) -> Interpreter | None:
    base = _base()
    if version is None or _is_version(base, version):
        return base
    for path in _candidates(version):
        found = _ask(path)
        if found and _is_version(found, version):
            return found
    return None


def forget_interpreters() -> None:
    """Look for all of them again: one may have been installed since."""
    _search.cache_clear()
    list_interpreters.cache_clear()


@cache
def list_interpreters() -> tuple[Interpreter, ...]:
    """Every interpreter that can be found without a version in mind, the oldest version first."""
    unique: dict[str, Interpreter] = {}
    for found in (_base(), *filter(None, map(_ask, dict.fromkeys(_candidates(None))))):
        unique.setdefault(os.path.realpath(found.path), found)
    return tuple(sorted(unique.values(), key=lambda found: _numbers(found.version)))


@cache
def _base() -> Interpreter:
    """The interpreter under AsRun's own environment. It is running, so that it need not be asked, only found again."""
    import sysconfig

    implementation = {"cpython": "CPython", "pypy": "PyPy"}.get(sys.implementation.name, sys.implementation.name)
    version = sys.version.split()[0] + ("t" if sysconfig.get_config_var("Py_GIL_DISABLED") else "")
    minor = f"python3.{sys.version_info.minor}"
    for path in (getattr(sys, "_base_executable", None), f"{sys.base_prefix}/bin/{minor}", sys.executable):
        if path and os.access(path, os.X_OK):
            return Interpreter(path, version, implementation, sys.base_prefix)
    raise InterpreterMissing(f"the Python that runs AsRun is not where it was: {sys.executable}")


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def _is_version(interpreter: Interpreter, version: str) -> bool:
    if interpreter.version.endswith("t") != version.endswith("t"):
        return False
    found, wanted = interpreter.version.removesuffix("t"), version.removesuffix("t")
    return found == wanted or found.startswith(f"{wanted}.")


def _candidates(version: str | None) -> Iterator[str]:
    """Where an interpreter of a version may be; without one, where any may be. Not all of them exist."""
    number = version.removesuffix("t") if version else ""
    minor = re.escape(".".join(number.split(".")[:2])) if version else r"3\.\d+"
    build = "t?" if not version else "t" if version.endswith("t") else ""
    # A free-threaded build is also installed under the plain name, where no other one is.
    yield from _on_path(re.compile(rf"python{minor}{build}"))
    if build == "t":
        yield from _on_path(re.compile(rf"python{minor}"))
    yield from _in_pyenv(re.compile((rf"{re.escape(number)}(\.\d+)?" if version else r"3\.\d+\.\d+") + build))
    yield from _by_uv(version)


def _on_path(name: re.Pattern[str]) -> Iterator[str]:
    """Programs on PATH with such a name; pyenv's shims are slow, and the versions they lead to are looked at anyway."""
    for folder in map(Path, os.get_exec_path()):
        if folder.is_absolute() and folder != _pyenv_root() / "shims":
            yield from sorted(str(path) for path in _files(folder) if name.fullmatch(path.name))


def _in_pyenv(name: re.Pattern[str]) -> Iterator[str]:
    """Interpreters of pyenv's versions with such a name, the latest first."""
    versions = [path for path in _files(_pyenv_root() / "versions") if name.fullmatch(path.name)]
    for path in sorted(versions, key=lambda path: _numbers(path.name), reverse=True):
        yield str(path / "bin" / "python")


def _by_uv(version: str | None) -> Iterator[str]:
    """What uv knows, where it is installed: it finds its own interpreters and those of the system."""
    import shutil

    uv = shutil.which("uv")
    if uv and version:
        yield from _output(uv, "python", "find", version).splitlines()
    elif uv:
        for line in _output(uv, "python", "list", "--only-installed").splitlines():
            yield line.partition(" ")[2].partition(" -> ")[0].strip()


def _pyenv_root() -> Path:
    return Path(os.environ.get("PYENV_ROOT") or "~/.pyenv").expanduser()


def _files(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _ask(path: str) -> Interpreter | None:
    """What an interpreter says about itself; None where it is not there, does not answer, or is not Python 3."""
    answer = _output(path, "-I", "-S", "-c", _QUESTION).splitlines()
    return Interpreter(*answer) if len(answer) == 4 and answer[0] and answer[1].startswith("3.") else None


def _output(*argv: str) -> str:
    """What a program prints; nothing where it fails, is not there or takes too long."""
    import subprocess

    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_PATIENCE_S)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return done.stdout if done.returncode == 0 else ""
