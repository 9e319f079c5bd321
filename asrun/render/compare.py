"""Measured bars: what each run took, with every take, on an axis from zero; in one group or in several."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import msgspec
from markupsafe import Markup

from asrun.durations import show_seconds
from asrun.model import Measure
from asrun.recording import Recording, Take
from asrun.render.facts import provenance
from asrun.render.mistakes import SlideError
from asrun.render.stage import Stage
from asrun.render.text import cells

_READ: dict[Measure, Callable[[Take], float]] = {
    "wall": lambda take: take.wall_ns / 1e9,
    "cpu": lambda take: take.cpu_ns / 1e9,
    "cores": lambda take: take.cpu_ns / max(take.wall_ns + (take.startup_ns or 0), 1),
    "rss": lambda take: (take.rss_bytes or 0) / 1e6,
}
_SHOW: dict[Measure, Callable[[float], str]] = {
    "wall": show_seconds,
    "cpu": show_seconds,
    "cores": lambda cores: f"{cores:.2f} cores",
    "rss": lambda megabytes: f"{megabytes:.3g} MB" if megabytes < 100 else f"{megabytes:,.0f} MB",
}
TITLES: dict[Measure, str] = {
    "wall": "How long it takes",
    "cpu": "Processor time",
    "cores": "Cores in use",
    "rss": "Peak memory",
}
_WORDS: dict[Measure, str] = {
    "wall": "wall time",
    "cpu": "processor time, start-up included",
    "cores": "processor time per second that it lived, start-up included",
    "rss": "peak memory of the largest process",
}

_MANY_TAKES = 20
"""Takes of one run of which each gets a dot."""

_NOTE, _AXIS = 50, 36
"""Heights in pixels, as templates/kinds.css has them."""

_HEADING, _LOW_HEADING = 54, 38
"""The height of a group's title, and where there are many bars."""

_MANY_BARS = 8

_TALLEST = 84
_LARGEST_LABEL, _LARGEST_VALUE = 26, 32
_SMALLEST = 15
_CHARACTER = 0.64
"""Width of an average bold character, in em."""

_WIDEST_LABEL = 420
_VALUE_GAP = 30
_MOST_MARKS = 8
_MARK = 84
"""Pixels that a mark of the axis needs."""


class Bar(msgspec.Struct, frozen=True):
    """One run's bar. Lengths are shares of the longest, as CSS writes them."""

    label: str
    value: str
    length: str
    least: str
    most: str
    """The ends of its takes; empty for a single one."""
    dots: tuple[str, ...]
    """Every take, where there are not too many."""
    spread: str
    """The same in words."""
    is_marked: bool
    known: bool


class Group(msgspec.Struct, frozen=True):
    """Bars that belong together."""

    title: Markup | str
    bars: tuple[Bar, ...]


class Layout(msgspec.Struct, frozen=True):
    """Heights, widths and type sizes in pixels."""

    row: int
    heading: int
    label: int
    labels: int
    value: int
    values: int

    @property
    def style(self) -> str:
        """As CSS custom properties."""
        fields = zip(self.__struct_fields__, msgspec.structs.astuple(self), strict=True)
        return ";".join(f"--{name}:{pixels}px" for name, pixels in fields)


def compare_values(stage: Stage) -> dict[str, Any]:
    """What the template of a comparison is given."""
    slide = stage.slide
    groups = [(_title(stage, title), names) for title, names in slide.compared]
    recordings = {name: None if stage.is_missing(name) else stage.recording(name) for name in slide.run_names}
    chosen = (slide.highlight,) if isinstance(slide.highlight, str) else slide.highlight
    labelled = [list(zip(stage.labels(names), map(recordings.get, names), strict=True)) for _, names in groups]
    bars = bars_of(labelled, slide.measure)
    best = [_best(own) if slide.measure != "cores" and len(own) > 1 else () for own in bars]
    made = []
    for (title, names), own, wins in zip(groups, bars, best, strict=True):
        marked = [name in chosen for name in names] if chosen is not None else [bar.value in wins for bar in own]
        kept = [msgspec.structs.replace(bar, is_marked=is_marked) for bar, is_marked in zip(own, marked, strict=True)]
        made.append(Group(title, tuple(kept)))
    layout = _layout(made, stage.height)
    plot = stage.width - layout.labels - layout.values
    taken = [recording for recording in recordings.values() if recording is not None]
    return {
        "groups": made,
        "layout": layout,
        "marks": tuple(_marks(_longest(taken, slide.measure), slide.measure, plot)),
        "note": note([len(recording.takes) for recording in taken], slide.measure),
        "footer": provenance(taken),
    }


