"""The timeline: lanes as bars on an axis of time, in pixels, and the same facts as a table."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from asrun.lanes import Lane, Span
from asrun.recording import Recording
from asrun.render.clock import Clock, axis, clock_for
from asrun.render.lanewords import Fact, core_of, core_words, extent, fact_of, inside_of, notes_of
from asrun.render.rows import IDLE, Row, fold, rows_of
from asrun.render.shares import Outline, group_outlines, load_outlines, running_outline
from asrun.render.text import cells, clean

LOWEST, HIGHEST = 22, 34
"""Pixels from row to row on a slide that shows more than the timeline."""

ALONE = 70
"""The same where there is nothing else on the slide."""

AXIS = 28
FLAGS = 24
"""The height of the strip with the numbers of moments."""
NOTE = 26

_LABEL_SHARE = 0.62
"""Width of a character of the labels, in em."""
_MONO_SHARE = 0.605
_NOTE_CHARACTER = 9.2
"""Width of an average character of the notes in pixels."""
_AXIS_CHARACTER = 10
_TALLEST = 46
"""Pixels of what runs at the most."""
_LONGEST_LABEL = 22
_WORDS = 150
"""Pixels for what is said at the end of a row."""
_LEAST_CORE = 0.02
"""The share of a core from which on some lane must have had it, for what each had to be said."""
_LEAST_RUN = 3.0
"""Pixels at which a run that is too short to see is drawn."""
_MANY_SPANS = 240
"""Spans of one row that are drawn one by one."""
_DOT_STEP = 3
_LINKED_ROWS = 12


class Bar(msgspec.Struct, frozen=True):
    """A stretch of a row."""

    state: Literal["run", "wait", "open", "whole"]
    """`open` where an area says how much it ran, `whole` where it is not known what it did."""
    x: float
    width: float
    text: str = ""
    """What it waits for, where that fits."""


class End(msgspec.Struct, frozen=True):
    """The end of a lane."""

    how: Literal["done", "cancelled", "failed"]
    x: float
    text_x: float
    anchor: Literal["start", "end"]
    """Whether the text stands after or before that place."""
    text: str
    """Empty for one that is done."""


class DrawnRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row as it is drawn; places are pixels from the beginning of the plot."""

    label: str
    full_label: str
    colour: int
    is_group: bool
    middle: float
    bars: tuple[Bar, ...]
    outlines: tuple[Outline, ...]
    """Areas whose height is a share, from the bottom of the bar."""
    dots: tuple[float, ...]
    """Where something was printed."""
    end: End | None
    words: str
    inside: str
    """What is said within the row of a group."""


