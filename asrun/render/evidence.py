"""What a deck rests on: the claims that were checked, and where its recordings come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from asrun.recording import Recording
from asrun.render.facts import interpreter, machine
from asrun.render.stage import WIDTH, Stage
from asrun.render.text import cells, clean, join_words, plural

_LARGEST, _SMALLEST = 30, 20
"""Type sizes of claims in pixels."""

_CHARACTER, _CODE_CHARACTER = 0.53, 0.56
"""Widths of an average character of prose, and of one of code at 0.86 of the size, in em."""

_LEADING = 1.32
_SIGN = 52
"""Pixels for the mark of a verdict."""

_COLUMN_GAP = 40
_MOST_NAMED = 4
"""Runs that are named in a sentence; of more there is the number."""

_MANY_PLACES = 5
"""Rows of a table from which on they stand closer."""


class Sizes(msgspec.Struct, frozen=True):
    """How claims are set: the largest type with which all of them fit, in one column or in two."""

    size: int
    gap: int
    columns: int

    @property
    def style(self) -> str:
        """As CSS custom properties."""
        return f"--size:{self.size}px;--gap:{self.gap}px;--columns:{self.columns}"


def claims_values(stage: Stage) -> dict[str, Any]:
    """What the template of claims is given."""
    wanted = stage.slide.claims
    chosen = [
        verdict for verdict in stage.verdicts if wanted is True or (wanted is not None and verdict.index + 1 in wanted)
    ]
    # What a claim says may speak of what is missing, as the claim does.
    said = [
        stage.prose.line(verdict.claim.say) if verdict.claim.say and not verdict.absent else None for verdict in chosen
    ]
    texts = [
        (one.striptags() if one is not None else verdict.claim.that.strip(), one is None)
        for one, verdict in zip(said, chosen, strict=True)
    ]
    held = sum(verdict.held for verdict in chosen)
    return {
        "verdicts": [
            {
                "held": verdict.held,
                "absent": verdict.absent,
                "say": one,
                "that": verdict.claim.that.strip(),
                "error": verdict.error,
            }
            for one, verdict in zip(said, chosen, strict=True)
        ],
        "sizes": sizes_for(texts, sum(bool(verdict.error or verdict.absent) for verdict in chosen), stage.height),
        "footer": f"{held} of {plural(len(chosen), 'claim')} hold{'s' if held == 1 else ''}" if chosen else "",
    }


def sizes_for(texts: Sequence[tuple[str, bool]], reasons: int, height: float) -> Sizes:
    """Sizes for claims, each with whether it is code; `reasons` of them have a line below that says why."""
    for columns, largest in ((1, _LARGEST), (2, 24)):
        width = (WIDTH - _COLUMN_GAP * (columns - 1)) / columns - _SIGN
        for size in range(largest, _SMALLEST - 1, -1):
            rows = [_rows(text, width, size, is_code) for text, is_code in texts]
            gap = size * 2 // 3
            needed = sum(rows) * size * _LEADING + gap * (len(rows) - 1) + reasons * 27
            # Columns break between claims, so that they are never full.
            if needed / columns + (0 if columns == 1 else max(rows, default=0) * size) <= height:
                return Sizes(size, gap, columns)
    return Sizes(_SMALLEST, _SMALLEST // 2, 2)


def _rows(text: str, width: float, size: int, is_code: bool) -> int:
    return max(-(-int(cells(text) * size * (_CODE_CHARACTER if is_code else _CHARACTER)) // int(width)), 1)


def environment_values(stage: Stage) -> dict[str, Any]:
    """What the template of the environment is given."""
    recordings = stage.deck_recordings
    places: dict[tuple[str, str, str], list[Recording]] = {}
    for recording in recordings:
        place = (interpreter(recording), machine(recording), recording.machine.processor)
        places.setdefault(place, []).append(recording)
    # What is not Python comes last; of the others the one with the most recordings comes first.
    order = sorted(places, key=lambda place: (not place[0], -len(places[place]), place))
    rows = [
        {
            "interpreter": place[0],
            "machine": place[1],
            "processor": clean(place[2]),
            "runs": len(places[place]),
            "takes": sum(len(recording.takes) for recording in places[place]),
        }
        for place in order
    ]
    interpreters = len({row["interpreter"] for row in rows if row["interpreter"]})
    counts = (
        (len(recordings), "run"),
        (sum(len(recording.takes) for recording in recordings), "take"),
        (interpreters, "interpreter"),
        (len({place[1:] for place in places}), "machine"),
    )
    return {
        "rows": rows,
        "counts": [(f"{count:,}", word if count == 1 else f"{word}s") for count, word in counts if count],
        "is_long": len(rows) > _MANY_PLACES,
        "said": list(_said(recordings)) if recordings else [],
    }


def _said(recordings: Sequence[Recording]) -> Iterator[str]:
    """What numbers do not say."""
    busy = [f"{one.scenario}.{one.run}" for one in recordings if one.disturbed]
    if not busy:
        yield "No take was kept in which other programs held it up for a noticeable time."
    elif len(busy) <= _MOST_NAMED:
        yield f"Recorded while the machine was busy, so that times are too long: {join_words(busy)}."
    else:
        yield f"{len(busy)} of {len(recordings)} runs were recorded while the machine was busy: times are too long."
    yield "Every take was a process of its own. Neither a date nor the name of a computer is recorded."
