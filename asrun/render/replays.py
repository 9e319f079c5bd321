"""Replays: how code, lanes, output and captions share the slide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from asrun.render.charts import Charts
from asrun.render.code import Listing, code_texts, listing, prefix, shown_lines
from asrun.render.facts import provenance, span_ns
from asrun.render.fit import ADVANCE, Room
from asrun.render.marks import Marked, lane_colours, listings, marked
from asrun.render.moments import Captions, Stop, captions, stops_of
from asrun.render.output import Panel, least_rows, panel, widths
from asrun.render.replay import clock_of, player
from asrun.render.rows import Row, rows_of
from asrun.render.stage import GAP, PANEL_X, PANEL_Y, WIDTH, Stage, inside, output_room
from asrun.render.text import cells
from asrun.render.timeline import ALONE, AXIS, FLAGS, HIGHEST, LOWEST, chart, frame_for, notes_height, shown_rows

TRANSPORT = 380
"""The width of the clock and the buttons beside a title."""

CODE_LEADING = 1.1
"""Line height in em of code at its smallest, beside lanes."""

_TIME_BAR = 80
"""The height of a replay's time bar, where no lanes are shown."""

_SHORT = 8
"""Code of up to this many lines may stand above the output instead of beside it."""

_CODE_LINE = 22
_OUTPUT_LINE = 26

_MOST_CHART = 0.46
"""The part of a replay that its timeline may take."""

_LISTED = (20, 18)
"""Type sizes for the list of captions beside the code, the best first."""

_UNDER = 16
"""The same where there is only room for it under the lanes."""


def panels_of(stage: Stage) -> frozenset[str]:
    """What a replay or a race shows: `code`, `lanes`, `output`."""
    default = ("lanes", "output") if stage.slide.kind == "race" else ("code", "lanes", "output")
    return frozenset(stage.slide.panels or default)


def has_transport(stage: Stage) -> bool:
    """Whether the clock and the buttons of a slide stand beside its title: where lanes are shown. Raises SlideError."""
    slide = stage.slide
    if slide.kind not in ("replay", "race") or "lanes" not in panels_of(stage):
        return False
    return any(stage.recording(name).lanes for name in slide.run_names)


class _Arrangement(msgspec.Struct, frozen=True):
    """Code and output on a slide of a replay."""

    listings: tuple[Listing, ...]
    """The program, and further files that take turns with it; none where no code is shown."""
    panel: Panel | None
    columns: str = "1fr"
    """CSS for the columns of the grid; one where code or output stands alone, or the code above the output."""
    captions: Captions | None = None
    """Those that stand under the output, beside the code."""

    @property
    def smallest_type(self) -> int:
        """In pixels."""
        return min(shown.fit.size for shown in (*self.listings, self.panel) if shown is not None)

    @property
    def is_whole(self) -> bool:
        """Whether all of the code is seen at once."""
        return not any(shown.window for shown in self.listings)


def replay_values(stage: Stage) -> dict[str, Any]:
    """What the template of a replay is given."""
    name = stage.slide.replay or ""
    recording = stage.recording(name)
    label = stage.label(name)
    stops = stops_of(stage.slide.moments, recording, stage.prose, clock_of([recording]))
    under = captions(stops, WIDTH, _UNDER, 2) if stops else None
    shown = panels_of(stage)
    share = 1 if shown == {"lanes"} else _MOST_CHART
    rows = shown_rows(recording, (stage.height - GAP) * share - FLAGS)
    marks = marked(recording, stage.code(name), rows) if recording.lanes and "code" in shown else None
    charts = None
    if has_transport(stage):
        chosen, charts = _with_lanes(stage, name, rows, stops, under, marks)
    else:
        height = stage.height - _TIME_BAR - GAP - (under.height + GAP if under else 0)
        chosen = _plain(stage, name, height, marks)
    return {
        "listings": chosen.listings,
        "files": [file or stage.code(name).file for file in marks.files] if marks and len(chosen.listings) > 1 else (),
        "stands": marks.stands if marks else None,
        "columns": chosen.columns,
        "charts": charts,
        "stops": stops,
        "beside": chosen.captions,
        "under": None if chosen.captions else under,
        "player": player([label], [recording], [chosen.panel], stage.options.max_replay),
        "label": label,
        "footer": provenance([recording]),
    }


def _plain(stage: Stage, name: str, height: float, marks: Marked | None) -> _Arrangement:
    """A replay with a time bar in place of lanes."""
    beside = _panels(stage, name, height, marks)
    if marks or not beside.listings or beside.panel is None or beside.listings[0].rows > _SHORT:
        return beside
    made = listing(stage.code(name), inside(WIDTH, height * 0.55, largest=26), stage.slide.lines)
    rest = height - GAP - PANEL_Y - made.fit.rows * made.fit.line
    above = _Arrangement((made,), stage.panel(name, output_room(WIDTH, rest)))
    # The larger type wins; code beside its output is what an audience is used to.
    return above if above.smallest_type > beside.smallest_type else beside


