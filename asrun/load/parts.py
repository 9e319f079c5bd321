"""Whether what some kinds of slides are made of makes sense: columns, groups of bars, sketches, exercises."""

from __future__ import annotations

from collections.abc import Iterator

from asrun.errors import Mistake, suggestion
from asrun.load.context import RUN_NAME, Context
from asrun.load.matrix import runs_meant
from asrun.model import KeyPath, Scenario, Slide
from asrun.parts import COLUMN_KINDS, RUN_COLUMNS, Sketch

_EXCERPTS = ("code", "output")
"""The kinds of columns that `lines` goes with."""


MOST_BARS = 12
MOST_LANES = 8
LEAST_TIMER_S, MOST_TIMER_S = 10, 86_400


def check_comparison(scenario: Scenario, slide: Slide, path: KeyPath, context: Context) -> Iterator[Mistake]:
    """The mistakes in the runs that are compared, and in those that are to stand out."""
    source, project = scenario.source, context.project
    if slide.compare is None or context.is_bad(source, *path, "compare"):
        return
    for title, names in slide.compared:
        way = (*path, "compare", title) if isinstance(slide.compare, dict) else (*path, "compare")
        if isinstance(slide.compare, dict) and not title.strip():
            yield source.key_mistake("this group has no title", *way, hint="a single group needs none: write a list")
        for index, name in enumerate(names):
            if set(runs_meant([name], scenario, project)).intersection(runs_meant(names[:index], scenario, project)):
                yield source.mistake(f"{name} is here twice", *way, index)
            else:
                yield from context.check_run_name(scenario, name, (*way, index), whole=True)
    if not slide.compared and not context.has_bad(source, (*path, "compare")):
        yield source.key_mistake("compare is empty", *path, "compare")
    bars = runs_meant(slide.run_names, scenario, project)
    if len(bars) > MOST_BARS:
        message = f"{len(bars)} bars are too many for one slide"
        yield source.key_mistake(message, *path, "compare", hint=f"{MOST_BARS} can be read: make two slides of it")
    if slide.highlight is None or context.is_bad(source, *path, "highlight"):
        return
    is_one = isinstance(slide.highlight, str)
    for index, name in enumerate((slide.highlight,) if isinstance(slide.highlight, str) else slide.highlight):
        if name not in (*slide.run_names, *bars):
            way = (*path, "highlight") if is_one else (*path, "highlight", index)
            yield source.mistake(f"{name} is not compared here", *way, hint=suggestion(name, dict.fromkeys(bars)))


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
        for kind in RUN_COLUMNS:
            name = getattr(column, kind)
            if name is not None:
                yield from context.check_run_name(scenario, name, (*way, kind), whole=kind == "code")
        yield from check_sketch(scenario, column.sketch, way, context)


def check_sketch(scenario: Scenario, sketch: Sketch | None, path: KeyPath, context: Context) -> Iterator[Mistake]:
    """The mistakes in the lanes of a sketch; `path` leads to the slide or the column."""
    source, way = scenario.source, (*path, "sketch")
    if sketch is None or context.is_bad(source, *way):
        return
    if not sketch and not context.has_bad(source, way):
        hint = 'write lanes by name, such as {A: "##..", B: "..##"}'
        yield source.key_mistake("sketch is empty", *way, hint=hint)
    if len(sketch) > MOST_LANES:
        message = f"{len(sketch)} lanes are too many for a sketch"
        yield source.key_mistake(message, *way, hint=f"{MOST_LANES} can be told apart")
    for name, pattern in sketch.items():
        if not name.strip():
            yield source.key_mistake("this lane has no name", *way, name)
        if not pattern.strip():
            yield source.mistake("this lane is never there", *way, name, hint="# is where it runs, . where it waits")


def check_agenda(scenario: Scenario, slide: Slide, path: KeyPath, context: Context) -> Iterator[Mistake]:
    """Whether the decks that an agenda stands in have sections to be made of."""
    for deck in context.project.decks.values():
        if slide.agenda and scenario.name in deck.scenario_names and not any(part.title for part in deck.sections):
            hint = "an agenda is made of sections: with a title and scenarios each"
            yield scenario.source.mistake(f"the deck {deck.name} has no sections", *path, "agenda", hint=hint)


def check_decision(scenario: Scenario, slide: Slide, path: KeyPath, context: Context) -> Iterator[Mistake]:
    """Whether the rows of a decision say something."""
    source = scenario.source
    for index, choice in enumerate(slide.decision or ()):
        for key in ("when", "use"):
            way = (*path, "decision", index, key)
            if not getattr(choice, key).strip() and way in source.keys and not context.is_bad(source, *way):
                yield source.key_mistake(f"{key} is empty", *way)


def check_exercise(scenario: Scenario, slide: Slide, path: KeyPath, context: Context) -> Iterator[Mistake]:
    """Whether an exercise has a task and a time, and its code and its solution are there."""
    source = scenario.source
    if slide.exercise is None:
        return
    if not slide.exercise.strip() and not context.is_bad(source, *path, "exercise"):
        yield source.key_mistake("exercise is empty", *path, "exercise")
    if slide.timer is not None and not LEAST_TIMER_S <= slide.timer <= MOST_TIMER_S:
        hint = "something between ten seconds and a day"
        yield source.mistake("this is no time for a room to work in", *path, "timer", hint=hint)
    if slide.starter is not None:
        yield from context.check_run_name(scenario, slide.starter, (*path, "starter"), whole=True)
    elif slide.lines is not None:
        hint = "it goes with starter, whose code it is an excerpt of"
        yield source.key_mistake("lines says nothing here", *path, "lines", hint=hint)
    # A single word is meant as the name of a run: a solution takes more words.
    if RUN_NAME.fullmatch(slide.solution.strip()):
        yield from context.check_run_name(scenario, slide.solution.strip(), (*path, "solution"), whole=True)
