"""Taking runs on a Dask cluster: one at a time on each worker, and what is compared always on the same one.

AsRun decides itself which worker takes what. A worker that is lost is noticed, and all the runs of the group that it
was at are taken again on another one; what it had done of that group is thrown away, so that no comparison is between
two machines.
"""

from __future__ import annotations

import logging
import queue
import re
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Self

from asrun.errors import AsRunError
from asrun.plan import Job, Plan
from asrun.progress import Progress
from asrun.recording import Recording, RunKey, complaint, decode_recording
from asrun.worker import encode_job, end_here, kinship, missing_here, take_here

Future = Any
"""A future of distributed, which gives no types for it."""

_ADDRESS = re.compile(r"dask://(?P<place>[^\s/:]+:\d+|\[[0-9A-Fa-f:]+\]:\d+)/?")
_PATIENCE_S = 5.0
"""How long to wait for an answer of the scheduler, and for a first worker."""
_NOBODY_S = 30.0
"""How long to wait for another worker when none is left."""
_LOOK_S = 0.25


class NoCluster(AsRunError):
    """There is no cluster at the address, or none that can take runs; the message says why."""

    exit_code = 2


class _Errand:
    """A group of runs at a worker: those that are done, and the one that is being taken."""

    def __init__(self, group: Sequence[Job], future: Future) -> None:
        self.group = group
        self.future = future
        self.done: list[Recording] = []

    @property
    def job(self) -> Job:
        """The run that is being taken."""
        return self.group[len(self.done)]


