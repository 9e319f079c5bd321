"""What the user is told while a build works: one live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from asrun.durations import show_seconds
from asrun.errors import harmless
from asrun.plan import Job
from asrun.recording import Recording

if TYPE_CHECKING:
    from rich.text import Text


class Progress(Protocol):
    """How the stages report; every method may be called from any thread."""

    def note(self, text: str) -> None:
        """Something that the user wants to know."""

    def detail(self, text: str) -> None:
        """Something that the user wants to know only when looking closely."""

    def started(self, job: Job, take: int, takes: int) -> None:
        """A take of a run began: number `take` of `takes`, from 1, warm-ups counted."""

    def finished(self, job: Job, recording: Recording, complaint: str) -> None:
        """All takes of a run were made; `complaint` says how it ended otherwise than declared, if it did."""


class PlainProgress:
    """A line on standard error for each thing that happened."""

    def __init__(self, verbosity: int = 0) -> None:
        self._verbosity = verbosity
        self._lock = threading.Lock()

    def _say(self, text: str, at_least: int = 0) -> None:
        if self._verbosity >= at_least:
            with self._lock:
                sys.stderr.write(f"{harmless(text)}\n")
                sys.stderr.flush()

    def note(self, text: str) -> None:
        """Print it, unless quiet."""
        self._say(text)

    def detail(self, text: str) -> None:
        """Print it when verbose."""
        self._say(text, 1)

    def started(self, job: Job, take: int, takes: int) -> None:
        """Print when the first take of a run begins; the others only when verbose."""
        if take == 1:
            self._say(f"recording {job} ({job.reason})")
        self._say(f"  {job}: take {take} of {takes}", 1)

    def finished(self, job: Job, recording: Recording, complaint: str) -> None:
        """Print what became of a run."""
        self._say(finished_line(job, recording, complaint), -1 if complaint else 0)


class LiveProgress:
    """Finished runs scroll by; those in flight stand below them, with the seconds that each has been running."""

    def __init__(self, verbosity: int = 0) -> None:
        from rich.console import Console
        from rich.live import Live

        self._verbosity = verbosity
        self._console = Console(stderr=True, highlight=False)
        self._running: dict[str, tuple[float, Job, int, int]] = {}
        self._lock = threading.Lock()
        self._live = Live(get_renderable=self._draw, console=self._console, transient=True, refresh_per_second=8)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, type_: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._live.stop()

    def _draw(self) -> Text:
        now = time.monotonic()
        with self._lock:
            running = list(self._running.values())
        from rich.text import Text

        lines = (
            f"  {job}: {now - begun:.0f} s of at most {job.run.timeout:g} s"
            + (f", take {take} of {takes}" if takes > 1 else "")
            for begun, job, take, takes in running
        )
        return Text("\n".join(lines))

    def note(self, text: str) -> None:
        """Show it above the runs in flight."""
        self._console.print(harmless(text), markup=False, soft_wrap=True)

    def detail(self, text: str) -> None:
        """Show it when verbose."""
        if self._verbosity > 0:
            self.note(text)

    def started(self, job: Job, take: int, takes: int) -> None:
        """Show the run among those in flight."""
        if take == 1:
            self.detail(f"recording {job} ({job.reason})")
        with self._lock:
            self._running[str(job)] = (time.monotonic(), job, take, takes)

    def finished(self, job: Job, recording: Recording, complaint: str) -> None:
        """Take the run from those in flight and show what became of it."""
        with self._lock:
            self._running.pop(str(job), None)
        self.note(finished_line(job, recording, complaint))


def finished_line(job: Job, recording: Recording, complaint: str) -> str:
    """What became of a run, in a line."""
    if complaint:
        return f"✗ {job} {complaint}"
    walls = f"{show_seconds(recording.take.wall_ns / 1e9)}"
    takes = f", median of {len(recording.takes)} takes" if len(recording.takes) > 1 else ""
    dropped = recording.take.dropped_bytes
    flooded = f"; its output was cut, {dropped:,} bytes more were not kept" if dropped else ""
    busy = "; recorded on a busy machine" if recording.disturbed else ""
    return f"✓ {job} in {walls}{takes} ({job.reason}){flooded}{busy}"
