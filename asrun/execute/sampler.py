"""The sampler: how long every thread of a program was on a core, and how long it waited for one, as the kernel tells.

It reads /proc/<pid>/task/<tid>/schedstat, proc(5): nanoseconds on a core, and nanoseconds ready and waiting for one.
Nothing is asked of the program and nothing of it stands still meanwhile. It runs in the supervisor, which has nothing
else to do during a run, so that it never delays AsRun's reading of output.

What a tick costs is held down in three ways. The files stay open, so that a thread costs one pread(2). The tasks are
listed again only when the kernel has given out a new process or thread number since (the last field of /proc/loadavg).
And a tick that was dear puts off the next one.
"""

# ruff: noqa: PTH123, PTH208
# Light imports only, for the reason given in asrun.execute.supervisor.
from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TICK_S = 0.01
"""How often threads are looked at."""
SHARE_OF_SAMPLING = 0.03
"""How much of one core that may take: with many threads the ticks are further apart."""
SHARE_OF_LISTING = 0.05
"""The same for looking for new threads, while a program makes them all the time."""
READINGS = 512
"""How many readings of a thread are kept at most; when there are as many, every other one is dropped."""
THREADS = 512
"""How many threads are looked at, at once, and how many are remembered when they have ended: of the rest of these only
their part in what the program used in all."""
MEMORY_NS = 200_000_000
"""For so long a core that was free of the program counts as the possible reason for its waiting: the kernel tells how
long a thread waited only when it has stopped waiting."""

_WORD = 8


