"""Durations as authors write them (`250ms`, `8s`, `1m30s`) and as slides show them."""

from __future__ import annotations

import re

_NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,9})?"
_FORM = re.compile(rf"(?:(?P<h>{_NUMBER})h)?(?:(?P<m>{_NUMBER})m(?!s))?(?:(?P<s>{_NUMBER})s)?(?:(?P<ms>{_NUMBER})ms)?")
DURATION_PATTERN = rf"^(?=[0-9])({_NUMBER}h)?({_NUMBER}m(?!s))?({_NUMBER}s)?({_NUMBER}ms)?$(?!\n)"
"""The same form as a pattern that JSON Schema and JavaScript understand."""

_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}

LONGEST = 100 * 3600.0
"""Seconds: far more than any slide waits for, and far less than the system's clocks count."""


class Duration(float):
    """Seconds; in YAML a string such as `250ms`, `8s` or `1m30s`."""


def parse_duration(text: str) -> Duration:
    """Seconds of a duration as written.

    Raises ValueError, with a message for the author, for anything but numbers with the units h, m, s and ms in
    that order.
    """
    match = _FORM.fullmatch(text.strip())
    if not match or not any(match.groups()):
        raise ValueError(f"{text!r} is not a duration: write 250ms, 8s or 1m30s")
    seconds = sum(float(number) * _SECONDS[unit] for unit, number in match.groupdict().items() if number)
    if seconds > LONGEST:
        raise ValueError(f"{text!r} is too long: a duration has at most {LONGEST / 3600:.0f}h")
    return Duration(seconds)


def duration_or_none(text: str) -> Duration | None:
    """Seconds of a duration as written; None for a text that is no duration."""
    try:
        return parse_duration(text)
    except ValueError:
        return None


def show_seconds(seconds: float) -> str:
    """A duration as a slide shows it, with about three digits: `3 µs`, `12.4 ms`, `0.26 s`, `5.00 s`, `1 min 30 s`."""
    if abs(seconds) >= 59.995:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    if abs(seconds) >= 0.1:
        return f"{seconds:.2f} s"
    if abs(seconds) >= 0.0001:
        return f"{seconds * 1e3:.3g} ms"
    return f"{seconds * 1e6:.0f} µs"
