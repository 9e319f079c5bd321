"""Claims: what holds, what does not, and what a failing one shows."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from asrun.claims import Verdict, judge, show_verdict, write
from asrun.language import parse_expression
from tests import making

TWO_RUNS = """
    title: One
    runs:
      slow: {code: "pass"}
      fast: {code: "pass"}
    claims:
      - CLAIM
"""


def verdict(folder: Path, claim: str) -> tuple[Verdict, str]:
    """The verdict on a claim over a run of 8 s and one of 5 s, and how it would be shown."""
    project = making.project(folder, one=TWO_RUNS.replace("CLAIM", f"{claim!r}" if ":" in claim else claim))
    scenario = project.scenarios["one"]
    recordings = {
        ("one", "slow"): making.recording("slow", walls=(8.0, 8.4, 7.9), lines=[(0, "begin"), (8, "end")]),
        ("one", "fast"): making.recording("fast", walls=(5.0,), lines=[(0, "begin"), (3, "emails")]),
    }
    (found,) = judge(scenario, project, recordings)
    return found, show_verdict(found, scenario)


@pytest.mark.parametrize(
    "claim",
    [
        'slow.wall is about("8s")',
        "(slow.wall / fast.wall) is about(1.6)",
        "slow.walls | length == 3",
        'slow.before("begin", "end")',
        'fast.at("emails") < slow.at("end")',
        "one.slow.exit == 0 and fast.raised is none",
        "fast.lines | length == 2",
    ],
)
def test_a_true_claim_holds(tmp_path: Path, claim: str) -> None:
    """Claims are judged over the recordings' values."""
    found, shown = verdict(tmp_path, claim)
    assert found.held, shown


def test_a_failing_claim_shows_the_value_of_each_part(tmp_path: Path) -> None:
    """File, line, the claim, and every part of it with its value are printed."""
    found, shown = verdict(tmp_path, "slow.wall / fast.wall > 2")
    assert not found.held
    assert shown.splitlines() == [
        "scenarios/one.yaml:7:5: this claim does not hold",
        "    slow.wall / fast.wall > 2",
        "      slow.wall              =  8",
        "      fast.wall              =  5",
        "      slow.wall / fast.wall  =  1.6",
    ]


def test_a_failing_claim_shows_lines_and_lanes_as_authors_know_them(tmp_path: Path) -> None:
    """Lines are told by their texts and a lane by its kind and name, not by how they are kept."""
    _, shown = verdict(tmp_path, "slow.lines == fast.lines")
    assert '      slow.lines  =  lines ["begin", "end"]' in shown.splitlines()
    _, shown = verdict(tmp_path, 'slow.lines[0] == "begin"')
    assert '      slow.lines[0]  =  line "begin"' in shown.splitlines()
    project = making.project(tmp_path, one=TWO_RUNS.replace("CLAIM", 'slow.lane("send_emails") in slow.threads'))
    recordings = {("one", "slow"): msgspec.structs.replace(making.traced(), run="slow")}
    (found,) = judge(project.scenarios["one"], project, recordings)
    assert found.parts == (
        ('slow.lane("send_emails")', "task Task-3 (send_emails)"),
        ("slow.threads", "[thread MainThread]"),
    )


def test_both_sides_of_an_and_are_shown(tmp_path: Path) -> None:
    """Which half of a claim is false can be read off."""
    found, _ = verdict(tmp_path, "slow.exit == 0 and fast.exit == 1")
    assert ("slow.exit == 0", "True") in found.parts
    assert ("fast.exit == 1", "False") in found.parts


def test_a_text_that_was_never_printed_makes_a_claim_false(tmp_path: Path) -> None:
    """`at` of a text that is not in the output shows the output."""
    found, shown = verdict(tmp_path, 'fast.at("uploaded") > 1')
    assert not found.held
    assert "never printed 'uploaded'" in shown
    assert "emails" in shown


@pytest.mark.parametrize(
    "claim", ["slow.exit", "slow.raised.name == 1", "slow.wall > 'x'", "slow.lines[9].text == 'a'"]
)
def test_a_claim_that_is_neither_true_nor_false_does_not_hold(tmp_path: Path, claim: str) -> None:
    """A value that is no truth value, and an expression that raises, fail with a reason."""
    found, shown = verdict(tmp_path, claim)
    assert not found.held
    assert found.error
    assert found.error.splitlines()[0] in shown


def test_a_verdict_knows_its_runs_and_whether_it_is_about_time(tmp_path: Path) -> None:
    """Only claims about time are worth another take, and only of the runs that they speak of."""
    timed, _ = verdict(tmp_path, "slow.wall > fast.wall")
    assert timed.timing
    assert timed.runs == {("one", "slow"), ("one", "fast")}
    plain, _ = verdict(tmp_path, "one.slow.exit == 0")
    assert not plain.timing
    assert plain.runs == {("one", "slow")}


def test_a_claim_about_a_failed_run_does_not_hold(tmp_path: Path) -> None:
    """What did not end as declared proves nothing."""
    project = making.project(tmp_path, one=TWO_RUNS.replace("CLAIM", "slow.exit == 3"))
    recordings = {("one", name): making.recording(name, status=3) for name in ("slow", "fast")}
    (found,) = judge(project.scenarios["one"], project, recordings, failed={("one", "slow")})
    assert not found.held
    assert "one.slow did not end as declared" in found.error


@pytest.mark.parametrize(
    ("claim", "versions", "became"),
    [
        ('square["3.8"].wall > 1', {"3.8"}, "held"),
        ('one.square["3.8"].wall > 9', {"3.8"}, "failed"),
        ('square["3.8"].wall > square["3.14t"].wall', {"3.8", "3.14t"}, "absent"),
        ('square["3.14t"].missing or square["3.14t"].wall < 1', {"3.14t"}, "held"),
        ("square[square.versions[0]].exit == 0", {"3.8", "3.14t"}, "held"),
    ],
)
def test_a_claim_about_a_missing_interpreter_is_not_judged(
    tmp_path: Path, claim: str, versions: set[str], became: str
) -> None:
    """It neither holds nor fails, and says what was not there; a claim that asks first is judged as any other."""
    text = "title: A\nruns: {square: {code: pass, python: ['3.8', 3.14t], optional: true}}\nclaims:\n  - CLAIM\n"
    project = making.project(tmp_path, one=text.replace("CLAIM", claim))
    recordings = {("one", "square[3.8]"): making.recording("square[3.8]", walls=(8.0,))}
    (found,) = judge(project.scenarios["one"], project, recordings)
    assert found.runs == {("one", f"square[{version}]") for version in versions}
    assert (found.held, found.failed, bool(found.absent)) == (became == "held", became == "failed", became == "absent")
    if became == "absent":
        assert found.absent == "one.square[3.14t] is not recorded: Python 3.14t was not there"
    if became == "failed":
        assert found.parts == (('one.square["3.8"].wall', "8"),)


@pytest.mark.parametrize(
    "text",
    [
        "a.wall / b.wall > 1.5",
        'a["3.13"].wall > 1',
        '(a.wall / b.wall) is about(1.6, within="5%")',
        'not (a.exit == 0) and b.lines[0].text == "x"',
        "(a.walls | median) in [1, 2]",
        'a.at("x") <= b.at("y")',
        "-a.wall < 3",
    ],
)
def test_parts_are_written_as_authors_write_them(text: str) -> None:
    """Writing an expression and reading it again gives the same expression."""
    assert parse_expression(write(parse_expression(text))) == parse_expression(text)
