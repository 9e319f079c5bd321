"""Code, lanes and output move under one clock: what is marked at a moment is what the recording says of that moment."""

from __future__ import annotations

from typing import Any

import pytest

from asrun.recording import Recording
from tests import traced
from tests.browser.sample import LANES
from tests.browser.stage import Open, Stage
from tests.browser.test_replay import scrub_to

NAMES = {2: "main", 3: "upload_files", 4: "send_emails"}
"""The lanes of the chores that have rows, and what they are called."""

FRAME = 0.02

_IN_SIGHT = """
(codes) => codes.map((code) => {
  const edge = code.getBoundingClientRect();
  const boxes = [...code.querySelectorAll(".ln")].map((line) => line.getBoundingClientRect());
  const cut = boxes.filter((box) => box.top < edge.top - 1 && box.bottom > edge.top + 1);
  const marked = [...code.querySelectorAll(".marked")].map((line) => line.getBoundingClientRect());
  const seen = marked.filter((box) => box.top >= edge.top - 1 && box.bottom <= edge.bottom + 1);
  return [cut.length, seen.length, marked.length];
})
"""
"""For each window: how many of its lines are cut at its top, how many marks are in sight, and how many there are."""


def marks(stage: Stage, side: int | None = None) -> dict[str, int]:
    """At which line of the file that is shown each name stands; `side` counts from 0, for races with code."""
    within = stage.current if side is None else stage.current.locator(".sides > .column").nth(side)
    found: list[list[Any]] = within.locator(".ln.marked").evaluate_all(
        """(lines) => lines.filter((line) => line.offsetParent).flatMap((line) =>
          [...line.querySelectorAll(".chips b")].map((chip) => [chip.textContent, Number(line.dataset.n)]))"""
    )
    return {str(name): int(line) for name, line in found}


def due_marks(recording: Recording, moment: float) -> dict[str, int]:
    """The same, by the recording."""
    stands = {name: traced.line_at(recording, lane, round(moment * 1e9)) for lane, name in NAMES.items()}
    return {name: line for name, line in stands.items() if line is not None}


def uncovered(stage: Stage) -> float:
    """The share of the plot that can be seen, from its beginning; 0 for nothing."""
    return float(
        stage.current.locator(".track").first.evaluate(
            """(track) => {
              const style = getComputedStyle(track);
              if (style.visibility !== "visible") return 0;
              if (style.clipPath === "none") return 1;
              const right = style.clipPath.match(/inset\\(\\S+ (calc\\([^)]*\\)|\\S+)/)[1];
              const probe = document.createElement("div");
              probe.style.cssText = `position:absolute;height:1px;width:max(0px, ${right})`;
              track.append(probe);
              const hidden = probe.getBoundingClientRect().width;
              probe.remove();
              return 1 - hidden / track.getBoundingClientRect().width;
            }"""
        )
    )


@pytest.fixture
def lanes(open_deck: Open) -> Stage:
    """The replay of the chores with its lanes, waiting."""
    stage = open_deck(clock=True)
    stage.go("Code, lanes and output")
    return stage


@pytest.fixture
def moments(open_deck: Open) -> Stage:
    """The replay with three moments, waiting."""
    stage = open_deck(clock=True)
    stage.go("Moments")
    return stage


def said(stage: Stage) -> list[str]:
    """The captions of moments that can be seen."""
    captions = stage.current.locator(".captions > li")
    return [stage.visible_text(one).strip() for one in captions.all() if one.is_visible()]


def test_nothing_is_shown_of_lanes_before_they_began(lanes: Stage) -> None:
    """A replay that waits shows the names of the lanes and the axis, but no bar, and no line is marked."""
    assert lanes.state == "idle"
    assert uncovered(lanes) == 0
    assert marks(lanes) == {}
    names = lanes.current.locator("text.name")
    assert names.all_text_contents() == ["main", "upload_files", "send_emails"]


def test_marks_are_what_the_recording_says(lanes: Stage) -> None:
    """Wherever the scrubber is, each lane is marked where the recording has it, and the bars are seen up to there."""
    recording = LANES["chores"]
    wall = recording.take.wall_ns / 1e9
    edges = {at + d for e in recording.events for at in [e.at_ns / 1e9] for d in (-0.0002, 0, 0.0002)}
    edges |= {s.begin_ns / 1e9 for s in recording.spans}
    moments = sorted(edges | {wall * part / 23 for part in range(1, 23)})
    for moment in [*moments[::2], *moments[1::2][::-1]]:
        scrub_to(lanes, moment)
        assert lanes.state == "paused"
        assert marks(lanes) == due_marks(recording, moment), moment
        assert uncovered(lanes) == pytest.approx(moment / wall, abs=0.005)


