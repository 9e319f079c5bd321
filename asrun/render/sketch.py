"""A picture of lanes that the author drew: with the strokes of a hand, so that nobody takes it for a recording."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from random import Random
from typing import Any, Literal

import msgspec

from asrun.parts import SKETCH_RUNS, SKETCH_WAITS
from asrun.render.stage import WIDTH, Stage
from asrun.render.text import cells, clean

FOOTER = "a sketch, not a recording"

SKETCH_AXIS = 66
"""The height of the arrow of time and of what is said below it."""

_LARGE, _SMALL = 30, 22
"""The type size of the labels, on a slide and in a column."""

_TALL, _LOW = 150, 140
"""Pixels from lane to lane at the most, likewise."""

_CHARACTER = 0.7
_BAR = 0.6
_HATCH = 9
"""Pixels between the strokes of a hatching."""

_LANES = 8

_ROOM_FOR_WORDS = 430
"""Pixels in which all that is said below the axis stands side by side."""


class Stroke(msgspec.Struct, frozen=True):
    """A stretch of a lane, as the paths of its outline and of its hatching."""

    state: Literal["runs", "waits"]
    outline: str
    hatching: str


class SketchedLane(msgspec.Struct, frozen=True):
    """A lane of a sketch."""

    name: str
    colour: int
    middle: float
    strokes: tuple[Stroke, ...]
    told: str
    """What it does, in words."""


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """A sketch in pixels."""

    width: int
    height: int
    left: int
    size: int
    lanes: tuple[SketchedLane, ...]
    axis: str
    arrow: str
    axis_y: float
    time: str
    """What is said of the axis."""
    key: tuple[tuple[float, Stroke, str], ...]
    """What the strokes mean: the place of the word, an example, the word."""


def sketch_values(stage: Stage) -> dict[str, Any]:
    """What the template of a sketch is given."""
    return {"drawing": draw(stage.slide.sketch or {}, stage.width, stage.height), "footer": FOOTER}


def draw(lanes: Mapping[str, str], width: int, height: float) -> Drawing:
    """The lanes of a sketch: `#` runs, `.` waits, and at a blank it is not there."""
    hand = Random(len(lanes))  # the same strokes at every build
    is_large = width == WIDTH
    size = _LARGE if is_large else _SMALL
    names = [clean(name) for name in lanes]
    left = round(max(map(cells, names), default=0) * size * _CHARACTER) + 24
    pitch = min((height - SKETCH_AXIS) / max(len(lanes), 1), _TALL if is_large else _LOW)
    total = max(map(len, lanes.values()), default=1)
    unit = (width - left - 24) / total
    drawn = []
    for index, (name, pattern) in enumerate(zip(names, lanes.values(), strict=True)):
        middle = pitch * (index + 0.5)
        strokes, told, at = [], [], 0
        for sign, group in groupby(pattern):
            count = len(list(group))
            if sign in (SKETCH_RUNS, SKETCH_WAITS):
                strokes.append(_stroke(hand, sign, left + at * unit, middle, count * unit, pitch * _BAR))
                told.append(strokes[-1].state)
            at += count
        drawn.append(SketchedLane(name, index % _LANES + 1, round(middle, 1), tuple(strokes), ", then ".join(told)))
    axis_y = pitch * len(lanes) + 12
    end = width - 10
    return Drawing(
        width=width,
        height=round(axis_y + SKETCH_AXIS - 12),
        left=left,
        size=size,
        lanes=tuple(drawn),
        axis=_line(hand, left, axis_y, end, axis_y),
        arrow=_line(hand, end - 14, axis_y - 8, end, axis_y) + _line(hand, end, axis_y, end - 14, axis_y + 8),
        axis_y=round(axis_y, 1),
        time="time, not to scale" if end - left > _ROOM_FOR_WORDS else "time",
        key=tuple(_key(hand, "".join(lanes.values()), left, axis_y + 30)),
    )


def _key(hand: Random, signs: str, left: float, middle: float) -> Iterator[tuple[float, Stroke, str]]:
    """What hatched and dashed strokes mean, where both are there."""
    if SKETCH_RUNS in signs and SKETCH_WAITS in signs:
        for place, sign, word in ((0, SKETCH_RUNS, "runs"), (120, SKETCH_WAITS, "waits")):
            yield left + place + 46, _stroke(hand, sign, left + place, middle, 34, 20), word


def _stroke(hand: Random, sign: str, x: float, middle: float, width: float, height: float) -> Stroke:
    top, bottom, right = middle - height / 2, middle + height / 2, x + width
    sides = ((x, top, right, top), (right, top, right, bottom), (right, bottom, x, bottom), (x, bottom, x, top))
    outline = "".join(_line(hand, *side) for side in sides)
    if sign == SKETCH_WAITS:
        return Stroke("waits", outline, "")
    hatching, at = "", _HATCH * 0.6
    while at < width + height:
        # From the left or the bottom edge up to the top or the right one.
        from_x, from_y = (x, top + at) if at < height else (x + at - height, bottom)
        to_x, to_y = (x + at, top) if at < width else (right, top + at - width)
        hatching += _line(hand, from_x, from_y, to_x, to_y)
        at += _HATCH
    return Stroke("runs", outline, hatching)


def _line(hand: Random, x1: float, y1: float, x2: float, y2: float) -> str:
    """A line by hand: it misses its ends a little, and bends."""

    def near(value: float, reach: float = 1.4) -> float:
        return round(value + hand.uniform(-reach, reach), 1)

    bend = near((x1 + x2) / 2, 2), near((y1 + y2) / 2, 2)
    return f"M{near(x1):g} {near(y1):g}Q{bend[0]:g} {bend[1]:g} {near(x2):g} {near(y2):g}"
