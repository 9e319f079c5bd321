"""What AsRun does inside a Python program before the program's own first line; nothing of it stays.

Python imports a module of this name at start-up (documentation of the module `site`). This one

- makes the standard streams line-buffered, so that a line is seen when it is printed;
- has the moment noted at which the main module's first line runs (time zero);
- begins to record who does what, by the files in `_asrun`, where there is a folder `trace` beside the one it is in;
- takes its own folder off `sys.path`, and runs the `sitecustomize` that would have been found without it.

It uses what start-up imports anyway, works from CPython 3.8 on, and steps aside on any fault of its own.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, union-attr"
# No import but these: each would take time, and be there already when the program looks.
import os
import sys
import time


def _buffer_by_line():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.reconfigure(line_buffering=True)
        except Exception:  # closed, or something else than a text file
            pass


def _note_time_zero():
    """Have one line, `<monotonic ns> <pid>`, written when the main module's frame is entered.

    The variable that names the file is taken away: processes started by this one note nothing.
    """
    path = os.environ.pop("ASRUN_ZERO", None)
    if path is None or sys.getprofile() is not None:
        return
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.write(fd, b" " * 40)  # so that the real write has nothing to allocate: 10 µs less between stamp and line
    clock, write, close, getpid, set_profile = time.monotonic_ns, os.pwrite, os.close, os.getpid, sys.setprofile

    def on_event(frame, event, _):
        if event == "call" and frame.f_code.co_name == "<module>" and frame.f_globals.get("__name__") == "__main__":
            set_profile(None)
            try:
                write(fd, b"%d %d\n" % (clock(), getpid()), 0)
                close(fd)
            except Exception:
                pass

    set_profile(on_event)


def _begin_to_record():
    """Load what records, where there is a folder for it: `trace`, beside the link by which this file was found."""
    base = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if not os.path.isdir(base + "/trace"):
        return
    there_before = set(sys.modules)
    package = type(sys)("_asrun")
    package.__path__ = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "_asrun")]
    parts = {"_asrun": package}

    def load(name):
        """A file of the package; it finds the others in `sys.modules` only while it is being loaded."""
        if "_asrun." + name in parts:
            return parts["_asrun." + name]
        sys.modules.update(parts)
        try:
            __import__("_asrun." + name)
            return sys.modules["_asrun." + name]
        finally:
            for full_name in [found for found in sys.modules if found.partition(".")[0] == "_asrun"]:
                parts[full_name] = sys.modules.pop(full_name)
            sys.path_importer_cache.pop(package.__path__[0], None)

    try:
        load("begin").begin(os.path.join(base, "trace"), os.path.join(base, "work", ""), load)
    finally:
        for name in set(sys.modules) - there_before:
            del sys.modules[name]


def _find_the_other():
    """The next `sitecustomize` on the path, as a module that only has to be executed; None if there is none."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != here]
    spec = sys.modules["_frozen_importlib_external"].PathFinder.find_spec("sitecustomize", sys.path)
    return sys.modules["_frozen_importlib"].module_from_spec(spec) if spec and spec.loader else None


def _step_in():
    other = None
    try:
        _buffer_by_line()
        other = _find_the_other()
    except Exception:
        pass
    try:
        _begin_to_record()
    except Exception:
        pass
    try:
        if other is not None:
            sys.modules["sitecustomize"] = other
            other.__spec__.loader.exec_module(other)
    finally:
        try:
            _note_time_zero()
        except Exception:
            pass


_step_in()
