"""From bytes to a recording: text, times, and what is replaced in it."""

from __future__ import annotations

import getpass
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrun import assemble as module
from asrun import transcript
from asrun.assemble import assemble
from asrun.execute.request import Outcome
from asrun.inputs import Code, Inputs
from asrun.interpreters import Interpreter
from asrun.recording import Event, Recording
from asrun.view import lines_of
from tests import making

PYTHON = Interpreter(
    path="/home/ada/python/bin/python3", version="3.11.7", implementation="CPython", prefix="/home/ada/python"
)


def recorded(outcome: Outcome, code: str = "pass") -> Recording:
    """The recording of one take of a Python run with this code."""
    inputs = Inputs(Code(code, "python", "main.py"), ("main.py",), (), True, {"code": "1"})
    return assemble("one", "main", inputs, [outcome], PYTHON)


def test_times_count_from_the_first_line_of_the_authors_code() -> None:
    """Start-up is recorded apart, and is in neither the wall time nor the times of lines."""
    recording = recorded(making.outcome((0.25, "stdout", b"a\n"), wall=1.5))
    assert recording.take.wall_ns == 1_500_000_000
    assert recording.take.startup_ns == 1_000_000_000
    assert recording.events == (Event(250_000_000, "stdout", 0, "a\n"),)


def test_each_line_is_an_event_at_the_time_of_its_read() -> None:
    """Lines that one read gave have one time, and keep their order."""
    recording = recorded(making.outcome((0.1, "stdout", b"a\nb\n"), (0.2, "stderr", b"c\n")))
    assert [(event.at_ns, event.text) for event in recording.events] == [
        (100_000_000, "a\n"),
        (100_000_000, "b\n"),
        (200_000_000, "c\n"),
    ]


def test_a_character_cut_by_two_reads_stays_whole() -> None:
    """Decoding goes on where the last read of that stream ended, whatever the other stream printed meanwhile."""
    euro = "€".encode()
    recording = recorded(
        making.outcome((0.1, "stdout", euro[:1]), (0.2, "stderr", b"x\n"), (0.3, "stdout", euro[1:] + b"\n"))
    )
    assert "".join(event.text for event in recording.events if event.stream == "stdout") == "€\n"


def test_bytes_that_are_no_text_become_replacement_characters() -> None:
    """Binary garbage, lone surrogates and a character that never ended are marked, not lost and not fatal."""
    recording = recorded(
        making.outcome(
            (0.1, "stdout", b"\xff\xfe\n"), (0.2, "stdout", "\ud800".encode("utf-8", "surrogatepass") + b"\n\xe2")
        )
    )
    text = "".join(event.text for event in recording.events)
    assert "\ufffd" in text
    assert text.endswith("\n\ufffd")
    text.encode()


def test_parts_of_a_line_at_the_same_moment_are_one_event() -> None:
    """Whether one write was read in one piece or in two does not change the recording's form."""
    together = recorded(making.outcome((0.1, "stdout", b"a"), (0.1005, "stdout", b"b\n")))
    assert [event.text for event in together.events] == ["ab\n"]
    apart = recorded(making.outcome((0.1, "stdout", b"a"), (0.2, "stdout", b"b\n")))
    assert [event.text for event in apart.events] == ["a", "b\n"]


@given(st.lists(st.binary(max_size=12), max_size=12))
def test_no_byte_is_lost_or_added(pieces: list[bytes]) -> None:
    """However the output was cut, its text is that of the whole."""
    chunks = [(index / 10, "stdout", piece) for index, piece in enumerate(pieces)]
    recording = recorded(making.outcome(*chunks))  # type: ignore[arg-type]
    assert "".join(event.text for event in recording.events) == b"".join(pieces).decode("utf-8", "replace")
    assert "\n".join(line.text for line in lines_of(recording.events)) == b"".join(pieces).decode(
        "utf-8", "replace"
    ).removesuffix("\n")