def _with_lanes(
    stage: Stage,
    name: str,
    rows: Sequence[Row],
    stops: Sequence[Stop],
    under: Captions | None,
    marks: Marked | None,
) -> tuple[_Arrangement, Charts]:
    """A replay with lanes. Captions stand under the output where there is room for them, else under the lanes."""
    made = []
    for size in (0, *(_LISTED if stops else ())):
        height = stage.height - GAP - (under.height + GAP if under and not size else 0)
        charts = _charts(stage, name, rows, height, [stop.at_ns for stop in stops], marks is not None)
        if panels_of(stage) == {"lanes"}:
            return _Arrangement((), None), charts
        rest = height - charts.charts[0].height
        beside = _captions(stage, name, rest, marks, stops, size) if size else None
        if beside or not size:
            made.append((_panels(stage, name, rest, marks, beside), charts))
    # Beside the code, in the largest type, unless that hides some of the code that could be seen.
    made.sort(key=lambda pair: (pair[0].is_whole, pair[0].captions is not None, _listed_size(pair[0])))
    return made[-1]


def _captions(
    stage: Stage, name: str, height: float, marks: Marked | None, stops: Sequence[Stop], size: int
) -> Captions | None:
    """The captions under the output and beside the code, in a type size; None where they have no room there."""
    if not panels_of(stage) >= {"code", "output"}:
        return None
    scenario, run = stage.owner(name)
    recording = stage.recording(name)
    made = captions(stops, WIDTH - GAP - _code_width(stage, name, marks), size, 1)
    wanted = PANEL_Y + _OUTPUT_LINE * least_rows(recording, scenario.runs[run], clock_of([recording]))
    return made if wanted + GAP + made.height <= height else None


def _listed_size(arrangement: _Arrangement) -> int:
    return arrangement.captions.size if arrangement.captions else 0


def _charts(
    stage: Stage, name: str, rows: Sequence[Row], height: float, moments: Sequence[int], has_code: bool
) -> Charts:
    recording = stage.recording(name)
    is_alone = panels_of(stage) == {"lanes"}
    flags = FLAGS if moments else 4
    lines = len(shown_lines(stage.code(name), stage.slide.lines)) if has_code else _SHORT
    above = 0 if is_alone else lines * _CODE_LINE + PANEL_Y
    fixed = flags + AXIS + notes_height(recording, rows)
    largest = ALONE if is_alone else HIGHEST
    least, most = (fixed + pitch * len(rows) for pitch in (LOWEST, largest))
    tall = min(max(height - above, least), most)
    size = 25 if is_alone else 19
    frame = frame_for([rows], [recording], WIDTH, clock_of([recording]), span_ns(recording), size)
    drawn = chart(recording, rows, frame, tall, stage.label(name), moments=moments, largest=largest)
    return Charts((drawn,), frame.left, frame.plot, drawn.top, drawn.bottom)


def _panels(
    stage: Stage, name: str, height: float, marks: Marked | None, beside: Captions | None = None
) -> _Arrangement:
    """Code and output, as far as the slide shows them, side by side, and captions under the output."""
    shown = panels_of(stage)
    scenario, run = stage.owner(name)
    recording = stage.recording(name)
    lanes = lane_colours(rows_of(recording)) if "lanes" in shown or marks else None
    left = 0 if "code" not in shown else WIDTH if "output" not in shown else _code_width(stage, name, marks)
    made: tuple[Listing, ...] = ()
    if "code" in shown:
        made = _listings(stage, name, inside(left, height, leading=CODE_LEADING if marks else 1.15), marks)
    if "output" not in shown:
        return _Arrangement(made, None)
    room = output_room(WIDTH - (left + GAP if left else 0), height - (beside.height + GAP if beside else 0))
    output = panel(recording, scenario.runs[run], room, clock_of([recording]), lanes=lanes)
    return _Arrangement(made, output, f"{left}px 1fr" if left else "1fr", beside)


def _listings(stage: Stage, name: str, room: Room, marks: Marked | None) -> tuple[Listing, ...]:
    code, excerpt = stage.code(name), stage.slide.lines
    return listings(marks, code, room, excerpt) if marks else (listing(code, room, excerpt),)


def _code_width(stage: Stage, name: str, marks: Marked | None) -> int:
    """Pixels for the code beside the output."""
    code, excerpt = stage.code(name), stage.slide.lines
    scenario, run = stage.owner(name)
    recording = stage.recording(name)
    numbers = shown_lines(code, excerpt)
    own: Mapping[int, int] = marks.reserve[None] if marks else {}
    after = [own.get(number, 0) for number in numbers]
    wants_code = max(map(sum, zip(map(cells, code_texts(code, excerpt)), after, strict=True)), default=0)
    wants_code += round(prefix(numbers)) + 2
    wants_output = max(widths(recording, scenario.runs[run], clock_of([recording])), default=0) + (4 if marks else 2)
    share = min(max(wants_code / (wants_code + wants_output), 0.38), 0.66)
    if marks:  # what is marked must be seen
        share = max(share, min((wants_code * 20 * ADVANCE + PANEL_X) / WIDTH, 0.6))
    return round((WIDTH - GAP) * share)
