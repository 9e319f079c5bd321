"""Columns: several small slides side by side on one."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from asrun.errors import AuthorError
from asrun.model import Run, Slide
from asrun.parts import Column
from tests import making
from tests.rendering import elements, printed, render, scenario, slide, texts

PAIR = {"one": Run(code="x"), "two": Run(code="x")}
LONG = f"print({'1' * 60})\n"


def sizes(html: str) -> list[int]:
    """The type sizes of code and output, in the order of the columns."""
    return [
        int(re.findall(r"--fs:(\d+)px", element.attributes["style"])[0])
        for element in elements(html)
        if {"code", "terminal"} & set(element.classes)
    ]


def widths(html: str) -> list[int]:
    """The widths of the columns in pixels."""
    [columns] = elements(html, "div.columns")
    return [int(width) for width in re.findall(r"(\d+)px", columns.attributes["style"])]


def test_each_column_is_a_slide_of_its_kind() -> None:
    """Prose with values, an excerpt of code, and output with times stand side by side, each below its title."""
    columns = (
        Column(body="It took **{{ main.wall | seconds }}**.", title="What *happened*"),
        Column(code="main", lines="3-4"),
        Column(output="main"),
    )
    html = slide(render(scenario(Slide(columns=columns)), [printed("<b>one</b>\n")]))
    assert texts(html, "h3") == ["What happened"]
    assert texts(html, "div.prose") == ["It took 1.00 s."]
    assert [line.attributes["data-n"] for line in elements(html, "span.ln")] == ["3", "4"]
    assert texts(html, "span.tx") == ["<b>one</b>"]
    assert texts(html, "p.footer") == ["CPython 3.11.7 · Linux 6.1, 2 cores · one take 2 / 2"]
    assert len(list(elements(html, "div.pane"))) == 3


def test_timelines_fit_into_their_columns() -> None:
    """A timeline in a column is drawn as wide as the column, and its marks of time do not lie over one another."""
    columns = (Column(timeline="main", title="Lanes"), Column(body="Text"))
    html = slide(render(scenario(Slide(columns=columns)), [making.traced()]))
    [width, _] = widths(html)
    [frame] = elements(html, "svg.frame")
    marks = [float(one.attributes["x"]) for one in elements(html, "text.ax")]
    assert float(frame.attributes["width"]) == width
    assert min(after - before for before, after in pairwise(marks)) > 60


def test_what_stands_side_by_side_has_one_size() -> None:
    """Code in two columns is set in one size: the one that suits both."""
    columns = (Column(code="one"), Column(code="two"))
    alone = slide(render(scenario(Slide(columns=(columns[0], Column(body="x"))), runs=PAIR), codes={"one": "a = 1\n"}))
    html = slide(
        render(scenario(Slide(columns=columns), runs=PAIR), codes={"one": "a = 1\n", "two": "print('a longer line')\n"})
    )
    assert sizes(alone) == [30]
    assert len(set(sizes(html))) == 1
    assert sizes(slide(render(scenario(Slide(columns=columns), runs=PAIR), codes={"two": LONG}))) == [20, 20]


@pytest.mark.parametrize(
    ("codes", "wider"),
    [
        ({"one": "a\n", "two": "b\n"}, 0),
        ({"one": LONG, "two": "b\n"}, 1),
        ({"one": "a\n", "two": LONG}, -1),
        ({"one": LONG, "two": LONG}, 0),
    ],
)
def test_long_code_takes_room_from_its_neighbour(codes: dict[str, str], wider: int) -> None:
    """Columns are equally wide, but where only one has lines that would wrap it gets more, up to a limit."""
    html = slide(render(scenario(Slide(columns=(Column(code="one"), Column(code="two"))), runs=PAIR), codes=codes))
    left, right = widths(html)
    assert (left > right) - (left < right) == wider
    assert left + right == 1160 - 36
    assert max(left, right) <= 0.63 * 1124


def test_prose_is_large_in_all_columns_or_in_none() -> None:
    """A column with little prose is not set in larger type than its neighbour with much."""
    few, many = Column(body="Few words."), Column(body="Many words. " * 30)
    assert len(list(elements(slide(render(scenario(Slide(columns=(few, few))))), "div.large"))) == 2
    assert list(elements(slide(render(scenario(Slide(columns=(few, many))))), "div.large")) == []


def test_a_mistake_in_a_column_is_told_at_the_slide() -> None:
    """What only rendering finds in a column is the author's mistake, at the column."""
    columns = (Column(body="x"), Column(output="main", lines="7"))
    with pytest.raises(AuthorError) as caught:
        render(scenario(Slide(columns=columns)), [printed("a\n")])
    [mistake] = caught.value.mistakes
    assert mistake.message == "of the output: there is no line 7: the last one is 1"
    assert str(mistake.place) == "scenarios/one.yaml:10:5"
