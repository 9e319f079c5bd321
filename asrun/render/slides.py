"""The kinds of slides: for each, the values that its template is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from asrun.render.charts import timeline_values
from asrun.render.columns import columns_values
from asrun.render.compare import TITLES, compare_values
from asrun.render.diff import diff
from asrun.render.evidence import claims_values, environment_values
from asrun.render.exercise import exercise_values
from asrun.render.fit import Room
from asrun.render.mistakes import SlideError
from asrun.render.panes import body_values, code_values, output_values
from asrun.render.races import race_values
from asrun.render.replays import replay_values
from asrun.render.sketch import sketch_values
from asrun.render.stage import WIDTH, Stage
from asrun.render.text import join_words


def _diff(stage: Stage) -> dict[str, Any]:
    left, right = stage.slide.diff or ("", "")
    room = Room((WIDTH - 2) / 2 - 28, stage.height - 56, 20, 26, airy=1.35)
    return {
        "diff": diff(stage.code(left), stage.code(right), stage.slide.lines, room),
        "labels": (stage.code_label(left), stage.code_label(right)),
    }


def _agenda(stage: Stage) -> dict[str, Any]:
    if not stage.parts:
        raise SlideError("this deck has no sections, which an agenda is made of", "agenda")
    return {"parts": stage.parts}


def _decision(stage: Stage) -> dict[str, Any]:
    choices = []
    for index, choice in enumerate(stage.slide.decision or ()):
        lines = {}
        for key in ("when", "use", "because"):
            try:
                lines[key] = stage.prose.line(getattr(choice, key))
            except SlideError as error:
                raise SlideError(str(error), "decision", index, key) from error
        choices.append(lines)
    return {"choices": choices, "one_by_one": stage.slide.one_by_one}


def _template(stage: Stage) -> dict[str, Any]:
    return {**stage.prose.names, **stage.slide.with_}


KINDS: Mapping[str, Callable[[Stage], dict[str, Any]]] = {
    "body": body_values,
    "code": code_values,
    "output": output_values,
    "replay": replay_values,
    "race": race_values,
    "timeline": timeline_values,
    "compare": compare_values,
    "diff": _diff,
    "claims": claims_values,
    "environment": environment_values,
    "template": _template,
    "columns": columns_values,
    "sketch": sketch_values,
    "agenda": _agenda,
    "decision": _decision,
    "exercise": exercise_values,
}


def suggested_title(stage: Stage) -> str:
    """What a slide's kind suggests as its title, where the author gave none: plain text."""
    slide = stage.slide
    label = stage.code_label if slide.kind in ("code", "diff") else stage.label
    labels = [label(name) for name in slide.run_names]
    titles = {
        "output": "What {} prints",
        "timeline": "{}: who did what, when",
        "race": "{} on one clock",
        "claims": "What this build has checked",
        "environment": "Where this was recorded",
        "agenda": "Agenda",
        "decision": "Which one?",
        "exercise": "Exercise",
    }
    if slide.kind == "compare":
        return TITLES[slide.measure]
    if slide.kind == "diff":
        return f"From {labels[0]} to {labels[1]}"
    if slide.kind in ("code", "replay"):
        return labels[0][:1].upper() + labels[0][1:]
    words = join_words(labels) if len(labels) <= 2 else f"{len(labels)} runs"
    title = titles[slide.kind].format(words) if slide.kind in titles else stage.scenario.title
    return title[:1].upper() + title[1:]
