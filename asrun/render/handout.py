"""The handout of a deck: the same scenarios as an article, as one HTML file that needs no script."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import jinja2
import msgspec
from markupsafe import Markup

from asrun.claims import Verdict, values_of
from asrun.errors import AuthorError
from asrun.inputs import Code
from asrun.model import Deck, Project, Scenario, Slide, Source
from asrun.recording import Recording
from asrun.render.handout_pieces import Piece, choose, pieces_of, program, usual_place
from asrun.render.mistakes import SlideError
from asrun.render.names import TITLE, Names, section_id, slide_id
from asrun.render.page import reading_policy, safe_script, safe_style
from asrun.render.prose import Prose
from asrun.render.slides import KINDS
from asrun.render.stage import HEIGHT, Stage
from asrun.render.templates import read_template, read_theme, slide_content, template_environment
from asrun.render.text import clean
from asrun.render.told import Teller
from asrun.view import names_of

_DARK = ':root[data-theme="dark"]:not(.asrun-paper)'
"""What the dark theme is for on slides; a page to read is dark for whoever's system is."""

_PLACE = re.compile(r'href="#/([^"/]+)[^"]*"')


class _Block(msgspec.Struct, kw_only=True):
    """What a slide comes to."""

    id: str
    number: int
    """The slide's, counted from 1 over the whole deck."""
    name: Markup | str
    """The slide's title, for the link to it."""
    title: Markup | str
    """The heading; empty where the article's stands for it, or the author wrote none."""
    html: Markup
    caption: Markup | str
    also: list[str]
    """Names of slides before it that have nothing of their own here."""


class _Article(msgspec.Struct, kw_only=True):
    """A scenario."""

    id: str
    title: Markup
    blocks: list[_Block]
    reading: Markup
    claims: Markup
    programs: list[Markup]
    also: list[str]
    """Names of its last slides that have nothing of their own here."""


class _Part(msgspec.Struct, kw_only=True):
    """A section of the deck."""

    id: str
    number: int
    """From 1; 0 for one without a title."""
    title: Markup | str
    subtitle: Markup | str
    articles: list[_Article]


def render_handout(
    deck: Deck,
    project: Project,
    recordings: Mapping[tuple[str, str], Recording],
    codes: Mapping[tuple[str, str], Code],
    verdicts: Mapping[str, tuple[Verdict, ...]],
    *,
    templates: Sequence[Path],
    version: str,
) -> str:
    """The handout as HTML, from what `render_deck` is given. Raises AuthorError for what an author must put right."""
    environment = template_environment(tuple(templates))
    writer = _Writer(deck, project, recordings, codes, verdicts, environment)
    title, subtitle, introduction = writer.opening()
    parts = list(writer.parts())
    script = safe_script(read_template(environment, "handout.js").strip())
    dark = read_template(environment, "themes/dark.css").replace(_DARK, ":root")
    styles = [
        read_template(environment, "colours.css"),
        *read_theme(environment, "light"),
        f"@media screen and (prefers-color-scheme: dark) {{\n{dark}}}",
        read_template(environment, "handout.css"),
    ]
    page = environment.get_template("handout.html.j2").render(
        deck=deck,
        author=clean(deck.author),
        title=title,
        subtitle=subtitle,
        introduction=introduction,
        parts=parts,
        level=3 if any(part.title for part in parts) else 2,
        place=writer.place(),
        sources=list(writer.sources.items()),
        slides=f"{deck.name}.html",
        count=writer.count,
        usual=writer.usual.replace(" · ", ", "),
        styles=[Markup(safe_style(style)) for style in styles],
        script=Markup(script),
        policy=reading_policy([script]),
        version=version,
    )
    page = writer.with_places(page)
    if writer.teller.mistakes:
        raise AuthorError(writer.teller.mistakes)
    return page


