"""What claims and prose see of recordings: each run under its name, with the attributes of RUN_ATTRIBUTES.

All measures of a run come from the take that is shown, the one with the median wall time, so that the numbers on a
slide belong together; `walls` has every take's.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from itertools import pairwise
from types import SimpleNamespace

import msgspec

from asrun.lanes import LaneKind, Stream
from asrun.model import Project, Scenario, split_run
from asrun.recording import Event, Machine, Recording


class NeverPrinted(LookupError):
    """A text was asked for that the run never printed; the message shows what it did print."""


class Line(msgspec.Struct, frozen=True):
    """A line of output."""

    text: str
    """Without its newline."""
    at: float
    """Seconds from time zero until it was complete."""
    stream: Stream
    process: int | None
    """The process that wrote it, numbered from 0; None where it is not known."""


def lines_of(events: tuple[Event, ...]) -> tuple[Line, ...]:
    """The lines of a run's output, in the order in which they were begun.

    Text that was written apart (a prompt, dots of progress) is put together, stream by stream and writer by writer.
    """
    lines: list[Line] = []
    unfinished: dict[tuple[Stream, int | None], int] = {}
    for event in events:
        writer = (event.stream, event.process)
        text, ends = event.text.removesuffix("\n"), event.text.endswith("\n")
        begun = unfinished.pop(writer, None)
        if begun is None:
            begun = len(lines)
            lines.append(Line(text, event.at_ns / 1e9, event.stream, event.process))
        else:
            lines[begun] = Line(lines[begun].text + text, event.at_ns / 1e9, event.stream, event.process)
        if not ends:
            unfinished[writer] = begun
    return tuple(lines)


class NotTraced(LookupError):
    """A lane was asked for of a run that has none; the message says why."""


class NoSuchLane(LookupError):
    """A lane was asked for by a name that none or several have; the message lists those there are."""


class NotRecorded(LookupError):
    """Something was asked of a run whose interpreter was not there; the message says which."""


class LaneView(msgspec.Struct, frozen=True):
    """A process, a thread, a task or a generator, as claims and prose see it."""

    kind: LaneKind
    name: str
    function: str | None
    """The coroutine, or the function it was started with."""
    began: float
    """Seconds from time zero."""
    ended_at: float
    """Seconds from time zero until it ended, or until the run did."""
    ended: str | None
    """`done`, `cancelled` or `failed`; None where its end was not seen."""
    steps: int
    """How often the event loop ran it, for a task; how often it was resumed, for a generator."""
    running: float
    """Seconds in all."""
    waiting: float
    """Seconds in all in which it waited knowingly: for a sleep, a lock, a queue, another lane."""
    cpu: float | None
    """Seconds on a core, for a thread or a process; None where nobody looked."""
    waited: float | None
    """Seconds ready and waiting for a core, for a thread or a process; None where nobody looked."""
    lines: tuple[Line, ...]
    """What it printed."""

    @property
    def cores(self) -> float | None:
        """Seconds on a core for each second that it lived; None where nobody looked."""
        return None if self.cpu is None else self.cpu / max(self.ended_at - self.began, 1e-9)


class RunView:
    """A recording as claims and prose see it."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def __repr__(self) -> str:
        return f"run {self._recording.scenario}.{self._recording.run}"

    @property
    def missing(self) -> bool:
        """Whether its interpreter was not there: of such a run nothing else is known, and this is none."""
        return False

    @property
    def wall(self) -> float:
        """Seconds from time zero to the end of the process: the median take's."""
        return self._recording.take.wall_ns / 1e9

    @property
    def walls(self) -> tuple[float, ...]:
        """Seconds of every take, in the order in which they were made."""
        return tuple(take.wall_ns / 1e9 for take in self._recording.takes)

    @property
    def cpu(self) -> float:
        """Seconds of processor time of the process and its descendants, start-up included."""
        return self._recording.take.cpu_ns / 1e9

    @property
    def cores(self) -> float:
        """Processor time for each second that the process lived, start-up included in both."""
        take = self._recording.take
        return take.cpu_ns / max(take.wall_ns + (take.startup_ns or 0), 1)

    @property
    def rss(self) -> float | None:
        """Peak resident memory of its largest process in MB (1,000,000 bytes); None where it was not measured."""
        rss_bytes = self._recording.take.rss_bytes
        return None if rss_bytes is None else rss_bytes / 1e6

    @property
    def startup(self) -> float | None:
        """Seconds from the start of the process to time zero; None where they are the same."""
        startup_ns = self._recording.take.startup_ns
        return None if startup_ns is None else startup_ns / 1e9

    @property
    def ended(self) -> str:
        """How it ended: `exit`, `signal`, `timeout`, or `never ran`."""
        return self._recording.take.ended.how

    @property
    def dropped(self) -> int:
        """How many bytes it printed beyond what is kept."""
        return self._recording.take.dropped_bytes

    @property
    def exit(self) -> int | None:
        """The exit status; None for a run that was killed or timed out."""
        return self._recording.take.ended.status

    @property
    def signal(self) -> str | None:
        """The name of the signal that killed it; None for a run that was not killed."""
        return self._recording.take.ended.signal

    @property
    def raised(self) -> str | None:
        """The name of the exception with which it ended; None where none was printed."""
        return self._recording.raised

    @property
    def output(self) -> str:
        """All it printed, both streams, as it arrived."""
        return "".join(event.text for event in self._recording.events)

    @property
    def stdout(self) -> str:
        """All it printed on standard output."""
        return "".join(event.text for event in self._recording.events if event.stream == "stdout")

    @property
    def stderr(self) -> str:
        """All it printed on standard error."""
        return "".join(event.text for event in self._recording.events if event.stream == "stderr")

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Every line it printed."""
        return lines_of(self._recording.events)

    @property
    def python(self) -> str | None:
        """The version of its interpreter; None for a shell line or a command."""
        return self._recording.python.version if self._recording.python else None

    @property
    def machine(self) -> Machine:
        """What it was recorded on."""
        return self._recording.machine

    def at(self, text: str) -> float:
        """Seconds until the first line that contains `text`. Raises NeverPrinted."""
        return self.lines[self._first(text)].at

    def before(self, earlier: str, later: str) -> bool:
        """Whether the first line with `earlier` came before the first one with `later`. Raises NeverPrinted."""
        return self._first(earlier) < self._first(later)

    def _first(self, text: str) -> int:
        for index, line in enumerate(self.lines):
            if text in line.text:
                return index
        shown = [line.text for line in self.lines[:20]]
        printed = "\n".join(f"    {line}" for line in shown) if shown else "    nothing at all"
        more = f"\n    … and {len(self.lines) - 20} lines more" if len(self.lines) > 20 else ""
        raise NeverPrinted(f"{self!r} never printed {text!r}; it printed\n{printed}{more}")

    def order(self, *texts: str) -> bool:
        """Whether the first lines with these texts came one after the other, in this order. Raises NeverPrinted."""
        places = [self._first(text) for text in texts]
        return all(before < after for before, after in pairwise(places))

    @property
    def waited(self) -> float | None:
        """Seconds for which its threads, in all, were ready and waited for a core; None where nobody looked."""
        queued_ns = self._recording.take.queued_ns
        return None if queued_ns is None else queued_ns / 1e9

    @property
    def traced(self) -> bool:
        """Whether its lanes are known."""
        return bool(self._recording.lanes)

    @property
    def tasks(self) -> tuple[LaneView, ...]:
        """Its asyncio tasks, in the order in which they began. Raises NotTraced."""
        return self._lanes_of("task")

    @property
    def threads(self) -> tuple[LaneView, ...]:
        """Its threads, the main thread of each process among them. Raises NotTraced."""
        return self._lanes_of("thread")

    @property
    def processes(self) -> tuple[LaneView, ...]:
        """Its processes, itself first. Raises NotTraced."""
        return self._lanes_of("process")

    @property
    def generators(self) -> tuple[LaneView, ...]:
        """Its generators, where it was recorded with `trace: generators`. Raises NotTraced."""
        return self._lanes_of("generator")

    def lane(self, name: str) -> LaneView:
        """The lane with this name, or with this function. Raises NotTraced and NoSuchLane."""
        lanes = [lane for lane in self._lanes if name in (lane.name, lane.function)]
        if len(lanes) == 1:
            return lanes[0]
        what = f"{len(lanes)} lanes of {self!r} are" if lanes else f"no lane of {self!r} is"
        named = dict.fromkeys(lane.function or lane.name for lane in self._lanes)
        raise NoSuchLane(f"{what} called {name!r}; there are " + ", ".join(list(named)[:30]))

    def overlap(self, one: str, other: str) -> float:
        """Seconds for which two lanes, by name, were both under way. Raises NotTraced and NoSuchLane."""
        first, second = self.lane(one), self.lane(other)
        return max(0.0, min(first.ended_at, second.ended_at) - max(first.began, second.began))

    @cached_property
    def _lanes(self) -> tuple[LaneView, ...]:
        recording = self._recording
        if not recording.lanes:
            raise NotTraced(f"{self!r} has no lanes: {recording.untraced or 'it was not traced'}")
        printed: dict[int | None, list[Event]] = {}
        for event in recording.events:
            printed.setdefault(event.lane, []).append(event)
        return tuple(
            LaneView(
                kind=lane.kind,
                name=lane.name,
                function=lane.function,
                began=lane.began_ns / 1e9,
                ended_at=(recording.take.wall_ns if lane.ended_ns is None else lane.ended_ns) / 1e9,
                ended=lane.ended,
                steps=lane.steps,
                running=lane.running_ns / 1e9,
                waiting=lane.waiting_ns / 1e9,
                cpu=None if lane.cpu_ns is None else lane.cpu_ns / 1e9,
                waited=None if lane.queued_ns is None else lane.queued_ns / 1e9,
                lines=lines_of(tuple(printed.get(number, ()))),
            )
            for number, lane in enumerate(recording.lanes)
            if not lane.is_plumbing
        )

    def _lanes_of(self, kind: LaneKind) -> tuple[LaneView, ...]:
        return tuple(lane for lane in self._lanes if lane.kind == kind)

    def as_dict(self) -> dict[str, object]:
        """The attributes that claims use, for JSON."""
        lanes = ("tasks", "threads", "processes", "generators") if self.traced else ()
        return {
            "wall": self.wall,
            "walls": self.walls,
            "cpu": self.cpu,
            "cores": self.cores,
            "rss": self.rss,
            "startup": self.startup,
            "ended": self.ended,
            "exit": self.exit,
            "signal": self.signal,
            "raised": self.raised,
            "output": self.output,
            "stdout": self.stdout,
            "stderr": self.stderr,
            "lines": self.lines,
            "dropped": self.dropped,
            "python": self.python,
            "machine": self.machine,
            "missing": self.missing,
            "waited": self.waited,
            **{name: getattr(self, name) for name in lanes},
        }


class MissingRun:
    """An optional run whose interpreter was not there: it says that, and raises NotRecorded for all else."""

    missing = True

    def __init__(self, name: str, version: str | None) -> None:
        self._name, self._version = name, version

    def __repr__(self) -> str:
        return f"run {self._name}, which was not recorded"

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        raise NotRecorded(f"{self._name} is not recorded: Python {self._version} was not there")


class MatrixView:
    """The runs of an interpreter matrix, each by its version: `square["3.13"]`."""

    def __init__(self, name: str, runs: Mapping[str, RunView | MissingRun]) -> None:
        self._name, self._runs = name, runs

    def __repr__(self) -> str:
        return f"matrix {self._name}"

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions that it was declared with, in that order."""
        return tuple(self._runs)

    def __getitem__(self, version: str) -> RunView | MissingRun:
        return self._runs[version]


