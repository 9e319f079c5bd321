"""What a run printed, as a panel of lines with a time beside each, cut to what a slide can hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from markupsafe import Markup, escape

from asrun.lines import parse_lines
from asrun.model import Run
from asrun.recording import Recording
from asrun.render.clock import Clock, seconds
from asrun.render.facts import ending, span_ns
from asrun.render.fit import Fit, Room, fit, wrapped
from asrun.render.mistakes import SlideError
from asrun.render.terminal import Line, Screen
from asrun.render.text import cells, plural

LONGEST_ROWS = 4
"""Rows that one line may wrap to before the rest of it is left out."""

_LABEL = " " + 8 * "x"
"""As wide as the label of standard error."""

_DOT = 1.6
"""Columns that the dot in the colour of a lane takes."""

_TIME_SIZE = 0.85
"""The size of the times, relative to the text beside them."""


class Row(msgspec.Struct, frozen=True):
    """A line of the panel."""

    kind: str
    """`line`; or `mark`, `good` and `bad` for what AsRun says."""
    at: str
    """When its first part came, in seconds."""
    until: str
    """When it was complete, in seconds."""
    time: str
    """The time as shown; empty where none belongs."""
    parts: tuple[tuple[str, Markup], ...]
    """When each part appears, in seconds, and the part."""
    text: str
    """What there is to read, without the time."""
    drafts: tuple[tuple[str, str, Markup], ...] = ()
    """What stood there before it was overwritten: from when, until when, in seconds, and what."""
    stderr: bool = False
    lane: tuple[int, str] | None = None
    """The colour and the name of the lane that printed it, where lanes are shown."""
    labelled: bool = False
    """True for the first line of standard error after something else."""


class Panel(msgspec.Struct, frozen=True):
    """The lines of a run's output that are shown."""

    rows: tuple[Row, ...]
    fit: Fit
    clock: Clock
    time_columns: int
    has_lanes: bool = False


def widths(recording: Recording, run: Run, clock: Clock) -> list[int]:
    """How wide the lines of a panel want to be, times included: of a long output the first ones only."""
    prefix = _prefix(recording, clock)
    screen = Screen(recording.events)
    shown = [line.text for line in screen.lines(0, min(len(screen), 40), 200)]
    end = ending(run, recording)
    return [round(cells(text) + prefix) for text in (*shown, f"✓ {end.text}" if end else "")]


def least_rows(recording: Recording, run: Run, clock: Clock) -> int:
    """How many rows a panel of all the output takes, none of them wrapped."""
    count = len(Screen(recording.events))
    return count + len(_closing_rows(recording, run, clock, is_empty=not count))


def panel(
    recording: Recording,
    run: Run,
    room: Room,
    clock: Clock,
    excerpt: str | int | None = None,
    lanes: Mapping[int, tuple[int, str]] | None = None,
) -> Panel:
    """The panel for a recording: all of its output where it fits, else its beginning and its end.

    `excerpt` names lines of the output, as `lines:` of a slide does; `lanes` are the colours and names with which lines
    are marked, by number. Raises SlideError for an excerpt that is not there.
    """
    room = msgspec.structs.replace(room, prefix=_prefix(recording, clock) + (_DOT if lanes else 0))
    screen = Screen(recording.events)
    chosen = _choose(excerpt, len(screen))
    after = _closing_rows(recording, run, clock, is_empty=not len(screen))
    columns = room.columns(room.smallest)
    longest = columns * LONGEST_ROWS
    budget = room.rows - sum(wrapped(row.text, columns) for row in after)
    budget -= any(event.stream == "stderr" for event in recording.events)  # its label may take a row
    begin, skipped, end = _divide(screen, chosen, columns, longest, budget)
    rows = _rows(begin, clock, lanes)
    if skipped:
        rows.append(_said("mark", screen.moment(skipped[0]), f"… {plural(len(skipped), 'more line')}"))
    rows += [*_rows(end, clock, lanes), *after]
    chosen_fit = fit([row.text for row in rows], room)
    return Panel(tuple(rows), chosen_fit, clock, _time_columns(recording, clock), lanes is not None)


def _choose(excerpt: str | int | None, count: int) -> Sequence[int]:
    """The indexes of the lines that are named."""
    if excerpt is None:
        return range(count)
    try:
        return [number - 1 for number in parse_lines(excerpt, count)]
    except ValueError as error:
        raise SlideError(f"of the output: {error}", "lines") from error


