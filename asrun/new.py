"""Beginnings: a whole project, or one scenario more. What is there already is never touched."""

from __future__ import annotations

import os
import re
import string
from pathlib import Path

from asrun import __version__
from asrun.assets import templates_folder
from asrun.errors import AsRunError, CannotWrite
from asrun.load.names import wrong_name
from asrun.schema import FILES, file_name, schema_text

_PLACES = {"gitignore": ".gitignore", "workflows": ".github/workflows"}
"""Where files and folders go that cannot have their names among the templates."""

_SCHEMA = Path("schema")


class CannotBegin(AsRunError):
    """A project or a scenario cannot be made there; the message says what is in the way."""

    exit_code = 2


def new_deck(folder: Path) -> tuple[Path, ...]:
    """Make a project in a folder that is not there, or that holds nothing in the way. Raises CannotBegin, CannotWrite.

    Returns the files that were made, relative to the folder.
    """
    title = re.sub(r"[\W_]+", " ", folder.resolve().name).strip() or "Slides"
    files = {_SCHEMA / file_name(kind): schema_text(kind) for kind in FILES}
    source = templates_folder() / "new" / "deck"
    for path in sorted(path for path in source.rglob("*") if path.is_file() and path.suffix != ".pyc"):
        first, *rest = path.relative_to(source).parts
        files[Path(_PLACES.get(first, first), *rest)] = _filled(path, title=title[:1].upper() + title[1:])
    if folder.exists() and not folder.is_dir():
        raise CannotBegin(f"{folder} is a file, and a project is a folder")
    if (folder / "scenarios").is_dir():
        raise CannotBegin(
            f"{folder} is a project already: it has a folder scenarios\n"
            f"    `asrun --project {folder} new scenario NAME` adds a scenario to it"
        )
    taken = sorted(str(path) for path in files if os.path.lexists(folder / path))
    if taken:
        raise CannotBegin(
            f"nothing was made, since these are in {folder} already: {', '.join(taken)}\n"
            "    move them away, or name another folder"
        )
    for path, text in files.items():
        _make(folder / path, text)
    return tuple(sorted(files))


def new_scenario(root: Path, name: str) -> Path:
    """Make a scenario in a project. Raises CannotBegin and CannotWrite. Returns its file, relative to the project."""
    wrong = wrong_name(name, "a scenario")
    if wrong is not None:
        raise CannotBegin(f"{wrong[0]}\n    {wrong[1]}")
    path = Path("scenarios", f"{name}.yaml")
    if os.path.lexists(root / path):
        raise CannotBegin(f"{path} is there already; nothing was changed")
    title = string.capwords(name.replace("_", " "))
    text = _filled(templates_folder() / "new" / "scenario.yaml", title=title, name=name)
    if (root / _SCHEMA / file_name("scenario")).is_file():
        text = f"# yaml-language-server: $schema=../{_SCHEMA}/{file_name('scenario')}\n#\n{text}"
    _make(root / path, text)
    return path


def _filled(path: Path, **values: str) -> str:
    text = path.read_text(encoding="utf-8")
    for name, value in {"version": __version__, **values}.items():
        text = text.replace(f"@{name}@", value)
    return text


def _make(path: Path, text: str) -> None:
    """Write a new file. Raises CannotWrite, also where somebody else has made it meanwhile."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise CannotWrite(path, error) from error
