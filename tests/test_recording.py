"""Recordings: their form on disk, and how a run ended against how it was to end."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrun.durations import Duration
from asrun.model import Run
from asrun.recording import (
    Ended,
    Event,
    Recording,
    Take,
    Unreadable,
    complaint,
    decode_recording,
    encode_recording,
    median_take,
)
from tests import making


@given(st.lists(st.tuples(st.integers(0, 10**10), st.text(st.characters(exclude_categories=["Cs"])))))
def test_a_recording_reads_back_as_it_was_written(printed: list[tuple[int, str]]) -> None:
    """No text that a program prints is changed by being kept."""
    events = tuple(Event(at_ns, "stderr", None, text) for at_ns, text in printed)
    recording = msgspec.structs.replace(making.recording(), events=events)
    assert decode_recording(encode_recording(recording)) == recording


def test_a_changed_line_of_output_is_one_line_of_difference() -> None:
    """Each event stands on a line of its own, so that a reviewer sees just what changed."""
    before = encode_recording(making.recording(lines=[(0, "a"), (1, "b"), (2, "c")])).splitlines()
    after = encode_recording(making.recording(lines=[(0, "a"), (1, "B"), (2, "c")])).splitlines()
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 1


def test_the_format_and_its_version_come_first() -> None:
    """A reader knows what it has before anything else."""
    assert encode_recording(making.recording()).startswith(b'{\n  "format": "asrun-recording",\n  "version": 3,\n')


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"format": "asrun-recording", "version": 99}', "newer than this AsRun"),
        (b'{"format": "something", "version": 1}', "not a recording"),
        (b"{", "not a recording"),
        (b"", "not a recording"),
        (b"\xff", "not a recording"),
    ],
)
def test_what_is_no_recording_is_refused_by_name(content: bytes, said: str) -> None:
    """A newer version and a broken file are told apart."""
    with pytest.raises(Unreadable, match=said):
        decode_recording(content)


def test_the_median_take_is_a_real_one() -> None:
    """Of an even number of takes the lower median is shown, since an average was never run."""
    takes = making.recording(walls=(4.0, 1.0, 3.0, 2.0)).takes
    assert takes[median_take(takes)].wall_ns == 2 * making.SECOND_NS


def _ended(ended: Ended, raised: str | None = None) -> Recording:
    recording = making.recording()
    return msgspec.structs.replace(recording, takes=(Take(wall_ns=1, cpu_ns=1, ended=ended),), raised=raised)


@pytest.mark.parametrize(
    ("run", "ended", "raised", "said"),
    [
        (Run(), Ended("exit", status=0), None, ""),
        (Run(exit=3), Ended("exit", status=3), None, ""),
        (Run(raises="KeyError"), Ended("exit", status=1), "KeyError", ""),
        (Run(raises="Late"), Ended("exit", status=1), "shop.errors.Late", ""),
        (Run(), Ended("exit", status=3), None, "ended with exit status 3; declared is 0"),
        (Run(exit=3), Ended("exit", status=0), None, "ended with exit status 0; declared is 3"),
        (
            Run(raises="KeyError"),
            Ended("exit", status=1),
            "ValueError",
            "ended with ValueError; declared is raises: KeyError",
        ),
        (Run(raises="KeyError"), Ended("exit", status=1), None, "ended with no exception"),
        (Run(raises="KeyError"), Ended("exit", status=0), None, "ended with exit status 0"),
        (Run(timeout=Duration(2)), Ended("timeout"), None, "was still running after 2 s"),
        (Run(), Ended("signal", signal="SIGSEGV"), None, "was killed by SIGSEGV"),
        (Run(exit=139), Ended("signal", signal="SIGSEGV"), None, "was killed by SIGSEGV"),
        (Run(), Ended("never ran", reason="no such program"), None, "never ran: no such program"),
    ],
)
def test_every_way_to_end_is_told_apart(run: Run, ended: Ended, raised: str | None, said: str) -> None:
    """Never ran, timed out, killed, failed as expected and failed otherwise are different things."""
    told = complaint(_ended(ended, raised), run)
    assert said in told
    assert bool(said) == bool(told)


def test_one_bad_take_spoils_a_recording() -> None:
    """A run is as declared when every take of it is."""
    good = making.recording(walls=(1.0, 1.0))
    bad = msgspec.structs.replace(good.takes[1], ended=Ended("exit", status=1))
    assert complaint(msgspec.structs.replace(good, takes=(good.takes[0], bad)), Run())
