"""The probe's file of events: a sparse file, mapped into memory, one for each process.

A record has 32 bytes and is never written twice; its last two bytes, which mark it as whole, are written last. What is
in the mapping outlives the process, however that ends (mmap(2), MAP_SHARED). Nothing ever waits for a reader.

The file begins with a page of 8-byte figures (`HEAD` below), then come the records that must not be crowded out (lanes,
names, waits), then those that can be many (steps, prints). Where there is no room left, records are counted instead.
`asrun/execute/trace.py` reads it.
"""

import os
import sys
from _struct import Struct
from _struct import error as _struct_error
from _thread import get_ident, get_native_id
from itertools import count
from mmap import mmap
from time import monotonic_ns as clock

VERSION = 1
HEAD_BYTES = 4096
RECORD_BYTES = 32
OUT_OF_THE_WAY = 100
"""Below this number no file descriptor is kept."""
VITAL_RECORDS = 1 << 17
BULK_RECORDS = 3 << 17
SMALLER = 16
"""By how much the files of further processes are smaller, after the first FULL_SIZED."""
FULL_SIZED, MOST_FILES = 8, 256

# Figures of the head, by index. From SLOTS on: of each loop the begin of its last step, and the lane of that.
MAGIC_AT, VERSION_AT, PID_AT, PARENT_AT, BEGAN_AT, ENDED_AT, DROPPED_AT, LOST_AT, VITAL_AT, FAULT_AT = range(10)
SLOTS_AT, LAST_SLOT = 16, 510
MAGIC = 0x4E5552534120_0A
MARK = 0xA5C3 << 16

LANE, STEP, END, WAIT, WAITED, WRITE, PIECE, NAME, ITEM, ITEMS_END, PROCESS, RENAMED, NATIVE, CALLED = range(1, 15)
THREAD, TASK, GENERATOR = 1, 2, 3
DONE, CANCELLED, FAILED = 1, 2, 3

# Two times, the place (a line, with the file from bit 32 and what is waited for from bit 48), the lane, and the tail:
# the kind, a flag from bit 8, and the mark.
pack = Struct("@qqQII").pack_into
# The same, with lane and tail as one number: `lane | tail << 32`.
pack_step = Struct("@qqQQ").pack_into
# A piece of a text: its bytes, the number of the text, which piece it is, the size of the whole, and the tail.
pack_piece = Struct("@20sIHHI").pack_into
PART_BYTES, TEXT_BYTES, NAME_BYTES, NAMES_AT_MOST = 20, 400, 200, 5000

Full = _struct_error
MAIN_LANE = 1

folder = root = ""
vital = bulk = head = None
next_vital = next_bulk = next_lost = next_dropped = next_lane = next_slot = next_name = next_once = None
names = {}
files = {}
threads = {}
task_here = None
"""Gives the lane of the task that runs in this thread, or 0; set when asyncio is there."""
within = None
"""Makes of `task_here` what sees generators too; set where they are recorded."""
trace = None
"""The trace function that each thread gets, where there is one."""
boundary = None
"""The code in which a forked process begins: what called it belongs to the process that was forked."""
renewals = []
"""What to call in a forked process."""


def begin(trace_folder, author_root):
    """Start the file of this process. Raises OSError, and ValueError where there are too many already."""
    global folder, root
    if sys.byteorder != "little":
        raise ValueError
    folder, root = trace_folder, author_root
    _open()


