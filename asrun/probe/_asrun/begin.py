"""Begins the recording in a process that was started, and sets the hooks for modules that are imported later."""

import atexit
import os

from _asrun import always, journal
from _asrun.graft import when_imported

GENERATORS = ".generators"
"""What is added to the name of the folder for the name of a file that asks for generators to be recorded."""


def _words():
    """The words of this process's command line; none where there is no proc(5)."""
    try:
        fd = os.open("/proc/self/cmdline", os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.read(fd, 4096).decode("utf-8", "replace").split("\0")[:-1]
        finally:
            os.close(fd)
    except OSError:
        return []


def _title(words):
    """What a process is called: its script, or what stands behind -m."""
    rest = iter(words[1:])
    for word in rest:
        if word in ("-m", "-c"):
            return "%s %s" % (word, next(rest, ""))
        if word in ("-W", "-X"):
            next(rest, "")
        elif not word.startswith("-"):
            return os.path.basename(word)
    return "python"


def begin(trace_folder, author_root, load):
    """Record this process, and those it forks. Raises OSError and ValueError."""
    words = _words()
    title = _title(words)
    if "multiprocessing.resource_tracker" in title:
        return
    journal.begin(trace_folder, author_root)
    if "multiprocessing.forkserver" in title:
        title = "forkserver"
    elif "multiprocessing.spawn" in title:
        title = "spawn"
    journal.put(journal.PROCESS, journal.clock(), 0, more=journal.name_once(title))
    always.watch()
    if os.path.exists(trace_folder + GENERATORS):
        load("generators").watch()
    atexit.register(journal.note_end)
    os.register_at_fork(after_in_child=journal.renew)

    def later(part, function):
        return lambda module: getattr(load(part), function)(module)

    when_imported(
        {
            "threading": later("threads", "watch_threading"),
            "queue": later("threads", "watch_queue"),
            "concurrent.futures._base": later("threads", "watch_futures"),
            "concurrent.futures.thread": later("threads", "watch_pool"),
            "concurrent.futures.process": later("threads", "watch_process_pool"),
            "multiprocessing.pool": later("threads", "watch_multiprocessing_pool"),
            "subprocess": later("threads", "watch_subprocess"),
            "multiprocessing.process": later("threads", "watch_processes"),
            "asyncio.events": later("tasks", "watch_events"),
            "asyncio.base_events": later("tasks", "watch_base_events"),
            "asyncio.tasks": later("tasks", "watch_tasks"),
            "uvloop": later("uvloop", "watch_uvloop"),
        }
    )
