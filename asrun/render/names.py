"""Names of slides within a page: what links to a slide end with."""

from __future__ import annotations

from collections.abc import Iterable

TITLE = "title"
"""The title slide."""


def section_id(number: int) -> str:
    """Of the slide of a section, counted from 1 among those that have a title."""
    return f"section-{number}"


def slide_id(scenario: str, number: int) -> str:
    """Of a slide of a scenario, counted from 0."""
    return f"{scenario}-{number + 1}"


def section_ids(sections: Iterable[tuple[bool, bool, Iterable[tuple[str, int]]]]) -> list[str]:
    """The name of the first slide of each section that has a title.

    Given of each section of the deck: whether it has a title, whether it has a slide of its own, and the name and the
    number of slides of each of its scenarios.
    """
    names = Names()
    found: list[str] = []
    names.unique(TITLE)
    for has_title, has_slide, scenarios in sections:
        titled = len(found) + has_title
        if has_slide:
            found.append(names.unique(section_id(titled)))
        for scenario, count in scenarios:
            for number in range(count):
                name = names.unique(slide_id(scenario, number))
                if len(found) < titled:
                    found.append(name)
        if len(found) < titled:
            found.append(TITLE)
    return found


class Names:
    """Gives out names, each only once: a scenario may be in a deck twice."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def unique(self, name: str) -> str:
        """The name, with a number behind it where it was given before."""
        found, count = name, 1
        while found in self._given:
            count += 1
            found = f"{name}-{count}"
        self._given.add(found)
        return found
