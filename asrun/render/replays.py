"""Slides with a clock, or with lanes: replays, races and timelines, and how their parts share the slide."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from asrun.inputs import Code
from asrun.recording import Recording, complaint
from asrun.render.code import Listing, code_texts, listing, prefix, shown_lines
from asrun.render.facts import provenance, span_ns
from asrun.render.fit import ADVANCE
from asrun.render.moments import said_height, stops_of
from asrun.render.output import Panel, panel, widths
from asrun.render.replay import clock_of, player, ratio
from asrun.render.rows import Row, rows_of
from asrun.render.stage import GAP, PANEL_X, PANEL_Y, WIDTH, Stage, inside, output_room
from asrun.render.stands import Stand, Stands
from asrun.render.text import cells
from asrun.render.timeline import ALONE, AXIS, FLAGS, HIGHEST, LOWEST, Chart, chart, frame_for, notes_height, shown_rows

TRANSPORT = 380
"""The width of the clock and the buttons beside a title."""

_TIME_BAR = 80
"""The height of a replay's time bar, where no lanes are known."""

_RACE = 34 + 30 + 46
"""The heights of a race's axis, of the labels above the panels and of the ratio."""

_RACE_HEAD, _RATIO = 40, 46

_SHORT = 8
"""Code of up to this many lines may stand above the output instead of beside it."""

_CODE_LINE = 23
_TABS = 34
_MOST_FILES = 4
_LEAST_PANEL = 130
"""Panels that are lower than this have nothing to show in a race."""

_MOST_CHART = 0.46
"""The part of a replay that its timeline may take."""

_CHIP = 0.62
"""Width of a character of a chip, relative to one of the code at its smallest."""


class Charts(msgspec.Struct, frozen=True):
    """Timelines above each other, on one clock."""

    charts: tuple[Chart, ...]
    left: float
    plot: float
    top: float
    bottom: float
    """Where the last of them ends, without its axis."""


def has_transport(stage: Stage) -> bool:
    """Whether the clock and the buttons of a slide stand beside its title: where lanes are shown. Raises SlideError."""
    slide = stage.slide
    return slide.kind in ("replay", "race") and any(stage.recording(name).lanes for name in slide.run_names)


def replay_values(stage: Stage) -> dict[str, Any]:
    """What the template of a replay is given."""
    name = stage.slide.replay or ""
    recording = stage.recording(name)
    label = stage.label(name)
    clock = clock_of([recording])
    stops = stops_of(stage.slide.moments, recording, stage.prose, clock)
    said = said_height(stops)
    stage = msgspec.structs.replace(stage, height=stage.height - (said + GAP if said else 0))
    more: dict[str, Any] = {"stops": stops, "said": said, "charts": None, "stands": None, "files": ()}
    if recording.lanes:
        chosen, lanes = _whole(stage, name, [stop.at_ns for stop in stops])
        more |= lanes
    else:
        chosen = _plain(stage, name)
    return {
        "listing": chosen.listing,
        "more": chosen.more,
        "file": stage.code(name).file,
        "columns": chosen.columns,
        "player": player([label], [recording], [chosen.panel], stage.options.max_replay),
        "label": label,
        "footer": provenance([recording]),
        **more,
    }


class _Arrangement(msgspec.Struct, frozen=True):
    """Code and output on a slide of a replay."""

    listing: Listing
    panel: Panel
    columns: str
    """CSS for the columns of the grid; one where the code stands above the output."""
    more: tuple[Listing, ...] = ()
    """Further files, which take turns with the first."""

    @property
    def smallest_type(self) -> int:
        return min(self.listing.fit.size, self.panel.fit.size)


def _plain(stage: Stage, name: str) -> _Arrangement:
    """A replay of a run of which no lanes are known, with a time bar."""
    height = stage.height - _TIME_BAR - GAP
    beside = _beside(stage, name, height)
    above = _above(stage, name, height) if beside.listing.rows <= _SHORT else beside
    # The larger type wins; code beside its output is what an audience is used to.
    return above if above.smallest_type > beside.smallest_type else beside


