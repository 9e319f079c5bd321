"""Recordings for other tools: terminal recordings for asciinema's players, and traces for Perfetto.

A cast is in asciicast's format, version 2 (docs.asciinema.org/manual/asciicast/v2). A trace is in Chrome's trace event
format, as a JSON object. Both depend on the recording alone: the same one gives the same bytes.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from asrun.errors import AsRunError
from asrun.lanes import Lane, Span
from asrun.plan import recording_path
from asrun.recording import Event, Recording
from asrun.render.text import cells
from asrun.view import lines_of
from asrun.write import write_file

_LEAST_COLUMNS, _MOST_COLUMNS, _ROWS = 80, 300, 24
_NAME_LENGTH = 60
"""Of a longer line of output only the beginning is the name of an event; the whole is among its arguments."""


class CannotExport(AsRunError):
    """The files cannot be written as asked."""

    exit_code = 2


def export(recordings: Iterable[Recording], *, cast: bool, trace: bool, out: Path | None) -> list[Path]:
    """Write each recording as a cast, those of each scenario as a trace, or both: the paths of the files.

    `out` is a folder, or a file where there is one to write; without it they are written to the current folder.
    Raises CannotExport.
    """
    files: dict[str, bytes] = {}
    by_scenario: defaultdict[str, list[Recording]] = defaultdict(list)
    for recording in recordings:
        by_scenario[recording.scenario].append(recording)
        if cast:
            name = recording_path(recording.scenario, recording.run).stem
            files[f"{recording.scenario}.{name}.cast"] = cast_of(recording)
    if trace:
        files |= {f"{scenario}.trace.json": trace_of(runs) for scenario, runs in by_scenario.items()}
    folder = out or Path()
    is_folder = out is None or out.is_dir() or len(files) > 1
    if is_folder and (folder.is_file() or (folder.suffix in (".cast", ".json") and not folder.is_dir())):
        raise CannotExport(f"{len(files)} files are to be written: -o must name a folder, and {out} is a file")
    written = []
    for name, content in files.items():
        path = folder / name if is_folder else folder
        write_file(path, content)
        written.append(path)
    return written


def cast_of(recording: Recording) -> bytes:
    """What a run printed, as an asciicast, from time zero to its end. Pauses are as long as they were."""
    ended_ns = max(recording.take.wall_ns, *(event.at_ns for event in recording.events), 0)
    times = [0.0, *(_seconds(event) for event in recording.events), round(ended_ns / 1e9, 6)]
    pause = max(later - earlier for earlier, later in pairwise(times))
    header = {
        "version": 2,
        "width": _columns(recording),
        "height": _ROWS,
        "duration": times[-1],
        # Players and converters that shorten pauses by themselves are told that each was meant.
        "idle_time_limit": math.ceil(pause),
        "title": f"{recording.scenario}.{recording.run}",
    }
    events = [(_seconds(event), "o", event.text.replace("\n", "\r\n")) for event in recording.events]
    lines = [header, *events, (times[-1], "o", "")]
    return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)


def _seconds(event: Event) -> float:
    return round(max(0, event.at_ns) / 1e9, 6)


def _columns(recording: Recording) -> int:
    widest = max((cells(line.text) for line in lines_of(recording.events)), default=0)
    return min(max(widest, _LEAST_COLUMNS), _MOST_COLUMNS)


def trace_of(recordings: Sequence[Recording]) -> bytes:
    """What the lanes of some runs did, as Chrome trace events; each process and each lane has a number of its own."""
    events: list[dict[str, Any]] = []
    number = 1
    for recording in recordings:
        prefix = f"{recording.run}: " if len(recordings) > 1 else ""
        maker = _Tracks(recording, number, prefix)
        events += maker.events()
        number += maker.count
    about = {f"{recording.scenario}.{recording.run}": _about(recording) for recording in recordings}
    fields = [b'"displayTimeUnit":"ms"', b'"otherData":' + msgspec.json.encode(about)]
    lines = b",\n".join(msgspec.json.encode(event) for event in events)
    return b"{" + b",\n".join([*fields, b'"traceEvents":[\n' + lines + b"\n]"]) + b"}\n"


def _about(recording: Recording) -> str:
    python = f"{recording.python.implementation} {recording.python.version}, " if recording.python else ""
    busy = "; recorded on a busy machine" if recording.disturbed else ""
    return f"{python}{recording.machine.system}, {recording.machine.cores} cores{busy}"


class _Tracks:
    """The trace events of one run, whose lanes are numbered from `first` on. All times are in microseconds."""

    def __init__(self, recording: Recording, first: int, prefix: str) -> None:
        self._recording = recording
        self._first = first
        self._prefix = prefix
        # A program can write before its time zero, and viewers take no times before 0.
        self._zero_ns = max(0, -min((event.at_ns for event in recording.events), default=0))
        self._output = len(recording.lanes)
        """The number, among the lanes, of the track for the run in all and for output whose lane is not known."""
        self.count = len(recording.lanes) + 1

    def events(self) -> Iterator[dict[str, Any]]:
        """Names first, then what happened, lane by lane."""
        yield from self._names()
        yield self._whole()
        yield from map(self._span, self._recording.spans)
        for number, lane in enumerate(self._recording.lanes):
            yield from self._load(number, lane)
            yield from self._end(number, lane)
        yield from map(self._print, self._recording.events)

    def _place(self, number: int) -> dict[str, int]:
        lanes = self._recording.lanes
        process = lanes[number].process if number < len(lanes) else lanes[0].process if lanes else number
        return {"pid": self._first + process, "tid": self._first + number}

    def _at(self, at_ns: int) -> float:
        return (at_ns + self._zero_ns) / 1000

    def _names(self) -> Iterator[dict[str, Any]]:
        lanes = self._recording.lanes
        for number, lane in enumerate(lanes):
            place = self._place(number)
            name = f"{lane.name} ({lane.function})" if lane.function else lane.name
            if lane.kind == "process":
                yield _metadata("process_name", place, name=f"{self._prefix}{name}")
                yield _metadata("process_sort_index", place, sort_index=place["pid"])
                if lane.cpu_ns is not None and lane.queued_ns is not None:
                    told = f"{lane.cpu_ns / 1e6:.0f} ms on a core, {lane.queued_ns / 1e6:.0f} ms ready without one"
                    yield _metadata("process_labels", place, labels=told)
            else:
                yield _metadata("thread_name", place, name=name)
                yield _metadata("thread_sort_index", place, sort_index=place["tid"])
        place = self._place(self._output)
        if not lanes:
            yield _metadata("process_name", place, name=f"{self._prefix}{self._recording.run}")
            yield _metadata("process_sort_index", place, sort_index=place["pid"])
        yield _metadata("thread_name", place, name="the run")
        yield _metadata("thread_sort_index", place, sort_index=self._first - 1)

    def _whole(self) -> dict[str, Any]:
        take = self._recording.take
        arguments: dict[str, object] = {"processor time, ms": take.cpu_ns / 1e6, "ended": take.ended.how}
        if take.queued_ns is not None:
            arguments["ready without a core, ms"] = take.queued_ns / 1e6
        if take.disturbed:
            arguments["disturbed"] = "others kept it from the cores"
        return {
            "name": f"{self._recording.scenario}.{self._recording.run}",
            "cat": "run",
            "ph": "X",
            "ts": self._at(0),
            "dur": take.wall_ns / 1000,
            **self._place(self._output),
            "args": arguments,
        }

    def _span(self, span: Span) -> dict[str, Any]:
        what = span.on or ""
        name = f"waiting for {what}" if span.state == "waiting" and what else what or span.state
        arguments = {"state": span.state, "what": span.on, "at": _where(span.file, span.line)}
        return {
            "name": name,
            "cat": span.state,
            "ph": "X",
            "ts": self._at(span.begin_ns),
            "dur": (span.end_ns - span.begin_ns) / 1000,
            **self._place(span.lane),
            "args": {key: value for key, value in arguments.items() if value},
        }

    def _load(self, number: int, lane: Lane) -> Iterator[dict[str, Any]]:
        """A step at each stretch with another load than the one before."""
        if not lane.load:
            return
        name = "on a core" if lane.kind == "process" else f"on a core: {lane.name} ({number})"
        before = -1
        for index, percent in enumerate((*lane.load, 0)):
            if percent != before:
                at = self._at(index * self._recording.stretch_ns)
                yield {"name": name, "ph": "C", "ts": at, **self._place(number), "args": {"percent": percent}}
            before = percent

    def _end(self, number: int, lane: Lane) -> Iterator[dict[str, Any]]:
        if lane.ended_ns is not None and lane.ended in ("cancelled", "failed"):
            yield self._instant(lane.ended, "end", number, lane.ended_ns, {})

    def _print(self, event: Event) -> dict[str, Any]:
        text = event.text.rstrip("\n")
        number = self._output if event.lane is None else event.lane
        arguments = {"text": text, "stream": event.stream, "at": _where(event.file, event.line)}
        arguments = {key: value for key, value in arguments.items() if value}
        return self._instant(text.strip()[:_NAME_LENGTH] or "(blank)", "print", number, event.at_ns, arguments)

    def _instant(self, name: str, category: str, number: int, at_ns: int, arguments: dict[str, str]) -> dict[str, Any]:
        place = self._place(number)
        return {"name": name, "cat": category, "ph": "i", "s": "t", "ts": self._at(at_ns), **place, "args": arguments}


def _metadata(what: str, place: dict[str, int], **arguments: str | int) -> dict[str, Any]:
    return {"name": what, "ph": "M", "ts": 0, **place, "args": arguments}


def _where(file: str | None, line: int | None) -> str:
    """`file:line` as far as known; a line without a file is one of the script itself."""
    return f"{file or 'line'}{':' if file else ' '}{line}" if line is not None else file or ""
