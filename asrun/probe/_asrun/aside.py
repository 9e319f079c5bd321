"""Calling a builtin function with hooks around it, and no frame of the probe's around the builtin's own work.

`reduce(imatmul, stages, argument)` is run by the interpreter in C: each stage is a class that answers `value @= stage`.
A stage of a hook is Python and gives its value on; a stage of a builtin has the builtin itself for `__rmatmul__`. So an
exception that comes from the builtin has no frame of the probe's in its traceback, and a signal handler that runs
meanwhile sees the author's frame.

An exception that a signal handler raises while a hook is running is caught there, freed from the hook's frame, and
raised by the next stage.
"""

from _functools import partial, reduce
from _operator import imatmul, methodcaller

_closed = (nothing for nothing in ())
for _ in _closed:
    pass


def stage_of(builtin):
    """The stage that calls a builtin function with the value. Throwing into a closed generator adds no frame."""
    return type("stage", (), {"__rmatmul__": builtin, "throw": _closed.throw})()


def stage_of_hook(hook):
    """The stage that calls `hook(stage, value)`, which must not raise; it returns the value, or what `put_off` gave."""
    return type("stage", (), {"__rmatmul__": hook})()


SAME = stage_of({}.get)
"""The stage after a last hook: makes None of None, and raises what the hook has put off."""


def put_off(error):
    """What makes the next stage raise an exception."""
    return type("raises", (), {"__imatmul__": methodcaller("throw", error)})()


TOO_DEEP = type(
    "raises",
    (),
    {
        "__imatmul__": methodcaller(
            "throw", RecursionError, "maximum recursion depth exceeded while calling a Python object"
        )
    },
)()
"""What makes the next stage raise a RecursionError, without a call."""


def through(builtin, *stages, given=()):
    """A stand-in for a builtin function of one argument that goes through stages; it looks like that function.

    `given`: what goes through the stages where the function takes no argument.
    """
    label = repr(builtin)
    module, name = builtin.__module__, builtin.__name__
    looks = {
        "__slots__": (),
        "__doc__": builtin.__doc__,
        "__module__": module,
        "__name__": name,
        "__reduce__": lambda self: name,
        "__repr__": lambda self: label,
        "__get__": lambda self, instance, owner=None: self,  # a partial of 3.14 would bind
    }
    stand_in = type(type(builtin).__name__, (partial,), looks)(reduce, imatmul, stages, *given)
    stand_in.__qualname__ = builtin.__qualname__
    stand_in.__self__ = builtin.__self__
    return stand_in
