"""The preview of a project: after each change what is on disk is held against what is shown, and brought to agree.

Whatever happened (a save, many saves, a run that is done, a file that vanished), the same is done: load, see what is
stale, show what can be shown at once, then record, and write what a build would write.
"""

from __future__ import annotations

import re
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from asrun import pipeline
from asrun.errors import AsRunError, AuthorError, BuildFailed
from asrun.inputs import Code
from asrun.load import load_project
from asrun.model import Project
from asrun.pipeline import TIMING_ATTEMPTS, Judged, Settings
from asrun.plan import RECORDINGS, Job, Plan, leave_out_missing, make_plan, missing_interpreters
from asrun.progress import Progress
from asrun.recording import Recording, RunKey
from asrun.render.kept import Kept
from asrun.root import STATE
from asrun.serve.board import Board, cut
from asrun.serve.finish import Finisher
from asrun.serve.recorder import Recorder
from asrun.write import Busy, project_lock

_DOUBT_S = 0.08
"""A mistake is told when it is still there after this long: some editors empty a file before they write it."""

_AFTER_S = 0.15
"""How long handouts wait when the slides were shown: both would take time from the browser and from its connection."""

_AGAIN_S = 0.5
"""How long to wait for another build of the project to end, before looking again."""

_ADDRESS = re.compile(r"\]\(\s*<?([^)\s>]+)")


class _Shown(msgspec.Struct, frozen=True):
    """A run as it was last shown: its recording, with the code that was recorded."""

    code: Code
    recording: Recording


