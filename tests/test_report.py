"""How a check is told to people and to machines, whatever a program printed."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from asrun.check import Report, Result
from asrun.errors import Place
from asrun.report import junit, markdown, show_report, workflow_commands

NASTY = "100%: \x1b[31m]]> & <b>\r\n::error::```|\x00\ud800\ufffe"

PASSED = Result(scenario="chores", name="run sync", place=Place("scenarios/chores.yaml", 4, 11), seconds=8.0123)
DRIFTED = Result(
    scenario="chores",
    name="run overlapped",
    place=Place("scenarios/a,b:c.yaml", 6, 11),
    became="failed",
    message="run chores.overlapped did not do what was approved",
    lines=("--- approved stdout", "+++ stdout of this take", f"-{NASTY}", "+```"),
    seconds=5,
)
OPEN = Result(
    scenario="chores",
    name="claim 1: sync.wall < 9 & true",
    place=Place("scenarios/chores.yaml", 9, 5),
    became="open",
    message="this claim could not be judged on this machine",
    lines=("sync.wall < 9 & true",),
)
PAGE = Result(
    scenario="",
    name="slides/index.html",
    place=Place("slides/index.html", 1, 1),
    became="failed",
    message="this page is not *what* the approved recordings render to",
)
REPORT = Report(results=(PASSED, DRIFTED, OPEN, PAGE))
STRICT = Report(results=REPORT.results, strict=True)


def test_a_terminal_is_told_what_is_open_then_what_failed() -> None:
    """Each with its place, and in the end how many there are; what passed is only counted."""
    shown = show_report(REPORT).split("\n\n")
    assert shown[0].splitlines() == [
        "scenarios/chores.yaml:9:5: this claim could not be judged on this machine",
        "    sync.wall < 9 & true",
    ]
    assert shown[1].startswith("scenarios/a,b:c.yaml:6:11: run chores.overlapped did not")
    assert shown[-1] == "2 runs, 1 claim, 1 file: 2 failed, 1 could not be judged on this machine"
    assert show_report(STRICT).endswith("2 runs, 1 claim, 1 file: 3 failed")


def test_github_is_told_in_one_line_each_with_everything_escaped() -> None:
    """Nothing that a program printed begins a command of its own, and commas and colons stay in their value."""
    commands = workflow_commands(REPORT, "talks/one")
    assert len(commands) == 3
    assert all(command.splitlines() == [command] for command in commands)
    assert commands[0] == (
        "::warning file=talks/one/scenarios/chores.yaml,line=9,col=5,title=asrun check"
        "::this claim could not be judged on this machine%0Async.wall < 9 & true"
    )
    assert commands[1].startswith(
        "::error file=talks/one/scenarios/a%2Cb%3Ac.yaml,line=6,col=11,title=asrun check::run"
    )
    assert "-100%25: " in commands[1]
    assert "\x1b" not in commands[1]
    assert commands[2].startswith("::error file=talks/one/slides/index.html,line=1,col=1,")
    assert [command[:8] for command in workflow_commands(STRICT, "")] == ["::error "] * 3
    assert "file=scenarios/chores.yaml," in workflow_commands(STRICT, "")[1]


@pytest.mark.parametrize(("report", "failures", "skipped"), [(REPORT, 2, 1), (STRICT, 3, 0)])
def test_junit_is_well_formed_and_counts_right(report: Report, failures: int, skipped: int) -> None:
    """A suite for each scenario, a case for each run and claim; what is open is skipped, or fails when strict."""
    suites = ElementTree.fromstring(junit(report))
    assert suites.tag == "testsuites"
    assert [suite.get("name") for suite in suites] == ["chores", "project"]
    assert suites.get("tests") == "4"
    assert suites.get("failures") == str(failures) == str(len(suites.findall(".//failure")))
    assert suites.find("testsuite").get("skipped") == str(skipped) == str(len(suites.findall(".//skipped")))  # type: ignore[union-attr]
    cases = {case.get("name"): case for case in suites.iter("testcase")}
    assert set(cases) == {result.name for result in report.results}
    assert cases["run sync"].attrib == {
        "classname": "chores",
        "name": "run sync",
        "time": "8.012",
        "file": "scenarios/chores.yaml",
        "line": "4",
    }
    assert not list(cases["run sync"])
    (failure,) = cases["run overlapped"]
    assert failure.get("message") == DRIFTED.message
    assert "]]> & <b>" in (failure.text or "")
    assert "\ufffd" in (failure.text or "")


def test_markdown_shows_a_row_for_each_scenario_and_keeps_diffs_apart() -> None:
    """A fence is longer than any that was printed, and prose has no markup that is not ours."""
    page = markdown(REPORT)
    assert "| chores | 2 | 1 | **1 failed**, 1 could not be judged |" in page
    fenced = re.search(r"^(`{3,})diff\n(.*?)\n\1$", page, re.DOTALL | re.MULTILINE)
    assert fenced
    assert fenced[1] == "````"
    assert fenced[2].endswith("+```")
    assert "not \\*what\\* the" in page
    assert "#### Could not be judged on this machine" in page
    assert "#### Could not be judged on this machine" not in markdown(STRICT)
    assert "passed" in markdown(Report(results=(PASSED,)))


def test_a_summary_of_very_much_stays_small() -> None:
    """GitHub takes a megabyte for all steps."""
    many = Report(results=tuple(DRIFTED for _ in range(1000)))
    assert len(markdown(many).encode()) < 100_000
    assert "… and 950 more" in markdown(many)
