"""`pytest scenarios/`: each scenario of a project is a file of tests, each of its runs and claims a test.

What passes and fails is what `asrun check` says of it. pytest loads this in every project where AsRun is installed, so
that it imports nothing else of AsRun's before there is a scenario.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from asrun.check import Result
    from asrun.recheck import Recheck

FOLDER = "scenarios"
_TITLE = re.compile(rb"^title\s*:", re.MULTILINE)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option for strict checks."""
    group = parser.getgroup("asrun")
    group.addoption(
        "--asrun-strict",
        action="store_true",
        help="fail what AsRun could not judge on this machine, in place of skipping it",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A scenario: a YAML file with a title, directly in a folder `scenarios`; a deck is none."""
    if file_path.suffix != ".yaml" or file_path.parent.name != FOLDER or file_path.name.endswith(".deck.yaml"):
        return None
    # Other tools have folders of that name, too.
    if file_path.name.startswith(".") or not _has_title(file_path):
        return None
    return ScenarioFile.from_parent(parent, path=file_path)


def _has_title(path: Path) -> bool:
    try:
        return bool(_TITLE.search(path.read_bytes()))
    except OSError:
        return True  # loading it tells why it cannot be read


_RECHECKS = pytest.StashKey[dict[Path, "Recheck"]]()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Forget what was recorded."""
    for recheck in config.stash.get(_RECHECKS, {}).values():
        recheck.close()


def recheck_of(config: pytest.Config, root: Path) -> Recheck:
    """What this run of pytest knows of a project. Raises AsRunError where it cannot be read."""
    from asrun.recheck import Recheck

    known = config.stash.setdefault(_RECHECKS, {})
    if root not in known:
        known[root] = Recheck(root)
    return known[root]


class ScenarioFile(pytest.File):
    """A scenario of a project."""

    def collect(self) -> Iterator[pytest.Item]:
        """Its runs, then its claims."""
        from asrun.check import claim_name, run_name
        from asrun.claims import runs_of
        from asrun.errors import AsRunError, harmless

        try:
            project = recheck_of(self.config, self.path.parent.parent).project
        except AsRunError as error:
            raise self.CollectError(harmless(error.show())) from None
        scenario = project.scenarios[self.path.stem]
        for name in scenario.runs:
            line = scenario.source.place(*scenario.run_path(name)).line
            yield self._item(run_name(name), frozenset({(scenario.name, name)}), line)
        for index, claim in enumerate(scenario.claims):
            line = scenario.source.place(*scenario.claim_path(index)).line
            yield self._item(claim_name(scenario, index), runs_of(claim, scenario, project), line)

    def _item(self, name: str, runs: frozenset[tuple[str, str]], line: int) -> ScenarioItem:
        # Two colons would part a node's name from that of its file.
        item: ScenarioItem = ScenarioItem.from_parent(self, name=name.replace("::", ": :"))
        item.asked, item.runs, item.line = name, runs, line
        return item

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Mistakes of the author's, without a traceback."""
        if isinstance(excinfo.value, self.CollectError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)


class Failed(Exception):
    """What a check says of a run or a claim that fails."""


class ScenarioItem(pytest.Item):
    """A run or a claim of a scenario."""

    asked: str
    """Its name in a check's results."""
    runs: frozenset[tuple[str, str]]
    """The runs that must be taken for it."""
    line: int

    def runtest(self) -> None:
        """Take what is not taken yet, and fail, skip or pass as a check would."""
        from asrun.errors import AsRunError, harmless
        from asrun.report import show_result

        root = self.path.parent.parent
        try:
            result = recheck_of(self.config, root).result(self.path.stem, self.asked, self._batch())
        except AsRunError as error:
            raise Failed(harmless(error.show())) from None
        if result.became == "failed" or (result.became == "open" and self.config.getoption("asrun_strict")):
            raise Failed(harmless(show_result(result)))
        if result.became == "open":
            raise pytest.skip.Exception(harmless(self._why(result)), _use_item_location=True)

    @staticmethod
    def _why(result: Result) -> str:
        return " ".join([f"{result.message}:", *result.lines[-1:]]) if result.lines else result.message

    def _batch(self) -> frozenset[tuple[str, str]]:
        """The runs that this and all further tests of its file need: taken together, sleepers do not wait in turn."""
        beside = (item for item in self.session.items if isinstance(item, ScenarioItem) and item.path == self.path)
        return frozenset().union(*(item.runs for item in beside))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What `asrun check` would print, without a traceback; a fault of AsRun's own with it."""
        if isinstance(excinfo.value, Failed):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it is written."""
        return self.path, self.line - 1, f"{self.path.stem}: {self.name}"
