"""How lines are counted and named."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrun.lines import find_written, parse_lines, split_lines, visible_lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("a", ["a"]),
        ("a\n", ["a"]),
        ("a\n\n", ["a", ""]),
        ("a\r\nb\rc\n", ["a", "b", "c"]),
        ("form\x0cfeed\u2028separator\n", ["form\x0cfeed\u2028separator"]),
    ],
)
def test_lines_are_counted_as_editors_count(text: str, lines: list[str]) -> None:
    """Only CR, LF and both together end a line, and the last one may end or not."""
    assert split_lines(text) == lines


@pytest.mark.parametrize(
    ("spec", "lines"),
    [(6, (6,)), ("6", (6,)), ("1-3", (1, 2, 3)), ("1-3,9", (1, 2, 3, 9)), (" 9 , 1 - 2,2", (1, 2, 9)), ("4-4", (4,))],
)
def test_a_specification_names_lines_in_order(spec: int | str, lines: tuple[int, ...]) -> None:
    """Single lines, ranges and both, each line once."""
    assert parse_lines(spec, 9) == lines


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("", "names no lines"),
        ("1-", "names no lines"),
        ("-3", "names no lines"),
        ("1,,2", "names no lines"),
        ("a", "names no lines"),
        ("١", "names no lines"),
        (-1, "names no lines"),
        ("9" * 5000, "names no lines"),
        (0, "lines are counted from 1"),
        ("3-1", "3-1 runs backwards: write 1-3"),
        ("8-10", "there is no line 10: the last one is 9"),
        ("1-9999999", "there is no line 9999999"),
    ],
)
def test_what_names_no_lines_is_told(spec: int | str, message: str) -> None:
    """The message says what is wrong with the specification."""
    with pytest.raises(ValueError, match=message):
        parse_lines(spec, 9)


@settings(deadline=None)
@given(st.text(max_size=12) | st.from_regex(r"[0-9]{1,3}(-[0-9]{1,3})?(,[0-9]{1,3})*", fullmatch=True) | st.integers())
def test_a_specification_names_lines_of_the_text_or_is_refused(spec: int | str) -> None:
    """Whatever is written, the result lies in the text, sorted and without repetition."""
    try:
        lines = parse_lines(spec, 40)
    except ValueError:
        return
    assert lines
    assert list(lines) == sorted(set(lines))
    assert 1 <= lines[0] <= lines[-1] <= 40


@settings(deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1))
def test_every_set_of_lines_can_be_written(lines: list[int]) -> None:
    """Lines with commas between name just these lines."""
    assert parse_lines(",".join(map(str, lines)), 40) == tuple(sorted(set(lines)))


def test_what_lies_between_hide_and_show_is_not_shown() -> None:
    """The two comments are not shown either, and the others keep their numbers."""
    code = "a = 1\n  # hide\nb = 2\n#show\nc = '# hide'\n# hide\nd = 4\n"
    assert visible_lines(code) == (1, 5)


def test_all_of_a_program_without_marks_is_shown() -> None:
    """Comments that only mention the words hide nothing."""
    assert visible_lines("# hide nothing\nx = 1  # hide\n# shown\n") == (1, 2, 3)


@pytest.mark.parametrize(
    ("text", "written", "quote", "char", "found"),
    [
        ("one two", "one\n  two", "", "w", "w"),
        ("it's so", "it''s so", "'", "o", "o"),
        ('say "so"\nand: x', r"say \"so\"\nand\x3A x", '"', "x", "x"),
        ("one two", "one\\\n  \\ two", '"', "w", "w"),
        (r"a\b", r"a\b", "", "b", "b"),
        ("\n\none\n\n  two three\n", "\n\n  one\n\n    two three\n", "", "h", "h"),
    ],
)
def test_a_character_is_found_in_what_was_written(text: str, written: str, quote: str, char: str, found: str) -> None:
    """Folded lines, doubled quotes and escapes are counted as what they stand for."""
    assert written[find_written(text, written, text.rindex(char), quote)] == found
