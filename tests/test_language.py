"""The language of claims and prose: what is refused before anything runs, and what values become."""

from __future__ import annotations

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrun.language import (
    VALUE_CLOSE,
    VALUE_OPEN,
    Scope,
    about,
    check_expression,
    check_prose,
    check_template,
    evaluate,
    expand,
    parse_expression,
    show_times,
    show_value,
)

SCOPE = Scope(("sync", "overlapped"), {"chores": ("sync", "overlapped"), "gil": ("threads", "items")})


@pytest.mark.parametrize(
    "text",
    [
        'sync.wall is about("8s")',
        "sync.wall / overlapped.wall > 1.5 and not overlapped.exit",
        'overlapped.at("a") < overlapped.at("b")',
        "gil.threads.cores < 1.2",
        "(sync.walls | median) is about(8, within=0.5)",
        '"done" in sync.stdout',
        "sync.lines[0].text == 'x'",
    ],
)
def test_a_sound_claim_has_no_fault(text: str) -> None:
    """A claim over runs that exist, with the attributes they have, passes."""
    assert check_expression(text, SCOPE) == []


@pytest.mark.parametrize(
    ("text", "column", "message", "hint"),
    [
        ("sinc.wall > 3", 1, "there is no run 'sinc'", "did you mean sync?"),
        ("sync.wal > 3", 6, "there is no 'wal' in a run", "did you mean wall?"),
        ("1 < gil.thread.wall", 9, "there is no 'thread' in scenario 'gil'", "did you mean threads?"),
        ("gil.threads.wal > 1", 13, "there is no 'wal' in a run", "did you mean wall?"),
        ("(sync.wall | secnds) == 1", 14, "there is no filter 'secnds'", "did you mean seconds?"),
        ("sync.wall is abut(3)", 14, "there is no test 'abut'", "did you mean about?"),
        ("sync.wall >", 11, "not valid Jinja", ""),
        ("sync.wall sync", 11, "one expression is expected", ""),
        ("sync.wall > 3)", 14, "not valid Jinja", ""),
        ("sync.wall / overlapped.wall", 1, "this is a number", "with the parentheses"),
        ("sync.wall / overlapped.wall is about(1.6)", 1, "this is a number", "with the parentheses"),
        ("  ", 1, "this is empty", ""),
    ],
)
def test_a_fault_in_a_claim_has_its_column(text: str, column: int, message: str, hint: str) -> None:
    """Every mistake that can be seen in the text is told at the character where it stands."""
    (fault,) = check_expression(text, SCOPE)
    assert (fault.line, fault.column) == (1, column)
    assert message in fault.message
    assert hint in fault.hint


def test_all_faults_of_a_text_are_told() -> None:
    """One look finds every unknown name, filter and attribute, in the order in which they stand."""
    text = "{{ sinc.wall }}\nand {{ sync.wal | tims }}"
    assert [(fault.line, fault.column) for fault in check_prose(text, SCOPE)] == [(1, 4), (2, 13), (2, 19)]


def test_prose_may_use_its_own_names() -> None:
    """What a text sets or loops over itself is no unknown run."""
    assert check_prose("{% for line in sync.lines %}{{ line.text }}{% endfor %}{% set a = 1 %}{{ a }}", SCOPE) == []


def test_an_open_expression_in_prose_is_a_fault() -> None:
    """A forgotten brace is told where the expression was opened, however much follows."""
    (fault,) = check_prose("fine\n\nnot {{ sync.wall\nand more", SCOPE)
    assert (fault.line, fault.column) == (3, 5)


def test_a_template_is_checked_for_its_syntax() -> None:
    """A template of the author's own is refused where it is no Jinja, with the line."""
    (fault,) = check_template("<p>\n{% if %}\n</p>")
    assert fault.line == 2
    assert check_template("{{ anything }}") == []


