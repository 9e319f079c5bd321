"""The supervisor: a small process that starts one program at a time and leaves nothing of it behind.

It is a program of its own, reused from run to run, because AsRun itself is the wrong parent: descendants that leave
their session would escape it, and a program's peak memory (ru_maxrss, getrusage(2)) is never less than what the
process that starts it occupies. The supervisor is a "child subreaper" (prctl(2), PR_SET_CHILD_SUBREAPER): every
orphan among its descendants becomes its child, so that it can wait for all of them and add up what they used.

It is asked through its standard input, a Unix socket, in messages as `asrun.execute.wire` packs them:

    {"run": {argv, env, cwd, folder, process_limit}}   with the three standard streams beside it (SCM_RIGHTS)
    {"end": True}                                      end the program now

and answers there:

    {"started_ns", "pid"}  and at the end  {"ended_ns", "status", "cpu_ns", "rss_bytes", "why"}, or only
    {"started_ns", "ended_ns", "never": the reason why the program could not be started}

`why` is None where the program ended by itself, "order" where it was ended by order, "limit" where it had too many
processes. At the end of the program, for whichever cause, its descendants are ended too, before the last answer. When
the socket is closed, be it that AsRun was killed, the program is ended and its folder removed.

Without subreapers and /proc only the program's process group can be ended.
"""

# ruff: noqa: PTH110, PTH113, PTH123, PTH208, SIM105
# No pathlib and contextlib, nor typing, json and the Python halves of signal and socket: they would double the memory
# that is private to this process, and with it the smallest peak that can be told of a program.
from __future__ import annotations

import ctypes
import gc
import os
import resource
import select
import sys
import time

from asrun.execute.wire import pack, unpack

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    import socket
    from typing import Any, NoReturn
else:
    import _signal as signal
    import _socket as socket

PR_SET_CHILD_SUBREAPER = 36
RU_MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024
"""The unit of ru_maxrss, getrusage(2), in bytes."""
FLOOR_SLACK = 512 * 1024
"""Bytes by which a peak must be above the inherited one to be called the program's own: the kernel counts coarsely."""

FIRST_LOOK_S, USUAL_LOOK_S, SOONEST_LOOK_S = 0.01, 0.1, 0.005
"""When the processes are first counted, how often then, and how often at most, in seconds."""
SHARE_OF_LOOKING = 0.02
"""How much of one core the counting may take while the number of processes is not growing."""


def become_subreaper() -> None:
    """Make orphans among the descendants children of this process, where the system can (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


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


def cpu_time_ns(usage: resource.struct_rusage) -> int:
    """User and system time together, in nanoseconds."""
    return round((usage.ru_utime + usage.ru_stime) * 1e9)


def send_signal(pid: int, number: int) -> None:
    """Send a signal to a process that may have gone."""
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


class Start:
    """How a program started, as the process that became it reported just before."""

    def __init__(self, pid: int, report: bytes) -> None:
        self.pid = pid
        before, _, reason = report.partition(b"\n")
        self.reason = reason.decode(errors="replace")
        """Why it did not start; empty if it did."""
        figures = map(int, before.split()) if before else (time.monotonic_ns(), 0, 0)
        self.at_ns, self.cpu_ns, self.peak = figures
        """When it did; the processor time and the peak memory in bytes up to then, which are not the program's own."""


def start_program(run: dict[str, Any], streams: list[int]) -> Start:
    """Start a program in a session of its own; returns when it has taken the place of the forked process, or failed."""
    report_read, report_write = os.pipe()
    pid = os.fork()
    if pid == 0:
        become_program(run, streams, report_write)
    os.close(report_write)
    with open(report_read, "rb", buffering=0) as report:
        return Start(pid, report.readall())


def become_program(run: dict[str, Any], streams: list[int], report: int) -> NoReturn:
    """In the forked process: set everything up and let the program take its place. Never returns.

    Into `report`, which that closes, goes a line of figures (see Start), empty if it came not that far, and then why it
    failed.
    """
    line = b"\n"
    try:
        os.setsid()
        os.umask(0o022)
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        for standard, fd in enumerate(streams):
            os.dup2(fd, standard)
        os.chdir(run["cwd"])
        program = find_program(run["argv"][0], run["env"].get("PATH", ""))
        usage = resource.getrusage(resource.RUSAGE_SELF)
        figures = time.monotonic_ns(), cpu_time_ns(usage), usage.ru_maxrss * RU_MAXRSS_BYTES
        os.write(report, b"%d %d %d\n" % figures)
        line = b""
        os.execve(program, run["argv"], run["env"])
    except BaseException as error:
        os.write(report, line + why_not(error, run["argv"][0]).encode(errors="replace"))
    finally:
        os._exit(127)


def find_program(name: str, path: str) -> str:
    """Where a program is: a name with a slash as it stands, any other on `path`. Raises FileNotFoundError."""
    if "/" in name:
        return name
    for folder in filter(None, path.split(os.pathsep)):
        candidate = f"{folder}/{name}"
        if os.path.isfile(candidate) and os.access(candidate, os.X_OK):
            return candidate
    raise FileNotFoundError


def why_not(error: BaseException, name: str) -> str:
    """Why a program was not started, for the author."""
    if not isinstance(error, OSError):
        return f"{name}: {error}"
    if not isinstance(error, FileNotFoundError):
        return f"{name}: {error.strerror}"
    if "/" not in name:
        return f"{name}: no such program on the PATH"
    return f"{name}: {'its interpreter is not there' if os.path.exists(name) else 'no such file'}"


