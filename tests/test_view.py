"""What claims and prose see of a recording."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from asrun.language import RUN_ATTRIBUTES
from asrun.recording import Event
from asrun.view import MatrixView, NeverPrinted, NoSuchLane, NotRecorded, NotTraced, RunView, lines_of, names_of
from tests import making


def test_every_name_that_is_allowed_exists() -> None:
    """The names that loading allows in claims are those that a run has."""
    view = RunView(making.traced())
    assert [name for name in RUN_ATTRIBUTES if not hasattr(view, name)] == []
    assert set(view.as_dict()) == set(RUN_ATTRIBUTES) - {"at", "before", "order", "lane", "overlap"}


def test_the_measures_of_a_run_belong_together() -> None:
    """Wall time, processor time and output all come from the median take, and `walls` has every take."""
    view = RunView(making.recording(walls=(3.0, 1.0, 2.0), cpu=1.01))
    assert view.wall == 2.0
    assert view.walls == (3.0, 1.0, 2.0)
    assert view.cores == pytest.approx(1.01 / 2.02)


def test_a_line_written_in_parts_is_one_line() -> None:
    """Dots of progress make one line, complete when its last part came, whatever others wrote in between."""
    events = (
        Event(1, "stdout", 0, "."),
        Event(2, "stderr", 0, "warning\n"),
        Event(3, "stdout", 1, "other\n"),
        Event(4_000_000_000, "stdout", 0, ".\n"),
        Event(5_000_000_000, "stdout", 0, "end"),
    )
    assert [(line.text, line.at) for line in lines_of(events)] == [
        ("..", 4.0),
        ("warning", 2e-9),
        ("other", 3e-9),
        ("end", 5.0),
    ]


def test_at_is_the_time_of_the_first_line_with_the_text() -> None:
    """A text may stand anywhere in a line; the first one counts."""
    view = RunView(making.recording(lines=[(0.5, "begin"), (1, "the end"), (2, "the end")]))
    assert view.at("end") == 1
    assert view.before("begin", "the end")
    assert not view.before("the end", "begin")


def test_a_text_that_was_never_printed_is_an_error_with_the_output() -> None:
    """The error shows what was printed, at most twenty lines of it."""
    view = RunView(making.recording(lines=[(index, f"line {index}") for index in range(30)]))
    with pytest.raises(NeverPrinted, match=r"(?s)line 19.*10 lines more"):
        view.at("nothing like it")


def test_a_run_goes_by_its_own_name_at_home_and_by_both_elsewhere(tmp_path: Path) -> None:
    """`sync` in its own scenario is `chores.sync` everywhere, also where a scenario has the name of a run."""
    project = making.project(
        tmp_path,
        chores="""
            title: Chores
            runs: {sync: {code: pass}, items: {code: pass}}
        """,
        sync="""
            title: Sync
            code: pass
        """,
    )
    recordings = {
        ("chores", "sync"): making.recording(walls=(1,)),
        ("chores", "items"): making.recording(walls=(2,)),
        ("sync", "main"): making.recording(walls=(3,)),
    }
    home = names_of(project.scenarios["chores"], project, recordings)
    assert home["sync"].wall == 1  # type: ignore[attr-defined]
    assert home["chores"].items.wall == 2  # type: ignore[attr-defined]
    away = names_of(None, project, recordings)
    assert away["sync"].main.wall == 3  # type: ignore[attr-defined]
    assert "items" not in away


def test_a_recording_without_memory_or_interpreter_says_none() -> None:
    """What was not measured is none, not nought."""
    recording = making.recording()
    take = msgspec.structs.replace(recording.takes[0], rss_bytes=None, startup_ns=None)
    view = RunView(msgspec.structs.replace(recording, takes=(take,), python=None))
    assert (view.rss, view.startup, view.python) == (None, None, None)


def test_lanes_go_by_their_kind_and_by_name_or_function() -> None:
    """Tasks, threads and processes can be counted and asked; asyncio's own tasks are not among them."""
    view = RunView(making.traced())
    assert [task.function for task in view.tasks] == ["main", "upload_files", "send_emails"]
    assert [lane.name for lane in (*view.processes, *view.threads)] == ["chores.py", "MainThread"]
    assert view.lane("upload_files") is view.lane("Task-2")
    assert [line.text for line in view.lane("send_emails").lines] == ["Sending emails...", "Emails sent..."]
    assert view.lane("send_emails").waiting == 3
    assert view.overlap("upload_files", "send_emails") == 3
    assert view.order("Sending", "Files prepared.", "Emails sent...")
    assert not view.order("Files prepared.", "Sending")


def test_a_lane_that_is_not_there_is_an_error_that_lists_those_there_are() -> None:
    """A misspelt name is told apart from a run that was not traced."""
    with pytest.raises(NoSuchLane, match=r"there are chores\.py, MainThread, main, upload_files, send_emails"):
        RunView(making.traced()).lane("upload_file")
    with pytest.raises(NotTraced, match="it was not traced"):
        _ = RunView(making.recording()).tasks


def test_a_run_of_a_matrix_goes_by_its_version_and_says_when_it_is_missing(tmp_path: Path) -> None:
    """`square["3.13"]` is that run; an optional one without a recording says that it is missing, and nothing else."""
    project = making.project(
        tmp_path, one="title: A\nruns: {square: {code: pass, python: ['3.13', '3.14t'], optional: true}}"
    )
    recordings = {("one", "square[3.13]"): making.recording("square[3.13]", walls=(2,))}
    names = names_of(project.scenarios["one"], project, recordings)
    square = names["square"]
    assert isinstance(square, MatrixView)
    assert names["one"].square.versions == square.versions == ("3.13", "3.14t")  # type: ignore[attr-defined]
    there, gone = square["3.13"], square["3.14t"]
    assert isinstance(there, RunView)
    assert (there.wall, there.missing, gone.missing) == (2, False, True)
    with pytest.raises(NotRecorded, match=r"one\.square\[3\.14t\] is not recorded: Python 3\.14t was not there"):
        _ = gone.wall