class Cluster:
    """A Dask cluster that takes runs. To be used in a `with` statement."""

    def __init__(self, address: str) -> None:
        """Connect to `dask://HOST:PORT`. Raises NoCluster."""
        match = _ADDRESS.fullmatch(address)
        if match is None:
            raise NoCluster(f"an executor is written dask://HOST:PORT, and this is {address!r}")
        try:
            from distributed import Client
        except ImportError as error:
            raise NoCluster("dask:// needs the extra dask: pip install 'asrun[dask]'") from error
        # What it would tell of lost workers and connections is told by AsRun.
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        self._address = address
        self._build = uuid.uuid4().hex
        self._workers: dict[str, bool] = {}
        """The workers that were met, and whether they are the same AsRun."""
        self._places: dict[RunKey, str] = {}
        """Where each run was taken last."""
        try:
            make: Any = Client
            self._client = make(f"tcp://{match['place']}", timeout=_PATIENCE_S, set_as_default=False)
        except (OSError, TimeoutError) as error:
            raise NoCluster(f"no Dask scheduler answers at {address}: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError, TimeoutError):
            self._client.close(timeout=_PATIENCE_S)

    def missing(self, plan: Plan) -> dict[RunKey, str]:
        """The jobs of a plan whose interpreter no worker has, with the words for that. Raises NoCluster."""
        versions = sorted({job.run.version for job in plan.jobs if job.inputs.is_python}, key=str)
        if not versions:
            return {}
        lacking = self._lacking(versions, self._wait_for_workers())
        common = set.intersection(*(set(found) for found in lacking.values()))
        words = f"no worker of {self._address} has Python"
        return {
            job.key: f"{words} {job.run.version}"
            for job in plan.jobs
            if job.inputs.is_python and str(job.run.version) in common
        }

    def take_all(
        self, groups: Sequence[Sequence[Job]], at_once: int, progress: Progress
    ) -> Iterator[tuple[Job, Recording]]:
        """Take groups of runs, at most `at_once` at a time, yielding those of each group when all of it is done.

        Interrupted, it ends those in flight at once. Raises NoCluster.
        """
        versions = sorted({job.run.version for group in groups for job in group if job.inputs.is_python}, key=str)
        waiting = list(groups)
        errands: dict[str, _Errand] = {}
        ended: queue.SimpleQueue[Future] = queue.SimpleQueue()
        lacking: dict[str, dict[str, str]] = {}
        nobody_since = time.monotonic()
        try:
            while waiting or errands:
                workers = self._present()
                lacking |= self._lacking(versions, [one for one in workers if one not in lacking])
                for lost in [worker for worker in errands if worker not in workers]:
                    errand = errands.pop(lost)
                    errand.future.release()
                    waiting.insert(0, errand.group)
                    names = ", ".join(map(str, errand.group))
                    progress.note(f"a worker was lost; taken again elsewhere: {names}")
                for worker in workers:
                    group = self._choose(worker, waiting, workers, lacking)
                    if worker not in errands and len(errands) < at_once and group is not None:
                        waiting.remove(group)
                        errands[worker] = _Errand(group, self._submit(group[0], worker, ended, progress))
                if workers:
                    nobody_since = time.monotonic()
                elif time.monotonic() > nobody_since + _NOBODY_S:
                    raise NoCluster(f"no worker is left at {self._address}")
                if workers and waiting and not errands:
                    raise NoCluster(f"no worker of {self._address} has all the interpreters of {waiting[0][0]}")
                with suppress(queue.Empty):
                    future = ended.get(timeout=_LOOK_S)
                    yield from self._finished(future, errands, ended, progress)
        except BaseException:
            self._end()
            raise

    def _choose(
        self,
        worker: str,
        waiting: Sequence[Sequence[Job]],
        workers: Sequence[str],
        lacking: dict[str, dict[str, str]],
    ) -> Sequence[Job] | None:
        """The first group that a worker can take and that is not to be taken where it was before."""
        for group in waiting:
            places = {self._places.get(job.key) for job in group}.intersection(workers)
            needed = {str(job.run.version) for job in group if job.inputs.is_python}
            if (not places or worker in places) and needed.isdisjoint(lacking[worker]):
                return group
        return None

    def _submit(self, job: Job, worker: str, ended: queue.SimpleQueue[Future], progress: Progress) -> Future:
        progress.started(job, 1, job.run.warmup + job.run.repeat)
        future: Future = self._client.submit(
            take_here, encode_job(job), self._build, workers=[worker], allow_other_workers=False, pure=False
        )
        future.add_done_callback(ended.put)
        return future

    def _finished(
        self,
        future: Future,
        errands: dict[str, _Errand],
        ended: queue.SimpleQueue[Future],
        progress: Progress,
    ) -> Iterator[tuple[Job, Recording]]:
        """Take up a result, if it is one that is still waited for, and have the worker go on with its group."""
        worker = next((worker for worker, errand in errands.items() if errand.future is future), None)
        if worker is None or future.status in ("lost", "cancelled"):
            return
        errand = errands[worker]
        if future.status == "error" and worker not in self._present():
            return  # its end is noticed at the next look
        recording = decode_recording(future.result())
        job = errand.job
        progress.finished(job, recording, complaint(recording, job.run))
        errand.done.append(recording)
        if len(errand.done) < len(errand.group):
            errand.future = self._submit(errand.job, worker, ended, progress)
            return
        del errands[worker]
        self._places |= {job.key: worker for job in errand.group}
        yield from zip(errand.group, errand.done, strict=True)

    def _present(self) -> list[str]:
        """The workers that are there and are the same AsRun. Raises NoCluster."""
        try:
            found = list(self._client.nthreads())
            fresh = [worker for worker in found if worker not in self._workers]
            told: dict[str, Any] = self._client.run(kinship, workers=fresh, on_error="return") if fresh else {}
        except (OSError, TimeoutError, RuntimeError, ValueError) as error:
            raise NoCluster(f"the Dask scheduler at {self._address} does not answer any more: {error}") from error
        for worker in fresh:
            answer = told.get(worker)
            if isinstance(answer, OSError) or answer is None:
                continue  # it went away meanwhile
            if answer != kinship():
                theirs = answer if isinstance(answer, str) else f"none that answers ({answer})"
                raise NoCluster(f"a worker of {self._address} has another AsRun: {theirs}; here it is {kinship()}")
            self._workers[worker] = True
        return [worker for worker in found if worker in self._workers]

    def _wait_for_workers(self) -> list[str]:
        give_up = time.monotonic() + _PATIENCE_S
        while not (workers := self._present()):
            if time.monotonic() > give_up:
                raise NoCluster(f"the Dask scheduler at {self._address} has no workers")
            time.sleep(0.1)
        return workers

    def _lacking(self, versions: Sequence[str | None], workers: Sequence[str]) -> dict[str, dict[str, str]]:
        """For each of the workers, the versions of Python that it does not have."""
        if not workers or not versions:
            return {worker: {} for worker in workers}
        found = self._client.run(missing_here, list(versions), workers=list(workers), on_error="ignore")
        return {worker: found.get(worker, {}) for worker in workers}

    def _end(self) -> None:
        """End what is in flight at the workers."""
        with suppress(OSError, TimeoutError, RuntimeError, ValueError):
            self._client.run(end_here, self._build, on_error="ignore")
