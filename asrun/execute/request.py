"""What is asked of the executor, and what it answers: every Request has exactly one Outcome."""

from __future__ import annotations

from pathlib import Path

import msgspec

from asrun.lanes import Stream, Trace, TraceMode
from asrun.recording import Ended
from asrun.samples import Samples

PROBE_LINK = "site"
"""The name of the link, beside a run's folder, by which a Python program finds the probe."""

OUTPUT_LIMIT_BYTES = 10_000_000
"""Output beyond this, both streams together, is counted and thrown away."""


class PlacedFile(msgspec.Struct, frozen=True):
    """A file that is put into the run's folder before it starts."""

    name: str
    """Its path in the folder, relative, with forward slashes."""
    content: bytes
    executable: bool = False


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One take of one run: all that is needed to make it, on this machine or on another."""

    argv: tuple[str, ...]
    """The program and its arguments. The program is looked for on the child's PATH; a name with a slash is relative
    to the run's folder unless absolute."""
    files: tuple[PlacedFile, ...] = ()
    env: dict[str, str] = {}
    """Added to the few variables that every run gets."""
    stdin: bytes = b""
    timeout_ns: int
    """One deadline for the process, its descendants and the reading of their output."""
    is_python: bool = False
    """True for a Python script: its standard streams are line-buffered and its time zero is the first line of its
    code. For anything else time zero is the start of the process."""
    trace: TraceMode = "auto"
    """Whether it is recorded what processes, threads and tasks of a Python script do, and whether generators too."""
    output_limit_bytes: int = OUTPUT_LIMIT_BYTES
    process_limit: int = 500
    """How many processes it may have at once; a run that goes beyond is ended."""


class Chunk(msgspec.Struct, frozen=True):
    """Bytes as one read gave them."""

    at_ns: int
    """Monotonic time just after the read (`time.monotonic_ns`), not yet relative to anything. What was still to be read
    when the process ended has a later time than its end."""
    stream: Stream
    pid: int | None
    """The process that wrote it, where the system tells."""
    data: bytes


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in one take. Times ending in `_ns` without more are monotonic clock readings."""

    ended: Ended
    started_ns: int
    """Just before the process was started."""
    zero_ns: int | None = None
    """When the first line of the author's code ran, by the child's own stamp; None where not known."""
    ended_ns: int
    """When the process was reaped, or was given up."""
    cpu_ns: int = 0
    rss_bytes: int | None = None
    chunks: tuple[Chunk, ...] = ()
    dropped_bytes: int = 0
    trace: Trace | None = None
    """What its lanes did; None for programs other than Python, and where that was not asked for."""
    samples: Samples | None = None
    """What its threads got of the cores; None where the kernel does not tell."""
    folder: Path
    """The folder it ran in, gone by now: paths of it can stand in the output."""

    @property
    def queued_ns(self) -> int | None:
        """How long its threads were ready and waited for a core, in all and with start-up; None where not known."""
        return None if self.samples is None else self.samples.queued_ns

    @property
    def disturbance_ns(self) -> int:
        """For how long at most, since time zero, others kept its threads from the cores; 0 where that is not known."""
        return 0 if self.samples is None else self.samples.disturbance_ns(self.counted_from_ns)

    @property
    def is_disturbed(self) -> bool:
        """Whether others kept its threads from the cores for a noticeable part of the time since time zero."""
        return self.samples is not None and self.samples.is_disturbed(self.counted_from_ns, self.ended_ns)

    @property
    def counted_from_ns(self) -> int:
        """Time zero, or the start where that is not known."""
        return self.started_ns if self.zero_ns is None else self.zero_ns

    @property
    def home(self) -> Path:
        """What HOME was, beside the folder."""
        return self.folder.parent / "home"

    @property
    def probe(self) -> Path:
        """Where Python programs found the probe, beside the folder."""
        return self.folder.parent / PROBE_LINK

    @property
    def temporary(self) -> Path:
        """What TMPDIR was, beside the folder."""
        return self.folder.parent / "tmp"
