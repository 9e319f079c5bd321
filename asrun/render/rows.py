"""Which lanes of a recording are shown, under which names and in which colours."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from asrun.lanes import Lane, LaneKind
from asrun.recording import Recording
from asrun.render.text import clean

COLOURS = 8
"""How many colours lanes have; grey, for what only coordinates, is none of them."""

MAIN = "MainThread"
IDLE = "work"
"""What a thread of a pool waits for that has nothing to do."""

_MOST_KEPT = 4
"""How many of a family stand beside the group into which the others are folded."""

_DEFAULT_NAME = re.compile(r"Task-\d+|Thread-\d+( \(.*\))?|Dummy-\d+|(ThreadPoolExecutor|asyncio)[-_]\d+(_\d+)?")
_LOCALS = re.compile(r".*<locals>\.")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a timeline: a lane, a process with its only thread, or a group of many."""

    lanes: tuple[int, ...]
    """Their numbers in the recording."""
    label: str
    kind: LaneKind
    family: str
    """What it has in common with others of its kind: the function that they work on."""
    colour: int
    """From 1 to COLOURS; 0 is grey."""
    is_group: bool = False


def rows_of(recording: Recording) -> tuple[Row, ...]:
    """All rows of a recording, by process and in the order in which they began. Empty where no lanes are known.

    They depend on the recording alone, so that a lane has one name and one colour on all slides.
    """
    return tuple(_coloured(_named(list(_chosen(recording)), recording), recording.lanes))


def fold(rows: Sequence[Row], most: int) -> tuple[Row, ...]:
    """At most `most` rows, at least two: of families with many members some are kept, the others become a group."""
    if len(rows) <= most:
        return tuple(rows)
    for kept in range(min(most, _MOST_KEPT), 0, -1):
        folded = _fold_families(rows, kept)
        if len(folded) <= most:
            return tuple(folded)
    most = max(most, 2)
    rest = rows[most - 1 :]
    return (*rows[: most - 1], _group(rest, "lanes"))


def _fold_families(rows: Sequence[Row], kept: int) -> list[Row]:
    families: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        families.setdefault((row.kind, row.family), []).append(row)
    folded = []
    seen = Counter[tuple[str, str]]()
    for row in rows:
        key = row.kind, row.family
        if seen[key] < kept or len(families[key]) <= kept + 1:
            folded.append(row)
        elif seen[key] == kept:
            folded.append(_group(families[key][kept:], row.family))
        seen[key] += 1
    return folded


def _group(rows: Sequence[Row], family: str) -> Row:
    lanes = tuple(lane for row in rows for lane in row.lanes)
    return Row(lanes=lanes, label=f"{len(rows):,} more", kind=rows[0].kind, family=family, colour=0, is_group=True)


def _chosen(recording: Recording) -> Iterator[tuple[tuple[int, ...], LaneKind]]:
    """The lanes of each row, without those that only keep house."""
    lanes = recording.lanes
    printed = {event.lane for event in recording.events}
    placed = {span.lane for span in recording.spans if span.line is not None}
    waited = {span.lane for span in recording.spans if span.state == "waiting"}
    worked = {span.lane for span in recording.spans if span.state == "running" and span.on}

    def keeps_house(number: int) -> bool:
        lane = lanes[number]
        if lane.is_plumbing:
            return True
        if number in printed or number in placed or number in worked:
            return False
        if lane.kind != "thread":
            return False
        own = (lane.function or "").rpartition(".")[2]
        return own.startswith("_") or (lane.function is None and number in waited)

    members: dict[int, list[int]] = {}
    for number, lane in enumerate(lanes):
        members.setdefault(lane.process, []).append(number)
    for process in sorted(members, key=lambda number: (number != 0, lanes[number].began_ns, number)):
        main = next((number for number in members[process] if _is_main_thread(lanes[number])), None)
        others = [n for n in members[process] if n not in (process, main) and not keeps_house(n)]
        others.sort(key=lambda number: (lanes[number].began_ns, number))
        tasks = [lanes[number] for number in others if lanes[number].kind == "task"]
        if process or not tasks or main in printed or _has_own_waits(recording, main, tasks):
            own = (process,) if main is None else (process, main)
            # Among other threads the main thread is one of them; alone it stands for its process.
            if main is not None and any(lanes[number].kind == "thread" for number in others):
                yield (main,), "thread"
            else:
                yield own, "process" if process or not others else "thread"
        for number in others:
            yield (number,), lanes[number].kind


