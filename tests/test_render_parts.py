"""Slides for a room: agendas, decisions and exercises."""

from __future__ import annotations

import msgspec
import pytest

from asrun.durations import Duration
from asrun.errors import AuthorError
from asrun.model import Deck, Project, Run, Scenario, Section, Slide
from asrun.parts import Choice
from asrun.render import render_deck
from asrun.render.exercise import in_words
from tests import making
from tests.rendering import elements, render, scenario, slide, texts


def deck_of(*sections: Section) -> Deck:
    """A deck with these sections."""
    return Deck(name="deck", source=None, title="A deck", sections=sections)


def rendered(deck: Deck, *scenarios: Scenario) -> str:
    """The page of a deck of scenarios without recordings."""
    from asrun.assets import templates_folder

    project = Project(root=scenarios[0].folder, scenarios={one.name: one for one in scenarios}, decks={})
    return render_deck(deck, project, {}, {}, {}, templates=[templates_folder()], version="1")


AGENDA = scenario(Slide(agenda=True))


def test_an_agenda_has_the_sections_and_marks_where_it_stands() -> None:
    """All sections with a title are there, each a link to its slide, and the one around the slide is marked."""
    deck = deck_of(
        Section(title="Words", subtitle="What they **mean**"),
        Section(title="Doing {{ 1 + 1 }}", scenarios=("one",)),
        Section(title="End"),
    )
    html = rendered(deck, AGENDA)
    own = slide(html)
    assert texts(own, "span.part") == ["WordsWhat they mean", "Doing 2 (we are here)", "End"]
    links = [link.attributes["href"] for link in elements(own, "a")]
    assert links == ["#section-1", "#section-2", "#section-3"]
    assert {link.removeprefix("#") for link in links} <= {one.attributes["id"] for one in elements(html, "section")}
    assert ["aria-current" in row.attributes for row in elements(own, "li")] == [False, True, False]


def test_a_section_without_a_slide_is_in_the_agenda() -> None:
    """A section that has no slide of its own is listed, marked where it stands, and leads to its first slide."""
    deck = deck_of(Section(title="Words"), Section(title="Doing", slide=False, scenarios=("one",)))
    html = rendered(deck, AGENDA)
    own = slide(html)
    assert texts(own, "span.part") == ["Words", "Doing (we are here)"]
    assert [link.attributes["href"] for link in elements(own, "a")] == ["#section-1", "#one-1"]
    assert [one.classes for one in elements(html, "section")].count(["kind-section"]) == 1


def test_before_the_first_section_nothing_is_marked() -> None:
    """An agenda in a part without a title comes before the sections, and marks none; that part is not listed."""
    html = rendered(deck_of(Section(title="", scenarios=("one",)), Section(title="Words")), AGENDA)
    assert texts(slide(html), "span.part") == ["Words"]
    assert "aria-current" not in slide(html)


def test_links_of_an_agenda_lead_to_sections_whatever_scenarios_are_called() -> None:
    """A scenario with the name `section` does not take the place of one."""
    other = scenario(Slide(body="x"), Slide(body="y"), name="section")
    deck = deck_of(Section(title="", scenarios=("section", "one")), Section(title="Words"))
    html = rendered(deck, other, AGENDA)
    [link] = [one.attributes["href"] for one in elements(slide(html), "a")]
    [target] = [one for one in elements(html, "section") if f"#{one.attributes['id']}" == link]
    assert target.classes == ["kind-section"]


def test_an_agenda_needs_sections() -> None:
    """A deck without sections has no agenda, and the author is told."""
    with pytest.raises(AuthorError) as caught:
        rendered(deck_of(Section(title="", scenarios=("one",))), AGENDA)
    assert "no sections" in caught.value.mistakes[0].message


def test_a_decision_has_rows_with_reasons() -> None:
    """Each row says in which case to take what, and why where there is a reason, with values of recordings."""
    rows = (
        Choice(when="It *waits*", use="`asyncio`", because="{{ main.wall | seconds }}"),
        Choice(when="It <computes>", use="processes"),
    )
    html = slide(render(scenario(Slide(decision=rows)), [making.recording()]))
    assert texts(html, "dt") == ["It waits", "It <computes>"]
    assert texts(html, "span.use") == ["asyncio", "processes"]
    assert texts(html, "span.because") == ["1.00 s"]
    assert "fragment" not in html


def test_the_rows_of_a_decision_come_one_by_one_if_the_author_says_so() -> None:
    """With `one_by_one` each row is a fragment."""
    rows = (Choice(when="a", use="b"), Choice(when="c", use="d"))
    html = slide(render(scenario(Slide(decision=rows, one_by_one=True))))
    assert len(list(elements(html, "div.fragment"))) == 2


def test_a_mistake_in_a_row_is_told() -> None:
    """What only a recording shows to be wrong in a row is the author's mistake."""
    rows = (Choice(when="a", use="{{ main.at('nothing') | seconds }}"),)
    with pytest.raises(AuthorError):
        render(scenario(Slide(decision=rows)), [making.recording()])


def test_an_exercise_has_its_task_its_time_and_its_code_but_not_its_solution() -> None:
    """The slide shows the task, the time in words and the code to begin with; the solution is not in the page."""
    chosen = Slide(exercise="Make it **fast**.", timer=Duration(300), starter="main", lines="3-4", solution="fast")
    runs = {"main": Run(code="x"), "fast": Run(code="x")}
    html = slide(render(scenario(chosen, runs=runs), codes={"fast": "the_solution = 1\n"}))
    assert texts(html, "div.prose") == ["Make it fast."]
    assert texts(html, "p.left") == ["5 min"]
    assert [line.attributes["data-n"] for line in elements(html, "span.ln")] == ["3", "4"]
    assert "the_solution" not in html
    prose = msgspec.structs.replace(chosen, solution="Take *threads*.")
    assert "threads" not in slide(render(scenario(prose, runs=runs)))


def test_an_exercise_needs_neither_time_nor_code() -> None:
    """Without `timer` there is no countdown, and nothing to press."""
    html = slide(render(scenario(Slide(exercise="Talk."))))
    assert texts(html, "h2") == ["A scenario"]
    assert "fragment" not in html
    assert list(elements(html, "div.timer")) == []


@pytest.mark.parametrize(
    ("seconds", "words"), [(30, "30 s"), (300, "5 min"), (90, "1 min 30 s"), (7200, "2 h"), (3661, "1 h 1 min 1 s")]
)
def test_times_are_said_as_people_say_them(seconds: int, words: str) -> None:
    """A time to work in has no decimals."""
    assert in_words(seconds) == words


def test_a_section_says_where_it_is_among_all() -> None:
    """A section's slide has a mark for each section, with its own marked, and says the same in words."""
    html = rendered(deck_of(Section(title="One"), Section(title="Two"), Section(title="Three")), AGENDA)
    assert texts(html, "p.way") == ["Part 1 of 3", "Part 2 of 3", "Part 3 of 3"]
    assert [[mark.classes for mark in elements(html, "i.here")]] == [[["here"]] * 3]
    assert "Part 1" not in rendered(deck_of(Section(title="Alone")), AGENDA)
