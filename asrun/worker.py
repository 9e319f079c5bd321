"""What a worker of a Dask cluster does for AsRun: tell what it has, take runs, one at a time, and end them by order.

These functions are called by name on other machines. What goes there and back are encoded structs.
"""

from __future__ import annotations

import threading
from typing import Any

import msgspec

from asrun import __version__
from asrun.durations import Duration
from asrun.execute.runner import Executor, Interrupted
from asrun.inputs import PROBE_VERSION
from asrun.interpreters import InterpreterMissing, find_interpreter
from asrun.plan import Job
from asrun.progress import PlainProgress
from asrun.recording import VERSION, encode_recording
from asrun.take import take

_SILENT = -9

_alone = threading.Lock()
"""Held while a run is in flight: a worker with several threads must not disturb its own runs."""

_in_flight: dict[str, set[Executor]] = {}
"""What runs on behalf of each build."""

_ended: set[str] = set()
"""The builds that were interrupted."""


def encode_job(job: Job) -> bytes:
    """A job, to be sent."""
    return msgspec.msgpack.encode(job, enc_hook=float)  # durations, which are numbers of seconds


def decode_job(content: bytes) -> Job:
    """A job that was sent. Raises msgspec.DecodeError."""
    return msgspec.msgpack.decode(content, type=Job, dec_hook=_decode)


def _decode(type_: type, value: Any) -> object:
    if type_ is Duration:
        return Duration(value)
    raise NotImplementedError(type_)


def kinship() -> str:
    """What must be the same at both ends, so that what is recorded there means the same here."""
    return f"AsRun {__version__}, recording format {VERSION}, probe {PROBE_VERSION}"


def missing_here(versions: list[str | None]) -> dict[str, str]:
    """Those of the versions of Python that are not on this machine, with the words for that."""
    found = {}
    for version in versions:
        try:
            find_interpreter(version)
        except InterpreterMissing as missing:
            found[str(version)] = str(missing)
    return found


def take_here(content: bytes, build: str) -> bytes:
    """Take an encoded job and return its encoded recording; nothing where the build was interrupted."""
    job = decode_job(content)
    with _alone, Executor() as executor:
        _in_flight.setdefault(build, set()).add(executor)
        try:
            if build in _ended:
                return b""
            return encode_recording(take(job, executor, PlainProgress(_SILENT)))
        except Interrupted:  # it is a KeyboardInterrupt, which would end the worker
            return b""
        finally:
            _in_flight[build].discard(executor)


def end_here(build: str) -> None:
    """End the runs of a build at once, and take no more of it."""
    _ended.add(build)
    for executor in tuple(_in_flight.get(build, ())):
        executor.interrupt()
