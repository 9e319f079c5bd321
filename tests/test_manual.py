"""The manual pages: made from the commands, and whole for each of them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from asrun.cli import main
from asrun.cli.entry import commands
from asrun.cli.manual import ENVIRONMENT, FILES, PAGES, manual, walk
from tests.test_new import parse

ROOT = Path(__file__).parent.parent
COMMANDS = dict(walk(commands))


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_a_page(name: str) -> None:
    """A page says all that the command says of itself, each option too, and what only the manual knows."""
    assert name in PAGES, f"asrun.cli.manual needs a page for {name!r}"
    text = click.unstyle(manual(commands, name))
    headings = re.findall(r"^[A-Z ]+$", text, re.MULTILINE)
    assert headings[:3] == ["NAME", "SYNOPSIS", "DESCRIPTION"]
    assert {"OPTIONS", "EXIT STATUS"} <= set(headings)
    assert isinstance(COMMANDS[name], click.Group) or "EXAMPLES" in headings
    words = " ".join(text.split())
    for option in COMMANDS[name].params:
        if isinstance(option, click.Option):
            assert " ".join((option.help or "").split()) in words
            assert all(each in words for each in option.opts)
    assert " ".join((COMMANDS[name].help or "").split())[:60] in words
    assert max(map(len, text.splitlines())) <= 110


@pytest.mark.parametrize("name", [name for name in PAGES if name in COMMANDS])
def test_what_a_page_names_is_there(name: str) -> None:
    """Every example can be parsed, and what a page refers to exists."""
    page = PAGES[name]
    for call, _ in page.examples:
        parse(shlex.split(call)[1:])
    assert set(page.files) <= set(FILES)
    assert set(page.environment) <= set(ENVIRONMENT)
    for other in page.see:
        assert (ROOT / other).is_file() if other.startswith("docs/") else other in COMMANDS


def test_help_shows_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    """`asrun help` shows the page of asrun or of a command, by its name in any of its forms, and knows no other."""
    for arguments, title in (
        ([], "asrun – build"),
        (["build"], "asrun-build – record"),
        (["new", "deck"], "asrun-new-deck – make"),
        (["asrun-new-deck"], "asrun-new-deck – make"),
    ):
        assert main(["help", *arguments]) == 0
        assert title in capsys.readouterr().out
    assert main(["help", "buidl"]) == 2
    assert "did you mean build?" in capsys.readouterr().err
