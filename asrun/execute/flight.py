"""One run in flight: its streams, its deadline and its supervisor, watched until nothing of it is left."""

from __future__ import annotations

import math
import os
import select
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

from asrun.execute.capture import Capture, StreamReader
from asrun.execute.control import PATIENCE_S, SupervisorGone, SupervisorProcess
from asrun.execute.environment import TRACE_FOLDER, child_environment, place_probe
from asrun.execute.feed import Feed
from asrun.execute.request import Outcome, Request
from asrun.execute.trace import read_trace
from asrun.lanes import Trace
from asrun.recording import Ended
from asrun.samples import Samples, read_samples

_PATIENCE_NS = round(PATIENCE_S * 1e9)


class Interrupted(KeyboardInterrupt):
    """The executor was told to end everything, before this run or while it was in flight."""


class Flight:
    """One run: `watch` it, once, then ask for its outcome."""

    def __init__(self, base: Path, request: Request, supervisor: SupervisorProcess) -> None:
        self.pid: int | None = None
        """The main process, once it has started."""
        self._folder = base / "work"
        self._zero_file = base / "zero"
        self._base = base
        self._request = request
        self._supervisor = supervisor
        self._capture = Capture(request.output_limit_bytes)
        self._started_ns = time.monotonic_ns()
        self._give_up_ns = self._started_ns + _PATIENCE_NS
        """When to stop waiting for something that depends on the supervisor alone."""
        self._deadline_ns: int | None = None
        """When to order the end; None while the program has not started, and after the order."""
        self._final: dict[str, Any] | None = None
        self._own_ns = 0
        """The processor time that watching took."""
        self._poll = select.poll()
        self._handlers: dict[int, Callable[[], object]] = {}

    def watch(self, interrupt_fd: int) -> None:
        """Start the program and read what it prints until all its processes are gone.

        Raises Interrupted as soon as `interrupt_fd` is readable, and SupervisorGone; the supervisor has to be closed
        then.
        """
        with ExitStack() as stack:
            with ExitStack() as until_passed:
                feed = stack.enter_context(closing(Feed(self._request.stdin)))
                until_passed.callback(os.close, feed.theirs)
                tell_writers = self._request.is_python and not _opens_streams_again(self._request)
                stdout = stack.enter_context(closing(StreamReader("stdout", tell_writers=tell_writers)))
                until_passed.callback(os.close, stdout.theirs)
                stderr = stack.enter_context(closing(StreamReader("stderr", tell_writers=tell_writers)))
                until_passed.callback(os.close, stderr.theirs)
                self._start(feed.theirs, stdout.theirs, stderr.theirs)
            self._handle(interrupt_fd, select.POLLIN, self._interrupt)
            self._handle(self._supervisor.fileno(), select.POLLIN, self._hear)
            self._handle(stdout.fd, select.POLLIN, partial(self._read, stdout))
            self._handle(stderr.fd, select.POLLIN, partial(self._read, stderr))
            self._handle(feed.fd, select.POLLOUT, partial(self._write, feed))
            own_ns = time.thread_time_ns()
            while self._final is None:
                for fd, _ in self._poll.poll(self._pause_ms()):
                    self._handlers[fd]()
            self._own_ns = time.thread_time_ns() - own_ns
            self._drain(stdout, stderr)

    def outcome(self) -> Outcome:
        """What happened, after `watch` has returned."""
        assert self._final is not None
        zero_ns = self._read_zero(self._final["ended_ns"]) if self._request.is_python else None
        return self._outcome(
            self._how_it_ended(self._final),
            ended_ns=self._final["ended_ns"],
            zero_ns=zero_ns,
            cpu_ns=self._final.get("cpu_ns", 0),
            rss_bytes=self._final.get("rss_bytes"),
            trace=self._read_trace(zero_ns, self._final["ended_ns"]),
            samples=self._read_samples(self._final),
        )

    def outcome_without_supervisor(self, reason: str) -> Outcome:
        """What is known when the supervisor was lost, which ends the program: all but what it used."""
        is_late = self.pid is not None and self._deadline_ns is None
        ended = Ended("timeout") if is_late else Ended("signal", signal="SIGKILL", reason=reason)
        return self._outcome(ended, ended_ns=time.monotonic_ns())

    def _outcome(self, ended: Ended, ended_ns: int, **measured: Any) -> Outcome:
        return Outcome(
            ended=ended,
            started_ns=self._started_ns,
            ended_ns=ended_ns,
            chunks=tuple(self._capture.chunks),
            dropped_bytes=self._capture.dropped_bytes,
            folder=self._folder,
            **measured,
        )

    def _start(self, stdin: int, stdout: int, stderr: int) -> None:
        zero_file = None
        if self._request.is_python:
            zero_file = self._zero_file
            place_probe(self._base, self._request.trace)
        run = {
            "argv": self._request.argv,
            "env": child_environment(self._base, self._request.env, zero_file),
            "cwd": str(self._folder),
            "folder": str(self._base),
            "process_limit": self._request.process_limit,
        }
        self._supervisor.start(run, (stdin, stdout, stderr))

    def _handle(self, fd: int, events: int, handler: Callable[[], object]) -> None:
        self._poll.register(fd, events)
        self._handlers[fd] = handler

    def _interrupt(self) -> None:
        raise Interrupted

    def _hear(self) -> None:
        """Take up what the supervisor says."""
        for answer in self._supervisor.answers():
            self._started_ns = answer.get("started_ns", self._started_ns)
            if "pid" in answer:
                self.pid = answer["pid"]
                self._deadline_ns = self._started_ns + self._request.timeout_ns
            else:
                self._final = answer

    def _read(self, reader: StreamReader) -> None:
        self._capture.read(reader)
        if reader.ended:
            self._poll.unregister(reader.fd)

    def _write(self, feed: Feed) -> None:
        feed.write()
        if feed.ended:
            self._poll.unregister(feed.fd)

    def _pause_ms(self) -> int:
        """How long to wait for the next event; orders the end when the deadline is reached.

        Raises SupervisorGone when the supervisor has been silent for too long.
        """
        now_ns = time.monotonic_ns()
        if self._deadline_ns is not None and now_ns >= self._deadline_ns:
            self._supervisor.order_end()
            self._deadline_ns, self._give_up_ns = None, now_ns + _PATIENCE_NS
        until_ns = self._give_up_ns if self._deadline_ns is None else self._deadline_ns
        if now_ns >= until_ns:
            raise SupervisorGone("the process that supervised it did not answer")
        return math.ceil((until_ns - now_ns) / 1e6)

    def _drain(self, *readers: StreamReader) -> None:
        """Read what is still in the streams. No process of the run is left, so that nothing more is coming."""
        give_up_ns = time.monotonic_ns() + _PATIENCE_NS
        for reader in readers:
            while not reader.ended and self._capture.read(reader) and time.monotonic_ns() < give_up_ns:
                pass

    def _read_zero(self, ended_ns: int) -> int | None:
        """The child's own stamp of its first line, if it made one that can be true."""
        with suppress(OSError, ValueError, IndexError):
            zero_ns = int(self._zero_file.read_bytes().split()[0])
            if self._started_ns <= zero_ns <= ended_ns:
                return zero_ns
        return None

    def _read_trace(self, zero_ns: int | None, ended_ns: int) -> Trace | None:
        if not self._request.is_python or self._request.trace == "none" or self.pid is None:
            return None
        return read_trace(self._base / TRACE_FOLDER, self.pid, zero_ns or self._started_ns, ended_ns)

    def _read_samples(self, final: dict[str, Any]) -> Samples | None:
        told = final.get("samples")
        if told is None:
            return None
        return read_samples(told, began_ns=self._started_ns, cpu_ns=final["cpu_ns"], reading_ns=self._own_ns)

    def _how_it_ended(self, final: dict[str, Any]) -> Ended:
        if "never" in final:
            return Ended("never ran", reason=final["never"])
        if final["why"] == "order":
            return Ended("timeout")
        if final["why"] == "limit":
            reason = f"more than {self._request.process_limit} processes at once"
            return Ended("signal", signal="SIGKILL", reason=reason)
        status = final["status"]
        return Ended("exit", status=status) if status >= 0 else Ended("signal", signal=_signal_name(-status))


def _signal_name(number: int) -> str:
    """`SIGKILL` for 9; real-time signals have names relative to the first one."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIGRTMIN+{number - signal.SIGRTMIN}"


_BY_NAME = (b"/dev/stdout", b"/dev/stderr", b"/dev/fd/", b"/proc/self/fd")


def _opens_streams_again(request: Request) -> bool:
    """Whether the program names its streams as files: they can be opened again only where they are pipes."""
    texts = (*(word.encode() for word in request.argv), *(file.content for file in request.files))
    return any(name in text for name in _BY_NAME for text in texts)
