"""A timeline shows who did what and when, as the recording has it, and so that it can be read."""

from __future__ import annotations

import json
import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrun.errors import AuthorError
from asrun.lanes import Lane, Span
from asrun.model import Moment, Run, Slide
from asrun.recording import Event, Recording
from asrun.render.clock import clock_for
from asrun.render.facts import span_ns
from asrun.render.rows import Row, fold, rows_of
from asrun.render.stands import MOST, Stands
from asrun.render.text import cells
from asrun.render.timeline import ALONE, HIGHEST, LOWEST, Chart, chart, frame_for, shown_rows
from tests import making, traced
from tests.rendering import elements, render, scenario, slide, texts
from tests.traced import ns


def charted(recording: Recording, height: float = 560, largest: int = ALONE) -> Chart:
    """The timeline of a recording, alone on its slide."""
    rows = shown_rows(recording, height)
    total_ns = span_ns(recording)
    frame = frame_for([rows], [recording], 1160, clock_for(total_ns), total_ns)
    return chart(recording, rows, frame, height, "run", largest=largest)


def lane(kind: str, name: str, **fields: object) -> Lane:
    """A lane of a second."""
    given_ = {"process": 0, "began_ns": 0, "ended_ns": ns(1), **fields}
    return msgspec.convert({"kind": kind, "name": name, **given_}, Lane)


def main_lanes() -> list[Lane]:
    """The process and its main thread."""
    return [lane("process", "main.py"), lane("thread", "MainThread", parent=0)]


def named(recording: Recording) -> list[str]:
    """The labels of the rows of a recording."""
    return [row.label for row in rows_of(recording)]


def test_tasks_are_called_by_their_coroutines() -> None:
    """The chores have three rows, parent before child; the empty main thread and the loop's own tasks have none."""
    rows = rows_of(traced.chores())
    assert [row.label for row in rows] == ["main", "upload_files", "send_emails"]
    assert [row.colour for row in rows] == [0, 1, 2], "what only coordinates is grey"


def test_what_the_loop_does_at_its_end_has_no_row() -> None:
    """The task in which `asyncio.run` waits for the threads of its pool is none of the author's, wherever it waits."""
    lanes = [
        *main_lanes(),
        lane("task", "Task-1", function="main", parent=1, thread=1),
        lane("task", "Task-2", function="BaseEventLoop.shutdown_default_executor", parent=1, thread=1),
    ]
    spans = [Span(2, "waiting", 0, 9, "main.py", 8, "thread"), Span(3, "waiting", 9, 20, "main.py", 10, "thread")]
    assert named(traced.traced(1, lanes=lanes, spans=spans, events=[])) == ["main"]


def test_names_of_the_author_are_kept() -> None:
    """A lane that was given a name goes by it; a default name gives way to the function, without what surrounds it."""
    lanes = [
        *main_lanes(),
        lane("thread", "worker", function="f", parent=1),
        lane("thread", "Thread-2 (serve)", function="App.serve", parent=1),
        lane("task", "the slow one", function="f", parent=1, thread=1),
        lane("task", "Task-7", function="main.<locals>.inner", parent=1, thread=1),
    ]
    found = named(traced.traced(1, lanes=lanes, spans=[Span(1, "waiting", 0, 9, "main.py", 1)], events=[]))
    assert found == ["worker", "App.serve", "the slow one", "inner"]


def test_a_program_of_one_thread_is_one_row() -> None:
    """A process with only its main thread is a row, with what both of them are known to have done."""
    spans = [Span(1, "waiting", 0, ns(1), "main.py", 1, "sleep(1)")]
    made = traced.traced(1, lanes=main_lanes(), spans=spans, events=[])
    assert named(made) == ["main"]
    (row,) = charted(made).rows
    assert [bar.text for bar in row.bars] == ["sleep(1)"]


def test_threads_of_a_pool_are_called_by_their_work() -> None:
    """Threads of an executor go by the function that they work on, numbered; while they have none they are idle."""
    worker = {"function": "_worker", "parent": 1}
    lanes = [*main_lanes(), *(lane("thread", f"ThreadPoolExecutor-0_{n}", **worker) for n in (0, 1, 2))]
    spans = [
        *(Span(n, "running", 0, ns(0.5), None, None, "download") for n in (2, 3)),
        Span(2, "waiting", ns(0.5), ns(1), None, None, "work"),
        Span(4, "waiting", 0, ns(1), None, None, "work"),
    ]
    made = traced.traced(1, lanes=lanes, spans=spans, events=[])
    assert named(made) == ["main thread", "download 1", "download 2"]
    assert [bar.text for bar in charted(made).rows[1].bars] == ["idle", ""]


