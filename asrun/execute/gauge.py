"""The gauge: how many cores a run in flight wants at the moment, read from outside while others wait to begin."""

from __future__ import annotations

import os
import time
from collections import deque
from contextlib import suppress

from asrun.execute.sampler import tasks

WINDOW_S = 0.05
"""Over how long the demand is measured: a scheduler's time slice is a few milliseconds."""


class Gauge:
    """Watches the processes of one run at a time. Where there is no /proc, nothing is ever known."""

    def __init__(self) -> None:
        self._root: int | None = None
        self._readings: deque[tuple[float, int]] = deque()

    def begin(self, root: int) -> None:
        """A run begins: its processes are those below the process `root`."""
        self._readings = deque()
        self._root = root

    def end(self) -> None:
        """The run has ended."""
        self._root = None

    def demand(self) -> float | None:
        """Look, and tell how many cores the run used or waited for lately; None while that is not known.

        To be called again and again, by one thread.
        """
        root, readings = self._root, self._readings
        if root is None:
            return None
        now = time.monotonic()
        wanted_ns, ready = _wanted(root)
        if wanted_ns is None:
            return None
        readings.append((now, wanted_ns))
        while len(readings) > 1 and readings[1][0] <= now - WINDOW_S:
            readings.popleft()
        began, before_ns = readings[0]
        if now - began < WINDOW_S:
            return None
        if wanted_ns < before_ns:
            return None  # what a process had that has ended since is missing from the sum
        # How long a thread waited for a core the kernel tells only when it has got one.
        return max((wanted_ns - before_ns) / 1e9 / (now - began), ready)


def _wanted(root: int) -> tuple[int | None, int]:
    """Of all threads below a process: their time on a core and ready for one, and how many are at this moment.

    The first is None where there are none.
    """
    wanted_ns, ready = None, 0
    for pid, tid in tasks(root):
        folder = f"/proc/{pid}/task/{tid}"
        with suppress(OSError, ValueError):
            cpu, queued, _ = _read(f"{folder}/schedstat").split()
            wanted_ns = (wanted_ns or 0) + int(cpu) + int(queued)
            ready += _read(f"{folder}/stat").rpartition(b") ")[2].startswith(b"R")
    return wanted_ns, ready


def _read(path: str) -> bytes:
    handle = os.open(path, os.O_RDONLY)
    try:
        return os.read(handle, 1024)
    finally:
        os.close(handle)
