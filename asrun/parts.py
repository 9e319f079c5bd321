"""What some kinds of slides are made of: the columns of a slide."""

from __future__ import annotations

import msgspec


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
        return None if self.kind == "body" else getattr(self, self.kind)


COLUMN_KINDS = ("body", "code", "output", "timeline")
"""The kinds of slides that fit into a column."""
