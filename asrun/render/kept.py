"""Slides of an earlier rendering, used again where nothing that they are made from has changed: what makes a preview
quick. A rendering with them is the same as one without."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from asrun.claims import Verdict
from asrun.inputs import Code
from asrun.model import Deck, Project, Scenario, Slide
from asrun.recording import Recording
from asrun.render.stage import Part

Made = TypeVar("Made")


class Facts(msgspec.Struct, frozen=True, eq=False):
    """What any slide of a deck may be made from besides what its scenario says of it."""

    recordings: tuple[tuple[tuple[str, str], Recording], ...]
    codes: dict[tuple[str, str], Code]
    others: bytes
    """The deck, the names of all runs, and the state of all templates."""

    def are(self, others: Facts) -> bool:
        """Whether they are the same. Recordings are large, and compared by being the same object."""
        return (
            self.others == others.others
            and [key for key, _ in self.recordings] == [key for key, _ in others.recordings]
            and all(a is b for (_, a), (_, b) in zip(self.recordings, others.recordings, strict=True))
            and self.codes == others.codes
        )


def facts_of(
    deck: Deck,
    project: Project,
    recordings: Mapping[tuple[str, str], Recording],
    codes: Mapping[tuple[str, str], Code],
    templates: Iterable[Path],
) -> Facts:
    """The facts behind the slides of a deck."""
    states = [
        (str(path), found.st_mtime_ns, found.st_size)
        for folder in templates
        for path in sorted(folder.rglob("*"))
        if (found := path.stat())
    ]
    names = {name: list(scenario.runs) for name, scenario in project.scenarios.items()}
    texts = {name: getattr(deck, name) for name in deck.__struct_fields__ if name != "source"}
    return Facts(
        tuple(sorted(recordings.items(), key=lambda item: item[0])),
        dict(codes),
        msgspec.json.encode([texts, names, states], enc_hook=float),
    )


class Kept(Generic[Made]):
    """The slides of one deck. What one rendering has not used is forgotten in the next one."""

    def __init__(self) -> None:
        self._facts: Facts | None = None
        self._before: dict[object, Made] = {}
        self._now: dict[object, Made] = {}

    def begin(self, facts: Facts) -> None:
        """Begin a rendering."""
        self._before = self._now if self._facts is not None and self._facts.are(facts) else {}
        self._facts, self._now = facts, {}

    def get(self, key: object, make: Callable[[], tuple[Made, bool]]) -> Made:
        """What was made before for this key, or else what `make` makes, which says whether it is worth keeping."""
        if key is None:
            return make()[0]
        if key in self._before:
            self._now[key] = self._before[key]
            return self._now[key]
        made, is_good = make()
        if is_good:
            self._now[key] = made
        return made


def key_of(
    scenario: Scenario, number: int, slide: Slide, verdicts: Sequence[Verdict], parts: tuple[Part, ...]
) -> object:
    """What a slide is made from besides the facts; None where files that nobody watches here belong to it."""
    written = msgspec.json.encode([scenario.title, slide, scenario.runs], enc_hook=float)  # durations
    if b"![" in written:  # an image
        return None
    return scenario.name, number, written, tuple(verdicts), parts
