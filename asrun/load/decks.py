"""Whether decks make sense: scenarios that are there, a theme that is there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from asrun.errors import Mistake, Place, suggestion
from asrun.load.context import Context
from asrun.load.templates import theme_names
from asrun.model import Deck, KeyPath, Source

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


def check_deck(deck: Deck, context: Context) -> Iterator[Mistake]:
    """The mistakes in a deck that an author wrote."""
    source = deck.source
    if source is None:
        return
    written = context.written(source, (), ("sections", "scenarios"))
    if len(written) == 2:
        hint = "a deck with sections names its scenarios in them"
        yield source.key_mistake("sections and scenarios together", "scenarios", hint=hint)
    if not written and not context.has_bad(source, ()):
        hint = "add scenarios: with their names, or sections: with a title and scenarios: each"
        yield source.key_mistake("this deck has no scenarios", "title", hint=hint)
    for index, section in enumerate(deck.sections):
        path: KeyPath = ("scenarios",) if "sections" not in written else ("sections", index, "scenarios")
        yield from _check_scenarios(section.scenarios, source, path, context)
    titles = [section.title for section in deck.sections]
    for index, title in enumerate(titles):
        place: KeyPath = ("sections", index, "title")
        if title and title in titles[:index]:
            yield source.mistake(f"a second section with the title {title!r}", *place)
        if deck.sections[index].notes and not deck.sections[index].slide:
            hint = "put them on the title slide, or on the first slide of the section"
            yield source.key_mistake("notes of a slide that the section does not have", *place[:-1], "notes", hint=hint)
        is_opening = index == 0 and title == ""
        if "sections" in written and not title.strip() and not is_opening and not context.is_bad(source, *place):
            yield source.key_mistake("title is empty", *place, hint="only what comes before the first section has none")
    themes = theme_names(context.project.root)
    if deck.theme not in themes:
        hint = suggestion(deck.theme, themes)
        yield source.mistake(f"there is no templates/themes/{deck.theme}.css", "theme", hint=hint)
    if not _LANGUAGE.fullmatch(deck.language):
        yield source.mistake(f"{deck.language!r} is no language", "language", hint="write it as in en, de or pt-BR")
    if deck.options.max_replay <= 0:
        yield source.mistake("a replay needs some time", "options", "max_replay")


def _check_scenarios(names: tuple[str, ...], source: Source, path: KeyPath, context: Context) -> Iterator[Mistake]:
    known = context.project.scenarios
    for index, name in enumerate(names):
        if name in names[:index]:
            yield source.mistake(f"{name} is here twice", *path, index)
        elif name not in known and name not in context.unreadable:
            yield source.mistake(f"there is no scenario {name!r}", *path, index, hint=suggestion(name, known))


def unused_scenarios(context: Context) -> Iterator[Mistake]:
    """Warnings: scenarios that are in no deck."""
    decks = context.project.decks.values()
    used = {name for deck in decks for name in deck.scenario_names}
    files = [deck.source.file for deck in decks if deck.source is not None]
    for name, scenario in context.project.scenarios.items():
        if name not in used and files:
            place = Place(scenario.source.file, 1, 1)
            yield Mistake(place, f"{name} is in no deck", hint=f"name it in {' or '.join(files)}")