class Preview:
    """Keeps a board up to date with a project. `run` is called in a thread of its own, all else from any thread."""

    def __init__(self, settings: Settings, board: Board, progress: Progress) -> None:
        self._settings = settings
        self._board = board
        self._progress = _Telling(progress, board)
        self._woken = threading.Event()
        self._stopped = False
        self._recorder = Recorder(settings.root / STATE, self._progress, self._woken.set)
        self._finisher = Finisher(settings, self._progress, self._finished)
        self._taken: dict[RunKey, tuple[Job, Recording]] = {}
        """What was recorded and is not approved, yet or at all."""
        self._attempts: dict[RunKey, int] = {}
        """How often a run was taken for the sake of a timing claim."""
        self._shown: dict[RunKey, _Shown] = {}
        self._kept: defaultdict[str, Kept[Any]] = defaultdict(Kept)
        self._suspected: str = ""
        self._told: tuple[str, ...] = ()
        self._overflows: tuple[str, ...] = ()
        self._folders: frozenset[Path] = frozenset()
        self._warned: frozenset[str] = frozenset()

    def folders(self) -> frozenset[Path]:
        """The folders whose files make a difference."""
        root = self._settings.root
        return self._folders | {root / "scenarios", root / "templates", root / RECORDINGS}

    def changed(self) -> None:
        """Something on disk is not as it was."""
        self._finisher.put_off()
        self._recorder.fault = None
        self._woken.set()

    def stop(self) -> None:
        """End whatever is under way; `run` then returns."""
        self._stopped = True
        self._finisher.stop()
        self._woken.set()

    def run(self) -> None:
        """Show the project and every change of it, until `stop` is called."""
        try:
            self._woken.set()
            wait: float | None = None
            while not self._stopped:
                self._woken.wait(wait)
                self._woken.clear()
                if not self._stopped:
                    wait = self._look()
        finally:
            self._recorder.interrupt()
            self._finisher.stop()

    def _look(self) -> float | None:
        """Bring what is shown up to date; the seconds after which to look again, if nothing happens before that."""
        try:
            again = self._refresh()
        except (AsRunError, OSError) as error:
            told = error.show() if isinstance(error, AsRunError) else str(error)
            if told != self._suspected:
                self._suspected = told
                return _DOUBT_S
            self._tell(_pieces(error))
            return None
        except Exception as error:
            # A fault of ours, or a file that changed while it was read: another look shows which.
            told = "".join(traceback.format_exception(error))
            if told != self._suspected:
                self._suspected = told
                return _DOUBT_S
            self._tell((f"a fault of AsRun, not of your scenarios: please report it\n{told}",))
            return None
        self._suspected = ""
        return again

    def _refresh(self) -> float | None:
        root = self._settings.root
        began = time.monotonic()
        project = load_project(root)
        plan = make_plan(project, root / RECORDINGS)
        plan = leave_out_missing(project, plan, missing_interpreters(plan))
        self._folders = _folders_of(project, plan)
        self._warn(project)
        pending = self._pending(project, plan)
        if any(not _is_same(job, pending.get(key)) for key, job in self._recorder.jobs.items()):
            self._recorder.interrupt()
            pending = self._pending(project, plan)
        judged = self._judge(project, plan, pending)
        problems = tuple(told for told in pipeline.failures(project, _without(judged, frozenset(pending))) if told)
        self._render(project, plan, judged, pending, began)
        again = self._record(pending)
        if not pending:
            again = self._approve(judged) or again
            if not problems:
                self._finisher.begin({name: page.html for name, page in self._board.state.pages.items()})
        self._tell(problems)
        return again

    def _pending(self, project: Project, plan: Plan) -> dict[RunKey, Job]:
        """The runs that have no recording of what they are now."""
        self._collect()
        jobs = {job.key: job for job in plan.jobs}
        for key in [key for key, (job, _) in self._taken.items() if not _is_same(job, jobs.get(key))]:
            del self._taken[key]
            self._attempts.pop(key, None)
        return {key: job for key, job in jobs.items() if key not in self._taken}

    def _collect(self) -> None:
        self._taken |= self._recorder.collect()

    def _judge(self, project: Project, plan: Plan, pending: dict[RunKey, Job]) -> Judged:
        """The verdicts; runs behind a timing claim that fails become pending again, up to a limit."""
        recordings = {key: shown.recording for key, shown in self._shown.items() if key in pending}
        recordings |= plan.fresh
        recordings |= {key: recording for key, (_, recording) in self._taken.items()}
        jobs = {key: job for key, (job, _) in self._taken.items()}
        judged = pipeline.judge_all(project, project.scenarios, recordings, jobs)
        if not pending:
            for job in pipeline.worth_another_take(judged, jobs):
                attempt = self._attempts.get(job.key, 1) + 1
                if attempt <= TIMING_ATTEMPTS:
                    self._attempts[job.key] = attempt
                    del self._taken[job.key]
                    pending[job.key] = job
        return judged

    def _render(self, project: Project, plan: Plan, judged: Judged, pending: dict[RunKey, Job], began: float) -> None:
        """Show all that can be shown: of a run that is pending or failed, what was shown of it last."""
        doubted = set(judged.complaints) | {run for verdict in judged.failing for run in verdict.runs}
        now = {key: _Shown(plan.inputs[key].code, recording) for key, recording in judged.recordings.items()}
        shown = {}
        for key in plan.inputs:
            good = key in now and key not in pending
            if good and key not in doubted:
                shown[key] = self._shown[key] = now[key]
            elif key in self._shown:
                shown[key] = self._shown[key]
            elif good and key not in judged.complaints:
                shown[key] = now[key]
            elif key not in plan.missing:
                return
        inputs = {key: msgspec.structs.replace(plan.inputs[key], code=one.code) for key, one in shown.items()}
        inputs |= {key: plan.inputs[key] for key in plan.missing if key not in shown}
        recordings = {key: one.recording for key, one in shown.items()}
        plan = msgspec.structs.replace(plan, inputs=inputs)
        judged = msgspec.structs.replace(judged, recordings=recordings)
        try:
            decks = pipeline.render_decks(project, plan, judged, self._settings, self._kept)
            self._publish(decks, began)
            # Nobody waits for these as for the slides, which are on their way now.
            if self._woken.wait(_AFTER_S):
                return  # something has changed again, and all this comes anew
            self._publish(decks | pipeline.render_handouts(project, plan, judged, self._settings), began)
        except AuthorError:
            if not pending:  # else these may be new words about old recordings
                raise
            return
        made = {path.name for path in decks} | {f"{path.stem}{pipeline.HANDOUT}" for path in decks}
        kept = {name: page for name, page in self._board.state.pages.items() if name in made}
        self._board.publish(pages=kept)

    def _publish(self, pages: Mapping[Path, str], began: float) -> None:
        before = self._board.state.pages
        changed = {
            path.name: cut(html)
            for path, html in pages.items()
            if path.name not in before or before[path.name].html != html
        }
        if not changed:
            return
        self._board.publish(pages={**before, **changed})
        for name in changed.keys() & before.keys():
            self._progress.note(f"{name}: shown, {(time.monotonic() - began) * 1000:.0f} ms after the change")

    def _record(self, pending: dict[RunKey, Job]) -> float | None:
        """Record what is pending, where nothing is being recorded yet."""
        if self._recorder.is_busy:
            return None
        self._progress.nothing()
        if not pending:
            return None
        if self._recorder.fault is not None:
            raise self._recorder.fault
        if self._recorder.is_kept_out:
            self._recorder.is_kept_out = False
            self._board.publish(activity="another build of this project is running; waiting for it")
            return _AGAIN_S
        self._finisher.put_off()
        alone = any(self._attempts.get(key, 1) > 1 for key in pending)
        self._recorder.begin(tuple(pending.values()), 1 if alone else self._settings.jobs)
        return None

    def _approve(self, judged: Judged) -> float | None:
        """Write what a build would write of the recordings that were taken."""
        if not self._taken:
            return None
        try:
            with project_lock(self._settings.root / STATE):
                for key in pipeline.approve(judged, self._settings, self._progress):
                    del self._taken[key]
                    self._attempts.pop(key, None)
        except Busy:
            return _AGAIN_S
        return None

    def _finished(self, overflows: tuple[str, ...]) -> None:
        self._overflows = overflows
        self._woken.set()

    def _tell(self, problems: tuple[str, ...]) -> None:
        problems = problems + (self._overflows if not problems else ())
        self._board.publish(problems=problems)
        if problems != self._told:
            mended = bool(self._told) and not problems
            self._told = problems
            for problem in problems:
                self._progress.note(f"\n{problem}")
            if mended:
                self._progress.note("all is well again")

    def _warn(self, project: Project) -> None:
        warnings = frozenset(warning.show() for warning in project.warnings)
        for warning in sorted(warnings - self._warned):
            self._progress.note(warning)
        self._warned = warnings


