"""What is recorded of asyncio: its tasks, each of their steps, and where they are suspended in between.

A step is a run of a task's callback by the event loop. Python's documentation does not name it: `Handle._run` calls it
from 3.8 to 3.14.
"""

from _weakref import ref
from sys import modules
from types import BuiltinMethodType, CoroutineType, GeneratorType, MethodType

from _asrun import journal
from _asrun.graft import enclose, find, graft, kind, statements
from _asrun.journal import (
    CANCELLED,
    DONE,
    DROPPED_AT,
    END,
    FAILED,
    LAST_SLOT,
    MARK,
    RENAMED,
    STEP,
    TASK,
    WAIT,
    WAITED,
    Full,
    clock,
    pack_step,
)

NAMED, BEGAN = 5, 7
lanes = {}
"""The entry of each task that is not done, by the task's id(): its lane; the same with the tail of a step's record;
its loop's slot, and the next; what is known of its outermost code; its name; what clears it away; and when the step
began that it takes."""
slots = {}
"""Where in the head the last step of a loop is noted, by the loop's id()."""
steps = {}
"""For each type of callback: whether it is always a task's step (1), may be one (2), or never is one (0)."""
codes = {}
"""By the id() of a code object: the object, its file if it is the author's, and what is waited for in it if it is a
function of asyncio's, both as numbers that stand where they do in the place of a record; and where it was found
suspended, by instruction: the place, and what is known of the code that was awaited there last."""
bulk = head = next_bulk = get_running_loop = None
"""As in `journal`, a little nearer."""
sleep_0 = sleep_ = 0
done_eagerly = 0, 0, ""
"""The id() of the task that was last done when it was made, its lane, and its name, which it may get only later."""
LEVELS = (None,) * 40
"""So many coroutines that wait for each other are followed. (A range would have to be made for each step.)"""
UNKNOWN = None, 0, 0, {}
MOST_CODES = 20_000
STEP_TAIL = (STEP | MARK) << 32

SLEEP = "sleep"
ON = {
    ("tasks.py", "sleep"): SLEEP,
    ("tasks.py", "wait"): "tasks",
    ("tasks.py", "_wait"): "tasks",
    ("tasks.py", "_wait_for_one"): "tasks",
    ("threads.py", "to_thread"): "thread",
    ("locks.py", "wait"): "event",
    ("queues.py", "get"): "queue",
    ("queues.py", "put"): "queue",
    ("queues.py", "join"): "queue",
    ("taskgroups.py", "__aexit__"): "task group",
    ("subprocess.py", "wait"): "process",
    ("subprocess.py", "communicate"): "process",
    ("base_events.py", "shutdown_default_executor"): "thread",
}
STEPS = ("task_wakeup", "__step", "__wakeup")
IN_LOCKS = {"Lock": "lock", "Event": "event", "Condition": "condition", "Semaphore": "semaphore", "Barrier": "barrier"}
IN_FILES = {"streams.py": "stream", "selector_events.py": "socket", "subprocess.py": "process"}


def _learn_type(callback):
    """What kind of callback a type is. In C a task wakes up by a builtin method, or by an object made for that."""
    name = type(callback).__name__
    if name in ("TaskStepMethWrapper", "TaskWakeupMethWrapper"):
        sort = 1
    else:
        sort = 2 if type(callback) in (BuiltinMethodType, MethodType) else 0
    if len(steps) < 1000:
        steps[type(callback)] = sort
    return sort


def begins(callback, sort):
    """The task whose step a callback is, where its type does not tell; None if it is something else."""
    try:
        if sort is None:
            sort = _learn_type(callback)
        if sort and (sort == 1 or callback.__name__ in STEPS) and not callback.__self__.done():
            return callback.__self__
    except Exception:
        journal.fault()
    return None


def _begin_lane(task, parent):
    """Begin the lane of a task that was not seen before; its entry, None if it is no task or is done."""
    coroutine = getattr(task, "get_coro", None)
    if coroutine is None or task.done():
        return None
    coroutine = coroutine()
    function = getattr(coroutine, "__qualname__", "") or type(coroutine).__name__
    thread = journal.thread_here()
    title = task.get_name()
    lane = journal.new_lane(TASK, title, function, parent or thread, thread=thread)
    return _keep(task, lane, title)


def _keep(task, lane, title):
    """Remember the lane of a task for as long as the task lives or is not done."""
    key, loop = id(task), task.get_loop()
    slot = slots.get(id(loop))
    if slot is None:
        slot = slots[id(loop)] = min(journal.next_slot(), LAST_SLOT)
    code = getattr(task.get_coro(), "cr_code", None)
    known = UNKNOWN if code is None else codes.get(id(code)) or _learn_code(code)
    clear = ref(task, lambda _: lanes.pop(key, None))
    entry = lanes[key] = [lane, lane | STEP_TAIL, slot, slot + 1, known, title, clear, 0]
    return entry


