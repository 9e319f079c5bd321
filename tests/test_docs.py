"""The documents tell the truth: their examples are built, their commands exist, and their links lead somewhere."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from pathlib import Path

import click
import pytest
import yaml

from asrun.cli.entry import commands, main
from tests.documents import DOCS, Example, examples, write_project

PAGES = sorted(DOCS.glob("*.md"))
ROOT = DOCS.parent


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples_build(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The scenarios of a document, put together as it says, build: they run, and their claims hold."""
    monkeypatch.setenv("ASRUN_CHROMIUM", "")
    if write_project(examples(page), tmp_path):
        status = main(["--project", str(tmp_path), "build"])
        said = capfd.readouterr().err
        # A busy machine may be unable to tell, which is not the document's fault.
        is_open = "could not be judged" in said and "this claim does not hold" not in said
        assert status == 0 or (status == 1 and is_open), said


WRONG = [
    pytest.param(example, told, id=f"{page.stem}-{example.line}")
    for page in PAGES
    for example, told in pairwise(examples(page))
    if example.role == "wrong"
]


@pytest.mark.parametrize(("example", "told"), WRONG)
def test_mistakes_are_told_so(
    example: Example, told: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """What a document shows as wrong is answered as the document says right below it."""
    monkeypatch.setenv("ASRUN_CHROMIUM", "")
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "talk.yaml").write_text(example.text)
    assert main(["--project", str(tmp_path), "build"]) in (1, 2)
    assert told.language == "text"
    assert told.text.strip() in capfd.readouterr().err


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_yaml_is_marked_and_right(page: Path) -> None:
    """Each example in YAML says what it is an example of, and is right YAML."""
    for example in examples(page):
        if example.language == "yaml" and example.role != "wrong":
            assert example.role, f"{page.name}:{example.line}: what is this an example of?"
            assert yaml.safe_load(example.text) is not None


def commands_of(page: Path) -> list[tuple[int, list[str]]]:
    """The calls of asrun in a document's console examples, split into words, with their lines."""
    found = []
    for example in examples(page):
        if example.language != "console":
            continue
        for offset, line in enumerate(example.text.splitlines(), start=1):
            words = shlex.split(line.removeprefix("$ "), comments=True) if line.startswith("$ ") else []
            if words[:1] == ["asrun"]:
                found.append((example.line + offset, words[1:]))
    return found


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=lambda page: page.stem)
def test_commands_exist(page: Path) -> None:
    """Each call of asrun in a document is one that the command line takes."""
    for line, words in commands_of(page):
        context: click.Context = click.Context(commands)
        group: click.Command = commands
        arguments = list(words)
        while arguments and isinstance(group, click.Group):
            if arguments[0] == "--project":
                del arguments[:2]
                continue
            if arguments[0].startswith("-"):
                break
            name = arguments.pop(0)
            found = group.get_command(context, name)
            assert found is not None, f"{page.name}:{line}: there is no command {name!r}"
            group = found
        known = {option for parameter in group.params for option in parameter.opts} | {"--help", "-h", "--version"}
        for word in arguments:
            option = word.partition("=")[0]
            if option.startswith("-") and len(option) > 1:
                assert option in known, f"{page.name}:{line}: {group.name} has no option {option}"


@pytest.mark.parametrize("page", [*PAGES, *ROOT.glob("*.md")], ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    """A link to another file of the project leads to one that is there, and to a heading that it has."""
    text = re.sub(r"`[^`]*`", "", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, heading = target.partition("#")
        path = (page.parent / name) if name else page
        assert path.exists(), f"{page.name}: {target}"
        if heading:
            assert heading in headings(path), f"{page.name}: {target}"


def headings(page: Path) -> set[str]:
    """The anchors of a document's headings, as they are made: lower case, hyphens for blanks, no punctuation."""
    lines = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}
