"""Whether the runs of a scenario make sense: one thing to run, files that are there, settings that fit together."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import msgspec

from asrun.errors import Mistake, suggestion
from asrun.load.context import Context
from asrun.load.files import WrongFile, check_tree, find_file, read_code
from asrun.load.names import wrong_name
from asrun.model import KeyPath, Run, RunKeys, Scenario, Source

RUN_KEYS = tuple(field.encode_name for field in msgspec.structs.fields(RunKeys))
CODE_KEYS = ("code", "file", "shell", "command")
_ONE_OF_THEM = f"a run has exactly one of {', '.join(CODE_KEYS)}"
_EXCEPTION = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")


def check_runs(scenario: Scenario, context: Context) -> Iterator[Mistake]:
    """The mistakes in all runs of a scenario."""
    source = scenario.source
    beside = context.written(source, (), RUN_KEYS) if ("runs",) in source.keys else []
    for key in beside:
        message = f"{key} beside runs: directly under the title, it would be a run of its own"
        yield source.key_mistake(message, key, hint="put it into a run below runs:, or leave out runs:")
    if not context.runs[scenario.name] and scenario.default_slides and not context.has_bad(source, ()):
        hint = f"add one of {', '.join(CODE_KEYS)}; or slides:, if nothing is to run"
        yield source.key_mistake("there is nothing to run here", "title", hint=hint)
    for name, run in scenario.runs.items():
        path = scenario.run_path(name)
        wrong = wrong_name(name, "a run")
        if wrong is not None:
            yield source.key_mistake(wrong[0], *path, hint=wrong[1])
        yield from _check_code(scenario, name, run, path, context)
        yield from _check_settings(scenario, run, path, context)
        yield from _check_files(scenario, name, run, path, context)


def code_of(scenario: Scenario, run: Run, root: Path) -> str | None:
    """The code of a run as slides show it; None where it cannot be read, which is reported elsewhere."""
    if run.file is not None:
        try:
            return read_code(find_file(root, scenario.folder, run.file), run.file)
        except WrongFile:
            return None
    return run.code or run.shell or (shlex.join(run.command) if run.command else None)


def _check_code(scenario: Scenario, name: str, run: Run, path: KeyPath, context: Context) -> Iterator[Mistake]:
    source = scenario.source
    kinds = context.written(source, path, CODE_KEYS)
    if not kinds and not context.has_bad(source, path):
        message = f"run {name} has nothing to run" if path else "there is nothing to run here"
        yield source.key_mistake(message, *(path or ("title",)), hint=_ONE_OF_THEM)
    for key in kinds[1:]:
        yield source.key_mistake(f"{kinds[0]} and {key} together", *path, key, hint=_ONE_OF_THEM)
    for key in ("code", "shell"):
        text = getattr(run, key)
        if text is not None and not text.strip():
            yield source.key_mistake(f"{key} is empty", *path, key)
    if run.command is not None and not "".join(run.command[:1]).strip():
        yield source.key_mistake(
            "command is empty", *path, "command", hint="the program comes first, then its arguments"
        )
    if run.file is not None:
        try:
            read_code(find_file(context.project.root, scenario.folder, run.file), run.file)
        except WrongFile as wrong:
            yield source.mistake(wrong.message, *path, "file", hint=wrong.hint)


def _check_settings(scenario: Scenario, run: Run, path: KeyPath, context: Context) -> Iterator[Mistake]:
    source = scenario.source
    if run.args and run.command is not None:
        yield source.key_mistake("command and args together", *path, "args", hint="put the arguments into command")
    if run.python is not None and (run.shell is not None or run.command is not None):
        hint = "it goes with code and file; a command names its interpreter itself"
        yield source.key_mistake("python says nothing about a command", *path, "python", hint=hint)
    for index, version in enumerate(run.versions):
        if version in run.versions[:index]:
            yield source.mistake(f"{version} is here twice", *path, "python", index)
    if run.optional and run.python is None and not context.is_bad(source, *path, "python"):
        hint = "it says that the interpreter may be missing: add python:, or leave out optional"
        yield source.key_mistake("optional without python", *path, "optional", hint=hint)
    if len(context.written(source, path, ("raises", "exit"))) == 2:
        hint = "leave out exit: an exception that nobody catches ends Python with status 1"
        yield source.key_mistake("raises and exit together", *path, "raises", hint=hint)
    if run.raises is not None and not _EXCEPTION.fullmatch(run.raises):
        hint = "write its name alone, such as ValueError"
        yield source.mistake(f"{run.raises!r} is no name of an exception", *path, "raises", hint=hint)
    if run.timeout <= 0:
        yield source.mistake("a timeout of nothing lets nothing run", *path, "timeout")
    for variable in run.env:
        if not variable or "=" in variable:
            yield source.key_mistake(f"{variable!r} is no name of a variable", *path, "env", variable)
    for index, pattern in enumerate(run.scrub):
        yield from _check_pattern(source, pattern, (*path, "scrub", index))
    if run.language is not None:
        yield from _check_language(scenario, run.language, path)


def _check_pattern(source: Source, pattern: str, path: KeyPath) -> Iterator[Mistake]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        hint = "it is searched for in each line, as by Python's re.search; in single quotes a backslash is a backslash"
        message = f"not a regular expression: {error.msg}"
        yield source.mistake(message, *path, hint=hint, line=error.lineno or 1, column=error.colno or 1)
    except RecursionError:
        yield source.mistake("too deep for a regular expression", *path)
    else:
        if compiled.search("") is not None:
            hint = "say what must be there: \\d+ rather than \\d*"
            yield source.mistake("this matches even where there is nothing", *path, hint=hint)


def _check_language(scenario: Scenario, language: str, path: KeyPath) -> Iterator[Mistake]:
    from pygments.lexers import LEXERS  # heavy, and seldom needed

    known = {alias for _, _, aliases, _, _ in LEXERS.values() for alias in aliases}
    if language.lower() not in known:
        listed = "the names of Pygments' lexers, such as python, bash, console and javascript"
        hint = suggestion(language.lower(), sorted(known), listed)
        yield scenario.source.mistake(f"there is no language {language!r}", *path, "language", hint=hint)


def _check_files(scenario: Scenario, name: str, run: Run, path: KeyPath, context: Context) -> Iterator[Mistake]:
    source, root = scenario.source, context.project.root
    placed: dict[str, str] = {}
    if run.code is not None or run.file is not None:
        placed[f"{name}.py" if run.file is None else Path(run.file).name] = "the script"
    for index, item in enumerate(run.files):
        way = (*path, "files", index)
        try:
            for wrong in check_tree(root, find_file(root, scenario.folder, item), item):
                yield source.mistake(wrong.message, *way, hint=wrong.hint)
        except WrongFile as wrong:
            yield source.mistake(wrong.message, *way, hint=wrong.hint)
            continue
        other = placed.setdefault(Path(item).name, repr(item))
        if item in run.files[:index]:
            yield source.mistake(f"{item!r} is here twice", *way)
        elif item == run.file:
            yield source.mistake(f"{item!r} is the script itself", *way, hint="it is copied anyway: leave it out")
        elif other != repr(item):
            message = f"{other} and {item!r} would both be copied as {Path(item).name}"
            yield source.mistake(
                message, *way, hint="all files lie in one folder beside the script: rename one of them"
            )
