"""Whether the slides of a scenario make sense: one kind each, runs and lines that are there, keys that belong."""

from __future__ import annotations

import re
from collections.abc import Iterator

from asrun.durations import duration_or_none
from asrun.errors import Mistake, suggestion
from asrun.lines import count_lines, parse_lines, visible_lines
from asrun.load.context import Context
from asrun.load.parts import (
    check_agenda,
    check_columns,
    check_comparison,
    check_decision,
    check_exercise,
    check_sketch,
)
from asrun.load.runs import code_of
from asrun.load.templates import template_names
from asrun.model import SLIDE_KINDS, KeyPath, Scenario, Slide, split_run

KINDS_OF_KEY: dict[str, tuple[str, ...]] = {
    "caption": tuple(kind for kind in SLIDE_KINDS if kind != "body"),
    "steps": ("code",),
    "moments": ("replay",),
    "panels": ("replay", "race"),
    "lines": ("code", "replay", "diff", "output", "exercise"),
    "measure": ("compare",),
    "highlight": ("compare",),
    "one_by_one": ("decision",),
    "timer": ("exercise",),
    "starter": ("exercise",),
    "solution": ("exercise",),
    "with": ("template",),
}
_MOST_CODES = 2
_MANY_OUTPUT_LINES = 1_000_000
_COLOUR = re.compile(r"#[0-9A-Fa-f]{3,8}|[A-Za-z]+|(rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\([^();{}<>]*\)")
_CLASSES = re.compile(r"[A-Za-z_][\w-]*(\s+[A-Za-z_][\w-]*)*", re.ASCII)


def check_slides(scenario: Scenario, context: Context) -> Iterator[Mistake]:
    """The mistakes in the slides that an author wrote."""
    if scenario.default_slides:
        return
    for index, slide in enumerate(scenario.slides):
        path = scenario.slide_path(index)
        if not context.is_bad(scenario.source, *path):
            yield from _check_kind(scenario, slide, path, context)
            yield from _check_values(scenario, slide, path, context)
            yield from _check_lines(scenario, slide, path, context)
            for number, column in enumerate(slide.columns or ()):
                own = Slide(code=column.code, output=column.output, lines=column.lines)
                yield from _check_lines(scenario, own, (*path, "columns", number), context)


def _check_kind(scenario: Scenario, slide: Slide, path: KeyPath, context: Context) -> Iterator[Mistake]:
    source = scenario.source
    kinds = context.written(source, path, SLIDE_KINDS)
    if not kinds and not context.has_bad(source, path):
        yield source.mistake("this slide shows nothing", *path, hint=f"add one of {', '.join(SLIDE_KINDS)}")
    for kind in kinds[1:]:
        hint = f"a slide has exactly one of {', '.join(SLIDE_KINDS)}: make two slides of it"
        yield source.key_mistake(f"{kinds[0]} and {kind} on one slide", *path, kind, hint=hint)
    for key in context.written(source, path, tuple(KINDS_OF_KEY)):
        if len(kinds) == 1 and kinds[0] not in KINDS_OF_KEY[key]:
            allowed = "any other" if key == "caption" else " or ".join(KINDS_OF_KEY[key])
            message = f"{key} says nothing about a slide with {kinds[0]}"
            yield source.key_mistake(message, *path, key, hint=f"it goes with {allowed}")


def _check_values(scenario: Scenario, slide: Slide, path: KeyPath, context: Context) -> Iterator[Mistake]:
    source = scenario.source
    for kind in ("code", "output", "replay", "timeline"):
        name = getattr(slide, kind)
        if name is not None:
            yield from context.check_run_name(scenario, name, (*path, kind), whole=kind == "code")
    for kind in ("race", "diff"):
        names = getattr(slide, kind) or ()
        for index, name in enumerate(names):
            if name in names[:index]:
                yield source.mistake(f"{name} is here twice", *path, kind, index)
            else:
                yield from context.check_run_name(scenario, name, (*path, kind, index), whole=kind == "diff")
    yield from check_comparison(scenario, slide, path, context)
    yield from check_sketch(scenario, slide.sketch, path, context)
    yield from check_agenda(scenario, slide, path, context)
    yield from check_decision(scenario, slide, path, context)
    yield from check_exercise(scenario, slide, path, context)
    yield from check_columns(scenario, slide, path, context)
    yield from _check_claims(scenario, slide, path, context)
    yield from _check_moments(scenario, slide, path)
    yield from _check_panels(scenario, slide, path)
    if slide.body is not None and not slide.body.strip():
        yield source.key_mistake("body is empty", *path, "body")
    if slide.template is not None:
        names = template_names(context.project.root)
        if slide.template in SLIDE_KINDS:
            hint = f"write {slide.template}: without template:"
            yield source.mistake(f"{slide.template} is a kind of slide of its own", *path, "template", hint=hint)
        elif slide.template not in names:
            message = f"there is no templates/slides/{slide.template}.html.j2"
            yield source.mistake(message, *path, "template", hint=suggestion(slide.template, names))
    if slide.background and not _COLOUR.fullmatch(slide.background.strip()):
        hint = 'write one such as navy, "#102030" or rgb(16 32 48)'
        yield source.mistake(f"{slide.background!r} is no colour of CSS", *path, "background", hint=hint)
    if slide.class_ and not _CLASSES.fullmatch(slide.class_.strip()):
        hint = "write names of letters, digits and hyphens, with blanks between"
        yield source.mistake(f"{slide.class_!r} are no classes of CSS", *path, "class", hint=hint)