def test_lanes_play_with_the_output(lanes: Stage) -> None:
    """While it plays, the clock, the marks, the uncovered bars and the output are of the same moment."""
    recording = LANES["chores"]
    lanes.next()
    for _ in range(9):
        lanes.pass_time(0.53)
        now = float(lanes.clocks[0])
        assert marks(lanes) == due_marks(recording, now)
        printed = [event.text.strip() for event in recording.events if event.at_ns / 1e9 <= now]
        assert [line.partition(": ")[2] or line for line in lanes.lines()] == printed
        assert uncovered(lanes) == pytest.approx(now / 5.01, abs=0.01)


def test_at_the_end_all_lanes_are_seen_and_none_stands(lanes: Stage) -> None:
    """Finished, the whole timeline is there and no line is marked: nobody stands anywhere any more."""
    lanes.next()
    lanes.pass_time(2)
    lanes.next()
    assert lanes.state == "finished"
    assert uncovered(lanes) == 1
    assert marks(lanes) == {}


def test_colours_agree(lanes: Stage) -> None:
    """The chip in the code, the row of the timeline and the dot before the output have one colour for a lane."""
    scrub_to(lanes, 2.0)
    slide = lanes.current
    rows = dict(
        slide.locator("text.name").evaluate_all("(all) => all.map((t) => [t.textContent, getComputedStyle(t).fill])")
    )
    chips = dict(
        slide.locator(".chips b").evaluate_all(
            "(all) => all.map((b) => [b.textContent, getComputedStyle(b).backgroundColor])"
        )
    )
    assert chips == rows
    dots = slide.locator(".who").evaluate_all("(all) => all.map((i) => getComputedStyle(i).backgroundColor)")
    assert [dots.index(dot) for dot in dots] == [0, 1, 0, 1, 0], "uploads and emails take turns"
    assert len(set(rows.values())) == 3


def test_moments_by_next_alone(moments: Stage) -> None:
    """*Next* plays up to each moment, where it stands still with its caption, whatever time passes; then to the end."""
    slide = moments.step[0]
    captions = [
        "Both have begun, and both wait",
        "upload_files goes on, to its next await",
        "The emails are sent: 3.00\xa0s",
    ]
    assert said(moments) == []
    for at, caption in zip((0.0025, 1.0015, 3.5), captions, strict=True):
        moments.next()
        assert moments.state == "playing"
        assert said(moments) == []
        moments.pass_time(4)
        assert moments.state == "paused"
        assert float(moments.clocks[0]) == pytest.approx(at, abs=0.006)
        assert said(moments) == [caption]
        moments.pass_time(30)
        assert float(moments.clocks[0]) == pytest.approx(at, abs=0.006)
        assert marks(moments) == due_marks(LANES["chores"], at)
    moments.next()
    assert moments.state == "playing"
    moments.pass_time(2)
    assert moments.state == "finished"
    assert said(moments) == captions, "all of them, to look back at"
    moments.next()
    assert moments.step == (slide + 1, 0)


def test_next_in_a_hurry_goes_from_moment_to_moment(moments: Stage) -> None:
    """*Next* before a moment was reached goes on behind it, and reaches the next moment and the end all the same."""
    slide = moments.step[0]
    moments.next()
    moments.next()
    moments.pass_time(0.5)
    assert float(moments.clocks[0]) == pytest.approx(0.502, abs=FRAME)
    moments.next()
    moments.pass_time(0.5)
    assert float(moments.clocks[0]) == pytest.approx(1.501, abs=FRAME)
    moments.pass_time(3)
    assert said(moments) == ["The emails are sent: 3.00\xa0s"]
    for _ in range(2):
        moments.next()
    assert moments.state == "finished"
    moments.next()
    assert moments.step == (slide + 1, 0)


def test_back_goes_from_moment_to_moment(moments: Stage) -> None:
    """*Back* from the end leads to the last moment, paused with its caption, to those before, and to the start."""
    slide = moments.step[0]
    moments.go_to(slide, 99)
    assert moments.state == "finished"
    for at, visible in ((3.5, 3), (1.001, 2), (0.002, 1)):
        moments.back()
        assert moments.state == "paused"
        assert moments.step == (slide, visible)
        assert float(moments.clocks[0]) == pytest.approx(at, abs=0.006)
        assert len(said(moments)) == 1
    moments.next()
    moments.pass_time(0.5)
    assert float(moments.clocks[0]) == pytest.approx(0.502, abs=FRAME), "it goes on from the moment"
    moments.back()
    moments.back()
    assert moments.state == "idle"
    moments.back()
    assert moments.step[0] == slide - 1


