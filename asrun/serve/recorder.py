"""Recording while something else goes on: in a thread, and to be ended when what is recorded is outdated."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from asrun.execute.runner import Executor, Interrupted
from asrun.plan import Job
from asrun.progress import Progress
from asrun.recording import Recording, RunKey
from asrun.take import take_all
from asrun.write import Busy, project_lock


class Recorder:
    """Takes runs in the background, one batch at a time."""

    def __init__(self, state: Path, progress: Progress, told: Callable[[], None]) -> None:
        self.fault: BaseException | None = None
        """What ended the last batch before its time, but for an interruption."""
        self.is_kept_out = False
        """True where another build of the project kept the last batch from beginning."""
        self._state = state
        self._progress = progress
        self._told = told
        self._lock = threading.Lock()
        self._waiting: dict[RunKey, Job] = {}
        self._done: dict[RunKey, tuple[Job, Recording]] = {}
        self._thread: threading.Thread | None = None
        self._executor: Executor | None = None
        self.is_busy = False
        """Whether a batch is under way."""

    @property
    def jobs(self) -> dict[RunKey, Job]:
        """The runs of the batch under way that are not done yet."""
        with self._lock:
            return dict(self._waiting)

    def begin(self, jobs: Sequence[Job], at_once: int) -> None:
        """Take these runs; `told` is called as each is done, and at the end. No batch may be under way."""
        assert not self.is_busy
        if self._thread is not None:
            self._thread.join()
        self.fault, self.is_kept_out, self.is_busy = None, False, True
        self._waiting = {job.key: job for job in jobs}
        self._executor = Executor()
        self._thread = threading.Thread(target=self._record, args=(tuple(jobs), at_once), name="recorder")
        self._thread.start()

    def collect(self) -> dict[RunKey, tuple[Job, Recording]]:
        """The runs that were done since the last call."""
        with self._lock:
            done, self._done = self._done, {}
        return done

    def interrupt(self) -> None:
        """End the batch under way with all its processes, and wait until they are gone."""
        if self._thread is None or self._executor is None:
            return
        if self.is_busy:
            self._executor.interrupt()
        self._thread.join()

    def _record(self, jobs: Sequence[Job], at_once: int) -> None:
        assert self._executor is not None
        try:
            with self._executor as executor, project_lock(self._state):
                for job, recording in take_all(jobs, executor, at_once, self._progress):
                    with self._lock:
                        self._waiting.pop(job.key, None)
                        self._done[job.key] = (job, recording)
                    self._told()
        except Busy:
            self.is_kept_out = True
        except Interrupted:
            pass  # by `interrupt`
        except Exception as error:
            self.fault = error
        finally:
            with self._lock:
                self._waiting = {}
                self.is_busy = False
            self._told()