class _Writer:
    """Writes the articles of one deck, and gathers what is wrong with them."""

    def __init__(
        self,
        deck: Deck,
        project: Project,
        recordings: Mapping[tuple[str, str], Recording],
        codes: Mapping[tuple[str, str], Code],
        verdicts: Mapping[str, tuple[Verdict, ...]],
        environment: jinja2.Environment,
    ) -> None:
        self.teller = Teller()
        self.sources: dict[Markup, list[str]] = {}
        """Where facts come from, and the articles that say so."""
        self._deck = deck
        self._project = project
        self._recordings = recordings
        self._codes = codes
        self._verdicts = verdicts
        self._environment = environment
        self._macros = environment.get_template("pieces.html.j2").module
        self._names = Names()
        self._number = 0
        self._places: set[str] = set()
        self._links: list[tuple[str, Source, tuple[str | int, ...]]] = []
        in_deck = set(deck.scenario_names)
        self._deck_recordings = [recording for key, recording in sorted(recordings.items()) if key[0] in in_deck]
        self._has_environment = False

    @property
    def count(self) -> int:
        """How many recordings the handout is made from."""
        return len(self._deck_recordings)

    @property
    def usual(self) -> str:
        """Where most of them were made."""
        return usual_place(self._deck_recordings)

    def opening(self) -> tuple[Markup, Markup, Markup]:
        """Title, subtitle and introduction."""
        deck, prose = self._deck, self._prose(None, 1)
        title = self.teller.line(prose, deck.title, deck.source, "title")
        subtitle = self.teller.line(prose, deck.subtitle, deck.source, "subtitle")
        introduction = self.teller.block(prose, deck.handout, deck.source, "handout")
        self._linked(prose, deck.source, "handout")
        self._next(TITLE)
        return title, subtitle, introduction

    def parts(self) -> Iterator[_Part]:
        """All sections, in order."""
        deck, project = self._deck, self._project
        prose = self._prose(None, 2)
        numbers = iter(range(1, len(deck.sections) + 1))
        level = 3 if any(section.title for section in deck.sections) else 2
        for index, section in enumerate(deck.sections):
            number = next(numbers) if section.title else 0
            yield _Part(
                id=self._next(section_id(number)) if section.has_slide else f"part-{number}" if number else "",
                number=number,
                title=self.teller.line(prose, section.title, deck.source, "sections", index, "title"),
                subtitle=self.teller.line(prose, section.subtitle, deck.source, "sections", index, "subtitle"),
                articles=[self._article(project.scenarios[name], level) for name in section.scenarios],
            )

    def place(self) -> Markup:
        """The table of machines and interpreters, unless a slide has it."""
        if self._has_environment or not self._deck_recordings:
            return Markup("")
        scenario = next(iter(self._project.scenarios.values()))
        stage = self._stage(scenario, Slide(environment=True), self._prose(scenario, 2))
        values = {"html": slide_content(self._environment, stage.slide, KINDS["environment"](stage))}
        return self._write("environment", values)

    def with_places(self, page: str) -> str:
        """The page with links to slides leading to what they have become here. A link to nothing is a mistake."""

        def lead(found: re.Match[str]) -> str:
            name = found[1]
            if name in self._places:
                return f'href="#{name}"'
            return f'href="{self._deck.name}.html{found[0][6:]}'

        for link, source, path in self._links:
            name = re.sub(r"^#/?([^/]*).*", r"\1", link)
            if name not in self._places and not name.isdecimal():
                self.teller.mistaken(SlideError(f"there is no slide {name!r} to link to"), source, *path)
        return _PLACE.sub(lead, page)

    def _prose(self, scenario: Scenario | None, level: int) -> Prose:
        project, source = self._project, self._deck.source
        if scenario is not None:
            folder = scenario.folder
        else:
            folder = project.root / Path(source.file).parent if source else project.root
        return Prose(names_of(scenario, project, self._recordings), folder, project.root, level)

    def _next(self, name: str) -> str:
        """The name of the next slide of the deck, as the deck gives it."""
        self._number += 1
        given = self._names.unique(name)
        self._places.add(given)
        return given

    def _linked(self, prose: Prose, source: Source | None, *path: str | int) -> None:
        if source is not None:
            self._links += [(link, source, path) for link in prose.anchors]
        prose.anchors.clear()

    def _stage(self, scenario: Scenario, slide: Slide, prose: Prose) -> Stage:
        return Stage(
            project=self._project,
            scenario=scenario,
            slide=slide,
            options=self._deck.options,
            prose=prose,
            recordings=self._recordings,
            codes=self._codes,
            verdicts=self._verdicts.get(scenario.name, ()),
            deck_recordings=self._deck_recordings,
            height=HEIGHT,
        )

    def _write(self, macro: str, values: Mapping[str, Any]) -> Markup:
        return Markup(getattr(self._macros, macro)(**values))

    def _article(self, scenario: Scenario, level: int) -> _Article:
        own = self._names.unique(scenario.name)
        self._places.add(own)
        prose = self._prose(scenario, level)
        title = self.teller.line(prose, scenario.title, scenario.source, "title")
        offered = [self._offered(scenario, prose, number, level) for number in range(len(scenario.slides))]
        pieces = [piece for _, offer in offered for piece in offer]
        keep = iter(choose(pieces))
        kept: list[Piece] = []
        blocks: list[_Block] = []
        also: list[str] = []
        for number, (block, offer) in enumerate(offered):
            mine = [piece for piece in offer if next(keep)]
            kept += mine
            block.html = self._compose(mine, scenario, number)
            if not (block.html or block.caption):
                also.append(block.id)
                continue
            block.also, also = also, []
            blocks.append(block)
        reading = self.teller.block(prose, scenario.handout, scenario.source, "handout")
        for index, text in enumerate(scenario.sources):
            told = self.teller.line(prose, text, scenario.source, "sources", index)
            self.sources.setdefault(told, []).append(own)
        claims = self._claims(scenario, kept, prose)
        self._linked(prose, scenario.source, "handout")
        return _Article(
            id=own,
            title=title,
            blocks=blocks,
            reading=reading,
            claims=claims,
            programs=list(self._programs(scenario, kept)),
            also=also,
        )

    def _offered(self, scenario: Scenario, prose: Prose, number: int, level: int) -> tuple[_Block, list[Piece]]:
        """What a slide would show, if no other slide did."""
        slide, source, path = scenario.slides[number], scenario.source, scenario.slide_path(number)
        has_title = bool(slide.title) and slide.title != scenario.title
        prose = prose.below(level + 1 if has_title else level)
        title = self.teller.line(prose, slide.title or "", source, *path, "title")
        block = _Block(
            id=self._next(slide_id(scenario.name, number)),
            number=self._number,
            name=title,
            title=title if has_title else "",
            html=Markup(""),
            caption=self.teller.line(prose, slide.caption, source, *path, "caption"),
            also=[],
        )
        self._has_environment = self._has_environment or slide.kind == "environment"
        pieces: list[Piece] = []
        try:
            pieces = pieces_of(self._stage(scenario, slide, prose), self._environment)
        except SlideError as error:
            self.teller.mistaken(error, source, *path)
        self._linked(prose, source, *path)
        return block, pieces

    def _compose(self, pieces: Sequence[Piece], scenario: Scenario, number: int) -> Markup:
        """The pieces of a slide, with outputs that follow each other side by side."""
        html = Markup("")
        for macro, group in groupby(pieces, key=lambda piece: piece.macro):
            written = []
            for piece in group:
                try:
                    written.append(self._write(macro, piece.values()))
                except SlideError as error:
                    self.teller.mistaken(error, scenario.source, *scenario.slide_path(number))
            together = Markup("\n").join(written)
            if macro == "output" and len(written) > 1:
                together = Markup('<div class="beside">\n{}\n</div>').format(together)
            html += together + Markup("\n")
        return html

    def _claims(self, scenario: Scenario, kept: Sequence[Piece], prose: Prose) -> Markup:
        """What was claimed and is on no slide."""
        shown = {sight for piece in kept for sight in piece.shows if sight[0] == "claim"}
        rest = [
            verdict for verdict in self._verdicts.get(scenario.name, ()) if ("claim", str(verdict.index)) not in shown
        ]
        if not rest:
            return Markup("")
        source = scenario.source
        lines = {
            verdict.claim.say: self.teller.line(prose, verdict.claim.say, source, "claims", verdict.index, "say")
            for verdict in rest
            if not verdict.absent
        }
        values = {
            "said": [verdict for verdict in rest if verdict.claim.say and not verdict.absent],
            "others": [verdict for verdict in rest if not verdict.claim.say or verdict.absent],
            "say": lines.__getitem__,
            "measures": lambda claim: values_of(claim, prose.names),
        }
        return self._write("checked", values)

    def _programs(self, scenario: Scenario, kept: Sequence[Piece]) -> Iterator[Markup]:
        """The programs of the scenario's runs, and the modules beside them, that are nowhere to be seen whole."""
        shown = {sight for piece in kept for sight in piece.shows if sight[0] == "code"}
        for run in scenario.runs:
            code = self._codes.get((scenario.name, run))
            if code is None:
                continue
            modules = [Code(text, "python", file) for file, text in code.modules]
            for one in (code, *modules):
                piece = program(one, one.file or run.replace("_", " "))
                if not piece.shows <= shown:
                    shown |= piece.shows
                    yield self._write("whole", piece.values())
