"""Columns side by side: each is a small slide of one kind, in a room of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from asrun.model import Slide
from asrun.parts import Column
from asrun.render.charts import timeline_values
from asrun.render.code import code_texts, prefix, shown_lines
from asrun.render.facts import provenance
from asrun.render.fit import ADVANCE
from asrun.render.mistakes import SlideError
from asrun.render.panes import body_values, code_values, gap_values, is_gap, output_values
from asrun.render.sketch import FOOTER, sketch_values
from asrun.render.stage import LARGEST, PANEL_X, Stage
from asrun.render.text import cells

_GAP = 36
_TITLE = 46
"""The height of a column's title, with the room below it."""

_SMALLEST = 20
_LEAST, _MOST = 0.38, 0.62
"""Shares of the width that one of two columns may have."""

_PANES: Mapping[str, Callable[[Stage], dict[str, Any]]] = {
    "body": body_values,
    "code": code_values,
    "output": output_values,
    "timeline": timeline_values,
    "sketch": sketch_values,
}


def columns_values(stage: Stage) -> dict[str, Any]:
    """What the template of columns is given. Raises SlideError, with the way to the column."""
    columns = stage.slide.columns or ()
    widths = _widths(stage, columns)
    titled = any(column.title for column in columns)
    height = stage.height - (_TITLE if titled else 0)
    panes = [_pane(stage, number, width, height, LARGEST) for number, width in enumerate(widths)]
    sizes = [size for pane in panes if (size := _size(pane)) is not None]
    if len(set(sizes)) > 1:  # what stands side by side is set in one size
        panes = [_pane(stage, number, width, height, min(sizes)) for number, width in enumerate(widths)]
    if not all(pane.get("large", True) for pane in panes):
        panes = [pane | {"large": False} for pane in panes]
    names = [column.run_name for column in columns if column.run_name is not None and column.kind != "code"]
    recorded = [name for name in names if not stage.is_missing(name)]
    told = provenance([stage.recording(name) for name in dict.fromkeys(recorded)]) if recorded else ""
    return {
        "panes": panes,
        "titled": titled,
        "widths": " ".join(f"{width}px" for width in widths),
        "footer": " · ".join(part for part in (_sketched(columns), told) if part),
    }


def _sketched(columns: Sequence[Column]) -> str:
    """What the footer says of columns that are sketches."""
    count = sum(column.sketch is not None for column in columns)
    return FOOTER if count == 1 else "sketches, not recordings" if count else ""


def _pane(stage: Stage, number: int, width: int, height: int, largest: int) -> dict[str, Any]:
    column = (stage.slide.columns or ())[number]
    own = Slide(**{column.kind: getattr(column, column.kind)}, lines=column.lines)
    room = msgspec.structs.replace(stage, slide=own, width=width, height=height, largest=largest)
    try:
        title = stage.prose.line(column.title, "title") if column.title else ""
        if is_gap(room):
            return {"kind": "body", "title": title, **gap_values(room)}
        return {"kind": column.kind, "title": title, **_PANES[column.kind](room)}
    except SlideError as error:
        raise SlideError(str(error), "columns", number, *error.path) from error


def _size(pane: Mapping[str, Any]) -> int | None:
    """The type size of code or output."""
    shown = pane.get("listing") or pane.get("panel")
    return shown.fit.size if shown else None


def _widths(stage: Stage, columns: Sequence[Column]) -> list[int]:
    """Pixels for each column: equal shares, but of two one may be wider that is code and would wrap otherwise."""
    room = stage.width - _GAP * (len(columns) - 1)
    equal = room // len(columns)
    if len(columns) > 2:
        return [equal] * len(columns)
    first, second = (_wanted(stage, column) for column in columns)
    if max(first, second) <= equal:
        left = equal
    elif min(first, second) <= equal:
        left = room - round(max(second, 0)) if second > equal else round(first)
    else:
        left = round(room * first / (first + second))
    left = min(max(left, round(room * _LEAST)), round(room * _MOST))
    return [left, room - left]


def _wanted(stage: Stage, column: Column) -> float:
    """The pixels that the longest line of code needs at the smallest size; 0 where that is no question."""
    if column.code is None:
        return 0
    code = stage.code(column.code)
    longest = max(map(cells, code_texts(code, column.lines)), default=0)
    columns = longest + prefix(shown_lines(code, column.lines))
    return columns * _SMALLEST * ADVANCE + PANEL_X
