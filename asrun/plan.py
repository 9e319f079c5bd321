"""What must run, and why: each run's inputs held against the key of its approved recording."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec

from asrun.errors import AuthorError, CannotWrite, Mistake, Place
from asrun.inputs import Inputs, read_inputs
from asrun.model import Project, Run, split_run
from asrun.recording import NewerFormat, Recording, RunKey, Unreadable, complaint, decode_recording
from asrun.view import RunView

RECORDINGS = Path("slides", "recordings")
"""Where a project keeps its approved recordings."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A run that is to be taken, and why."""

    scenario: str
    name: str
    run: Run
    inputs: Inputs
    reason: str
    cores: float | None
    """How many cores it needs: declared, or learned from its last recording; None where nothing is known."""

    @property
    def key(self) -> RunKey:
        """Its scenario's name and its own."""
        return self.scenario, self.name

    def __str__(self) -> str:
        return f"{self.scenario}.{self.name}"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs have a fresh recording, and which are to be taken."""

    inputs: dict[RunKey, Inputs]
    """Of every run that was asked about, in the project's order."""
    fresh: dict[RunKey, Recording]
    jobs: tuple[Job, ...]
    missing: dict[RunKey, str] = {}
    """Optional runs that have no fresh recording and whose interpreter is not here, with the words for that."""
    unused: tuple[Path, ...]
    """Recordings that no run of the project uses any more, relative to the folder of recordings."""


def recording_path(scenario: str, run: str) -> Path:
    """Where a recording is kept, relative to the folder of recordings: `square@3.13.json` for `square[3.13]`."""
    return Path(scenario, f"{run.replace('[', '@').removesuffix(']')}.json")


def make_plan(
    project: Project, recordings: Path, *, only: Collection[str] = (), again: Collection[RunKey] = ()
) -> Plan:
    """What must run for the recordings in a folder to be fresh.

    `only` names the scenarios to look at (none: all); the runs in `again` are taken whatever their recordings say.
    Raises AuthorError where an input cannot be read or a recording is of a newer format.
    """
    inputs: dict[RunKey, Inputs] = {}
    fresh: dict[RunKey, Recording] = {}
    jobs: list[Job] = []
    mistakes = []
    for scenario in project.scenarios.values():
        if only and scenario.name not in only:
            continue
        for name, run in scenario.runs.items():
            key = (scenario.name, name)
            try:
                inputs[key] = read_inputs(scenario, name)
            except (OSError, UnicodeDecodeError) as error:
                path = (*scenario.run_path(name), "file" if run.file else "files")
                mistakes.append(scenario.source.mistake(f"cannot be read: {error}", *path))
                continue
            try:
                last, reason = _last_recording(recordings / recording_path(*key))
            except NewerFormat as newer:
                mistakes.append(Mistake(Place((RECORDINGS / recording_path(*key)).as_posix(), 1, 1), str(newer)))
                continue
            if last is not None:
                reason = "asked for" if key in again else _what_changed(last, inputs[key], run)
            if last is not None and not reason:
                fresh[key] = last
                continue
            jobs.append(
                Job(
                    scenario=scenario.name,
                    name=name,
                    run=run,
                    inputs=inputs[key],
                    reason=reason,
                    cores=_cores(run, last),
                )
            )
    if mistakes:
        raise AuthorError(mistakes)
    return Plan(inputs=inputs, fresh=fresh, jobs=tuple(jobs), unused=_unused(project, recordings))


def missing_interpreters(plan: Plan) -> dict[RunKey, str]:
    """The jobs of a plan whose interpreter is not here, with the words for that."""
    from asrun.interpreters import InterpreterMissing, find_interpreter

    found = {}
    for job in plan.jobs:
        try:
            if job.inputs.is_python:
                find_interpreter(job.run.version)
        except InterpreterMissing as missing:
            found[job.key] = str(missing)
    return found


def leave_out_missing(project: Project, plan: Plan, missing: Mapping[RunKey, str]) -> Plan:
    """A plan without the runs whose interpreter is missing.

    Raises AuthorError for each of them that its scenario does not say is optional.
    """
    mistakes = []
    for job in plan.jobs:
        if job.key in missing and not job.run.optional:
            scenario = project.scenarios[job.scenario]
            number = scenario.runs_of(split_run(job.name)[0]).index(job.name)
            path = (*scenario.run_path(job.name), "python", number)
            mistakes.append(scenario.source.mistake(missing[job.key], *path, hint="or say that it is `optional: true`"))
    if mistakes:
        raise AuthorError(mistakes)
    return msgspec.structs.replace(
        plan,
        jobs=tuple(job for job in plan.jobs if job.key not in missing),
        missing={job.key: missing[job.key] for job in plan.jobs if job.key in missing},
    )


def _last_recording(path: Path) -> tuple[Recording | None, str]:
    """The recording at a path; where there is none to use, why. Raises NewerFormat."""
    try:
        recording = decode_recording(path.read_bytes())
    except FileNotFoundError:
        return None, "never recorded"
    except NewerFormat:
        raise
    except OSError as error:
        raise CannotWrite(path, error) from error
    except Unreadable as error:
        return None, str(error)
    if path.parts[-2:] != recording_path(recording.scenario, recording.run).parts:
        return None, f"its recording is one of {recording.scenario}.{recording.run}"
    return recording, ""


def _what_changed(recording: Recording, inputs: Inputs, run: Run) -> str:
    """The inputs that differ from those of a recording, in words; empty where it is fresh."""
    old, new = recording.key, inputs.key
    changes = [
        f"{name} {'changed' if name in old and name in new else 'added' if name in new else 'removed'}"
        for name in dict.fromkeys([*new, *old])
        if old.get(name) != new.get(name)
    ]
    if not changes:
        # Another exit status declared: what was approved is not what the scenario says any more.
        return complaint(recording, run)
    return ", ".join(changes)


def _cores(run: Run, last: Recording | None) -> float | None:
    if run.cores is not None or last is None:
        return run.cores
    return RunView(last).cores


def _unused(project: Project, recordings: Path) -> tuple[Path, ...]:
    used = {recording_path(scenario.name, run) for scenario in project.scenarios.values() for run in scenario.runs}
    found = (path.relative_to(recordings) for path in recordings.glob("*/*.json"))
    return tuple(sorted(path for path in found if path not in used))
