"""At which line of the author's code each lane stands, and from when."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from asrun.recording import Recording
from asrun.render.rows import IDLE, Row

MOST = 600
"""Changes of place of one lane that a slide can show; the shortest of more are left out."""

_MOST_IN_ALL = 20_000

Stand = tuple[int, str | None, int | None]
"""Since when, in nanoseconds; the file, None for the script itself; the line, None where the lane is nowhere."""


def stands_of(recording: Recording, row: Row, script: str) -> list[Stand]:
    """Where the lanes of a row stood: nowhere before they began and after they ended.

    A lane that waits stands where it waits, one that runs at the line that was last known of it. `script` is the name
    under which the probe knows the program itself.
    """
    places: list[Stand] = []
    members = set(row.lanes)
    for span in recording.spans:
        if span.lane in members and span.state == "waiting":
            if span.line is not None:
                places.append((span.begin_ns, None if span.file == script else span.file, span.line))
            elif span.on == IDLE:
                places.append((span.begin_ns, None, None))
    places += [
        (event.at_ns, event.file, event.line)
        for event in recording.events
        if event.lane in members and event.line is not None
    ]
    places.sort(key=lambda place: place[0])
    ends = [recording.lanes[lane].ended_ns for lane in row.lanes]
    known = [end for end in ends if end is not None]
    end_ns = max(known) if known else recording.take.wall_ns
    stands: list[Stand] = []
    for place in places:
        if place[0] < end_ns and (not stands or stands[-1][1:] != place[1:]):
            stands.append(place)
    return _thin([*stands, (end_ns, None, None)] if stands else [])


def all_stands(recording: Recording, rows: Sequence[Row], script: str) -> list[tuple[Row, list[Stand]]]:
    """The stands of every row, and of every lane of a group, that is somewhere at some time.

    Of more than a page can carry, those of the first ones.
    """
    found = []
    count = 0
    each = [
        msgspec.structs.replace(row, lanes=(lane,)) if row.is_group else row
        for row in rows
        for lane in (row.lanes if row.is_group else row.lanes[:1])
    ]
    for row in each:
        stands = stands_of(recording, row, script)
        count += len(stands)
        if stands and count <= _MOST_IN_ALL:
            found.append((row, stands))
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
