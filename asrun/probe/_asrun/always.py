"""What is recorded in every process: what it prints, and when it sleeps."""

import sys
import time
from sys import _getframe

from _asrun import journal
from _asrun.aside import SAME, TOO_DEEP, put_off, stage_of, stage_of_hook, through
from _asrun.journal import (
    DROPPED_AT,
    MARK,
    PART_BYTES,
    PIECE,
    RECORD_BYTES,
    TEXT_BYTES,
    WAIT,
    WAITED,
    WRITE,
    Full,
    author,
    clock,
    files,
    foreign,
    get_ident,
    pack,
    pack_piece,
    thread_here,
    threads,
)

SHORT_BYTES = 8
"""A text shorter than this is in the record itself."""
from_bytes = int.from_bytes
OVERFLOWS = sys.version_info < (3, 10)
"""Whether a program dies that catches a RecursionError and recurses still deeper: so its own has to come here."""


bulk = next_bulk = None
"""As in `journal`, a little nearer."""


def watch_stream(stream, number):
    """Have each `write` of a standard stream recorded. The stream stays the same object, of the same type."""
    short_tail, long_tail = WRITE | number << 8 | MARK, WRITE | (number | 2) << 8 | MARK

    def note(_, text):
        try:
            at = clock()
            frame = _getframe().f_back
            # What `author` and `lane_here` do, for the usual case, where a call is dear: a print has several writes.
            file = files.get(frame.f_code.co_filename) if frame is not None else 0
            if file:
                place = frame.f_lineno | file << 32
            else:
                file, line, _ = author(frame)
                place = line | file << 32
            lane = (journal.task_here and journal.task_here()) or threads.get(get_ident()) or thread_here()
            size = len(text)
            place |= (size if size < 0xFFFF else 0xFFFF) << 48
            content = (text if size <= TEXT_BYTES else text[:TEXT_BYTES]).encode("utf-8", "replace")
            size = len(content)
            offset = next_bulk()
            if size < SHORT_BYTES:
                pack(bulk, offset, at, from_bytes(content, "little"), place, lane, short_tail)
                return text
            content = content[:TEXT_BYTES]
            size, index = len(content), offset // RECORD_BYTES
            for part in range(0, size, PART_BYTES):
                piece = content[part : part + PART_BYTES]
                pack_piece(bulk, next_bulk(), piece, index, part // PART_BYTES, size, PIECE | MARK)
            pack(bulk, offset, at, 0, place, lane, long_tail)
        except Full:
            journal.head[DROPPED_AT] = journal.next_dropped()
        except RecursionError:
            return TOO_DEEP if OVERFLOWS else text
        except BaseException as error:
            if foreign(error):
                return put_off(error)
            if type(text) is str:
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
        except RecursionError:
            return TOO_DEEP if OVERFLOWS else seconds
        except BaseException as error:
            if foreign(error):
                return put_off(error)
            journal.fault()
        return seconds

    def end(_, nothing):
        try:
            journal.put(WAITED, clock(), journal.lane_here())
        except RecursionError:
            return TOO_DEEP if OVERFLOWS else nothing
        except BaseException as error:
            if foreign(error):
                return put_off(error)
            journal.fault()
        return nothing

    time.sleep = through(time.sleep, stage_of_hook(begin), stage_of(time.sleep), stage_of_hook(end), SAME)


def watch():
    """Begin to record."""
    renew()
    journal.renewals.append(renew)
    watch_sleep()
    for number, stream in enumerate((sys.stdout, sys.stderr)):
        if stream is not None:
            watch_stream(stream, number)


def renew():
    """Take up the file of this process."""
    global bulk, next_bulk
    bulk, next_bulk = journal.bulk, journal.next_bulk
    journal.name("sleep")