def _open():
    global vital, bulk, head, next_vital, next_bulk, next_lost, next_dropped, next_lane, next_slot
    global next_name, next_once
    others = len(os.listdir(folder))
    if others >= MOST_FILES:
        raise ValueError
    share = 1 if others < FULL_SIZED else SMALLER
    vital_bytes, bulk_bytes = VITAL_RECORDS // share * RECORD_BYTES, BULK_RECORDS // share * RECORD_BYTES
    size = HEAD_BYTES + vital_bytes + bulk_bytes
    fd = os.open("%s/%d-%d" % (folder, os.getpid(), clock()), os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.ftruncate(fd, size)
        whole = _map(fd, size)
    finally:
        os.close(fd)
    view = memoryview(whole)
    head = view[:HEAD_BYTES].cast("q")
    vital = view[HEAD_BYTES : HEAD_BYTES + vital_bytes]
    bulk = view[HEAD_BYTES + vital_bytes :]
    next_vital, next_bulk = count(0, RECORD_BYTES).__next__, count(0, RECORD_BYTES).__next__
    next_lost, next_dropped = count(1).__next__, count(1).__next__
    next_lane, next_slot = count(MAIN_LANE + 1).__next__, count(SLOTS_AT, 2).__next__
    next_name, next_once = count(1).__next__, count(1 << 16).__next__
    names.clear()
    files.clear()
    threads.clear()
    head[VERSION_AT], head[PID_AT], head[PARENT_AT], head[BEGAN_AT] = VERSION, os.getpid(), os.getppid(), clock()
    head[VITAL_AT] = vital_bytes // RECORD_BYTES
    head[MAGIC_AT] = MAGIC
    threads[get_ident()] = MAIN_LANE


def _map(fd, size):
    """Map a file. A mapping keeps a descriptor of its own, the lowest that is free: here a number out of the way."""
    if sys.version_info >= (3, 13):
        return mmap(fd, size, trackfd=False)
    filling = [os.dup(fd)]
    try:
        try:
            while filling[-1] < OUT_OF_THE_WAY:
                filling.append(os.dup(fd))
        except OSError:  # no more are allowed: one less, for the mapping
            os.close(filling.pop())
        return mmap(fd, size)
    finally:
        for number in filling:
            os.close(number)


def renew():
    """In a forked process: a file of its own. Where there can be none, nothing more is recorded."""
    try:
        _open()
    except Exception:
        stop()
    for renewal in renewals:
        renewal()


def stop():
    """Record nothing more: what would be written goes nowhere."""
    global head, vital, bulk
    head, vital, bulk = memoryview(bytearray(HEAD_BYTES)).cast("q"), memoryview(bytearray()), memoryview(bytearray())


def put(kind, at, lane, line=0, file=0, on=0, flag=0, more=0):
    """A record among the vital ones, if there is room."""
    try:
        pack(vital, next_vital(), at, more, line | file << 32 | on << 48, lane, kind | flag << 8 | MARK)
    except Full:
        head[LOST_AT] = next_lost()


def _put_name(number, text):
    content = text.encode("utf-8", "replace")[:NAME_BYTES]
    for part in range(0, len(content) or 1, PART_BYTES):
        try:
            piece = content[part : part + PART_BYTES]
            pack_piece(vital, next_vital(), piece, number, part // PART_BYTES, len(content), NAME | MARK)
        except Full:
            head[LOST_AT] = next_lost()
            return


def name(text):
    """The number of a text that comes again and again; 0 when there are too many of them."""
    number = names.get(text)
    if number is None:
        if len(names) >= NAMES_AT_MOST:
            return 0
        number = names[text] = next_name()
        _put_name(number, text)
    return number


def name_once(text):
    """The number of a text that hardly comes again."""
    number = next_once()
    _put_name(number, text)
    return number


def new_lane(kind, title, function="", parent=0, at=None, thread=0):
    """Begin a lane; its number. `thread`: the lane of the thread that a task runs in."""
    lane = next_lane()
    numbers = name_once(title) | (name(function) << 32 if function else 0)
    put(LANE, clock() if at is None else at, lane, line=parent, file=kind, on=min(thread, 0xFFFF), more=numbers)
    return lane


def thread_here():
    """The lane of this thread; one that nobody announced gets its lane now."""
    ident = get_ident()
    lane = threads.get(ident)
    if lane is None:
        lane = threads[ident] = new_lane(THREAD, "thread")
        put(NATIVE, get_native_id(), lane)
    return lane


def lane_here():
    """The lane of what runs here: a task, else the thread."""
    return (task_here and task_here()) or thread_here()


def learn(filename):
    """The number of a file of the author's, 0 for any other."""
    number = 0
    if filename.startswith(root):
        number = name(filename[len(root) :])
    elif not filename.startswith(("/", "<")):
        number = name(filename)
    if len(files) < NAMES_AT_MOST:
        files[filename] = number
    return number


def author(frame, labels=names):
    """File and line of the innermost frame of the author's code, and the label of the outermost code called by it.

    `labels`: by the id() of a code object; without them (the names have no such keys) there is none.
    """
    label = ""
    for _ in range(100):
        if frame is None:
            break
        filename = frame.f_code.co_filename
        file = files.get(filename)
        if file is None:
            file = learn(filename)
        if file:
            return file, frame.f_lineno, label
        if frame.f_code is boundary:
            break
        label = labels.get(id(frame.f_code), label)
        frame = frame.f_back
    return 0, 0, label


def foreign(error):
    """Whether an exception that was caught in the probe is none of its own; then its frames of the probe are gone.

    A signal handler may run, and raise, wherever Python code runs.
    """
    traceback = error.__traceback__
    folder = __file__[: -len("journal.py")]
    while traceback is not None and traceback.tb_frame.f_code.co_filename.startswith(folder):
        traceback = traceback.tb_next
    if traceback is None and not isinstance(error, KeyboardInterrupt):
        return False
    error.__traceback__ = traceback
    return True


def fault():
    """Note that the probe itself failed somewhere, the first time with the exception; the program goes on.

    To be called where an exception is handled. One that is not the probe's is raised again.
    """
    error = sys.exc_info()[1]
    traceback = error.__traceback__
    if foreign(error):
        raise error
    if not head[FAULT_AT]:
        while traceback.tb_next is not None:
            traceback = traceback.tb_next
        place = traceback.tb_frame.f_code.co_name, traceback.tb_lineno
        say("the probe failed: %s in %s, line %d: %s" % (type(error).__name__, *place, error))


def say(text):
    """Note why not all is known of this process; the first reason stays."""
    if not head[FAULT_AT]:
        head[FAULT_AT] = name_once(text)


def note_end():
    """Note that this process ends now."""
    head[ENDED_AT] = clock()
