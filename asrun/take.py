"""Taking runs: several at once where there are cores for them, each take in a process of its own."""

from __future__ import annotations

import concurrent.futures
import contextlib
import threading
from collections.abc import Iterator, Sequence

from asrun.assemble import assemble, this_machine
from asrun.execute.request import Outcome, Request
from asrun.execute.runner import Executor
from asrun.interpreters import Interpreter, find_interpreter
from asrun.plan import Job
from asrun.progress import Progress
from asrun.recording import Recording, complaint

RETAKES = 3
"""How many takes of a run, in all, are thrown away because others disturbed them."""


def take_all(
    jobs: Sequence[Job], executor: Executor, at_once: int, progress: Progress
) -> Iterator[tuple[Job, Recording]]:
    """Take runs, yielding each as it is done. Interrupted, it ends those in flight at once.

    At most `at_once` run side by side, and never more than there are cores for: a timed run is not to be disturbed by
    its neighbours. A run that needs more cores than there are runs alone.
    """
    cores = this_machine().cores
    turns = Turns()
    waiting = list(jobs)
    running: dict[concurrent.futures.Future[Recording], tuple[Job, float]] = {}
    with concurrent.futures.ThreadPoolExecutor(max_workers=max(at_once, 1)) as pool:
        try:
            while waiting or running:
                free = cores - sum(need for _, need in running.values())
                for job in list(waiting):
                    need = min(job.cores, cores)
                    if len(running) < at_once and (need <= free or not running):
                        waiting.remove(job)
                        running[pool.submit(take, job, executor, progress, turns)] = (job, need)
                        free -= need
                done, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
                for future in done:
                    job, _ = running.pop(future)
                    yield job, future.result()
        except BaseException:
            executor.interrupt()
            raise


class Turns:
    """Who may run: any number of takes side by side, or one alone. Who waits to be alone lets no other one begin."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = self._wanting = 0
        self._is_one_alone = False

    @contextlib.contextmanager
    def beside_others(self) -> Iterator[None]:
        """For a take that others may run beside."""
        with self._changed:
            self._changed.wait_for(lambda: not self._wanting and not self._is_one_alone)
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """For a take that nothing of ours is to run beside."""
        with self._changed:
            self._wanting += 1
            self._changed.wait_for(lambda: not self._running and not self._is_one_alone)
            self._wanting -= 1
            self._is_one_alone = True
        try:
            yield
        finally:
            with self._changed:
                self._is_one_alone = False
                self._changed.notify_all()


def take(job: Job, executor: Executor, progress: Progress, turns: Turns) -> Recording:
    """All takes of one run, one after the other; none after one that did not end as declared.

    A take that others disturbed is thrown away and taken again, alone. After RETAKES of these such takes are kept, and
    say so: the machine is busy. Raises InterpreterMissing where the interpreter that the run declares is not here.
    """
    interpreter = find_interpreter(job.run.version) if job.inputs.is_python else None
    request = request_for(job, interpreter)
    total = job.run.warmup + job.run.repeat
    outcomes: list[Outcome] = []
    retakes = RETAKES
    told = ""
    for number in range(1, total + 1):
        progress.started(job, number, total)
        turn = turns.beside_others()
        while True:
            with turn:
                outcome = executor.run(request)
            recording = assemble(job.scenario, job.name, job.inputs, [outcome], interpreter)
            told = complaint(recording, job.run)
            if told or not outcome.is_disturbed or not retakes or number <= job.run.warmup:
                break
            retakes -= 1
            progress.detail(f"  {job}: others kept take {number} from the cores; it is taken again, alone")
            turn = turns.alone()
        outcomes.append(outcome)
        if told:
            break
    else:
        recording = assemble(job.scenario, job.name, job.inputs, outcomes[job.run.warmup :], interpreter)
    progress.finished(job, recording, told)
    return recording


def request_for(job: Job, interpreter: Interpreter | None) -> Request:
    """What is asked of the executor for one take of a run."""
    return Request(
        argv=(interpreter.path, *job.inputs.arguments) if interpreter else job.inputs.arguments,
        files=job.inputs.files,
        env=job.run.env,
        stdin=job.run.stdin.encode(),
        timeout_ns=round(job.run.timeout * 1e9),
        is_python=interpreter is not None,
        trace=job.run.trace,
    )
