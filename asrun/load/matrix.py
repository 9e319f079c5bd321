"""Interpreter matrices: a run whose `python` is a list becomes a run for each version, `square[3.13]`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from asrun.model import Project, Run, RunName, Scenario, Slide, matrix_run


def expand_matrices(project: Project) -> Project:
    """A project that was checked, with a run for each interpreter in place of each matrix.

    On slides, the name of a matrix becomes the names of all its runs for `compare`, and for `code` and `diff`, which
    show what is the same in all of them, the first.
    """
    scenarios = {
        name: msgspec.structs.replace(
            scenario,
            runs=dict(_expanded(scenario.runs)),
            slides=tuple(_expanded_slide(slide, scenario, project) for slide in scenario.slides),
        )
        for name, scenario in project.scenarios.items()
    }
    return msgspec.structs.replace(project, scenarios=scenarios)


def runs_meant(names: Iterable[RunName], scenario: Scenario, project: Project) -> tuple[RunName, ...]:
    """The names of runs that names on a slide stand for, all of a matrix for its own name; matrices not expanded."""
    return tuple(run for name in names for run in _runs_meant(name, scenario, project))


def _runs_meant(name: RunName, scenario: Scenario, project: Project) -> tuple[RunName, ...]:
    found = project.find_run(scenario, name)
    versions = found[2].versions if found is not None else ()
    return tuple(matrix_run(name, version) for version in versions) or (name,)


def _expanded(runs: dict[str, Run]) -> Iterator[tuple[str, Run]]:
    for name, run in runs.items():
        if not run.versions:
            yield name, run
        for version in run.versions:
            yield matrix_run(name, version), msgspec.structs.replace(run, python=version)


def _expanded_slide(slide: Slide, scenario: Scenario, project: Project) -> Slide:
    if slide.code is not None:
        return msgspec.structs.replace(slide, code=runs_meant([slide.code], scenario, project)[0])
    if slide.diff is not None:
        codes = tuple(runs_meant([name], scenario, project)[0] for name in slide.diff)
        return msgspec.structs.replace(slide, diff=codes)
    if slide.starter is not None:
        return msgspec.structs.replace(slide, starter=runs_meant([slide.starter], scenario, project)[0])
    if slide.columns is not None:
        columns = [
            msgspec.structs.replace(one, code=runs_meant([one.code], scenario, project)[0]) if one.code else one
            for one in slide.columns
        ]
        return msgspec.structs.replace(slide, columns=tuple(columns))
    if slide.compare is not None:
        groups = {title: runs_meant(names, scenario, project) for title, names in slide.compared}
        marked = (slide.highlight,) if isinstance(slide.highlight, str) else slide.highlight
        return msgspec.structs.replace(
            slide,
            compare=groups if isinstance(slide.compare, dict) else groups[""],
            highlight=None if marked is None else runs_meant(marked, scenario, project),
        )
    return slide