class Sampled:
    """A thread: its open file, and its cumulative readings."""

    __slots__ = ("began", "cpu", "cpu_ns", "fd", "pid", "queued", "queued_ns", "tid")

    def __init__(self, pid: int, tid: int, fd: int, began: int) -> None:
        self.pid, self.tid, self.fd = pid, tid, fd
        self.began = began
        """The index of the first of the readings among the ticks."""
        self.cpu_ns = self.queued_ns = 0
        self.cpu, self.queued = bytearray(), bytearray()
        """Nanoseconds on a core and ready for one at each tick that is kept, eight bytes each."""

    def close(self) -> None:
        """The thread has ended."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


class Sampler:
    """Looks at the threads of all descendants of this process, at `tick`; then `result` tells what it saw."""

    def __init__(self) -> None:
        self._own_ns = time.process_time_ns()
        self._cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
        self._threads: dict[tuple[int, int], Sampled] = {}
        self._ended: list[Sampled] = []
        self._ticks = bytearray()
        self._displaced = bytearray()
        self._count = 0
        self._keep_every = 1
        self._skipped = 0
        self._began_ns = self._at_ns = time.monotonic_ns()
        self._idle_ns = idle_ns(self._cores)
        self._cpu_ns = self._queued_ns = 0
        self._displaced_ns = 0
        self._free_ns = 0
        self._last_number = b""
        self._next_listing_ns = 0
        try:
            self._loadavg = os.open("/proc/loadavg", os.O_RDONLY)
        except OSError:
            self._loadavg = -1

    def tick(self, *, last: bool = False) -> float:
        """Look at every thread; returns after how many seconds to look again. The last reading is always kept."""
        if self._loadavg < 0:
            return 3600.0
        before_ns = time.process_time_ns()
        now_ns = time.monotonic_ns()
        number = os.pread(self._loadavg, 128, 0).rpartition(b" ")[2]
        if number != self._last_number and (last or now_ns >= self._next_listing_ns):
            self._last_number = number
            self._list()
            self._next_listing_ns = now_ns + round((time.process_time_ns() - before_ns) / SHARE_OF_LISTING)
        self._skipped += 1
        is_kept = last or self._skipped >= self._keep_every
        cpu_ns, queued_ns = self._cpu_ns, self._queued_ns
        gone = [sampled for sampled in self._threads.values() if not self._read(sampled, is_kept)]
        for sampled in gone:
            sampled.close()
            del self._threads[sampled.pid, sampled.tid]
            if len(self._ended) < THREADS:
                self._ended.append(sampled)
        self._blame(now_ns, self._cpu_ns - cpu_ns, self._queued_ns - queued_ns)
        if is_kept:
            self._keep(now_ns)
        return max(TICK_S, (time.process_time_ns() - before_ns) / 1e9 / SHARE_OF_SAMPLING)

    def _read(self, sampled: Sampled, is_kept: bool) -> bool:
        """Take a reading. False when the thread is gone."""
        try:
            cpu, queued, _ = os.pread(sampled.fd, 64, 0).split()
        except (OSError, ValueError):
            return False
        cpu_ns, queued_ns = int(cpu), int(queued)
        self._cpu_ns += cpu_ns - sampled.cpu_ns
        self._queued_ns += queued_ns - sampled.queued_ns
        sampled.cpu_ns, sampled.queued_ns = cpu_ns, queued_ns
        if is_kept:
            sampled.cpu += cpu_ns.to_bytes(_WORD, "little")
            sampled.queued += queued_ns.to_bytes(_WORD, "little")
        return True

    def _blame(self, now_ns: int, cpu_ns: int, queued_ns: int) -> None:
        """Count of the waiting what the program cannot have caused itself.

        Where one of its threads waits, each core is taken by the program or by somebody else. So of its waiting no more
        is due to others than there were cores that it did not use: with four busy threads on two cores nothing.
        """
        passed_ns = now_ns - self._at_ns
        self._at_ns = now_ns
        cores = len(self._cores)
        self._free_ns = max(0, min(self._free_ns + cores * passed_ns - cpu_ns, cores * MEMORY_NS))
        displaced_ns = min(queued_ns, self._free_ns)
        self._free_ns -= displaced_ns
        self._displaced_ns += displaced_ns

    def _keep(self, now_ns: int) -> None:
        self._skipped = 0
        self._count += 1
        self._ticks += now_ns.to_bytes(_WORD, "little")
        self._displaced += self._displaced_ns.to_bytes(_WORD, "little")
        if self._count < READINGS:
            return
        self._keep_every *= 2
        self._count = (self._count + 1) // 2
        self._ticks, self._displaced = every_other(self._ticks, 0), every_other(self._displaced, 0)
        for sampled in (*self._threads.values(), *self._ended):
            odd = sampled.began % 2
            sampled.cpu, sampled.queued = every_other(sampled.cpu, odd), every_other(sampled.queued, odd)
            sampled.began = (sampled.began + 1) // 2

    def _list(self) -> None:
        """Find the threads of all descendants, and open what is new."""
        for pid, tid in tasks(os.getpid()):
            if (pid, tid) in self._threads or len(self._threads) >= THREADS:
                continue
            try:
                fd = os.open(f"/proc/{pid}/task/{tid}/schedstat", os.O_RDONLY)
            except OSError:
                continue
            self._threads[pid, tid] = Sampled(pid, tid, fd, self._count)

    def result(self) -> dict[str, Any] | None:
        """What was seen, in plain values, for `asrun.samples.read_samples`. None where the kernel does not tell."""
        threads = [*self._ended, *self._threads.values()]
        for sampled in threads:
            sampled.close()
        if self._loadavg >= 0:
            os.close(self._loadavg)
        if not threads:
            return None
        busy_ns = None
        if self._idle_ns is not None and (idle := idle_ns(self._cores)) is not None:
            cores = len(self._cores)
            busy_ns = cores * (time.monotonic_ns() - self._began_ns) - (idle - self._idle_ns)
            busy_ns += cores * clock_tick_ns()  # by which it can be too little
        return {
            "ticks": bytes(self._ticks),
            "displaced": bytes(self._displaced),
            "queued_ns": self._queued_ns,
            "busy_ns": busy_ns,
            "own_ns": time.process_time_ns() - self._own_ns,
            "threads": [
                (one.pid, one.tid, one.cpu_ns, one.queued_ns, one.began, bytes(one.cpu), bytes(one.queued))
                for one in threads
            ],
        }


def every_other(readings: bytearray, first: int) -> bytearray:
    """Every other reading, from the one at index `first`."""
    return bytearray(memoryview(readings).cast("Q")[first::2].tobytes())


def tasks(root: int) -> list[tuple[int, int]]:
    """The process and thread numbers of all threads of all processes below a process, as proc(5) lists them."""
    processes = [root]
    found = []
    for pid in processes:
        for tid in threads(pid):
            try:
                with open(f"/proc/{pid}/task/{tid}/children", "rb", buffering=0) as children:
                    processes.extend(map(int, children.readall().split()))
            except OSError:
                continue
            if pid != root:
                found.append((pid, int(tid)))
    return found


def threads(pid: int) -> list[str]:
    """The thread numbers of a process; none when it is gone."""
    try:
        return os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []


def idle_ns(cores: set[int]) -> int | None:
    """How long these cores have been idle since the machine was started, in all, proc(5); coarse, to a clock tick."""
    wanted = {b"cpu%d" % core for core in cores}
    try:
        with open("/proc/stat", "rb", buffering=0) as stat:
            lines = [line.split() for line in stat.readall().splitlines() if line.startswith(b"cpu")]
    except OSError:
        return None
    return sum((int(line[4]) + int(line[5])) * clock_tick_ns() for line in lines if line[0] in wanted)


def clock_tick_ns() -> int:
    """The unit in which the kernel tells how long cores were idle."""
    return 1_000_000_000 // os.sysconf("SC_CLK_TCK")
