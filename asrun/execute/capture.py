"""Reading what a program prints, as it comes: when, on which stream, and by which process."""

from __future__ import annotations

import os
import socket
import sys
import time

from asrun.execute.request import Chunk
from asrun.lanes import Stream

READ_BYTES = 1 << 16
"""How much is read at once: what a pipe holds."""
CHUNK_LIMIT = 250_000
"""How many reads are kept at most, whatever their size: a program may write its output byte by byte."""
_CREDENTIALS_BYTES = 12
"""struct ucred of unix(7): the process, the user and the group, four bytes each."""


class StreamReader:
    """AsRun's end of a standard stream of a program; `theirs` is the program's end, to be passed on and closed.

    With `tell_writers` it is a socket that tells which process wrote (SO_PASSCRED, unix(7)) and never joins what two
    processes wrote; else, and where the system has no such sockets, a pipe. A program can open /dev/stdout again only
    when that is a pipe.
    """

    def __init__(self, stream: Stream, *, tell_writers: bool) -> None:
        self.stream: Stream = stream
        self.ended = False
        self._socket: socket.socket | None = None
        if tell_writers and sys.platform == "linux":
            self._socket, theirs = socket.socketpair()
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            self.fd, self.theirs = self._socket.fileno(), theirs.detach()
        else:
            self.fd, self.theirs = os.pipe()
        os.set_blocking(self.fd, False)

    def read(self) -> tuple[bytes, int | None]:
        """What has come, with the process that wrote it where that is known; nothing at the end.

        Raises BlockingIOError when nothing has come yet.
        """
        if self._socket is None:
            return os.read(self.fd, READ_BYTES), None
        data, ancillary, _, _ = self._socket.recvmsg(READ_BYTES, socket.CMSG_SPACE(_CREDENTIALS_BYTES))
        for _, kind, credentials in ancillary:
            if kind == socket.SCM_CREDENTIALS:
                return data, int.from_bytes(credentials[:4], sys.byteorder) or None
        return data, None

    def read_into(self, buffer: bytearray) -> int:
        """Read to throw away: how much there was, 0 at the end. Raises BlockingIOError."""
        return os.readv(self.fd, [buffer])

    def close(self) -> None:
        """Close AsRun's end."""
        if self._socket is not None:
            self._socket.close()
        else:
            os.close(self.fd)


class Capture:
    """Everything that was read of a run's streams, up to a limit in bytes; beyond that only how much it was."""

    def __init__(self, limit_bytes: int) -> None:
        self.chunks: list[Chunk] = []
        self.dropped_bytes = 0
        self._room = limit_bytes
        self._scrap = bytearray()

    def read(self, reader: StreamReader) -> bool:
        """Read once. False when there was nothing to read, be it that the stream is at its end."""
        try:
            return self._read(reader)
        except BlockingIOError:
            return False
        except ConnectionError:
            reader.ended = True
            return False

    def _read(self, reader: StreamReader) -> bool:
        if self._room <= 0 or len(self.chunks) >= CHUNK_LIMIT:
            self._scrap = self._scrap or bytearray(4 * READ_BYTES)
            count = reader.read_into(self._scrap)
            self.dropped_bytes += count
            reader.ended = not count
            return not reader.ended
        data, pid = reader.read()
        at_ns = time.monotonic_ns()
        if not data:
            reader.ended = True
            return False
        if len(data) > self._room:
            self.dropped_bytes += len(data) - self._room
            data = data[: self._room]
        self._room -= len(data)
        self.chunks.append(Chunk(at_ns, reader.stream, pid, data))
        return True
