"""A replay shows what the recording says, when it says so, and a clicker with two buttons is enough for it.

The page's clock stands still but for `pass_time`, so that what is seen at which moment does not depend on the machine.
"""

from __future__ import annotations

import re

import pytest

from tests.browser.sample import RUNS
from tests.browser.stage import Open, Stage

FRAME = 0.02
"""Seconds within which a line that is due can be seen: one frame of the page's clock, and a little."""

SYNC = [(at, text) for at, text, *_ in RUNS["chores", "sync"][1]]
WALL = RUNS["chores", "sync"][0]


def due(lines: list[tuple[float, str]], moment: float) -> list[str]:
    """What a run had printed by then."""
    return [text for at, text in lines if at <= moment]


@pytest.fixture
def replay(open_deck: Open) -> Stage:
    """The replay of the chores, waiting."""
    stage = open_deck(clock=True)
    stage.go("A replay")
    return stage


def scrub_to(stage: Stage, moment: float) -> None:
    """Move the scrubber as a hand does."""
    stage.current.locator(".scrub").first.evaluate(
        """(scrub, moment) => { scrub.value = moment; scrub.dispatchEvent(new Event("input", { bubbles: true })); }""",
        moment,
    )


def test_nothing_is_shown_before_it_happened(replay: Stage) -> None:
    """A replay that waits shows the code, a clock at zero, and no line of output."""
    assert replay.state == "idle"
    assert replay.lines() == []
    assert replay.clocks == ["0.00"]
    assert "upload_files" in replay.visible_text(replay.current.locator(".code"))


def test_next_plays_in_the_order_and_at_the_pace_of_the_recording(replay: Stage) -> None:
    """After *next*, every line appears in its order, no sooner than it was printed and within a frame of that."""
    replay.next()
    assert replay.state == "playing"
    moment = 0.0
    while moment < WALL - FRAME:
        replay.pass_time(0.1)
        moment += 0.1
        seen = replay.lines()
        assert due(SYNC, moment - FRAME) == seen[: len(due(SYNC, moment - FRAME))]
        assert seen == due(SYNC, moment + FRAME)[: len(seen)]
        assert abs(float(replay.clocks[0]) - min(moment, WALL)) < FRAME
    assert replay.lines() == [text for _, text in SYNC]


def test_replay_that_finished_by_itself_is_left_by_one_next(replay: Stage) -> None:
    """When the recording is over the replay has finished: all is shown, with its end, and *next* moves on."""
    slide = replay.step[0]
    replay.next()
    replay.pass_time(WALL - 0.1)
    assert replay.state == "playing"
    replay.pass_time(0.2)
    assert replay.state == "finished"
    assert replay.clocks == ["2.02"]
    assert replay.lines() == [text for _, text in SYNC]
    replay.next()
    assert replay.step == (slide + 1, 0)


def test_next_finishes_and_next_moves_on(replay: Stage) -> None:
    """A presenter in a hurry presses *next* again: the final state at once; and again: the next slide."""
    slide = replay.step[0]
    replay.next()
    replay.pass_time(0.3)
    replay.next()
    assert replay.state == "finished"
    assert replay.lines() == [text for _, text in SYNC]
    assert replay.clocks == ["2.02"]
    replay.next()
    assert replay.step == (slide + 1, 0)


def test_back_rewinds(replay: Stage) -> None:
    """*Back* leads to the start of the replay, from its middle and from its end, and *next* plays it from there."""
    slide = replay.step[0]
    for until in (0.7, WALL + 1):
        replay.next()
        replay.pass_time(until)
        replay.back()
        assert replay.step == (slide, 0)
        assert replay.state == "idle"
        assert replay.lines() == []
        assert replay.clocks == ["0.00"]
    replay.next()
    replay.pass_time(0.1)
    assert replay.state == "playing"
    assert replay.lines() == ["Preparing files..."]
    replay.back()
    replay.back()
    assert replay.step[0] == slide - 1


def test_slide_that_is_left_in_the_middle_stands_still(replay: Stage) -> None:
    """A replay that is left while it plays neither goes on nor drags the deck back."""
    slide = replay.step[0]
    replay.next()
    replay.pass_time(0.3)
    replay.go_to(slide + 3)
    replay.pass_time(5)
    assert replay.step == (slide + 3, 0)
    replay.go_to(slide)
    assert replay.state == "idle"


