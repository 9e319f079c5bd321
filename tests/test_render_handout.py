"""The handout: the same scenarios as an article, in which everything is shown once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from asrun.durations import Duration
from asrun.errors import AuthorError
from asrun.model import SLIDE_KINDS, Claim, Deck, Moment, Run, Scenario, Section, Slide
from asrun.parts import Choice
from asrun.recording import Machine, Recording
from asrun.render import render_deck, render_handout
from asrun.render.handout_pieces import PIECES, Piece, choose
from asrun.render.slides import KINDS
from tests import making, traced
from tests.browser.sample import render_sample
from tests.rendering import elements, printed, render, scenario, texts


def handout(of: Scenario, recordings: Sequence[Recording] = (), **more: Any) -> str:
    """The handout of a deck with one scenario."""
    return render(of, recordings, make=render_handout, **more)


def in_order(html: str, *parts: str) -> bool:
    """Whether these texts come in this order."""
    places = [html.find(part) for part in parts]
    return -1 not in places and places == sorted(places)


def figures(html: str) -> list[str]:
    """The kinds of figures, in order."""
    return [element.attributes["class"] for element in elements(html, "figure")]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The sample deck, its handout, and the handout made once more."""
    folder = tmp_path_factory.mktemp("sample")
    made = {"deck": render_deck, "handout": render_handout, "again": render_handout}
    return {name: render_sample(folder / name, make) for name, make in made.items()}


def test_equal_input_makes_equal_bytes(pages: dict[str, str]) -> None:
    """The handout of the same deck, from another folder, is the same byte for byte."""
    assert pages["handout"] == pages["again"]


def test_tags_are_balanced_and_names_are_unique(pages: dict[str, str]) -> None:
    """Every element is closed, and no name is given twice."""
    names = [element.attributes["id"] for element in elements(pages["handout"]) if "id" in element.attributes]
    assert len(names) == len(set(names)) > 40


