"""Loading, by the text cases in cases/load: a new case needs no Python.

A case is `#### title`, then its files, each below a line `---- path`, then `---- expected`: every mistake as it is
shown, or `ok` and what was loaded. `---- path/` makes a folder, `---- path -> target` a symbolic link, and a file
whose name ends in `(printf)` has escapes such as \\x00 in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
import yaml

from asrun.errors import AuthorError
from asrun.load import events, load_project
from asrun.load.tree import read_tree
from asrun.model import Project, Scenario

FOLDER = Path(__file__).parent / "cases" / "load"


class Case(NamedTuple):
    """A project, and what loading it tells."""

    name: str
    files: dict[str, str]
    expected: str


def read_cases() -> Iterator[Case]:
    """All cases of all files."""
    for path in sorted(FOLDER.glob("*.txt")):
        for part in re.split(r"^#### ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            title, _, rest = part.partition("\n")
            blocks = re.split(r"^---- (.*)\n", rest, flags=re.MULTILINE)
            files = dict(zip(blocks[1::2], blocks[2::2], strict=True))
            yield Case(f"{path.stem}: {title}", files, files.pop("expected"))


def write_files(root: Path, files: dict[str, str]) -> None:
    """The files of a case, below a folder."""
    for name, text in files.items():
        link, arrow, target = name.partition(" -> ")
        escaped = link.endswith(" (printf)")
        path = root / link.removesuffix(" (printf)")
        path.parent.mkdir(parents=True, exist_ok=True)
        if arrow:
            path.symlink_to(target)
        elif link.endswith("/"):
            path.mkdir()
        elif escaped:
            path.write_bytes(re.sub(rb"\\x(..)", lambda match: bytes.fromhex(match[1].decode()), text.encode()))
        else:
            path.write_text(text, encoding="utf-8")


def told(root: Path) -> str:
    """What loading a project tells: its mistakes as shown, or `ok` and what was loaded."""
    try:
        project = load_project(root)
    except AuthorError as error:
        return "\n\n".join(mistake.show() for mistake in error.mistakes)
    return "\n".join(["ok", *describe(project)])


def describe(project: Project) -> Iterator[str]:
    """What was loaded, without what was left at its default."""
    for scenario in project.scenarios.values():
        yield from describe_scenario(scenario)
    for deck in project.decks.values():
        said = {key: getattr(deck, key) for key in ("subtitle", "author", "language", "notes", "theme", "options")}
        yield f"deck {deck.name}: {deck.title}, {as_json(said)}"
        for section in deck.sections:
            yield f"  section {section.title!r}: {', '.join(section.scenarios)}"
    for warning in project.warnings:
        yield f"warning {warning.show()}"


def as_json(value: object) -> str:
    """A struct without its defaults."""
    return msgspec.json.encode(value, enc_hook=float).decode()


def describe_scenario(scenario: Scenario) -> Iterator[str]:
    """A scenario's runs, claims and slides."""
    yield f"scenario {scenario.name}: {scenario.title}"
    for name, run in scenario.runs.items():
        yield f"  run {name}: {as_json(run)}"
    for claim in scenario.claims:
        yield f"  claim: {as_json(claim)}"
    for slide in scenario.slides:
        yield f"  {'default ' if scenario.default_slides else ''}slide: {as_json(slide)}"


CASES = list(read_cases())


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_loading_tells_what_the_case_expects(case: Case, tmp_path: Path) -> None:
    """Every mistake is shown with its place, its line, a caret and a hint, and what is right is loaded."""
    root = tmp_path / "talk"
    root.mkdir()
    write_files(root, case.files)
    assert told(root) == case.expected.strip("\n")


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_parser_in_python_tells_the_same_as_the_one_in_c(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where PyYAML was built without libyaml, every message is the same."""
    monkeypatch.setattr(events, "Loader", yaml.SafeLoader)
    read_tree.cache_clear()
    root = tmp_path / "talk"
    root.mkdir()
    write_files(root, case.files)
    assert told(root) == case.expected.strip("\n")