def _whole(stage: Stage, name: str, moments: Sequence[int]) -> tuple[_Arrangement, dict[str, Any]]:
    """A replay with code, output and lanes."""
    recording, code, excerpt = stage.recording(name), stage.code(name), stage.slide.lines
    flags = FLAGS if moments else 4
    all_rows = rows_of(recording)
    height = stage.height - GAP
    rows = shown_rows(recording, height * _MOST_CHART - flags)
    code_height = len(shown_lines(code, excerpt)) * _CODE_LINE + PANEL_Y
    notes = notes_height(recording, rows)
    least = flags + LOWEST * len(rows) + AXIS + notes
    most = flags + HIGHEST * len(rows) + AXIS + notes
    tall = min(max(height - code_height, least), most)
    clock = clock_of([recording])
    frame = frame_for([rows], [recording], WIDTH, clock, span_ns(recording))
    drawn = chart(recording, rows, frame, tall, stage.label(name), moments=moments)
    stands = Stands(recording, code.file).of_all(rows)
    files = _files(code, stands)
    colours = {lane: (row.colour, row.label) for row in all_rows for lane in row.lanes} if len(all_rows) > 1 else None
    arrangement = _beside(stage, name, height - drawn.height, _reserve(stands, files), colours)
    charts = Charts((drawn,), frame.left, frame.plot, drawn.top, drawn.bottom)
    return arrangement, {"charts": charts, "stands": _json(stands, files), "files": files if len(files) > 1 else ()}


def _files(code: Code, stands: Sequence[tuple[Row, Sequence[Stand]]]) -> tuple[str | None, ...]:
    """The program itself, None, and the modules beside it in which somebody stands."""
    modules = {name for name, _ in code.modules}
    used = dict.fromkeys(file for _, places in stands for _, file, _ in places if file in modules)
    return (None, *list(used)[: _MOST_FILES - 1])


def _reserve(
    stands: Sequence[tuple[Row, Sequence[Stand]]], files: Sequence[str | None]
) -> dict[str | None, dict[int, int]]:
    """Columns that chips with names need behind each line at which somebody stands, by file."""
    columns: dict[str | None, dict[int, int]] = {file: {} for file in files}
    for row, places in stands:
        width = 0 if row.is_group else round(len(row.label) * _CHIP + 3)
        for _, file, line in places:
            if file in columns and line is not None:
                columns[file][line] = max(columns[file].get(line, 0), width)
    return columns


def _json(stands: Sequence[tuple[Row, Sequence[Stand]]], files: Sequence[str | None]) -> str:
    """Where the lanes stand, for the script: seconds, line (0 for nowhere on the slide), and the number of the file."""
    index_of = {file: index for index, file in enumerate(files)}
    lanes = []
    for row, places in stands:
        at = [
            [round(at_ns / 1e9, 6), line if line is not None and file in index_of else 0, index_of.get(file, 0)]
            for at_ns, file, line in places
        ]
        lanes.append({"name": "" if row.is_group else row.label, "colour": row.colour, "at": at})
    return json.dumps(lanes, ensure_ascii=False, separators=(",", ":"))


def _beside(
    stage: Stage,
    name: str,
    height: float,
    reserve: Mapping[str | None, Mapping[int, int]] | None = None,
    lanes: Mapping[int, tuple[int, str]] | None = None,
) -> _Arrangement:
    code, excerpt = stage.code(name), stage.slide.lines
    scenario, run = stage.owner(name)
    recording = stage.recording(name)
    clock = clock_of([recording])
    numbers = shown_lines(code, excerpt)
    own = (reserve or {}).get(None, {})
    after = [own.get(number, 0) for number in numbers]
    wants_code = max(map(sum, zip(map(cells, code_texts(code, excerpt)), after, strict=True)), default=0)
    wants_code += round(prefix(numbers)) + 2
    wants_output = max(widths(recording, scenario.runs[run], clock), default=0) + 2 + (2 if lanes else 0)
    share = min(max(wants_code / (wants_code + wants_output), 0.38), 0.66)
    if reserve is not None:  # what is marked must be seen
        share = max(share, min((wants_code * 20 * ADVANCE + PANEL_X) / WIDTH, 0.6))
    left = round((WIDTH - GAP) * share)
    others = [file for file in reserve or () if file is not None]
    room = inside(left, height - (_TABS if others else 0))
    made = listing(code, room, excerpt, after=own, may_scroll=reserve is not None)
    texts = dict(code.modules)
    more = tuple(
        listing(Code(texts[file], "python", file), room, after=(reserve or {})[file], may_scroll=True)
        for file in others
    )
    shown = panel(recording, scenario.runs[run], output_room(WIDTH - GAP - left, height), clock, lanes=lanes)
    return _Arrangement(made, shown, f"{left}px 1fr", more)