def test_it_needs_nothing_from_elsewhere(pages: dict[str, str]) -> None:
    """Nothing in the page is asked of a server, and its policy allows the one script that is in it."""
    html = pages["handout"]
    assert {element.attributes["src"][:5] for element in elements(html) if "src" in element.attributes} <= {"data:"}
    (policy,) = [
        element.attributes["content"]
        for element in elements(html, "meta")
        if element.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert re.fullmatch(r"default-src 'none'; script-src 'sha256-[^' ]+'; style-src .*", policy)
    assert len(re.findall("<script", html)) == 1


def test_every_slide_leads_somewhere(pages: dict[str, str]) -> None:
    """Each slide of the deck has a place of the same name in the handout, and each link leads to a slide there is."""
    slides = [element.attributes["id"] for element in elements(pages["deck"], "section")]
    names = {element.attributes["id"] for element in elements(pages["handout"]) if "id" in element.attributes}
    assert set(slides) <= names
    links = [element.attributes["href"] for element in elements(pages["handout"], "a.to-slide")]
    assert links
    assert {link.removeprefix("sample.html#/") for link in links} <= set(slides)
    numbers = texts(pages["handout"], "a.to-slide")
    for link, text in zip(links, numbers, strict=True):
        number = int(re.findall(r"\d+", text)[0])
        assert slides[number - 1] == link.removeprefix("sample.html#/")


def test_headings_step_down_one_at_a_time(pages: dict[str, str]) -> None:
    """No heading is more than one level below the one before it."""
    levels = [int(element.tag[1]) for element in elements(pages["handout"]) if re.fullmatch(r"h\d", element.tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_contents_lead_to_sections_and_scenarios(pages: dict[str, str]) -> None:
    """The list of contents has every section and every scenario, and its links lead to them."""
    html = pages["handout"]
    nav = html[html.index("<nav") : html.index("</nav>") + 6]
    names = {element.attributes["id"] for element in elements(html) if "id" in element.attributes}
    links = [element.attributes["href"].removeprefix("#") for element in elements(nav, "a")]
    assert set(links) <= names
    assert [text for text in texts(nav, "a") if text in ("The kinds", "Lanes", "Ends of all kinds")] == [
        "The kinds",
        "Ends of all kinds",
        "Lanes",
    ]


def test_notes_of_speakers_stay_with_them(pages: dict[str, str]) -> None:
    """What a presenter reads is not in the handout."""
    assert "Ask the room how long this takes." in pages["deck"]
    assert "Ask the room how long this takes." not in pages["handout"]
    assert "Welcome everybody." not in pages["handout"]


def test_code_output_and_lanes_of_a_run_are_shown_once() -> None:
    """A run that is on four slides has its code, its output and its timeline once, each where it says the most."""
    moments = (Moment(at="Files prepared.", say="It goes on"),)
    slides = (
        Slide(code="main", steps=(4, 5), title="Read it"),
        Slide(replay="main", title="Run it"),
        Slide(replay="main", title="Walk through it", moments=moments),
        Slide(output="main", title="Nothing new"),
    )
    html = handout(scenario(*slides, runs={"main": Run(code=traced.CHORES)}), [traced.chores()])
    assert figures(html) == ["program", "printed", "timeline"]
    assert texts(html, "h3") == ["Read it", "Run it", "Walk through it"]
    assert in_order(html, "Read it", 'class="program"', "Run it", 'class="printed"', "Walk", 'class="timeline"')
    assert texts(html, "ol.walk") == ["1.00 s It goes on"]
    assert 'id="one-4"' in html


def test_an_excerpt_is_shown_beside_the_whole() -> None:
    """Lines that an author chose are shown as well, and what was never shown whole is folded at the end."""
    slides = (Slide(code="main", lines=3), Slide(code="main", lines=5))
    html = handout(scenario(*slides), [making.recording()])
    assert figures(html) == ["program", "program"]
    assert texts(html, "details.whole") != []
    assert texts(handout(scenario(Slide(code="main")), [making.recording()]), "details.whole") == []


def test_the_race_stands_for_the_lanes_of_its_runs() -> None:
    """On one clock the timelines say more than each alone, and the outputs that were not shown stand side by side."""
    slides = (Slide(replay="left"), Slide(race=("left", "right"), caption="The same work"))
    runs = {name: Run(code=traced.CHORES) for name in ("left", "right")}
    html = handout(scenario(*slides, runs=runs), [traced.chores("left"), traced.chores("right", times=0.5)])
    assert figures(html) == ["program", "printed", "race", "printed"]
    assert texts(html, "p.runner") == ["left 5.01 s", "right 2.50 s"]
    assert texts(html, "p.ratio") == ["2.00× as fast: right against left"]
    assert texts(html, "p.caption") == ["The same work"]


def test_times_and_colours_of_output() -> None:
    """Beside each line of output stands its time, and the dot in the colour of the lane that printed it."""
    html = handout(scenario(Slide(output="main"), runs={"main": Run(code=traced.CHORES)}), [traced.chores()])
    assert texts(html, ".t")[:3] == ["0.00 s", "0.00 s", "1.00 s"]
    colours = [element.attributes["style"] for element in elements(html, "i.who")]
    assert len(set(colours)) == 2


def test_a_diff_is_one_column() -> None:
    """What went of a stretch stands above what came, with the numbers of both codes."""
    runs = {"old": Run(code=""), "new": Run(code="")}
    codes = {"old": "a = 1\nb = 2\nc = 3\n", "new": "a = 1\nb = 20\nc = 30\nd = 4\n"}
    html = handout(scenario(Slide(diff=("old", "new")), runs=runs), codes=codes)
    rows = [re.sub(r"\s+", " ", text) for text in texts(html, "tr")][1:]
    assert rows == ["11 a = 1", "2−b = 2", "3−c = 3", "2+b = 20", "3+c = 30", "4+d = 4"]


def test_claims_say_what_was_proved() -> None:
    """A scenario ends with what its claims say, and with the conditions behind them and their values, folded."""
    claims = (Claim(that="main.wall > 0.5", say="It takes {{ main.wall | seconds }}"), Claim(that="main.cpu < 0.2"))
    html = handout(scenario(Slide(body="Words."), claims=claims), [making.recording(cpu=0.125)])
    assert texts(html, "li.held") == [
        "✓ holds: It takes 1.00 s",
        "✓ holds: main.cpu < 0.2 main.cpu = 0.125",
    ]
    assert texts(html, "summary")[0] == "And 1 more condition, in the language of claims"


def test_claims_on_a_slide_are_not_told_again() -> None:
    """A claim that a slide shows stands there alone."""
    claims = (Claim(that="main.wall > 0.5", say="First"), Claim(that="main.wall > 0.6", say="Second"))
    html = handout(scenario(Slide(body="Words."), Slide(claims=(2,)), claims=claims), [making.recording()])
    assert [text.rpartition(": ")[2] for text in texts(html, "li.held")] == ["Second", "First"]


def test_the_reading_follows_the_figures() -> None:
    """A scenario's `handout` is running text behind its figures; its headings are below that of the scenario."""
    reading = "It ran for {{ main.wall | seconds }}.\n\n# Further\n\n## And further\n"
    html = handout(scenario(Slide(output="main"), handout=reading), [making.recording(walls=[2.0])])
    assert in_order(html, 'class="printed"', "It ran for 2.00\N{NO-BREAK SPACE}s.", "<h3>Further", "<h4>And further")


def test_sources_are_listed_once_at_the_end() -> None:
    """What scenarios name as sources is gathered at the end."""
    html = handout(scenario(Slide(body="Words."), sources=["PEP 492, *Coroutines*", "PEP 703", "PEP 703"]))
    assert in_order(html, "Words.", ">Sources</h2>", "<li>PEP 492, <em>Coroutines</em></li>", "<li>PEP 703</li>")
    assert html.count("PEP 703") == 1


def test_a_deck_may_introduce_its_handout() -> None:
    """The key `handout` of a deck stands before its first section."""
    sections = (Section(title="Begin", scenarios=("one",)),)
    deck = Deck(name="talk", source=None, title="A talk", handout="Read **slowly**.", sections=sections)
    html = handout(scenario(Slide(body="Words.")), deck=deck)
    assert in_order(html, "<h1>A talk</h1>", "Read <strong>slowly</strong>.", "</span> Begin</h2>", "<h3", "Words.")


def test_where_it_was_measured_is_told_once() -> None:
    """Machines and interpreters stand at the end, or where a slide shows them; a figure names what differs."""
    mine, other = making.recording("mine"), making.recording("other")
    other = msgspec.structs.replace(other, machine=Machine("Another", 8, "Linux 5"))
    third = making.recording("third")
    runs = {name: Run() for name in ("mine", "other", "third")}
    of = scenario(Slide(output="mine"), Slide(output="other"), runs=runs)
    html = handout(of, [mine, other, third])
    assert texts(html, "h2")[-1] == "Where this was measured"
    assert "on CPython 3.11.7, Linux 6.1, 2 cores where nothing else is said" in texts(html, "p.about")[0]
    assert texts(html, "span.made") == [
        "1.00 s in all · one take",
        "1.00 s in all · CPython 3.11.7 · Linux 5, 8 cores · one take",
    ]
    told = handout(scenario(Slide(environment=True, title="Machines"), runs=runs), [mine, other, third])
    assert "Where this was measured" not in told
    assert texts(told, "h3") == ["Machines"]


def test_links_to_slides_stay_in_the_handout() -> None:
    """A link to a slide leads to what that slide has become; one to a slide by number, to the slides."""
    html = handout(scenario(Slide(body="[on](#/one-2) and [first](#/3)"), Slide(body="Words.")))
    assert '<a href="#one-2">on</a>' in html
    assert '<a href="deck.html#/3">first</a>' in html


def test_a_link_to_nothing_is_a_mistake() -> None:
    """A link to a slide that is not there is told with the place where it is written."""
    with pytest.raises(AuthorError) as raised:
        handout(scenario(Slide(body="Words."), Slide(body="[off](#/tow-1)")))
    (mistake,) = raised.value.mistakes
    assert (str(mistake.place), mistake.message) == ("scenarios/one.yaml:11:5", "there is no slide 'tow-1' to link to")


def test_a_missing_image_is_a_mistake(tmp_path: Path) -> None:
    """An image of the reading that is not there is told with file and line, as those of slides are."""
    of = scenario(Slide(body="Words."), handout="![a queue](queue.png)", folder=tmp_path)
    with pytest.raises(AuthorError) as raised:
        handout(of)
    assert "the image 'queue.png' cannot be read" in raised.value.show()
    assert "scenarios/one.yaml:" in raised.value.show()


def test_a_layout_of_the_authors_own_may_have_a_form_for_paper(tmp_path: Path) -> None:
    """A `template` is shown as on its slide, or as templates/handout/<name>.html.j2 says."""
    (tmp_path / "slides").mkdir()
    (tmp_path / "slides/quote.html.j2").write_text("<blockquote>{{ words }}</blockquote>")
    slide = Slide(template="quote", with_={"words": "It <ran>."})
    assert "<blockquote>It &lt;ran&gt;.</blockquote>" in handout(scenario(slide), templates=[tmp_path])
    own = tmp_path / "own"
    (own / "handout").mkdir(parents=True)
    (own / "handout/quote.html.j2").write_text("<p>“{{ words }}”</p>")
    assert "<p>“It &lt;ran&gt;.”</p>" in handout(scenario(slide), templates=[own, tmp_path])


def test_what_a_program_printed_stays_text() -> None:
    """Output that looks like HTML is shown as it is."""
    html = handout(scenario(Slide(output="main")), [printed("</script><b>bold</b>\n")])
    assert "&lt;/script&gt;&lt;b&gt;bold&lt;/b&gt;" in html


def test_every_kind_of_slide_has_a_form() -> None:
    """No kind of slide is unknown to the handout."""
    assert PIECES.keys() == KINDS.keys() == set(SLIDE_KINDS)


def test_an_agenda_is_left_to_the_contents() -> None:
    """The list of contents says what an agenda says."""
    deck = Deck(name="deck", source=None, title="A deck", sections=(Section(title="Begin", scenarios=("one",)),))
    html = handout(scenario(Slide(agenda=True, title="Today"), Slide(body="Words.")), deck=deck)
    assert "Today" not in html
    assert 'id="one-1"' in html


def test_a_solution_is_folded() -> None:
    """An exercise has its task, its time, the code to begin with, and a solution that is folded, a run or prose."""
    runs = {"given": Run(code=""), "solved": Run(code="")}
    slide = Slide(exercise="Make it *faster*.", timer=Duration(300), starter="given", solution="solved")
    codes = {"given": "dawdle()\n", "solved": "hurry()\n"}
    html = handout(scenario(slide, runs=runs), [making.recording("solved", lines=[(0.5, "done")])], codes=codes)
    assert in_order(
        html, "Time: 5 min", "Make it <em>faster</em>.", "dawdle", "<details", "The solution", "hurry", "done"
    )
    assert texts(html, "details.whole") == []
    told = handout(scenario(Slide(exercise="Try.", solution="Use a **lock**.")))
    assert texts(told, "details.solution") == ["The solution Use a lock."]


def test_a_decision_is_a_list_of_cases() -> None:
    """Each row of a decision says when to take what, and why."""
    choices = (
        Choice(when="It waits", use="asyncio", because="one thread"),
        Choice(when="It computes", use="processes"),
    )
    html = handout(scenario(Slide(decision=choices)))
    assert texts(html, "dt") == ["It waits", "It computes"]
    assert texts(html, "dd") == ["asyncio one thread", "processes"]


def test_the_best_of_what_shows_the_same_is_kept() -> None:
    """Of pieces that show the same, the one with the most weight is kept; of equals, the first."""

    def piece(weight: int, *shows: str) -> Piece:
        return Piece(macro="", shows=frozenset((name,) for name in shows), weight=weight, values=dict)

    assert choose([piece(1, "a"), piece(1, "a")]) == [True, False]
    assert choose([piece(1, "a"), piece(2, "a", "b"), piece(3, "b")]) == [False, True, True]
    assert choose([piece(2, "a", "own"), piece(3, "a")]) == [True, True]
