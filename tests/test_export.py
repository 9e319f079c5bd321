"""Exports: what other tools are given holds to their formats, and is what was recorded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from asrun.errors import CannotWrite
from asrun.export import CannotExport, cast_of, export, trace_of
from asrun.lanes import Lane, Span
from asrun.recording import Event, Recording
from tests import making
from tests.test_cli import asrun, write

MS = 1_000_000


def printed(*events: tuple[float, str], wall: float = 1.0, **more: Any) -> Recording:
    """A recording with these pieces of output."""
    pieces = tuple(Event(round(at * making.SECOND_NS), "stdout", 0, text) for at, text in events)
    return msgspec.structs.replace(making.recording(walls=(wall,)), events=pieces, **more)


def laned(run: str = "main") -> Recording:
    """A recording with two processes, a thread and two tasks."""
    lanes = (
        Lane(kind="process", name="main.py", process=0, began_ns=0, ended_ns=100 * MS, load=(50, 50, 120, 10)),
        Lane(kind="thread", name="MainThread", process=0, began_ns=0, load=(50, 50, 20)),
        Lane(kind="task", name="Task-1", function="main", process=0, thread=1, began_ns=MS, ended="done"),
        Lane(kind="task", name="Task-2", process=0, thread=1, began_ns=MS, ended_ns=9 * MS, ended="cancelled"),
        Lane(kind="process", name="Process-1", function="work", parent=0, process=4, began_ns=5 * MS),
        Lane(kind="thread", name="MainThread", process=4, began_ns=5 * MS),
    )
    spans = (
        Span(1, "running", 0, 100 * MS),
        Span(2, "running", MS, 2 * MS),
        Span(2, "waiting", 2 * MS, 90 * MS, "main.py", 7, "sleep(1)"),
        Span(5, "running", 5 * MS, 50 * MS, None, None, "square"),
        Span(5, "waiting", 50 * MS, 60 * MS),
    )
    events = (
        Event(3 * MS, "stdout", 0, "from a task\n", 2, 12),
        Event(4 * MS, "stderr", 1, "\x1b[31mfrom \u202eelsewhere" + "x" * 100),
    )
    made = making.recording(run, walls=(0.1,))
    return msgspec.structs.replace(made, lanes=lanes, spans=spans, events=events, stretch_ns=25 * MS)


def read_cast(content: bytes) -> tuple[dict[str, Any], list[list[Any]]]:
    """A cast, held against the description of its format."""
    header, *events = [json.loads(line) for line in content.decode("utf-8").splitlines()]
    assert header["version"] == 2
    assert all(type(header[name]) is int and header[name] > 0 for name in ("width", "height"))
    assert set(header) <= {"version", "width", "height", "timestamp", "duration", "idle_time_limit", "title", "env"}
    assert content.endswith(b"\n")
    for event in events:
        time, code, data = event
        assert isinstance(time, float) and time >= 0
        assert (code, type(data)) == ("o", str)
    assert [event[0] for event in events] == sorted(event[0] for event in events)
    return header, events


def test_a_cast_is_what_was_printed() -> None:
    """Every piece is there at its time, with the line ends of a terminal, and the cast is as long as the run."""
    header, events = read_cast(cast_of(printed((0.25, "one\n"), (0.5, "\x1b[1mtw"), (4.125, "o\n"), wall=5)))
    assert events == [[0.25, "o", "one\r\n"], [0.5, "o", "\x1b[1mtw"], [4.125, "o", "o\r\n"], [5.0, "o", ""]]
    assert header["duration"] == 5.0
    assert header["idle_time_limit"] >= 4.125 - 0.5
    assert header["title"] == "one.main"


def test_a_cast_has_room_for_every_line() -> None:
    """A terminal is as wide as the widest line, within reason, and never narrower than usual."""
    widths = [
        read_cast(cast_of(printed((0.1, f"{text}\n"), (0.2, "宽" * 60))))[0]["width"]
        for text in ("", "x" * 200, "x" * 9999)
    ]
    assert widths == [120, 200, 300]
    assert read_cast(cast_of(printed()))[0]["width"] == 80


def test_a_cast_of_nothing() -> None:
    """A run that printed nothing is a cast all the same, and what came before time zero is at its beginning."""
    assert read_cast(cast_of(printed(wall=2)))[1] == [[2.0, "o", ""]]
    assert read_cast(cast_of(printed((-0.5, "early\n"))))[1][0] == [0.0, "o", "early\r\n"]


def read_trace(content: bytes) -> list[dict[str, Any]]:
    """The events of a trace, each held against the description of the trace event format."""
    whole = json.loads(content)
    assert set(whole) == {"traceEvents", "displayTimeUnit", "otherData"}
    assert whole["displayTimeUnit"] in ("ms", "ns")
    named = set()
    for event in whole["traceEvents"]:
        assert isinstance(event["name"], str) and event["name"]
        assert type(event["pid"]) is type(event["tid"]) is int
        assert isinstance(event["ts"], int | float) and event["ts"] >= 0
        fields = set(event) - {"name", "ph", "ts", "pid", "tid", "args"}
        if event["ph"] == "X":
            assert fields == {"cat", "dur"}
            assert isinstance(event["dur"], int | float) and event["dur"] >= 0
        elif event["ph"] == "i":
            assert fields == {"cat", "s"}
            assert event["s"] in ("g", "p", "t")
        elif event["ph"] == "C":
            assert fields == set()
            assert event["args"] and all(isinstance(value, int) for value in event["args"].values())
        else:
            assert (event["ph"], fields) == ("M", set())
            kind, _, what = event["name"].partition("_")
            assert (kind in ("process", "thread")) and list(event["args"]) == [what]
            assert type(event["args"][what]) is {"name": str, "sort_index": int, "labels": str}[what]
            named.add((event["pid"], None) if kind == "process" else (event["pid"], event["tid"]))
    for event in whole["traceEvents"]:
        assert (event["pid"], None) in named
        assert event["ph"] == "C" or (event["pid"], event["tid"]) in named or event["name"].startswith("process_")
    return list(whole["traceEvents"])


def names_of(events: list[dict[str, Any]]) -> dict[tuple[int, int], str]:
    """The names of the tracks."""
    return {
        (event["pid"], event["tid"]): event["args"]["name"]
        for event in events
        if event["name"] in ("process_name", "thread_name")
    }


def test_tracks_are_named_as_the_lanes_are() -> None:
    """Each process, thread and task is a track under its process, with the name that the program gave it."""
    tracks = names_of(read_trace(trace_of([laned()])))
    assert list(tracks.values()) == [
        "main.py",
        "MainThread",
        "Task-1 (main)",
        "Task-2",
        "Process-1 (work)",
        "MainThread",
        "the run",
    ]
    assert [pid for pid, _ in tracks] == [1, 1, 1, 1, 5, 5, 1]
    assert len(tracks) == 7


def test_spans_and_prints_are_where_they_were() -> None:
    """Spans have their times in microseconds and say what is waited for and where; prints are on their lane."""
    events = read_trace(trace_of([laned()]))
    tracks = names_of(events)
    spans = [(event["name"], event["ts"], event["dur"], event["args"]) for event in events if event["ph"] == "X"]
    assert spans[1:] == [
        ("running", 0, 100_000, {"state": "running"}),
        ("running", 1000, 1000, {"state": "running"}),
        ("waiting for sleep(1)", 2000, 88_000, {"state": "waiting", "what": "sleep(1)", "at": "main.py:7"}),
        ("square", 5000, 45_000, {"state": "running", "what": "square"}),
        ("waiting", 50_000, 10_000, {"state": "waiting"}),
    ]
    end, task, native = [event for event in events if event["ph"] == "i"]
    assert (end["name"], end["ts"], tracks[end["pid"], end["tid"]]) == ("cancelled", 9000, "Task-2")
    assert (task["name"], task["ts"], task["args"]["at"]) == ("from a task", 3000, "line 12")
    assert tracks[task["pid"], task["tid"]] == "Task-1 (main)"
    assert tracks[native["pid"], native["tid"]] == "the run"
    assert native["args"]["text"].endswith("x" * 100)


def test_load_is_a_counter() -> None:
    """The share of a core steps where it changes, and falls to nothing at the end."""
    counters = [event for event in read_trace(trace_of([laned()])) if event["ph"] == "C"]
    steps = [(event["name"], event["ts"], event["args"]["percent"]) for event in counters]
    assert steps[:5] == [
        ("on a core", at * 1000, percent) for at, percent in ((0, 50), (50, 120), (75, 10), (100, 0))
    ] + [("on a core: MainThread (1)", 0, 50)]


def test_several_runs_are_beside_each_other() -> None:
    """The runs of a scenario are in one trace, and none of their numbers meet; a run without lanes is there too."""
    events = read_trace(trace_of([laned("a"), printed((-0.5, "early\n")), laned("c")]))
    tracks = names_of(events)
    assert len(tracks) == len({tid for _, tid in tracks}) == 7 + 1 + 7
    assert [name for name in tracks.values() if ": " in name] == [
        "a: main.py",
        "a: Process-1 (work)",
        "c: main.py",
        "c: Process-1 (work)",
    ]
    assert {"main: main"} <= {event["args"].get("name") for event in events}


def test_equal_recordings_make_equal_files() -> None:
    """Both forms depend on nothing but the recording."""
    assert trace_of([laned()]) == trace_of([laned()])
    assert cast_of(laned()) == cast_of(laned())


def test_what_a_trace_says_of_the_machine() -> None:
    """A trace says how long each process and the run in all were ready without a core, and if it was disturbed."""
    recording = laned()
    lanes = [msgspec.structs.replace(lane, cpu_ns=80 * MS, queued_ns=15 * MS) for lane in recording.lanes[:1]]
    take = msgspec.structs.replace(recording.take, queued_ns=20 * MS, disturbed=True)
    busy = msgspec.structs.replace(recording, lanes=(*lanes, *recording.lanes[1:]), takes=(take,))
    events = read_trace(trace_of([busy]))
    labels = [event["args"]["labels"] for event in events if event["name"] == "process_labels"]
    assert labels[0] == "80 ms on a core, 15 ms ready without one"
    [whole] = [event for event in events if event["name"] == "one.main"]
    assert whole["args"]["ready without a core, ms"] == 20
    assert "disturbed" in whole["args"]
    assert "disturbed" not in str(read_trace(trace_of([recording])))


def test_a_cast_plays_in_asciinema(tmp_path: Path) -> None:
    """Asciinema reads a cast, plays it, and shows what was printed, colours and wide characters and all."""
    cast = tmp_path / "run.cast"
    cast.write_bytes(cast_of(printed((0.01, "\x1b[1mbold\x1b[0m 宽\n"), (0.02, "a pro"), (0.03, "mpt\n"), wall=0.05)))
    for how in ("cat", "play"):
        command = [sys.executable, "-m", "asciinema", how, str(cast)]
        env = {**os.environ, "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
        shown = subprocess.run(command, capture_output=True, env=env, timeout=60)
        assert shown.returncode == 0, shown.stderr
        assert shown.stdout.decode() == "\x1b[1mbold\x1b[0m 宽\r\na prompt\r\n"


def test_where_the_files_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the current folder; to the folder that is named, which is made; to the file that is named, if it is one."""
    monkeypatch.chdir(tmp_path)
    runs = [laned("a"), laned("b")]
    assert export(runs, cast=True, trace=True, out=None) == [
        Path("one.a.cast"),
        Path("one.b.cast"),
        Path("one.trace.json"),
    ]
    assert export(runs, cast=True, trace=False, out=Path("new/folder"))[0] == Path("new/folder/one.a.cast")
    assert export(runs[:1], cast=True, trace=False, out=Path("my.cast")) == [Path("my.cast")]
    assert export(runs[:1], cast=True, trace=False, out=Path("new")) == [Path("new/one.a.cast")]
    assert Path("my.cast").read_bytes() == Path("one.a.cast").read_bytes()
    for name in ("my.cast", "other.cast"):
        with pytest.raises(CannotExport, match="must name a folder"):
            export(runs, cast=True, trace=False, out=Path(name))
    assert not Path("other.cast").exists()
    with pytest.raises(CannotWrite):
        export(runs[:1], cast=True, trace=False, out=Path("my.cast/x.cast"))


