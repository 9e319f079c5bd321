"""The steps of tasks on uvloop's event loop, which is no Python code: each callback passes through its `call_soon`."""

from _functools import partial, reduce
from _operator import imatmul, methodcaller
from _thread import get_ident

from _asrun import journal
from _asrun.tasks import _begin_lane, begins, enter, lanes, leave, steps

CALL = type("stage", (), {"__rmatmul__": methodcaller("__call__")})()
"""The stage that calls a function: see `_asrun.aside`."""


open_ = {}
"""The task of the step that is under way and its entry, by thread: a step that ended the loop had no stage after it."""


def _leave_open():
    """End the step that is under way in this thread, if there is one."""
    entered = open_.pop(get_ident(), None)
    if entered is not None:
        leave(*entered)


class Around:
    """The stages before a step, where it is given what to call, and after it, where it is given None."""

    __slots__ = ("task",)

    def __init__(self, task):
        self.task = task

    def __rmatmul__(self, value):
        if value is not None:
            _leave_open()
            entry = enter(self.task)
            if entry is not None:
                open_[get_ident()] = self.task, entry
        else:
            _leave_open()
        return value


def watch_uvloop(module):
    """The steps of tasks."""
    if not hasattr(getattr(module, "loop", None), "Loop"):
        return  # something else of that name
    original = module.Loop.call_soon

    def call_soon(self):
        # An error of a closed loop is to come without a frame from here.
        if self.is_closed():
            return original.__get__(self)

        def soon(callback, *args, context=None):
            sort = steps.get(type(callback))
            task = callback.__self__ if sort == 1 else None if sort == 0 else begins(callback, sort)
            if task is None:
                return original(self, callback, *args, context=context)
            try:
                if id(task) not in lanes:
                    _begin_lane(task, journal.lane_here())
            except Exception:
                journal.fault()
            around = Around(task)
            step = partial(reduce, imatmul, (around, CALL, around), partial(callback, *args))
            return original(self, step, context=context)

        return soon

    module.Loop.call_soon = property(call_soon)
    journal.renewals.append(open_.clear)
