"""What is recorded of threads, of the items that pools of threads work on, and of processes that are forked."""

from sys import _getframe, settrace
from types import FunctionType

from _asrun import journal
from _asrun.graft import enclose, find, graft, kind, statements
from _asrun.journal import (
    DONE,
    END,
    FAILED,
    ITEM,
    ITEMS_END,
    NATIVE,
    THREAD,
    WAIT,
    WAITED,
    author,
    clock,
    get_ident,
    get_native_id,
)

starting = {}
"""The lane that started a thread, by the thread's id(), until the thread runs."""
failed = set()
labels = {}
"""What is waited for in a function, by the id() of its code, which the library keeps."""


def _label(owner, names, text):
    for name in names:
        function = owner.__dict__.get(name)
        if type(function) is FunctionType:
            labels[id(function.__code__)] = text


def wait_begins(innermost, owner=None):
    """Note that this thread, or its task, waits; for `owner`, a thread or a process, where it has one."""
    try:
        file, line, label = author(_getframe(2), labels)
        if owner is not None:
            label = "%s %s" % (innermost, owner.name)
        journal.put(
            WAIT, clock(), journal.lane_here(), line, file, journal.name(label or innermost) or journal.name(innermost)
        )
    except Exception:
        journal.fault()


def wait_ends():
    """Note that it waits no more."""
    try:
        journal.put(WAITED, clock(), journal.lane_here())
    except Exception:
        journal.fault()


def _is_excepthook(node):
    return (
        kind(node) == "Expr"
        and kind(node.value) == "Call"
        and getattr(node.value.func, "attr", "") == "_invoke_excepthook"
    )


def _graft_wait(owner, name, what):
    """Have each call of a function recorded as waiting. `what`: an expression for what is waited for."""

    def edit(body):
        body[:] = enclose("wait_begins(%s)" % what, body[:], "wait_ends()")

    graft(owner, name, edit, wait_begins=wait_begins, wait_ends=wait_ends)


def thread_starts(thread):
    """Note who starts a thread."""
    try:
        starting[id(thread)] = journal.lane_here()
    except Exception:
        journal.fault()


def thread_began(thread):
    """Begin the lane of a thread, in it."""
    try:
        parent = starting.pop(id(thread), 0)
        target = getattr(thread, "_target", None)
        function = "" if target is None else getattr(target, "__qualname__", "")
        lane = journal.threads[get_ident()] = journal.new_lane(THREAD, str(thread._name), function, parent)
        journal.put(NATIVE, get_native_id(), lane)
        if journal.trace is not None:
            settrace(journal.trace)
    except Exception:
        journal.fault()


def thread_failed():
    """Note that the function of this thread raised something."""
    failed.add(get_ident())


def thread_ended():
    """End the lane of this thread."""
    try:
        ident = get_ident()
        lane = journal.threads.pop(ident, None)
        how = FAILED if ident in failed else DONE
        failed.discard(ident)
        if lane is not None:
            journal.put(END, clock(), lane, flag=how)
    except Exception:
        journal.fault()


def watch_threading(threading):
    """Lanes for threads, and waiting on locks made in Python."""

    def start(body):
        body[1:1] = statements("thread_starts(self)", body[1])

    def bootstrap(body):
        for around, index in find(body, _is_excepthook):
            around[index:index] = statements("thread_failed()", around[index])
        body[:] = enclose("thread_began(self)", body[:], "thread_ended()")

    graft(threading.Thread, "start", start, thread_starts=thread_starts)
    graft(
        threading.Thread,
        "_bootstrap_inner",
        bootstrap,
        thread_began=thread_began,
        thread_failed=thread_failed,
        thread_ended=thread_ended,
    )
    _graft_wait(threading.Condition, "wait", "'condition'")
    _graft_wait(threading.Thread, "join", "'thread', self")
    _label(threading.Event, ["wait"], "event")
    _label(threading.Semaphore, ["acquire", "__enter__"], "semaphore")
    _label(threading.Barrier, ["wait"], "barrier")
    _label(threading.Thread, ["start"], "thread")


def watch_queue(queue):
    """What is called waiting for a queue."""
    _label(queue.Queue, ["get", "put", "join"], "queue")


