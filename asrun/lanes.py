"""Lanes: what every process, thread, task and generator of a Python run did, and when.

All times are nanoseconds counted from time zero, as in recordings; a lane's index in `Trace.lanes` is its number.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Stream = Literal["stdout", "stderr"]

LaneKind = Literal["process", "thread", "task", "generator"]

TraceMode = Literal["auto", "generators", "none"]
"""What of a Python program is recorded besides its output: all lanes but generators, all lanes, nothing."""


class Lane(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A process, a thread, an asyncio task, or a generator."""

    kind: LaneKind
    name: str
    """As the program calls it: `MainThread`, `Task-1`, `Process-2`; for a program of its own, its file's name; for a
    generator, its function's name, with a number where there are several."""
    function: str | None = None
    """The qualified name of the coroutine, of the generator's function, or of the function that a thread or a process
    was started with."""
    parent: int | None = None
    """The lane that made it; for a thread or a task of which that is not known, the one it belongs to; for a generator,
    the lane that resumed it first."""
    process: int
    """The lane of its process; its own number for a process."""
    thread: int | None = None
    """For a task: the lane of the thread it runs in; for a generator, of the thread in which it was resumed first."""
    began_ns: int
    ended_ns: int | None = None
    """None where its end was not seen: it lasted as long as its process, or was never waited for."""
    ended: Literal["done", "cancelled", "failed"] | None = None
    """A generator that was closed, or thrown away, before its end was cancelled."""
    steps: int = 0
    """How often the event loop ran a task, or a generator was resumed."""
    running_ns: int = 0
    """In all, exact also where spans were joined: for a thread, the time in which it did not wait knowingly."""
    waiting_ns: int = 0
    cpu_ns: int | None = None
    """For a thread, and a process in all: how long it was on a core, by the kernel; None where nobody looked."""
    queued_ns: int | None = None
    """For the same: how long it was ready and waited for a core, by the kernel."""
    load: tuple[int, ...] = ()
    """For the same: the share of each stretch of `Trace.stretch_ns`, from time zero, that it was on a core, in percent:
    of a process up to 100 for each core. After the last one it was on none any more."""

    @property
    def is_plumbing(self) -> bool:
        """Whether it is a task of asyncio's own, made when a loop shuts down: neither shown nor counted."""
        return self.kind == "task" and (self.function or "").startswith(("BaseEventLoop.", "Loop.shutdown_"))


class Span(msgspec.Struct, frozen=True, array_like=True):
    """What a lane did for a while."""

    lane: int
    state: Literal["running", "waiting"]
    begin_ns: int
    end_ns: int
    file: str | None = None
    """For `waiting`: where in the author's code, relative to the run's folder; None where that is not known."""
    line: int | None = None
    on: str | None = None
    """What it waits for, as far as known: `sleep(1)`, `queue`, `task Task-2`. For a thread of a pool that is running:
    the function that it works on."""


class Print(msgspec.Struct, frozen=True, array_like=True):
    """Something that was written to a standard stream by Python code of the program."""

    lane: int
    at_ns: int
    """By the program's own clock, just before the write that ended it."""
    stream: Stream
    file: str | None
    line: int | None
    """The author's line that wrote it."""
    text: str
    """What was written; of more than 400 characters at once, their beginning."""
    length: int
    """How many characters were written."""


class Trace(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What the probe recorded of one take."""

    lanes: tuple[Lane, ...] = ()
    """Of every process: the process, its main thread, then the others in the order in which they began."""
    spans: tuple[Span, ...] = ()
    """By lane, in order, without overlaps in a lane. Those too short to see are joined with their neighbours."""
    prints: tuple[Print, ...] = ()
    """In order of time."""
    pids: dict[int, int] = {}
    """The lane of each process, by its process id."""
    native_ids: dict[int, int] = {}
    """The lane of each thread, by the id that the system has for it."""
    stretch_ns: int = 0
    """How long the stretches of `Lane.load` are; 0 where nobody looked."""
    dropped: int = 0
    """How many steps, prints, waits and names found no room, prints beyond 50,000 among them: counted, not kept."""
    more_lanes: int = 0
    """How many lanes there were beyond the first 2,000: counted, not kept. What they printed is with their thread."""
    untraced: str | None = None
    """Why nothing is known, or not all."""

    def lanes_of_process(self, process: int) -> frozenset[int]:
        """The numbers of the lanes that belong to a process, its own among them."""
        return frozenset(number for number, lane in enumerate(self.lanes) if lane.process == process)
