"""A program's standard input."""

from __future__ import annotations

import os

_AT_ONCE_BYTES = 1 << 16


class Feed:
    """A pipe that is filled as fast as the program reads it, and then closed.

    It is a pipe also where there is nothing to read, so that a program meets the same kind of file either way.
    `theirs` is the program's end, to be passed on and closed.
    """

    def __init__(self, content: bytes) -> None:
        self._rest = memoryview(content)
        self.theirs, self.fd = os.pipe()
        self.ended = False
        os.set_blocking(self.fd, False)

    def write(self) -> None:
        """Write what fits; after the last byte, or when nobody reads any more, the feed has ended."""
        try:
            while self._rest:
                self._rest = self._rest[os.write(self.fd, self._rest[:_AT_ONCE_BYTES]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            pass
        self.close()

    def close(self) -> None:
        """Close AsRun's end."""
        if not self.ended:
            os.close(self.fd)
            self.ended = True
