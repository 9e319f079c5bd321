"""Decks for tests of rendering: one scenario with slides as given, its runs, codes and recordings made by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path

import msgspec

from asrun.assets import templates_folder
from asrun.claims import judge
from asrun.inputs import Code
from asrun.model import Claim, Deck, KeyPath, Mark, Options, Project, Run, Scenario, Section, Slide, Source
from asrun.recording import Event, Recording
from asrun.render import render_deck
from tests import making

CODE = "import time\n\nprint('one')\ntime.sleep(1)\nprint('two')\n"


def scenario(
    *slides: Slide,
    runs: Mapping[str, Run] | None = None,
    claims: Sequence[Claim] = (),
    name: str = "one",
    folder: Path = Path("/nowhere"),
    handout: str = "",
    sources: Sequence[str] = (),
) -> Scenario:
    """A scenario with these slides, as if written from line 10 of its file, a line each."""
    marks: dict[KeyPath, Mark] = {}
    for number in range(len(slides)):
        marks["slides", number] = Mark(10 + number, 5)
        marks["slides", number, "body"] = Mark(30 + number, 9)
    return Scenario(
        name=name,
        source=Source(f"scenarios/{name}.yaml", "\n" * 40, marks),
        folder=folder,
        title="A scenario",
        runs=dict(runs or {"main": Run(code=CODE)}),
        claims=tuple(claims),
        slides=slides,
        default_slides=False,
        handout=handout,
        sources=tuple(sources),
    )


def render(
    of: Scenario,
    recordings: Sequence[Recording] = (),
    codes: Mapping[str, str] | None = None,
    *,
    deck: Deck | None = None,
    options: Options | None = None,
    templates: Sequence[Path] = (),
    make: Callable[..., str] = render_deck,
) -> str:
    """The page of a deck with one scenario, or its handout; runs without a code of their own have CODE."""
    project = Project(root=of.folder, scenarios={of.name: of}, decks={})
    made = {(one.scenario, one.run): one for one in recordings}
    deck = deck or Deck(name="deck", source=None, title="A deck", sections=(Section(title="", scenarios=(of.name,)),))
    return make(
        msgspec.structs.replace(deck, options=options) if options else deck,
        project,
        made,
        {(of.name, run): Code((codes or {}).get(run, CODE), "python", f"{run}.py") for run in of.runs},
        {of.name: judge(of, project, made)},
        templates=[*templates, templates_folder()],
        version="1.2.3",
    )


def printed(*texts: str, run: str = "main", walls: Sequence[float] = (1.0,)) -> Recording:
    """A recording of events with these texts, as they are, a tenth of a second apart."""
    events = tuple(Event(100_000_000 * index, "stdout", 0, text) for index, text in enumerate(texts))
    return msgspec.structs.replace(making.recording(run, walls=walls), events=events)


class Element(msgspec.Struct):
    """An element of a page, with the text in it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""

    @property
    def classes(self) -> list[str]:
        """Its CSS classes."""
        return self.attributes.get("class", "").split()


class _Parser(HTMLParser):
    VOID = frozenset({"meta", "link", "input", "img", "br", "hr", "col"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in self.VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1].tag == tag:
            self.open.pop()
        elif tag not in ("li", "p"):
            raise AssertionError(f"</{tag}> closes {self.open[-1].tag if self.open else 'nothing'}")

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data


def elements(html: str, selector: str = "") -> Iterator[Element]:
    """The elements of a page; `selector` is a tag, a `.class`, or `tag.class`. Fails where tags are not balanced."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    assert not parser.open, [element.tag for element in parser.open]
    tag, _, css_class = selector.partition(".")
    for element in parser.elements:
        if (not tag or element.tag == tag) and (not css_class or css_class in element.classes):
            yield element


def texts(html: str, selector: str) -> list[str]:
    """The text of each of these elements, blanks made one."""
    return [re.sub(r"\s+", " ", element.text).strip() for element in elements(html, selector)]


def slide(html: str, number: int = 1) -> str:
    """The HTML of a slide of the scenario, from 1."""
    found = re.search(rf'<section id="one-{number}".*?</section>', html, re.DOTALL)
    assert found, f"there is no slide {number}"
    return found[0]
