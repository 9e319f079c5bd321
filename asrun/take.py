"""Taking runs: several at once where there are cores for them, each take in a process of its own."""

from __future__ import annotations

import concurrent.futures
import contextlib
import threading
from collections.abc import Iterator, Sequence

from asrun.assemble import assemble, this_machine
from asrun.execute.gauge import Gauge
from asrun.execute.request import Outcome, Request
from asrun.execute.runner import Executor
from asrun.interpreters import Interpreter, find_interpreter
from asrun.plan import Job
from asrun.progress import Progress
from asrun.recording import Recording, complaint

RETAKES = 3
"""How many takes of a run, in all, are thrown away because others disturbed them."""

_LOOK_S = 0.02
"""How often it is looked for an idle core while runs wait for one."""

_SLACK = 0.3
"""How much of a core may be in use and it still counts as idle: sleepers wake up now and then."""


def take_all(
    jobs: Sequence[Job], executor: Executor, at_once: int, progress: Progress
) -> Iterator[tuple[Job, Recording]]:
    """Take runs, yielding each as it is done. Interrupted, it ends those in flight at once.

    At most `at_once` run side by side, and one begins only while a core is idle: a timed run is not to be disturbed by
    its neighbours. What those in flight need is measured meanwhile, so that any number of them may sleep together.
    A run that needs more cores than there are runs alone.
    """
    cores = this_machine().cores
    turns = Turns()
    waiting = list(jobs)
    running: dict[concurrent.futures.Future[Recording], _InFlight] = {}
    with concurrent.futures.ThreadPoolExecutor(max_workers=max(at_once, 1)) as pool:
        try:
            while waiting or running:
                idle = cores - sum(flight.need() for flight in running.values()) if waiting else 0.0
                for job in list(waiting):
                    flight = _InFlight(job, cores)
                    if len(running) < at_once and (flight.need() <= idle + _SLACK or not running):
                        waiting.remove(job)
                        running[pool.submit(take, job, executor, progress, turns, flight.gauge)] = flight
                        idle -= flight.need()
                pause = _LOOK_S if waiting and len(running) < at_once else None
                done, _ = concurrent.futures.wait(running, pause, concurrent.futures.FIRST_COMPLETED)
                for future in done:
                    yield running.pop(future).job, future.result()
        except BaseException:
            executor.interrupt()
            raise


class _InFlight:
    """A run that is being taken, and how many cores it needs."""

    def __init__(self, job: Job, cores: int) -> None:
        self.job = job
        self.gauge = Gauge()
        self._cores = cores

    def need(self) -> float:
        """What is known of it or, if that is more, what it wants at the moment: a core, as long as it is starting."""
        demand = self.gauge.demand()
        return min(max(self.job.cores or 0.0, 1.0 if demand is None else demand), self._cores)


class Turns:
    """Who may run: any number of takes side by side, or one alone. Who waits to be alone lets no other one begin."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = self._wanting = 0
        self._is_one_alone = False
        self._busy = 0

    def retakes(self) -> int:
        """How many disturbed takes of a run are worth taking again: few, when that has helped none of the last runs."""
        return RETAKES if self._busy < RETAKES else 1

    def settled(self, disturbed: bool) -> None:
        """A run is done, and was disturbed to the last or not."""
        self._busy = self._busy + 1 if disturbed else 0

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


def take(
    job: Job, executor: Executor, progress: Progress, turns: Turns | None = None, gauge: Gauge | None = None
) -> Recording:
    """All takes of one run, one after the other; none after one that did not end as declared.

    A take that others disturbed is thrown away and taken again, alone. After RETAKES of these such takes are kept, and
    say so: the machine is busy. While that goes on from run to run, one attempt each has to do. Raises
    InterpreterMissing where the interpreter that the run declares is not here.
    """
    turns = turns or Turns()
    interpreter = find_interpreter(job.run.version) if job.inputs.is_python else None
    request = request_for(job, interpreter)
    total = job.run.warmup + job.run.repeat
    outcomes: list[Outcome] = []
    retakes = turns.retakes()
    told = ""
    for number in range(1, total + 1):
        progress.started(job, number, total)
        turn = turns.beside_others()
        while True:
            with turn:
                outcome = executor.run(request, gauge)
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
        if job.run.repeat > 1:
            recording = assemble(job.scenario, job.name, job.inputs, outcomes[job.run.warmup :], interpreter)
        turns.settled(recording.disturbed)
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
