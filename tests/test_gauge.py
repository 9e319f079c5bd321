"""The gauge: what runs in flight want of the cores, and who may begin beside them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from asrun.assemble import this_machine
from asrun.execute.gauge import WINDOW_S, Gauge
from asrun.execute.request import Outcome, Request
from asrun.execute.runner import Executor
from asrun.plan import RECORDINGS, make_plan
from asrun.progress import PlainProgress
from asrun.take import take_all
from tests import making

CORES = this_machine().cores


def settled(gauge: Gauge, least: float, most: float) -> float | None:
    """The demand, once it is between two figures; what it was at last where it never is."""
    demand = None
    give_up = time.monotonic() + 20
    while time.monotonic() < give_up:
        demand = gauge.demand()
        if demand is not None and least <= demand <= most:
            break
        time.sleep(WINDOW_S / 3)
    return demand


@pytest.mark.parametrize(
    ("code", "least", "most"),
    [
        ("import time; time.sleep(60)", 0.0, 0.1),
        ("while True: pass", 0.8, 1.3),
        ("import os; os.fork(); os.fork()\nwhile True: pass", 3.0, 5.0),
    ],
)
def test_the_demand_of_processes(code: str, least: float, most: float) -> None:
    """A sleeper wants nothing, a busy process one core and four of them four, be it that they have to wait for one."""
    spawn = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"
    process = subprocess.Popen([sys.executable, "-c", spawn], start_new_session=True)
    try:
        gauge = Gauge()
        assert gauge.demand() is None
        gauge.begin(process.pid)
        demand = settled(gauge, least, most)
        assert demand is not None
        assert least <= demand <= most
        gauge.end()
        assert gauge.demand() is None
    finally:
        os.killpg(process.pid, 9)
        process.wait()


class Counting(Executor):
    """Counts how many runs are in flight at once."""

    def __init__(self) -> None:
        super().__init__()
        self.most = self._now = 0
        self._counting = threading.Lock()

    def run(self, request: Request, gauge: Gauge | None = None) -> Outcome:
        """Run it, and count it meanwhile."""
        with self._counting:
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            return super().run(request, gauge)
        finally:
            with self._counting:
                self._now -= 1


def most_in_flight(tmp_path: Path, run: str, count: int, at_once: int = 16) -> int:
    """How many of some runs, of which nothing is known, were in flight at once."""
    text = "title: One\nruns:\n" + "".join(f"  r{number}: {{{run}}}\n" for number in range(count))
    plan = make_plan(making.project(tmp_path, one=text), tmp_path / RECORDINGS)
    with Counting() as executor:
        assert len(list(take_all(plan.jobs, executor, at_once, PlainProgress(-1)))) == count
        return executor.most


def test_sleepers_overlap_although_nothing_is_known_of_them(tmp_path: Path) -> None:
    """More runs sleep at once than there are cores; with one job at a time, none beside another."""
    assert most_in_flight(tmp_path, "shell: sleep 3", CORES + 4) > CORES
    assert most_in_flight(tmp_path, "shell: sleep 0.1", 3, at_once=1) == 1


def test_runs_that_work_have_the_cores_to_themselves(tmp_path: Path) -> None:
    """There are never more of them in flight than cores."""
    work = 'code: "import time\\nwhile time.thread_time() < 0.2: pass"'
    assert most_in_flight(tmp_path, work, CORES + 2) <= CORES
