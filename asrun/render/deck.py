"""A deck as one HTML file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import msgspec
from markupsafe import Markup

from asrun.claims import Verdict
from asrun.errors import AuthorError
from asrun.inputs import Code
from asrun.model import Deck, KeyPath, Project, Scenario, Section, Slide, Source
from asrun.recording import Recording
from asrun.render.kept import Kept, facts_of, key_of
from asrun.render.mistakes import SlideError
from asrun.render.names import TITLE, Names, section_id, section_ids, slide_id
from asrun.render.page import json_block, load_reveal, policy, reveal_options, safe_comment, safe_script, safe_style
from asrun.render.panes import gap_values, is_gap
from asrun.render.prose import Prose
from asrun.render.replays import TRANSPORT, has_transport
from asrun.render.slides import KINDS, suggested_title
from asrun.render.stage import HEIGHT, WIDTH, Part, Stage
from asrun.render.templates import read_template, read_theme, slide_content, template_environment
from asrun.render.text import cells, clean
from asrun.render.told import Teller
from asrun.view import names_of

_TITLE_LINE, _CAPTION_LINE, _CAPTION_GAP = 46, 34, 14
"""Heights in pixels, as templates/base.css has them."""

_TITLE_CHARACTER, _CAPTION_CHARACTER = 21.5, 12.5
"""Widths of an average character in pixels."""


class _Page(msgspec.Struct, kw_only=True):
    """A slide as the deck's template puts it into the page."""

    id: str = ""
    place: str = ""
    kind: str
    css_class: str = ""
    attributes: dict[str, str] = {}
    title: Markup | str = ""
    content: Markup
    caption: Markup | str = ""
    notes: Markup | str = ""
    footer: str = ""
    steps: int = 0


def render_deck(
    deck: Deck,
    project: Project,
    recordings: Mapping[tuple[str, str], Recording],
    codes: Mapping[tuple[str, str], Code],
    verdicts: Mapping[str, tuple[Verdict, ...]],
    *,
    templates: Sequence[Path],
    version: str,
    kept: Kept[Any] | None = None,
) -> str:
    """The deck as HTML.

    Keys of `recordings` and `codes` are (scenario, run), of `verdicts` scenarios. `templates` are folders, searched in
    order. `kept` are slides of an earlier rendering of this deck. Raises AuthorError for what an author must put right,
    such as an image that is missing.
    """
    environment = template_environment(tuple(templates))
    if kept is not None:
        kept.begin(facts_of(deck, project, recordings, codes, templates))
    maker = _Maker(deck, project, recordings, codes, verdicts, environment, kept)
    pages = list(maker.pages())
    if maker.teller.mistakes:
        raise AuthorError(maker.teller.mistakes)
    reveal = load_reveal()
    own = [safe_script(read_template(environment, name)) for name in ("stands.js", "timer.js", "replay.js")]
    scripts = [*reveal.scripts, *own]
    sheets = [read_template(environment, name) for name in ("colours.css", "base.css", "kinds.css")]
    styles = [reveal.css, *sheets, *read_theme(environment, deck.theme)]
    return environment.get_template("deck.html.j2").render(
        deck=deck,
        title=maker.title.striptags(),
        pages=pages,
        steps=max((page.steps for page in pages), default=0),
        styles=[Markup(safe_style(style)) for style in styles],
        unscripted=Markup(safe_style(read_template(environment, "unscripted.css"))),
        scripts=[Markup(text) for text in scripts],
        policy=policy(scripts, reveal.speaker_hash),
        license=Markup(safe_comment(reveal.license)),
        options=json_block(reveal_options(deck.options)),
        version=version,
    )