def test_output_beyond_the_limit_of_events_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is cut is said, in bytes."""
    monkeypatch.setattr(transcript, "EVENT_LIMIT", 3)
    recording = recorded(making.outcome((0.1, "stdout", b"1\n2\n3\n4\n"), (0.2, "stdout", b"56\n")))
    assert [event.text for event in recording.events] == ["1\n", "2\n", "3\n"]
    assert recording.take.dropped_bytes == 5


def test_writers_are_numbered_in_the_order_of_their_first_output() -> None:
    """Process numbers are the same from take to take; PIDs are not."""
    first, second = making.outcome((0.1, "stdout", b"a\n"), pid=900), making.outcome((0.2, "stdout", b"b\n"), pid=17)
    both = Outcome(
        ended=first.ended,
        started_ns=first.started_ns,
        zero_ns=first.zero_ns,
        ended_ns=first.ended_ns,
        chunks=first.chunks + second.chunks + first.chunks,
        folder=first.folder,
    )
    assert {event.process for event in recorded(both).events if event.text == "a\n"} == {0}
    assert {event.process for event in recorded(both).events if event.text == "b\n"} == {1}


def test_paths_of_this_machine_are_replaced() -> None:
    """A traceback names the script and the standard library, not where they lay."""
    text = (
        f'File "{making.FOLDER}/main.py", line 1\n'
        'File "/home/ada/python/lib/python3.11/asyncio/runners.py", line 2\n'
        f"{Path.home()}/notes and {Path.home()}s\n"
        "/tmp/run-test/work and /tmp/run-test/works\n"
        "/tmp/run-test/tmp/scratch of /tmp/run-test/home\n"
    )
    recording = recorded(making.outcome((0.1, "stderr", text.encode())))
    assert "".join(event.text for event in recording.events).splitlines() == [
        'File "main.py", line 1',
        'File "…/lib/python3.11/asyncio/runners.py", line 2',
        f"~/notes and {Path.home()}s",
        ". and /tmp/run-test/works",
        "<tmp>/scratch of ~",
    ]


def test_names_of_host_and_user_are_replaced_unless_they_are_the_authors(monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole word that names the machine or the person becomes a neutral one; a word of the program stays."""
    monkeypatch.setattr(socket, "gethostname", lambda: "build-host-7")
    monkeypatch.setattr(getpass, "getuser", lambda: "max")
    outcome = making.outcome((0.1, "stdout", b"max on build-host-7, climax\n"))
    assert recorded(outcome).events[0].text == "<user> on <host>, climax\n"
    assert recorded(outcome, "print(max(1, 2))").events[0].text == "max on <host>, climax\n"


TRACEBACK = 'Traceback (most recent call last):\n  File "main.py", line 1\n'

GROUP = """\
  + Exception Group Traceback (most recent call last):
  |   File "main.py", line 1
  | ExceptionGroup: two (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | KeyError
"""


@pytest.mark.parametrize(
    ("stderr", "name"),
    [
        ("", None),
        ("no traceback: KeyError\n", None),
        (f"{TRACEBACK}KeyError: 'a'\n", "KeyError"),
        (f"{TRACEBACK}shop.Late: one\ntwo: three\n", "shop.Late"),
        (f"{TRACEBACK}KeyError\n\nDuring handling:\n\n{TRACEBACK}ValueError: z\n", "ValueError"),
        (GROUP, "ExceptionGroup"),
    ],
)
def test_the_exception_is_read_from_its_traceback(stderr: str, name: str | None) -> None:
    """The name is that of the last traceback; a group goes by its own name."""
    outcome = making.outcome((0.1, "stderr", stderr.encode()), status=1)
    assert recorded(outcome).raised == name


def test_a_machine_is_described_and_not_named() -> None:
    """Processor, cores and system are recorded, the host's name is not."""
    machine = module.this_machine()
    assert machine.cores >= 1
    assert socket.gethostname() not in f"{machine.processor} {machine.system}"
