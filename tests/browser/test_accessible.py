"""Everybody can follow: axe-core finds nothing, the keyboard's focus can be seen, replays have transcripts."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.fetch_axe import axe_source
from tests.browser.stage import Open, Stage, steps_of

RUN_AXE = """
async () => {
  // It goes through the whole document, whatever it is to look at: the other slides are taken out meanwhile.
  const others = WHERE === document ? [] : [...document.querySelectorAll(".slides > section:not(.present)")];
  const places = others.map((slide) => {
    const place = document.createComment("");
    slide.replaceWith(place);
    return place;
  });
  // What is still fading in would be found too pale.
  document.getAnimations().forEach((animation) => animation.finish());
  const found = await axe.run(WHERE, { resultTypes: ["violations"] });
  places.forEach((place, index) => place.replaceWith(others[index]));
  const tell = (node) => `${node.html.slice(0, 120)} (${node.failureSummary})`;
  return found.violations.map((violation) => `${violation.id}: ${violation.nodes.map(tell).join("; ")}`);
}
"""


def violations(stage: Stage, where: str = "document") -> list[str]:
    """What axe-core has to report of the page as it stands, or of a part of it."""
    if not stage.page.evaluate("typeof axe === 'object'"):
        stage.page.evaluate(axe_source())
    found: list[str] = stage.page.evaluate(RUN_AXE.replace("WHERE", where))
    return found


def test_axe_sees_violations(stage: Stage) -> None:
    """The checker is really there: spoil the page, and it reports."""
    stage.page.evaluate("document.documentElement.removeAttribute('lang')")
    stage.page.evaluate("document.querySelector('.present h1').style.color = '#24384c'")
    found = violations(stage)
    assert sorted(one.partition(":")[0] for one in found) == ["color-contrast", "html-has-lang"]


PARTS = 6
"""axe-core takes a second for each state of a slide: too long for all of them in one test."""


@pytest.mark.parametrize("part", range(PARTS))
def test_axe_finds_nothing_on_any_slide(stage: Stage, part: int) -> None:
    """On no slide, neither at its start nor at its end, axe-core has anything to report."""
    found = {stage.title: violations(stage)}
    steps = steps_of(stage)
    for index in range(1 + part, stage.count, PARTS):
        for fragment in (-1, 99)[(index, 1) not in steps :]:
            stage.go_to(index, fragment)
            found[f"{stage.title} {fragment}"] = violations(stage, "document.querySelector('.slides > .present')")
    assert {slide: complaints for slide, complaints in found.items() if complaints} == {}


def test_axe_finds_nothing_while_a_replay_is_paused(open_deck: Open) -> None:
    """In the middle of a replay and of a race there is nothing to report either."""
    stage = open_deck(clock=True)
    for title in ("A replay", "A race of two", "Code, lanes and output", "Moments", "A race with lanes", "Two files"):
        stage.go(title)
        stage.press("k")
        stage.pass_time(0.7)
        if stage.state == "playing":
            stage.press("k")
        assert stage.state == "paused"
        stage.page.clock.resume()
        assert violations(stage) == []
        stage.page.clock.pause_at(stage.page.evaluate("Date.now() / 1000") + 1)


def test_axe_finds_nothing_in_the_print_view(open_deck: Open) -> None:
    """The print view, from which tagged PDFs are made, has nothing to report."""
    stage = open_deck(query="?print-pdf")
    stage.page.wait_for_selector(".pdf-page")
    assert violations(stage) == []


def test_focus_can_be_seen(open_deck: Open) -> None:
    """Tab leads to the controls of a replay, and each looks different while it has the focus."""
    stage = open_deck(clock=True)
    stage.go("A replay")
    seen: dict[str, bool] = {}
    for _ in range(12):
        stage.press("Tab")
        focused = stage.page.evaluate_handle("document.activeElement").as_element()
        assert focused
        name = str(focused.evaluate("(element) => element.className || element.localName"))
        box = focused.bounding_box()
        if (
            name in seen
            or box is None
            or not focused.evaluate("(element) => !!element.closest('section.present .time')")
        ):
            continue
        clip: Any = {
            "x": box["x"] - 14,
            "y": box["y"] - 14,
            "width": box["width"] + 28,
            "height": box["height"] + 28,
        }
        with_focus = stage.page.screenshot(clip=clip)
        focused.evaluate("(element) => element.blur()")
        seen[name] = stage.page.screenshot(clip=clip) != with_focus
        focused.focus()
    assert seen == {"toggle": True, "scrub": True, "rate": True}


def test_keyboard_works_the_controls(open_deck: Open) -> None:
    """With the focus on them, the controls do by keyboard what they do by mouse, and the deck stays where it is."""
    stage = open_deck(clock=True)
    stage.go("A replay")
    slide = stage.step[0]
    stage.current.locator(".toggle").focus()
    stage.press("Enter")
    stage.pass_time(0.2)
    assert stage.state == "playing"
    stage.press("Space")
    assert stage.state == "paused"
    stage.current.locator(".rate").focus()
    stage.press("Enter")
    assert stage.current.locator(".rate").text_content() == "2×"
    before = float(stage.clocks[0])
    stage.current.locator(".scrub").focus()
    stage.press("ArrowRight")
    assert stage.step[0] == slide
    assert float(stage.clocks[0]) > before


def test_controls_say_what_they_do(open_deck: Open) -> None:
    """Each control has a name, and the name of the button for playing follows what it would do."""
    stage = open_deck(clock=True)
    stage.go("A replay")
    slide = stage.current
    expect(slide.get_by_role("button", name="Play", exact=True)).to_have_count(1)
    expect(slide.get_by_role("button", name="1× speed", exact=True)).to_have_count(1)
    expect(slide.get_by_role("slider", name="Moment of the replay, in seconds", exact=True)).to_have_count(1)
    said = []
    for _ in range(3):
        said.append(stage.current.locator(".toggle").get_attribute("aria-label"))
        stage.next()
        stage.pass_time(0.1)
    assert said == ["Play", "Pause", "Play again"]


def test_transcript_stands_beside_the_replay(stage: Stage) -> None:
    """A screen reader finds all of the output with its times, in order, also before it was played."""
    stage.go("A replay")
    text = stage.current.locator(".terminal").text_content() or ""
    words = ["0.50 s", "Files prepared.", "1.50 s", "Files uploaded.", "2.00 s", "Emails sent."]
    places = [text.index(word) for word in words]
    assert places == sorted(places)
    assert "Output of one after the other" in text
    hidden = (
        "(element) => !!element.closest('[aria-hidden=true]') || getComputedStyle(element).visibility !== 'visible'"
    )
    assert not any(line.evaluate(hidden) for line in stage.current.locator(".line").all())
