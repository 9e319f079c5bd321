"""What AsRun finds on this machine, and what a recording made here can and cannot tell."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from asrun import __version__
from asrun.assemble import this_machine
from asrun.assets import reveal_folder, templates_folder
from asrun.chromium import VARIABLE, find_chromium
from asrun.errors import AsRunError
from asrun.interpreters import Interpreter, find_interpreter, list_interpreters
from asrun.load import load_project
from asrun.root import find_root

_PROBED = (3, 8)
"""The oldest CPython that the probe works in."""


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    topic: str
    told: str
    good: bool = True
    """False where something is missing that a command would need."""


def findings(folder: Path) -> Iterator[Finding]:
    """What is found here, in the order in which it is told; the project is the one around `folder`."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    yield Finding("AsRun", f"{__version__}, under {python} at {sys.prefix}")
    machine = this_machine()
    yield Finding("machine", f"{machine.processor}, {_count(machine.cores, 'core')}, {machine.system}")
    yield from _load(machine.cores)
    default = find_interpreter()
    for found in list_interpreters():
        what = f"{found.implementation} {found.version} at {found.path}"
        what += " (runs without `python:` use it)" if found == default else ""
        what += "" if _is_probed(found) else " (without lanes)"
        yield Finding("interpreter", what)
    yield _chromium()
    yield _kernel()
    yield from _extras()
    try:
        yield Finding("reveal.js", str(reveal_folder()))
        yield Finding("templates", str(templates_folder()))
    except AsRunError as error:
        yield Finding("files", error.show(), good=False)
    yield _project(folder)


def _is_probed(interpreter: Interpreter) -> bool:
    version = tuple(int(number) for number in re.findall(r"\d+", interpreter.version)[:2])
    return interpreter.implementation == "CPython" and version >= _PROBED


def _load(cores: int) -> Iterator[Finding]:
    if hasattr(os, "getloadavg"):
        load = os.getloadavg()[0]
        busy = load > cores / 2
        told = f"{load:.1f} programs wanted a core in the last minute, of {_count(cores, 'core')}"
        yield Finding("load", f"{told}: times recorded now may be too long" if busy else told, good=not busy)


def _chromium() -> Finding:
    path = find_chromium()
    if path is None:
        told = f"none: nobody can look whether a slide overflows. Install one, or name one in {VARIABLE}"
        return Finding("Chromium", told, good=False)
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.SubprocessError) as error:
        return Finding("Chromium", f"{path} does not start: {error}", good=False)
    version = done.stdout.strip().splitlines()
    return Finding("Chromium", f"{path}, {version[0].strip() if version else 'of an unknown version'}")


def knows_core_times() -> bool:
    """Whether the kernel tells how long each thread had a core and waited for one."""
    try:
        return int(Path("/proc/self/schedstat").read_text().split()[0]) > 0
    except (OSError, ValueError, IndexError):
        return False


def _kernel() -> Finding:
    if knows_core_times():
        return Finding("schedstat", "the kernel tells how long each thread had a core, and waited for one")
    told = "the kernel does not tell how long threads had a core: nobody can say whether others disturbed a take"
    return Finding("schedstat", told, good=False)


def _extras() -> Iterator[Finding]:
    try:
        wanted = importlib.metadata.requires("asrun") or []
    except importlib.metadata.PackageNotFoundError:
        yield Finding("extras", "unknown: AsRun is not installed, but run from where it lies", good=False)
        return
    extras: dict[str, list[str]] = {}
    for requirement in wanted:
        match = re.match(r"([\w.-]+).*;.*\bextra\s*==\s*['\"]([\w-]+)['\"]", requirement)
        if match:
            extras.setdefault(match[2], []).append(match[1])
    for extra, names in extras.items():
        missing = [name for name in names if not _is_installed(name)]
        if missing:
            told = f"{extra}: not here, {' and '.join(missing)} missing: pip install 'asrun[{extra}]'"
            yield Finding("extra", told, good=False)
        else:
            yield Finding("extra", f"{extra}: {', '.join(names)}")


def _is_installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _project(folder: Path) -> Finding:
    try:
        project = load_project(find_root(folder))
    except AsRunError as error:
        return Finding("project", error.show().splitlines()[0], good=False)
    runs = sum(len(scenario.runs) for scenario in project.scenarios.values())
    counted = ", ".join(
        (_count(len(project.scenarios), "scenario"), _count(runs, "run"), _count(len(project.decks), "deck"))
    )
    return Finding("project", f"{project.root}: {counted}")


def can_tell() -> Iterator[str]:
    """What a recording made here tells, in sentences."""
    yield "What a program printed, and when each piece was read: some tens of microseconds after it was written."
    yield "How long it took, what processor time it and all its descendants used, and the most memory one of them had."
    yield (
        f"Of CPython {'.'.join(map(str, _PROBED))} and newer: its processes, threads and asyncio tasks, where each "
        "waited and for what, and who printed each line."
    )
    if knows_core_times():
        yield (
            "How much of a core each thread had, a hundred times a second, and whether others kept it from the cores: "
            "such a take is taken again, or says so."
        )


def cannot_tell() -> Iterator[str]:
    """What a recording made here does not tell, in sentences."""
    cores = this_machine().cores
    if not sys.platform.startswith("linux"):
        yield (
            "Recording is made for Linux. Here processes that leave their session may be missed, memory and processor "
            "time are what the system tells, and lanes may be missing."
        )
    if not knows_core_times():
        yield "Whether others disturbed a take, and how much of a core a thread had: the kernel does not say."
    if cores == 1:
        yield "Anything about computing at the same time: there is one core, and programs take turns on it."
    else:
        yield f"How a program would do on more than {cores} cores: what needs more takes turns."
    yield "Which line ran at an instant between two that wait or print, and who held the GIL: nobody knows that."
    yield "Lanes of programs that are not Python, or that start it with -I or an empty environment: only their output."
    if find_chromium() is None:
        yield "Whether a slide overflows: there is no Chromium to look."


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
