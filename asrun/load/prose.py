"""Whether claims and prose are right, as far as that can be seen without a recording."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from asrun.errors import Mistake
from asrun.load.context import Context
from asrun.model import Deck, KeyPath, Scenario, Source

if TYPE_CHECKING:
    from asrun.language import Fault

_CONTROLS = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_JINJA = ("{{", "{%", "{#")


class _Text(NamedTuple):
    text: str
    path: KeyPath
    is_claim: bool = False


def check_prose_of_scenario(scenario: Scenario, context: Context) -> Iterator[Mistake]:
    """The mistakes in a scenario's claims and prose."""
    yield from _check(_texts_of_scenario(scenario), scenario.source, scenario, context)


def check_prose_of_deck(deck: Deck, context: Context) -> Iterator[Mistake]:
    """The mistakes in a deck's own prose."""
    if deck.source is not None:
        yield from _check(_texts_of_deck(deck), deck.source, None, context)


def _texts_of_scenario(scenario: Scenario) -> Iterator[_Text]:
    yield _Text(scenario.title, ("title",))
    yield _Text(scenario.handout, ("handout",))
    for index, text in enumerate(scenario.sources):
        yield _Text(text, ("sources", index))
    for index, claim in enumerate(scenario.claims):
        yield _Text(claim.that, scenario.claim_path(index), is_claim=True)
        yield _Text(claim.say, ("claims", index, "say"))
    if not scenario.default_slides:
        for index, slide in enumerate(scenario.slides):
            for path, text in slide.texts:
                yield _Text(text, (*scenario.slide_path(index), *path))


def _texts_of_deck(deck: Deck) -> Iterator[_Text]:
    yield _Text(deck.handout, ("handout",))
    for key in ("title", "subtitle", "notes"):
        yield _Text(getattr(deck, key), (key,))
        for index, section in enumerate(deck.sections):
            yield _Text(getattr(section, key), ("sections", index, key))


def _check(texts: Iterator[_Text], source: Source, scenario: Scenario | None, context: Context) -> Iterator[Mistake]:
    for text, path, is_claim in texts:
        if context.is_bad(source, *path) or context.is_bad(source, *path, "that"):
            continue
        control = _CONTROLS.search(text)
        if control:
            before = text[: control.start()].split("\n")
            message = f"the control character U+{ord(control[0]):04X} cannot be shown"
            yield source.mistake(message, *path, line=len(before), column=len(before[-1]) + 1)
        elif is_claim or any(mark in text for mark in _JINJA):
            yield from _check_language(text, path, is_claim, source, scenario, context)


def _check_language(
    text: str, path: KeyPath, is_claim: bool, source: Source, scenario: Scenario | None, context: Context
) -> Iterator[Mistake]:
    from asrun.language import Scope, check_expression, check_prose  # brings Jinja

    if any(re.search(rf"\b{re.escape(name)}\b", text) for name in context.unreadable):
        return  # nobody knows what runs these scenarios have
    runs = context.runs[scenario.name] if scenario is not None else ()
    own = context.versions.get(scenario.name, {}) if scenario is not None else {}
    scope = Scope(runs, context.runs, own, context.versions)
    check = check_expression if is_claim else check_prose
    for fault in find_faults(lambda: check(text, scope)):
        yield source.mistake(fault.message, *path, line=fault.line, column=fault.column, hint=fault.hint)


def find_faults(check: Callable[[], list[Fault]]) -> list[Fault]:
    """What a check of the language finds, and also what only Jinja's compiler refuses."""
    from jinja2 import TemplateSyntaxError

    from asrun.language import Fault

    try:
        return check()
    except TemplateSyntaxError as error:  # a block that is defined twice
        return [Fault(error.lineno, 1, f"not valid Jinja: {error.message}")]
    except RecursionError:
        return [Fault(1, 1, "nested too deeply for Jinja")]
    except ValueError:
        return [Fault(1, 1, "not valid Jinja: a number has thousands of digits")]
