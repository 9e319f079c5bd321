"""How AsRun and its supervisors talk: dictionaries of plain values, in marshal's format behind their length.

Both sides run the same interpreter, and marshal, unlike json, costs the supervisor no memory: see there why it matters.
"""

from __future__ import annotations

import marshal

TYPE_CHECKING = False
if TYPE_CHECKING:  # the module typing would cost the supervisor a megabyte
    from typing import Any

_HEAD_BYTES = 4


def pack(message: dict[str, Any]) -> bytes:
    """One message, ready to be sent."""
    body = marshal.dumps(message)
    return len(body).to_bytes(_HEAD_BYTES, "big") + body


def unpack(received: bytearray) -> dict[str, Any] | None:
    """Take the first message off what was received; None while it is not complete."""
    end = _HEAD_BYTES + int.from_bytes(received[:_HEAD_BYTES], "big")
    if len(received) < max(end, _HEAD_BYTES):
        return None
    message: dict[str, Any] = marshal.loads(received[_HEAD_BYTES:end])
    del received[:end]
    return message