def _above(stage: Stage, name: str, height: float) -> _Arrangement:
    made = listing(stage.code(name), inside(WIDTH, height * 0.55, largest=26), stage.slide.lines)
    rest = height - GAP - PANEL_Y - made.fit.rows * made.fit.line
    return _Arrangement(made, stage.panel(name, output_room(WIDTH, rest)), "1fr")


def race_values(stage: Stage) -> dict[str, Any]:
    """What the template of a race is given."""
    names = stage.slide.race or ()
    recordings = [stage.recording(name) for name in names]
    labels = [stage.label(name) for name in names]
    runs = [scenario.runs[run] for scenario, run in map(stage.owner, names)]
    clock = clock_of(recordings)
    count = len(names)
    charts = None
    height = stage.height - 48 * count - _RACE - 2 * GAP
    if has_transport(stage):
        charts, taken = _race_charts(stage, recordings, labels)
        height = round(stage.height - taken - _RATIO - 2 * GAP - 30)
    panels: list[Panel] = []
    if charts is None or height >= _LEAST_PANEL:
        room = output_room((WIDTH - GAP * (count - 1)) / count, height, 20 if count == 2 else 18)
        for recording, run in zip(recordings, runs, strict=True):
            rows = rows_of(recording) if charts else ()
            lanes = {lane: (row.colour, row.label) for row in rows for lane in row.lanes} if len(rows) > 1 else None
            panels.append(panel(recording, run, room, clock, lanes=lanes))
    comparable = not any(map(complaint, recordings, runs))
    return {
        "player": player(labels, recordings, panels or [None] * count, stage.options.max_replay),
        "ratio": ratio(labels, recordings) if comparable else None,
        "footer": provenance(recordings),
        "charts": charts,
    }


def _race_charts(stage: Stage, recordings: Sequence[Recording], labels: Sequence[str]) -> tuple[Charts, float]:
    """The timelines of a race on one axis, and the height that they take with their headings."""
    count = len(recordings)
    room = stage.height - _RATIO - GAP - AXIS - (_RACE_HEAD + 8) * count
    all_rows = [shown_rows(recording, room / count + AXIS) for recording in recordings]
    rows = sum(map(len, all_rows))
    room -= sum(map(notes_height, recordings, all_rows))
    with_panels = room - _LEAST_PANEL - GAP - 30
    has_panels = with_panels / rows >= LOWEST
    pitch = min(with_panels / rows, HIGHEST) if has_panels else min(max(room / rows, LOWEST), HIGHEST)
    total_ns = max(map(span_ns, recordings))
    frame = frame_for(all_rows, recordings, WIDTH, clock_of(recordings), total_ns)
    drawn = []
    for index, (recording, own, label) in enumerate(zip(recordings, all_rows, labels, strict=True)):
        is_last = index == count - 1
        tall = pitch * len(own) + 8 + (AXIS - 4 if is_last else 0) + notes_height(recording, own)
        drawn.append(chart(recording, own, frame, tall, label, largest=HIGHEST, with_axis=is_last))
    taken = sum(one.height + _RACE_HEAD for one in drawn)
    bottom = taken - drawn[-1].height + drawn[-1].bottom
    return Charts(tuple(drawn), frame.left, frame.plot, _RACE_HEAD, bottom), taken


def timeline_values(stage: Stage) -> dict[str, Any]:
    """What the template of a timeline is given."""
    name = stage.slide.timeline or ""
    recording = stage.recording(name)
    rows = shown_rows(recording, stage.height)
    is_alone = stage.width == WIDTH
    size, largest = (25, ALONE) if is_alone else (19, HIGHEST + 5)
    frame = frame_for([rows], [recording], stage.width, clock_of([recording]), span_ns(recording), size)
    drawn = chart(recording, rows, frame, stage.height, stage.label(name), largest=largest, is_alone=is_alone)
    charts = Charts((drawn,), frame.left, frame.plot, drawn.top, drawn.bottom)
    return {"charts": charts, "footer": provenance([recording])}
