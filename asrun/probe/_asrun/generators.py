"""What is recorded of generators, where a run asks for it: when each runs, and at which `yield` it stands in between.

From Python 3.12 on `sys.monitoring` tells, for the code of generators alone. Before that a trace function does, which
is called whenever a function of Python's begins. Only generators of the author's own files have lanes.
"""

import atexit
import sys
from _functools import partial, reduce
from _operator import attrgetter, is_, methodcaller
from _weakref import ref
from itertools import chain
from sys import _getframe

from _asrun import journal
from _asrun.aside import stage_of_hook, through
from _asrun.journal import (
    CALLED,
    CANCELLED,
    DONE,
    DROPPED_AT,
    END,
    FAILED,
    GENERATOR,
    LANE,
    LAST_SLOT,
    MARK,
    STEP,
    Full,
    author,
    clock,
    files,
    get_ident,
    pack,
)

GENERATORS = 0x20 | 0x200  # inspect.CO_GENERATOR, inspect.CO_ASYNC_GENERATOR
OPTIMIZED = 0x1  # inspect.CO_OPTIMIZED: its variables are not those of a module or a class
TOOL = 4
STEP_TAIL, CALLED_TAIL = STEP | MARK, CALLED | MARK
YIELDED = "async_generator_wrapped_value"
"""The type of what an asynchronous generator yields; anything else that it gives comes from an `await`."""
YIELD_VALUE, YIELD_FROM, RETURN_VALUE, RESUME = 86, 72, 83, 151  # opcodes of 3.8 to 3.11, by dis
RERAISE = {8: 88, 9: 48}.get(sys.version_info[1], 119)
"""By this an exception goes on after a `finally`."""
MOST_CODES = 5000

lanes = {}
"""The lane of each generator that is not done, and what its resumer waits for meanwhile, by the id() of its frame."""
stacks = {}
"""The generators that are running in each thread, the innermost last: see `resumed`."""
instructions = {}
tasks_here = None
"""As in `journal`, without generators."""
slots = {}
"""Where in the head the begin of a step is noted, by thread and by how deep generators are in each other there."""


class Token:
    """What goes when a frame goes. A tracer of the author's may come across it, and is told nothing."""

    def __call__(self, *_):
        return None


def within(task_here):
    """What gives the lane of the generator that runs in this thread, or of the task that does, or 0."""
    global tasks_here
    tasks_here = task_here

    def here():
        task = tasks_here() if tasks_here else 0
        stack = stacks.get(get_ident())
        # A task that began to run after the generator did is further inside.
        if stack and stack[-1][2] == task:
            return stack[-1][1]
        return task

    return here


def _begin_lane(frame, key, parent):
    """Begin the lane of a generator."""
    code = frame.f_code
    lane = journal.next_lane()
    number = journal.name(code.co_name)
    function = getattr(code, "co_qualname", code.co_name)
    more = number | journal.name(function) << 32
    journal.put(LANE, clock(), lane, line=parent, file=GENERATOR, on=min(journal.thread_here(), 0xFFFF), more=more)
    token = None
    if sys.version_info >= (3, 13) and frame.f_trace is None and sys.gettrace() is None:
        # One that is thrown away at a yield outside of any `try` ends without an event.
        token = Token()
        frame.f_trace = token
        token = ref(token, lambda _: thrown_away(key, lane))
    entry = lanes[key] = lane, journal.name("generator " + code.co_name) << 48, token
    return entry


def thrown_away(key, lane):
    """End the lane of a generator whose frame has gone, if that is news."""
    try:
        entry = lanes.get(key)
        if entry is not None and entry[0] == lane:
            del lanes[key]
            journal.put(END, clock(), lane, flag=CANCELLED)
    except Exception:
        journal.fault()


