"""What a deck rests on: claims at the size that their number allows, and where the recordings come from."""

from __future__ import annotations

import msgspec
import pytest

from asrun.model import Claim, Run, Slide
from asrun.recording import Machine, Python, Recording
from asrun.render.evidence import sizes_for
from tests import making
from tests.rendering import render, scenario, slide, texts

RUNS = {"slow": Run(code="x"), "fast": Run(code="x"), "shell": Run(shell="x")}


def environment(*recordings: Recording) -> str:
    """The slide of the environment of these recordings."""
    return slide(render(scenario(Slide(environment=True), runs=RUNS), recordings))


def busy(recording: Recording) -> Recording:
    """The recording, with a take that others disturbed."""
    takes = tuple(msgspec.structs.replace(take, disturbed=True) for take in recording.takes)
    return msgspec.structs.replace(recording, takes=takes)


def test_the_environment_counts_runs_takes_interpreters_and_machines() -> None:
    """Each number is that of the deck's recordings, and each place has its share in the table."""
    other = Python("3.14.0", "CPython")
    html = environment(
        making.recording("slow", walls=[1.0, 2.0]),
        msgspec.structs.replace(making.recording("fast"), python=other, machine=Machine("Another", 8, "Linux 6.1")),
        msgspec.structs.replace(making.recording("shell"), python=None),
    )
    assert texts(html, "li") == ["3 runs", "4 takes", "2 interpreters", "2 machines"]
    assert texts(html, "td.count") == ["1", "2", "1", "1", "1", "1"]
    assert texts(html, "td")[0:5] == ["CPython 3.11.7", "Linux 6.1, 2 cores", "A processor", "1", "2"]


def test_the_environment_says_which_runs_were_disturbed() -> None:
    """A busy machine is named with its runs; a quiet one is said to have been quiet; a date is never told."""
    quiet = texts(environment(making.recording("slow")), "p.note")
    assert quiet[0].startswith("No take was kept")
    assert "Neither a date" in quiet[1]
    noisy = texts(environment(busy(making.recording("slow")), making.recording("fast")), "p.note")
    assert noisy[0] == "Recorded while the machine was busy, so that times are too long: one.slow."


def test_many_disturbed_runs_are_counted() -> None:
    """Of more runs than a sentence holds there is the number."""
    names = [f"run{number}" for number in range(6)]
    of = scenario(Slide(environment=True), runs={name: Run(code="x") for name in names})
    html = slide(render(of, [busy(making.recording(name)) for name in names]))
    assert texts(html, "p.note")[0].startswith("6 of 6 runs were recorded while")


@pytest.mark.parametrize(
    ("count", "length", "size", "columns"), [(3, 40, 30, 1), (12, 60, 25, 1), (20, 40, 24, 2), (40, 200, 20, 2)]
)
def test_claims_are_as_large_as_their_number_allows(count: int, length: int, size: int, columns: int) -> None:
    """Few claims are large, many stand in two columns, and too many overflow at a size that can still be read."""
    sizes = sizes_for([("x" * length, False)] * count, 0, 584)
    assert (sizes.size, sizes.columns) == (size, columns)


def test_claims_are_counted() -> None:
    """The footer says how many of the claims on the slide hold."""
    claims = [Claim(that="slow.wall < 2"), Claim(that="slow.wall > 2"), Claim(that="slow.exit == 0")]
    html = slide(render(scenario(Slide(claims=True), runs=RUNS, claims=claims), [making.recording("slow")]))
    assert texts(html, "p.footer") == ["2 of 3 claims hold 2 / 2"]
