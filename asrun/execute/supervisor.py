"""The supervisor: a small process that starts one program at a time and leaves nothing of it behind.

It is a program of its own, reused from run to run, because AsRun itself is the wrong parent: descendants that leave
their session would escape it, and a program's peak memory (ru_maxrss, getrusage(2)) is never less than what the
process that starts it occupies. The supervisor is a "child subreaper" (prctl(2), PR_SET_CHILD_SUBREAPER): every
orphan among its descendants becomes its child, so that it can wait for all of them and add up what they used.

It is asked through its standard input, a Unix socket, in messages as `asrun.execute.wire` packs them:

    {"run": {argv, env, cwd, folder, process_limit}}   with the three standard streams beside it (SCM_RIGHTS)
    {"end": True}                                      end the program now

and answers there:

    {"started_ns", "pid"}  and at the end  {"ended_ns", "status", "cpu_ns", "rss_bytes", "why", "samples"}, or only
    {"started_ns", "ended_ns", "never": the reason why the program could not be started}

`why` is None where the program ended by itself, "order" where it was ended by order, "limit" where it had too many
processes; `samples` is what the sampler saw, None where the kernel tells nothing. At the end of the program, for
whichever cause, its descendants are ended too, before the last answer. When the socket is closed, be it that AsRun was
killed, the program is ended and its folder removed.

Without subreapers and /proc only the program's process group can be ended.
"""

# Neither this nor what it uses imports pathlib, contextlib, typing, json or the Python halves of signal and socket:
# they would double the memory that is private to this process, and with it the smallest peak that can be told.
# ruff: noqa: SIM105
from __future__ import annotations

import ctypes
import gc
import os
import select
import sys
import time

from asrun.execute.sampler import Sampler
from asrun.execute.start import start_program
from asrun.execute.tree import Tree
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
FIRST_LOOK_S, USUAL_LOOK_S, SOONEST_LOOK_S = 0.01, 0.1, 0.005
"""When the processes are first counted, how often then, and how often at most, in seconds."""
SHARE_OF_LOOKING = 0.02
"""How much of one core the counting may take while the number of processes is not growing."""


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
        sampler = Sampler()
        why, is_alive = self.watch(tree, sampler, run["process_limit"])
        tree.end()
        samples = sampler.result()
        if not is_alive:
            remove_folder(run["folder"])
            return False
        self.send(
            ended_ns=tree.ended_ns,
            status=tree.status,
            cpu_ns=tree.cpu_ns,
            rss_bytes=tree.rss_bytes(),
            why=why,
            samples=samples,
        )
        return True

    def watch(self, tree: Tree, sampler: Sampler, limit: int) -> tuple[str | None, bool]:
        """Wait until the main process has ended or has to: why it has to, and whether AsRun is still there."""
        events = select.poll()
        events.register(self.control, select.POLLIN)
        events.register(self.woken, select.POLLIN)
        pause = FIRST_LOOK_S
        next_look = time.monotonic() + pause
        next_tick = 0.0
        while True:
            if tree.has_ended():  # and still there to be looked at
                sampler.tick(last=True)
            tree.reap()
            if tree.status is not None:
                return None, True
            if (now := time.monotonic()) >= next_tick:
                next_tick = now + sampler.tick()
            ready = dict(events.poll(max(0.0, min(next_look, next_tick) - time.monotonic()) * 1000))
            if self.woken in ready:
                os.read(self.woken, 65536)
            if self.control.fileno() in ready:
                message = self.receive()
                sampler.tick(last=True)
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


def become_subreaper() -> None:
    """Make orphans among the descendants children of this process, where the system can (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def main() -> NoReturn:
    """Serve on standard input until it is closed."""
    gc.disable()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.closerange(3, 4096)
    become_subreaper()
    Supervisor().serve()
    os._exit(0)
