"""What a program prints, and what an author writes into titles, is text: nothing of it runs or breaks the page."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.browser.sample import HOSTILE, RUNS
from tests.browser.stage import Stage, steps_of

SLIDES = 4
"""Slides of the hostile scenario, the last ones of the deck."""


def test_nothing_hostile_runs(stage: Stage) -> None:
    """Going through all slides no dialog opens, nothing is requested, and no element that the output spelled exists."""
    stage.go_to(stage.count - SLIDES)
    while stage.step != steps_of(stage)[-1]:
        stage.next()
    assert stage.page.locator(".slides img, .slides script, .slides textarea, .slides style").count() == 0
    hrefs = stage.page.locator("a").evaluate_all("(links) => links.map((link) => link.getAttribute('href'))")
    assert set(hrefs) == {"https://example.org/", *(f"#section-{number}" for number in range(1, 5))}
    source = Path(unquote(urlsplit(stage.page.url).path)).read_text(encoding="utf-8")
    assert stage.count == len(re.findall(r"<section [^>]*data-place", source)), "no section was closed too early"


def test_hostile_output_is_shown_as_text(stage: Stage) -> None:
    """Tags, braces, entities and backticks that a program printed can be read as they were printed."""
    stage.go("</h2><script>alert(9)</script>")
    shown = stage.lines()
    assert len(shown) == len(HOSTILE)
    for number in range(6):
        assert shown[number] == HOSTILE[number]


def test_control_characters_never_reach_the_page(stage: Stage) -> None:
    """Bells, escapes, NUL and the characters that reverse text are left out or replaced, wherever in the deck."""
    assert any(unicodedata.category(character) == "Cc" for text in HOSTILE for character in text)
    content = str(stage.page.evaluate("document.querySelector('.slides').textContent"))
    controls = {character for character in content if unicodedata.category(character) == "Cc"} - {"\n", "\t"}
    assert controls == set()
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(content)


def test_hostile_prose_and_titles_are_text(stage: Stage) -> None:
    """In prose, captions, notes and titles too, what was printed stays what it is."""
    slide = stage.go("Hostile </title><script>alert(4)</script> {{ 7 }}")
    text = slide.locator(".prose").inner_text()
    for printed in ("<script>alert(1)</script>", "{{ 7 * 7 }}", "[link](javascript:alert(3))", "*stars*", "&lt;b&gt;"):
        assert printed in text
    notes = slide.locator("aside.notes").text_content() or ""
    assert "<script>alert(8)</script></aside></section>" in notes
    assert "<script>alert(1)</script>" in notes


def test_flood_is_cut_and_says_so(stage: Stage) -> None:
    """Of thousands of lines the first and the last are shown, and how many are left out between them."""
    count = len(RUNS["ends", "flood"][1])
    stage.go("What flood prints")
    shown = stage.lines()
    assert len(shown) < 40
    (mark,) = [line for line in shown if "more line" in line]
    left_out = int("".join(character for character in mark if character.isdigit()))
    assert left_out + len(shown) - 1 == count
    assert shown[0].startswith("0 x")
    assert shown[-1].startswith(f"{count - 1} x")
