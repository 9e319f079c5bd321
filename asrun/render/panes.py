"""Kinds of slides that fill a pane of any width: prose, code and output, on a slide of their own or in a column."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from asrun.render.code import listing
from asrun.render.facts import provenance
from asrun.render.stage import WIDTH, Stage, inside, output_room
from asrun.render.text import join_words

_FEW_WORDS = 260
"""Prose of up to this many characters is set in larger type, on a slide of its own."""


def body_values(stage: Stage) -> dict[str, Any]:
    """What the template of prose is given."""
    html = stage.prose.block(stage.slide.body or "", "body")
    return {"html": html, "large": is_large(html, stage.width)}


def is_large(html: Markup, width: float) -> bool:
    """Whether prose is so short that it can be set in larger type within some width."""
    has_room = len(html.striptags()) <= _FEW_WORDS * width / WIDTH
    return has_room and not any(tag in html for tag in ("<table", "<pre", "<img"))


def code_values(stage: Stage) -> dict[str, Any]:
    """What the template of code is given."""
    slide = stage.slide
    code = stage.code(slide.code or "")
    room = inside(stage.width, stage.height, largest=stage.largest)
    return {
        "listing": listing(code, room, slide.lines, slide.steps, slide.auto_animate),
        "label": stage.code_label(slide.code or ""),
        "footer": code.file,
    }


def output_values(stage: Stage) -> dict[str, Any]:
    """What the template of output is given."""
    name = stage.slide.output or ""
    return {
        "panel": stage.panel(name, output_room(stage.width, stage.height, largest=stage.largest), stage.slide.lines),
        "label": stage.label(name),
        "footer": provenance([stage.recording(name)]),
    }


def is_gap(stage: Stage) -> bool:
    """Whether there is nothing to show, since an interpreter was not there. Comparisons have a gap among their bars."""
    has_gap = stage.slide.kind in ("output", "replay", "race", "timeline")
    return has_gap and any(map(stage.is_missing, stage.slide.run_names))


def gap_values(stage: Stage) -> dict[str, Any]:
    """What the template of prose is given to say which interpreter was not there."""
    owners = [stage.owner(name) for name in stage.slide.run_names if stage.is_missing(name)]
    versions = list(dict.fromkeys(f"Python {owner.runs[run].version}" for owner, run in owners))
    words = f"{join_words(versions)} {'was' if len(versions) == 1 else 'were'} not there when this was recorded."
    return {"html": Markup("<p>{}</p>").format(words), "large": True}
