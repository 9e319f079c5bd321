"""Templates: AsRun's own, and before them those of the project."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from asrun.language import FILTERS, about
from asrun.model import Slide
from asrun.render.mistakes import SlideError


def template_environment(folders: tuple[Path, ...]) -> jinja2.Environment:
    """Jinja for HTML, with the templates of these folders, the first one first."""
    # Jinja sees when a template changes, but not when another one comes to stand before it.
    names = frozenset(str(path) for folder in folders for path in folder.rglob("*.*"))
    return _environment(folders, names)


@lru_cache(maxsize=8)
def _environment(folders: tuple[Path, ...], names: frozenset[str]) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # The same words as in claims and prose, for the templates of authors.
    environment.filters.update(FILTERS)
    environment.tests["about"] = about
    return environment


def read_template(environment: jinja2.Environment, name: str) -> str:
    """The text of a template that is no Jinja: a style sheet or a script."""
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def read_theme(environment: jinja2.Environment, theme: str) -> list[str]:
    """The style sheets of a theme: every theme begins with the light one, and has the dark one for dark backgrounds."""
    return [read_template(environment, f"themes/{name}.css") for name in dict.fromkeys(("light", "dark", theme))]


def slide_content(environment: jinja2.Environment, slide: Slide, values: Mapping[str, Any]) -> Markup:
    """What stands between a slide's title and its caption. Raises SlideError for a fault in an author's template."""
    name = slide.template if slide.template is not None else slide.kind
    try:
        return Markup(environment.get_template(f"slides/{name}.html.j2").render(values))
    except (jinja2.TemplateError, LookupError, TypeError, ValueError, ArithmeticError) as error:
        if slide.template is None:
            raise
        file = f"templates/slides/{name}.html.j2"
        line = _line_of(error, f"/slides/{name}.html.j2")
        raise SlideError(f"{file}: {f'line {line}: ' if line else ''}{error}", "template") from error


def _line_of(error: Exception, ending: str) -> int | None:
    """The line of the template whose path ends so at which an error arose; None where it arose elsewhere."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return error.lineno
    # Jinja puts its templates into tracebacks, as files with lines of their own.
    frames = reversed(traceback.extract_tb(error.__traceback__))
    return next((frame.lineno for frame in frames if Path(frame.filename).as_posix().endswith(ending)), None)
