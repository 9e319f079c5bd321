"""The templates and themes that a project can use: its own, and those that come with AsRun."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from asrun.assets import templates_folder
from asrun.errors import Mistake, Place
from asrun.lines import split_lines
from asrun.load.files import WrongFile, read_code
from asrun.load.prose import find_faults
from asrun.model import SLIDE_KINDS, Project

_ENDING = ".html.j2"
_OPENINGS = ("deck", "section")
"""Templates in slides/ for the slides that decks make themselves."""


def template_names(root: Path) -> tuple[str, ...]:
    """The layouts that `template:` can name."""
    found = {path.name.removesuffix(_ENDING) for path in _find(root, f"slides/*{_ENDING}")}
    return tuple(sorted(found - {*SLIDE_KINDS, *_OPENINGS}))


def theme_names(root: Path) -> tuple[str, ...]:
    """The themes that a deck can name."""
    return tuple(sorted({path.stem for path in _find(root, "themes/*.css")}))


def _find(root: Path, pattern: str) -> Iterator[Path]:
    for folder in (root / "templates", templates_folder()):
        yield from folder.glob(pattern)


def check_templates(project: Project) -> Iterator[Mistake]:
    """The mistakes of syntax in the templates of a project's own."""
    own = project.root / "templates"
    if not own.is_dir():
        return
    if own.samefile(templates_folder()):  # AsRun's own clone: its templates are tested there
        used = {slide.template for scenario in project.scenarios.values() for slide in scenario.slides}
        paths = [own / "slides" / f"{name}{_ENDING}" for name in sorted(filter(None, used))]
        paths = [path for path in paths if path.is_file()]
    else:
        paths = sorted(own.rglob("*.j2"))
    for path in paths:
        yield from _check_template(path, path.relative_to(project.root).as_posix())


def _check_template(path: Path, name: str) -> Iterator[Mistake]:
    from asrun.language import check_template  # brings Jinja

    try:
        text = read_code(path, name)
    except WrongFile as wrong:
        yield Mistake(Place(name, 1, 1), wrong.message, hint=wrong.hint)
        return
    lines = split_lines(text)
    for fault in find_faults(lambda: check_template(text)):
        line = lines[fault.line - 1] if fault.line <= len(lines) else ""
        yield Mistake(Place(name, fault.line, fault.column), fault.message, line, fault.hint)
