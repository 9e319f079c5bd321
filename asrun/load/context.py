"""What the checks know besides the part that they look at."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from asrun.errors import Mistake, suggestion
from asrun.model import KeyPath, Project, RunName, Scenario, Source, matrix_run, split_owner, split_run

RUN_NAME = re.compile(r"[\w-]+(\.[\w-]+)?(\[[^\[\]]*\])?")


class Context(msgspec.Struct, frozen=True):
    """A project that is being checked. What is known to be wrong already must not be reported in other words again."""

    project: Project
    bad: dict[str, frozenset[KeyPath]]
    """For each file, the ways to the values that are wrong and were left out or replaced."""
    unreadable: frozenset[str]
    """The names of scenarios that cannot be read, so that nobody knows their runs."""
    runs: dict[str, tuple[str, ...]]
    """The runs of each scenario, those that are wrong among them."""
    versions: dict[str, dict[str, tuple[str, ...]]]
    """The versions of each interpreter matrix, by its name, of the scenarios that have some."""

    def is_bad(self, source: Source, *path: str | int) -> bool:
        """Whether the value at `path` was wrong."""
        return path in self.bad[source.file]

    def has_bad(self, source: Source, path: KeyPath) -> bool:
        """Whether something directly under `path` was wrong."""
        return any(way[:-1] == path for way in self.bad[source.file] if way)

    def written(self, source: Source, path: KeyPath, keys: tuple[str, ...]) -> list[str]:
        """Those of the keys that stand under `path`, right or wrong, in the order of the file."""
        found = [(source.keys[*path, key], key) for key in keys if (*path, key) in source.keys]
        return [key for _, key in sorted(found, key=lambda item: (item[0].line, item[0].column))]

    def check_run_name(
        self, scenario: Scenario, name: RunName, path: KeyPath, *, whole: bool = False
    ) -> Iterator[Mistake]:
        """Whether there is a run that `name` means in `scenario`; with `whole` it may be a matrix without its index."""
        if not RUN_NAME.fullmatch(name):
            hint = f"the code itself goes below runs:; {suggestion(name, self.runs[scenario.name])}"
            yield scenario.source.mistake("this is the place for a run's name", *path, hint=hint)
            return
        owner_name, indexed_name = split_owner(name)
        run_name, version = split_run(indexed_name)
        if not owner_name:
            owner: Scenario | None = scenario
        elif owner_name in self.unreadable:
            return
        else:
            owner = self.project.scenarios.get(owner_name)
        if owner is None:
            message = f"there is no scenario {owner_name!r}"
            yield scenario.source.mistake(message, *path, hint=suggestion(owner_name, self.project.scenarios))
        elif run_name not in self.runs[owner.name]:
            where = "this scenario" if owner is scenario else f"scenario {owner_name}"
            message = f"there is no run {run_name!r} in {where}"
            yield scenario.source.mistake(message, *path, hint=suggestion(run_name, self.runs[owner.name]))
        elif run_name in owner.runs and not self.is_bad(owner.source, *owner.run_path(run_name), "python"):
            versions = owner.runs[run_name].versions
            listed = ", ".join(matrix_run(split_run(name)[0], one) for one in versions)
            if version is None and versions and not whole:
                message = f"{run_name} is run on several interpreters, and this is the place for one run"
                yield scenario.source.mistake(message, *path, hint=f"write one of {listed}")
            elif version is not None and not versions:
                message = f"{run_name} has no list of interpreters to choose from"
                yield scenario.source.mistake(message, *path, hint=f"call it {run_name}")
            elif version is not None and version not in versions:
                message = f"{run_name} is not run on Python {version}"
                yield scenario.source.mistake(message, *path, hint=f"write one of {listed}")


def make_context(project: Project, bad: dict[str, frozenset[KeyPath]], unreadable: frozenset[str]) -> Context:
    """The context of a project, with the runs that were left out because something is wrong with them."""
    runs = {}
    for name, scenario in project.scenarios.items():
        wrong = [str(way[1]) for way in bad[scenario.source.file] if len(way) == 2 and way[0] == "runs"]
        runs[name] = tuple(dict.fromkeys([*scenario.runs, *sorted(wrong)]))
    versions = {}
    for name, scenario in project.scenarios.items():
        matrices = {run_name: run.versions for run_name, run in scenario.runs.items() if run.versions}
        if matrices:
            versions[name] = matrices
    return Context(project, bad, unreadable, runs, versions)