def test_processes_are_rows_of_their_own() -> None:
    """Two processes are two rows beside the main one, each once, in colours of their own."""
    rows = rows_of(traced.burners("process", 0.98))
    assert [row.label for row in rows] == ["main process", "Process-1", "Process-2"]
    assert [row.colour for row in rows] == [0, 1, 2]


def test_main_thread_with_something_to_say_is_shown() -> None:
    """A main thread that printed, or waited before there were tasks, has a row beside them."""
    made = traced.chores()
    early = Span(1, "waiting", 0, ns(0.0004), "main.py", 1, "sleep(0)")
    spoke = msgspec.structs.replace(made.events[0], lane=1)
    for changed in (
        msgspec.structs.replace(made, spans=(early, *made.spans)),
        msgspec.structs.replace(made, events=(spoke, *made.events)),
    ):
        assert named(changed) == ["main thread", "main", "upload_files", "send_emails"]


@given(st.integers(0, 400), st.integers(2, 30))
@settings(max_examples=40, deadline=None)
def test_hundreds_fold_into_groups(count: int, most: int) -> None:
    """However many lanes there are, no more rows are shown than fit, and each lane is in exactly one of them."""
    rows = rows_of(traced.many(count))
    folded = fold(rows, most)
    assert len(folded) <= max(most, 2)
    assert sorted(lane for row in folded for lane in row.lanes) == sorted(lane for row in rows for lane in row.lanes)
    kept = [row for row in folded if not row.is_group]
    assert set(kept) <= set(rows), "those that are kept look as they would without folding"
    for group in (row for row in folded if row.is_group):
        assert group.label == f"{len(group.lanes)} more"


def test_a_group_has_honest_totals() -> None:
    """A group says how many it is, of what, and how long all of them ran and waited, to the digit of the clock."""
    made = traced.many(300)
    drawn = charted(made, 200)
    (group,) = [row for row in drawn.rows if row.is_group]
    lanes = [lane for row in shown_rows(made, 200) if row.is_group for lane in row.lanes]
    running, waiting = (
        sum(getattr(made.lanes[n], f"{what}_ns") for n in lanes) / 1e9 for what in ("running", "waiting")
    )
    assert group.label == f"{len(lanes)} more"
    assert group.inside == f"tasks like download(): running {running:.2f} s, waiting {waiting:.2f} s in all"
    fact = next(fact for fact in drawn.facts if "more" in fact.lane)
    assert (fact.running, fact.waiting) == (f"{running:.2f} s", f"{waiting:.2f} s")
    assert f"{len(lanes)} done" in fact.ended


@pytest.mark.parametrize("times", [0.0006, 0.1, 1, 120])
@pytest.mark.parametrize("height", [100, 300, 560])
def test_it_is_readable_at_any_length(times: float, height: float) -> None:
    """From milliseconds to minutes: rows and type are large enough, labels fit their bars, and none meets another."""
    drawn = charted(traced.chores(times=times), height, HIGHEST)
    assert LOWEST <= drawn.pitch <= HIGHEST
    assert min(drawn.size, drawn.small) >= 14
    assert drawn.run <= drawn.pitch
    assert [bar.text for row in drawn.rows for bar in row.bars if bar.text] == [
        "gather",
        "sleep(1)",
        "sleep(4)",
        "sleep(3)",
    ]
    for row in drawn.rows:
        for bar in row.bars:
            assert not bar.text or cells(bar.text) * drawn.small * 0.605 + 8 <= bar.width
            assert 0 <= bar.x <= bar.x + bar.width <= drawn.plot + 3
    places = [x for x, _ in drawn.axis]
    widths = [cells(text) * 11 for _, text in drawn.axis]
    assert len(places) >= 3
    for left, right, width in zip(places, places[1:], widths[1:], strict=False):
        assert right - left > width


def test_bars_are_where_the_spans_are() -> None:
    """What waits is drawn from its beginning to its end, and what runs is seen however short it is."""
    drawn = charted(traced.chores())
    upload = drawn.rows[1]
    waits = [(bar.x, bar.x + bar.width) for bar in upload.bars if bar.state == "wait"]
    expected = [(0.0015, 1.0005), (1.0015, 5.0015)]
    for (begin, end), (from_, to) in zip(waits, expected, strict=True):
        assert begin == pytest.approx(from_ / 5.01 * drawn.plot, abs=0.2)
        assert end == pytest.approx(to / 5.01 * drawn.plot, abs=0.3)
    runs = [bar for bar in upload.bars if bar.state == "run"]
    assert len(runs) == 3
    assert all(bar.width >= 3 for bar in runs)
    assert len(upload.dots) == 3


