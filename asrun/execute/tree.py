"""A program with all its descendants: counting them, ending them, and adding up what they used."""

# ruff: noqa: PTH123, PTH208, SIM105
# Light imports only, for the reason given in asrun.execute.supervisor.
from __future__ import annotations

import os
import time

from asrun.execute.start import RU_MAXRSS_BYTES, Start, cpu_time_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
else:
    import _signal as signal

FLOOR_SLACK = 512 * 1024
"""Bytes by which a peak must be above the inherited one to be called the program's own: the kernel counts coarsely."""


def descendants() -> list[int]:
    """All processes below this one, zombies included; none without /proc/<pid>/task/<tid>/children, proc(5)."""
    found = [os.getpid()]
    for pid in found:
        try:
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/children", "rb", buffering=0) as children:
                    found.extend(map(int, children.readall().split()))
        except OSError:
            continue
    return found[1:]


def peak_memory(pid: int) -> int:
    """The peak resident memory of a living process so far, in bytes; 0 where it cannot be read."""
    try:
        with open(f"/proc/{pid}/status", "rb", buffering=0) as status:
            return int(status.readall().partition(b"\nVmHWM:")[2].split(None, 1)[0]) * 1024
    except (OSError, IndexError):
        return 0


def send_signal(pid: int, number: int) -> None:
    """Send a signal to a process that may have gone."""
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


class Tree:
    """A program and its descendants: what has ended of them, and what they used."""

    def __init__(self, start: Start) -> None:
        self.main = start.pid
        self.status: int | None = None
        self.ended_ns = start.at_ns
        self._seen_end_ns = 0
        self.count = 1
        self.cpu_ns = -start.cpu_ns
        self._peak = 0
        self._hidden_below = start.peak + FLOOR_SLACK
        self._seen_peak = 0
        self._is_steady = False

    def has_ended(self) -> bool:
        """Whether the main process has ended and was not taken up yet: the kernel still tells of it."""
        if self.status is not None or not hasattr(os, "waitid"):
            return False
        if os.waitid(os.P_PID, self.main, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return False
        self._seen_end_ns = time.monotonic_ns()
        return True

    def reap(self) -> bool:
        """Take up everything that has ended. False when there is no process left at all."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self.main:
                self.ended_ns = self._seen_end_ns or time.monotonic_ns()
                self.status = os.waitstatus_to_exitcode(status)
            self.cpu_ns += cpu_time_ns(usage)
            self._peak = max(self._peak, usage.ru_maxrss * RU_MAXRSS_BYTES)

    def look(self) -> None:
        """Count the processes, and note their peak memory as long as it is hidden by the inherited one."""
        pids = descendants()
        self.count = len(pids)
        if self._seen_peak <= self._hidden_below:
            peak = max([self._seen_peak, *map(peak_memory, pids)])
            self._is_steady, self._seen_peak = peak == self._seen_peak, peak

    def rss_bytes(self) -> int | None:
        """The peak memory of the largest process.

        One that is hidden by what the program inherited is told as it was seen from outside if it was the same at the
        last two looks; else it is not known: None.
        """
        if self._peak > self._hidden_below:
            return self._peak
        return self._seen_peak if self._is_steady else None

    def end(self) -> None:
        """End every process, also those that fork faster than they can be killed one by one.

        First the process group, as one; then those that left it, all of which are stopped before the first is killed,
        in rounds until a round finds no new one.
        """
        send_signal(-self.main, signal.SIGKILL)
        pause = 0.0005
        while self.reap():
            stopped: set[int] = set()
            while fresh := set(descendants()) - stopped:
                for pid in fresh:
                    send_signal(pid, signal.SIGSTOP)
                stopped |= fresh
            for pid in stopped:
                send_signal(pid, signal.SIGKILL)
            time.sleep(pause)
            pause = min(pause * 2, 0.02)