def _check_moments(scenario: Scenario, slide: Slide, path: KeyPath) -> Iterator[Mistake]:
    """Whether moments are said to be somewhere, and rise where they are times."""
    source = scenario.source
    latest, before = -1.0, ""
    for index, moment in enumerate(slide.moments):
        for key in ("at", "say"):
            if not getattr(moment, key).strip() and (*path, "moments", index, key) in source.keys:
                yield source.key_mistake(f"{key} is empty", *path, "moments", index, key)
        time = duration_or_none(moment.at)
        if time is not None and time <= latest:
            hint = "moments come in the order of their times"
            yield source.mistake(f"{moment.at} is not after {before}", *path, "moments", index, "at", hint=hint)
        elif time is not None:
            latest, before = time, moment.at


def _check_panels(scenario: Scenario, slide: Slide, path: KeyPath) -> Iterator[Mistake]:
    source = scenario.source
    for index, name in enumerate(slide.panels):
        if name in slide.panels[:index]:
            yield source.mistake(f"{name} is here twice", *path, "panels", index)
    if "code" in slide.panels and len(slide.race or ()) > _MOST_CODES:
        hint = "there is room for the code of two: make a slide of its own for the others"
        index = slide.panels.index("code")
        yield source.mistake(f"a race of {len(slide.race or ())} with code", *path, "panels", index, hint=hint)


def _check_claims(scenario: Scenario, slide: Slide, path: KeyPath, context: Context) -> Iterator[Mistake]:
    source, count = scenario.source, len(scenario.claims)
    if slide.claims is None or context.is_bad(source, "claims"):
        return
    if not count:
        yield source.mistake("this scenario has no claims", *path, "claims", hint="add claims: to it")
    elif slide.claims is not True:
        for index, number in enumerate(slide.claims):
            if not 1 <= number <= count:
                hint = f"they are counted from 1 to {count}" if count > 1 else "there is only claim 1"
                yield source.mistake(f"there is no claim {number}", *path, "claims", index, hint=hint)


def _check_lines(scenario: Scenario, slide: Slide, path: KeyPath, context: Context) -> Iterator[Mistake]:
    """Whether the lines that `lines` and `steps` name are there and shown."""
    if slide.lines is None and not slide.steps:
        return
    source = scenario.source
    if slide.output is not None and slide.lines is not None:
        yield from _try_lines(scenario, slide.lines, _MANY_OUTPUT_LINES, (*path, "lines"))
        return
    for name in (slide.code, slide.replay, slide.starter, *(slide.diff or ())):
        found = context.project.find_run(scenario, split_run(name)[0]) if name is not None else None
        code = code_of(found[0], found[2], context.project.root) if found else None
        if code is None:
            continue
        count, shown = count_lines(code), set(visible_lines(code))
        if slide.lines is not None:
            wrong = list(_try_lines(scenario, slide.lines, count, (*path, "lines")))
            yield from wrong
            if wrong:
                return
            shown &= set(parse_lines(slide.lines, count))
            if not shown:
                yield source.mistake("all of these lines are hidden", *path, "lines", hint="by # hide in the code")
                return
        for index, step in enumerate(slide.steps):
            way = (*path, "steps", index)
            wrong = list(_try_lines(scenario, step, count, way))
            yield from wrong
            missing = [] if wrong else [line for line in parse_lines(step, count) if line not in shown]
            if missing:
                hint = f"lines that are shown: {_ranges(sorted(shown))}"
                yield source.mistake(f"line {missing[0]} is not shown on this slide", *way, hint=hint)


def _try_lines(scenario: Scenario, spec: int | str, count: int, path: KeyPath) -> Iterator[Mistake]:
    try:
        parse_lines(spec, count)
    except ValueError as error:
        message, _, hint = str(error).rpartition(": ")
        yield scenario.source.mistake(message, *path, hint=hint)


def _ranges(lines: list[int]) -> str:
    ranges: list[list[int]] = []
    for line in lines:
        if ranges and ranges[-1][-1] == line - 1:
            ranges[-1][1:] = [line]
        else:
            ranges.append([line])
    return ", ".join("-".join(map(str, pair)) for pair in ranges)
