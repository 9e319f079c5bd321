"""A deck as one file: its slides in order, the same bytes each time, and nothing in it that could act."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asrun.errors import AuthorError
from asrun.model import Claim, Deck, Options, Project, Run, Section, Slide, Source
from asrun.recording import Event
from asrun.render import render_deck
from asrun.render.page import load_reveal, safe_comment, safe_script, safe_style, script_hash
from tests import making
from tests.rendering import Element, elements, printed, render, scenario, slide, texts

EVERY_KIND = (
    Slide(
        body="{{ main.output }}", caption="a {{ main.output }}", notes="{{ main.output }}", title="a {{ main.output }}"
    ),
    Slide(code="main", steps=(1,), auto_animate=True, transition="fade", background="#123456", class_="mine"),
    Slide(output="main"),
    Slide(replay="main"),
    Slide(race=("main", "other")),
    Slide(timeline="main"),
    Slide(compare=("main", "other")),
    Slide(diff=("main", "other")),
    Slide(claims=True),
    Slide(environment=True),
)
RUNS = {"main": Run(code="x"), "other": Run(code="x", title="the other")}
CLAIMS = (Claim(that="main.wall > 0", say="{{ main.output }}"),)


def every_kind(output: str, code: str = "x = 1\n") -> str:
    """The page of a deck with a slide of every kind, of runs that print this and have this code."""
    recordings = [printed(output), printed(output, run="other", walls=[2.0])]
    return render(scenario(*EVERY_KIND, runs=RUNS, claims=CLAIMS), recordings, {"main": code, "other": "y = 2\n"})


def test_the_same_input_is_the_same_bytes() -> None:
    """Rendering again, in a process with other hashes and after other decks, changes nothing."""
    program = (
        "import hashlib; from tests.test_render_deck import every_kind; "
        "print(hashlib.sha256(every_kind('a\\nb').encode()).hexdigest())"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(made) == 1
    first = every_kind("a\nb")
    every_kind("something else")
    assert every_kind("a\nb") == first


def test_slides_are_in_order_with_places_and_ids() -> None:
    """A deck begins with its title; each section has a slide; every slide has a readable id and the author's place."""
    one = scenario(Slide(body="a", title="A"), Slide(body="b", title="B"))
    two = scenario(Slide(body="c", title="C"), name="two")
    source = Source("scenarios/deck.yaml", "", {})
    deck = Deck(
        name="deck",
        source=source,
        title="The *deck*",
        subtitle="sub",
        author="me & you",
        sections=(Section(title="First", scenarios=("one",)), Section(title="Again", scenarios=("two", "one"))),
    )
    project = Project(root=Path("/nowhere"), scenarios={"one": one, "two": two}, decks={})
    html = render_deck(deck, project, {}, {}, {}, templates=[Path("templates").resolve()], version="1")
    sections = list(elements(html, "section"))
    assert [part.attributes["id"] for part in sections] == [
        *("title", "section-1", "one-1", "one-2", "section-2", "two-1", "one-1-2", "one-2-2"),
    ]
    assert [part.attributes["data-place"] for part in sections][:4] == [
        *("scenarios/deck.yaml:1:1", "scenarios/deck.yaml:1:1", "scenarios/one.yaml:10:5", "scenarios/one.yaml:11:5"),
    ]
    assert texts(html, "h1") == ["The deck"]
    assert texts(html, "title") == ["The deck"]
    assert texts(html, "p.author") == ["me & you"]
    assert texts(html, "h2") == ["First", "A", "B", "Again", "C", "A", "B"]


def test_a_slide_has_what_reveal_reads() -> None:
    """Transition, background, classes and notes of a slide arrive in its section."""
    html = slide(
        render(scenario(Slide(body="x", notes="Ask *them*.", transition="fade", background="red", class_="a b")))
    )
    [section] = elements(html, "section")
    assert section.classes == ["kind-body", "a", "b"]
    assert section.attributes["data-transition"] == "fade"
    assert section.attributes["data-background-color"] == "red"
    assert "<p>Ask <em>them</em>.</p>" in html
    assert texts(html, "aside.notes") == ["Ask them."]


def test_options_are_revealed() -> None:
    """The options of a deck are those of reveal.js, in a block that a parser reads as data."""
    html = render(scenario(Slide(body="x")), options=Options(transition="slide", progress=False, controls=True))
    [block] = [one for one in elements(html, "script") if one.attributes.get("id") == "asrun-options"]
    options = msgspec.json.decode(block.text)
    assert (options["transition"], options["progress"], options["controls"]) == ("slide", False, True)
    assert (options["hash"], options["width"], options["height"]) == (True, 1280, 720)


def test_the_page_asks_for_nothing() -> None:
    """No element of the page names an address to load from, and the policy allows none."""
    html = every_kind("x")
    loading = {"src", "href", "srcset", "data", "poster", "action", "formaction", "manifest", "background"}
    asked = {
        value
        for one in elements(html)
        for name, value in one.attributes.items()
        if name in loading and not value.startswith("data:")
    }
    assert asked == set()
    assert not re.search(r"@import|url\((?!data:)", "".join(one.text for one in elements(html, "style")))
    assert texts(html, "link") == [""]


