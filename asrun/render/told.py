"""Prose that is put into a page, and what is wrong with it, gathered to be told at once."""

from __future__ import annotations

from markupsafe import Markup

from asrun.errors import Mistake
from asrun.model import Source
from asrun.render.mistakes import SlideError
from asrun.render.prose import Prose


class Teller:
    """Makes prose into HTML. What is wrong is in `mistakes`, and leaves a gap in the page."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []

    def line(self, prose: Prose, text: str, source: Source | None, *path: str | int) -> Markup:
        """A title or a caption, which stands at `path` in its source."""
        try:
            return prose.line(text) if text else Markup("")
        except SlideError as error:
            self.mistaken(error, source, *path)
            return Markup("")

    def block(self, prose: Prose, text: str, source: Source | None, *path: str | int) -> Markup:
        """Paragraphs, which stand at `path` in their source."""
        try:
            return prose.block(text) if text else Markup("")
        except SlideError as error:
            self.mistaken(error, source, *path)
            return Markup("")

    def mistaken(self, error: SlideError, source: Source | None, *path: str | int) -> None:
        """Gather a mistake at `path`, or below it. Raises it where nobody wrote a file."""
        if source is None:
            raise error
        self.mistakes.append(source.mistake(str(error), *path, *error.path))
