"""Other tools, for bench/decks.py: how each is installed, and the same deck in each one's form.

Python tools are installed from the package index, each into an environment of its own; Node tools by npm. One that
cannot be installed here is left out, and that is said.
"""

# ruff: noqa: T201
from __future__ import annotations

import json
import shutil
import subprocess
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from asrun.interpreters import InterpreterMissing, find_interpreter


class Content(NamedTuple):
    """What is to be on slides, in no tool's form."""

    codes: tuple[str, ...]
    """Programs to run and to show, one a slide."""
    shown: tuple[str, ...] = ()
    """Programs to show only, one a slide."""
    words: tuple[str, ...] = ()
    """Lines of prose, one a slide."""


class Peer(NamedTuple):
    """A tool: how to write a deck for it, and how to build that."""

    name: str
    runs_code: bool
    """Whether it runs what is on the slides."""
    write: Callable[[Content, Path], None]
    """Write the deck's sources into an empty folder; again, after a change."""
    command: tuple[str, ...]
    """What builds the deck, in that folder."""
    page: str
    """The page that it makes, relative to the folder."""


def install(folder: Path, wanted: frozenset[str]) -> list[Peer]:
    """Install the wanted tools into a folder; those that could be."""
    found = []
    for name, (maker, packages) in _PEERS.items():
        if name not in wanted:
            continue
        print(f"installing {name}", flush=True)
        home = folder / name
        try:
            found.append(maker(home, packages))
        except (OSError, subprocess.CalledProcessError, InterpreterMissing) as error:
            print(f"  left out, since it cannot be installed here: {error}")
    return found


def _pip(home: Path, packages: tuple[str, ...], python: str | None = None) -> Path:
    """The folder of commands of a new environment with these packages."""
    if python is None:
        venv.create(home, with_pip=True)
    else:
        subprocess.run([find_interpreter(python).path, "-m", "venv", home], check=True)
    subprocess.run(
        [home / "bin" / "pip", "install", "-q", "--disable-pip-version-check", *packages],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    return home / "bin"


def _npm(home: Path, packages: tuple[str, ...]) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("there is no npm")
    home.mkdir(parents=True)
    subprocess.run(
        [npm, "install", "--silent", "--no-fund", "--no-audit", "--prefix", home, *packages],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return home / "node_modules" / ".bin"


def _slides(content: Content, fence: str = "python") -> list[str]:
    codes = [f"```{fence}\n{code}\n```" for code in content.codes]
    return [*codes, *(f"```python\n{code}\n```" for code in content.shown), *content.words]


def write_markdown(content: Content, folder: Path) -> None:
    """One Markdown file, slides apart by rules, code in fences."""
    folder.joinpath("deck.md").write_text("\n\n---\n\n".join(_slides(content)) + "\n")


def _nbconvert(home: Path, packages: tuple[str, ...]) -> Peer:
    commands = _pip(home, packages)

    def write(content: Content, folder: Path) -> None:
        code: dict[str, Any] = {"cell_type": "code", "execution_count": None, "outputs": []}
        cells = [{**code, "source": source} for source in content.codes]
        cells += [{"cell_type": "markdown", "source": f"```python\n{source}\n```"} for source in content.shown]
        cells += [{"cell_type": "markdown", "source": source} for source in content.words]
        for number, cell in enumerate(cells):
            cell |= {"id": f"cell-{number}", "metadata": {"slideshow": {"slide_type": "slide"}}}
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": cells}
        folder.joinpath("deck.ipynb").write_text(json.dumps(notebook))

    command = (str(commands / "jupyter"), "nbconvert", "--to", "slides", "--execute", "--log-level=ERROR", "deck.ipynb")
    return Peer("nbconvert, one kernel", True, write, command, "deck.slides.html")


def _sphinx(home: Path, packages: tuple[str, ...]) -> Peer:
    commands = _pip(home, packages)

    def write(content: Content, folder: Path) -> None:
        settings = 'extensions = ["myst_nb", "sphinx_revealjs"]\nnb_execution_mode = "cache"\n'
        folder.joinpath("conf.py").write_text(settings)
        kernel = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n"
        slides = [
            f"## Slide {number}\n\n{slide}" for number, slide in enumerate(_slides(content, "{code-cell} python"))
        ]
        folder.joinpath("index.md").write_text(kernel + "# Deck\n\n" + "\n\n".join(slides) + "\n")

    command = (str(commands / "sphinx-build"), "-q", "-b", "revealjs", ".", "out")
    return Peer("myst-nb, sphinx-revealjs", True, write, command, "out/index.html")


def _mkslides(home: Path, packages: tuple[str, ...]) -> Peer:
    commands = _pip(home, packages, python="3.13")

    def write(content: Content, folder: Path) -> None:
        folder.joinpath("slides").mkdir(exist_ok=True)
        write_markdown(content, folder / "slides")

    return Peer("mkslides", False, write, (str(commands / "mkslides"), "build", "slides"), "site/index.html")


def _marp(home: Path, packages: tuple[str, ...]) -> Peer:
    command = (str(_npm(home, packages) / "marp"), "--quiet", "deck.md", "-o", "deck.html")
    return Peer("Marp", False, write_markdown, command, "deck.html")


def _slidev(home: Path, packages: tuple[str, ...]) -> Peer:
    commands = _npm(home, packages)

    def write(content: Content, folder: Path) -> None:
        # It looks for its theme beside the deck.
        if not (folder / "node_modules").exists():
            folder.joinpath("node_modules").symlink_to(home / "node_modules")
        write_markdown(content, folder)

    return Peer(
        "Slidev", False, write, (str(commands / "slidev"), "build", "deck.md", "--out", "out"), "out/index.html"
    )


_PEERS: dict[str, tuple[Callable[[Path, tuple[str, ...]], Peer], tuple[str, ...]]] = {
    "nbconvert": (_nbconvert, ("nbconvert", "ipykernel")),
    "sphinx-revealjs": (_sphinx, ("myst-nb", "sphinx-revealjs", "ipykernel")),
    "mkslides": (_mkslides, ("mkslides",)),
    "marp": (_marp, ("@marp-team/marp-cli",)),
    "slidev": (_slidev, ("@slidev/cli", "@slidev/theme-default")),
}

PEERS = frozenset(_PEERS)
"""The names of the tools that can be asked for."""
