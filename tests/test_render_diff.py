"""Diffs, by the text cases in cases/render/diff.txt: two codes, and the rows of both sides with changes in brackets."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrun.inputs import Code
from asrun.render.diff import Diff, Side, diff
from asrun.render.fit import Room
from tests.test_render_prose import read_cases

CASES = Path(__file__).parent / "cases" / "render" / "diff.txt"
ROOM = Room(width=500, height=500)


def python(text: str) -> Code:
    """A Python file with this text."""
    return Code(text, "python", "a.py")


def show(side: Side | None) -> str:
    """A side of a row as the cases have it."""
    if side is None:
        return ""
    text = re.sub(r"<b>(.*?)</b>", lambda match: f"[{match[1]}]", side.html).replace("][", "")
    return f"{side.number} {side.sign} {unescape(re.sub('<[^>]*>', '', text))}"


@pytest.mark.parametrize(("title", "blocks"), [pytest.param(*case, id=case[0]) for case in read_cases(CASES)])
def test_codes_become_rows(title: str, blocks: dict[str, str]) -> None:
    """Two codes become the rows that their case says."""
    made = diff(python(blocks["left"]), python(blocks["right"]), None, ROOM)
    shown = [f"{show(row.left):28} | {show(row.right)}" for row in made.rows]
    assert "\n".join(shown) + "\n" == blocks["expected"]


def sides(made: Diff, side: str) -> list[str]:
    """The lines of one side, as text."""
    found = [getattr(row, side) for row in made.rows]
    return [unescape(re.sub("<[^>]*>", "", one.html)) for one in found if one is not None]


lines = st.lists(st.sampled_from(["a = 1", "a = 2", "", "    print(a)", "b", "print(a, b)", "<b>&"]), max_size=12)


@given(lines, lines)
def test_nothing_is_lost_and_nothing_changes_its_place(left: list[str], right: list[str]) -> None:
    """Each side has all its lines in order, and lines without a sign are the same on both sides."""
    room = Room(width=500, height=2000)
    made = diff(python("\n".join(left)), python("\n".join(right)), None, room)
    for side, text in (("left", left), ("right", right)):
        assert "\n".join(sides(made, side)).strip("\n") == "\n".join(text).strip("\n")
    for row in made.rows:
        if row.left and row.left.sign == " ":
            assert row.right is not None and (row.right.sign, row.right.html) == (" ", row.left.html)


def test_long_unchanged_stretches_are_folded_where_not_all_fits() -> None:
    """With too little room, unchanged lines far from a change become a note that counts them."""
    code = [f"a{number} = {number}" for number in range(40)]
    changed = [*code[:20], "b = 1", *code[21:]]
    made = diff(python("\n".join(code)), python("\n".join(changed)), None, ROOM)
    assert [row.folded for row in made.rows if row.folded] == ["18 unchanged lines", "17 unchanged lines"]
    assert len(made.rows) == 2 + 5


def test_an_excerpt_is_taken_of_both() -> None:
    """`lines:` names lines of both codes."""
    made = diff(python("a\nb\nc\n"), python("a\nx\nc\n"), "2-3", ROOM)
    assert (sides(made, "left"), sides(made, "right")) == (["b", "c"], ["x", "c"])
