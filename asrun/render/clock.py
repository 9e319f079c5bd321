"""Time on a slide: units and digits that suit a run's length, and how fast it is shown."""

from __future__ import annotations

import math

import msgspec


class Clock(msgspec.Struct, frozen=True):
    """How the times of a slide are written."""

    unit: str
    ns_per_unit: int
    digits: int

    def show(self, ns: int) -> str:
        """A time without its unit, such as `1.25`."""
        return f"{ns / self.ns_per_unit:.{self.digits}f}"

    @property
    def scale(self) -> int:
        """How many of the units a second has."""
        return 1_000_000_000 // self.ns_per_unit


def clock_for(total_ns: int) -> Clock:
    """Seconds for runs of 0.1 s and more, milliseconds below; about three digits."""
    if total_ns >= 100_000_000:
        return Clock("s", 1_000_000_000, 1 if total_ns >= 100e9 else 2 if total_ns >= 1e9 else 3)
    return Clock("ms", 1_000_000, 1 if total_ns >= 10e6 else 2)


def seconds(ns: int) -> str:
    """Seconds for scripts and style sheets, exact to the microsecond."""
    return f"{ns / 1e9:.6f}".rstrip("0").rstrip(".")


def percent(ns: int, total_ns: int) -> str:
    """A moment as a share of the whole, as CSS writes it."""
    return f"{100 * min(ns / max(total_ns, 1), 1):.3f}".rstrip("0").rstrip(".") + "%"


def replay_rate(total_ns: int, longest: float) -> float:
    """How many times as fast a run is shown so that it takes at most `longest` seconds; 1 is real time."""
    ratio = total_ns / 1e9 / max(longest, 0.001)
    if ratio <= 1:
        return 1.0
    return math.ceil(ratio * 10) / 10 if ratio < 10 else float(math.ceil(ratio))


def axis(total_ns: int, clock: Clock) -> tuple[tuple[str, str], ...]:
    """Marks for a time axis from zero: position and label, at round numbers, ten or fewer."""
    total = total_ns / clock.ns_per_unit
    step = 10.0 ** math.floor(math.log10(max(total, 1e-6))) / 10
    step = next(step * factor for factor in (1, 2, 5, 10, 20) if total / (step * factor) <= 10)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    count = math.floor(total / step + 1e-9)
    return tuple(
        (percent(round(number * step * clock.ns_per_unit), total_ns), f"{number * step:.{digits}f} {clock.unit}")
        for number in range(count + 1)
    )
