"""What some kinds of slides are made of: the columns of a slide, the lanes of a sketch, choices."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

SKETCH_RUNS, SKETCH_WAITS = "#", "."

SKETCH_PATTERN = r"^[#. ]{1,120}$(?!\n)"
"""A lane of a sketch: `#` where it runs, `.` where it waits, a blank where it is not there."""

Sketch = dict[str, Annotated[str, Meta(pattern=SKETCH_PATTERN)]]
"""Lanes by name, each as a row of signs: `{A: "##..##..", B: "..##..##"}`."""


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A column of a slide: exactly one of the kinds that fit into one, and a title."""

    body: str | None = None
    """Prose: Jinja, then Markdown."""
    code: str | None = None
    """The code of a run."""
    output: str | None = None
    """What a run printed, with a time beside each line."""
    timeline: str | None = None
    """What the processes, threads and tasks of a run did, and when."""
    sketch: Sketch | None = None
    """A picture of lanes by the author's own hand."""
    title: str = ""
    """Prose above the column."""
    lines: str | int | None = None
    """For `code` and `output`: an excerpt."""

    @property
    def kind(self) -> str:
        """The name of the column's one kind key."""
        return next(kind for kind in COLUMN_KINDS if getattr(self, kind) is not None)

    @property
    def run_name(self) -> str | None:
        """The run that it shows, as written."""
        return next((name for kind in RUN_COLUMNS if (name := getattr(self, kind)) is not None), None)


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A row of a decision: in which case one takes what, and why. All are lines of prose."""

    when: str
    """The case."""
    use: str
    """What to take then."""
    because: str = ""
    """Why: best with a number from a recording."""


COLUMN_KINDS = ("body", "code", "output", "timeline", "sketch")
"""The kinds of slides that fit into a column."""

RUN_COLUMNS = ("code", "output", "timeline")
"""Those of them that show a run."""
