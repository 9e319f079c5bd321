"""What changed from one run's code to another's: rows of a left and a right side, with the changed words marked."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

import msgspec
from markupsafe import Markup

from asrun.inputs import Code
from asrun.render.code import prefix, shown_lines
from asrun.render.fit import Fit, Room, fit, wrapped
from asrun.render.highlight import Piece, highlight, to_html, to_text
from asrun.render.text import cells, plural

CONTEXT = 2
"""Unchanged lines that stay around a change where there is not room for all."""

_SIMILAR = 0.54
"""How alike two lines must be to count as one that was changed."""

_WORD = re.compile(r"\w+|\s+|.")


class Side(msgspec.Struct, frozen=True):
    """A line on one side of a diff."""

    number: int
    html: Markup
    sign: str
    """A minus or a plus sign, or a blank."""
    text: str


class DiffRow(msgspec.Struct, frozen=True):
    """A line on both sides, or on one of them; or a note on lines that were left out."""

    left: Side | None
    right: Side | None
    folded: str = ""


class Diff(msgspec.Struct, frozen=True):
    """Two codes side by side."""

    rows: tuple[DiffRow, ...]
    fit: Fit


_Line = tuple[int, tuple[Piece, ...]]


def diff(left: Code, right: Code, excerpt: str | int | None, room: Room) -> Diff:
    """The rows for two codes, with unchanged lines folded where they do not all fit.

    `room` is that of one side. Raises SlideError for an excerpt that is not there.
    """
    before, after = _lines(left, excerpt), _lines(right, excerpt)
    room = msgspec.structs.replace(room, prefix=prefix(tuple(number for number, _ in (*before, *after))) + 1.5)
    rows = list(_rows(before, after))
    columns = room.columns(room.smallest)
    if sum(_height(row, columns) for row in rows) > room.rows:
        rows = list(_fold(rows))
    texts = [max((side.text for side in (row.left, row.right) if side), key=cells, default="") for row in rows]
    return Diff(tuple(rows), fit(texts, room))


def _lines(code: Code, excerpt: str | int | None) -> list[_Line]:
    lines = highlight(code.text, code.language)
    return [(number, lines[number - 1] if number <= len(lines) else ()) for number in shown_lines(code, excerpt)]


def _rows(before: Sequence[_Line], after: Sequence[_Line]) -> Iterator[DiffRow]:
    texts = [[to_text(line).rstrip() for _, line in lines] for lines in (before, after)]
    matcher = difflib.SequenceMatcher(None, texts[0], texts[1], autojunk=False)
    for what, left_from, left_to, right_from, right_to in matcher.get_opcodes():
        left, right = before[left_from:left_to], after[right_from:right_to]
        if what == "equal":
            for old, new in zip(left, right, strict=True):
                yield DiffRow(_side(old, " "), _side(new, " "))
            continue
        yield from _changed_block(_pair(left, right))


def _changed_block(pairs: Sequence[tuple[_Line | None, _Line | None]]) -> Iterator[DiffRow]:
    """Rows for lines that changed. Those without a partner stand side by side too, since that takes fewer rows."""
    gone: list[_Line] = []
    come: list[_Line] = []
    for old, new in (*pairs, (None, None)):
        if old is not None and new is None:
            gone.append(old)
        elif old is None and new is not None:
            come.append(new)
        else:
            for alone_left, alone_right in zip_longest(gone, come):
                yield DiffRow(
                    _side(alone_left, "−") if alone_left else None, _side(alone_right, "+") if alone_right else None
                )
            gone, come = [], []
            if old is not None and new is not None:
                yield _changed(old, new)


def _side(line: _Line, sign: str, html: Markup | None = None) -> Side:
    number, pieces = line
    return Side(number, to_html(pieces) if html is None else html, sign, to_text(pieces))


def _pair(left: Sequence[_Line], right: Sequence[_Line]) -> list[tuple[_Line | None, _Line | None]]:
    """Lines beside those they became, in order, so that the pairs are as alike as they can be (a longest path)."""
    best: list[list[float]] = [[0.0] * (len(right) + 1) for _ in range(len(left) + 1)]
    alike = [[_likeness(old, new) for new in right] for old in left]
    for row in range(len(left) - 1, -1, -1):
        for column in range(len(right) - 1, -1, -1):
            together = alike[row][column] + best[row + 1][column + 1] if alike[row][column] else 0.0
            best[row][column] = max(together, best[row + 1][column], best[row][column + 1])
    pairs: list[tuple[_Line | None, _Line | None]] = []
    row = column = 0
    while row < len(left) or column < len(right):
        if row == len(left):
            pairs.append((None, right[column]))
            column += 1
        elif column == len(right) or best[row][column] == best[row + 1][column]:
            pairs.append((left[row], None))
            row += 1
        elif best[row][column] == best[row][column + 1]:
            pairs.append((None, right[column]))
            column += 1
        else:
            pairs.append((left[row], right[column]))
            row, column = row + 1, column + 1
    return pairs


def _likeness(old: _Line, new: _Line) -> float:
    one, other = to_text(old[1]).strip(), to_text(new[1]).strip()
    if not one or not other:
        return 0.0
    ratio = difflib.SequenceMatcher(None, _WORD.findall(one), _WORD.findall(other), autojunk=False).ratio()
    return ratio if ratio >= _SIMILAR else 0.0


def _changed(old: _Line, new: _Line) -> DiffRow:
    """A line that became another, with the words marked that differ."""
    words = _WORD.findall(to_text(old[1])), _WORD.findall(to_text(new[1]))
    marked: tuple[list[bool], list[bool]] = ([], [])
    for what, left_from, left_to, right_from, right_to in difflib.SequenceMatcher(None, *words).get_opcodes():
        for side, (begin, end) in enumerate(((left_from, left_to), (right_from, right_to))):
            for word in words[side][begin:end]:
                marked[side].extend([what != "equal"] * len(word))
    return DiffRow(_side(old, "−", _mark(old[1], marked[0])), _side(new, "+", _mark(new[1], marked[1])))


def _mark(pieces: tuple[Piece, ...], marked: list[bool]) -> Markup:
    """The pieces as HTML, with the characters that changed inside `<b>`."""
    html = Markup("")
    position = 0
    for css_class, text in pieces:
        begin = 0
        for index in range(1, len(text) + 1):
            ends = index == len(text) or marked[position + index] != marked[position + begin]
            if ends:
                part = to_html(((css_class, text[begin:index]),))
                html += Markup("<b>{}</b>").format(part) if marked[position + begin] else part
                begin = index
        position += len(text)
    return html


def _height(row: DiffRow, columns: int) -> int:
    return max((wrapped(side.text, columns) for side in (row.left, row.right) if side), default=1)


def _fold(rows: Sequence[DiffRow]) -> Iterator[DiffRow]:
    """The rows with long unchanged stretches folded into a note."""
    changed = [index for index, row in enumerate(rows) if _is_changed(row)]
    kept = {near for index in changed for near in range(index - CONTEXT, index + CONTEXT + 1)}
    skipped = 0
    for index, row in enumerate([*rows, None]):
        if row is not None and index not in kept:
            skipped += 1
            continue
        if skipped:
            # A note takes a row itself, so one line is not worth it.
            yield rows[index - 1] if skipped == 1 else DiffRow(None, None, f"{plural(skipped, 'unchanged line')}")
            skipped = 0
        if row is not None:
            yield row


def _is_changed(row: DiffRow) -> bool:
    return row.left is None or row.right is None or row.left.sign != " "
