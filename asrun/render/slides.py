"""The kinds of slides: for each, the values that its template is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from asrun.claims import Verdict
from asrun.inputs import Code
from asrun.model import Options, Project, Scenario, Slide
from asrun.recording import Recording, complaint
from asrun.render.code import Listing, code_texts, listing, prefix, shown_lines
from asrun.render.compare import TITLES, compare
from asrun.render.diff import diff
from asrun.render.facts import interpreter, machine, provenance, run_label
from asrun.render.fit import Room
from asrun.render.mistakes import SlideError
from asrun.render.output import Panel, panel, widths
from asrun.render.prose import Prose
from asrun.render.replay import clock_of, player, ratio
from asrun.render.text import cells, join_words

WIDTH = 1160
"""Pixels between the margins of a slide of 1280 × 720."""

HEIGHT = 584
"""Pixels between a title of one line and the footer."""

_PANEL_X, _PANEL_Y = 44, 22
"""What a panel's border and padding take."""

_GAP = 20
_TRANSPORT = 80
"""The height of a replay's time bar."""

_RACE = 34 + 30 + 46
"""The heights of a race's axis, of the labels above the panels and of the ratio."""

_FEW_WORDS = 260
"""Prose of up to this many characters is set in larger type."""

_NOTE = 74
"""The height of the note under measured bars."""

_TALLEST_BAR = 84

_SHORT = 8
"""Code of up to this many lines may stand above the output instead of beside it."""


class Stage(msgspec.Struct, frozen=True):
    """What a slide is made from."""

    project: Project
    scenario: Scenario
    slide: Slide
    options: Options
    prose: Prose
    recordings: Mapping[tuple[str, str], Recording]
    codes: Mapping[tuple[str, str], Code]
    verdicts: Sequence[Verdict]
    deck_recordings: Sequence[Recording]
    height: int
    """What the title and the caption leave, in pixels."""

    def owner(self, name: str) -> tuple[Scenario, str]:
        """The scenario that a run named on the slide belongs to, and its name there."""
        found = self.project.find_run(self.scenario, name)
        if found is None:
            raise SlideError(f"there is no run {name!r}")
        return found[0], found[1]

    def recording(self, name: str) -> Recording:
        """The recording of a run. Raises SlideError."""
        scenario, run = self.owner(name)
        try:
            return self.recordings[scenario.name, run]
        except KeyError:
            raise SlideError(f"{scenario.name}.{run} has not been recorded") from None

    def code(self, name: str) -> Code:
        """The code of a run. Raises SlideError."""
        scenario, run = self.owner(name)
        try:
            return self.codes[scenario.name, run]
        except KeyError:
            raise SlideError(f"there is no code for {scenario.name}.{run}") from None

    def label(self, name: str) -> str:
        """What slides call a run."""
        return run_label(*self.owner(name))

    def panel(self, name: str, room: Room, excerpt: str | int | None = None) -> Panel:
        """What a run printed, within some room, on a clock of its own."""
        scenario, run = self.owner(name)
        recording = self.recording(name)
        return panel(recording, scenario.runs[run], room, clock_of([recording]), excerpt)


def _inside(width: float, height: float, smallest: int = 20, largest: int = 30, **more: float) -> Room:
    """The room inside a panel."""
    return Room(width - _PANEL_X, height - _PANEL_Y, smallest, largest, **more)


def _output_room(width: float, height: float, smallest: int = 20, largest: int = 26) -> Room:
    return _inside(width, height, smallest, largest, leading=1.3, airy=1.6)


def _body(stage: Stage) -> dict[str, Any]:
    html = stage.prose.block(stage.slide.body or "", "body")
    has_room = len(html.striptags()) <= _FEW_WORDS and not any(tag in html for tag in ("<table", "<pre", "<img"))
    return {"html": html, "large": has_room}


def _code(stage: Stage) -> dict[str, Any]:
    slide = stage.slide
    code = stage.code(slide.code or "")
    room = _inside(WIDTH, stage.height)
    return {
        "listing": listing(code, room, slide.lines, slide.steps, slide.auto_animate),
        "label": stage.label(slide.code or ""),
        "footer": code.file,
    }


def _output(stage: Stage) -> dict[str, Any]:
    name = stage.slide.output or ""
    return {
        "panel": stage.panel(name, _output_room(WIDTH, stage.height, largest=30), stage.slide.lines),
        "label": stage.label(name),
        "footer": provenance([stage.recording(name)]),
    }


def _replay(stage: Stage) -> dict[str, Any]:
    name = stage.slide.replay or ""
    recording = stage.recording(name)
    beside = _beside(stage, name)
    above = _above(stage, name) if beside.listing.rows <= _SHORT else beside
    # The larger type wins; code beside its output is what an audience is used to.
    chosen = above if above.smallest_type > beside.smallest_type else beside
    label = stage.label(name)
    return {
        "listing": chosen.listing,
        "columns": chosen.columns,
        "player": player([label], [recording], [chosen.panel], stage.options.max_replay),
        "label": label,
        "footer": provenance([recording]),
    }


