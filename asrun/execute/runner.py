"""The executor: runs programs, records what they print and when, and leaves nothing of them behind."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Self

from asrun.execute.control import SupervisorGone, SupervisorProcess, end_strays
from asrun.execute.flight import Flight, Interrupted
from asrun.execute.folder import make_folder, place_files, remove_tree
from asrun.execute.gauge import Gauge
from asrun.execute.request import Outcome, Request

__all__ = ["Executor", "Interrupted"]


class Executor:
    """Runs requests, as many at once as there are threads that call `run`. To be used in a `with` statement.

    Each run in flight has a supervisor process of its own, which then serves the next one.
    """

    def __init__(self) -> None:
        self._idle: list[SupervisorProcess] = []
        self._in_flight = 0
        self._changed = threading.Condition()
        self._interrupted = False
        self._wake = list(os.pipe())
        """A pipe whose reading end every run in flight watches; once written to, it stays readable."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, request: Request, gauge: Gauge | None = None) -> Outcome:
        """Run one request to its end, at the latest at its deadline; to be called from any thread.

        `gauge` tells meanwhile, in another thread, how many cores it wants.
        Raises ValueError for a file whose name would leave the run's folder, OSError where its folder or streams
        cannot be made, and Interrupted when `interrupt` or `close` is or was called.
        """
        with self._changed:
            if self._interrupted:
                raise Interrupted
            self._in_flight += 1
        try:
            base = make_folder()
            try:
                place_files(base / "work", request.files)
                return self._run_in(base, request, gauge or Gauge())
            finally:
                remove_tree(base)
        finally:
            with self._changed:
                self._in_flight -= 1
                self._changed.notify_all()

    def interrupt(self) -> None:
        """End all runs in flight at once, and refuse any further one. Safe in a signal handler.

        Each `run` then raises Interrupted, when nothing is left of its processes.
        """
        if not self._interrupted:
            self._interrupted = True
            os.write(self._wake[1], b"!")

    def close(self) -> None:
        """End the supervisors. Runs that are still in flight are ended as by `interrupt`, and waited for."""
        self.interrupt()
        with self._changed:
            self._changed.wait_for(lambda: self._in_flight == 0)
            idle, self._idle = self._idle, []
        for supervisor in idle:
            supervisor.close()
        while self._wake:
            os.close(self._wake.pop())

    def _run_in(self, base: Path, request: Request, gauge: Gauge) -> Outcome:
        with self._changed:
            supervisor = self._idle.pop() if self._idle else None
        supervisor = supervisor or SupervisorProcess()
        flight = Flight(base, request, supervisor)
        gauge.begin(supervisor.pid)
        try:
            flight.watch(self._wake[0])
        except BaseException as error:
            if not supervisor.close():
                end_strays(base, flight.pid)
            if isinstance(error, SupervisorGone) and flight.pid:
                return flight.outcome_without_supervisor(str(error))
            raise
        finally:
            gauge.end()
        with self._changed:
            self._idle.append(supervisor)
        return flight.outcome()
