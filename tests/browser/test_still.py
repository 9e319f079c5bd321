"""Where nothing moves (reduced motion, no JavaScript, paper) everything is shown in its final state."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.sample import RUNS
from tests.browser.stage import Open, Stage

SYNC = [text for _, text, *_ in RUNS["chores", "sync"][1]]
STEPS = 4
"""The steps of the sample's only stepped code: each is a page on paper."""


def pages_of(pdf: bytes) -> int:
    """How many pages a PDF has."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def assert_final(stage: Stage) -> None:
    """Every line of output on the page is visible, and every clock shows the end."""
    hidden = stage.page.locator(".slides .line, .slides .ratio").evaluate_all(
        "(all) => all.filter((one) => getComputedStyle(one).opacity !== '1').map((one) => one.textContent)"
    )
    assert hidden == []
    clocks = stage.page.locator(".slides .clock").evaluate_all(
        "(all) => all.map((c) => [c.textContent, c.dataset.end])"
    )
    assert clocks
    assert [shown for shown, _ in clocks] == [end for _, end in clocks]


def test_reduced_motion_shows_the_end_at_once(open_deck: Open) -> None:
    """With reduced motion a replay and a race stand at their end, and one *next* moves on."""
    stage = open_deck(reduced_motion="reduce")
    for title in ("A replay", "A race of two"):
        stage.go(title)
        slide = stage.step[0]
        assert stage.state == "finished"
        assert stage.lines() == SYNC
        assert stage.clocks[0] == "2.02"
        stage.next()
        assert stage.step[0] == slide + 1
    assert_final(stage)


def test_reduced_motion_still_plays_when_asked(open_deck: Open) -> None:
    """With reduced motion a replay can still be played by its button: who presses it wants to see it."""
    stage = open_deck(reduced_motion="reduce", clock=True)
    stage.go("A replay")
    stage.current.locator(".toggle").click()
    stage.pass_time(0.7)
    assert stage.lines() == SYNC[:2]
    stage.pass_time(2)
    assert stage.state == "finished"
    assert stage.lines() == SYNC


def test_without_javascript_all_slides_can_be_read(open_deck: Open) -> None:
    """Without JavaScript the slides stand one under the other, all of them visible, at their final state."""
    stage = open_deck(java_script_enabled=False)
    slides = stage.page.locator(".slides > section")
    boxes = [slides.nth(index).bounding_box() for index in range(slides.count())]
    assert len(boxes) > 20
    bottom = 0.0
    for box in boxes:
        assert box
        assert box["y"] >= bottom - 2
        assert box["height"] > 300
        bottom = box["y"] + box["height"]
    assert_final(stage)
    for text in SYNC:
        for line in stage.page.get_by_text(text, exact=True).all():
            expect(line).to_be_visible()
    for name in (".toggle", ".rate", ".scrub"):
        assert stage.page.locator(name).first.is_hidden(), "a button that does nothing is not shown"
    assert stage.page.evaluate("document.documentElement.scrollHeight") >= bottom


def test_print_view_has_a_page_for_each_step(open_deck: Open) -> None:
    """`?print-pdf` gives a page for each slide and code step, none of them blank, with all output and no controls."""
    stage = open_deck(query="?print-pdf")
    stage.page.wait_for_selector(".pdf-page")
    pages = stage.page.locator(".pdf-page")
    slides = stage.page.evaluate("Reveal.getSlides().length")
    assert pages.count() == slides
    pdf = stage.page.pdf(prefer_css_page_size=True, print_background=True)
    assert pages_of(pdf) == pages.count()
    texts = [stage.visible_text(pages.nth(index)).strip() for index in range(pages.count())]
    assert all(texts)
    assert_final(stage)
    for title in ("A replay", "What one after the other prints"):
        (found,) = [text for text in texts if title in text]
        assert all(line in found for line in SYNC)
    assert not stage.page.locator(".toggle:visible, .rate:visible, .scrub:visible").count()
    marked = pages.filter(has_text="Code in steps")
    assert marked.count() == 1 + STEPS


def test_print_view_keeps_slides_apart(open_deck: Open) -> None:
    """On paper each page holds one slide whole: nothing of it lies outside its page."""
    stage = open_deck(query="?print-pdf")
    stage.page.wait_for_selector(".pdf-page")
    outside = stage.page.locator(".pdf-page").evaluate_all(
        """(pages) => pages.flatMap((page) => {
          const edge = page.getBoundingClientRect();
          const texts = [...page.querySelectorAll(".page :is(h1, h2, p, .tx, td, th, li)")];
          return texts.filter((text) => {
            const box = text.getBoundingClientRect();
            if (box.width <= 1 || text.closest(".unseen")) return false;
            return box.top < edge.top - 1 || box.bottom > edge.bottom + 1 || box.right > edge.right + 1;
          }).map((text) => text.textContent);
        })"""
    )
    assert outside == []


def test_printed_as_it_stands_it_is_complete(stage: Stage) -> None:
    """Printed from the browser's menu, without reveal's print view, the deck still has all slides and all output."""
    stage.go("A replay")
    stage.page.emulate_media(media="print")
    stage.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert_final(stage)
    pdf = stage.page.pdf(prefer_css_page_size=True, print_background=True)
    assert pages_of(pdf) == stage.count
    stage.page.emulate_media(media="screen")
    stage.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert stage.clocks == ["0.00"]
    assert stage.lines() == []


@pytest.mark.parametrize("size", [(1920, 1080), (1024, 768), (1366, 768), (3840, 2160)])
def test_other_screens_show_whole_slides(open_deck: Open, size: tuple[int, int]) -> None:
    """On a screen of another size or shape every slide fills it as far as its own shape allows, and nothing scrolls."""
    width, height = size
    stage = open_deck(viewport={"width": width, "height": height}, reduced_motion="reduce")
    # reveal.js rounds its scale to hundredths: so much of the empty margin may be lost.
    slack = max(width, height) * 0.005 + 1
    for index in range(stage.count):
        stage.go_to(index)
        box = stage.current.locator(".page").bounding_box()
        assert box
        assert box["x"] >= -slack
        assert box["y"] >= -slack
        assert box["x"] + box["width"] <= width + slack
        assert box["y"] + box["height"] <= height + slack
        assert max(box["width"] / width, box["height"] / height) > 0.99
    scrolls = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    assert stage.page.evaluate(scrolls) == [width, height]
