"""What an author has to put right, found only when a slide is made."""

from __future__ import annotations


class SlideError(Exception):
    """A slide cannot be made as it is written; the message is for the author."""

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.key = key
        """The key of the slide that is wrong; empty for the slide itself."""