def _is_same(job: Job, other: Job | None) -> bool:
    """Whether two jobs would record the same."""
    return other is not None and job.inputs.key == other.inputs.key and job.run == other.run


def _without(judged: Judged, pending: frozenset[RunKey]) -> Judged:
    """The verdicts that speak of no run that is still to be taken."""
    verdicts = {
        name: tuple(verdict for verdict in verdicts if not verdict.runs & pending)
        for name, verdicts in judged.verdicts.items()
    }
    complaints = {key: told for key, told in judged.complaints.items() if key not in pending}
    return msgspec.structs.replace(judged, verdicts=verdicts, complaints=complaints)


def _pieces(error: Exception) -> tuple[str, ...]:
    """An error as the things that are wrong."""
    if isinstance(error, AuthorError):
        return tuple(mistake.show() for mistake in error.mistakes)
    return (error.show() if isinstance(error, BuildFailed | AsRunError) else str(error),)


def _folders_of(project: Project, plan: Plan) -> frozenset[Path]:
    """The folders, besides the project's own, with files that runs are made from or that prose shows."""
    folders = set()
    for scenario in project.scenarios.values():
        folder = scenario.folder
        folders |= {(folder / address).parent for address in _ADDRESS.findall(scenario.source.text)}
        for name, run in scenario.runs.items():
            named = [folder / file for file in run.files]
            if run.file is not None:
                script = folder / run.file
                named += [script, *(script.parent / file.name for file in plan.inputs[scenario.name, name].files)]
            folders |= {path if path.is_dir() else path.parent for path in named}
    inside = {folder.resolve() for folder in folders if folder.is_dir()}
    own = project.root / "scenarios"
    return frozenset(
        folder
        for folder in inside
        if folder.is_relative_to(project.root) and folder != project.root and not folder.is_relative_to(own)
    )


class _Telling:
    """Progress that also goes to the board."""

    def __init__(self, progress: Progress, board: Board) -> None:
        self._progress = progress
        self._board = board
        self._running: dict[str, str] = {}
        self._lock = threading.Lock()
        self.note: Callable[[str], None] = progress.note
        self.detail: Callable[[str], None] = progress.detail

    def started(self, job: Job, take: int, takes: int) -> None:
        """A take of a run began."""
        self._progress.started(job, take, takes)
        self._say(job, f"{job}, take {take} of {takes}" if takes > 1 else str(job))

    def finished(self, job: Job, recording: Recording, complaint: str) -> None:
        """All takes of a run were made."""
        self._progress.finished(job, recording, complaint)
        self._say(job, "")

    def nothing(self) -> None:
        """Nothing is being recorded."""
        with self._lock:
            self._running.clear()
        self._board.publish(activity="")

    def _say(self, job: Job, what: str) -> None:
        with self._lock:
            self._running.pop(str(job), None)
            if what:
                self._running[str(job)] = what
            told = " and ".join(self._running.values())
        self._board.publish(activity=f"recording {told}" if told else "")