class _Arrangement(msgspec.Struct, frozen=True):
    """Code and output on a slide of a replay."""

    listing: Listing
    panel: Panel
    columns: str
    """CSS for the columns of the grid; one where the code stands above the output."""

    @property
    def smallest_type(self) -> int:
        return min(self.listing.fit.size, self.panel.fit.size)


def _beside(stage: Stage, name: str) -> _Arrangement:
    code, excerpt = stage.code(name), stage.slide.lines
    scenario, run = stage.owner(name)
    recording = stage.recording(name)
    height = stage.height - _TRANSPORT - _GAP
    wants_code = max(map(cells, code_texts(code, excerpt)), default=0) + prefix(shown_lines(code, excerpt)) + 2
    wants_output = max(widths(recording, scenario.runs[run], clock_of([recording])), default=0) + 2
    share = min(max(wants_code / (wants_code + wants_output), 0.38), 0.66)
    left = round((WIDTH - _GAP) * share)
    made = listing(code, _inside(left, height), excerpt)
    return _Arrangement(made, stage.panel(name, _output_room(WIDTH - _GAP - left, height)), f"{left}px 1fr")


def _above(stage: Stage, name: str) -> _Arrangement:
    height = stage.height - _TRANSPORT - _GAP
    made = listing(stage.code(name), _inside(WIDTH, height * 0.55, largest=26), stage.slide.lines)
    rest = height - _GAP - _PANEL_Y - made.fit.rows * made.fit.line
    return _Arrangement(made, stage.panel(name, _output_room(WIDTH, rest)), "1fr")


def _race(stage: Stage) -> dict[str, Any]:
    names = stage.slide.race or ()
    recordings = [stage.recording(name) for name in names]
    labels = [stage.label(name) for name in names]
    runs = [scenario.runs[run] for scenario, run in map(stage.owner, names)]
    clock = clock_of(recordings)
    count = len(names)
    height = stage.height - 48 * count - _RACE - 2 * _GAP
    room = _output_room((WIDTH - _GAP * (count - 1)) / count, height, 20 if count == 2 else 18)
    panels = [panel(recording, run, room, clock) for recording, run in zip(recordings, runs, strict=True)]
    comparable = not any(map(complaint, recordings, runs))
    return {
        "player": player(labels, recordings, panels, stage.options.max_replay),
        "ratio": ratio(labels, recordings) if comparable else None,
        "footer": provenance(recordings),
    }


def _compare(stage: Stage) -> dict[str, Any]:
    names = stage.slide.compare or ()
    recordings = [stage.recording(name) for name in names]
    made = compare([stage.label(name) for name in names], recordings, stage.slide.measure)
    row = min((stage.height - _NOTE) // len(names), _TALLEST_BAR)
    return {"comparison": made, "row": row, "footer": provenance(recordings)}


def _diff(stage: Stage) -> dict[str, Any]:
    left, right = stage.slide.diff or ("", "")
    room = Room((WIDTH - 2) / 2 - 28, stage.height - 56, 20, 26, airy=1.35)
    return {
        "diff": diff(stage.code(left), stage.code(right), stage.slide.lines, room),
        "labels": (stage.label(left), stage.label(right)),
    }


def _claims(stage: Stage) -> dict[str, Any]:
    wanted = stage.slide.claims
    chosen = [
        verdict for verdict in stage.verdicts if wanted is True or (wanted is not None and verdict.index + 1 in wanted)
    ]
    return {
        "verdicts": [
            {
                "held": verdict.held,
                "say": stage.prose.line(verdict.claim.say) if verdict.claim.say else None,
                "that": verdict.claim.that.strip(),
                "error": verdict.error,
            }
            for verdict in chosen
        ],
        "footer": "",
    }


def _environment(stage: Stage) -> dict[str, Any]:
    counts = Counter(
        (interpreter(recording), machine(recording), recording.machine.processor) for recording in stage.deck_recordings
    )
    # What is not Python comes last; of the others the one with the most recordings comes first.
    order = sorted(counts, key=lambda place: (not place[0], -counts[place], place))
    names = ("interpreter", "machine", "processor", "count")
    return {"rows": [dict(zip(names, (*place, counts[place]), strict=True)) for place in order]}


def _template(stage: Stage) -> dict[str, Any]:
    return {**stage.prose.names, **stage.slide.with_}


KINDS: Mapping[str, Callable[[Stage], dict[str, Any]]] = {
    "body": _body,
    "code": _code,
    "output": _output,
    "replay": _replay,
    "race": _race,
    "compare": _compare,
    "diff": _diff,
    "claims": _claims,
    "environment": _environment,
    "template": _template,
}


def suggested_title(stage: Stage) -> str:
    """What a slide's kind suggests as its title, where the author gave none: plain text."""
    slide = stage.slide
    labels = [stage.label(name) for name in slide.run_names]
    titles = {
        "output": "What {} prints",
        "race": "{} on one clock",
        "claims": "What this build has checked",
        "environment": "Where this was recorded",
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
