"""Taking runs: what others disturbed is thrown away and taken again, alone; and what stays disturbed says so."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from asrun.cli.recordings import shown
from asrun.execute.request import Outcome, Request
from asrun.execute.runner import Executor
from asrun.plan import RECORDINGS, Job, make_plan
from asrun.progress import PlainProgress, finished_line
from asrun.recording import Recording
from asrun.render.facts import provenance
from asrun.samples import Samples
from asrun.take import RETAKES, take_all
from tests import making
from tests.test_sampler import CORES, burners

SECOND_NS = making.SECOND_NS


class FakeExecutor:
    """Answers each run, told apart by its argument, with its next outcome."""

    def __init__(self, **outcomes: list[Outcome]) -> None:
        self.left = outcomes
        self.log: list[tuple[str, int]] = []
        """Which run a take was of, and how many were in flight while it was."""
        self._in_flight = 0
        self._lock = threading.Lock()

    def run(self, request: Request, gauge: object = None) -> Outcome:
        """Take a little while, and note who else did meanwhile."""
        name = request.argv[-1]
        with self._lock:
            self._in_flight += 1
            outcome = self.left[name].pop(0)
            beside = self._in_flight
        for _ in range(20):
            time.sleep(0.001)
            beside = max(beside, self._in_flight)
        with self._lock:
            self._in_flight -= 1
            self.log.append((name, beside))
        return outcome

    def interrupt(self) -> None:
        """Nothing is in flight for long."""


def took(waited_ms: int, *, wall: float = 1.0, status: int = 0) -> Outcome:
    """A take that others kept from the cores for so long."""
    end_ns = 2 * SECOND_NS + round(wall * SECOND_NS)
    displaced = waited_ms * 1_000_000
    samples = Samples(
        began_ns=SECOND_NS, ticks=(2 * SECOND_NS, end_ns), displaced=(0, displaced), queued_ns=displaced + 7, own_ns=5
    )
    return msgspec.structs.replace(making.outcome(wall=wall, status=status), samples=samples)


def jobs(root: Path, **runs: str) -> tuple[Job, ...]:
    """Jobs for runs with these further settings."""
    text = "title: One\nruns:\n" + "".join(
        f"  {name}: {{shell: 'true', args: [{name}]{settings}}}\n" for name, settings in runs.items()
    )
    return make_plan(making.project(root, one=text), root / RECORDINGS).jobs


def taken(tmp_path: Path, executor: Any, at_once: int = 1, **runs: str) -> dict[str, Recording]:
    """What comes of taking runs."""
    progress = PlainProgress(1)
    return {job.name: made for job, made in take_all(jobs(tmp_path, **runs), executor, at_once, progress)}


def test_a_disturbed_take_is_thrown_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The take that was not disturbed is the one that is kept, and the user is told about the other when asking."""
    executor = FakeExecutor(a=[took(100, wall=1.5), took(10)])
    recording = taken(tmp_path, executor, a="")["a"]
    assert [take.wall_ns for take in recording.takes] == [SECOND_NS]
    assert not recording.disturbed
    assert recording.take.queued_ns == 10_000_002
    assert "taken again, alone" in capsys.readouterr().err


def test_what_stays_disturbed_is_kept_and_says_so(tmp_path: Path) -> None:
    """After some attempts the last take is kept, marked, and everything that shows it says so."""
    executor = FakeExecutor(a=[took(100 + number, wall=1 + number / 10) for number in range(9)])
    recording = taken(tmp_path, executor, a="")["a"]
    assert len(executor.log) == 1 + RETAKES
    assert [take.wall_ns for take in recording.takes] == [SECOND_NS + RETAKES * SECOND_NS // 10]
    assert recording.takes[0].disturbed
    assert b'"disturbed":true' in msgspec.json.encode(recording)
    (job,) = jobs(tmp_path, a="")
    assert "recorded on a busy machine" in finished_line(job, recording, "")
    assert "recorded on a busy machine" in provenance([recording])
    assert "recorded on a busy machine" in shown(recording, True)


def test_attempts_are_bounded_for_all_takes_of_a_run_together(tmp_path: Path) -> None:
    """A run that repeats does not repeat its attempts for every take: the machine is busy, and the build is to end."""
    executor = FakeExecutor(a=[took(100)] * 99)
    recording = taken(tmp_path, executor, a=", repeat: 5")["a"]
    assert len(executor.log) == 5 + RETAKES
    assert [take.disturbed for take in recording.takes] == [True] * 5


def test_a_machine_that_stays_busy_is_not_tried_over_and_over(tmp_path: Path) -> None:
    """When taking runs again has helped none of them, one attempt has to do, until a run is undisturbed again."""
    names = [f"r{number}" for number in range(RETAKES + 3)]
    calm = names[-2]
    executor = FakeExecutor(**{name: [took(0 if name == calm else 100)] * 9 for name in names})
    recordings = taken(tmp_path, executor, 1, **dict.fromkeys(names, ""))
    takes = [sum(run == name for run, _ in executor.log) for name in names]
    assert takes == [1 + RETAKES] * RETAKES + [2, 1, 1 + RETAKES]
    assert [name for name in names if not recordings[name].disturbed] == [calm]


def test_warm_ups_and_failures_are_not_taken_again(tmp_path: Path) -> None:
    """A take that is thrown away anyway is not judged, and one that failed is told of, not repeated."""
    executor = FakeExecutor(a=[took(100), took(0)], b=[took(100, status=3)])
    recordings = taken(tmp_path, executor, a=", warmup: 1", b="")
    assert not recordings["a"].disturbed
    assert recordings["b"].take.ended.status == 3


def test_taken_again_alone(tmp_path: Path) -> None:
    """Nothing of ours runs beside a take that is made again; the first ones run beside each other."""
    names = ("a", "b", "c", "d")
    executor = FakeExecutor(**{name: [took(0), took(100), took(0), took(0), took(0)] for name in names})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("asrun.take.this_machine", lambda: making.recording().machine)
        recordings = taken(tmp_path, executor, 2, **dict.fromkeys(names, ", repeat: 4"))
    assert not any(recording.disturbed for recording in recordings.values())
    assert all(len(recording.takes) == 4 for recording in recordings.values())
    beside = [count for _, count in executor.log]
    assert beside.count(1) >= len(names)
    assert beside.count(2) >= len(names)


def test_a_retake_waits_for_those_in_flight_and_keeps_others_back(tmp_path: Path) -> None:
    """Of two runs that are disturbed at once each is made again while the other one waits."""
    executor = FakeExecutor(a=[took(100), took(0)], b=[took(100), took(0)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("asrun.take.this_machine", lambda: making.recording().machine)
        taken(tmp_path, executor, 2, a="", b="")
    assert sorted(executor.log[:2]) == [("a", 2), ("b", 2)]
    assert sorted(executor.log[2:]) == [("a", 1), ("b", 1)]


def test_a_busy_machine(tmp_path: Path) -> None:
    """With more busy processes than cores beside it, a run that works is recorded and says what it was recorded on."""
    code = "import time\nwhile time.thread_time() < 0.2: pass"
    text = f"title: One\nruns:\n  main:\n    code: {code!r}\n".replace("'", '"')
    plan = make_plan(making.project(tmp_path, one=text), tmp_path / RECORDINGS)
    with burners(4 * CORES), Executor() as executor:
        ((_, recording),) = take_all(plan.jobs, executor, 1, PlainProgress(-1))
    take = recording.take
    assert recording.disturbed
    assert take.queued_ns and take.queued_ns > take.wall_ns * 0.2
