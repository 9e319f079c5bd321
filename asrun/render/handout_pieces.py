"""What the slides of a scenario are in the handout: texts and figures, each of which says what there is to see in it.

A slide of each kind has its pieces in `PIECES`. Several slides often show the same run; `choose` keeps of the pieces
that show the same the one that shows it best.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import jinja2
import msgspec
from markupsafe import Markup

from asrun.inputs import Code
from asrun.model import Slide
from asrun.recording import Recording, complaint
from asrun.render.code import listing
from asrun.render.compare import TITLES, compare_values
from asrun.render.diff import Diff, Side, diff
from asrun.render.exercise import in_words
from asrun.render.facts import interpreter, machine, provenance, span_ns
from asrun.render.fit import Room
from asrun.render.mistakes import SlideError
from asrun.render.moments import Stop, stops_of
from asrun.render.output import panel
from asrun.render.panes import gap_values, is_gap
from asrun.render.replay import clock_of, ratio
from asrun.render.rows import rows_of
from asrun.render.sketch import SKETCH_AXIS, draw
from asrun.render.slides import KINDS
from asrun.render.stage import Stage
from asrun.render.templates import slide_content
from asrun.render.timeline import AXIS, Chart, Frame, chart, frame_for, shown_rows

WIDE, NARROW = 736, 328
"""Pixels of a column of text on a screen or on paper, and on a phone."""

_PITCH = 26
"""Pixels from row to row of a timeline."""

_HEADING = 24
"""The height of a row's name where it stands above it."""

_LABEL = 15
"""The type size of names beside rows."""

_ANY_HEIGHT = 1e6

_TALLEST = 540
"""Pixels that the rows of a timeline may take."""

_SKETCH, _SKETCHED = 520, 60
"""The width of a sketch, and the height of each of its lanes."""

_TYPE = 14
_PAPER = Room(WIDE, 1e9, _TYPE, _TYPE)
"""Code is shown whole."""

_OUTPUT = Room(WIDE, 60 * _TYPE * 1.5, _TYPE, _TYPE, leading=1.5, airy=1.5)
"""Of output there are about sixty lines."""

_DIFF = Room(WIDE, 30 * _TYPE * 1.15, _TYPE, _TYPE)
"""In a diff of more than thirty lines those that did not change are folded."""

Sight = tuple[str, ...]
"""What there is to see: `("output", "chores.sync", "")`."""


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A text or a figure."""

    macro: str
    """Its macro in templates/pieces.html.j2."""
    shows: frozenset[Sight]
    weight: int = 1
    """How well it shows that."""
    values: Callable[[], dict[str, Any]]
    """What the macro is given. Raises SlideError."""


def choose(pieces: Sequence[Piece]) -> list[bool]:
    """Which to keep, in their order: of those that show the same, the one with the most weight, and else the first."""
    best: dict[Sight, int] = {}
    for index, piece in enumerate(pieces):
        for sight in piece.shows:
            if sight not in best or piece.weight > pieces[best[sight]].weight:
                best[sight] = index
    return [any(best[sight] == index for sight in piece.shows) for index, piece in enumerate(pieces)]


def pieces_of(stage: Stage, environment: jinja2.Environment) -> list[Piece]:
    """The pieces of a slide. Raises SlideError for a run that is not there."""
    if is_gap(stage):
        return [prose_piece(gap_values(stage)["html"])]
    return list(PIECES[stage.slide.kind](stage, environment))


def program(code: Code, label: str | Markup, excerpt: str | int | None = None) -> Piece:
    """A program, or an excerpt of it."""
    return Piece(
        macro="code",
        shows=frozenset({("code", code.file, code.text, _written(excerpt))}),
        values=lambda: {"listing": listing(code, _PAPER, excerpt), "label": label, "file": code.file},
    )


def _written(excerpt: str | int | None) -> str:
    return "" if excerpt is None else str(excerpt)


def _sight(stage: Stage, what: str, name: str, excerpt: str | int | None = None) -> Sight:
    scenario, run = stage.owner(name)
    return what, f"{scenario.name}.{run}", _written(excerpt)


def _program(stage: Stage, name: str, label: str | Markup = "") -> Piece:
    return program(stage.code(name), label or stage.code_label(name), stage.slide.lines)


def _printed(stage: Stage, name: str, excerpt: str | int | None = None, label: str | Markup = "") -> Piece:
    def values() -> dict[str, Any]:
        recording = stage.recording(name)
        scenario, run = stage.owner(name)
        clock = clock_of([recording])
        rows = rows_of(recording)
        lanes = {lane: (row.colour, row.label) for row in rows for lane in row.lanes} if len(rows) > 1 else None
        shown = panel(recording, scenario.runs[run], _OUTPUT, clock, excerpt, lanes)
        wall = f"{clock.show(recording.take.wall_ns)} {clock.unit}"
        return {"panel": shown, "label": label or stage.label(name), "wall": wall, "made": _made(stage, [recording])}

    return Piece(macro="output", shows=frozenset({_sight(stage, "output", name, excerpt)}), values=values)


def usual_place(recordings: Sequence[Recording]) -> str:
    """The interpreter and the machine that most of a deck's recordings come from, as `provenance` writes them."""
    places = Counter((interpreter(recording), machine(recording)) for recording in recordings if recording.python)
    # Of equally many the one that is met first, which is always the same.
    return " · ".join(places.most_common(1)[0][0]) if places else ""