class Link(msgspec.Struct, frozen=True):
    """A thin line from one row to another: who made whom, and whose end was waited for."""

    x: float
    from_y: float
    to_y: float


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """A timeline in pixels."""

    label: str
    width: float
    """Of all of it."""
    left: float
    """Where the plot begins; the labels stand before it."""
    plot: float
    """How wide it is."""
    top: float
    bottom: float
    """Where the rows end and the axis begins."""
    height: float
    pitch: float
    bar: float
    """The height of what waits."""
    run: float
    """The height of what runs."""
    size: int
    """The type size of the labels."""
    small: int
    """The type size within the bars."""
    rows: tuple[DrawnRow, ...]
    links: tuple[Link, ...]
    axis: tuple[tuple[float, str], ...]
    flags: tuple[tuple[float, float, int], ...]
    """Numbered moments: their place, where the number stands, and the number."""
    notes: tuple[str, ...]
    facts: tuple[Fact, ...]
    has_core: bool


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What charts of one slide have in common, so that their moments stand above each other."""

    width: float
    left: float
    words: float
    total_ns: int
    clock: Clock

    @property
    def plot(self) -> float:
        """The pixels between the labels and what is said at the end of rows."""
        return self.width - self.left - self.words - 22

    def x(self, at_ns: int) -> float:
        """The place of a moment, from the beginning of the plot."""
        return round(self.plot * min(max(at_ns / max(self.total_ns, 1), 0), 1), 1)


def frame_for(
    groups: Sequence[Sequence[Row]],
    recordings: Sequence[Recording],
    width: float,
    clock: Clock,
    total_ns: int,
    size: int = 19,
) -> Frame:
    """A frame in which the labels of all these rows have room."""
    labels = [cells(_cut(row.label)) for rows in groups for row in rows]
    has_words = any(
        not row.is_group and (core_of(recording, row) or 0) >= _LEAST_CORE
        for rows, recording in zip(groups, recordings, strict=True)
        for row in rows
    )
    left = max([*labels, 4]) * size * _LABEL_SHARE + 20
    return Frame(width=width, left=round(left), words=_WORDS if has_words else 0, total_ns=total_ns, clock=clock)


def shown_rows(recording: Recording, height: float) -> tuple[Row, ...]:
    """The rows for which there is room; one for the whole run where its lanes are not known."""
    rows = rows_of(recording)
    if not rows:
        return (Row(lanes=(), label="run", kind="process", family="run", colour=0),)
    return fold(rows, max(int((height - AXIS) / LOWEST), 2))


def chart(
    recording: Recording,
    rows: Sequence[Row],
    frame: Frame,
    height: float,
    label: str,
    *,
    largest: int = HIGHEST,
    moments: Sequence[int] = (),
    with_axis: bool = True,
    is_alone: bool = False,
    heading: int = 0,
) -> Chart:
    """The timeline of a recording within some height, of which it takes no more than it needs.

    `heading` is the height of a line above each row, for charts that are too narrow to have names beside the rows.
    """
    notes = tuple(notes_of(recording, rows))
    if is_alone and not recording.lanes and not notes:
        notes = ("what it did inside is not known",)
    if is_alone and any(lane.load for row in rows for lane in _lanes(recording, row)):
        stretch = clock_for(recording.stretch_ns)
        step = f"{recording.stretch_ns / stretch.ns_per_unit:.3g} {stretch.unit}"
        notes = (f"height of the fill: share of each {step} spent on a core, read from the kernel", *notes)
    columns = int((frame.width - frame.left) / _NOTE_CHARACTER)
    notes = tuple(line for note in notes for line in textwrap.wrap(note, columns))
    top = FLAGS if moments else 4
    room = height - top - (AXIS if with_axis else 4) - NOTE * len(notes) - heading * len(rows)
    pitch = min(max(room / max(len(rows), 1), LOWEST), largest)
    is_large = pitch >= 40
    bottom = top + (pitch + heading) * len(rows)
    run = round(min(pitch * 0.76, _TALLEST), 1)
    small = 20 if is_large else 16 if pitch >= 30 else 15 if pitch >= 25 else 14
    bar = round(max(run * 0.68, small + 2), 1)
    spans: dict[int, list[Span]] = {}
    for span in recording.spans:
        spans.setdefault(span.lane, []).append(span)
    prints: dict[int | None, list[int]] = {}
    for event in recording.events:
        prints.setdefault(event.lane, []).append(event.at_ns)
    look = _Look(small, run, _names(recording, rows))
    drawn = []
    for index, row in enumerate(rows):
        own = sorted((span for lane in row.lanes for span in spans.get(lane, ())), key=lambda span: span.begin_ns)
        at = prints.get(None, []) if not row.lanes else [at for lane in row.lanes for at in prints.get(lane, ())]
        if not row.lanes:
            at = [event.at_ns for event in recording.events]
        middle = top + pitch * (index + 0.5) + heading * (index + 1)
        drawn.append(_draw(recording, row, own, at, frame, middle, look))
    marks = [(frame.x(round(share * frame.total_ns)), text) for share, text in _axis(frame)] if with_axis else []
    return Chart(
        label=label,
        width=frame.width,
        left=frame.left,
        plot=frame.plot,
        top=top,
        bottom=bottom,
        height=round(bottom + (AXIS if with_axis else 4) + NOTE * len(notes)),
        pitch=pitch,
        bar=bar,
        run=run,
        size=25 if is_large else 19 if pitch >= 28 else 17,
        small=small,
        rows=tuple(drawn),
        links=tuple(_links(recording, rows, frame, [row.middle for row in drawn])),
        axis=tuple(marks),
        flags=tuple(_flags(moments, frame)),
        notes=notes,
        facts=tuple(fact_of(recording, row, frame.clock, prints) for row in rows),
        has_core=any(core_of(recording, row) is not None for row in rows),
    )


def notes_height(recording: Recording, rows: Sequence[Row]) -> int:
    """The height of what has to be said below a timeline."""
    return NOTE * len(list(notes_of(recording, rows)))


def _lanes(recording: Recording, row: Row) -> list[Lane]:
    return [recording.lanes[number] for number in row.lanes]


def _axis(frame: Frame) -> Iterator[tuple[float, str]]:
    marks = [(float(place.removesuffix("%")) / 100, text) for place, text in axis(frame.total_ns, frame.clock)]
    apart = frame.plot * marks[1][0] if len(marks) > 1 else 0
    widest = max((cells(text) for _, text in marks), default=0) * _AXIS_CHARACTER + 12
    every = next((step for step in (1, 2, 5, 10) if apart * step >= widest), 10)
    yield from marks[::every]


def _flags(moments: Sequence[int], frame: Frame) -> Iterator[tuple[float, float, int]]:
    """Numbers of moments above the rows, none on another: those too near to each other stand side by side."""
    at = -100.0
    rest = len(moments)
    for number, moment_ns in enumerate(moments, 1):
        x = frame.x(moment_ns)
        rest -= 1
        at = min(max(x, at + 22), frame.plot + 10 - 22 * rest)
        yield x, at, number


class _Look(msgspec.Struct, frozen=True):
    small: int
    run: float
    names: Mapping[str, str]


def _draw(
    recording: Recording,
    row: Row,
    spans: Sequence[Span],
    prints: Sequence[int],
    frame: Frame,
    middle: float,
    look: _Look,
) -> DrawnRow:
    small, run, names = look.small, look.run, look.names
    lanes = [recording.lanes[number] for number in row.lanes]
    begin_ns, end_ns = extent(recording, lanes)
    bars: tuple[Bar, ...] = ()
    outlines: tuple[Outline, ...] = ()
    load = next((lane for lane in lanes if lane.load), None) if not row.is_group else None
    whole = Bar("open", frame.x(begin_ns), max(frame.x(end_ns) - frame.x(begin_ns), _LEAST_RUN))
    if row.is_group:
        outlines = group_outlines(lanes, spans, recording.take.wall_ns, frame.total_ns, frame.plot, run)
    elif load is not None:
        long = _long_runs(spans, begin_ns, end_ns, recording.stretch_ns)
        rest = [span for span in spans if (span.begin_ns, span.end_ns) not in long] if len(spans) <= _MANY_SPANS else []
        opened = (Bar("open", frame.x(begin), round(frame.x(end) - frame.x(begin), 1)) for begin, end in long)
        bars = (*opened, *_bars(rest, frame, small, names))
        outlines = tuple(load_outlines(load.load, recording.stretch_ns, long, frame.x, run))
    elif not lanes:
        bars = (Bar("whole", whole.x, whole.width),)
    elif len(spans) > _MANY_SPANS:
        bars = (whole,)
        outlines = (running_outline(spans, frame.total_ns, frame.plot, run),)
    else:
        bars = tuple(_bars(spans, frame, small, names))
    core = None if row.is_group else core_of(recording, row)
    return DrawnRow(
        label=_cut(row.label),
        full_label=row.label,
        colour=row.colour,
        is_group=row.is_group,
        middle=round(middle, 1),
        bars=bars,
        outlines=outlines,
        dots=tuple(_apart(sorted(map(frame.x, prints)))),
        end=None if row.is_group else _end(lanes, frame, small),
        words=core_words(core) if core is not None and frame.words else "",
        inside=inside_of(row, lanes, frame.clock) if row.is_group else "",
    )


def _long_runs(spans: Sequence[Span], begin_ns: int, end_ns: int, stretch_ns: int) -> list[tuple[int, int]]:
    """When a lane ran for long enough to say how much of a core it had; all its life where too much happened in it."""
    if not spans or len(spans) > _MANY_SPANS:
        return [(begin_ns, end_ns)]
    runs = [(span.begin_ns, span.end_ns) for span in spans if span.state == "running"]
    return [(begin, end) for begin, end in runs if end - begin >= 2 * stretch_ns]


def _apart(places: Sequence[float]) -> Iterator[float]:
    """Those of rising places that can be told from the one before."""
    last = -1000.0
    for place in places:
        if place - last >= _DOT_STEP:
            yield place
            last = place


def _bars(spans: Sequence[Span], frame: Frame, small: int, names: Mapping[str, str]) -> Iterator[Bar]:
    """What waits first, so that what runs lies above it."""
    runs = []
    for span in spans:
        x = frame.x(span.begin_ns)
        width = round(frame.x(span.end_ns) - x, 1)
        if span.state == "running":
            runs.append(Bar("run", x, max(width, _LEAST_RUN)))
        elif width >= 1:
            on = "idle" if span.on == IDLE and span.line is None else names.get(span.on or "", span.on or "")
            text = clean(on).replace("\n", " ")
            fits = cells(text) * small * _MONO_SHARE + 16 <= width
            yield Bar("wait", x, width, text if fits else "")
    # Runs that touch are drawn as one, and one that is too short to see is not drawn twice.
    joined: list[Bar] = []
    for bar in runs:
        if joined and bar.x <= joined[-1].x + joined[-1].width:
            last = joined[-1]
            joined[-1] = Bar("run", last.x, round(max(bar.x + bar.width - last.x, last.width), 1))
        else:
            joined.append(bar)
    yield from joined


def _end(lanes: Sequence[Lane], frame: Frame, small: int) -> End | None:
    if not lanes or lanes[0].ended_ns is None:
        return None
    how = next((lane.ended for lane in lanes if lane.ended not in (None, "done")), None) or "done"
    x = frame.x(lanes[0].ended_ns)
    text = "" if how == "done" else f"✕ {how}"
    width = cells(text) * small * _LABEL_SHARE + 10
    fits_after = x + width <= frame.plot + 16
    return End(how, x, x + 7 if fits_after else x - 7, "start" if fits_after else "end", text)


def _names(recording: Recording, rows: Sequence[Row]) -> dict[str, str]:
    """What lanes are called in waits for them, and what their rows are called."""
    names: dict[str, str] = {}
    for row in rows:
        for number in () if row.is_group else row.lanes:
            lane = recording.lanes[number]
            names.setdefault(f"{lane.kind} {lane.name}", row.label)
    return names


def _links(recording: Recording, rows: Sequence[Row], frame: Frame, middles: Sequence[float]) -> Iterator[Link]:
    """Who made whom, where that was not at the beginning; and whose end ended whose wait."""
    if len(rows) > _LINKED_ROWS:
        return
    row_of = {lane: index for index, row in enumerate(rows) if not row.is_group for lane in row.lanes}
    by_name: dict[str, int] = {}
    for number, lane in enumerate(recording.lanes):
        by_name.setdefault(f"{lane.kind} {lane.name}", number)
        if number in row_of and lane.parent in row_of and row_of[lane.parent] != row_of[number]:
            x = frame.x(lane.began_ns)
            if x - frame.x(recording.lanes[lane.parent].began_ns) > frame.plot * 0.03:
                yield Link(x, middles[row_of[lane.parent]], middles[row_of[number]])
    near_ns = frame.total_ns // 50
    for span in recording.spans:
        waited = by_name.get(span.on or "") if span.state == "waiting" else None
        if waited is None or waited not in row_of or span.lane not in row_of:
            continue
        ended_ns = recording.lanes[waited].ended_ns
        is_long = span.end_ns - span.begin_ns > near_ns
        if is_long and ended_ns is not None and span.begin_ns < ended_ns and abs(span.end_ns - ended_ns) <= near_ns:
            yield Link(frame.x(span.end_ns), middles[row_of[waited]], middles[row_of[span.lane]])


def _cut(label: str) -> str:
    return label if cells(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…"