def resumed(frame, is_new=False):
    """Note that a generator runs from now on, and who waits for that."""
    key = id(frame)
    ident = get_ident()
    stack = stacks.get(ident)
    if stack is None:
        stack = stacks[ident] = []
    parent = journal.lane_here()
    entry = None if is_new else lanes.get(key)
    if entry is None:
        entry = _begin_lane(frame, key, parent)
    file, line, _ = author(frame.f_back)
    slot = slots.get((ident, len(stack)))
    if slot is None:
        slot = slots[ident, len(stack)] = min(journal.next_slot(), LAST_SLOT)
    at = clock()
    stack.append((key, entry[0], tasks_here() if tasks_here else 0, at, parent, line | file << 32 | entry[1]))
    head = journal.head
    head[slot] = at
    head[slot + 1] = entry[0]


def left(frame, on, how=None):
    """Record a step that ends now. `on`: what it waits for, as a number; `how`: how it ended, if it did."""
    ended = clock()
    key = id(frame)
    stack = stacks.get(get_ident())
    if not stack or not any(entry[0] == key for entry in stack):
        if how is not None and key in lanes:
            journal.put(END, ended, lanes.pop(key)[0], flag=how)
        return
    while True:
        found, lane, _, began, parent, place = stack.pop()
        try:
            is_suspended = how is None and found == key
            here = frame.f_lineno | files.get(frame.f_code.co_filename, 0) << 32 | on << 48 if is_suspended else 0
            pack(journal.bulk, journal.next_bulk(), began, ended, here, lane, STEP_TAIL)
            pack(journal.bulk, journal.next_bulk(), began, ended, place, parent, CALLED_TAIL)
        except Full:
            journal.head[DROPPED_AT] = journal.next_dropped()
        if found == key:
            break
    if how is not None:
        lanes.pop(key, None)
        journal.put(END, ended, lane, flag=how)


def _is_wanted(code):
    """Whether code is that of a generator of the author's."""
    if not code.co_flags & GENERATORS:
        return False
    file = files.get(code.co_filename)
    return journal.learn(code.co_filename) if file is None else file


def _on(code, value):
    """What a generator waits for that has just given a value."""
    if code.co_flags & 0x200 and type(value).__name__ != YIELDED:
        return 0
    return journal.name("next()")


# From 3.12 on


def _watch_codes():
    monitoring = sys.monitoring
    monitoring.use_tool_id(TOOL, "asrun")
    events = monitoring.events
    known = {}

    def started(code, _):
        try:
            if id(code) not in known:
                if not _is_wanted(code) or len(known) >= MOST_CODES:
                    return monitoring.DISABLE
                known[id(code)] = code
                monitoring.set_local_events(TOOL, code, events.PY_RESUME | events.PY_YIELD | events.PY_RETURN)
            resumed(_getframe(1), is_new=True)
        except RecursionError:
            pass
        except Exception:
            journal.fault()
        return None

    def goes_on(code, _, error=None):
        if id(code) in known:
            try:
                resumed(_getframe(1))
            except RecursionError:
                pass
            except Exception:
                journal.fault()

    def yielded(code, _, value):
        try:
            left(_getframe(1), _on(code, value))
        except RecursionError:
            pass
        except Exception:
            journal.fault()

    def returned(code, _, value):
        try:
            left(_getframe(1), 0, DONE)
        except RecursionError:
            pass
        except Exception:
            journal.fault()

    def unwound(code, _, error):
        if id(code) in known:
            try:
                left(_getframe(1), 0, CANCELLED if isinstance(error, GeneratorExit) else FAILED)
            except RecursionError:
                pass
            except Exception:
                journal.fault()

    for event, function in (
        (events.PY_START, started),
        (events.PY_RESUME, goes_on),
        (events.PY_THROW, goes_on),
        (events.PY_YIELD, yielded),
        (events.PY_RETURN, returned),
        (events.PY_UNWIND, unwound),
    ):
        monitoring.register_callback(TOOL, event, function)
    monitoring.set_events(TOOL, events.PY_START | events.PY_THROW | events.PY_UNWIND)


# Before 3.12