@pytest.mark.parametrize("control", ["k", "button"])
def test_pause_stops_the_clock(replay: Stage, control: str) -> None:
    """Paused, by key or button, nothing appears however long it takes; then it goes on where it stood."""

    def toggle() -> None:
        replay.press("k") if control == "k" else replay.current.locator(".toggle").click()

    toggle()
    replay.pass_time(0.6)
    toggle()
    assert replay.state == "paused"
    before = replay.clocks, replay.lines()
    replay.pass_time(10)
    assert (replay.clocks, replay.lines()) == before
    assert before[1] == due(SYNC, 0.6)
    toggle()
    replay.pass_time(0.5)
    assert replay.state == "playing"
    assert replay.lines() == due(SYNC, 1.1)
    replay.pass_time(0.5)
    assert replay.lines() == due(SYNC, 1.6)


def test_speed_multiplies_time(replay: Stage) -> None:
    """The button for speed goes through 1×, 2× and 4×, and a second then is as much of the recording."""
    rate = replay.current.locator(".rate")
    replay.next()
    shown = []
    for speed in (1, 2, 4):
        shown.append(rate.text_content())
        before = float(replay.clocks[0])
        replay.pass_time(0.2)
        assert float(replay.clocks[0]) - before == pytest.approx(0.2 * speed, abs=speed * FRAME)
        rate.click()
    assert shown == ["1×", "2×", "4×"]
    assert rate.text_content() == "1×"


@pytest.mark.parametrize(
    ("title", "run"),
    [("A replay", ("chores", "sync")), ("Longer than it may be", ("chores", "long"))],
)
def test_scrubbed_to_any_moment_it_shows_what_there_was_then(open_deck: Open, title: str, run: tuple[str, str]) -> None:
    """Wherever the scrubber is put, before, after or on a line's moment, what is visible is what had been printed."""
    stage = open_deck(clock=True)
    stage.go(title)
    wall, recorded = RUNS[run]
    lines = [(at, text) for at, text, *_ in recorded]
    shown = stage.current.locator(".line:not(.mark)").evaluate_all("(lines) => lines.map((l) => Number(l.dataset.at))")
    kept = [(at, text) for at, text in lines if at in shown]
    moments = sorted({wall * part / 17 for part in range(18)} | {at + d for at, _ in kept for d in (-0.001, 0, 0.001)})
    moments = [moment for moment in moments if 0 <= moment < wall]
    for moment in [*moments[::-3], *moments[::2]]:
        scrub_to(stage, moment)
        assert stage.state == "paused"
        seen = [text for text in stage.lines() if not text.startswith("…")]
        assert seen == due(kept, moment), moment
        assert float(stage.clocks[0]) == pytest.approx(moment, abs=0.006)


def test_scrubber_leaves_the_clicker_alone(replay: Stage) -> None:
    """After a click into the time bar, the clicker's *next* still belongs to the deck."""
    slide = replay.step[0]
    replay.next()
    replay.pass_time(0.1)
    bar = replay.current.locator(".scrub").bounding_box()
    assert bar
    replay.page.mouse.click(bar["x"] + bar["width"] / 2, bar["y"] + bar["height"] / 2)
    assert abs(float(replay.clocks[0]) - WALL / 2) < 0.1
    replay.next()
    assert replay.state == "finished"
    replay.next()
    assert replay.step == (slide + 1, 0)


def test_buttons_leave_the_clicker_alone(replay: Stage) -> None:
    """After a click on a button, the clicker and the space bar still belong to the deck."""
    slide = replay.step[0]
    replay.current.locator(".rate").click()
    replay.current.locator(".toggle").click()
    assert replay.state == "playing"
    replay.press("Space")
    assert replay.state == "finished"
    replay.next()
    assert replay.step == (slide + 1, 0)


def test_key_plays_again(replay: Stage) -> None:
    """The key r plays from the start, from whichever state."""
    for before in (0, 1, 2):
        for _ in range(before):
            replay.next()
        replay.press("r")
        replay.pass_time(0.1)
        assert replay.state == "playing"
        assert replay.lines() == ["Preparing files..."]
        replay.back()


