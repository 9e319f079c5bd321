"""Checking: everything is run again and held against what was approved, and nothing is written.

Each run, each claim and each file that a build makes gets a result. Of times only claims speak: no two takes have the
same ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from asrun.claims import Verdict, runs_of, verdict_lines, verdict_place
from asrun.drift import find_drift
from asrun.errors import Place
from asrun.model import Project, Run, Scenario, split_run
from asrun.pipeline import (
    Judged,
    Settings,
    find_runs,
    judge_all,
    load,
    missing_where_taken,
    place_of_run,
    record_and_judge,
    render,
)
from asrun.plan import RECORDINGS, Plan, make_plan, missing_interpreters
from asrun.progress import Progress
from asrun.recording import Recording, RunKey

Became = Literal["passed", "failed", "open"]
"""`open`: it could not be judged on this machine."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one run, claim or file."""

    scenario: str
    """Empty for what belongs to the project: decks, and recordings that no scenario uses."""
    name: str
    """What was looked at: `run sync`, `claim 1: sync.wall > 7`, `slides/index.html`."""
    place: Place
    """Where the author can change it."""
    became: Became = "passed"
    message: str = ""
    """What is wrong, or why it is open, in a line."""
    lines: tuple[str, ...] = ()
    """What more there is to tell: a diff, the parts of a claim, what to do."""
    seconds: float = 0
    """How long the run took, for a run."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What became of everything that was looked at: runs and claims in the project's order, then files."""

    results: tuple[Result, ...]
    strict: bool = False
    """Whether what is open fails, too."""
    passed_over: int = 0
    """How many claims were not looked at, since they also speak of runs that were not asked for."""

    def fails(self, result: Result) -> bool:
        """Whether a result makes the check fail."""
        return result.became == "failed" or (self.strict and result.became == "open")

    @property
    def failed(self) -> tuple[Result, ...]:
        """What makes the check fail."""
        return tuple(filter(self.fails, self.results))

    @property
    def open(self) -> tuple[Result, ...]:
        """What could not be judged on this machine, and may stay so."""
        return tuple(result for result in self.results if result.became == "open" and not self.fails(result))


def check(settings: Settings, names: Iterable[str], strict: bool, progress: Progress) -> Report:
    """Run everything again, or what is named, and hold it against the approved recordings. Writes nothing.

    `names` are scenarios or runs. A scenario's claims may speak of the runs of others: those are taken, too. Raises
    AuthorError.
    """
    project = load(settings, progress)
    asked = tuple(names)
    approved = make_plan(project, settings.root / RECORDINGS)
    files = () if asked else tuple(_files(project, approved, settings, progress))
    wanted = _wanted(project, asked)
    results, _ = check_runs(project, approved, wanted, {}, settings, progress)
    spoken = [runs_of(claim, scenario, project) for scenario in project.scenarios.values() for claim in scenario.claims]
    passed_over = sum(bool(wanted & runs) and not wanted >= runs for runs in spoken)
    return Report(results=(*results, *files), strict=strict, passed_over=passed_over)


def check_runs(
    project: Project,
    approved: Plan,
    wanted: frozenset[RunKey],
    known: Mapping[RunKey, Recording],
    settings: Settings,
    progress: Progress,
) -> tuple[tuple[Result, ...], dict[RunKey, Recording]]:
    """Take runs and say what became of them and of the claims about them; and all recordings that there are then.

    `approved` is a plan of the whole project, `known` what was taken for this check before and need not be taken again.
    """
    plan = make_plan(project, settings.root / RECORDINGS, only={owner for owner, _ in wanted}, again=wanted)
    plan = msgspec.structs.replace(plan, jobs=tuple(job for job in plan.jobs if job.key in wanted))
    missing = missing_where_taken(plan, settings)
    jobs = {job.key: msgspec.structs.replace(job, reason="to check") for job in plan.jobs if job.key not in missing}
    looked_at = tuple(
        scenario.name
        for scenario in project.scenarios.values()
        if any((scenario.name, name) in wanted for name in scenario.runs)
        or any(not runs or runs & wanted for runs in (runs_of(claim, scenario, project) for claim in scenario.claims))
    )
    # No approved recording may speak for a run that is checked.
    to_take = tuple(job for key, job in jobs.items() if key not in known)
    plan = msgspec.structs.replace(plan, fresh=dict(known), jobs=to_take)
    judged = record_and_judge(project, plan, msgspec.structs.replace(settings, only=looked_at), progress, jobs)
    return _results(project, looked_at, approved, judged, wanted, missing), judged.recordings


def _wanted(project: Project, names: Collection[str]) -> frozenset[RunKey]:
    """The runs that are named, and those that the claims of named scenarios speak of."""
    wanted = find_runs(project, names)
    for name in set(names).intersection(project.scenarios):
        scenario = project.scenarios[name]
        for claim in scenario.claims:
            wanted |= runs_of(claim, scenario, project)
    return wanted


