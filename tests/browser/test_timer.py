"""Exercises on stage: a countdown that the clicker, a key and a button drive."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.stage import Open, Stage


def left(stage: Stage) -> str:
    """What the timer of the slide shows."""
    return stage.current.locator(".timer .left").text_content() or ""


def test_the_clicker_starts_the_time_and_moves_on(open_deck: Open) -> None:
    """*Next* starts the countdown, *next* again moves on while it runs, and *back* winds it up."""
    stage = open_deck(clock=True)
    stage.go("An exercise")
    index = stage.step[0]
    assert left(stage) == "5 min"
    stage.next()
    stage.pass_time(10)
    assert left(stage) == "4:50"
    stage.next()
    assert stage.step[0] == index + 1
    stage.pass_time(10)
    stage.back()
    assert left(stage) == "4:40"
    stage.back()
    assert (stage.step, left(stage)) == ((index, 0), "5 min")


def test_a_key_and_a_button_pause_the_time(open_deck: Open) -> None:
    """`t` starts, pauses and goes on, and the button does the same and says what it would do."""
    stage = open_deck(clock=True)
    stage.go("An exercise without code")
    button = stage.current.locator(".timer button")
    stage.press("t")
    stage.pass_time(5)
    expect(button).to_have_text("Pause")
    stage.press("t")
    stage.pass_time(5)
    assert left(stage) == "0:15"
    expect(button).to_have_text("Go on")
    slide = stage.step[0]
    button.focus()
    stage.press("Space")
    stage.pass_time(5)
    assert (stage.step[0], left(stage)) == (slide, "0:10")


def test_the_end_is_said_and_seen(open_deck: Open) -> None:
    """At zero the time stands still, and a screen reader hears it once; it does not hear every second."""
    stage = open_deck(clock=True)
    stage.go("An exercise without code")
    stage.press("t")
    said = stage.current.locator(".timer .said")
    assert said.text_content() == "20 s, from now"
    stage.pass_time(25)
    assert left(stage) == "0:00"
    assert said.text_content() == "Time is up"
    assert stage.current.locator(".timer").get_attribute("data-state") == "over"
    assert stage.current.get_by_role("timer").get_attribute("aria-live") is None


def test_on_paper_the_time_is_words(open_deck: Open) -> None:
    """A printed exercise says how long it takes, on one page, without a button; rows of a decision are all there."""
    stage = open_deck(query="?print-pdf")
    stage.page.wait_for_selector(".pdf-page")
    timers = stage.page.locator(".pdf-page .timer .left")
    assert timers.all_text_contents() == ["5 min", "20 s"]
    for button in stage.page.locator(".timer button").all():
        expect(button).to_be_hidden()


def test_without_scripts_all_is_there(open_deck: Open) -> None:
    """Without JavaScript the time is words, there is no button, and every row of a decision can be read."""
    stage = open_deck(java_script_enabled=False)
    expect(stage.page.locator(".timer .left").first).to_have_text("5 min")
    expect(stage.page.locator(".timer button").first).to_be_hidden()
    for row in stage.page.locator(".choice").all():
        expect(row).to_be_visible()
        expect(row).to_have_css("opacity", "1")


def test_an_agenda_leads_to_its_sections(stage: Stage) -> None:
    """A click on a section of the agenda shows its slide."""
    stage.go("Agenda").get_by_role("link", name="Lanes").click()
    expect(stage.current).to_have_id("section-2")