def test_height_of_the_fill_is_the_share_of_a_core() -> None:
    """Threads that share a core are half full and say so; processes that have one each are full."""
    for kind, share in (("thread", 0.5), ("process", 0.98)):
        drawn = charted(traced.burners(kind, share))
        for row in drawn.rows[1:]:
            (area,) = row.outlines
            heights = [-float(point.split(",")[1]) for point in area.points.split()][1:-1]
            assert sum(heights) / len(heights) == pytest.approx(share * drawn.run, rel=0.05)
            assert row.words == f"{share:.2f} of a core"
        assert [fact.core for fact in drawn.facts] == ["not known", *[f"{share:.2f} of a core"] * 2]


def test_a_lane_that_sleeps_and_computes_shows_both() -> None:
    """Where a thread waits it says for what, and where it runs for long the fill says how much of a core it had."""
    load = (0,) * 10 + (100,) * 10
    known = {"parent": 1, "function": "f", "load": load, "cpu_ns": ns(0.5)}
    spans = [
        Span(2, "running", 0, ns(0.001)),
        Span(2, "waiting", ns(0.001), ns(0.5), "main.py", 1, "sleep(0.5)"),
        Span(2, "running", ns(0.5), ns(1)),
    ]
    made = traced.traced(1, lanes=[*main_lanes(), lane("thread", "t", **known)], spans=spans, events=[])
    drawn = charted(msgspec.structs.replace(made, stretch_ns=50_000_000))
    row = drawn.rows[1]
    assert [(bar.state, bar.text) for bar in row.bars] == [("open", ""), ("wait", "sleep(0.5)"), ("run", "")]
    (area,) = row.outlines
    places = [float(point.split(",")[0]) for point in area.points.split()]
    assert min(places) == pytest.approx(drawn.plot / 2, abs=1)
    assert max(places) == pytest.approx(drawn.plot, abs=1)
    assert row.words == "0.50 of a core"


def test_a_wait_for_a_lane_names_its_row() -> None:
    """A thread that waits for another says what that one is called on the slide, not by what name Python knows it."""
    lanes = [*main_lanes(), lane("thread", "Thread-1 (work)", function="work", parent=1)]
    waits = Span(1, "waiting", 0, ns(1), "main.py", 1, "thread Thread-1 (work)")
    made = traced.traced(1, lanes=lanes, spans=[waits, Span(2, "running", 0, ns(1))], events=[])
    assert [bar.text for bar in charted(made).rows[0].bars] == ["work"]


def test_cores_of_sleepers_are_not_worth_a_word() -> None:
    """Where no lane computed, how much of a core each had stands in the table alone."""
    drawn = charted(traced.burners("thread", 0.004))
    assert {row.words for row in drawn.rows} == {""}
    assert [fact.core for fact in drawn.facts[1:]] == ["0.00 of a core"] * 2


def test_more_than_a_core_is_said_in_cores() -> None:
    """A process whose threads had more than a core between them says how many."""
    made = traced.burners("process", 1.5)
    assert [row.words for row in charted(made).rows] == ["", "1.50 cores", "1.50 cores"]


def test_waiting_for_a_core_is_said_where_it_is_noticeable() -> None:
    """Lanes that were ready for long without a free core are named below, with how long; a little is not."""
    assert charted(traced.burners("thread", 0.5, queued=0.004)).notes == ()
    (note,) = charted(traced.burners("thread", 0.5, queued=0.12)).notes
    assert note == "ready, but without a free core: work 1 for 12 %, work 2 for 12 % of the time"


@pytest.mark.parametrize("how", ["cancelled", "failed"])
def test_ends_are_not_told_by_colour_alone(how: str) -> None:
    """A lane that was cancelled or failed says so in words, inside the picture, wherever it ended."""
    for end in (0.2, 1.0):
        lanes = [*main_lanes(), lane("thread", "t", parent=1, ended=how, ended_ns=ns(end))]
        drawn = charted(traced.traced(1, lanes=lanes, spans=[Span(2, "running", 0, ns(end))], events=[]))
        found = drawn.rows[1].end
        assert found
        assert found.text == f"✕ {how}"
        width = len(found.text) * 12
        begin = found.text_x - (width if found.anchor == "end" else 0)
        assert begin >= 0
        assert begin + width <= drawn.plot + 22
        assert how in drawn.facts[1].ended
    assert all(row.end and not row.end.text for row in charted(traced.chores()).rows)


