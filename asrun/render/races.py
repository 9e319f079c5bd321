"""Races: runs on one clock, their lanes above each other, or side by side with their code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from asrun.recording import Recording, complaint
from asrun.render.charts import Charts
from asrun.render.code import Listing, shown_lines
from asrun.render.facts import provenance, span_ns
from asrun.render.fit import Room
from asrun.render.marks import Marked, lane_colours, listings, marked
from asrun.render.mistakes import SlideError
from asrun.render.output import Panel, least_rows, panel
from asrun.render.replay import clock_of, player, ratio
from asrun.render.replays import CODE_LEADING, has_transport, panels_of
from asrun.render.rows import Row, rows_of
from asrun.render.stage import GAP, PANEL_Y, WIDTH, Stage, inside, output_room
from asrun.render.timeline import AXIS, HIGHEST, LOWEST, chart, frame_for, notes_height, shown_rows

_RACE = 34 + 30 + 46
"""The heights of a race's axis, of the labels above the panels and of the ratio."""

_BAR = 48
"""The height of a run's bar, where no lanes are shown."""

_HEAD, _RATIO = 40, 46
_LEAST_PANEL = 130
"""Panels that are lower than this have nothing to show in a race."""

_LABEL = 30
_LEAST_CODE = 132
"""Code that is lower than this cannot be followed: five lines."""

_CODE_LINE, _OUTPUT_LINE = 22, 26
_MOST_OUTPUT, _MOST_LANES = 0.4, 0.3
"""The parts of a side that its output and its lanes may take."""

NOWHERE = Marked((None,), {None: {}}, "[]")
"""The marks of a run of which no lanes are known."""


class Side(msgspec.Struct, frozen=True):
    """A run of a race that shows code: half of the slide."""

    listings: tuple[Listing, ...]
    files: tuple[str, ...]
    """Names for tabs, where there is more than one file."""
    stands: str | None
    panel: Panel | None
    charts: Charts | None


class _Room(msgspec.Struct, frozen=True):
    """How the parts of a side share its height, in pixels."""

    code: float
    output: float
    chart: float


def race_values(stage: Stage) -> dict[str, Any]:
    """What the template of a race is given. Raises SlideError."""
    names = stage.slide.race or ()
    recordings = [stage.recording(name) for name in names]
    labels = [stage.label(name) for name in names]
    runs = [scenario.runs[run] for scenario, run in map(stage.owner, names)]
    more: dict[str, Any] = {"sides": (), "charts": None}
    if "code" in panels_of(stage):
        room, sides = _sides(stage, names)
        panels = [side.panel for side in sides]
        more |= {"sides": sides, "room": room}
    else:
        more["charts"], panels = _stacked(stage, recordings, labels)
    comparable = not any(map(complaint, recordings, runs))
    return {
        "player": player(labels, recordings, panels, stage.options.max_replay),
        "ratio": ratio(labels, recordings) if comparable else None,
        "footer": provenance(recordings),
        **more,
    }


def _sides(stage: Stage, names: Sequence[str]) -> tuple[_Room, list[Side]]:
    """Two runs side by side, each with its code, its output and its lanes, as far as the slide shows them."""
    width = (WIDTH - GAP * (len(names) - 1)) / len(names)
    recordings = [stage.recording(name) for name in names]
    rows = [shown_rows(recording, stage.height * _MOST_LANES) for recording in recordings]
    marks = [
        marked(recording, stage.code(name), own) if recording.lanes else None
        for name, recording, own in zip(names, recordings, rows, strict=True)
    ]
    room, charts = _room(stage, names, rows, width)
    shown = [_code(stage, name, own, inside(width, room.code)) for name, own in zip(names, marks, strict=True)]
    # What stands side by side is set in one size.
    size = min(listing.fit.size for listings in shown for listing in listings)
    inner = inside(width, room.code, largest=size)
    sides = []
    for name, recording, own, drawn in zip(names, recordings, marks, charts, strict=True):
        code = stage.code(name)
        scenario, run = stage.owner(name)
        output = output_room(width, room.output, largest=22)
        lanes = lane_colours(rows_of(recording))
        printed = panel(recording, scenario.runs[run], output, clock_of(recordings), lanes=lanes)
        sides.append(
            Side(
                _code(stage, name, own, inner),
                tuple(file or code.file for file in own.files) if own and len(own.files) > 1 else (),
                own.stands if own else None,
                printed if room.output else None,
                drawn,
            )
        )
    return room, sides


def _code(stage: Stage, name: str, marks: Marked | None, room: Room) -> tuple[Listing, ...]:
    room = msgspec.structs.replace(room, leading=CODE_LEADING)
    return listings(marks or NOWHERE, stage.code(name), room)