@pytest.mark.parametrize(
    "text", ["{% include 'x' %}", "{% extends 'x' %}", "{% import 'x' as y %}", "{% from 'x' import y %}"]
)
def test_prose_takes_in_no_other_template(text: str) -> None:
    """What could only fail when the deck is rendered is refused before anything runs."""
    (fault,) = check_prose(f"one\n{text}", SCOPE)
    assert fault.line == 2


@pytest.mark.parametrize("text", ["{% macro a(x, x) %}{% endmacro %}", "{{ sync.at(a=1, a=2) }}"])
def test_what_python_would_refuse_is_a_fault(text: str) -> None:
    """Jinja parses more than it can compile."""
    assert len(check_prose(text, SCOPE)) == 1


class _Run:
    wall = 8.0012
    text = "*not* <b>Markdown</b>"


def test_values_are_kept_apart_from_the_text() -> None:
    """Inserted values leave the author's Markdown as it was, and wait beside it."""
    expanded = expand("**{{ run.wall }}** `{{ run.text }}`", {"run": _Run()})
    assert expanded.values == ("8", "*not* <b>Markdown</b>")
    assert expanded.markdown == f"**{VALUE_OPEN}0{VALUE_CLOSE}** `{VALUE_OPEN}1{VALUE_CLOSE}`"


def test_constants_are_values_too() -> None:
    """A text that is written in an expression is kept apart like any other, also when the template is used twice."""
    for _ in range(2):
        assert expand("{{ '<i>' }}", {}).values == ("<i>",)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_the_marks_of_values_cannot_be_forged(text: str) -> None:
    """Whatever an author writes, the only marks in the expanded text are those of values."""
    text = text.replace("{", "")
    expanded = expand(text + VALUE_OPEN + "0" + VALUE_CLOSE, {})
    assert expanded.values == ()
    assert VALUE_OPEN not in expanded.markdown
    assert VALUE_CLOSE not in expanded.markdown


def test_the_sandbox_holds() -> None:
    """Claims and prose cannot reach Python's internals, or change what they are given."""
    with pytest.raises(jinja2.exceptions.SecurityError):
        expand("{{ run.__class__.__mro__ }}", {"run": _Run()})
    with pytest.raises(jinja2.exceptions.SecurityError):
        evaluate(parse_expression("values.append(1)"), {"values": []})


def test_a_missing_attribute_is_an_error() -> None:
    """A typo that only a recording can tell never passes as an empty value."""
    with pytest.raises(jinja2.UndefinedError):
        evaluate(parse_expression("run.wal"), {"run": _Run()})


@pytest.mark.parametrize(
    ("value", "expected", "within", "held"),
    [
        (8.7, "8s", "10%", True),
        (8.9, "8s", "10%", False),
        (0.26, "250ms", "20ms", True),
        (0.28, "250ms", "20ms", False),
        (1.6, 1.5, 0.2, True),
    ],
)
def test_about_takes_a_share_or_a_duration(
    value: float, expected: str | float, within: str | float, held: bool
) -> None:
    """`is about` measures its slack as a share of what is expected, or in seconds."""
    assert about(value, expected, within) is held


def test_numbers_are_shown_with_the_digits_that_matter() -> None:
    """Ratios get about two digits, other numbers about three, and never an exponent."""
    assert [show_times(ratio) for ratio in (0.5, 1.6, 12.3)] == ["0.50×", "1.6×", "12×"]
    assert [show_value(number) for number in (8.00342, 0.12345, 123456.0, 3, "x")] == ["8", "0.123", "123456", "3", "x"]


@given(st.text(max_size=60))
def test_no_text_makes_the_checks_fail(text: str) -> None:
    """Whatever stands in a claim or in prose is a list of faults, not an exception of ours."""
    for fault in [*check_expression(text, SCOPE), *check_prose(text, SCOPE), *check_template(text)]:
        assert fault.line >= 1
        assert fault.column >= 1