class _Maker:
    """Makes the slides of one deck, and gathers what is wrong with them."""

    def __init__(
        self,
        deck: Deck,
        project: Project,
        recordings: Mapping[tuple[str, str], Recording],
        codes: Mapping[tuple[str, str], Code],
        verdicts: Mapping[str, tuple[Verdict, ...]],
        environment: jinja2.Environment,
        kept: Kept[_Page] | None,
    ) -> None:
        self._kept = kept
        self.teller = Teller()
        self.title = Markup("")
        self._deck = deck
        self._project = project
        self._recordings = recordings
        self._codes = codes
        self._verdicts = verdicts
        self._environment = environment
        self._names = Names()
        in_deck = set(deck.scenario_names)
        self._deck_recordings = [recording for key, recording in sorted(recordings.items()) if key[0] in in_deck]

    def pages(self) -> Iterator[_Page]:
        """All slides, in order."""
        deck, project = self._deck, self._project
        folder = project.root / Path(deck.source.file).parent if deck.source else project.root
        prose = Prose(names_of(None, project, self._recordings), folder, project.root)
        self.title = self.teller.line(prose, deck.title, deck.source, "title")
        yield self._opening("deck", TITLE, prose, deck, deck.source, ())
        parts = self._parts(prose)
        at = 0
        for index, section in enumerate(deck.sections):
            at += bool(section.title)
            if section.has_slide:
                yield self._opening("section", section_id(at), prose, section, deck.source, ("sections", index), at)
            here = tuple(
                msgspec.structs.replace(part, is_current=bool(section.title) and number == at)
                for number, part in enumerate(parts, 1)
            )
            for name in section.scenarios:
                scenario = project.scenarios[name]
                names = names_of(scenario, project, self._recordings)
                for number, slide in enumerate(scenario.slides):
                    yield self._page(scenario, number, slide, Prose(names, scenario.folder, project.root), here)

    def _parts(self, prose: Prose) -> list[Part]:
        """The sections that have a title. What is wrong with their prose is told at their own slides."""
        counts = {name: len(self._project.scenarios[name].slides) for name in self._deck.scenario_names}
        sections = self._deck.sections
        ids = iter(
            section_ids(
                (bool(one.title), one.has_slide, ((name, counts[name]) for name in one.scenarios)) for one in sections
            )
        )
        quiet = Teller()
        return [
            Part(
                next(ids),
                quiet.line(prose, one.title, self._deck.source),
                quiet.line(prose, one.subtitle, self._deck.source),
            )
            for one in sections
            if one.title
        ]

    def _opening(
        self,
        kind: str,
        name: str,
        prose: Prose,
        part: Deck | Section,
        source: Source | None,
        path: KeyPath,
        number: int = 0,
    ) -> _Page:
        """The title slide, or a section's with its number from 1."""
        author = part.author if isinstance(part, Deck) else ""
        content = self._environment.get_template(f"slides/{kind}.html.j2").render(
            title=self.teller.line(prose, part.title, source, *path, "title"),
            subtitle=self.teller.line(prose, part.subtitle, source, *path, "subtitle"),
            author=clean(author),
            number=number,
            count=sum(bool(section.title) for section in self._deck.sections),
        )
        return _Page(
            id=self._names.unique(name),
            place=str(source.place(*path)) if source else "",
            kind=kind,
            attributes={"data-background-color": "var(--opening)"},
            content=Markup(content),
            notes=self.teller.block(prose, part.notes, source, *path, "notes"),
        )

    def _page(self, scenario: Scenario, number: int, slide: Slide, prose: Prose, parts: tuple[Part, ...]) -> _Page:
        """A slide, with its name and where it is written, which may change while all else stays."""

        def make() -> tuple[_Page, bool]:
            mistakes = len(self.teller.mistakes)
            return self._make(scenario, number, slide, prose, parts), len(self.teller.mistakes) == mistakes

        if self._kept is None:
            page, _ = make()
        else:
            verdicts = self._verdicts.get(scenario.name, ())
            page = self._kept.get(key_of(scenario, number, slide, verdicts, parts), make)
        return msgspec.structs.replace(
            page,
            id=self._names.unique(slide_id(scenario.name, number)),
            place=str(scenario.source.place(*scenario.slide_path(number))),
        )

    def _make(self, scenario: Scenario, number: int, slide: Slide, prose: Prose, parts: tuple[Part, ...]) -> _Page:
        source, path = scenario.source, scenario.slide_path(number)
        caption = self.teller.line(prose, slide.caption, source, *path, "caption")
        stage = Stage(
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
            parts=parts,
        )
        title, content, values = Markup(""), Markup(""), {}
        try:
            title = self._title(stage, number)
            if is_gap(stage):
                slide = msgspec.structs.replace(slide, **{slide.kind: None}, body="", moments=())
            beside = TRANSPORT if slide.body is None and has_transport(stage) else 0
            stage = msgspec.structs.replace(stage, height=_height(title, caption, beside))
            values = gap_values(stage) if is_gap(stage) else KINDS[slide.kind](stage)
            content = slide_content(self._environment, slide, values)
        except SlideError as error:
            self.teller.mistaken(error, source, *path)
        return _Page(
            kind=slide.kind,
            css_class=slide.class_,
            attributes=_attributes(slide),
            title=title,
            content=content,
            caption=caption,
            notes=self.teller.block(prose, slide.notes, source, *path, "notes"),
            footer=values.get("footer", "") if slide.kind != "template" else "",
            steps=len(slide.steps),
        )

    def _title(self, stage: Stage, number: int) -> Markup:
        if stage.slide.title is not None:
            return stage.prose.line(stage.slide.title, "title")
        if number == 0:
            return stage.prose.line(stage.scenario.title)
        return stage.prose.line(suggested_title(stage))


def _height(title: Markup, caption: Markup, beside: int) -> int:
    """What title and caption leave for the rest, in pixels; `beside` is the width of what stands beside the title."""
    title_lines = -(-cells(title.striptags()) * _TITLE_CHARACTER // (WIDTH - beside)) if title else 0
    if beside:
        title_lines = max(title_lines, 1)
    caption_lines = -(-cells(caption.striptags()) * _CAPTION_CHARACTER // WIDTH) if caption else 0
    used = (title_lines - 1) * _TITLE_LINE + (caption_lines * _CAPTION_LINE + _CAPTION_GAP if caption else 0)
    return int(HEIGHT - used)


def _attributes(slide: Slide) -> dict[str, str]:
    """The attributes of the section that reveal.js reads."""
    attributes: dict[str, str] = {}
    if slide.transition:
        attributes["data-transition"] = slide.transition
    if slide.background:
        attributes["data-background-color"] = slide.background
        attributes["style"] = f"--paper:{slide.background.strip()}"
    if slide.auto_animate:
        attributes["data-auto-animate"] = ""
    return attributes