def _made(stage: Stage, recordings: Sequence[Recording]) -> str:
    """What is to be said of how these recordings came about: not where, if that is the usual place."""
    return provenance(recordings).removeprefix(f"{usual_place(stage.deck_recordings)} · ")


class Lanes(msgspec.Struct, frozen=True):
    """A timeline in two widths."""

    label: str | Markup
    wide: Chart
    narrow: Chart
    notes: tuple[str, ...]
    elapsed: str = ""


def _lanes(
    names: Sequence[str], recordings: Sequence[Recording], labels: Sequence[str | Markup], moments: Sequence[int] = ()
) -> list[Lanes]:
    """Timelines on one axis, which stands below the last of them."""
    clock = clock_of(recordings)
    total_ns = max(map(span_ns, recordings))
    groups = [shown_rows(recording, _TALLEST / len(recordings) + AXIS) for recording in recordings]
    wide = frame_for(groups, recordings, WIDE, clock, total_ns, _LABEL)
    narrow = Frame(width=NARROW, left=12, words=0, total_ns=total_ns, clock=clock)
    made = []
    for index, (recording, rows, label) in enumerate(zip(recordings, groups, labels, strict=True)):
        large, small = (
            chart(
                recording,
                rows,
                frame,
                _ANY_HEIGHT,
                label,
                largest=_PITCH,
                moments=moments,
                with_axis=index == len(names) - 1,
                heading=heading,
            )
            for frame, heading in ((wide, 0), (narrow, _HEADING))
        )
        # A narrow one has no room beside its rows: what is said there goes to their names.
        words = [row.words for row in large.rows]
        rows_below = (msgspec.structs.replace(row, words=said) for row, said in zip(small.rows, words, strict=True))
        small = msgspec.structs.replace(small, rows=tuple(rows_below))
        elapsed = f"{clock.show(recording.take.wall_ns)} {clock.unit}"
        made.append(Lanes(label, _bare(large), _bare(small), large.notes, elapsed))
    return made


def _bare(drawn: Chart) -> Chart:
    """A chart without what is said below it: text that wraps is no picture."""
    axis = AXIS if drawn.axis else 4
    return msgspec.structs.replace(drawn, notes=(), size=_LABEL, height=round(drawn.bottom + axis))


def _timeline(stage: Stage, name: str, weight: int, stops: Sequence[Stop] = (), label: str | Markup = "") -> Piece:
    def values() -> dict[str, Any]:
        recording = stage.recording(name)
        moments = [stop.at_ns for stop in stops]
        return {"lanes": _lanes([name], [recording], [label or stage.label(name)], moments)[0], "stops": stops}

    return Piece(macro="timeline", shows=frozenset({_sight(stage, "timeline", name)}), weight=weight, values=values)


def _says_something(recording: Recording) -> bool:
    """Whether a timeline shows more than that a program ran."""
    return len(rows_of(recording)) > 1 or any(span.state == "waiting" for span in recording.spans)


def _body(stage: Stage, environment: jinja2.Environment) -> Iterable[Piece]:
    yield prose_piece(stage.prose.block(stage.slide.body or "", "body"))


def prose_piece(html: Markup) -> Piece:
    """Running text, which is never left out."""
    return Piece(macro="prose", shows=frozenset({("text", html)}), values=lambda: {"html": html})


