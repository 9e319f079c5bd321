"""Which runs are compared with each other, so that they must be taken on one and the same machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from asrun.claims import runs_of
from asrun.model import Project
from asrun.plan import Job
from asrun.recording import RunKey


def comparable_groups(project: Project, jobs: Sequence[Job]) -> tuple[tuple[Job, ...], ...]:
    """The jobs in groups, in their order: in one are those that a claim, a race or a comparison speaks of together."""
    groups: dict[RunKey, list[Job]] = {job.key: [job] for job in jobs}
    for together in _together(project):
        keys = [key for key in together if key in groups]
        for other in keys[1:]:
            if groups[other] is not groups[keys[0]]:
                groups[keys[0]] += groups[other]
                groups |= {job.key: groups[keys[0]] for job in groups[other]}
    place = {job.key: number for number, job in enumerate(jobs)}
    unique = {id(group): sorted(group, key=lambda job: place[job.key]) for group in groups.values()}
    return tuple(map(tuple, unique.values()))


def _together(project: Project) -> Iterator[Iterable[RunKey]]:
    """The runs of each claim, each race and each comparison of a project."""
    for scenario in project.scenarios.values():
        for claim in scenario.claims:
            yield sorted(runs_of(claim, scenario, project))
        for slide in scenario.slides:
            if slide.kind in ("race", "compare"):
                found = (project.find_run(scenario, name) for name in slide.run_names)
                yield [(owner.name, run) for owner, run, _ in filter(None, found)]