def enter(task):
    """Note that a step of a task begins now; the task's entry, None if nothing is to be recorded."""
    try:
        entry = lanes.get(id(task)) or _begin_lane(task, 0)
        if entry is None:
            return None
        lane, _, slot, lane_slot, _, _, _, _ = entry
        head[slot] = entry[BEGAN] = clock()
        head[lane_slot] = lane
        return entry
    except Exception:
        journal.fault()
        return None


def leave(task, entry):
    """Record a step that ends now. `entry`: what `enter` gave."""
    ended = clock()
    try:
        lane, lane_and_tail, _, _, known, _, _, began = entry
        if task.done():
            place = 0
            finish(task, lane, ended)
        else:
            place = where(task, known)
        pack_step(bulk, next_bulk(), began, ended, place, lane_and_tail)
    except Full:
        head[DROPPED_AT] = journal.next_dropped()
    except Exception:
        journal.fault()


def finish(task, lane, at):
    """End the lane of a task that is done. Its exception is not asked for: that would count as having seen it."""
    entry = lanes.pop(id(task), None)
    if entry is not None and entry[NAMED] != task.get_name():
        journal.put(RENAMED, at, lane, more=journal.name_once(task.get_name()))
    how = CANCELLED if task.cancelled() else FAILED if task._exception is not None else DONE
    journal.put(END, at, lane, flag=how)


def where(task, known):
    """Where in the author's code a task is suspended, and what it waits for there: the place of a record.

    `known`: what is known of the code that is likely to be the outermost.
    A coroutine of the library's is not asked for its frame, if that can be avoided: it would have to be made first.
    """
    awaited = task.get_coro()
    place = on = 0
    stopped = None
    for _ in LEVELS:
        if type(awaited) is CoroutineType:
            code = awaited.cr_code
            if code is not known[0]:
                known = codes.get(id(code)) or _learn_code(code)
                if stopped is not None:
                    stopped[1] = known
            stopped = None
            _, file, what, places = known
            if file:
                # Its line is dear to ask for, above all in a long function.
                frame, on = awaited.cr_frame, 0
                stopped = places.get(frame.f_lasti) or _learn_place(frame, file, places)
                place, known = stopped
            elif what:
                if what == sleep_:
                    if type(awaited.cr_await) is GeneratorType:
                        return place | sleep_0
                    seconds = awaited.cr_frame.f_locals["delay"]
                    return place | (journal.name("sleep(%s)" % seconds) << 48 or sleep_)
                on = on or what
            awaited = awaited.cr_await
        elif type(awaited) is GeneratorType:
            code = awaited.gi_code
            known = codes.get(id(code)) or _learn_code(code)
            _, file, what, _ = known
            stopped = None
            if file:
                place, on = awaited.gi_frame.f_lineno | file, 0
            awaited = awaited.gi_yieldfrom
        else:
            break
    return place | (on or _future(task) << 48)


def _future(task):
    """The number of what a task waits for, by the future that wakes it."""
    future = getattr(task, "_fut_waiter", None)
    if future is None:
        return 0
    if type(future).__name__ == "_GatheringFuture":
        return journal.name("gather")
    if hasattr(future, "get_coro"):
        return journal.name("task " + future.get_name()) or journal.name("task")
    return journal.name("future")


def _learn_place(frame, file, places):
    """The line of a frame, with its file, and that nothing is known of what it awaits; kept by instruction."""
    stopped = places[frame.f_lasti] = [frame.f_lineno | file, UNKNOWN]
    return stopped


def _learn_code(code):
    """What is to be known of a function's code: see `codes`."""
    number = journal.files.get(code.co_filename)
    if number is None:
        number = journal.learn(code.co_filename)
    what = 0
    folder, _, file = code.co_filename.rpartition("/")
    if folder.endswith("/asyncio"):
        text = ON.get((file, code.co_name), "")
        if file == "locks.py":
            owner = getattr(code, "co_qualname", "").rpartition(".")[0].replace("Bounded", "")
            text = IN_LOCKS.get(owner, "lock" if code.co_name != "wait" else "event")
        text = text or IN_FILES.get(file, "")
        what = journal.name(text) if text else 0
    known = code, number << 32, what << 48, {}
    if len(codes) < MOST_CODES:
        codes[id(code)] = known
    return known


def task_here():
    """The lane of the task that runs in this thread; 0 if there is none."""
    loop = get_running_loop()
    if loop is None:
        return 0
    tasks = modules.get("asyncio.tasks")
    task = tasks and tasks.current_task(loop)
    if task is None:
        return 0
    entry = lanes.get(id(task)) or _begin_lane(task, 0)
    return entry[0] if entry else 0


