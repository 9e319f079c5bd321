"""Reading the probe's file of one process; its format is described in `asrun/probe/_asrun/journal.py`."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

_VERSION = 1
_MAGIC = 0x4E5552534120_0A
_MARK = 0xA5C3
_HEAD = struct.Struct("<512q")
_RECORD = struct.Struct("<qqIHHIBBH")
_PIECE = struct.Struct("<20sIHHBBH")
_PART_BYTES = 20
_BLOCK_BYTES = 1 << 16
"""As much without any record is the end: holes are only as long as there are threads that were killed."""
_SLOTS_AT = 16
_MOST_RECORDS = 1 << 20
_LANE, _STEP, _END, _WAIT, _WAITED, _WRITE, _PIECE_OF_TEXT, _NAME, _ITEM, _ITEMS_END = range(1, 11)
_PROCESS, _RENAMED, _NATIVE, _CALLED = range(11, 15)


class Begun(NamedTuple):
    """The begin of a lane."""

    at_ns: int
    kind: int
    name: str
    function: str | None
    parent: int
    thread: int


class Place(NamedTuple):
    """Where a lane waits, and what for."""

    file: str | None
    line: int | None
    on: str | None


class Step(msgspec.Struct, frozen=True, gc=False):
    """A step of a task or of a generator, and where it was suspended at its end."""

    begin_ns: int
    end_ns: int
    place: Place


class Written(NamedTuple):
    """A write to a standard stream."""

    at_ns: int
    lane: int
    stream: int
    place: Place
    text: str
    length: int


class Journal:
    """What one process noted: lanes by its own numbers, and the times of its own clock."""

    def __init__(self, head: tuple[int, ...]) -> None:
        self.pid, self.parent_pid, self.began_ns = head[2:5]
        self.ended_ns = head[5] or None
        self.dropped = head[6] + head[7]
        self.fault: str | None = None
        """Why not all is known of the process."""
        self.last_ns = self.began_ns
        self.name = ""
        """Empty where it is a fork of another that gave it no name."""
        self.function: str | None = None
        self.lanes: dict[int, Begun] = {}
        self.native_ids: dict[int, int] = {}
        """The system's id of a lane that is a thread."""
        self.ends: dict[int, tuple[int, int]] = {}
        """When a lane ended, and how (1 done, 2 cancelled, 3 failed)."""
        self.steps: defaultdict[int, list[Step]] = defaultdict(list)
        self.waits: defaultdict[int, list[tuple[int, Place | None]]] = defaultdict(list)
        """When a lane began to wait, with its place, and, without one, when it went on. They can be nested."""
        self.calls: defaultdict[int, list[Step]] = defaultdict(list)
        """When a lane had a generator run, and from where."""
        self.items: defaultdict[int, list[tuple[int, str | None]]] = defaultdict(list)
        """When a thread of a pool began to work on a function, by name, and, without one, when it was done."""
        self.writes: list[Written] = []
        self.last_steps = {head[at + 1]: head[at] for at in range(_SLOTS_AT, 512, 2) if head[at]}
        """When the last step of each event loop began, by the task's lane, and that of generators: it may not have
        ended."""


def read_journal(path: Path) -> Journal | None:
    """What one process noted; None for a file that it had not begun, or that is something else."""
    with path.open("rb") as file:
        content = file.read(_HEAD.size)
        if len(content) < _HEAD.size:
            return None
        head = _HEAD.unpack(content)
        if head[:2] != (_MAGIC, _VERSION) or not 0 <= head[8] <= _MOST_RECORDS:
            return None
        journal = Journal(head)
        vital = b"".join(_blocks(file, _HEAD.size, head[8] * _RECORD.size))
        bulk = b"".join(_blocks(file, _HEAD.size + head[8] * _RECORD.size, None))
    names = {number: content.decode(errors="replace") for number, content in _pieces(vital, _NAME).items()}
    journal.fault = names.get(head[9])
    _take_vital(journal, vital, names)
    _take_bulk(journal, bulk, names)
    return journal


def _blocks(file: BinaryIO, begin: int, size: int | None) -> Iterator[bytes]:
    """The part of a file from `begin` on that holds anything."""
    file.seek(begin)
    left = size
    while left is None or left > 0:
        block = file.read(_BLOCK_BYTES if left is None else min(left, _BLOCK_BYTES))
        if not block.strip(b"\0"):
            return
        yield block
        if left is not None:
            left -= len(block)


def _pieces(content: bytes, wanted: int) -> dict[int, bytes]:
    """The texts that stand in pieces among records."""
    texts: dict[int, bytearray] = {}
    for piece, number, part, size, kind, _, mark in _PIECE.iter_unpack(content):
        if kind == wanted and mark == _MARK:
            text = texts.setdefault(number, bytearray(size))
            begin = part * _PART_BYTES
            text[begin : begin + _PART_BYTES] = piece[: max(0, size - begin)]
    return {number: bytes(text) for number, text in texts.items()}


def _take_vital(journal: Journal, content: bytes, names: dict[int, str]) -> None:
    for at, more, line, file, on, lane, kind, flag, mark in _RECORD.iter_unpack(content):
        if mark != _MARK or kind == _NAME:
            continue
        if kind == _NATIVE:
            journal.native_ids[lane] = at
            continue
        journal.last_ns = max(journal.last_ns, at)
        if kind == _WAIT:
            journal.waits[lane].append((at, Place(names.get(file), line or None, names.get(on))))
        elif kind == _WAITED:
            journal.waits[lane].append((at, None))
        elif kind == _ITEM:
            journal.items[lane].append((at, names.get(on, "")))
        elif kind == _ITEMS_END:
            journal.items[lane].append((at, None))
        elif kind == _END:
            journal.ends[lane] = at, flag
        elif kind == _LANE:
            name, function = names.get(more & 0xFFFFFFFF, ""), names.get(more >> 32)
            journal.lanes[lane] = Begun(at, file, name, function, line, on)
        elif kind == _RENAMED and lane in journal.lanes:
            journal.lanes[lane] = journal.lanes[lane]._replace(name=names.get(more, ""))
        elif kind == _PROCESS:
            journal.name, journal.function = names.get(more & 0xFFFFFFFF, ""), names.get(more >> 32)


def _take_bulk(journal: Journal, content: bytes, names: dict[int, str]) -> None:
    places: dict[tuple[int, int, int], Place] = {}
    texts = _pieces(content, _PIECE_OF_TEXT)
    steps, calls, last_ns = journal.steps, journal.calls, journal.last_ns
    for index, (begin, end, line, file, on, lane, kind, flag, mark) in enumerate(_RECORD.iter_unpack(content)):
        if mark != _MARK or kind == _PIECE_OF_TEXT:
            continue
        if kind in (_STEP, _CALLED):
            place = places.get((file, line, on))
            if place is None:
                place = places[file, line, on] = Place(names.get(file), line or None, names.get(on))
            (steps if kind == _STEP else calls)[lane].append(Step(begin, end, place))
            last_ns = max(last_ns, end)
        elif kind == _WRITE:
            text = texts.get(index, b"") if flag & 2 else struct.pack("<q", end).rstrip(b"\0")
            place = Place(names.get(file), line or None, None)
            journal.writes.append(Written(begin, lane, flag & 1, place, text.decode(errors="replace"), on))
            last_ns = max(last_ns, begin)
    journal.last_ns = last_ns
