"""At which line of the author's code each lane stands, and from when."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from asrun.recording import Recording
from asrun.render.rows import IDLE, Row

MOST = 600
"""Changes of place of one lane that a slide can show; the shortest of more are left out."""

_MOST_IN_ALL = 6_000
"""The same of all lanes of a slide."""

Stand = tuple[int, str | None, int | None]
"""Since when, in nanoseconds; the file, None for the script itself; the line, None where the lane is nowhere."""


class Stands:
    """Where the lanes of a recording stood.

    `script` is the name under which the probe knows the program itself.
    """

    def __init__(self, recording: Recording, script: str) -> None:
        self._recording = recording
        self._places: dict[int, list[Stand]] = {}
        for span in recording.spans:
            if span.state == "waiting" and span.line is not None:
                file = None if span.file == script else span.file
                self._places.setdefault(span.lane, []).append((span.begin_ns, file, span.line))
            elif span.state == "waiting" and span.on == IDLE:
                self._places.setdefault(span.lane, []).append((span.begin_ns, None, None))
        for event in recording.events:
            if event.lane is not None and event.line is not None:
                self._places.setdefault(event.lane, []).append((event.at_ns, event.file, event.line))

    def of(self, row: Row) -> list[Stand]:
        """Where the lanes of a row stood: nowhere before they began and after they ended.

        A lane that waits stands where it waits, one that runs at the line that was last known of it.
        """
        places = sorted(
            (place for lane in row.lanes for place in self._places.get(lane, ())), key=lambda place: place[0]
        )
        ends = [self._recording.lanes[lane].ended_ns for lane in row.lanes]
        known = [end for end in ends if end is not None]
        end_ns = max(known) if known else self._recording.take.wall_ns
        stands: list[Stand] = []
        for place in places:
            if place[0] < end_ns and (not stands or stands[-1][1:] != place[1:]):
                stands.append(place)
        return _thin([*stands, (end_ns, None, None)] if stands else [])

    def of_all(self, rows: Sequence[Row]) -> list[tuple[Row, list[Stand]]]:
        """The stands of every row, and of every lane of a group, that is somewhere at some time.

        Lanes for which a page has no room are left out, and of a group all or none: it is counted.
        """
        found: list[tuple[Row, list[Stand]]] = []
        room = _MOST_IN_ALL
        for row in rows:
            members = [msgspec.structs.replace(row, lanes=(lane,)) for lane in row.lanes] if row.is_group else [row]
            own = [(member, stands) for member in members if (stands := self.of(member))]
            count = sum(len(stands) for _, stands in own)
            if count <= room:
                found += own
                room -= count
        return found


def _thin(stands: list[Stand]) -> list[Stand]:
    if len(stands) <= MOST:
        return stands
    lasts = sorted((after[0] - stand[0] for stand, after in pairwise(stands)), reverse=True)
    least_ns = lasts[MOST - 2]
    return [
        stand
        for stand, after in zip(stands, [*stands[1:], None], strict=True)
        if after is None or after[0] - stand[0] > least_ns
    ]
