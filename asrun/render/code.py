"""Code on a slide: numbered lines, an excerpt, and the lines that the clicker steps through."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

import msgspec
from markupsafe import Markup

from asrun.inputs import Code
from asrun.lines import count_lines, parse_lines, split_lines, visible_lines
from asrun.model import Steps
from asrun.render.fit import Fit, Room, fit
from asrun.render.highlight import highlight, to_html, to_text
from asrun.render.mistakes import SlideError

GUTTER = 1.5
"""Columns between a line's number and its text."""


class Listing(msgspec.Struct, frozen=True):
    """Code that is ready to be put into a page."""

    html: Markup
    """One `<span class="ln">` for each line."""
    fit: Fit
    digits: int
    """How many the largest line number has."""
    rows: int
    steps: int
    animated: bool
    """True where lines move to where they are on the next slide."""
    window: int = 0
    """The height in pixels of the window in which it scrolls; 0 where all of it is seen."""


@lru_cache(maxsize=1024)
def shown_lines(code: Code, excerpt: str | int | None) -> tuple[int, ...]:
    """The numbers, from 1, of the lines that a slide shows. Raises SlideError for an excerpt that is not there."""
    visible = visible_lines(code.text)
    if excerpt is None:
        # Blank lines at both ends, as hidden lines leave them, would only take room.
        lines = split_lines(code.text)
        written = [index for index, number in enumerate(visible) if lines[number - 1].strip()]
        return visible[written[0] : written[-1] + 1] if written else ()
    chosen = set(_parse(excerpt, code, "lines"))
    return tuple(number for number in visible if number in chosen)


def _parse(spec: str | int, code: Code, key: str) -> tuple[int, ...]:
    try:
        return parse_lines(spec, count_lines(code.text))
    except ValueError as error:
        raise SlideError(str(error), key) from error


def prefix(numbers: tuple[int, ...]) -> float:
    """Columns that line numbers take."""
    return len(str(max(numbers, default=0))) * 0.8 + GUTTER


@lru_cache(maxsize=1024)
def code_texts(code: Code, excerpt: str | int | None) -> tuple[str, ...]:
    """The lines that are shown."""
    lines = highlight(code.text, code.language)
    return tuple(
        to_text(lines[number - 1]).expandtabs(4) if number <= len(lines) else ""
        for number in shown_lines(code, excerpt)
    )


def listing(
    code: Code,
    room: Room,
    excerpt: str | int | None = None,
    steps: Steps = (),
    animated: bool = False,
    *,
    after: Mapping[int, int] | None = None,
    may_scroll: bool = False,
) -> Listing:
    """The code for a slide. Raises SlideError for an excerpt or a step that names no line of it.

    `after` are columns to be kept free behind lines, by number. `may_scroll` is for code that may stand in a window.
    """
    numbers = shown_lines(code, excerpt)
    room = msgspec.structs.replace(room, prefix=prefix(numbers))
    in_steps: dict[int, str] = {}
    for index, step in enumerate(steps, 1):
        for number in _parse(step, code, "steps"):
            in_steps[number] = f"{in_steps.get(number, '')} k{index}"
    free = [" " * (after or {}).get(number, 0) for number in numbers]
    texts = [text + blanks for text, blanks in zip(code_texts(code, excerpt), free, strict=True)]
    chosen = fit(texts, room)
    html = _to_html(code, numbers, tuple(in_steps.get(number, "") for number in numbers), animated)
    is_taller = chosen.rows * chosen.line > room.height
    window = math.floor(room.height / chosen.line) * chosen.line if may_scroll and is_taller else 0
    return Listing(html, chosen, len(str(max(numbers, default=0))), len(numbers), len(steps), animated, window)


def _to_html(code: Code, numbers: tuple[int, ...], classes: tuple[str, ...], animated: bool) -> Markup:
    lines = highlight(code.text, code.language)
    seen: Counter[str] = Counter()
    written = []
    for number, css_class in zip(numbers, classes, strict=True):
        line = lines[number - 1] if number <= len(lines) else ()
        identity = f' data-id="{_identity(to_text(line), seen)}"' if animated else ""
        written.append(f'<span class="ln{css_class}" data-n="{number}"{identity}>{to_html(line)}\n</span>')
    return Markup("".join(written))


def _identity(text: str, seen: Counter[str]) -> str:
    """A name for a line that the same line has on another slide, so that it moves there."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    seen[digest] += 1
    return f"{digest}.{seen[digest]}"