def watch_futures(base):
    """What is called waiting for a future."""
    _label(base.Future, ["result", "exception"], "future")
    for name in ("wait", "as_completed"):
        labels[id(getattr(base, name).__code__)] = "futures"


def item_begins(function, arguments=()):
    """Note what a thread or a process of a pool works on from now on."""
    try:
        if type(function).__name__ == "_WorkItem":
            function = function.fn if hasattr(function, "fn") else function.task[0]
        if getattr(function, "__name__", "") in ("mapstar", "starmapstar"):
            function = arguments[0][0]
        while type(function).__name__ == "partial":
            wrapped, arguments = function.func, function.args
            is_context = type(getattr(wrapped, "__self__", None)).__name__ == "Context"
            if arguments and (is_context or getattr(wrapped, "__name__", "") == "_process_chunk"):
                wrapped = arguments[0]
            function = wrapped
        text = getattr(function, "__qualname__", None) or type(function).__name__
        journal.put(ITEM, clock(), journal.thread_here(), on=journal.name(text))
    except Exception:
        journal.fault()


def item_ends():
    """Note that it is done with that."""
    try:
        journal.put(ITEMS_END, clock(), journal.thread_here())
    except Exception:
        journal.fault()


def watch_pool(module):
    """The items of pools of threads."""

    def edit(body):
        body[:] = enclose("item_begins(self)", body[:], "item_ends()")

    graft(module._WorkItem, "run", edit, item_begins=item_begins, item_ends=item_ends)


def _graft_items(module, name, what, is_call):
    """Have the call of each item recorded in a function that works on one after the other."""

    def edit(body):
        [(around, index)] = find(body, lambda node: kind(node) == "Assign" and is_call(node.value))
        around[index : index + 1] = enclose("item_begins(%s)" % what, [around[index]], "item_ends()")

    graft(module, name, edit, item_begins=item_begins, item_ends=item_ends)


def _names(node):
    """The names in `a.b` and in `a(*b)`; where a function has them, its variables have not changed theirs."""
    if kind(node) == "Attribute":
        return [getattr(node.value, "id", ""), node.attr]
    first = node.args[0] if node.args else node
    return [getattr(node.func, "id", ""), getattr(getattr(first, "value", None), "id", "")]


def watch_process_pool(module):
    """The items of `concurrent.futures`' pools of processes."""

    def is_call(value):
        return kind(value) == "Call" and kind(value.func) == "Attribute" and _names(value.func) == ["call_item", "fn"]

    _graft_items(module, "_process_worker", "call_item.fn", is_call)


def watch_multiprocessing_pool(module):
    """The items of `multiprocessing`'s pools."""

    def is_call(value):
        return kind(value) == "Tuple" and kind(value.elts[1]) == "Call" and _names(value.elts[1]) == ["func", "args"]

    _graft_items(module, "worker", "func, args", is_call)
    _label(module.ApplyResult, ["wait", "get"], "pool")
    _label(module.IMapIterator, ["next"], "pool")


def watch_subprocess(subprocess):
    """Waiting for the processes of `subprocess`."""
    _graft_wait(subprocess.Popen, "wait", "'process'")
    _graft_wait(subprocess.Popen, "communicate", "'process'")
    _label(subprocess.Popen, ["wait", "communicate"], "process")
    for name in ("run", "call", "check_call", "check_output"):
        labels[id(getattr(subprocess, name).__code__)] = "process"


def process_began(process):
    """Name the process that multiprocessing has just started, in it."""
    try:
        target = getattr(process, "_target", None)
        function = "" if target is None else getattr(target, "__qualname__", "")
        numbers = journal.name_once(process.name) | (journal.name(function) << 32 if function else 0)
        journal.put(journal.PROCESS, clock(), 0, more=numbers)
    except Exception:
        journal.fault()


def watch_processes(module):
    """Names of processes, and waiting for them."""

    def edit(body):
        body[:] = enclose("process_began(self)", body[:], "note_end()")

    new = graft(module.BaseProcess, "_bootstrap", edit, process_began=process_began, note_end=journal.note_end)
    journal.boundary = new and new.__code__
    _graft_wait(module.BaseProcess, "join", "'process', self")


def renew():
    """In a forked process, where of all threads only this one goes on."""
    starting.clear()
    failed.clear()


journal.renewals.append(renew)