def names_of(
    scenario: Scenario | None, project: Project, recordings: Mapping[tuple[str, str], Recording]
) -> dict[str, object]:
    """The names that the claims and the prose of a scenario may use; with None, those of a deck's own prose.

    A run of the scenario goes by its own name; a run of another by `scenario.run`. A run without a recording has no
    name, so that using it is an error, unless its interpreter may be missing.
    """
    views = {owner.name: _views(owner, recordings) for owner in project.scenarios.values()}
    own = views.get(scenario.name, {}) if scenario is not None else {}
    # Namespaces, since a dict's own methods would hide runs called `items` or `copy`.
    return {**{name: SimpleNamespace(**runs) for name, runs in views.items()}, **own}


def _views(owner: Scenario, recordings: Mapping[tuple[str, str], Recording]) -> dict[str, object]:
    views: dict[str, object] = {}
    matrices: dict[str, dict[str, RunView | MissingRun]] = {}
    for name, run in owner.runs.items():
        recording = recordings.get((owner.name, name))
        if recording is None and not run.optional:
            continue
        view = RunView(recording) if recording is not None else MissingRun(f"{owner.name}.{name}", run.version)
        stem, version = split_run(name)
        if version is None:
            views[name] = view
        else:
            matrices.setdefault(stem, {})[version] = view
    return {**views, **{name: MatrixView(f"{owner.name}.{name}", runs) for name, runs in matrices.items()}}
