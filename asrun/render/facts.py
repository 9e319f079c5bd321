"""What a slide says about the recordings on it: names, how a run ended, where it was recorded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from asrun.model import SHORTHAND_RUN, Run, Scenario, split_run
from asrun.recording import Recording, complaint
from asrun.render.text import clean, join_words, plural

_MOST_NAMED = 3
"""Interpreters that a footer names; of more it gives the number."""


class Ending(msgspec.Struct, frozen=True):
    """How a run ended, in words, where there is something to say."""

    text: str
    expected: bool


def span_ns(recording: Recording) -> int:
    """From time zero until nothing happened any more: a process that was left behind can write after the end."""
    return max(recording.take.wall_ns, max((event.at_ns for event in recording.events), default=0))


def run_label(scenario: Scenario, name: str, *, with_version: bool = True) -> str:
    """What slides call a run: its title, or its name with blanks; the scenario's title for its only run.

    One run of an interpreter matrix is called by its version, too.
    """
    stem, version = split_run(name)
    title = scenario.runs[name].title or (scenario.title if stem == SHORTHAND_RUN else stem.replace("_", " "))
    return f"{title}, Python {version}" if version is not None and with_version else title


def ending(run: Run, recording: Recording) -> Ending | None:
    """How a run ended; None for one that was expected to end well and did."""
    told = complaint(recording, run)
    if told:
        return Ending(clean(told), False)
    if run.raises:
        return Ending(f"ended with {clean(recording.raised or run.raises)}, as declared", True)
    return Ending(f"exit status {run.exit}, as declared", True) if run.exit else None


def provenance(recordings: Sequence[Recording]) -> str:
    """The footer: `CPython 3.11.7 · Linux, 2 cores · median of 3 takes`; and whether the machine was busy."""
    interpreters = list(dict.fromkeys(filter(None, map(interpreter, recordings))))
    told = _each(interpreters) if len(interpreters) <= _MOST_NAMED else f"{len(interpreters)} interpreters"
    parts = [told, _each(map(machine, recordings))]
    busy = "recorded on a busy machine" if any(recording.disturbed for recording in recordings) else ""
    return " · ".join(part for part in (*parts, takes(recordings), busy) if part)


def _each(texts: Iterable[str]) -> str:
    return join_words(list(dict.fromkeys(text for text in texts if text)))


def interpreter(recording: Recording) -> str:
    """`CPython 3.11.7`, or nothing for a shell line or a command."""
    return f"{recording.python.implementation} {recording.python.version}" if recording.python else ""


def machine(recording: Recording) -> str:
    """`Linux, 2 cores`."""
    return f"{recording.machine.system}, {plural(recording.machine.cores, 'core')}"


def takes(recordings: Sequence[Recording]) -> str:
    """`one take`, `median of 3 takes`, `medians of 1 to 5 takes`."""
    counts = sorted({len(recording.takes) for recording in recordings})
    if not counts:
        return ""
    if counts == [1]:
        return "one take" if len(recordings) == 1 else "one take each"
    median = "median" if len(recordings) == 1 else "medians"
    return f"{median} of {counts[0]} takes" if len(counts) == 1 else f"{median} of {counts[0]} to {counts[-1]} takes"
