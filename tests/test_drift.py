"""Drift, by the text cases in cases/drift.txt, and what they cannot say.

A case is `#### title`, then the run's settings, what was approved and what came now, and what is told. A line of output
has its time before it, `!` for standard error, and a last backslash where no newline came.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
import yaml

from asrun.drift import SHOWN, Drift, find_drift, tell_change, visible
from asrun.model import Run
from asrun.recording import Ended, Event, Python, Recording
from tests import making

CASES = Path(__file__).parent / "cases" / "drift.txt"


class Case(NamedTuple):
    """Two recordings of a run, and what is told of them."""

    title: str
    run: Run
    approved: Recording
    fresh: Recording
    expected: str


def read_cases() -> Iterator[Case]:
    """All cases of the file."""
    for part in re.split(r"^#### ", CASES.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title, _, rest = part.partition("\n")
        blocks = re.split(r"^---- (.*)\n", rest, flags=re.MULTILINE)
        texts = dict(zip(blocks[1::2], blocks[2::2], strict=True))
        run = msgspec.convert(yaml.safe_load(texts.get("run", "{}")), Run)
        yield Case(title, run, recording(texts["approved"]), recording(texts["fresh"]), texts["expected"].strip("\n"))


def recording(text: str) -> Recording:
    """A recording as a case writes it."""
    made = making.recording()
    events = []
    for line in text.splitlines():
        words = re.fullmatch(r"(?:exit (\d+) raised (\w+)|cut (\d+)|([\d.]+) (!?)(.*?)(\\?))", line)
        if not words:
            continue
        status, raised, cut, at, bang, printed, open_ = words.groups()
        if status:
            take = msgspec.structs.replace(made.take, ended=Ended("exit", status=int(status)))
            made = msgspec.structs.replace(made, takes=(take,), raised=raised)
        elif cut:
            made = msgspec.structs.replace(made, takes=(msgspec.structs.replace(made.take, dropped_bytes=int(cut)),))
        else:
            said = printed.replace(r"\x1b", "\x1b") + ("" if open_ else "\n")
            events.append(Event(round(float(at) * 1e9), "stderr" if bang else "stdout", 0, said))
    return msgspec.structs.replace(made, events=tuple(events))


def told(drift: Drift | None) -> str:
    """What is told of drift."""
    return "\n".join(drift.lines) if drift else "nothing"


@pytest.mark.parametrize("case", tuple(read_cases()), ids=lambda case: case.title)
def test_drift_is_told_as_the_case_expects(case: Case) -> None:
    """Each case of cases/drift.txt tells what it says."""
    assert told(find_drift(case.approved, case.fresh, case.run)) == case.expected


@pytest.mark.parametrize("case", tuple(read_cases()), ids=lambda case: case.title)
def test_drift_is_seen_from_both_sides(case: Case) -> None:
    """What differs one way differs the other way, too; and nothing differs from itself."""
    assert (find_drift(case.fresh, case.approved, case.run) is None) == (case.expected == "nothing")
    assert find_drift(case.fresh, case.fresh, case.run) is None


def test_lines_are_put_together_by_who_wrote() -> None:
    """Two processes that write parts of lines at the same time have printed whole lines all the same."""
    apart = [(0, "o"), (1, "t"), (0, "ne\n"), (1, "wo\n")]
    whole = [(0, "one\n"), (1, "two\n")]
    one, other = (
        msgspec.structs.replace(
            making.recording(),
            events=tuple(Event(at, "stdout", process, text) for at, (process, text) in enumerate(of)),
        )
        for of in (apart, whole)
    )
    assert find_drift(one, other, Run(code="pass")) is None


def test_the_line_of_code_that_printed_what_differs_first_is_known() -> None:
    """Of the fresh take where it printed something, and of the approved one where a line is gone."""
    old, new = recording("0 one\n0 two\n0 three"), recording("0 one\n0 zwei\n0 three")
    printed = {"one": 1, "two": 4, "zwei": 5, "three": 9}

    def lined(made: Recording) -> Recording:
        return msgspec.structs.replace(
            made,
            events=tuple(msgspec.structs.replace(event, line=printed[event.text.strip()]) for event in made.events),
        )

    for settings in (Run(code="pass"), Run(code="pass", unordered=True)):
        changed = find_drift(lined(old), lined(new), settings)
        assert changed is not None
        assert changed.line == 5
        gone = find_drift(lined(old), lined(recording("0 one\n0 three")), settings)
        assert gone is not None
        assert gone.line in (4, 9)


def test_what_is_approved_anew_is_told_with_what_changed() -> None:
    """A first recording in brief; the same output with both times; another output as a diff."""
    old, new, run = recording("0 one"), recording("0 one\n0 !two"), Run(code="pass")
    assert tell_change(None, new, run) == [
        "one.main: approved for the first time, exit status 0, 2 lines of output, 1.00 s"
    ]
    assert tell_change(old, old, run) == ["one.main: approved with the same output, 1.00 s (before 1.00 s)"]
    assert tell_change(old, new, run) == [
        "one.main: approved as it is now, 1.00 s (before 1.00 s)",
        "--- approved stderr",
        "+++ stderr of this take",
        "@@ -0,0 +1 @@",
        "+two",
    ]


def test_another_interpreter_is_named_beside_the_drift() -> None:
    """Tracebacks change from version to version: whoever reads the diff is told which these are."""
    old, new = recording("0 one"), recording("0 two")
    new = msgspec.structs.replace(new, python=Python("3.13.1", "CPython"))
    assert told(find_drift(old, new, Run(code="pass"))).endswith("approved was CPython 3.11.7, this is CPython 3.13.1")
    same = msgspec.structs.replace(new, events=old.events)
    assert find_drift(old, same, Run(code="pass")) is None


def test_a_flood_that_differs_is_told_briefly_and_soon() -> None:
    """Fifty thousand lines that all changed are a diff of some lines, with their number."""
    old, new = (recording("\n".join(f"0 {word} {number}" for number in range(50_000))) for word in ("a", "b"))
    begun = time.process_time()
    shown = told(find_drift(old, new, Run(code="pass"))).splitlines()
    assert time.process_time() - begun < 20
    assert len(shown) == SHOWN + 2
    assert "more lines of this diff" in shown[-1]


def test_a_change_far_down_has_its_own_line_numbers() -> None:
    """What lies before and after a change is not compared, and still counted."""
    lines = [f"0 {number}" for number in range(10_000)]
    other = [*lines[:9000], "0 new", *lines[9000:]]
    shown = told(find_drift(recording("\n".join(lines)), recording("\n".join(other)), Run(code="pass"))).splitlines()
    assert shown[2] == "@@ -8998,6 +8998,7 @@"
    assert shown[6] == "+new"
    assert len(shown) == 10


def test_long_lines_are_cut() -> None:
    """A line of a megabyte is not printed."""
    assert visible("x" * 1_000_000).endswith("… (1000000 characters)")
