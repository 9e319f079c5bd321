"""Measured bars: what each run took, with the spread of its takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from asrun.durations import show_seconds
from asrun.recording import Recording, Take

Measure = Literal["wall", "cpu", "cores", "rss"]

_READ: dict[str, Callable[[Take], float]] = {
    "wall": lambda take: take.wall_ns / 1e9,
    "cpu": lambda take: take.cpu_ns / 1e9,
    "cores": lambda take: take.cpu_ns / max(take.wall_ns + (take.startup_ns or 0), 1),
    "rss": lambda take: (take.rss_bytes or 0) / 1e6,
}
_SHOW: dict[str, Callable[[float], str]] = {
    "wall": show_seconds,
    "cpu": show_seconds,
    "cores": lambda cores: f"{cores:.2f} cores",
    "rss": lambda megabytes: f"{megabytes:.3g} MB" if megabytes < 100 else f"{megabytes:,.0f} MB",
}
TITLES: dict[str, str] = {
    "wall": "How long it takes",
    "cpu": "Processor time",
    "cores": "Cores in use",
    "rss": "Peak memory",
}
_WORDS: dict[str, str] = {
    "wall": "wall time",
    "cpu": "processor time, start-up included",
    "cores": "processor time per second that it lived, start-up included",
    "rss": "peak memory of the largest process",
}


class Bar(msgspec.Struct, frozen=True):
    """One run's bar. Lengths are shares of the longest, as CSS writes them."""

    label: str
    value: str
    length: str
    least: str
    most: str
    """The whisker's ends; empty for a single take."""
    is_best: bool
    known: bool


class Comparison(msgspec.Struct, frozen=True):
    """Bars of several runs from a common zero."""

    bars: tuple[Bar, ...]
    note: str
    """What the bars and the whiskers are, in words."""


def compare(labels: Sequence[str], recordings: Sequence[Recording], measure: Measure) -> Comparison:
    """The bars for some recordings."""
    read, show = _READ[measure], _SHOW[measure]
    values = [read(recording.take) for recording in recordings]
    spreads = [[read(take) for take in recording.takes] for recording in recordings]
    longest = max((max(spread) for spread in spreads), default=0.0) or 1.0
    best = min(values) if measure != "cores" and len(values) > 1 else None
    bars = []
    for label, recording, value, spread in zip(labels, recordings, values, spreads, strict=True):
        known = measure != "rss" or recording.take.rss_bytes is not None
        several = len(spread) > 1 and known
        bars.append(
            Bar(
                label,
                show(value) if known else "not measured",
                _share(value, longest),
                _share(min(spread), longest) if several else "",
                _share(max(spread), longest) if several else "",
                value == best,
                known,
            )
        )
    return Comparison(tuple(bars), _note([len(spread) for spread in spreads], measure))


def _share(value: float, longest: float) -> str:
    return f"{100 * value / longest:.2f}%"


def _note(counts: Sequence[int], measure: Measure) -> str:
    low, high = min(counts, default=1), max(counts, default=1)
    what = _WORDS[measure]
    if high == 1:
        return f"{what}; one take each" if len(counts) > 1 else f"{what}; one take"
    takes = f"{high} takes" if low == high else f"{low} to {high} takes"
    if measure == "wall":
        return f"{what}, median of {takes}; whiskers: fastest and slowest"
    return f"{what}; median take of {takes.removesuffix(' takes')} by wall time; whiskers: least and most"
