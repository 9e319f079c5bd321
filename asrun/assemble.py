"""From what the executor saw to a recording: bytes become lines of text, and every take its measures.

What names this machine or the person at it is replaced in the text by a neutral word (docs/recording-format.md says
which); nothing else is changed, and no time ever is.
"""

from __future__ import annotations

import codecs
import functools
import getpass
import os
import platform
import re
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from asrun.execute.environment import PROBE_LINK
from asrun.execute.request import Outcome
from asrun.inputs import Inputs
from asrun.interpreters import Interpreter
from asrun.lanes import Stream
from asrun.recording import Event, Machine, Python, Recording, Take, median_take

EVENT_LIMIT = 50_000
"""Events beyond this are counted as dropped bytes: a page and a reviewer have no use for more."""

SAME_MOMENT_NS = 1_000_000
"""Parts of a line that follow each other within this time are one event, at the time of the last."""

_COMMON_NAMES = frozenset({"localhost", "root", "user", "admin", "runner", "ubuntu", "python", "build", "asrun"})
"""Names of users and hosts that tell nothing, and that are words of their own in many programs' output."""


def assemble(
    scenario: str,
    run: str,
    inputs: Inputs,
    outcomes: Sequence[Outcome],
    interpreter: Interpreter | None,
) -> Recording:
    """The recording of a run from the outcomes of its takes, warm-ups left out."""
    takes = tuple(_take(outcome) for outcome in outcomes)
    shown = median_take(takes)
    outcome = outcomes[shown]
    events, dropped_bytes = _events(outcome, _scrubber(outcome, inputs, interpreter))
    if dropped_bytes:
        changed = msgspec.structs.replace(takes[shown], dropped_bytes=takes[shown].dropped_bytes + dropped_bytes)
        takes = (*takes[:shown], changed, *takes[shown + 1 :])
    return Recording(
        scenario=scenario,
        run=run,
        key=inputs.key,
        machine=this_machine(),
        python=Python(interpreter.version, interpreter.implementation) if interpreter else None,
        takes=takes,
        shown=shown,
        raised=_raised(events) if inputs.is_python else None,
        events=events,
    )


def _take(outcome: Outcome) -> Take:
    zero_ns = outcome.started_ns if outcome.zero_ns is None else outcome.zero_ns
    return Take(
        wall_ns=outcome.ended_ns - zero_ns,
        cpu_ns=outcome.cpu_ns,
        rss_bytes=outcome.rss_bytes,
        startup_ns=None if outcome.zero_ns is None else outcome.zero_ns - outcome.started_ns,
        ended=outcome.ended,
        dropped_bytes=outcome.dropped_bytes,
        queued_ns=None if outcome.samples is None else max(0, outcome.samples.queued_ns - outcome.samples.own_ns),
        disturbed=outcome.is_disturbed,
    )


def _events(outcome: Outcome, scrub: Callable[[str], str]) -> tuple[tuple[Event, ...], int]:
    """The text of the chunks, split into lines, and how many bytes were beyond EVENT_LIMIT."""
    zero_ns = outcome.started_ns if outcome.zero_ns is None else outcome.zero_ns
    decoders: dict[tuple[Stream, int | None], codecs.IncrementalDecoder] = {}
    processes: dict[int, int] = {}
    events: list[Event] = []
    unfinished: dict[tuple[Stream, int | None], int] = {}
    dropped_bytes = 0

    def add(stream: Stream, pid: int | None, at_ns: int, text: str) -> None:
        process = None if pid is None else processes.setdefault(pid, len(processes))
        for line in re.findall(r"[^\n]*\n|[^\n]+", text):
            last = unfinished.pop((stream, pid), None)
            if last is not None and at_ns - events[last].at_ns <= SAME_MOMENT_NS:
                events[last] = Event(at_ns, stream, process, events[last].text + line)
            else:
                events.append(Event(at_ns, stream, process, line))
                last = len(events) - 1
            if not line.endswith("\n"):
                unfinished[stream, pid] = last

    for chunk in outcome.chunks:
        if len(events) >= EVENT_LIMIT:
            dropped_bytes += len(chunk.data)
            continue
        writer = (chunk.stream, chunk.pid)
        decoder = decoders.setdefault(writer, codecs.getincrementaldecoder("utf-8")("replace"))
        add(chunk.stream, chunk.pid, chunk.at_ns - zero_ns, decoder.decode(chunk.data))
    last_ns = max([outcome.ended_ns, *(chunk.at_ns for chunk in outcome.chunks)])
    for (stream, pid), decoder in decoders.items():
        add(stream, pid, last_ns - zero_ns, decoder.decode(b"", final=True))
    dropped_bytes += sum(len(event.text.encode()) for event in events[EVENT_LIMIT:])
    ordered = sorted(events[:EVENT_LIMIT], key=lambda event: event.at_ns)
    return tuple(Event(event.at_ns, event.stream, event.process, scrub(event.text)) for event in ordered), dropped_bytes


def _raised(events: tuple[Event, ...]) -> str | None:
    """The name of the exception of the last traceback on standard error, as it is printed there.

    The lines of an exception group are drawn with a margin (`  | `), which does not count.
    """
    text = "".join(event.text for event in events if event.stream == "stderr")
    _, found, last = text.rpartition("Traceback (most recent call last):")
    if not found:
        return None
    for line in last.splitlines():
        match = re.match(r"(?:\s*\| )?([A-Za-z_][\w.]*)(?::|$)", line)
        if match:
            return match[1]
    return None


def _scrubber(outcome: Outcome, inputs: Inputs, interpreter: Interpreter | None) -> Callable[[str], str]:
    """What replaces the paths and names of this machine in a run's output."""
    own_words = set(re.findall(r"[\w.-]+", inputs.code.text))
    rules = [(rf"{folder}/", "") for folder in _forms(outcome.folder)]
    probe = outcome.folder.parent / PROBE_LINK
    for folder, word in (
        (outcome.folder, "."),
        (outcome.home, "~"),
        (outcome.temporary, "<tmp>"),
        (probe, f"…/{PROBE_LINK}"),
    ):
        rules += [(rf"{form}(?![\w.-])", word) for form in _forms(folder)]
    if interpreter is not None and interpreter.prefix not in ("/usr", "/usr/local"):
        rules += [(rf"{prefix}/", "…/") for prefix in _forms(Path(interpreter.prefix))]
    rules += [(rf"{folder}/", "…/") for folder in _forms(Path(__file__).parent)]
    home = Path.home()
    if len(home.parts) > 1:
        rules += [(rf"{folder}(?![\w.-])", "~") for folder in _forms(home)]
    for name, word in ((socket.gethostname(), "<host>"), (_user(), "<user>")):
        # A name that the program's own code contains is the author's word, not this machine's.
        if name and name not in _COMMON_NAMES and name not in own_words:
            rules.append((rf"(?<![\w.-]){re.escape(name)}(?![\w-])", word))
    pattern = re.compile("|".join(f"({rule})" for rule, _ in rules))
    words = [word for _, word in rules]
    return lambda text: pattern.sub(lambda match: words[(match.lastindex or 1) - 1], text)


def _forms(folder: Path) -> list[str]:
    return [re.escape(form) for form in dict.fromkeys((str(folder), os.path.realpath(folder)))]


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


@functools.cache
def this_machine() -> Machine:
    """The machine that AsRun runs on, without anything that names it."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    release = ".".join(platform.release().split(".")[:2])
    return Machine(_processor(), cores, f"{platform.system()} {release}".strip())


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    match = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return " ".join(match[1].split()) if match else platform.machine()
