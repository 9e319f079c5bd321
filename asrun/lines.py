"""Lines of text: how they are counted, which of them `steps` and `lines` name, and which `# hide` keeps off slides."""

from __future__ import annotations

import re
from functools import lru_cache

_BREAK = re.compile(r"\r\n|\r|\n")
_MARKER = re.compile(r"\s*#\s*(hide|show)\s*")
_PART = re.compile(r"\s*([0-9]{1,7})\s*(?:-\s*([0-9]{1,7})\s*)?")
_BLANKS = re.compile(r"[ \t\r\n]+")
_ESCAPE = re.compile(r"\\(?:x.{2}|u.{4}|U.{8}|(?P<break>\r\n|\r|\n)[ \t]*|.)")


def split_lines(text: str) -> list[str]:
    """The lines of a text as editors count them: only CR, LF and both together end one, unlike `str.splitlines`."""
    lines = _BREAK.split(text)
    return lines if lines[-1] else lines[:-1]


@lru_cache(maxsize=64)
def count_lines(text: str) -> int:
    """How many lines a text has."""
    return len(split_lines(text))


def parse_lines(spec: str | int, count: int) -> tuple[int, ...]:
    """The lines that `6`, `"1-3"` or `"1-3,9"` names, from 1, in order, of a text with `count` lines.

    Raises ValueError, with a message for the author.
    """
    named: set[int] = set()
    for part in str(spec).split(","):
        match = _PART.fullmatch(part)
        if not match:
            raise ValueError(f"{spec!r} names no lines: write 6, 1-3 or 1-3,9")
        first, last = int(match[1]), int(match[2] or match[1])
        if first > last:
            raise ValueError(f"{part.strip()} runs backwards: write {last}-{first}")
        if first < 1:
            raise ValueError("there is no line 0: lines are counted from 1")
        if last > count:
            raise ValueError(f"there is no line {last}: the last one is {count}")
        named.update(range(first, last + 1))
    return tuple(sorted(named))


@lru_cache(maxsize=64)
def visible_lines(code: str) -> tuple[int, ...]:
    """The lines of a program that slides show, from 1, counted in the file as it is.

    What lies between a comment `# hide` and a comment `# show` runs but is not shown, and neither are the two.
    """
    visible = []
    shown = True
    for number, line in enumerate(split_lines(code), 1):
        marker = _MARKER.fullmatch(line)
        if marker:
            shown = marker[1] == "show"
        elif shown:
            visible.append(number)
    return tuple(visible)


def find_written(text: str, written: str, offset: int, quote: str = "") -> int:
    """Where the character of `text` at `offset` stands in `written`, which says the same with folded lines or escapes.

    `written` is a YAML scalar without its quotes, `quote` the kind of them.
    """
    at, place = 0, 0
    while at < offset and place < len(written):
        blanks = _BLANKS.match(written, place)
        escape = _ESCAPE.match(written, place) if quote == '"' else None
        if blanks:
            length = _folded_length(blanks[0]) if quote else _length(_BLANKS.match(text, at))
            if at + length > offset:
                return min(place + offset - at, blanks.end() - 1)
            at, place = at + length, blanks.end()
        elif escape:
            at, place = at + (0 if escape["break"] else 1), escape.end()
        else:
            at, place = at + 1, place + (2 if quote == "'" and written[place] == "'" else 1)
    return min(place, len(written))


def _folded_length(blanks: str) -> int:
    """How many characters are left of blanks in quotes: one for a line break, one less than there are for several."""
    breaks = len(_BREAK.findall(blanks))
    return max(1, breaks - 1) if breaks else len(blanks)


def _length(match: re.Match[str] | None) -> int:
    return len(match[0]) if match else 0