def _code(stage: Stage, environment: jinja2.Environment) -> Iterable[Piece]:
    yield _program(stage, stage.slide.code or "")


def _output(stage: Stage, environment: jinja2.Environment) -> Iterable[Piece]:
    yield _printed(stage, stage.slide.output or "", stage.slide.lines)


def _replay(stage: Stage, environment: jinja2.Environment) -> Iterable[Piece]:
    slide, name = stage.slide, stage.slide.replay or ""
    recording = stage.recording(name)
    yield _program(stage, name)
    yield _printed(stage, name)
    stops = stops_of(slide.moments, recording, stage.prose, clock_of([recording]))
    if stops or _says_something(recording):
        yield _timeline(stage, name, 4 if stops else 1, stops)


def _only_timeline(stage: Stage, environment: jinja2.Environment) -> Iterable[Piece]:
    yield _timeline(stage, stage.slide.timeline or "", 3)


def _race(stage: Stage, environment: jinja2.Environment) -> Iterable[Piece]:
    names = stage.slide.race or ()
    recordings = [stage.recording(name) for name in names]
    runs = [scenario.runs[run] for scenario, run in map(stage.owner, names)]
    labels = [stage.label(name) for name in names]

    def values() -> dict[str, Any]:
        comparable = not any(map(complaint, recordings, runs))
        return {
            "lanes": _lanes(names, recordings, labels),
            "ratio": ratio(labels, recordings) if comparable else None,
            "made": _made(stage, recordings),
        }

    shows = {("race", *(".".join(_sight(stage, "", name)) for name in names))}
    shows |= {_sight(stage, "timeline", name) for name in names}
    yield Piece(macro="race", shows=frozenset(shows), weight=2, values=values)
    yield from (_printed(stage, name) for name in names)


def _compare(stage: Stage, environment: jinja2.Environment) -> Iterable[Piece]:
    def values() -> dict[str, Any]:
        made = compare_values(stage)
        recordings = [stage.recording(name) for name in stage.slide.run_names if not stage.is_missing(name)]
        return {**made, "title": TITLES[stage.slide.measure], "made": _made(stage, recordings)}

    shows = ("compare", stage.slide.measure, *map(str, stage.slide.compared))
    yield Piece(macro="compare", shows=frozenset({shows}), values=values)


class Change(msgspec.Struct, frozen=True):
    """A line of a diff, one under the other: its sign, its numbers before and after, and what stands there."""

    sign: str
    before: int | str
    after: int | str
    html: Markup | str


def _unified(made: Diff) -> list[Change]:
    """The rows of a diff one under the other: what went of a stretch, then what came."""
    changes: list[Change] = []
    came: list[Side] = []
    for row in made.rows:
        left, right = row.left, row.right
        if (left is not None and left.sign == " ") or row.folded:
            changes += [Change("+", "", side.number, side.html) for side in came]
            came = []
        if row.folded:
            changes.append(Change("", "", "", row.folded))
        elif left is not None and right is not None and left.sign == " ":
            changes.append(Change(" ", left.number, right.number, right.html))
        else:
            if left is not None:
                changes.append(Change("−", left.number, "", left.html))
            if right is not None:
                came.append(right)
    return [*changes, *(Change("+", "", side.number, side.html) for side in came)]


def _diff(stage: Stage, environment: jinja2.Environment) -> Iterable[Piece]:
    left, right = stage.slide.diff or ("", "")

    def values() -> dict[str, Any]:
        made = diff(stage.code(left), stage.code(right), stage.slide.lines, _DIFF)
        return {"changes": _unified(made), "labels": (stage.code_label(left), stage.code_label(right))}

    shows = ("diff", *_sight(stage, left, right, stage.slide.lines))
    yield Piece(macro="diff", shows=frozenset({shows}), values=values)


def _columns(stage: Stage, environment: jinja2.Environment) -> Iterable[Piece]:
    """One after the other; what a column is called stands over its text, or with its figure."""
    for number, column in enumerate(stage.slide.columns or ()):
        own = Slide(**{column.kind: getattr(column, column.kind)}, lines=column.lines)
        narrow = msgspec.structs.replace(stage, slide=own)
        name = column.run_name or ""
        try:
            title = stage.prose.line(column.title, "title") if column.title else Markup("")
            if column.kind == "body" or is_gap(narrow):
                head = Markup("<p><strong>{}</strong></p>\n").format(title) if title else Markup("")
                html = gap_values(narrow)["html"] if is_gap(narrow) else stage.prose.block(column.body or "", "body")
                yield prose_piece(head + html)
            elif column.kind == "code":
                yield _program(narrow, name, title)
            elif column.kind == "sketch":
                yield _sketched(narrow, title)
            elif column.kind == "output":
                yield _printed(narrow, name, column.lines, title)
            else:
                yield _timeline(narrow, name, 3, label=title)
        except SlideError as error:
            raise SlideError(str(error), "columns", number, *error.path) from error


