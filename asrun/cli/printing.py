"""The command that prints: pdf."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from asrun.cli.authoring import ExtraMissing
from asrun.cli.common import ProjectFolder, progress_shown, relative

if TYPE_CHECKING:
    from asrun.pdf import Paper


@click.command(short_help="Print decks and handouts as PDF.")
@click.argument("decks", metavar="[DECK]...", nargs=-1)
@click.option("--steps", is_flag=True, help="A page for each step of the clicker through code, not for each slide.")
@click.option(
    "--paper",
    type=click.Choice(["a4", "letter"]),
    default="a4",
    show_default=True,
    help="Of which size handouts are.",
)
@click.option(
    "--out",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the PDFs there.  [default: slides/]",
)
@click.option("-v", "--verbose", count=True, help="Say more.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but what is wrong.")
@click.pass_obj
def pdf(
    project: ProjectFolder,
    decks: tuple[str, ...],
    steps: bool,
    paper: Paper,
    out: Path | None,
    verbose: int,
    quiet: bool,
) -> None:
    """Print slides/<deck>.pdf, a page for each slide, and slides/<deck>-handout.pdf: of all decks, or of each DECK.

    They are printed from the approved recordings; nothing is run. Where one is stale, or a claim does not hold, nothing
    is printed (exit code 1): `asrun build` first. Replays show their end, with a time beside each line.

    The system's Chromium prints, by way of the extra `pdf`: pip install 'asrun[pdf]'. Equal pages make equal files.
    """
    from asrun.pdf import print_decks
    from asrun.pipeline import Settings

    settings = Settings(root=project.root(), out=out.resolve() if out else None)
    with progress_shown(quiet, verbose) as progress:
        try:
            printed = print_decks(settings, decks, progress, steps=steps, paper=paper)
        except ModuleNotFoundError as error:
            raise ExtraMissing("pdf", "pdf", (error.name or "").partition(".")[0]) from error
        for path in printed:
            progress.note(relative(path))