def _instructions(code):
    """The bytes of a code object."""
    known = instructions.get(id(code))
    if known is None:
        known = code, code.co_code
        if len(instructions) < MOST_CODES:
            instructions[id(code)] = known
    return known[1]


raised = {}
"""The exception that was raised last in a generator, by type, and whether it was caught, by the id() of its frame."""


class Forget:
    """Makes a frame forget its `f_locals`, a copy of its variables that the interpreter makes for a trace function.

    Left there it would keep objects alive that the program drops. An event's frame loses this, as its `f_trace`, right
    after the event, for what the trace function returns. What is done then is done in C, by an iterator that is run to
    its end: a signal handler that raised in between would go unheard.
    """

    __slots__ = "__weakref__", "reference"

    def __init__(self, frame, is_last):
        frames = (frame,)
        forget = map(clear, map(f_locals, frames))
        if is_last:
            forget = chain(forget, map(setattr, frames, ("f_trace",), (None,)))
        self.reference = ref(self, partial(reduce, is_, forget))
        frame.f_trace = self


clear, f_locals = methodcaller("clear"), attrgetter("f_locals")


def trace(frame, event, _):
    """The trace function: notes that a generator begins to run; gives what is told of the rest of it."""
    try:
        code = frame.f_code
        flags = code.co_flags
        if flags & GENERATORS and _is_wanted(code):
            last = frame.f_lasti
            resumed(frame, is_new=last < 0 or _instructions(code)[last : last + 2] == b"%c\0" % RESUME)
            frame.f_trace_lines = False
            Forget(frame, False)
            return trace_generator
        if flags & OPTIMIZED:
            Forget(frame, True)
            return trace
    except RecursionError:
        raise
    except Exception:
        journal.fault()
    return None


def trace_generator(frame, event, argument):
    """Notes how a generator is left. Lines are told only after an exception: the next one says that it was caught."""
    try:
        if event == "exception":
            raised[id(frame)] = argument[0], False
            frame.f_trace_lines = True
        elif event == "line":
            raised[id(frame)] = raised[id(frame)][0], True
            frame.f_trace_lines = False
        elif event == "return":
            frame.f_trace_lines = False
            _returned(frame, argument, *raised.pop(id(frame), (None, True)))
        Forget(frame, False)
    except RecursionError:
        raise
    except Exception:
        journal.fault()
    return trace_generator


def _returned(frame, value, error, is_caught):
    code, last = frame.f_code, frame.f_lasti
    instructions = _instructions(code)
    how = None
    if instructions[last] == RETURN_VALUE:
        how = DONE
    elif error is not None and value is None:
        is_yield = instructions[last] == YIELD_VALUE or instructions[last + 2 : last + 3] == b"%c" % YIELD_FROM
        # The end of a loop counts as an exception too.
        is_end_of_loop = is_yield and issubclass(error, StopIteration)
        if instructions[last] == RERAISE or not (is_caught or is_end_of_loop):
            how = CANCELLED if issubclass(error, GeneratorExit) else FAILED
    left(frame, _on(code, value) if how is None else 0, how)


def shown(_, nothing):
    """What sys.gettrace() gives to the program: not the function from here."""
    found = gettrace()
    return nothing if found is trace else found


gettrace = sys.gettrace


def note_lost():
    """At the end of the process: say so if somebody has taken the trace function away."""
    if gettrace() is not trace:
        journal.say("of generators only a part: the program took the place of what records them")


def watch():
    """Begin to record."""
    journal.renewals.append(renew)
    journal.within = within
    journal.task_here = within(None)
    if sys.version_info >= (3, 12):
        _watch_codes()
        return
    sys.gettrace = through(gettrace, stage_of_hook(shown), given=(None,))
    atexit.register(note_lost)
    journal.trace = trace
    sys.settrace(trace)


def renew():
    """In a forked process, which knows no lane yet."""
    lanes.clear()
    stacks.clear()
    slots.clear()
    raised.clear()
