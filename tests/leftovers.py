"""Showing that nothing is left: processes by a mark in their environment, zombies by who should have taken them up."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

MARK = "ASRUN_TEST_MARK"
"""The variable that a test gives to all processes of a run, to find them again wherever they went."""


def _read(pid: str, name: str) -> bytes:
    with suppress(OSError):
        return Path("/proc", pid, name).read_bytes()
    return b""


def _stat(pid: str) -> list[str]:
    """State, parent, group and session of a process, proc(5)."""
    return _read(pid, "stat").decode(errors="replace").rpartition(")")[2].split()[:4]


def _pids() -> list[str]:
    return [path.name for path in Path("/proc").iterdir() if path.name.isdecimal()]


def marked(mark: str) -> list[str]:
    """The living processes that carry a mark, as `pid: command line`."""
    wanted = f"{MARK}={mark}".encode()
    pids = [pid for pid in _pids() if wanted in _read(pid, "environ").split(b"\0")]
    return [f"{pid}: {_read(pid, 'cmdline')!r}" for pid in pids]


def children(pid: int | None = None) -> list[int]:
    """The children of a process, zombies too; of this one where none is given."""
    parent = str(pid or os.getpid())
    return [int(child) for child in _pids() if _stat(child)[1:2] == [parent]]


def gone(mark: str) -> bool:
    """Whether all processes with a mark go away by themselves within some seconds."""
    give_up = time.monotonic() + 10
    while marked(mark):
        if time.monotonic() > give_up:
            return False
        time.sleep(0.01)
    return True
