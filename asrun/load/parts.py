"""Whether what some kinds of slides are made of makes sense: columns with one kind each."""

from __future__ import annotations

from collections.abc import Iterator

from asrun.errors import Mistake
from asrun.load.context import Context
from asrun.model import KeyPath, Scenario, Slide
from asrun.parts import COLUMN_KINDS

_EXCERPTS = ("code", "output")
"""The kinds of columns that `lines` goes with."""


def check_columns(scenario: Scenario, slide: Slide, path: KeyPath, context: Context) -> Iterator[Mistake]:
    """The mistakes in the columns of a slide, but those in their lines."""
    source = scenario.source
    for index, column in enumerate(slide.columns or ()):
        way = (*path, "columns", index)
        if context.is_bad(source, *way):
            continue
        kinds = context.written(source, way, COLUMN_KINDS)
        if not kinds and not context.has_bad(source, way):
            yield source.mistake("this column shows nothing", *way, hint=f"add one of {', '.join(COLUMN_KINDS)}")
        for kind in kinds[1:]:
            hint = f"a column has exactly one of {', '.join(COLUMN_KINDS)}"
            yield source.key_mistake(f"{kinds[0]} and {kind} in one column", *way, kind, hint=hint)
        if len(kinds) == 1 and kinds[0] not in _EXCERPTS and (*way, "lines") in source.keys:
            hint = f"it goes with {' or '.join(_EXCERPTS)}"
            yield source.key_mistake(f"lines says nothing about a column with {kinds[0]}", *way, "lines", hint=hint)
        if column.body is not None and not column.body.strip() and not context.is_bad(source, *way, "body"):
            yield source.key_mistake("body is empty", *way, "body")
        for kind in COLUMN_KINDS[1:]:
            name = getattr(column, kind)
            if name is not None:
                yield from context.check_run_name(scenario, name, (*way, kind))