def test_an_end_that_was_not_seen_is_not_drawn() -> None:
    """A lane whose end nobody saw has no mark of an end, and the table says that it was not seen."""
    drawn = charted(traced.traced(1, lanes=[*main_lanes(), lane("thread", "t", ended_ns=None)], spans=[], events=[]))
    assert drawn.rows[1].end is None
    assert drawn.facts[1].ended == "not seen"


def test_a_lane_of_very_many_spans_is_a_share() -> None:
    """A lane with thousands of spans is drawn as the share of the time that it ran, in few points."""
    spans = [
        Span(2, "running" if n % 2 == 0 else "waiting", ns(n / 10_000), ns((n + 1) / 10_000)) for n in range(10_000)
    ]
    made = traced.traced(1, lanes=[*main_lanes(), lane("thread", "t", function="f", parent=1)], spans=spans, events=[])
    row = charted(made).rows[1]
    (area,) = row.outlines
    heights = [-float(point.split(",")[1]) for point in area.points.split()][1:-1]
    assert len(row.bars) == 1
    assert sum(heights) / len(heights) == pytest.approx(0.5 * charted(made).run, rel=0.1)


@given(st.integers(0, 5_020))
@settings(max_examples=200, deadline=None)
def test_stands_are_what_the_recording_says(at: int) -> None:
    """At any moment a lane stands where it waits, or where it was last known to be, and nowhere outside its life."""
    made = traced.chores()
    at_ns = at * 1_000_000
    for row in rows_of(made):
        stands = [stand for stand in Stands(made, "main.py").of(row) if stand[0] <= at_ns]
        assert (stands[-1][2] if stands else None) == traced.line_at(made, row.lanes[0], at_ns)


def test_stands_of_a_busy_lane_are_few() -> None:
    """Of very many changes of place the longest are kept."""
    spans = [Span(1, "waiting", ns(n / 5000), ns((n + 1) / 5000), "main.py", n % 7 + 1, "x") for n in range(5000)]
    spans[100:101] = []
    made = traced.traced(1, lanes=main_lanes(), spans=spans, events=[])
    stands = Stands(made, "main.py").of(rows_of(made)[0])
    assert len(stands) <= MOST
    assert (ns(99 / 5000), None, 99 % 7 + 1) in stands, "it lasted twice as long as the others"


def test_a_group_is_counted_whole_or_not_at_all() -> None:
    """Of a group either every lane stands somewhere, or, where a page has no room for it, none."""
    for count, is_there in ((300, True), (5000, False)):
        made = traced.many(count)
        rows = shown_rows(made, 200)
        (group,) = [row for row in rows if row.is_group]
        found = [row for row, _ in Stands(made, "main.py").of_all(rows)]
        assert len([row for row in found if row.is_group]) == (len(group.lanes) if is_there else 0)
        assert [row for row in found if not row.is_group] == [row for row in rows if not row.is_group]


def test_a_timeline_slide_has_its_facts_as_a_table() -> None:
    """A timeline is a picture that readers skip and a table that says the same."""
    html = slide(render(scenario(Slide(timeline="main")), [traced.chores()]))
    assert all("aria-hidden" in one.attributes for one in elements(html, "svg"))
    rows = [row.text.split("\n") for row in elements(html, "tr")]
    assert len(rows) == 4
    cells_ = texts(html, "td")
    assert cells_[6:12] == ["task", "0.00 s", "5.00 s done", "0.00 s", "5.00 s", "3"]
    assert texts(html, "caption") == ["What the lanes of A scenario did"]


def test_a_run_without_lanes_has_a_timeline_of_one_row() -> None:
    """Where no lanes are known a timeline shows the run as a whole, and says why."""
    made = msgspec.structs.replace(making.recording(lines=[(0.5, "x")]), untraced="the probe failed: why")
    drawn = charted(made)
    assert [row.label for row in drawn.rows] == ["run"]
    assert drawn.notes == ("not all is known of its lanes: the probe failed: why",)
    assert drawn.rows[0].dots


def test_a_replay_without_lanes_is_as_it_was() -> None:
    """A recording without lanes has the time bar, no chart, and no mark in its output."""
    html = slide(render(scenario(Slide(replay="main")), [making.recording(lines=[(0.5, "x")])]))
    assert len(list(elements(html, "div.lane"))) == 1
    assert not list(elements(html, "svg"))
    assert not list(elements(html, "i.who"))


