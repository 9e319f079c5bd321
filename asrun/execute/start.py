"""Starting a program: the last steps of a forked process before it becomes the program."""

# ruff: noqa: PTH110, PTH113, PTH123
# Light imports only, for the reason given in asrun.execute.supervisor.
from __future__ import annotations

import os
import resource
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from typing import Any, NoReturn
else:
    import _signal as signal

RU_MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024
"""The unit of ru_maxrss, getrusage(2), in bytes."""


def cpu_time_ns(usage: resource.struct_rusage) -> int:
    """User and system time together, in nanoseconds."""
    return round((usage.ru_utime + usage.ru_stime) * 1e9)


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
