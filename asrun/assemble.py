"""From what the executor saw to a recording: its takes, its output, its lanes.

What names this machine or the person at it is replaced in the text by a neutral word (docs/recording-format.md says
which); nothing else is changed, and no time ever is.
"""

from __future__ import annotations

import functools
import getpass
import os
import platform
import re
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from asrun.execute.request import Outcome
from asrun.inputs import Inputs
from asrun.interpreters import Interpreter
from asrun.lanes import Trace
from asrun.recording import Event, Machine, Python, Recording, Take, median_take
from asrun.samples import with_samples
from asrun.transcript import transcribe

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
    events, dropped_bytes = transcribe(outcome)
    scrub = _scrubber(outcome, inputs, interpreter)
    script = inputs.code.file
    events = tuple(
        msgspec.structs.replace(event, text=scrub(event.text), file=None if event.file == script else event.file)
        for event in events
    )
    trace = outcome.trace or Trace()
    if outcome.samples is not None and trace.lanes:
        zero_ns = outcome.started_ns if outcome.zero_ns is None else outcome.zero_ns
        trace = with_samples(trace, outcome.samples, zero_ns, outcome.ended_ns)
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
        lanes=trace.lanes,
        spans=tuple(
            msgspec.structs.replace(span, on=scrub(span.on)) if span.on is not None else span for span in trace.spans
        ),
        stretch_ns=trace.stretch_ns,
        more_lanes=trace.more_lanes,
        trace_dropped=trace.dropped,
        untraced=trace.untraced,
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
        disturbance_ns=outcome.disturbance_ns if outcome.is_disturbed else 0,
    )


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
    beside = (outcome.home, "~"), (outcome.temporary, "<tmp>"), (outcome.probe, "…/probe")
    for folder, word in ((outcome.folder, "."), *beside):
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