def _room(
    stage: Stage, names: Sequence[str], rows: Sequence[Sequence[Row]], width: float
) -> tuple[_Room, list[Charts | None]]:
    """How the parts share the height: as much as it needs for the output, within limits, and for the code the rest."""
    recordings = [stage.recording(name) for name in names]
    shown, clock = panels_of(stage), clock_of(recordings)
    height: float = stage.height - _RATIO - GAP - _HEAD
    output = 0.0
    if "output" in shown:
        runs = [scenario.runs[run] for scenario, run in map(stage.owner, names)]
        lines = max(least_rows(recording, run, clock) for recording, run in zip(recordings, runs, strict=True))
        output = min(PANEL_Y + _OUTPUT_LINE * max(lines, 1), height * _MOST_OUTPUT)
        height -= output + GAP
    tall = 0.0
    charts: list[Charts | None] = [None] * len(names)
    if has_transport(stage):
        notes = max(map(notes_height, recordings, rows))
        most = max(map(len, rows))
        fixed = 4 + AXIS + notes
        wanted = max(len(shown_lines(stage.code(name), None)) for name in names) * _CODE_LINE + PANEL_Y
        pitch = min(max((height - GAP - wanted - fixed) / most, LOWEST), HIGHEST)
        tall = fixed + pitch * most
        frame = frame_for(rows, recordings, width, clock, max(map(span_ns, recordings)), 17)
        for index, (name, recording, own) in enumerate(zip(names, recordings, rows, strict=True)):
            largest = round(pitch)
            drawn = chart(recording, own, frame, tall, stage.label(name), largest=largest)
            charts[index] = Charts((drawn,), frame.left, frame.plot, drawn.top, drawn.bottom)
    else:
        tall = _BAR * len(names) + AXIS
    code = height - tall - GAP
    if code < _LEAST_CODE:
        raise SlideError("there is no room for code beside all of that: name fewer panels", "panels")
    return _Room(code, output, tall), charts


def _stacked(
    stage: Stage, recordings: Sequence[Recording], labels: Sequence[str]
) -> tuple[Charts | None, list[Panel | None]]:
    """The runs above each other, their lanes or a bar for each, and below them what they printed, side by side."""
    names = stage.slide.race or ()
    runs = [scenario.runs[run] for scenario, run in map(stage.owner, names)]
    clock = clock_of(recordings)
    count = len(names)
    has_output = "output" in panels_of(stage)
    charts = None
    height = stage.height - _BAR * count - _RACE - 2 * GAP
    if has_transport(stage):
        charts, taken = _race_charts(stage, recordings, labels, has_output)
        height = round(stage.height - taken - _RATIO - 2 * GAP - _LABEL)
    if not has_output or (charts and height < _LEAST_PANEL):
        return charts, [None] * count
    room = output_room((WIDTH - GAP * (count - 1)) / count, height, 20 if count == 2 else 18)
    panels: list[Panel | None] = []
    for recording, run in zip(recordings, runs, strict=True):
        lanes = lane_colours(rows_of(recording)) if charts else None
        panels.append(panel(recording, run, room, clock, lanes=lanes))
    return charts, panels


def _race_charts(
    stage: Stage, recordings: Sequence[Recording], labels: Sequence[str], has_output: bool
) -> tuple[Charts, float]:
    """The timelines of a race on one axis, and the height that they take with their headings."""
    count = len(recordings)
    room = stage.height - _RATIO - GAP - AXIS - (_HEAD + 8) * count
    all_rows = [shown_rows(recording, room / count + AXIS) for recording in recordings]
    rows = sum(map(len, all_rows))
    room -= sum(map(notes_height, recordings, all_rows))
    with_panels = room - _LEAST_PANEL - GAP - _LABEL
    has_panels = has_output and with_panels / rows >= LOWEST
    pitch = min(with_panels / rows, HIGHEST) if has_panels else min(max(room / rows, LOWEST), HIGHEST)
    total_ns = max(map(span_ns, recordings))
    frame = frame_for(all_rows, recordings, WIDTH, clock_of(recordings), total_ns)
    drawn = []
    for index, (recording, own, label) in enumerate(zip(recordings, all_rows, labels, strict=True)):
        is_last = index == count - 1
        tall = pitch * len(own) + 8 + (AXIS - 4 if is_last else 0) + notes_height(recording, own)
        drawn.append(chart(recording, own, frame, tall, label, largest=HIGHEST, with_axis=is_last))
    taken = sum(one.height + _HEAD for one in drawn)
    bottom = taken - drawn[-1].height + drawn[-1].bottom
    return Charts(tuple(drawn), frame.left, frame.plot, _HEAD, bottom), taken
