"""The marks in code: which files are shown, where the lanes stand in them, and the room for the names of lanes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import msgspec

from asrun.inputs import Code
from asrun.recording import Recording
from asrun.render.code import Listing, listing
from asrun.render.fit import Room
from asrun.render.rows import Row
from asrun.render.stands import Stand, Stands

TABS = 34
"""The height of the tabs of several files."""

_MOST_FILES = 4
_CHIP = 0.8
"""Width of a character of a chip, relative to one of the code at its smallest."""


class Marked(msgspec.Struct, frozen=True):
    """The files of a run in which somebody stands at some time."""

    files: tuple[str | None, ...]
    """None for the program itself, then modules beside it."""
    reserve: dict[str | None, dict[int, int]]
    """Columns to be kept free for names behind lines, by file."""
    stands: str
    """For the script: for each lane its name, its colour, and where it stands since when, as JSON."""


def marked(recording: Recording, code: Code, rows: Sequence[Row]) -> Marked:
    """The marks of these rows in the code of a run."""
    stands = Stands(recording, code.file).of_all(rows)
    modules = {name for name, _ in code.modules}
    used = dict.fromkeys(file for _, places in stands for _, file, _ in places if file in modules)
    files = (None, *list(used)[: _MOST_FILES - 1])
    return Marked(files, _reserve(stands, files), _json(stands, files))


def listings(marks: Marked, code: Code, room: Room, excerpt: str | int | None = None) -> tuple[Listing, ...]:
    """The program, and the further files, in windows where they are longer than the room. Raises SlideError."""
    if len(marks.files) > 1:
        room = msgspec.structs.replace(room, height=room.height - TABS)
    texts = dict(code.modules)
    made = [listing(code, room, excerpt, after=marks.reserve[None], may_scroll=True)]
    for file in marks.files:
        if file is not None:
            other = Code(texts[file], "python", file)
            made.append(listing(other, room, after=marks.reserve[file], may_scroll=True))
    return tuple(made)


def _reserve(
    stands: Sequence[tuple[Row, Sequence[Stand]]], files: Sequence[str | None]
) -> dict[str | None, dict[int, int]]:
    columns: dict[str | None, dict[int, int]] = {file: {} for file in files}
    for row, places in stands:
        width = 0 if row.is_group else round(len(row.label) * _CHIP + 3)
        for _, file, line in places:
            if file in columns and line is not None:
                columns[file][line] = max(columns[file].get(line, 0), width)
    return columns


def _json(stands: Sequence[tuple[Row, Sequence[Stand]]], files: Sequence[str | None]) -> str:
    """Seconds, line (0 for nowhere on the slide), and the number of the file."""
    index_of = {file: index for index, file in enumerate(files)}
    lanes = []
    for row, places in stands:
        at = [
            [round(at_ns / 1e9, 6), line if line is not None and file in index_of else 0, index_of.get(file, 0)]
            for at_ns, file, line in places
        ]
        lanes.append({"name": "" if row.is_group else row.label, "colour": row.colour, "at": at})
    return json.dumps(lanes, ensure_ascii=False, separators=(",", ":"))


def lane_colours(rows: Sequence[Row]) -> Mapping[int, tuple[int, str]] | None:
    """The colour and the name of each lane, for its output; None where there is only one."""
    return {lane: (row.colour, row.label) for row in rows for lane in row.lanes} if len(rows) > 1 else None
