"""Measured bars: from zero, with every take, in groups, and honest about what is not known."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec
import pytest

from asrun.model import Measure, Run, Slide
from asrun.recording import Python, Recording
from tests import making
from tests.rendering import elements, render, scenario, slide, texts

RUNS = {"slow": Run(code="x", title="one by one"), "threads": Run(code="x"), "at_once": Run(code="x")}


def compared(chosen: Slide, *recordings: Recording) -> str:
    """The slide, of these recordings."""
    return slide(render(scenario(chosen, runs=RUNS), recordings))


def taken(slow: Sequence[float] = (8.0,), threads: float = 5.0, at_once: float = 5.0) -> list[Recording]:
    """Recordings of the three runs."""
    return [
        making.recording("slow", walls=slow),
        making.recording("threads", walls=[threads]),
        making.recording("at_once", walls=[at_once]),
    ]


def values(html: str) -> list[str]:
    """The values beside the bars, without what is for screen readers."""
    return [text.partition(" (")[0] for text in texts(html, "span.value")]


def marked(html: str) -> list[str]:
    """The values of the bars that stand out."""
    return [re.sub(r" \(.*", "", text) for text in texts(html, "div.marked")]


def test_bars_begin_at_zero_and_every_take_is_a_dot() -> None:
    """Bars are as long as what they measure, each take has its place on the axis, and a note says what is what."""
    html = compared(Slide(compare=("slow", "threads")), *taken((8.0, 7.0, 10.0)))
    assert [one.attributes["style"] for one in elements(html, "span.fill")] == ["width:80.00%", "width:50.00%"]
    assert [one.attributes["style"] for one in elements(html, "i.take")] == [
        "left:70.00%",
        "left:80.00%",
        "left:100.00%",
    ]
    assert [one.attributes["style"] for one in elements(html, "i.whisker")] == [
        "left:70.00%;right:calc(100% - 100.00%)"
    ]
    assert texts(html, "span.value") == ["8.00 s (3 takes, from 7.00 s to 10.00 s)", "5.00 s"]
    assert texts(html, "p.note") == ["wall time, median of 1 to 3 takes; each dot is a take"]
    assert texts(html, "div.scale") == ["02 s4 s6 s8 s10 s"]


def test_of_very_many_takes_only_the_ends_are_shown() -> None:
    """More dots than can be told apart are left out, and the note speaks of whiskers."""
    html = compared(Slide(compare=("slow",)), *taken([8 + number / 100 for number in range(21)]))
    assert list(elements(html, "i.take")) == []
    assert texts(html, "p.note") == ["wall time, median of 21 takes; whiskers: least and most"]


def test_a_single_take_has_no_spread() -> None:
    """One take has neither dots nor whiskers, and the note says that it is one."""
    html = compared(Slide(compare=("slow", "threads")), *taken())
    assert [*elements(html, "i.take"), *elements(html, "i.whisker")] == []
    assert texts(html, "p.note") == ["wall time; one take each"]


def test_groups_stand_below_their_titles_on_one_axis() -> None:
    """Each group has its title, in prose, and its own best; a bar's length means the same in all of them."""
    html = compared(
        Slide(compare={"waiting: {{ 1 + 1 }}": ("slow", "threads"), "*computing*": ("at_once", "slow")}),
        *taken((8.0,), 2.0, 4.0),
    )
    assert texts(html, "h3") == ["waiting: 2", "computing"]
    assert texts(html, "p.label") == ["one by one", "threads", "at once", "one by one"]
    assert [one.attributes["style"] for one in elements(html, "span.fill")] == [
        *("width:100.00%", "width:25.00%"),
        *("width:50.00%", "width:100.00%"),
    ]
    assert marked(html) == ["2.00 s", "4.00 s"]
    assert len(list(elements(html, "div.scale"))) == 1


def test_the_best_stand_out_and_all_that_show_the_same() -> None:
    """Of two that cannot be told apart by what is shown, none is put before the other."""
    assert marked(compared(Slide(compare=("slow", "threads", "at_once")), *taken())) == ["5.00 s", "5.00 s"]
    assert marked(compared(Slide(compare=("slow", "threads")), *taken((8.0,), 5.001))) == ["5.00 s"]
    assert marked(compared(Slide(compare=("slow",)), *taken())) == []
    assert marked(compared(Slide(compare=("slow", "threads"), measure="cores"), *taken())) == []


