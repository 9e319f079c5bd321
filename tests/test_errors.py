"""How mistakes are told."""

from __future__ import annotations

from asrun.errors import AuthorError, BuildFailed, Mistake, NoProject, Place, suggestion


def mistake(line: int = 1, column: int = 1, text: str = "", hint: str = "", file: str = "a.yaml") -> Mistake:
    """A mistake, with what a test is about."""
    return Mistake(Place(file, line, column), "wrong", text, hint)


def caret_is_below(shown: str) -> str:
    """The character above the caret, where every character takes one column."""
    line, caret = shown.split("\n")[1:3]
    return line[caret.index("^")]


def test_a_mistake_shows_its_place_the_line_a_caret_and_a_hint() -> None:
    """Four lines, with the caret below the column."""
    shown = mistake(3, 8, "title: no", 'quote it: "no"', "scenarios/a.yaml").show()
    assert shown == 'scenarios/a.yaml:3:8: wrong\n    title: no\n           ^\n    quote it: "no"'


def test_a_mistake_without_a_line_shows_none() -> None:
    """A file that is not there has neither line nor caret."""
    assert mistake().show() == "a.yaml:1:1: wrong"
    assert mistake(text="   ", hint="write it").show() == "a.yaml:1:1: wrong\n    write it"


def test_the_caret_stands_right_below_wide_and_combining_characters() -> None:
    """A terminal gives two columns to the first kind and none to the second."""
    assert mistake(1, 3, "漢字x").show().split("\n")[2] == "    " + " " * 4 + "^"
    assert mistake(1, 4, "e\u0301ax").show().split("\n")[2] == "    " + " " * 2 + "^"


def test_the_caret_of_a_place_behind_the_line_stands_at_its_end() -> None:
    """What is missing at the end of a line is pointed to there."""
    assert mistake(1, 99, "abc").show().split("\n")[2] == "       ^"


def test_of_a_long_line_the_part_around_the_mistake_is_shown() -> None:
    """The line is cut to what can be read, and the caret still stands right."""
    text = "a" * 5000 + "X" + "b" * 5000
    shown = mistake(1, 5001, text).show()
    assert len(shown.split("\n")[1]) < 200
    assert caret_is_below(shown) == "X"


def test_control_characters_of_a_file_never_reach_the_terminal() -> None:
    """An escape sequence in the author's line is shown as blanks, column by column."""
    shown = mistake(1, 6, "\x1b[1m\tX\x07").show()
    assert shown.isprintable() or set(shown) - {"\n"} == {char for char in shown if char.isprintable()}
    assert caret_is_below(shown) == "X"


def test_mistakes_are_told_in_the_order_of_files_and_lines_with_their_number() -> None:
    """All of them, each once, whatever order they were found in."""
    found = [mistake(2, 1, file="b.yaml"), mistake(10, 1), mistake(9, 5), mistake(9, 3)]
    error = AuthorError(iter(found))
    assert [str(each.place) for each in error.mistakes] == ["a.yaml:9:3", "a.yaml:9:5", "a.yaml:10:1", "b.yaml:2:1"]
    assert error.show().endswith("\n\n4 mistakes")
    assert AuthorError(found[:1]).show().endswith("\n\n1 mistake")


def test_errors_carry_their_exit_codes() -> None:
    """Wrong input is told from a build that failed."""
    assert (AuthorError([]).exit_code, NoProject().exit_code, BuildFailed().exit_code) == (2, 2, 1)


def test_a_suggestion_names_what_is_near_and_all_that_is_allowed() -> None:
    """Where nothing is near, nothing is suggested."""
    assert suggestion("ovelapped", ["sync", "overlapped"]) == "did you mean overlapped? Allowed here: sync, overlapped"
    assert suggestion("zzz", ["sync", "overlapped"]) == "allowed here: sync, overlapped"
    assert suggestion("zzz", []) == "allowed here: nothing"
    assert suggestion("syn", ["sync"], "runs") == "did you mean sync? Allowed here: runs"


def test_of_very_many_names_the_first_are_told() -> None:
    """A hint stays a line that can be read, and the near one is found among all."""
    hint = suggestion("scenario_150", [f"scenario{number}" for number in range(200)])
    assert hint.startswith("did you mean scenario150? Allowed here: scenario0, scenario1, ")
    assert hint.endswith("scenario29 and 170 more")