class Tree:
    """A program and its descendants: what has ended of them, and what they used."""

    def __init__(self, start: Start) -> None:
        self.main = start.pid
        self.status: int | None = None
        self.ended_ns = start.at_ns
        self.count = 1
        self.cpu_ns = -start.cpu_ns
        self._peak = 0
        self._hidden_below = start.peak + FLOOR_SLACK
        self._seen_peak = 0
        self._is_steady = False

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
                self.ended_ns = time.monotonic_ns()
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

        All are stopped before the first is killed, in rounds, until a round finds no new one.
        """
        pause = 0.0005
        while self.reap():
            stopped: set[int] = set()
            while fresh := set(descendants()) - stopped:
                for pid in fresh:
                    send_signal(pid, signal.SIGSTOP)
                stopped |= fresh
            for pid in stopped or [-self.main]:
                send_signal(pid, signal.SIGKILL)
            time.sleep(pause)
            pause = min(pause * 2, 0.02)


class Supervisor:
    """The control socket, and the program that runs at the moment."""

    def __init__(self) -> None:
        self.control = socket.socket(fileno=0)
        self.received = bytearray()
        self.streams: list[int] = []
        self.woken, wakes = os.pipe()
        os.set_blocking(self.woken, False)
        os.set_blocking(wakes, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Run one program after the other until the control socket is closed."""
        while (message := self.receive()) is not None:
            if "run" in message:
                streams, self.streams = self.streams, []
                if not self.run(message["run"], streams):
                    return

    def receive(self) -> dict[str, Any] | None:
        """The next message, waiting for it; None when the other side is gone."""
        while (message := unpack(self.received)) is None:
            try:
                data, ancillary, _, _ = self.control.recvmsg(65536, socket.CMSG_SPACE(12))
            except ConnectionError:
                return None
            if not data:
                return None
            self.received += data
            for _, _, fds in ancillary:
                self.streams += [int.from_bytes(fds[at : at + 4], sys.byteorder) for at in range(0, len(fds), 4)]
            for fd in self.streams:  # else the program would find each of its streams twice
                os.set_inheritable(fd, False)
        return message

    def send(self, **answer: object) -> None:
        """Send an answer. Where nobody is there to take it, the next `receive` tells."""
        try:
            self.control.sendall(pack(answer))
        except ConnectionError:
            pass

    def run(self, run: dict[str, Any], streams: list[int]) -> bool:
        """Run one program to its end and answer. False when the control socket was closed meanwhile."""
        try:
            start = start_program(run, streams)
        except OSError as error:
            now_ns = time.monotonic_ns()
            self.send(never=f"no process could be made: {error.strerror}", started_ns=now_ns, ended_ns=now_ns)
            return True
        finally:
            for fd in streams:
                os.close(fd)
        if start.reason:
            os.waitpid(start.pid, 0)
            self.send(never=start.reason, started_ns=start.at_ns, ended_ns=time.monotonic_ns())
            return True
        self.send(started_ns=start.at_ns, pid=start.pid)
        tree = Tree(start)
        why, is_alive = self.watch(tree, run["process_limit"])
        tree.end()
        if not is_alive:
            remove_folder(run["folder"])
            return False
        rss_bytes = tree.rss_bytes()
        self.send(ended_ns=tree.ended_ns, status=tree.status, cpu_ns=tree.cpu_ns, rss_bytes=rss_bytes, why=why)
        return True

    def watch(self, tree: Tree, limit: int) -> tuple[str | None, bool]:
        """Wait until the main process has ended or has to: why it has to, and whether AsRun is still there."""
        events = select.poll()
        events.register(self.control, select.POLLIN)
        events.register(self.woken, select.POLLIN)
        pause = FIRST_LOOK_S
        next_look = time.monotonic() + pause
        while True:
            tree.reap()
            if tree.status is not None:
                return None, True
            ready = dict(events.poll(max(0.0, next_look - time.monotonic()) * 1000))
            if self.woken in ready:
                os.read(self.woken, 65536)
            if self.control.fileno() in ready:
                message = self.receive()
                tree.reap()
                return "order" if tree.status is None else None, message is not None
            if (now := time.monotonic()) >= next_look:
                before = tree.count
                tree.look()
                if tree.count > limit:
                    return "limit", True
                cost, growth = time.monotonic() - now, tree.count - before
                pause = next_pause(pause, cost, growth, limit - tree.count)
                next_look = now + cost + pause


def next_pause(pause: float, cost: float, growth: int, headroom: int) -> float:
    """Seconds until the processes are counted again, after a count that took `cost` seconds.

    While their number grows: half the time until the limit is reached at this rate. Else less and less often, and so
    seldom that the counting does not disturb what is measured.
    """
    if growth > 0:
        return max(SOONEST_LOOK_S, min(USUAL_LOOK_S, pause * headroom / growth / 2))
    return max(min(pause * 2, USUAL_LOOK_S), cost / SHARE_OF_LOOKING)


def remove_folder(folder: str) -> None:
    """Remove a run's folder, now that AsRun cannot; imported here, since it is hardly ever needed."""
    from asrun.execute.folder import remove_tree

    remove_tree(folder)


def main() -> NoReturn:
    """Serve on standard input until it is closed."""
    gc.disable()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.closerange(3, 4096)
    become_subreaper()
    Supervisor().serve()
    os._exit(0)