def test_paused_at_a_moment_the_button_goes_on(moments: Stage) -> None:
    """At a moment the button for playing does what *next* does."""
    moments.next()
    moments.pass_time(1)
    moments.press("k")
    assert moments.state == "playing"
    moments.pass_time(2)
    assert float(moments.clocks[0]) == pytest.approx(1.001, abs=0.006)
    assert moments.state == "paused"


def test_moments_without_motion_are_jumps(open_deck: Open) -> None:
    """With reduced motion *next* jumps from moment to moment and to the end; nothing plays."""
    stage = open_deck(clock=True, reduced_motion="reduce")
    slide = stage.go("Moments")
    number = stage.step[0]
    del slide
    seen = []
    for _ in range(4):
        stage.next()
        seen.append((stage.state, stage.clocks[0], len(said(stage))))
        stage.pass_time(5)
        assert stage.state == seen[-1][0]
    assert seen == [("paused", "0.00", 1), ("paused", "1.00", 1), ("paused", "3.50", 1), ("finished", "5.01", 3)]
    stage.next()
    assert stage.step == (number + 1, 0)


@pytest.mark.parametrize("how", ["print", "no script"])
def test_on_paper_all_is_there(open_deck: Open, how: str) -> None:
    """On paper, and without JavaScript, the timeline is whole and all captions of moments are listed."""
    stage = open_deck(query="?print-pdf") if how == "print" else open_deck(java_script_enabled=False)
    if how == "print":
        stage.page.wait_for_selector(".pdf-page")
    tracks = stage.page.locator(".track")
    assert tracks.count() >= 10
    styles = tracks.evaluate_all(
        "(all) => all.map((t) => [getComputedStyle(t).clipPath, getComputedStyle(t).visibility])"
    )
    assert {tuple(style) for style in styles} == {("none", "visible")}
    captions = stage.page.locator(".captions > li")
    assert captions.count() == 3
    assert all(one.is_visible() for one in captions.all())


def test_the_file_with_the_newest_mark_is_shown(open_deck: Open) -> None:
    """With two source files the one in which something happened last is in front, and its marks are seen."""
    stage = open_deck(clock=True)
    slide = stage.go("Two files")
    recording = LANES["files"]
    front = slide.locator(".tabs b.shown")
    assert front.text_content() == "files.py"
    for moment, file, line in ((1.5, "files.py", 7), (3.0025, "helper.py", 6), (2.0, "files.py", 7)):
        scrub_to(stage, moment)
        assert front.text_content() == file
        shown = marks(stage)
        assert line in shown.values()
        for lane, name in NAMES.items():
            if name in shown:
                assert shown[name] == traced.line_at(recording, lane, round(moment * 1e9))


def test_code_scrolls_to_what_is_marked(open_deck: Open) -> None:
    """In code that is longer than its window every line is whole, and the newest mark is in sight."""
    stage = open_deck(clock=True)
    slide = stage.go("Brief, in a long code")
    for moment in (0.06, 0.2, 0.0001, 0.249):
        scrub_to(stage, moment)
        inside = slide.locator(".window code").evaluate_all(_IN_SIGHT)
        ((cut, seen, count),) = inside
        assert cut == 0
        assert seen == count


def test_hundreds_at_one_line_are_counted(open_deck: Open) -> None:
    """Where very many stand at a line it has a few names and the number of the others; later fewer."""
    stage = open_deck(clock=True)
    slide = stage.go("Three hundred, replayed")
    counts = []
    for moment in (0.1, 0.6, 0.8):
        scrub_to(stage, moment)
        chips = slide.locator(".ln[data-n='3'] .chips b").all_text_contents()
        counts.append(sum(int(text.lstrip("+")) if text.lstrip("+").isdigit() else 1 for text in chips))
        alive = [lane for lane in LANES["many"].lanes if lane.function == "download"]
        assert counts[-1] == sum((lane.ended_ns or 0) > moment * 1e9 for lane in alive)
    assert counts == sorted(counts, reverse=True)


def test_race_with_lanes_is_on_one_clock(open_deck: Open) -> None:
    """In a race the charts are above each other on one axis; a run without lanes is a row, and clocks stop at ends."""
    stage = open_deck(clock=True)
    slide = stage.go("A race with lanes")
    boxes = slide.locator(".track").evaluate_all(
        "(all) => all.map((t) => [t.getBoundingClientRect().left, t.offsetWidth])"
    )
    assert len(boxes) == 2
    assert boxes[0] == boxes[1]
    stage.next()
    stage.pass_time(6)
    assert stage.clocks[0] == "5.01"
    assert float(stage.clocks[1]) == pytest.approx(6, abs=FRAME)
    assert stage.visible_text(slide.locator(".ratio")).strip() == ""
    stage.pass_time(3)
    assert stage.clocks == ["5.01", "8.00"]
    assert "1.60×" in stage.visible_text(slide.locator(".ratio"))