def _title(stage: Stage, title: str) -> Markup | str:
    try:
        return stage.prose.line(title) if title else ""
    except SlideError as error:
        raise SlideError(str(error), "compare", title) from error


def _longest(recordings: Collection[Recording], measure: Measure) -> float:
    read = _READ[measure]
    return max((read(take) for recording in recordings for take in recording.takes), default=0.0) or 1.0


def bars_of(groups: Sequence[Sequence[tuple[str, Recording | None]]], measure: Measure) -> list[list[Bar]]:
    """The bars of labelled recordings, all on one axis; None is a run whose interpreter was not there."""
    longest = _longest([recording for group in groups for _, recording in group if recording is not None], measure)
    return [[_bar(label, recording, measure, longest) for label, recording in group] for group in groups]


def _bar(label: str, recording: Recording | None, measure: Measure, longest: float) -> Bar:
    if recording is None:
        return Bar(label, "not installed where this was recorded", "0", "", "", (), "", is_marked=False, known=False)
    read, show = _READ[measure], _SHOW[measure]
    known = measure != "rss" or recording.take.rss_bytes is not None
    takes = sorted(map(read, recording.takes))
    several = len(takes) > 1 and known
    return Bar(
        label,
        show(read(recording.take)) if known else "not measured",
        _share(read(recording.take), longest) if known else "0",
        _share(takes[0], longest) if several else "",
        _share(takes[-1], longest) if several else "",
        tuple(_share(take, longest) for take in takes) if several and len(takes) <= _MANY_TAKES else (),
        f"{len(takes)} takes, from {show(takes[0])} to {show(takes[-1])}" if several else "",
        is_marked=False,
        known=known,
    )


def _best(bars: Sequence[Bar]) -> tuple[str, ...]:
    """The least value, as shown: who shows the same cannot be told apart."""
    known = [bar for bar in bars if bar.known]
    return (min(known, key=lambda bar: float(bar.length.rstrip("%"))).value,) if known else ()


def _share(value: float, longest: float) -> str:
    return f"{100 * value / longest:.2f}%"


def _layout(groups: Sequence[Group], height: float) -> Layout:
    bars = [bar for group in groups for bar in group.bars]
    heading = _HEADING if len(bars) <= _MANY_BARS else _LOW_HEADING
    headings = heading * sum(1 for group in groups if group.title)
    row = min(int((height - _NOTE - _AXIS - headings) / max(len(bars), 1)), _TALLEST)
    widest = max((cells(bar.label) for bar in bars), default=0)
    label = max(min(_LARGEST_LABEL, int(row * 0.6)), _SMALLEST)
    if widest * label * _CHARACTER > _WIDEST_LABEL:  # it stands on two lines
        label = max(min(label, int(row / 2.4)), _SMALLEST)
    value = max(min(_LARGEST_VALUE, int(row * 0.64)), _SMALLEST)
    return Layout(
        row=row,
        heading=heading,
        label=label,
        labels=int(min(max(widest * label * _CHARACTER, 80), _WIDEST_LABEL)) + 24,
        value=value,
        values=int(max((cells(bar.value) for bar in bars if bar.known), default=0) * value * _CHARACTER) + _VALUE_GAP,
    )


def _marks(longest: float, measure: Measure, plot: float) -> Iterator[tuple[str, str]]:
    """Places and labels of round numbers, from zero to the longest."""
    scale, unit = 1.0, {"cores": "", "rss": " MB"}.get(measure, " s")
    if unit == " s" and longest < 0.1:
        scale, unit = (1e3, " ms") if longest >= 0.0001 else (1e6, " µs")
    total = longest * scale
    most = max(min(_MOST_MARKS, int(plot / _MARK)), 1)
    step = 10.0 ** math.floor(math.log10(total)) / 10
    step = next(step * factor for factor in (1, 2, 5, 10, 20, 50, 100) if total / (step * factor) <= most)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    for number in range(math.floor(total / step + 1e-9) + 1):
        yield _share(number * step, total), f"{number * step:.{digits}f}{unit}" if number else "0"


def note(counts: Sequence[int], measure: Measure) -> str:
    """What bars and dots are, in words; `counts` are the takes of each run."""
    low, high = min(counts, default=1), max(counts, default=1)
    what = _WORDS[measure]
    if high == 1:
        return f"{what}; one take each" if len(counts) > 1 else f"{what}; one take"
    takes = f"{high} takes" if low == high else f"{low} to {high} takes"
    bar = f"median of {takes}" if measure == "wall" else f"median take of {takes.removesuffix(' takes')} by wall time"
    each = "each dot is a take" if high <= _MANY_TAKES else "whiskers: least and most"
    return f"{what}, {bar}; {each}"
