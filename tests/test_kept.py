"""Slides that are used again: a rendering with them is the same as one without, whatever has changed between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import msgspec
import pytest

from asrun.assets import templates_folder
from asrun.claims import judge
from asrun.inputs import read_inputs
from asrun.load import load_project
from asrun.recording import Recording
from asrun.render import render_deck
from asrun.render.kept import Kept
from tests.making import recording

ONE = """\
title: One
code: print(1)
claims:
  - main.wall > 0.5
slides:
  - title: "{{ main.wall | seconds }} and {{ two.main.wall | seconds }}"
    body: Words.
  - code: main
    caption: A caption.
  - output: main
  - claims: true
  - template: mine
    with: {word: Ours}
  - body: "![A dot](dot.svg)"
"""
TWO = "title: Two\ncode: print(2)\nslides:\n  - replay: main\n  - agenda: true\n  - environment: true\n"
DECK = "title: Both\nsections:\n  - {title: First, scenarios: [one]}\n  - {title: Second, scenarios: [two]}\n"
DOT = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><title>{}</title></svg>'


class Talk:
    """A project that changes, and its deck, rendered with what was kept and without."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.recordings = {(name, "main"): recording(scenario=name, lines=((0.1, name),)) for name in ("one", "two")}
        self.kept: Kept[object] = Kept()

    def write(self, name: str, text: str) -> None:
        """Write one of its files."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))

    def render(self, kept: Kept[object] | None) -> str:
        """Its deck."""
        project = load_project(self.root)
        recordings: dict[tuple[str, str], Recording] = self.recordings
        verdicts = {scenario.name: judge(scenario, project, recordings) for scenario in project.scenarios.values()}
        codes = {(name, "main"): read_inputs(project.scenarios[name], "main").code for name in ("one", "two")}
        folders = (self.root / "templates", templates_folder())
        deck = project.decks["deck"]
        return render_deck(deck, project, recordings, codes, verdicts, templates=folders, version="1", kept=kept)


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    """The project, rendered once."""
    talk = Talk(tmp_path)
    for name, text in (("one.yaml", ONE), ("two.yaml", TWO), ("deck.deck.yaml", DECK), ("dot.svg", DOT.format("A"))):
        talk.write(f"scenarios/{name}", text)
    talk.write("templates/slides/mine.html.j2", "<p>{{ word }}, {{ main.wall }}</p>\n")
    talk.render(talk.kept)
    return talk


def change_recording(talk: Talk) -> None:
    """Another take."""
    talk.recordings["two", "main"] = recording(scenario="two", walls=(3.0,), lines=((0.2, "new"),))


CHANGES: dict[str, Callable[[Talk], object]] = {
    "nothing": lambda talk: None,
    "prose": lambda talk: talk.write("scenarios/one.yaml", ONE.replace("Words.", "Other words.")),
    "caption": lambda talk: talk.write("scenarios/one.yaml", ONE.replace("A caption.", "Another caption.")),
    "title": lambda talk: talk.write("scenarios/two.yaml", TWO.replace("Two", "Another")),
    "code": lambda talk: talk.write("scenarios/one.yaml", ONE.replace("print(1)", "print(3)")),
    "claim": lambda talk: talk.write("scenarios/one.yaml", ONE.replace("> 0.5", "> 5")),
    "values": lambda talk: talk.write("scenarios/one.yaml", ONE.replace("Ours", "Theirs")),
    "a line above": lambda talk: talk.write("scenarios/one.yaml", f"# A comment\n{ONE}"),
    "a slide": lambda talk: talk.write("scenarios/one.yaml", ONE.replace("slides:\n", "slides:\n  - body: New.\n")),
    "a run's title": lambda talk: talk.write(
        "scenarios/two.yaml", TWO.replace("code: print(2)", "runs: {main: {code: print(2), title: Named}}")
    ),
    "a section": lambda talk: talk.write("scenarios/deck.deck.yaml", DECK.replace("Second", "Last")),
    "an option": lambda talk: talk.write("scenarios/deck.deck.yaml", DECK + "options: {max_replay: 500ms}\n"),
    "a template": lambda talk: talk.write("templates/slides/mine.html.j2", "<p>Only {{ word }}</p>\n"),
    "a template of ours": lambda talk: talk.write("templates/slides/code.html.j2", "<p>No code.</p>\n"),
    "an image": lambda talk: talk.write("scenarios/dot.svg", DOT.format("Another")),
    "a recording": change_recording,
}


@pytest.mark.parametrize("change", CHANGES)
def test_kept_slides_make_no_difference(talk: Talk, change: str) -> None:
    """After any change a rendering with what was kept is the same as one without; and it differs where it should."""
    before = talk.render(None)
    CHANGES[change](talk)
    fresh = talk.render(None)
    assert talk.render(talk.kept) == fresh
    assert talk.render(talk.kept) == fresh
    assert (fresh == before) == (change == "nothing")


def test_only_what_changed_is_made(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a change of prose one slide is made, and those with images, of which nobody knows here."""
    made = []
    from asrun.render import deck

    make = deck._Maker._make
    monkeypatch.setattr(deck._Maker, "_make", lambda self, *all: made.append(all[1]) or make(self, *all))  # type: ignore[func-returns-value]
    talk.write("scenarios/one.yaml", ONE.replace("Words.", "Other words."))
    talk.render(talk.kept)
    assert made == [0, 5]
    talk.recordings["one", "main"] = msgspec.structs.replace(talk.recordings["one", "main"])
    made.clear()
    talk.render(talk.kept)
    assert len(made) == 9
