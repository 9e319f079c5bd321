"""Whether what some kinds of slides are made of makes sense: columns, groups of bars."""

from __future__ import annotations

from collections.abc import Iterator

from asrun.errors import Mistake, suggestion
from asrun.load.context import Context
from asrun.model import KeyPath, Scenario, Slide
from asrun.parts import COLUMN_KINDS

_EXCERPTS = ("code", "output")
"""The kinds of columns that `lines` goes with."""


MOST_BARS = 12


def check_comparison(scenario: Scenario, slide: Slide, path: KeyPath, context: Context) -> Iterator[Mistake]:
    """The mistakes in the runs that are compared, and in those that are to stand out."""
    source = scenario.source
    if slide.compare is None or context.is_bad(source, *path, "compare"):
        return
    for title, names in slide.compared:
        way = (*path, "compare", title) if isinstance(slide.compare, dict) else (*path, "compare")
        if isinstance(slide.compare, dict) and not title.strip():
            yield source.key_mistake("this group has no title", *way, hint="a single group needs none: write a list")
        for index, name in enumerate(names):
            if name in names[:index]:
                yield source.mistake(f"{name} is here twice", *way, index)
            else:
                yield from context.check_run_name(scenario, name, (*way, index))
    if not slide.compared and not context.has_bad(source, (*path, "compare")):
        yield source.key_mistake("compare is empty", *path, "compare")
    if len(slide.run_names) > MOST_BARS:
        message = f"{len(slide.run_names)} bars are too many for one slide"
        yield source.key_mistake(message, *path, "compare", hint=f"{MOST_BARS} can be read: make two slides of it")
    if slide.highlight is None or context.is_bad(source, *path, "highlight"):
        return
    is_one = isinstance(slide.highlight, str)
    for index, name in enumerate((slide.highlight,) if isinstance(slide.highlight, str) else slide.highlight):
        if name not in slide.run_names:
            way = (*path, "highlight") if is_one else (*path, "highlight", index)
            yield source.mistake(
                f"{name} is not compared here", *way, hint=suggestion(name, dict.fromkeys(slide.run_names))
            )


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
