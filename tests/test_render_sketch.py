"""Sketches: lanes by the author's hand, which nobody takes for a recording."""

from __future__ import annotations

import re

from asrun.model import Slide
from asrun.parts import Column
from tests.rendering import elements, render, scenario, slide, texts


def sketched(**lanes: str) -> str:
    """A slide with a sketch of these lanes."""
    return slide(render(scenario(Slide(sketch=lanes))))


def extents(html: str, state: str) -> list[tuple[float, float]]:
    """From where to where the stretches of a kind reach, in pixels from left to right, without those of the key."""
    lanes = html.partition('class="time"')[0]
    paths = re.findall(rf'class="{state}" d="([^"]+)"', lanes)
    return [(min(places), max(places)) for places in (list(map(float, re.findall(r"M(\S+)", path))) for path in paths)]


def test_signs_are_stretches() -> None:
    """`#` is a hatched stretch, `.` a dashed one, a blank nothing; all lanes are on one scale."""
    html = sketched(A="##..", B="  ##")
    hatched, dashed = extents(html, "runs"), extents(html, "waits")
    assert len(hatched) == 2
    assert len(dashed) == 1
    (a_begin, a_end), (b_begin, b_end) = hatched
    assert abs(a_end - b_begin) < 6
    assert abs((b_end - b_begin) - (a_end - a_begin)) < 8
    assert abs(dashed[0][0] - a_end) < 6


def test_a_sketch_says_that_it_is_none_of_a_run() -> None:
    """There are no seconds on a sketch, and the footer and the text for screen readers say what it is."""
    html = sketched(A="#.#", B=".#")
    assert texts(html, "p.footer") == ["a sketch, not a recording 2 / 2"]
    assert texts(html, "text") == ["A", "B", "runs", "waits", "time, not to scale"]
    assert texts(html, "div.unseen") == ["A sketch, not a recording:A runs, then waits, then runsB waits, then runs"]


def test_a_key_is_there_only_where_there_is_something_to_tell_apart() -> None:
    """Where nothing waits no sign for waiting is explained."""
    assert texts(sketched(A="##", B="##"), "text.word") == ["time, not to scale"]


def test_a_sketch_is_the_same_at_every_build() -> None:
    """The strokes of the hand are not left to chance."""
    assert sketched(A="#.#", B=".#") == sketched(A="#.#", B=".#")


def test_names_of_lanes_are_text() -> None:
    """A name with markup in it is shown as it is."""
    html = sketched(**{"</text><script>x</script>": "#"})
    assert "<script>" not in html
    assert texts(html, "text")[0] == "</text><script>x</script>"


def test_sketches_stand_in_columns() -> None:
    """In a column a sketch is as wide as the column, and the footer speaks of all of them."""
    columns = (Column(sketch={"A": "##"}, title="One"), Column(sketch={"A": "#."}))
    html = slide(render(scenario(Slide(columns=columns))))
    assert [one.attributes["width"] for one in elements(html, "svg")] == ["562", "562"]
    assert texts(html, "p.footer") == ["sketches, not recordings 2 / 2"]
    columns = (Column(sketch={"A": "##"}), Column(body="x"))
    assert texts(slide(render(scenario(Slide(columns=columns)))), "p.footer") == ["a sketch, not a recording 2 / 2"]
