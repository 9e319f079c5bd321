"""What a slide is made from, and the room on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from markupsafe import Markup

from asrun.claims import Verdict
from asrun.inputs import Code
from asrun.model import Options, Project, Scenario, Slide, split_run
from asrun.recording import Recording
from asrun.render.facts import run_label
from asrun.render.fit import Room
from asrun.render.mistakes import SlideError
from asrun.render.output import Panel, panel
from asrun.render.prose import Prose
from asrun.render.replay import clock_of

WIDTH = 1160
"""Pixels between the margins of a slide of 1280 × 720."""

HEIGHT = 584
"""Pixels between a title of one line and the footer."""

PANEL_X, PANEL_Y = 44, 22
"""What a panel's border and padding take."""

GAP = 20

LARGEST = 30
"""The largest type for code and for output that stands alone, in pixels."""


class Part(msgspec.Struct, frozen=True):
    """A section of the deck, as an agenda shows it."""

    id: str
    """Of its slide, for links to it."""
    title: Markup
    subtitle: Markup
    is_current: bool = False
    """Whether the slide stands in it."""


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
    width: int = WIDTH
    """Pixels from left to right: those between the margins, or those of a column."""
    largest: int = LARGEST
    """The largest type for code and output, in pixels."""
    parts: tuple[Part, ...] = ()
    """The sections of the deck that have a title."""

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

    def code_label(self, name: str) -> str:
        """What slides call the code of a run, which is the same for all interpreters of a matrix."""
        scenario, run = self.owner(name)
        return run_label(scenario, run, with_version=False)

    def labels(self, names: Sequence[str]) -> list[str]:
        """What a slide calls its runs: `Python 3.13` where they differ by the interpreter alone."""
        stems = {split_run(name)[0] for name in names}
        versions = [split_run(name)[1] for name in names]
        if len(stems) == 1 and all(versions) and len(names) > 1:
            return [f"Python {version}" for version in versions]
        return [self.label(name) for name in names]

    def is_missing(self, name: str) -> bool:
        """Whether a run may be missing, and is."""
        scenario, run = self.owner(name)
        return scenario.runs[run].optional and (scenario.name, run) not in self.recordings

    def panel(self, name: str, room: Room, excerpt: str | int | None = None) -> Panel:
        """What a run printed, within some room, on a clock of its own."""
        scenario, run = self.owner(name)
        recording = self.recording(name)
        return panel(recording, scenario.runs[run], room, clock_of([recording]), excerpt)


def inside(width: float, height: float, smallest: int = 20, largest: int = LARGEST, **more: float) -> Room:
    """The room inside a panel."""
    return Room(width - PANEL_X, height - PANEL_Y, smallest, largest, **more)


def output_room(width: float, height: float, smallest: int = 20, largest: int = 26) -> Room:
    """The room inside a panel of output."""
    return inside(width, height, smallest, largest, leading=1.3, airy=1.6)
