"""Drift: how what a run printed, and how it ended, differs from what was approved. Its times never count.

The two streams are compared each by itself, since the system does not tell which of two was written to first.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from asrun.durations import show_seconds
from asrun.lanes import Stream
from asrun.model import Run
from asrun.recording import Ended, Recording
from asrun.view import lines_of

STREAMS: tuple[Stream, ...] = ("stdout", "stderr")

SCRUBBED = "<scrubbed>"
"""What stands for a part of a line that a run's `scrub` matches."""

COMPARED = 4000
"""Lines of each side, from the first one that differs, in which a diff looks for what they have in common."""
CONTEXT = 3
"""Equal lines that are shown around those that differ."""
SHOWN = 80
"""Lines of a diff that are shown."""
WIDTH = 400
"""Characters of a line that are shown."""

_NO_NEWLINE = "\\ no newline at the end"


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """What differs from an approved recording."""

    lines: tuple[str, ...]
    """In words, and as a unified diff for each stream: `-` was approved, `+` is new."""
    line: int | None = None
    """The line of the run's script that printed what differs first; None where that is not known."""


def find_drift(approved: Recording, fresh: Recording, run: Run) -> Drift | None:
    """How a fresh recording of a run differs from the approved one; None where it does not.

    Compared are how it ended and the lines of each stream, after `scrub`: in order, or with `unordered` how often each
    one comes. Of output that was cut in both only what both kept is compared.
    """
    told = []
    if (how := _ended(fresh)) != (was := _ended(approved)):
        told.append(f"it ended with {how}; approved is {was}")
    first: int | None = None
    for stream in STREAMS:
        old, new = _printed(approved, stream, run), _printed(fresh, stream, run)
        if approved.take.dropped_bytes and fresh.take.dropped_bytes:
            # Where exactly it was cut depends on how the bytes arrived.
            kept = max(min(len(old), len(new)) - 1, 0)
            old, new = old[:kept], new[:kept]
        diff = _bag_diff(old, new) if run.unordered else _diff(old, new)
        if diff:
            told += [f"--- approved {stream}", f"+++ {stream} of this take", *_shortened(diff)]
            first = first or _source_line(approved, fresh, stream, run, old, new)
    if approved.take.dropped_bytes and not fresh.take.dropped_bytes:
        told.append("what was approved went beyond the limit of output and was cut; this is whole")
    elif fresh.take.dropped_bytes and not approved.take.dropped_bytes:
        told.append("it goes beyond the limit of output and was cut; what was approved is whole")
    if not told:
        return None
    if approved.python != fresh.python and approved.python and fresh.python:
        told.append(
            f"approved was {approved.python.implementation} {approved.python.version}, "
            f"this is {fresh.python.implementation} {fresh.python.version}"
        )
    return Drift(lines=tuple(told), line=first)


def tell_change(before: Recording | None, after: Recording, run: Run) -> list[str]:
    """What is approved now instead of an earlier recording, None for the first one: a line, and the drift if any."""
    name, wall = f"{after.scenario}.{after.run}", show_seconds(after.take.wall_ns / 1e9)
    if before is None:
        lines = sum(len(_printed(after, stream, run)) for stream in STREAMS)
        printed = "1 line" if lines == 1 else f"{lines} lines"
        return [f"{name}: approved for the first time, {_ended(after)}, {printed} of output, {wall}"]
    drift = find_drift(before, after, run)
    times = f"{wall} (before {show_seconds(before.take.wall_ns / 1e9)})"
    if drift is None:
        return [f"{name}: approved with the same output, {times}"]
    return [f"{name}: approved as it is now, {times}", *drift.lines]


def _ended(recording: Recording) -> str:
    ended: Ended = recording.take.ended
    words = {
        "exit": f"exit status {ended.status}",
        "signal": f"signal {ended.signal}",
        "timeout": "its timeout",
        "never ran": "nothing: it never ran",
    }
    return words[ended.how] + (f" and {recording.raised}" if recording.raised else "")


def _printed(recording: Recording, stream: Stream, run: Run) -> list[str]:
    """The lines that a recording has of a stream, as they are compared."""
    events = tuple(event for event in recording.events if event.stream == stream)
    lines = [scrub(line.text, run) for line in lines_of(events)]
    last = {event.process: event.text for event in events}
    if not run.unordered and any(not text.endswith("\n") for text in last.values()):
        lines.append(_NO_NEWLINE)
    return lines


def scrub(line: str, run: Run) -> str:
    """A line of a run's output without what its `scrub` matches."""
    for pattern in run.scrub:
        line = re.sub(pattern, SCRUBBED, line)
    return line


def _diff(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """A unified diff without its two headings."""
    if old == new:
        return []
    begin = _common(old, new)
    end = _common(old[begin:][::-1], new[begin:][::-1])
    above = max(begin - CONTEXT, 0)
    left, right = (list(lines[above : len(lines) - end + CONTEXT][:COMPARED]) for lines in (old, new))
    diff = []
    for group in difflib.SequenceMatcher(None, left, right).get_grouped_opcodes(CONTEXT):
        (_, left_from, _, right_from, _), (_, _, left_to, _, right_to) = group[0], group[-1]
        diff.append(f"@@ -{_span(left_from, left_to, above)} +{_span(right_from, right_to, above)} @@")
        for tag, left_from, left_to, right_from, right_to in group:
            if tag == "equal":
                diff += [f" {visible(line)}" for line in left[left_from:left_to]]
            else:
                diff += [f"-{visible(line)}" for line in left[left_from:left_to]]
                diff += [f"+{visible(line)}" for line in right[right_from:right_to]]
    return diff


def _span(begin: int, end: int, above: int) -> str:
    """Lines from `begin` up to `end`, with `above` lines before them that are not compared, as headings count them."""
    count = end - begin
    first = begin + above + (1 if count else 0)
    return str(first) if count == 1 else f"{first},{count}"


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return index
    return min(len(one), len(other))


def _bag_diff(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """What is there more seldom and what more often, without regard to the order."""
    gone, come = Counter(old) - Counter(new), Counter(new) - Counter(old)
    return [*_counted("-", gone), *_counted("+", come)]


def _counted(sign: str, lines: Counter[str]) -> Iterator[str]:
    for line, count in lines.items():
        yield f"{sign}{visible(line)}" + (f"   ({count} times)" if count > 1 else "")


def _shortened(diff: list[str]) -> list[str]:
    if len(diff) <= SHOWN:
        return diff
    return [*diff[: SHOWN - 1], f"… and {len(diff) - SHOWN + 1} more lines of this diff"]


def visible(line: str) -> str:
    """A line with its control characters written out, so that two that differ also look different."""
    shown = "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char) in ("Cc", "Cf") and char != "\t" else char
        for char in line
    )
    return shown if len(shown) <= WIDTH else f"{shown[:WIDTH]}… ({len(shown)} characters)"


def _source_line(
    approved: Recording, fresh: Recording, stream: Stream, run: Run, old: Sequence[str], new: Sequence[str]
) -> int | None:
    """The line of the script that printed the first line that differs, in the fresh take or else in the approved."""
    if run.unordered:
        gone, come = list(Counter(old) - Counter(new)), list(Counter(new) - Counter(old))
    else:
        begin = _common(old, new)
        gone, come = list(old[begin : begin + 1]), list(new[begin : begin + 1])
    for recording, lines in ((fresh, come[:1]), (approved, gone[:1])):
        for event in recording.events:
            known = event.stream == stream and event.file is None and event.line is not None
            if known and scrub(event.text.removesuffix("\n"), run) in lines:
                return event.line
    return None
