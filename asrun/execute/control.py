"""AsRun's side of a supervisor: starting one, asking it, and ending it for good."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from asrun.execute.wire import pack, unpack

PATIENCE_S = 30.0
"""How long a supervisor may take over anything that depends on it alone, in seconds."""

_PACKAGE_PARENT = Path(__file__).parents[2]
_PROGRAM = "import sys; sys.path.append(sys.argv[1]); from asrun.execute.supervisor import main; main()"


class SupervisorGone(RuntimeError):
    """A supervisor has ended or does not answer any more, which only somebody else's signal can bring about."""

    def __init__(self, message: str = "the process that supervised it was killed") -> None:
        super().__init__(message)


class SupervisorProcess:
    """A running supervisor; one run at a time. The protocol is described in `asrun.execute.supervisor`."""

    def __init__(self) -> None:
        interpreter = getattr(sys, "_base_executable", None) or sys.executable
        self._control, theirs = socket.socketpair()
        self._control.settimeout(PATIENCE_S)
        self._received = bytearray()
        with theirs:
            self._pid = os.posix_spawn(
                interpreter,
                [interpreter, "-I", "-S", "-E", "-c", _PROGRAM, str(_PACKAGE_PARENT)],
                {},
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, theirs.fileno(), 0),
                    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                ],
                setsid=True,
                setsigmask=[],
                setsigdef=signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP},
            )

    @property
    def pid(self) -> int:
        """Its process number: what it runs is below it."""
        return self._pid

    def fileno(self) -> int:
        """The control socket, to wait for answers on."""
        return self._control.fileno()

    def start(self, run: dict[str, Any], streams: tuple[int, int, int]) -> None:
        """Ask for a run with these standard streams. Raises SupervisorGone."""
        request = pack({"run": run})
        try:
            sent = socket.send_fds(self._control, [request], streams)
            self._control.sendall(request[sent:])
        except OSError as error:
            raise SupervisorGone from error

    def order_end(self) -> None:
        """Ask for the end of the run. If the supervisor is gone, the next `answers` tells."""
        with suppress(OSError):
            self._control.sendall(pack({"end": True}))

    def answers(self) -> list[dict[str, Any]]:
        """The answers that have arrived since; waits for some. Raises SupervisorGone."""
        try:
            data = self._control.recv(65536)
        except OSError as error:
            raise SupervisorGone from error
        if not data:
            raise SupervisorGone
        self._received += data
        return list(iter(lambda: unpack(self._received), None))

    def close(self) -> bool:
        """End the supervisor and with it what it runs. False when it had to be killed, or had been, and left something.

        It ends by itself, after all it has to clear away, when its control socket is closed.
        """
        self._control.close()
        give_up = time.monotonic() + PATIENCE_S
        pause = 0.0005
        while time.monotonic() < give_up:
            try:
                pid, status = os.waitpid(self._pid, os.WNOHANG)
            except ChildProcessError:
                return True
            if pid:
                return status == 0
            time.sleep(pause)
            pause = min(pause * 2, 0.02)
        with suppress(OSError):
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        return False


def end_strays(base: Path, main: int | None) -> None:
    """End what is left of a run whose supervisor is no more: its session, and all whose environment names its folder.

    This is the second net: it cannot see a process that left the session and emptied its environment.
    """
    mark = os.fsencode(base)
    for _ in range(200):
        strays = [pid for pid in _processes() if _session(pid) == main or mark in _read(pid, "environ")]
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in strays:
                with suppress(OSError):
                    os.kill(pid, number)
        if not strays:
            return
        time.sleep(0.002)


def _processes() -> list[int]:
    """Every process but this one; none where there is no /proc."""
    with suppress(OSError):
        return [int(path.name) for path in Path("/proc").glob("[1-9]*") if int(path.name) != os.getpid()]
    return []


def _read(pid: int, name: str) -> bytes:
    with suppress(OSError):
        return Path("/proc", str(pid), name).read_bytes()
    return b""


def _session(pid: int) -> int:
    """The session of a living process, proc(5); -1 for others."""
    fields = _read(pid, "stat").rpartition(b")")[2].split()
    return int(fields[3]) if len(fields) > 3 and fields[0] != b"Z" else -1