def test_the_command(tmp_path: Path) -> None:
    """`asrun export` writes what was recorded, and what it cannot do it says in a few lines."""
    write(tmp_path, hello="title: Hello\nruns:\n  a: {code: print('one')}\n  b: {shell: echo two}\n")
    never = asrun(tmp_path, "export", "hello", "--cast")
    assert (never.returncode, "never recorded" in never.stderr) == (1, True)
    assert asrun(tmp_path, "record", "-q").returncode == 0
    done = asrun(tmp_path, "export", "hello", "--cast", "--trace", "-o", "out")
    assert done.stdout.split() == ["out/hello.a.cast", "out/hello.b.cast", "out/hello.trace.json"]
    assert read_cast((tmp_path / "out/hello.b.cast").read_bytes())[1][0][2] == "two\r\n"
    assert any(event["name"] == "one" for event in read_trace((tmp_path / "out/hello.trace.json").read_bytes()))
    for arguments, told in (
        (("hello",), "--cast or --trace"),
        (("hallo", "--cast"), "hello"),
        (("hello", "--cast", "-o", "x.cast"), "must name a folder"),
    ):
        failed = asrun(tmp_path, "export", *arguments)
        assert failed.returncode == 2
        assert told in failed.stderr
        assert "Traceback" not in failed.stderr
