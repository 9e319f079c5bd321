"""What an author has to put right, found only when a slide is made."""

from __future__ import annotations


class SlideError(Exception):
    """A slide cannot be made as it is written; the message is for the author."""

    def __init__(self, message: str, *path: str | int) -> None:
        super().__init__(message)
        self.path = tuple(part for part in path if part != "")
        """The way from the slide to the value that is wrong; empty for the slide itself."""

    @property
    def key(self) -> str:
        """The key of the slide that is wrong; empty for the slide itself."""
        return str(self.path[0]) if self.path else ""
