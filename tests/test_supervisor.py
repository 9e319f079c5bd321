"""The supervisor: one program after the other, nothing left of any, and no more memory than it needs."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from asrun.execute.control import SupervisorGone, SupervisorProcess, end_strays
from asrun.execute.supervisor import SOONEST_LOOK_S, USUAL_LOOK_S, next_pause
from asrun.execute.wire import pack, unpack
from tests.leftovers import MARK, children, gone, marked
from tests.running import CHILDREN, PYTHON, mark

__all__ = ["mark"]


@pytest.fixture
def supervisor() -> Iterator[SupervisorProcess]:
    """A supervisor, which is ended when the test is over."""
    supervisor = SupervisorProcess()
    HEARD.clear()
    yield supervisor
    assert supervisor.close()
    assert HEARD == []


def ask(supervisor: SupervisorProcess, folder: Path, mark: str, *argv: str, limit: int = 500) -> dict[str, Any]:
    """Start a program without input or output: the first answer."""
    run = {
        "argv": argv,
        "env": {"PATH": os.environ["PATH"], MARK: mark},
        "cwd": str(folder),
        "folder": str(folder),
        "process_limit": limit,
    }
    null = os.open(os.devnull, os.O_RDWR)
    supervisor.start(run, (null, null, null))
    os.close(null)
    return hear(supervisor)


def hear(supervisor: SupervisorProcess) -> dict[str, Any]:
    """The next answer."""
    while not HEARD:
        HEARD.extend(supervisor.answers())
    return HEARD.pop(0)


HEARD: list[dict[str, Any]] = []
"""Answers that came together with the one that was waited for."""


def test_one_run_after_the_other(supervisor: SupervisorProcess, tmp_path: Path, mark: str) -> None:
    """One supervisor serves many runs, and tells each one's end."""
    for status in range(5):
        started = ask(supervisor, tmp_path, mark, "sh", "-c", f"exit {status}")
        ended = hear(supervisor)
        assert started["started_ns"] < ended["ended_ns"]
        assert (ended["status"], ended["why"]) == (status, None)


def test_every_run_has_the_same_parent_and_a_session_of_its_own(
    supervisor: SupervisorProcess, tmp_path: Path, mark: str
) -> None:
    """A program's parent is the supervisor, its session is its own, and so is its process group."""
    started = ask(supervisor, tmp_path, mark, "sleep", "100")
    pid = started["pid"]
    assert pid in [child for parent in children() for child in children(parent)]
    assert os.getsid(pid) == os.getpgid(pid) == pid
    supervisor.order_end()
    assert hear(supervisor)["why"] == "order"


def test_an_order_that_comes_too_late(supervisor: SupervisorProcess, tmp_path: Path, mark: str) -> None:
    """An order to end what has ended already ends nothing else, and is not said to have ended it."""
    ask(supervisor, tmp_path, mark, "true")
    assert hear(supervisor)["why"] is None
    supervisor.order_end()
    assert "pid" in ask(supervisor, tmp_path, mark, "sh", "-c", "sleep 0.2; exit 7")
    assert hear(supervisor)["status"] == 7


def test_a_closed_control_socket(tmp_path: Path, mark: str) -> None:
    """When AsRun goes away, the program ends with all its descendants, its folder goes, and so does the supervisor."""
    folder = tmp_path / "run"
    folder.mkdir()
    supervisor = SupervisorProcess()
    ask(supervisor, folder, mark, PYTHON, str(CHILDREN / "term_deaf.py"))
    assert supervisor.close()
    assert marked(mark) == []
    assert not folder.exists()


def test_signals_do_not_end_it(supervisor: SupervisorProcess, tmp_path: Path, mark: str) -> None:
    """A program that sends its parent the usual signals does not get rid of it."""
    ask(supervisor, tmp_path, mark, "sh", "-c", "kill -TERM $PPID; kill -INT $PPID; kill -HUP $PPID; kill -PIPE $PPID")
    assert hear(supervisor)["status"] == 0


def test_a_stopped_program_can_be_ended(supervisor: SupervisorProcess, tmp_path: Path, mark: str) -> None:
    """A program that has stopped itself is ended like any other."""
    ask(supervisor, tmp_path, mark, "sh", "-c", "kill -STOP $$")
    supervisor.order_end()
    assert (hear(supervisor)["why"], marked(mark)) == ("order", [])


def test_a_killed_supervisor_is_noticed(tmp_path: Path, mark: str) -> None:
    """When somebody kills the supervisor, whoever asks it hears that it is gone; what it ran is ended by its marks."""
    supervisor = SupervisorProcess()
    folder = tmp_path / "run"
    pid = ask(supervisor, tmp_path, mark, "env", f"HOME={folder}", "sleep", "100")["pid"]
    (parent,) = [child for child in children() if pid in children(child)]
    os.kill(parent, signal.SIGKILL)
    with pytest.raises(SupervisorGone):
        supervisor.answers()
    with pytest.raises(SupervisorGone):
        supervisor.start({}, (0, 1, 2))
    assert not supervisor.close()
    assert marked(mark) != []
    end_strays(folder, None)
    assert gone(mark)


def test_it_is_smaller_than_any_python_program(supervisor: SupervisorProcess, tmp_path: Path, mark: str) -> None:
    """What a program inherits from the supervisor is less than Python itself occupies: its peak is always told."""
    ask(supervisor, tmp_path, mark, PYTHON, "-I", "-S", "-c", "pass")
    told = hear(supervisor)["rss_bytes"]
    code = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    done = subprocess.run(["sh", "-c", f"{PYTHON} -I -S -c '{code}'; true"], capture_output=True, check=True)
    assert told == pytest.approx(int(done.stdout) * 1024, rel=0.2)


def test_counting_is_sooner_the_faster_processes_multiply() -> None:
    """The pause until the next count shrinks with growth, and grows with what a count costs while there is none."""
    calm, growing, bomb = (next_pause(0.1, 0.0001, growth, 400) for growth in (0, 100, 5000))
    assert SOONEST_LOOK_S <= bomb < growing <= calm == USUAL_LOOK_S
    assert next_pause(0.1, 0.05, 0, 400) > 20 * 0.05
    assert next_pause(0.01, 0.0001, 0, 400) == 0.02


def test_messages_survive_being_cut() -> None:
    """Messages that arrive in pieces, or several at once, are taken off one by one and whole."""
    first, second = {"argv": ("a", "\udcff"), "n": None}, {"end": True}
    stream = pack(first) + pack(second)
    received, heard = bytearray(), []
    for byte in stream:
        received.append(byte)
        while (message := unpack(received)) is not None:
            heard.append(message)
    assert (heard, received) == ([first, second], bytearray())
    received += stream
    assert (unpack(received), unpack(received), unpack(received)) == (first, second, None)


def test_a_bomb_is_ended_by_order(supervisor: SupervisorProcess, tmp_path: Path, mark: str) -> None:
    """Processes that multiply while they are ended are ended all the same."""
    ask(supervisor, tmp_path, mark, PYTHON, str(CHILDREN / "fork_bomb.py"), limit=10_000)
    time.sleep(0.3)
    supervisor.order_end()
    assert (hear(supervisor)["why"], marked(mark)) == ("order", [])
