"""Durations, as authors write them and as slides show them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrun.durations import LONGEST, Duration, parse_duration, show_seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("250ms", 0.25),
        ("8s", 8),
        ("1m30s", 90),
        ("1h", 3600),
        ("1h0.5m1s1ms", 3631.001),
        ("1.5s", 1.5),
        ("0s", 0),
        (" 2m ", 120),
        ("5m250ms", 300.25),
    ],
)
def test_numbers_with_units_are_seconds(text: str, seconds: float) -> None:
    """Hours, minutes, seconds and milliseconds, in this order, each at most once."""
    parsed = parse_duration(text)
    assert isinstance(parsed, Duration)
    assert parsed == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", " ", "5", "s", "5 s", "1s1m", "1s1s", "-1s", "1e3s", ".5s", "٣s", "5S", "inf", "5ms1s"]
)
def test_anything_else_is_refused_with_examples(text: str) -> None:
    """The message shows what was written, and what could be."""
    with pytest.raises(ValueError, match="is not a duration: write 250ms, 8s or 1m30s"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["101h", "999999999s", "9" * 9 + "h"])
def test_durations_that_no_clock_can_count_are_refused(text: str) -> None:
    """The longest one is said."""
    with pytest.raises(ValueError, match="too long: a duration has at most 100h"):
        parse_duration(text)


@settings(deadline=None)
@given(st.text(alphabet="0123456789.hms \n٣-+e", max_size=20) | st.text())
def test_a_text_is_a_duration_or_is_refused(text: str) -> None:
    """Whatever is written, the result is a number of seconds that a clock can count."""
    try:
        seconds = parse_duration(text)
    except ValueError:
        return
    assert 0 <= seconds <= LONGEST


@settings(deadline=None)
@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_the_parts_of_a_duration_add_up(hours: int, minutes: int, seconds: int, ms: int) -> None:
    """Each unit counts for what it says."""
    parsed = parse_duration(f"{hours}h{minutes}m{seconds}s{ms}ms")
    assert parsed == pytest.approx(hours * 3600 + minutes * 60 + seconds + ms / 1000)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 µs"),
        (3e-6, "3 µs"),
        (0.0124, "12.4 ms"),
        (0.26, "0.26 s"),
        (5, "5.00 s"),
        (59.99, "59.99 s"),
        (59.996, "1 min"),
        (60, "1 min"),
        (90.4, "1 min 30 s"),
        (-0.5, "-0.50 s"),
    ],
)
def test_seconds_are_shown_with_about_three_digits(seconds: float, shown: str) -> None:
    """The unit fits the size."""
    assert show_seconds(seconds) == shown


@settings(deadline=None)
@given(st.floats(1e-6, 1e6))
def test_a_longer_time_never_looks_shorter(seconds: float) -> None:
    """What is shown, read back, is within one unit of its last digit."""
    shown = show_seconds(seconds)
    units = {"µs": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0}
    parts = shown.split(" ")
    read = sum(float(number) * units[unit] for number, unit in zip(parts[::2], parts[1::2], strict=True))
    last_digit = 5e-7 if seconds < 1e-4 else 0.005 if 0.1 <= seconds < 60 else 0.0
    assert math.isclose(read, seconds, rel_tol=0.01, abs_tol=last_digit * 1.001)
