"""Recordings: what one run did, in the versioned form in which it is kept and reviewed.

The format is described in docs/recording-format.md. All times are nanoseconds on the machine's monotonic clock,
counted from time zero: the first line of the author's code where that is known, else the start of the process.
"""

from __future__ import annotations

import statistics
from functools import lru_cache
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from asrun.lanes import Lane, Span, Stream
from asrun.model import Run

FORMAT: Final = "asrun-recording"
VERSION: Final = 3

RunKey = tuple[str, str]
"""A run of a project: its scenario's name and its own."""


class Event(msgspec.Struct, frozen=True, array_like=True):
    """Text that arrived: one line, or the part of one that was written apart."""

    at_ns: int
    stream: Stream
    process: int | None
    """Which process wrote it, numbered from 0 in the order of their first output; None where it is not known."""
    text: str
    """Decoded; ends with a newline unless the line went on or ended without one."""
    lane: int | None = None
    """Which lane of the recording printed it; None where that is not known."""
    line: int | None = None
    """The line of the author's code that printed it; None where that is not known."""
    file: str | None = None
    """The file of that line, relative to the run's folder; None for the script itself."""


class Ended(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a take ended."""

    how: Literal["exit", "signal", "timeout", "never ran"]
    status: int | None = None
    """The exit status, for `exit`."""
    signal: str | None = None
    """The signal's name, for `signal`."""
    reason: str | None = None
    """For `never ran`: why the process could not be started. For `signal`: who sent it, where AsRun did."""


class Take(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One execution of a run, measured."""

    wall_ns: Annotated[int, Meta(ge=0)]
    """From time zero to the end of the process."""
    cpu_ns: Annotated[int, Meta(ge=0)]
    """User and system time of the process and all its descendants, start-up included."""
    rss_bytes: int | None = None
    """Peak resident memory of its largest process; None where it could not be measured."""
    startup_ns: int | None = None
    """From the start of the process to time zero; None where time zero is the start of the process."""
    ended: Ended
    dropped_bytes: int = 0
    """How much output came beyond the limit: counted, not kept."""
    queued_ns: int | None = None
    """How long its threads were ready and waited for a core, in all, beyond what watching it can have caused; None
    where nobody looked."""
    disturbed: bool = False
    """Whether others kept its threads from the cores for a noticeable part of its time: its times are too long."""
    disturbance_ns: int = 0
    """By how much at most, from time zero on; 0 for a take that was not disturbed."""


class Python(msgspec.Struct, frozen=True):
    """The interpreter of a run."""

    version: str
    implementation: str


class Machine(msgspec.Struct, frozen=True):
    """What machine a recording was made on: enough to judge its timings, nothing that names it."""

    processor: str
    cores: int
    """The cores that the recording could use."""
    system: str


class Recording(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """All that is known of a run: every take's measures, and the output of the median one."""

    format: Literal["asrun-recording"] = FORMAT
    version: int = VERSION
    scenario: str
    run: str
    key: dict[str, str]
    """A short hash for each input of the run, by the input's name. A run is stale when they differ."""
    machine: Machine
    python: Python | None = None
    """None for a shell line or a command."""
    takes: tuple[Take, ...]
    shown: int = 0
    """The index of the take with the median wall time, whose output this is."""
    raised: str | None = None
    """The exception with which the shown take ended, by name, where its traceback was printed."""
    events: tuple[Event, ...] = ()
    lanes: tuple[Lane, ...] = ()
    """What its processes, threads and tasks were; empty where it was not traced."""
    spans: tuple[Span, ...] = ()
    """What they did, by lane and in order."""
    stretch_ns: int = 0
    """How long the stretches of `Lane.load` are; 0 where nobody looked."""
    more_lanes: int = 0
    """How many lanes there were beyond those that are kept."""
    trace_dropped: int = 0
    """How much the probe saw beyond what it could keep."""
    untraced: str | None = None
    """Why its lanes are not known, or not all of them."""

    @property
    def take(self) -> Take:
        """The take that is shown."""
        return self.takes[self.shown]

    @property
    def disturbed(self) -> bool:
        """Whether one of its takes was kept although others disturbed it: the machine was busy."""
        return any(take.disturbed for take in self.takes)


def median_take(takes: tuple[Take, ...]) -> int:
    """The index of the take with the median wall time: the lower one of two, so that it is a real take."""
    walls = [take.wall_ns for take in takes]
    return walls.index(statistics.median_low(walls))


class Unreadable(ValueError):
    """A file that is no recording; the message says why."""


class NewerFormat(Unreadable):
    """A recording of a version that this AsRun does not know: to be left alone."""


def encode_recording(recording: Recording) -> bytes:
    """The JSON of a recording: one event, take and key on a line each, so that a change is a small diff."""
    fields = msgspec.to_builtins(recording, builtin_types=())
    fields = {"format": FORMAT, "version": VERSION, **fields}
    written = [f"  {_json(name)}: {_field_json(value)}" for name, value in fields.items()]
    return ("{\n" + ",\n".join(written) + "\n}\n").encode()


def _field_json(value: object) -> str:
    if isinstance(value, list | tuple) and value:
        return "[\n" + ",\n".join(f"    {_json(item)}" for item in value) + "\n  ]"
    if isinstance(value, dict) and value:
        return "{\n" + ",\n".join(f"    {_json(name)}: {_json(item)}" for name, item in value.items()) + "\n  }"
    return _json(value)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


# A preview reads every recording at each save, and takes the same one for the same.
@lru_cache(maxsize=256)
def decode_recording(content: bytes) -> Recording:
    """The recording in a file's content. Raises Unreadable and NewerFormat."""
    try:
        head = msgspec.json.decode(content, type=_Head)
        if head.version > VERSION:
            raise NewerFormat(
                f"recording format {head.version} is newer than this AsRun, which reads {VERSION}: upgrade"
            )
        return msgspec.json.decode(content, type=Recording)
    except msgspec.DecodeError as error:
        raise Unreadable(f"not a recording: {error}") from error


class _Head(msgspec.Struct):
    format: Literal["asrun-recording"]
    version: int


def complaint(recording: Recording, run: Run) -> str:
    """How a run ended otherwise than its scenario declares, in words; empty where it ended as declared."""
    for take in recording.takes:
        told = _take_complaint(take, run)
        if told:
            return told
    if run.raises is not None and not _same_exception(recording.raised, run.raises):
        ended = f"{recording.raised}" if recording.raised else "no exception"
        return f"ended with {ended}; declared is raises: {run.raises}"
    return ""


def _take_complaint(take: Take, run: Run) -> str:
    ended = take.ended
    if ended.how == "never ran":
        return f"never ran: {ended.reason}"
    if ended.how == "timeout":
        return f"was still running after {run.timeout:g} s and was ended"
    if ended.how == "signal":
        return f"was killed by {ended.signal}" + (f": {ended.reason}" if ended.reason else "")
    declared = 1 if run.raises is not None else run.exit
    if ended.status != declared:
        return f"ended with exit status {ended.status}; declared is {declared}" + (
            f" (raises: {run.raises})" if run.raises is not None else ""
        )
    return ""


def _same_exception(raised: str | None, declared: str) -> bool:
    # `raises: KeyError` also means mypackage.errors.KeyError, as tracebacks print it.
    return raised is not None and (raised == declared or raised.rpartition(".")[2] == declared)
