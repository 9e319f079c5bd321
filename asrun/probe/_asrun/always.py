"""What is recorded in every process: what it prints, and when it sleeps."""

import sys
import time
from sys import _getframe

from _asrun import journal
from _asrun.aside import SAME, foreign, put_off, stage_of, stage_of_hook, through
from _asrun.journal import (
    MARK,
    PART_BYTES,
    PIECE,
    TEXT_BYTES,
    WAIT,
    WAITED,
    WRITE,
    Full,
    author,
    clock,
    pack,
    pack_piece,
)

SHORT_BYTES = 8
"""A text as short as this is in the record itself."""


def watch_stream(stream, number):
    """Have each `write` of a standard stream recorded. The stream stays the same object, of the same type."""

    def note(_, text):
        try:
            at = clock()
            file, line, _ = author(_getframe().f_back)
            if type(text) is not str:
                return text
            lane = journal.lane_here()
            content = text[:TEXT_BYTES].encode("utf-8", "replace")
            index = journal.next_bulk()
            length = min(len(text), 0xFFFF)
            if len(content) <= SHORT_BYTES:
                short = int.from_bytes(content, "little", signed=False)
                short -= (short >> 63) << 64
                place = line | file << 32 | length << 48
                pack(journal.bulk, index << 5, at, short, place, lane, WRITE | number << 8 | MARK)
                return text
            content = content[:TEXT_BYTES]
            size = len(content)
            for part in range(0, size, PART_BYTES):
                piece = content[part : part + PART_BYTES]
                at_byte = journal.next_bulk() << 5
                pack_piece(journal.bulk, at_byte, piece, index, part // PART_BYTES, size, PIECE | MARK)
            place = line | file << 32 | length << 48
            pack(journal.bulk, index << 5, at, 0, place, lane, WRITE | (number | 2) << 8 | MARK)
        except Full:
            journal.head[journal.DROPPED_AT] = journal.next_dropped()
        except BaseException as error:
            if foreign(error):
                return put_off(error)
            journal.fault()
        return text

    write = stream.write
    stream.write = through(write, stage_of_hook(note), stage_of(write))


def watch_sleep():
    """Have each `time.sleep` recorded."""

    def begin(_, seconds):
        try:
            file, line, _ = author(_getframe().f_back)
            on = journal.name("sleep(%s)" % seconds) or journal.name("sleep")
            journal.put(WAIT, clock(), journal.lane_here(), line, file, on)
        except BaseException as error:
            if foreign(error):
                return put_off(error)
            journal.fault()
        return seconds

    def end(_, nothing):
        try:
            journal.put(WAITED, clock(), journal.lane_here())
        except BaseException as error:
            if foreign(error):
                return put_off(error)
            journal.fault()
        return nothing

    time.sleep = through(time.sleep, stage_of_hook(begin), stage_of(time.sleep), stage_of_hook(end), SAME)


def watch():
    """Begin to record."""
    journal.name("sleep")
    watch_sleep()
    for number, stream in enumerate((sys.stdout, sys.stderr)):
        if stream is not None:
            watch_stream(stream, number)