def _is_main_thread(lane: Lane) -> bool:
    return lane.kind == "thread" and lane.name == MAIN


def _has_own_waits(recording: Recording, main: int | None, tasks: Sequence[Lane]) -> bool:
    """Whether a thread waited somewhere in the author's code while there were no tasks."""
    total_ns = recording.take.wall_ns
    begin_ns = min(task.began_ns for task in tasks)
    end_ns = max(total_ns if task.ended_ns is None else task.ended_ns for task in tasks)
    return any(
        span.lane == main and span.line is not None and (span.end_ns <= begin_ns or span.begin_ns >= end_ns)
        for span in recording.spans
    )


def _named(chosen: Sequence[tuple[tuple[int, ...], LaneKind]], recording: Recording) -> list[Row]:
    lanes = recording.lanes
    worked: dict[int, set[str]] = {}
    for span in recording.spans:
        if span.state == "running" and span.on:
            worked.setdefault(span.lane, set()).add(span.on)
    has_processes = sum(kind == "process" for _, kind in chosen) > 1
    families = []
    for numbers, kind in chosen:
        if lanes[numbers[0]].process == 0 and (numbers[0] == 0 or _is_main_thread(lanes[numbers[0]])):
            own = "main process" if has_processes else "main thread" if len(chosen) > 1 else "main"
            families.append(own)
        else:
            families.append(_family(lanes[numbers[0]], kind, worked.get(numbers[-1], set())))
    counts, seen = Counter(families), Counter[str]()
    rows = []
    for (numbers, kind), family in zip(chosen, families, strict=True):
        seen[family] += 1
        label = f"{family} {seen[family]}" if counts[family] > 1 else family
        lane = lanes[numbers[0]]
        like = clean(_short(lane.function)) if kind == "process" and lane.function else family
        rows.append(Row(lanes=numbers, label=label, kind=kind, family=like, colour=0))
    return rows


def _family(lane: Lane, kind: LaneKind, worked: set[str]) -> str:
    """What a lane is called: by the author's name, else by its function."""
    name = clean(lane.name).replace("\n", " ")
    if kind == "process":
        return name
    if kind == "generator":
        return clean(_short(lane.function or lane.name))
    if len(worked) == 1:
        return clean(_short(next(iter(worked))))
    if lane.function and not worked and _DEFAULT_NAME.fullmatch(lane.name):
        return clean(_short(lane.function))
    return name.partition(" (")[0] if _DEFAULT_NAME.fullmatch(lane.name) else name


def _short(function: str) -> str:
    return _LOCALS.sub("", function)


def _coloured(rows: Sequence[Row], lanes: Sequence[Lane]) -> Iterator[Row]:
    """Grey for the main thread, and for a task that it began and that began others; then one colour after the other."""
    parents = {lanes[row.lanes[0]].parent for row in rows}
    count = 0
    for row in rows:
        lane = lanes[row.lanes[0]]
        is_main = lane.process == 0 and (row.lanes[0] == 0 or _is_main_thread(lane))
        is_first = lane.parent is not None and lane.process == 0 and _is_main_thread(lanes[lane.parent])
        if is_main or (row.kind == "task" and is_first and row.lanes[0] in parents):
            yield row
        else:
            yield msgspec.structs.replace(row, colour=count % COLOURS + 1)
            count += 1
