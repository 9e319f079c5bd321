"""Timelines on slides: one alone, or several above each other on one clock."""

from __future__ import annotations

from typing import Any

import msgspec

from asrun.render.facts import provenance, span_ns
from asrun.render.replay import clock_of
from asrun.render.stage import WIDTH, Stage
from asrun.render.timeline import ALONE, HIGHEST, Chart, chart, frame_for, shown_rows


class Charts(msgspec.Struct, frozen=True):
    """Timelines above each other, on one clock."""

    charts: tuple[Chart, ...]
    left: float
    plot: float
    top: float
    bottom: float
    """Where the last of them ends, without its axis."""


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