@pytest.mark.parametrize(
    ("chosen", "shown"), [("slow", ["8.00 s"]), ((), []), (("slow", "threads"), ["8.00 s", "5.00 s"])]
)
def test_the_author_says_what_stands_out(chosen: str | tuple[str, ...], shown: list[str]) -> None:
    """`highlight:` names the runs that stand out, in place of the best."""
    html = compared(Slide(compare=("slow", "threads", "at_once"), highlight=chosen), *taken())
    assert marked(html) == shown


@pytest.mark.parametrize(
    ("measure", "value", "axis"),
    [
        ("cpu", "0.10 s", "00.02 s0.04 s0.06 s0.08 s0.10 s"),
        ("cores", "0.01 cores", "00.0020.0040.0060.0080.0100.012"),
        ("rss", "9 MB", "02 MB4 MB6 MB8 MB"),
        ("wall", "8.00 s", "01 s2 s3 s4 s5 s6 s7 s8 s"),
    ],
)
def test_what_is_compared(measure: Measure, value: str, axis: str) -> None:
    """`measure:` chooses wall time, processor time, cores or memory, with an axis in its unit."""
    html = compared(Slide(compare=("slow",), measure=measure), *taken())
    assert texts(html, "span.value") == [value]
    assert texts(html, "div.scale") == [axis]


def test_short_times_have_an_axis_in_milliseconds() -> None:
    """Runs of some milliseconds are not measured in thousandths of a second."""
    html = compared(Slide(compare=("slow",)), *taken((0.0423,)))
    assert texts(html, "div.scale") == ["010 ms20 ms30 ms40 ms"]
    assert values(html) == ["42.3 ms"]


def test_interpreters_stand_side_by_side_and_one_that_was_not_there_is_a_gap() -> None:
    """Runs of a matrix are called by their versions; one whose interpreter was missing has no bar, and says why."""
    names = ("square[3.13]", "square[3.14t]", "square[3.15]")
    runs = {name: Run(code="x", python=name[7:-1], optional=True) for name in names}
    recordings = [making.recording(names[0], walls=[2.0]), making.recording(names[1], walls=[1.0])]
    html = slide(render(scenario(Slide(compare={"waiting": names, "all": names[:1]}), runs=runs), recordings))
    assert texts(html, "p.label") == ["Python 3.13", "Python 3.14t", "Python 3.15", "square, Python 3.13"]
    assert values(html) == ["2.00 s", "1.00 s", "not installed where this was recorded", "2.00 s"]
    assert texts(html, "div.gap") == ["not installed where this was recorded"]
    assert marked(html) == ["1.00 s"]


def test_memory_that_was_not_measured_is_said_to_be_unknown() -> None:
    """A run without a measured memory has no bar, says so, and is never the best."""
    first, second, _ = taken()
    takes = (msgspec.structs.replace(first.take, rss_bytes=None),)
    html = compared(
        Slide(compare=("slow", "threads"), measure="rss"), msgspec.structs.replace(first, takes=takes), second
    )
    assert values(html) == ["not measured", "9 MB"]
    assert [one.attributes["style"] for one in elements(html, "span.fill")] == ["width:100.00%"]
    assert marked(html) == ["9 MB"]


def test_a_footer_counts_many_interpreters() -> None:
    """Up to three interpreters are named below the bars; of more there is only room for their number."""
    names = tuple(f"square[3.{minor}]" for minor in range(10, 14))
    runs = {name: Run(code="x", python=name[7:-1]) for name in names}
    recordings = [
        msgspec.structs.replace(making.recording(name), python=Python(f"{name[7:-1]}.1", "CPython")) for name in names
    ]
    of = [scenario(Slide(compare=names[:count]), runs=runs) for count in (2, 4)]
    footers = [texts(slide(render(one, recordings)), "p.footer")[0] for one in of]
    assert [footer.partition(" · ")[0] for footer in footers] == ["CPython 3.10.1 and CPython 3.11.1", "4 interpreters"]
