"""What a run is made from: its code, the files beside it, and a hash of everything that could change what it does."""

from __future__ import annotations

import ast
import hashlib
import shlex
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import msgspec

from asrun.execute.request import PlacedFile
from asrun.model import Run, Scenario, split_run

PROBE_VERSION = "3"
"""Goes up when the probe changes what is recorded, so that older recordings are taken again."""


class Code(msgspec.Struct, frozen=True):
    """The code of a run, as slides show it."""

    text: str
    language: str
    """The name of a Pygments lexer."""
    file: str
    """The name of the file that tracebacks would show; empty for a shell line or a command."""
    modules: tuple[tuple[str, str], ...] = ()
    """The Python files beside it, by their paths in the run's folder, with their text."""


class Inputs(msgspec.Struct, frozen=True):
    """All that a run is made from."""

    code: Code
    arguments: tuple[str, ...]
    """What follows the interpreter; for a shell line or a command, all of it, the program first."""
    files: tuple[PlacedFile, ...]
    is_python: bool
    key: dict[str, str]
    """A short hash for each input, by its name as `asrun status` says it."""


def read_inputs(scenario: Scenario, name: str) -> Inputs:
    """The inputs of a run of a scenario that was checked. Raises OSError where a file has gone since."""
    run = scenario.runs[name]
    key: dict[str, str] = {}
    files: dict[str, PlacedFile] = {}
    is_python = run.code is not None or run.file is not None
    if run.code is not None:
        code = Code(run.code, run.language or "python", _script_name(name))
    elif run.file is not None:
        text = (scenario.folder / run.file).read_text(encoding="utf-8")
        code = Code(text, run.language or "python", Path(run.file).name)
    elif run.shell is not None:
        code = Code(run.shell, run.language or "bash", "")
    else:
        code = Code(shlex.join(run.command or ()), run.language or "bash", "")
    key["code"] = _hash(code.text.encode())

    for item in run.files:
        for file_name, content, executable in _read_tree(scenario.folder / item):
            files[file_name] = PlacedFile(file_name, content, executable)
            key[f"file {file_name}"] = _hash(content)
    if run.file is not None:
        for module_name, content in _local_modules(scenario.folder / run.file):
            files[module_name] = PlacedFile(module_name, content)
            key[f"module {module_name}"] = _hash(content)
    if is_python:
        files[code.file] = PlacedFile(code.file, code.text.encode())
        key["probe"] = PROBE_VERSION
    if is_python:
        beside = sorted(name for name in files if name.endswith(".py") and name != code.file)
        modules = tuple((name, files[name].content.decode("utf-8", "replace")) for name in beside)
        code = msgspec.structs.replace(code, modules=modules)
    key.update(_settings_key(run))
    return Inputs(code, _arguments(run, code), tuple(files.values()), is_python, key)


def _arguments(run: Run, code: Code) -> tuple[str, ...]:
    if run.shell is not None:
        return ("/bin/sh", "-c", run.shell, "sh", *run.args)
    if run.command is not None:
        return (*run.command, *run.args)
    return (code.file, *run.args)


def _settings_key(run: Run) -> Iterator[tuple[str, str]]:
    """The settings that differ from the defaults: one that is left alone adds nothing to a recording."""
    if run.shell is not None or run.command is not None:
        yield "kind", "shell" if run.shell is not None else "command"
    if run.args:
        yield "args", _hash(msgspec.json.encode(run.args))
    if run.env:
        yield "env", _hash(msgspec.json.encode(run.env, order="sorted"))
    if run.stdin:
        yield "stdin", _hash(run.stdin.encode())
    if run.python:
        yield "python", run.version or ""
    if run.trace != "auto":
        yield "trace", run.trace
    if (run.repeat, run.warmup) != (1, 0):
        yield "takes", f"{run.repeat} after {run.warmup}" if run.warmup else str(run.repeat)


def _script_name(run_name: str) -> str:
    # The script's folder comes first on its import path: a run called `queue` must not hide the standard library's.
    run_name, _ = split_run(run_name)
    return f"run_{run_name}.py" if run_name in sys.stdlib_module_names else f"{run_name}.py"


def _read_tree(path: Path) -> Iterator[tuple[str, bytes, bool]]:
    """A file, or a folder's files in order, under the names they get beside the script."""
    paths = sorted(path.rglob("*")) if path.is_dir() else [path]
    for found in paths:
        if found.is_file() and "__pycache__" not in found.parts:
            yield found.relative_to(path.parent).as_posix(), found.read_bytes(), bool(found.stat().st_mode & 0o100)


def _local_modules(script: Path) -> list[tuple[str, bytes]]:
    """The modules and packages beside a script that it imports, and those that they import, by their file names."""
    folder = script.parent
    found: dict[str, bytes] = {}
    waiting = [script]
    while waiting:
        for name in _imported_names(waiting.pop()):
            module = folder / f"{name}.py"
            files = [module] if module.is_file() else sorted((folder / name).rglob("*.py"))
            for file in files:
                relative = file.relative_to(folder).as_posix()
                if relative not in found and file != script:
                    found[relative] = file.read_bytes()
                    waiting.append(file)
    return sorted(found.items())


def _imported_names(file: Path) -> frozenset[str]:
    """The first part of each absolute name that a file imports; none if it is not valid Python."""
    content = file.read_bytes()
    return _names_in(content) if b"import" in content else frozenset()


@lru_cache(maxsize=1024)
def _names_in(content: bytes) -> frozenset[str]:
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.partition(".")[0])
    return frozenset(names)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
