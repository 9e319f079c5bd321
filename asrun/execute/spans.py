"""Stretches of time: what lies between them, what is left of them, and joining those that are too short to see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from asrun.execute.journal import Place

NOWHERE = Place(None, None, None)


class Stretch(msgspec.Struct, frozen=True, gc=False):
    """A stretch of time in which a lane did one thing."""

    begin_ns: int
    end_ns: int
    state: Literal["running", "waiting"]
    place: Place = NOWHERE


def pair(marks: Iterable[tuple[int, Place | None]], end_ns: int) -> list[Stretch]:
    """Waits from when they begin and end: of nested ones the outermost; one that never ended lasts to `end_ns`."""
    waits: list[Stretch] = []
    depth, begin, place = 0, 0, NOWHERE
    for at, begins in marks:
        if begins is not None:
            if depth == 0:
                begin, place = at, begins
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                waits.append(Stretch(begin, at, "waiting", place))
    if depth:
        waits.append(Stretch(begin, max(begin, end_ns), "waiting", place))
    return waits


def outermost(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Stretches in order of time, without those that begin within another."""
    kept: list[Stretch] = []
    for stretch in sorted(stretches, key=lambda stretch: (stretch.begin_ns, -stretch.end_ns)):
        if not kept or stretch.begin_ns >= kept[-1].end_ns:
            kept.append(stretch)
    return kept


def lay_over(base: Sequence[Stretch], above: Sequence[Stretch]) -> Iterator[Stretch]:
    """The stretches of `base`, with those of `above` in the place of what they cover; both in order of time."""
    at = 0
    for stretch in base:
        begin = stretch.begin_ns
        while at < len(above) and above[at].end_ns <= begin:
            at += 1
        while at < len(above) and above[at].begin_ns < stretch.end_ns:
            over = above[at]
            if over.begin_ns > begin:
                yield Stretch(begin, over.begin_ns, stretch.state, stretch.place)
            yield Stretch(max(over.begin_ns, begin), min(over.end_ns, stretch.end_ns), over.state, over.place)
            begin = min(over.end_ns, stretch.end_ns)
            if over.end_ns > stretch.end_ns:
                break
            at += 1
        if begin == stretch.begin_ns < stretch.end_ns:
            yield stretch
        elif begin < stretch.end_ns:
            yield Stretch(begin, stretch.end_ns, stretch.state, stretch.place)


def join(stretches: Sequence[Stretch], shortest_ns: int) -> list[Stretch]:
    """Three and more stretches in a row that are each shorter than `shortest_ns`, made one, or as few as that allows.

    A stretch made of several is what they were for the greater part of the time, at the place where they waited
    longest. A short one between two long ones stays.
    """
    joined: list[Stretch] = []
    row: list[Stretch] = []
    for stretch in stretches:
        is_short = stretch.end_ns - stretch.begin_ns < shortest_ns
        if row and (
            not is_short
            or stretch.begin_ns != row[-1].end_ns
            or stretch.end_ns - row[0].begin_ns > _JOINED * shortest_ns
        ):
            joined += _made_one(row)
            row = []
        if is_short:
            row.append(stretch)
        else:
            joined.append(stretch)
    return joined + _made_one(row)


_JOINED = 2
"""How many times `shortest_ns` a joined stretch may last."""


def _made_one(row: list[Stretch]) -> list[Stretch]:
    if len(row) < 3:
        return row
    waits = [stretch for stretch in row if stretch.state == "waiting"]
    waited_ns = sum(stretch.end_ns - stretch.begin_ns for stretch in waits)
    longest = max(row, key=lambda stretch: (stretch.state == "waiting", stretch.end_ns - stretch.begin_ns))
    is_waiting = waited_ns * 2 > row[-1].end_ns - row[0].begin_ns
    return [Stretch(row[0].begin_ns, row[-1].end_ns, "waiting" if is_waiting else "running", longest.place)]
