"""The speaker view works from disk: notes, the slide that is shown and the next one, in step with the main window."""

from __future__ import annotations

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.stage import Stage


@pytest.fixture
def speaker(stage: Stage) -> Page:
    """The speaker's window, opened by the key s, with both of its previews ready."""
    with stage.page.context.expect_page() as opened:
        stage.press("s")
    window: Page = opened.value
    for name in ("current", "upcoming"):
        expect(frame(window, name).locator("html.asrun-ready")).to_be_attached()
    return window


def frame(window: Page, name: str) -> FrameLocator:
    """A preview in the speaker's window."""
    return window.frame_locator(f"#{name}-slide iframe")


def shown(window: Page, name: str) -> str:
    """The title of the slide in a preview."""
    return (frame(window, name).locator(".slides > section.present :is(h1, h2)").first.text_content() or "").strip()


def test_notes_and_next_slide_are_shown(stage: Stage, speaker: Page) -> None:
    """The window shows the notes of the slide, the slide, and the one after it."""
    expect(speaker.locator(".speaker-controls-notes .value")).to_have_text("Welcome everybody.")
    assert shown(speaker, "current") == "A sample & a <deck>"
    expect(frame(speaker, "upcoming").locator("section.present h2")).to_have_text("The kinds")


def test_speaker_view_follows(stage: Stage, speaker: Page) -> None:
    """Moving the deck moves the speaker's window; notes are rendered, with the figures of the recordings in them."""
    stage.next()
    stage.next()
    notes = speaker.locator(".speaker-controls-notes .value")
    expect(notes).to_have_text("Remember to smile. It took 2.02 s.")
    expect(notes.locator("strong")).to_have_text("smile")
    expect(frame(speaker, "current").locator("section.present h2")).to_have_text("Two chores")
    expect(frame(speaker, "upcoming").locator("section.present h2")).to_have_text("Code in steps")


def test_deck_follows_the_speaker(stage: Stage, speaker: Page) -> None:
    """A key pressed in the speaker's window moves the deck."""
    speaker.keyboard.press("PageDown")
    expect(stage.current.locator("h2")).to_have_text("The kinds")


def test_replay_in_both_windows(stage: Stage, speaker: Page) -> None:
    """With the speaker view open a replay plays, finishes and moves on as without it; the preview follows."""
    stage.go("A replay")
    slide = stage.step[0]
    current = frame(speaker, "current").locator("section.present .replay")
    expect(current).to_have_attribute("data-state", "idle")
    stage.next()
    assert stage.state == "playing"
    expect(current).to_have_attribute("data-state", "playing")
    expect(stage.current.locator(".replay")).to_have_attribute("data-state", "finished")  # after its 2 s
    assert stage.step == (slide, 2)
    expect(current).to_have_attribute("data-state", "finished")
    stage.back()
    assert stage.state == "idle"
    expect(current).to_have_attribute("data-state", "idle")
    stage.next()
    stage.next()
    assert stage.state == "finished"
    stage.next()
    assert stage.title == "A race of two"
    expect(frame(speaker, "current").locator("section.present h2")).to_have_text("A race of two")


def test_moments_in_both_windows(stage: Stage, speaker: Page) -> None:
    """With the speaker view open a replay pauses at its moments as without it, and the preview stands with it."""
    stage.go("Moments")
    slide = stage.step[0]
    current = frame(speaker, "current").locator("section.present .replay")
    for visible, caption in ((1, "Both have begun"), (2, "goes on, to its next")):
        stage.next()
        expect(stage.current.locator(".replay")).to_have_attribute("data-state", "paused")
        assert stage.step == (slide, visible)
        expect(current).to_have_attribute("data-state", "paused")
        expect(current.locator(".captions > .spoken")).to_contain_text(caption)
    stage.back()
    expect(current.locator(".captions > .spoken")).to_contain_text("Both have begun")