def created(task):
    """Begin the lane of a task that was just made, under the lane that made it. Gives the task on.

    One that was done at once has its lane already, but may have got its name only now.
    """
    try:
        if task.done():
            key, lane, title = done_eagerly
            if key == id(task) and title != task.get_name():
                journal.put(RENAMED, clock(), lane, more=journal.name_once(task.get_name()))
        elif id(task) not in lanes:
            _begin_lane(task, journal.lane_here())
    except Exception:
        journal.fault()
    return task


def made_eagerly(task, began, coroutine):
    """Record the first step of a task that took it while it was made (Python 3.12). Gives the task on.

    A task that is done after that is not asked for its coroutine: 3.12.1 crashes.
    """
    global done_eagerly
    try:
        ended = clock()
        entry = lanes.get(id(task))
        if entry is not None:
            lane = entry[0]
        else:
            function = getattr(coroutine, "__qualname__", "")
            parent, thread = journal.lane_here(), journal.thread_here()
            lane = journal.new_lane(TASK, task.get_name(), function, parent, began, thread)
        if task.done():
            place = 0
            finish(task, lane, ended)
            done_eagerly = id(task), lane, task.get_name()
        else:
            if entry is None:
                _keep(task, lane, task.get_name())
            place = where(task, UNKNOWN)
        pack_step(bulk, next_bulk(), began, ended, place, lane | STEP_TAIL)
    except Full:
        head[DROPPED_AT] = journal.next_dropped()
    except Exception:
        journal.fault()
    return task


def loop_waits():
    """Note that the event loop of this thread has nothing to do."""
    try:
        journal.put(WAIT, clock(), journal.thread_here(), on=journal.name("event loop"))
    except Exception:
        journal.fault()


def loop_waited():
    """Note that it has again."""
    try:
        journal.put(WAITED, clock(), journal.thread_here())
    except Exception:
        journal.fault()


def watch_events(module):
    """The steps of tasks."""
    global get_running_loop
    get_running_loop = module._get_running_loop
    journal.task_here = journal.within(task_here) if journal.within else task_here

    def edit(body):
        [(around, index)] = find(body, lambda node: kind(node) == "Expr" and _is_run(node.value))
        around[index : index + 1] = enclose(
            "asrun = self._callback\n"
            "asrun_sort = steps.get(type(asrun))\n"
            "asrun = asrun.__self__ if asrun_sort == 1 else None if asrun_sort == 0 else begins(asrun, asrun_sort)\n"
            "asrun_entry = None if asrun is None else enter(asrun)",
            [around[index]],
            "if asrun_entry is not None: leave(asrun, asrun_entry)\nasrun = asrun_entry = None",
        )

    graft(module.Handle, "_run", edit, steps=steps, begins=begins, enter=enter, leave=leave)


def _is_run(value):
    return kind(value) == "Call" and kind(value.func) == "Attribute" and value.func.attr == "run"


def watch_base_events(module):
    """Who made which task, and when the loop waits."""

    def note_waits(body):
        found = find(body, lambda node: kind(node) == "Assign" and _is_select(node.value))
        [(around, index)] = found
        node = around[index]
        around[index : index + 1] = [
            *statements("asrun = timeout is None or timeout > 0\nif asrun: loop_waits()", node),
            node,
            *statements("if asrun: loop_waited()", node),
        ]

    graft(module.BaseEventLoop, "create_task", _pass_on("created(None)"), created=created)
    graft(module.BaseEventLoop, "_run_once", note_waits, loop_waits=loop_waits, loop_waited=loop_waited)


def _is_select(value):
    return kind(value) == "Call" and kind(value.func) == "Attribute" and value.func.attr == "select"


def watch_tasks(module):
    """The first steps of tasks that begin at once."""
    if not hasattr(module, "create_eager_task_factory"):
        return

    def edit(body):
        [(around, index)] = find(body, lambda node: kind(node) == "FunctionDef")
        inner = around[index].body
        _pass_on("made_eagerly(None, asrun, coro)")(inner)
        inner[:0] = statements("asrun = clock()", inner[0])

    used = {"made_eagerly": made_eagerly, "clock": clock}
    if graft(module, "create_eager_task_factory", edit, **used) is not None:
        module.eager_task_factory = module.create_eager_task_factory(module.Task)
    graft(module, "create_task", _pass_on("created(None)"), created=created)


def _pass_on(call):
    """What changes a function so that it passes what it returns through a call, as the first argument."""

    def edit(body):
        for around, index in find(body, lambda node: kind(node) == "Return"):
            node = around[index]
            through = statements(call, node.value)[0].value
            through.args[0] = node.value
            node.value = through

    return edit


def renew():
    """Take up the file of this process, which knows no lane yet."""
    global bulk, head, next_bulk, sleep_0, sleep_
    bulk, head, next_bulk = journal.bulk, journal.head, journal.next_bulk
    sleep_0, sleep_ = journal.name("sleep(0)") << 48, journal.name(SLEEP) << 48
    codes.clear()
    lanes.clear()
    slots.clear()


renew()
journal.renewals.append(renew)
