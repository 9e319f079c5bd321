"""Exercises: a task, the time for it, and the code to begin with."""

from __future__ import annotations

from typing import Any

import msgspec

from asrun.render.code import listing
from asrun.render.panes import is_large
from asrun.render.stage import Stage, inside

_GAP = 40
_TASK = 0.44
"""The share of the width that a task has beside code."""

_TIMER = 400
"""Pixels for the timer beside a task that has no code."""


class Timer(msgspec.Struct, frozen=True):
    """A countdown."""

    seconds: int
    words: str
    """As it stands on paper, and before it runs: `5 min`."""


def exercise_values(stage: Stage) -> dict[str, Any]:
    """What the template of an exercise is given."""
    slide = stage.slide
    html = stage.prose.block(slide.exercise or "", "exercise")
    timer = Timer(round(slide.timer), in_words(round(slide.timer))) if slide.timer is not None else None
    if slide.starter is None:
        width = stage.width - (_TIMER + _GAP if timer else 0)
        return {"html": html, "large": is_large(html, width), "timer": timer, "listing": None, "footer": ""}
    task = round((stage.width - _GAP) * _TASK)
    code = stage.code(slide.starter)
    room = inside(stage.width - _GAP - task, stage.height, largest=26)
    return {
        "html": html,
        "large": is_large(html, task),
        "timer": timer,
        "listing": listing(code, room, slide.lines),
        "task": task,
        "footer": code.file,
    }


def in_words(seconds: int) -> str:
    """`30 s`, `5 min`, `1 min 30 s`, `2 h`."""
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    parts = ((hours, "h"), (minutes, "min"), (rest, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count)