def _sketched(stage: Stage, title: str | Markup = "") -> Piece:
    lanes = stage.slide.sketch or {}
    return Piece(
        macro="sketch",
        shows=frozenset({("sketch", title, *map(str, lanes.items()))}),
        values=lambda: {"drawing": draw(lanes, _SKETCH, _SKETCHED * len(lanes) + SKETCH_AXIS), "title": title},
    )


def _sketch(stage: Stage, environment: jinja2.Environment) -> Iterable[Piece]:
    yield _sketched(stage)


def _agenda(stage: Stage, environment: jinja2.Environment) -> Iterable[Piece]:
    """Nothing: the handout has its list of contents."""
    return ()


def _decision(stage: Stage, environment: jinja2.Environment) -> Iterable[Piece]:
    choices = KINDS["decision"](stage)["choices"]
    shows = frozenset({("decision", *(str(choice) for choice in choices))})
    yield Piece(macro="decision", shows=shows, values=lambda: {"choices": choices})


def _exercise(stage: Stage, environment: jinja2.Environment) -> Iterable[Piece]:
    """The task, the code to begin with, and the solution, folded."""
    slide = stage.slide
    html = stage.prose.block(slide.exercise or "", "exercise")
    time = in_words(round(slide.timer)) if slide.timer is not None else ""
    yield Piece(macro="exercise", shows=frozenset({("text", html)}), values=lambda: {"html": html, "time": time})
    if slide.starter is not None:
        yield _program(stage, slide.starter)
    solution = slide.solution.strip()
    if solution and stage.project.find_run(stage.scenario, solution) is not None:
        own = program(stage.code(solution), stage.code_label(solution))
        printed = _printed(stage, solution)
        yield Piece(
            macro="solution",
            shows=own.shows | printed.shows | {("solution", solution)},
            values=lambda: {"program": own.values(), "printed": printed.values()},
        )
    elif solution:
        told = stage.prose.block(slide.solution, "solution")
        yield Piece(macro="solution", shows=frozenset({("text", told)}), values=lambda: {"html": told})


def _claims(stage: Stage, environment: jinja2.Environment) -> Iterable[Piece]:
    wanted = stage.slide.claims
    numbers = [verdict.index for verdict in stage.verdicts if wanted is True or verdict.index + 1 in (wanted or ())]
    yield Piece(
        macro="claims",
        shows=frozenset(("claim", str(number)) for number in numbers),
        values=lambda: {"verdicts": [stage.verdicts[number] for number in numbers], "say": stage.prose.line},
    )


def _environment(stage: Stage, environment: jinja2.Environment) -> Iterable[Piece]:
    yield Piece(
        macro="environment",
        shows=frozenset({("environment",)}),
        values=lambda: {"html": slide_content(environment, stage.slide, KINDS["environment"](stage))},
    )


def _template(stage: Stage, environment: jinja2.Environment) -> Iterable[Piece]:
    """A layout of the author's own, from templates/handout/<name>.html.j2 if it is there. Raises SlideError."""
    own = f"handout/{stage.slide.template}.html.j2"
    values = KINDS[stage.slide.kind](stage)
    if own in environment.list_templates():
        html = Markup(environment.get_template(own).render(values))
    else:
        html = slide_content(environment, stage.slide, values)
    yield Piece(macro="html", shows=frozenset({("html", html)}), values=lambda: {"html": html})


PIECES: Mapping[str, Callable[[Stage, jinja2.Environment], Iterable[Piece]]] = {
    "body": _body,
    "code": _code,
    "output": _output,
    "replay": _replay,
    "race": _race,
    "timeline": _only_timeline,
    "compare": _compare,
    "diff": _diff,
    "claims": _claims,
    "environment": _environment,
    "template": _template,
    "columns": _columns,
    "sketch": _sketch,
    "agenda": _agenda,
    "decision": _decision,
    "exercise": _exercise,
}
