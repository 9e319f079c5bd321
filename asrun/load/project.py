"""Find the files of a project, read all of them, and tell every mistake at once."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import UNSET

from asrun.errors import AuthorError, Mistake, NoProject, Place
from asrun.load.context import Context, make_context
from asrun.load.decks import check_deck, unused_scenarios
from asrun.load.diagnose import shape
from asrun.load.events import SIZE_LIMIT
from asrun.load.matrix import expand_matrices
from asrun.load.names import near_name, wrong_name
from asrun.load.prose import check_prose_of_deck, check_prose_of_scenario
from asrun.load.runs import RUN_KEYS, check_runs
from asrun.load.slides import check_slides
from asrun.load.templates import check_templates
from asrun.load.tree import Tree, read_tree
from asrun.model import (
    SHORTHAND_RUN,
    Claim,
    Deck,
    DeckFile,
    KeyPath,
    Project,
    Run,
    Scenario,
    ScenarioFile,
    Section,
    Slide,
    Source,
)
from asrun.root import BEGINNING, SCENARIOS

_SMALLEST = f"the smallest is a file {SCENARIOS}/first.yaml with two lines: title: … and code: …"
_ENDING = re.compile(r"(?P<name>.*?)(?P<deck>\.deck)?\.ya?ml", re.IGNORECASE | re.DOTALL)


class _Loading:
    """What was read so far, and all that is wrong in it."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []
        self.scenarios: dict[str, Scenario] = {}
        self.decks: dict[str, Deck] = {}
        self.bad: dict[str, frozenset[KeyPath]] = {}
        self.unreadable: set[str] = set()


def load_project(root: Path) -> Project:
    """The project in the folder `root`, checked.

    Raises AuthorError with every mistake in all of its files, and NoProject where there is no folder `scenarios`.
    """
    root = root.resolve()
    if not (root / SCENARIOS).is_dir():
        raise NoProject(f"there is no folder {SCENARIOS} in {root}.\n{BEGINNING}")
    loading = _Loading()
    for path in sorted((root / SCENARIOS).iterdir()):
        ending = _ENDING.fullmatch(path.name)
        if ending and not path.name.startswith("."):
            _load_file(path, ending["name"], bool(ending["deck"]), loading)
    if not loading.scenarios and not loading.mistakes:
        loading.mistakes.append(Mistake(Place(SCENARIOS, 1, 1), "there is no scenario here", hint=_SMALLEST))
    decks = loading.decks
    if not decks:
        title = re.sub(r"[{}]", "", root.name) or "Slides"
        decks = {"index": Deck(name="index", source=None, title=title, sections=(_untitled(tuple(loading.scenarios)),))}
    project = Project(root=root, scenarios=loading.scenarios, decks=decks)
    context = make_context(project, loading.bad, frozenset(loading.unreadable))
    mistakes = [*loading.mistakes, *_check(context)]
    if mistakes:
        raise AuthorError(dict.fromkeys(mistakes))
    return msgspec.structs.replace(expand_matrices(project), warnings=tuple(unused_scenarios(context)))


def _check(context: Context) -> Iterator[Mistake]:
    for scenario in context.project.scenarios.values():
        if not scenario.title.strip() and not context.is_bad(scenario.source, "title"):
            yield scenario.source.key_mistake("title is empty", "title")
        yield from check_runs(scenario, context)
        yield from check_slides(scenario, context)
        yield from check_prose_of_scenario(scenario, context)
    for deck in context.project.decks.values():
        yield from check_deck(deck, context)
        yield from check_prose_of_deck(deck, context)
    yield from check_templates(context.project)


def _load_file(path: Path, name: str, is_deck: bool, loading: _Loading) -> None:
    # A name that is not UTF-8 must not end in an error of our own when it is printed.
    file = f"{SCENARIOS}/{os.fsencode(path.name).decode(errors='replace')}"
    ending = ".deck.yaml" if is_deck else ".yaml"
    wrong = wrong_name(name, "a deck" if is_deck else "a scenario")
    if not path.name.endswith(ending):
        wrong = "only names that end in .yaml are read", f"rename it to {name}{ending}"
    if wrong is not None:
        loading.mistakes.append(Mistake(Place(file, 1, 1), wrong[0], hint=wrong[1]))
        loading.unreadable.add(near_name(name))
    tree, mistakes = _read(path, file)
    loading.mistakes += mistakes
    if tree is not None and is_deck:
        deck_file, bad, found = shape(tree, DeckFile)
        loading.mistakes += found
        if () not in bad:
            loading.bad[file] = bad
            loading.decks[name] = _deck(name, tree.source, deck_file)
    elif tree is not None:
        scenario_file, bad, found = shape(tree, ScenarioFile)
        loading.mistakes += found
        if () not in bad:
            loading.bad[file] = bad
            loading.scenarios[name] = _scenario(name, path.parent, tree.source, scenario_file)
    if not is_deck and name not in loading.scenarios:
        loading.unreadable.add(name)


def _read(path: Path, file: str) -> tuple[Tree | None, list[Mistake]]:
    try:
        if not path.is_file():
            return None, [Mistake(Place(file, 1, 1), "this is no file", hint="a folder, or a link to nothing?")]
        with path.open("rb") as stream:
            return read_tree(file, stream.read(SIZE_LIMIT + 1))
    except OSError as error:
        reason = (error.strerror or "no reason given").lower()
        return None, [Mistake(Place(file, 1, 1), f"this file cannot be read: {reason}")]


def _scenario(name: str, folder: Path, source: Source, file: ScenarioFile) -> Scenario:
    """The scenario in a file, with its shorthands resolved and its defaults filled in."""
    runs = dict(file.runs)
    if ("runs",) not in source.keys and any((key,) in source.keys for key in RUN_KEYS):
        runs = {SHORTHAND_RUN: Run(**{key: getattr(file, key) for key in RUN_KEYS})}
    return Scenario(
        name=name,
        source=source,
        folder=folder,
        title=file.title,
        runs=runs,
        claims=tuple(Claim(that=claim) if isinstance(claim, str) else claim for claim in file.claims),
        slides=tuple(_default_slides(runs)) if file.slides is UNSET else file.slides,
        default_slides=file.slides is UNSET,
        handout=file.handout,
        sources=file.sources,
    )


def _default_slides(runs: dict[str, Run]) -> Iterator[Slide]:
    """The code and a replay of each run, and a race if there are two or three that end well; matrices are compared."""
    for name, run in runs.items():
        yield Slide(code=name)
        yield Slide(compare=(name,)) if run.versions else Slide(replay=name)
    ending_well = tuple(name for name, run in runs.items() if run.exit == 0 and run.raises is None)
    if len(ending_well) in (2, 3) and not any(run.versions for run in runs.values()):
        yield Slide(race=ending_well)


def _deck(name: str, source: Source, file: DeckFile) -> Deck:
    return Deck(
        name=name,
        source=source,
        title=file.title,
        subtitle=file.subtitle,
        author=file.author,
        language=file.language,
        notes=file.notes,
        handout=file.handout,
        theme=file.theme,
        sections=file.sections or (_untitled(file.scenarios),),
        options=file.options,
    )


def _untitled(scenarios: tuple[str, ...]) -> Section:
    return Section(title="", scenarios=scenarios)
