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


def section_ids(sections: Iterable[tuple[bool, Iterable[tuple[str, int]]]]) -> list[str]:
    """The names of the sections' slides in a deck: of each section whether it has a title, and of each of its scenarios
    the name and the number of slides."""
    names = Names()
    found: list[str] = []
    names.unique(TITLE)
    for has_title, scenarios in sections:
        if has_title:
            found.append(names.unique(section_id(len(found) + 1)))
        for scenario, count in scenarios:
            for number in range(count):
                names.unique(slide_id(scenario, number))
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