def test_race_with_code_is_on_one_clock(open_deck: Open) -> None:
    """With code, each side of a race has its own marks, lanes and output, all of them of the same moment."""
    stage = open_deck(clock=True)
    slide = stage.go("A race with code")
    stage.next()
    for _ in range(9):
        stage.pass_time(0.53)
        now = float(stage.clocks[0])
        assert stage.clocks == [f"{now:.2f}"] * 2
        assert marks(stage, 0) == due_marks(LANES["chores"], now)
        printed = [event.text.strip() for event in LANES["chores"].events if event.at_ns / 1e9 <= now]
        for side in (0, 1):
            assert [line.partition(": ")[2] or line for line in stage.lines(side)] == printed
        heads = slide.locator(".head").evaluate_all(
            """(heads) => heads.map((head) => {
              const [own, plot] = [head, head.parentElement].map((one) => one.getBoundingClientRect());
              return ((own.left + own.right) / 2 - plot.left) / plot.width;
            })"""
        )
        assert heads == pytest.approx([now / 5.01] * 2, abs=0.01)
    front = slide.locator(".tabs b.shown")
    for moment, file in ((1.5, "files.py"), (3.0025, "helper.py")):
        scrub_to(stage, moment)
        assert front.text_content() == file
        assert marks(stage, 0) == due_marks(LANES["chores"], moment)
        in_file = {
            name: line
            for name, line in due_marks(LANES["files"], moment).items()
            if (name == "send_emails") == (file == "helper.py")
        }
        assert marks(stage, 1).items() >= in_file.items()
    stage.next()
    assert stage.state == "finished"
    assert marks(stage) == {}


def test_marks_are_in_sight_on_both_sides(open_deck: Open) -> None:
    """In a race with code each window follows the newest mark of its own side, and shows whole lines."""
    stage = open_deck(clock=True)
    slide = stage.go("A race with code")
    for moment in (0.5, 2.0, 4.0):
        scrub_to(stage, moment)
        for side in slide.locator(".sides > .column").all():
            ((cut, seen, _),) = side.locator("pre.code:visible code").evaluate_all(_IN_SIGHT)
            assert cut == 0
            assert seen


def test_panels_are_what_a_replay_shows(open_deck: Open) -> None:
    """A replay has the panels that its slide names, all on its clock, and marks lines where it has code."""
    stage = open_deck(clock=True)
    parts = {"code": "pre.code", "lanes": ".chart", "output": ".terminal"}
    for title in ("Code and lanes", "Code and output", "Only lanes"):
        slide = stage.go(title)
        shown = [name for name, selector in parts.items() if slide.locator(selector).count()]
        assert shown == [name for name in parts if name in title.lower()]
        scrub_to(stage, 2.0)
        assert float(stage.clocks[0]) == pytest.approx(2.0, abs=FRAME)
        assert marks(stage) == (due_marks(LANES["chores"], 2.0) if "code" in shown else {})


def test_captions_stand_beside_the_code_where_they_have_room(moments: Stage) -> None:
    """All of the code is seen, and the captions under the output: none of them leaves its column."""
    slide = moments.current
    assert not slide.locator("pre.window").count()
    moments.go_to(moments.step[0], 99)
    outside = slide.locator(".said-beside .captions").evaluate(
        """(list) => {
          const edge = list.getBoundingClientRect();
          return [...list.children].filter((one) => one.getBoundingClientRect().bottom > edge.bottom + 1).length;
        }"""
    )
    assert outside == 0
    assert len(said(moments)) == 3


def test_texts_of_timelines_never_meet(open_deck: Open) -> None:
    """On no timeline does one text lie over another, or leave the slide, at its start or at its end."""
    stage = open_deck(clock=True)
    looked = 0
    for index in range(stage.count):
        stage.go_to(index, 99)
        if not stage.current.locator(".chart").count():
            continue
        looked += 1
        met = stage.current.evaluate(
            """(slide) => {
              const edge = slide.querySelector(".page").getBoundingClientRect();
              const texts = [...slide.querySelectorAll(".chart text")];
              const boxes = texts.map((text) => [text.textContent, text.getBoundingClientRect()]);
              const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
                Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5;
              const over = boxes.flatMap(([one, a], at) =>
                boxes.slice(at + 1).filter(([, b]) => meet(a, b)).map(([other]) => `${one} / ${other}`));
              const leaves = (a) => a.right > edge.right || a.left < edge.left || a.bottom > edge.bottom;
              const outside = boxes.filter(([, a]) => leaves(a));
              return [...over, ...outside.map(([one]) => one)];
            }"""
        )
        assert met == [], stage.title
    assert looked == 19