def test_a_lane_has_one_colour_everywhere() -> None:
    """The row, the chip and the dots of a lane name the same colour, on every slide of the run."""
    runs = {"main": Run(code="x"), "other": Run(code="x")}
    slides = (Slide(replay="main"), Slide(timeline="main"), Slide(race=("main", "other")))
    html = render(scenario(*slides, runs=runs), [traced.chores(), traced.chores("other")])
    for number in (1, 2, 3):
        part = slide(html, number)
        assert re.findall(r'--lane:var\(--lane-(\d)\)"><text class="name"[^>]*>upload_files<', part)[0] == "1"
    replay = slide(html, 1)
    (whole,) = elements(replay, "div.replay")
    stands = json.loads(whole.attributes["data-stands"])
    assert [(one["name"], one["colour"]) for one in stands] == [("main", 0), ("upload_files", 1), ("send_emails", 2)]
    dots = [one.attributes["style"] for one in elements(replay, "i.who")]
    assert dots == [f"--lane:var(--lane-{colour})" for colour in (1, 2, 1, 2, 1)]


def test_long_code_stands_in_a_window() -> None:
    """Code that is too long beside the lanes gets a window, which may be cut; short code does not."""
    for count, has_window in ((10, False), (200, True)):
        html = slide(render(scenario(Slide(replay="main")), [traced.chores()], {"main": "x = 1\n" * count}))
        (code,) = elements(html, "pre.code")
        assert ("window" in code.classes) == has_window
        assert ("data-clip" in code.attributes) == has_window


MOMENTS = (Moment(at="Sending emails...", say="Both *wait*"), Moment(at="2s", say="still"))


def test_moments_are_fragments_with_captions() -> None:
    """Each moment is one more step of the replay, has its number on the timeline and its words below.

    One that is named by a text stands where the wait after the print begins, half a millisecond later here.
    """
    html = slide(render(scenario(Slide(replay="main", moments=MOMENTS)), [traced.chores()]))
    (replay,) = elements(html, "div.replay")
    assert replay.attributes["data-stops"] == "0.0025 2"
    assert len(list(elements(html, "i.play"))) == 4
    assert texts(html, "text.number") == ["1", "2"]
    assert texts(html, "li") == ["At 0.00 s: Both wait", "At 2.00 s: still"]
    assert "<em>wait</em>" in html


@pytest.mark.parametrize(
    ("moments", "message"),
    [
        ((Moment(at="never said", say="x"),), "no line of the output contains 'never said'"),
        ((Moment(at="9s", say="x"),), "9s is after the end, which came at 5.01 s"),
        (
            (Moment(at="2s", say="x"), Moment(at="Files prepared.", say="x")),
            "Files prepared. comes at 1.00 s, not after 2s",
        ),
    ],
)
def test_moments_that_are_not_there_are_mistakes(moments: tuple[Moment, ...], message: str) -> None:
    """A moment that the recording does not have, or that comes before the one above it, is told at its place."""
    with pytest.raises(AuthorError) as caught:
        render(scenario(Slide(replay="main", moments=moments)), [traced.chores()])
    (mistake,) = caught.value.mistakes
    assert mistake.message == message


def test_hostile_names_are_text() -> None:
    """What a program calls its lanes, its functions and what they wait for cannot become a tag or reorder a page."""
    evil = "</text></svg><script>alert(1)</script>\u202e\x07\"'"
    lanes = [*main_lanes(), *(lane("thread", evil, function=evil, parent=1) for _ in range(60))]
    spans = [Span(number, "waiting", 0, ns(1), "main.py", 1, evil) for number in range(1, len(lanes))]
    made = traced.traced(1, lanes=lanes, spans=spans, events=[Event(0, "stdout", 0, "x\n", 2, 1)])
    html = render(scenario(Slide(replay="main"), Slide(timeline="main")), [made])
    for number in (1, 2):
        part = slide(html, number)
        assert not list(elements(part, "script"))
        assert "alert(1)" in part
        assert not {"\u202e", "\x07"} & set(part)
    stands = json.loads(next(elements(html, "div.replay")).attributes["data-stands"])
    assert len(stands) == 61


def test_rows_are_values() -> None:
    """Rows depend on the recording alone: equal recordings have equal rows."""
    first: tuple[Row, ...] = rows_of(traced.many(20))
    assert first == rows_of(traced.many(20))
