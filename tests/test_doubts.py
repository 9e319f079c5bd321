"""Doubts: claims about time on a machine that was busy or too small hold, fail, or stay open; never by its jitter."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from asrun.claims import Verdict, judge, show_verdict
from asrun.doubts import at_best, doubt
from asrun.recording import Recording
from asrun.view import RunView
from tests import making

TWO_RUNS = """
    title: One
    runs:
      slow: {code: "pass"}
      fast: {code: "pass"}
    claims:
      - >-
        CLAIM
"""
SECOND_NS = making.SECOND_NS


def disturbed(recording: Recording, seconds: float) -> Recording:
    """The recording with every take kept from the cores for so long."""
    lost_ns = round(seconds * SECOND_NS)
    takes = tuple(
        msgspec.structs.replace(take, disturbed=True, disturbance_ns=lost_ns, queued_ns=lost_ns)
        for take in recording.takes
    )
    return msgspec.structs.replace(recording, takes=takes)


def verdict(folder: Path, claim: str, *, slow: float = 0, fast: float = 0, needs: float = 0) -> Verdict:
    """The verdict over a run of 8 s with 7.6 s of work and one of 5 s with little, disturbed for so long.

    The slow one needs so many of its machine's two cores.
    """
    project = making.project(folder, one=TWO_RUNS.replace("CLAIM", claim))
    runs = {
        "slow": making.recording("slow", walls=(8.0,), lines=[(0, "begin"), (6, "end")], cpu=3.8),
        "fast": making.recording("fast", walls=(5.0,), lines=[(0, "begin"), (3, "emails")], cpu=0.5),
    }
    recordings = {
        ("one", name): disturbed(made, lost) if (lost := {"slow": slow, "fast": fast}[name]) else made
        for name, made in runs.items()
    }
    (found,) = judge(project.scenarios["one"], project, recordings, (), {("one", "slow"): needs})
    return found


def became(found: Verdict) -> str:
    """What became of a claim, in a word."""
    assert not (found.held and found.unjudged)
    return "open" if found.unjudged else "held" if found.held else "failed"


@pytest.mark.parametrize(
    ("claim", "quiet", "busy"),
    [
        ('slow.wall is about("8s")', "held", "open"),
        ('slow.wall is about("8s", within="60%")', "held", "held"),
        ('slow.wall is about("4s")', "failed", "open"),
        ("slow.wall < 9", "held", "held"),
        ("slow.wall > 7", "held", "open"),
        ("slow.wall > 2", "held", "held"),
        ("slow.cores > 0.4", "held", "held"),
        ("slow.cores < 0.6", "held", "open"),
        ("slow.wall / fast.wall > 1.5", "held", "open"),
        ('slow.at("end") > 5', "held", "open"),
        ('slow.before("begin", "end")', "held", "held"),
        ('slow.at("end") > fast.at("emails")', "held", "open"),
        ("slow.walls | max < 7", "failed", "open"),
        ('slow.lines | map(attribute="at") | max > 5', "held", "open"),
        # A run that others disturbed would be faster without them, never slower.
        ("slow.wall < 0", "failed", "failed"),
        ("slow.wall > 9", "failed", "failed"),
        ('slow.wall is about("16s")', "failed", "failed"),
        ('slow.wall is about("4s", within="10ms")', "failed", "open"),
        ("slow.exit == 0 and slow.wall > 9 and slow.cores > 1", "failed", "failed"),
        ("slow.wall / fast.wall > 9", "failed", "failed"),
        ("fast.wall / slow.wall > 9", "failed", "open"),
        # What is not about time is judged whatever the machine did.
        ("slow.exit == 0", "held", "held"),
        ("slow.exit == 1", "failed", "failed"),
        ('"end" in slow.output', "held", "held"),
        ("slow.exit == 1 and slow.wall < 2", "failed", "failed"),
        ("slow.exit == 0 and slow.wall < 2", "failed", "open"),
        ('slow.at("never") < 9', "failed", "failed"),
        ("slow.wall", "failed", "failed"),
        # Nor is another run's peace of any use.
        ("fast.wall > 6", "failed", "failed"),
        ("fast.wall > 4", "held", "held"),
    ],
)
def test_others_on_the_cores_leave_open_what_depends_on_them(tmp_path: Path, claim: str, quiet: str, busy: str) -> None:
    """On a quiet machine a claim holds or fails; kept from the cores for 4 s of 8, it may also stay open."""
    assert became(verdict(tmp_path, claim)) == quiet
    assert became(verdict(tmp_path, claim, slow=4)) == busy


def test_a_small_disturbance_leaves_little_open(tmp_path: Path) -> None:
    """A claim with a tolerance for what was lost holds."""
    assert became(verdict(tmp_path, 'slow.wall is about("8s")', slow=0.5)) == "held"
    assert became(verdict(tmp_path, 'slow.wall is about("8s")', slow=0.9)) == "open"


def test_of_two_doubted_runs_nobody_knows_which_is_the_slower(tmp_path: Path) -> None:
    """Their ratio may be anything."""
    assert became(verdict(tmp_path, "slow.wall / fast.wall > 9", slow=1, fast=1)) == "open"
    assert became(verdict(tmp_path, "slow.wall > 9 and fast.wall > 0", slow=1, fast=1)) == "failed"


def test_both_runs_of_a_ratio_are_corrected(tmp_path: Path) -> None:
    """Where both were slowed down alike the ratio is as it was."""
    assert became(verdict(tmp_path, "slow.wall / fast.wall > 1.5", slow=1.6, fast=1)) == "held"


@pytest.mark.parametrize(
    ("claim", "enough", "short"),
    [
        ("slow.wall < 9", "held", "held"),
        ("slow.wall < 5", "failed", "open"),
        ("slow.wall > 5", "held", "open"),
        ("slow.exit == 1", "failed", "failed"),
        ("fast.wall < 2", "failed", "failed"),
    ],
)
def test_missing_cores_leave_open_what_depends_on_them(tmp_path: Path, claim: str, enough: str, short: str) -> None:
    """A run that needs four cores would take half the time on them, at best, that it takes on two."""
    assert became(verdict(tmp_path, claim, needs=2.05)) == enough
    assert became(verdict(tmp_path, claim, needs=4)) == short


def test_an_open_claim_says_why_and_shows_its_parts(tmp_path: Path) -> None:
    """Also one that holds for the times as measured."""
    project = making.project(tmp_path, one=TWO_RUNS.replace("CLAIM", "slow.wall > 7"))
    shown = show_verdict(verdict(tmp_path, "slow.wall > 7", slow=4, needs=4), project.scenarios["one"])
    assert shown.splitlines() == [
        "scenarios/one.yaml:8:5: this claim could not be judged on this machine",
        "    slow.wall > 7",
        "      slow.wall  =  8",
        "    one.slow needs 4 cores, and its machine has 2 cores",
        "    others kept one.slow from the cores for 4.00 s of 8.00 s",
    ]


def test_times_at_best_are_no_shorter_than_the_work(tmp_path: Path) -> None:
    """What a run computed takes its time on all the cores of the machine, whatever it waited for."""
    made = disturbed(making.recording(walls=(8.0,), cpu=7.6), 30)
    assert RunView(at_best(made, 0)).wall == pytest.approx(3.79)
    assert RunView(at_best(disturbed(making.recording(walls=(8.0,), cpu=0), 30), 0)).wall > 0


def test_a_disturbed_take_may_have_moved_the_median(tmp_path: Path) -> None:
    """Also where the shown take was left in peace: at best, another one is in the middle."""
    made = making.recording(walls=(1.0, 1.2, 1.3))
    disturbed_ns = SECOND_NS * 4 // 10
    slow = msgspec.structs.replace(made.takes[2], disturbed=True, disturbance_ns=disturbed_ns)
    made = msgspec.structs.replace(made, takes=(*made.takes[:2], slow))
    assert RunView(made).wall == 1.2
    assert RunView(at_best(made, 0)).wall == 1.0


def test_lanes_go_with_the_rest() -> None:
    """At best, what lanes did took less in the same proportion."""
    made = disturbed(making.traced(), 1)
    best = RunView(at_best(made, 0))
    assert best.wall == pytest.approx(4)
    assert best.lane("send_emails").waiting == pytest.approx(2.4)
    assert best.lane("send_emails").ended_at == pytest.approx(2.4)
    assert best.at("Files uploaded.") == pytest.approx(4)


def test_a_recording_on_a_quiet_machine_is_left_as_it_is() -> None:
    """There is no doubt about it, and at best it is what it is."""
    made = making.traced()
    assert doubt(made, 2) == ""
    assert at_best(made, 2) == made