def test_long_run_is_shown_faster_and_says_so(open_deck: Open) -> None:
    """A run longer than the deck's longest replay is over within that time, in proportion, and the slide says so."""
    stage = open_deck(clock=True)
    slide = stage.go("Longer than it may be")
    words = re.search(r"([\d.]+)× as fast", stage.visible_text(slide))
    assert words
    rate = float(words[1])
    assert rate == pytest.approx(31.05 / 12, abs=0.1)
    stage.next()
    stage.pass_time(2)
    assert float(stage.clocks[0]) == pytest.approx(2 * rate, abs=rate * FRAME)
    assert stage.lines() == due([(at, text) for at, text, *_ in RUNS["chores", "long"][1]], 2 * rate)
    stage.pass_time(9)
    assert stage.state == "playing"
    stage.pass_time(1)
    assert stage.state == "finished"
    assert stage.clocks == ["31.05"]


def test_short_run_shows_milliseconds(open_deck: Open) -> None:
    """A run of milliseconds has its clock in milliseconds, and plays to its end."""
    stage = open_deck(clock=True)
    stage.go("Ends of all kinds")
    assert stage.clocks == ["0.00"]
    stage.next()
    stage.pass_time(0.1)
    assert stage.state == "finished"
    assert stage.clocks == ["4.00"]
    assert stage.lines()[:1] == ["one"]
    assert "two" in stage.lines()[1]
    assert "exit status 3" in stage.lines()[2]


def test_parts_of_a_line_come_one_by_one(open_deck: Open) -> None:
    """A line that was written in pieces grows as it grew."""
    stage = open_deck(clock=True)
    stage.go("Dots that come one by one")
    stage.next()
    seen = []
    for _ in range(4):
        stage.pass_time(0.25)
        seen += stage.lines()
    assert seen == [".", "..", "...", "... done"]


def test_run_without_output_has_a_replay(open_deck: Open) -> None:
    """A run that printed nothing plays for as long as it took, and says that there was nothing."""
    stage = open_deck(clock=True)
    stage.go("Silent")
    stage.next()
    stage.pass_time(0.2)
    assert stage.state == "playing"
    stage.pass_time(0.2)
    assert stage.state == "finished"
    assert stage.lines() == ["nothing was printed"]


def test_race_runs_on_one_clock(open_deck: Open) -> None:
    """In a race each run shows what it had printed by then; the clock of one that has ended stands still."""
    stage = open_deck(clock=True)
    slide = stage.go("A race of two")
    runs = [RUNS["chores", name] for name in ("sync", "overlapped")]
    assert [stage.lines(panel) for panel in (0, 1)] == [[], []]
    ratio = slide.locator(".ratio")
    stage.next()
    for _ in range(15):  # steps that end nowhere near a line's moment
        stage.pass_time(0.11)
        now = float(stage.clocks[0])
        for panel, (wall, lines) in enumerate(runs):
            assert stage.lines(panel) == due([(at, text) for at, text, *_ in lines], now)
            assert float(stage.clocks[panel]) == pytest.approx(min(now, wall), abs=0.011)
        assert stage.visible_text(ratio).strip() == ""
    assert stage.clocks[1] == "1.51"
    assert now == pytest.approx(1.65, abs=FRAME)
    stage.pass_time(0.5)
    assert stage.state == "finished"
    assert stage.clocks == ["2.02", "1.51"]
    assert f"{2.02 / 1.51:.2f}×" in stage.visible_text(ratio)
    stage.next()
    assert stage.title == "A race of four"


def test_race_finishes_by_next_alone(open_deck: Open) -> None:
    """A race of four plays, finishes and is left by *next* alone; *back* comes back to its end."""
    stage = open_deck(clock=True)
    stage.go("A race of four")
    slide = stage.step[0]
    stage.next()
    stage.pass_time(0.5)
    stage.next()
    assert stage.state == "finished"
    assert stage.clocks == ["2.02", "1.51", "0.90", "1.80"]
    for panel, name in enumerate(("sync", "overlapped", "third", "fourth")):
        assert stage.lines(panel) == [text for _, text, *_ in RUNS["chores", name][1]]
    stage.next()
    assert stage.step[0] == slide + 1
    stage.back()
    assert stage.step[0] == slide
    assert stage.state == "finished"
