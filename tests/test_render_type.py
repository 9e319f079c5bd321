"""Type sizes, clocks, and highlighted lines."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrun.lines import split_lines
from asrun.render.clock import axis, clock_for, percent, replay_rate, seconds
from asrun.render.fit import Room, fit, wrapped
from asrun.render.highlight import highlight, to_html, to_text
from asrun.render.text import cells, clean

ROOM = Room(width=1000, height=500)


@given(st.lists(st.text("ab 漢", max_size=200), max_size=60))
def test_type_is_never_too_small_and_fits_where_it_can(texts: list[str]) -> None:
    """The size is between the bounds; above the smallest nothing wraps and everything is in the room."""
    chosen = fit(texts, ROOM)
    assert 20 <= chosen.size <= 30
    assert chosen.line >= chosen.size
    if chosen.size > 20:
        assert max(map(cells, texts), default=0) <= chosen.columns
        assert len(texts) * chosen.line <= ROOM.height
    else:
        assert chosen.rows == sum(wrapped(text, chosen.columns) for text in texts)


def test_few_short_lines_are_large_and_many_are_small() -> None:
    """Size goes down with the number of lines, and with their width."""
    assert fit(["x" * 10] * 5, ROOM).size == 30
    assert 20 < fit(["x" * 10] * 18, ROOM).size < 30
    assert fit(["x" * 10] * 40, ROOM).size == 20
    assert 20 < fit(["x" * 70], ROOM).size < 30
    assert fit(["x" * 90], ROOM).size == 20


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", 1),
        ("x" * 10, 1),
        ("x" * 11, 2),
        ("x" * 18, 2),
        ("x" * 19, 3),
        ("aaaa bbbb cccc", 2),
        ("aaaaaaa bbbbbbbb", 2),
        ("aaaaaaa bbbbbbbbb", 3),
        ("1 " + "x" * 9, 3),
        ("    " + "x" * 7, 2),
        ("漢字漢字漢字", 2),
    ],
)
def test_lines_that_wrap_take_rows(text: str, rows: int) -> None:
    """A line that is longer than ten columns goes on in the next row, indented by two, as browsers wrap it."""
    assert wrapped(text, 10) == rows


@pytest.mark.parametrize(
    ("total", "shown"),
    [(123.4, "61.7 s"), (8.0, "4.00 s"), (0.3, "0.150 s"), (0.05, "25.0 ms"), (0.002, "1.00 ms"), (0.00002, "0.01 ms")],
)
def test_clocks_suit_the_length(total: float, shown: str) -> None:
    """Half of a run is told in a unit and with digits that suit its length."""
    clock = clock_for(round(total * 1e9))
    assert f"{clock.show(round(total * 5e8))} {clock.unit}" == shown


@given(st.integers(1, 10**13))
def test_an_axis_has_a_few_round_marks(total_ns: int) -> None:
    """An axis begins at zero, has at most eleven marks, all inside, at different places with different labels."""
    marks = axis(total_ns, clock_for(total_ns))
    places = [float(place.removesuffix("%")) for place, _ in marks]
    assert places[0] == 0
    assert places == sorted(places)
    assert places[-1] <= 100
    assert 2 <= len(marks) <= 11
    assert len({label for _, label in marks}) == len(marks)


@given(st.integers(1, 10**12), st.floats(0.5, 60))
def test_a_replay_is_never_longer_than_allowed_and_never_slower_than_life(total_ns: int, longest: float) -> None:
    """The rate is 1 for what is short enough, and else brings it to the limit or below, not far below."""
    rate = replay_rate(total_ns, longest)
    assert total_ns / 1e9 / rate <= longest * 1.000001
    assert rate == 1 or rate <= total_ns / 1e9 / longest * 1.1 + 0.1


def test_times_for_scripts_are_exact_and_short() -> None:
    """Seconds are written to the microsecond, without zeros that say nothing; shares never leave the bar."""
    assert [seconds(ns) for ns in (0, 1_000_001_000, 8_000_000_000, 1)] == ["0", "1.000001", "8", "0"]
    assert [percent(1, 3), percent(5, 4), percent(0, 0)] == ["33.333%", "100%", "0%"]


@given(st.text(), st.sampled_from(["python", "bash", "nonsense"]))
def test_highlighting_changes_no_text(text: str, language: str) -> None:
    """The lines of a code are those of the file, each with its text, whatever the lexer makes of it."""
    text = text.removeprefix("\ufeff")  # a byte order mark is no part of the code
    shown = [to_text(line) for line in highlight(text, language)]
    expected = [clean(line) for line in split_lines(text)]
    assert "\n".join(shown).rstrip("\n") == "\n".join(expected).rstrip("\n")
    html = [unescape(re.sub("<[^>]*>", "", to_html(line))) for line in highlight(text, language)]
    assert html == shown