def _results(
    project: Project,
    scenarios: Collection[str],
    approved: Plan,
    judged: Judged,
    wanted: Collection[RunKey],
    missing: Mapping[RunKey, str],
) -> tuple[Result, ...]:
    earlier = judge_all(project, scenarios, approved.fresh, {})
    results: list[Result] = []
    for scenario in map(project.scenarios.__getitem__, scenarios):
        for name, run in scenario.runs.items():
            key = (scenario.name, name)
            if key in missing:
                results.append(_missing(scenario, name, run, missing[key]))
            elif key in wanted:
                results.append(_run_result(scenario, name, approved, judged))
        on_approved = {verdict.index: verdict for verdict in earlier.verdicts[scenario.name]}
        verdicts = {verdict.index: verdict for verdict in judged.verdicts.get(scenario.name, ())}
        for index, claim in enumerate(scenario.claims):
            gone = sorted(runs_of(claim, scenario, project).intersection(missing))
            if index in verdicts and not verdicts[index].absent:
                results.append(_claim_result(scenario, verdicts[index], on_approved.get(index), judged))
            elif gone:
                told = (f"{'.'.join(key)} could not be taken: {missing[key]}" for key in gone)
                place = scenario.source.place(*scenario.claim_path(index))
                results.append(_open_claim(scenario, index, place, tuple(told)))
    return tuple(results)


def _missing(scenario: Scenario, name: str, run: Run, reason: str) -> Result:
    versions = scenario.runs_of(split_run(name)[0])
    path = (*scenario.run_path(name), "python", versions.index(name))
    return Result(
        scenario=scenario.name,
        name=run_name(name),
        place=scenario.source.place(*path),
        became="open" if run.optional else "failed",
        message=f"run {scenario.name}.{name} could not be taken: {reason}",
        lines=() if run.optional else ("with `optional: true` it may be missing",),
    )


def _run_result(scenario: Scenario, name: str, approved: Plan, judged: Judged) -> Result:
    """Whether a run ended as declared, and has an approved recording from which nothing drifted."""
    key = (scenario.name, name)
    full, run, fresh = f"{scenario.name}.{name}", scenario.runs[name], judged.recordings[key]
    place = place_of_run(scenario, name)
    message, lines = "", tuple[str, ...]()
    if key in judged.complaints:
        message = f"run {full} {judged.complaints[key]}"
        lines = tuple(f"| {event.text.rstrip()[:200]}" for event in fresh.events[-8:])
    elif key not in approved.fresh:
        reason = next(job.reason for job in approved.jobs if job.key == key)
        message = f"run {full} has no approved recording that is fresh: {reason}"
        lines = ("`asrun build` records it; commit what it writes below slides/recordings/",)
    elif drift := find_drift(approved.fresh[key], fresh, run):
        message = f"run {full} did not do what was approved"
        lines = (*drift.lines, f"if that is meant, `asrun record {full}` approves it")
        if drift.line is not None and run.code is not None:
            place = scenario.source.place(*scenario.run_path(name), "code", line=drift.line)
    return Result(
        scenario=scenario.name,
        name=run_name(name),
        place=place,
        became="failed" if message else "passed",
        message=message,
        lines=lines,
        seconds=fresh.take.wall_ns / 1e9,
    )


def _claim_result(scenario: Scenario, verdict: Verdict, approved: Verdict | None, judged: Judged) -> Result:
    """What became of a claim. It must also hold on the approved recordings, which slides are made from."""
    message, lines = "", list[str]()
    became: Became = "passed"
    if not verdict.held:
        message, *lines = verdict_lines(verdict)
        became = "open" if verdict.unjudged else "failed"
        if failed := sorted(verdict.runs.intersection(judged.complaints)):
            lines = [f"{' and '.join('.'.join(key) for key in failed)} did not end as declared"]
    elif approved is not None and approved.failed:
        message, *lines = verdict_lines(approved)
        message = "this claim holds now, but not on what was approved"
        lines.append(f"`asrun record {' '.join('.'.join(key) for key in sorted(verdict.runs))}` takes it again")
        became = "failed"
    return Result(
        scenario=scenario.name,
        name=claim_name(scenario, verdict.index),
        place=verdict_place(verdict, scenario),
        became=became,
        message=message,
        lines=tuple(lines),
    )


def _open_claim(scenario: Scenario, index: int, place: Place, why: tuple[str, ...]) -> Result:
    return Result(
        scenario=scenario.name,
        name=claim_name(scenario, index),
        place=place,
        became="open",
        message="this claim could not be judged on this machine",
        lines=(scenario.claims[index].that.strip(), *why),
    )


def run_name(name: str) -> str:
    """How results call a run."""
    return f"run {name}"


def claim_name(scenario: Scenario, index: int) -> str:
    """How results call a claim, counted from 0."""
    return f"claim {index + 1}: {' '.join(scenario.claims[index].that.split())}"


def _files(project: Project, approved: Plan, settings: Settings, progress: Progress) -> Iterator[Result]:
    """The recordings that nothing uses, and the pages on disk that are not what the approved recordings render to."""
    for path in approved.unused:
        file = (RECORDINGS / path).as_posix()
        yield Result(
            scenario="",
            name=file,
            place=Place(file, 1, 1),
            became="failed",
            message="no scenario uses this recording any more",
            lines=("`asrun record --prune` removes it",),
        )
    judged = judge_all(project, project.scenarios, approved.fresh, {})
    gaps = {key for key in missing_interpreters(approved) if project.scenarios[key[0]].runs[key[1]].optional}
    if judged.failing or any(job.key not in gaps for job in approved.jobs):
        progress.detail("pages are not compared: they cannot be rendered from what is approved")
        return
    for path, page in render(project, approved, judged, settings).items():
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            continue  # git ignores it: a clone has none
        file = path.relative_to(settings.root).as_posix()
        is_same = content == page.encode()
        yield Result(
            scenario="",
            name=file,
            place=Place(file, 1, 1),
            became="passed" if is_same else "failed",
            message="" if is_same else "this page is not what the approved recordings render to",
            lines=() if is_same else ("`asrun build` renders it again",),
        )