def _prefix(recording: Recording, clock: Clock) -> float:
    return _time_columns(recording, clock) * _TIME_SIZE + 2


def _time_columns(recording: Recording, clock: Clock) -> int:
    """The length of the longest time, with its unit."""
    return len(clock.show(span_ns(recording))) + 1 + len(clock.unit)


def _divide(
    screen: Screen, chosen: Sequence[int], columns: int, longest: int, budget: int
) -> tuple[list[Line], list[int], list[Line]]:
    """The lines to show before and after a mark, and the indexes of those that the mark stands for."""
    if len(chosen) <= budget:
        lines = _pick(screen, chosen, longest)
        if sum(wrapped(_text(line), columns) for line in lines) <= budget:
            return lines, [], []
    head = _pick(screen, chosen[:budget], longest)
    tail = _pick(screen, chosen[-budget:], longest) if budget > 0 else []
    room = max(budget - 1, 2)
    kept_tail: list[Line] = []
    while tail and sum(wrapped(_text(line), columns) for line in [*kept_tail, tail[-1]]) <= room * 2 // 5:
        kept_tail.insert(0, tail.pop())
    kept_tail = kept_tail or tail[-1:]
    room -= sum(wrapped(_text(line), columns) for line in kept_tail)
    kept_head: list[Line] = []
    for line in head[: len(chosen) - len(kept_tail)]:
        room -= wrapped(_text(line), columns)
        if room < 0:
            break
        kept_head.append(line)
    return kept_head, list(chosen[len(kept_head) : len(chosen) - len(kept_tail)]), kept_tail


def _text(line: Line) -> str:
    """What there is to read of a line, with the mark of what is left out of it."""
    return line.text + (_rest(line) if line.more else "")


def _rest(line: Line) -> str:
    return f" … {plural(line.more, 'more character')}"


def _pick(screen: Screen, chosen: Sequence[int], longest: int) -> list[Line]:
    """Lines by their indexes, which rise."""
    if not chosen:
        return []
    first, wanted = chosen[0], set(chosen)
    lines = enumerate(screen.lines(first, chosen[-1] + 1, longest), first)
    return [line for index, line in lines if index in wanted]


def _rows(lines: Sequence[Line], clock: Clock, lanes: Mapping[int, tuple[int, str]] | None) -> list[Row]:
    rows = []
    before = "stdout"
    for line in lines:
        parts = [(seconds(segment.at_ns), segment.html) for segment in line.segments]
        if line.more:
            more = Markup('<span class="mark">{}</span>').format(_rest(line))
            parts.append((seconds(line.at_ns), more))
        is_stderr = line.stream == "stderr"
        labelled = is_stderr and before != "stderr"
        drafts = tuple((seconds(draft.at_ns), seconds(draft.until_ns), draft.html) for draft in line.drafts)
        begun = drafts[0][0] if drafts else parts[0][0]
        time, text = clock.show(line.at_ns), _text(line) + (_LABEL if labelled else "")
        lane = (lanes or {}).get(-1 if line.lane is None else line.lane)
        row = Row("line", begun, seconds(line.at_ns), time, tuple(parts), text, drafts, is_stderr, lane, labelled)
        rows.append(row)
        before = line.stream
    return rows


def _closing_rows(recording: Recording, run: Run, clock: Clock, is_empty: bool) -> list[Row]:
    """What AsRun says below the output: that there was none, that it was cut, how the run ended."""
    take = recording.take
    rows = []
    if is_empty and take.ended.how != "never ran":
        rows.append(_said("mark", take.wall_ns, "nothing was printed"))
    if take.dropped_bytes:
        rows.append(_said("mark", take.wall_ns, f"… output was cut here: {_size(take.dropped_bytes)} more came"))
    end = ending(run, recording)
    if end:
        kind, sign = ("good", "✓") if end.expected else ("bad", "✗")
        rows.append(_said(kind, take.wall_ns, f"{sign} {end.text}", clock.show(take.wall_ns)))
    return rows


def _said(kind: str, at_ns: int, text: str, time: str = "") -> Row:
    at = seconds(at_ns)
    return Row(kind, at, at, time, ((at, escape(text)),), text)


def _size(count: int) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return plural(count, "byte")