def test_the_policy_allows_the_scripts_of_the_page_and_no_others() -> None:
    """The policy names the hash of every script of the page and of the speaker window, and nothing looser."""
    html = every_kind("x")
    [meta] = [one for one in elements(html, "meta") if "http-equiv" in one.attributes]
    policy = dict(part.strip().split(" ", 1) for part in meta.attributes["content"].split(";"))
    scripts = [one.text for one in elements(html, "script") if "type" not in one.attributes]
    allowed = policy["script-src"].split()
    assert policy["default-src"] == "'none'"
    assert allowed == [f"'{script_hash(script)}'" for script in scripts] + [f"'{load_reveal().speaker_hash}'"]
    assert len(scripts) == 5
    assert not any("on" + event in one.attributes for one in elements(html) for event in ("click", "load", "error"))


def test_the_page_can_be_read_by_everybody() -> None:
    """The page has a language, a main part, a title, a viewport that can be zoomed, and the license of reveal.js."""
    html = every_kind("x")
    [root] = elements(html, "html")
    viewport = [one for one in elements(html, "meta") if one.attributes.get("name") == "viewport"]
    assert root.attributes["lang"] == "en"
    assert len(list(elements(html, "main"))) == 1
    assert not re.search("maximum-scale|user-scalable", viewport[0].attributes["content"])
    assert "Hakim El Hattab" in html.split("</head>")[0]
    assert all(one.attributes.get("aria-label") or one.text.strip() for one in elements(html, "button"))


nasty = st.lists(
    st.one_of(
        st.text(max_size=20),
        st.sampled_from(
            [
                *(
                    "<script>alert(1)</script>",
                    "</textarea></script>",
                    "<!--",
                    "-->",
                    "]]>",
                    "</style>",
                    "</pre></section>",
                ),
                *("```", "{{ 7 * 7 }}", "{% raw %}", "\x1b[31m", "\x1b]8;;javascript:alert(1)\x07", "\r", "\b", "\x00"),
                *("\u202e", "\ud800", "\ue0000\ue001", "&lt;", '" onload="x', "' onload='x", "javascript:", "\u2028"),
            ]
        ),
    ),
    max_size=8,
).map("".join)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(nasty, nasty)
def test_nothing_printed_becomes_a_part_of_the_page(output: str, code: str) -> None:
    """Whatever a program prints and whatever its code is, the page has the same elements, and no control characters."""
    html, plain = every_kind(output, f"x\n{code}"), every_kind("x")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", html)
    for tag in ("<script", "</script", "<style", "</style", "<!--", "-->", "<section", "</section", "<body", "<iframe"):
        assert html.lower().count(tag) == plain.lower().count(tag)
    page, plain_page = (
        list(elements(text[text.index("<body>") + 6 : text.index("<script type=")])) for text in (html, plain)
    )
    assert _structure(page) == _structure(plain_page)
    assert {name for one in page for name in one.attributes} <= _NAMES


_TEXT = {"span", "div", "i", "p", "b", "tr", "td", "main", "body"}
_NAMES = {
    *("id", "class", "style", "data-place", "type"),
    *("data-n", "data-id", "data-k", "data-at", "data-until", "data-wall", "data-end", "data-state", "data-total"),
    *("data-rate", "data-scale", "data-digits", "data-transition", "data-background-color", "data-auto-animate"),
    *("width", "height", "viewbox", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "transform"),
    *("data-prevent-swipe", "aria-label", "aria-hidden", "min", "max", "step", "value", "scope", "colspan"),
}


def _structure(page: list[Element]) -> list[tuple[str, str]]:
    """Tag and id of all elements but those that output and code are made of."""
    return [(one.tag, one.attributes.get("id", "")) for one in page if one.tag not in _TEXT]


def test_what_closes_is_kept_open() -> None:
    """Scripts, styles and comments that are put into a page cannot end their element."""
    assert safe_script("a('</script>'); b('<!--'); c('<SCRIPT'); d<e") == (
        r"a('\x3C/script>'); b('\x3C!--'); c('\x3CSCRIPT'); d<e"
    )
    assert safe_style("a{} /* </style> */") == r"a{} /* <\/style> */"
    assert not re.search("--|>", safe_comment("a --> b ---- c"))


def test_every_mistake_is_told_at_once() -> None:
    """What is wrong on several slides is told together, each at its place."""
    of = scenario(
        Slide(body="{{ main.nothing }}"),
        Slide(code="main", lines="90"),
        Slide(body="x", caption="![a](missing.png)"),
        Slide(body="x", notes="[a](file:///etc/passwd)"),
    )
    with pytest.raises(AuthorError) as caught:
        render(of, [making.recording()])
    told = [(str(mistake.place), mistake.message) for mistake in caught.value.mistakes]
    assert [place for place, _ in told] == [
        "scenarios/one.yaml:11:5",
        "scenarios/one.yaml:12:5",
        "scenarios/one.yaml:13:5",
        "scenarios/one.yaml:30:9",
    ]
    assert "there is no line 90: the last one is 5" in told[0][1]
    assert "cannot be read" in told[1][1]
    assert "must begin with" in told[2][1]
    assert "nothing" in told[3][1]


def test_a_deck_stays_small() -> None:
    """A deck of a slide of every kind, with ten thousand lines of output, is a file of less than 400 KB."""
    recording = making.recording("main", walls=[30.0])
    events = tuple(Event(3_000_000 * number, "stdout", 0, f"line {number}\n") for number in range(10_000))
    html = render(
        scenario(*EVERY_KIND[1:], runs=RUNS, claims=[Claim(that="main.wall > 0")]),
        [msgspec.structs.replace(recording, events=events), making.recording("other")],
    )
    assert len(html.encode()) < 400_000
