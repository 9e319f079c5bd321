"""Where the files are that decks are made with and that are not Python: the templates, and reveal.js."""

from __future__ import annotations

from pathlib import Path

from asrun.errors import AsRunError

_PACKAGE = Path(__file__).resolve().parent


def templates_folder() -> Path:
    """The absolute folder of the built-in templates: the package's own, or the clone's where asrun runs from one.

    Raises AsRunError if there is neither.
    """
    for folder in (_PACKAGE / "templates", _PACKAGE.parent / "templates"):
        if folder.is_dir():
            return folder
    raise AsRunError(f"this installation of AsRun has no {_PACKAGE / 'templates'}: install it again")


def reveal_folder() -> Path:
    """The absolute folder that holds reveal.js, reset.css, reveal.css, notes.js and LICENSE.

    Raises AsRunError if it is not there: builds of the package put it there (hatch_build.py).
    """
    folder = _PACKAGE / "reveal"
    if (folder / "reveal.js").is_file():
        return folder
    raise AsRunError(
        f"reveal.js is not in {folder}: `python3 build.py` in a clone of AsRun fetches it, and so does `pip install`"
    )
