"""The commands that make something of a project: build and record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from asrun import unchanged
from asrun.cli.common import ProjectFolder, count, executor_option, held, progress_shown, relative, verbosity
from asrun.errors import harmless
from asrun.root import STATE


@click.command(short_help="Record what is stale, check the claims, render.")
@click.argument(
    "folder", metavar="[PROJECT]", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option(
    "--only",
    metavar="SCENARIO",
    multiple=True,
    help="Build a deck of this scenario alone, slides/<deck>-only.html. May be repeated.",
)
@click.option(
    "--out",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write decks and recordings there, and nothing into the project.",
)
@executor_option
@verbosity
@click.pass_obj
def build(
    project: ProjectFolder,
    folder: Path | None,
    only: tuple[str, ...],
    out: Path | None,
    executor: str,
    jobs: int,
    quiet: bool,
    verbose: int,
) -> None:
    """Record what is stale, check every claim, and render the decks of PROJECT into slides/.

    A recording is stale when the code, a file or a setting that it came from has changed; `asrun status` says which.
    What is fresh is used as it is. A claim that does not hold, a run that ends otherwise than declared or a slide that
    overflows fails the build (exit code 1) and leaves the last good deck in place.
    """
    root = project.root(folder)
    if not (only or out or verbose):
        last = unchanged.last_build(root, root / STATE)
        if last is not None:
            if not quiet:
                lines = (*last.notes, *_said(root, last.pages, last.claims, 0, last.unseen))
                click.echo("\n".join(map(harmless, lines)), err=True)
            return
    from asrun import pipeline

    settings = pipeline.Settings(root=root, only=only, out=out.resolve() if out else None, jobs=jobs, executor=executor)
    with progress_shown(quiet, verbose) as progress:
        built = pipeline.build(settings, progress)
        for line in _said(root, built.decks, built.claims, len(built.recorded), built.unseen):
            progress.note(line)


def _said(root: Path, pages: Iterable[str | Path], claims: int, recorded: int, unseen: str) -> Iterator[str]:
    """What a build that ended well says, in lines. Paths of pages are absolute, or relative to the project."""
    for page in pages:
        yield f"{relative(root / page)}: {held(claims)}, {count(recorded, 'run')} recorded"
    if unseen:
        yield f"nobody looked whether a slide overflows: {unseen}"


@click.command(short_help="Take runs again, and approve them.")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--prune", is_flag=True, help="Remove recordings that no scenario uses any more.")
@executor_option
@verbosity
@click.pass_obj
def record(
    project: ProjectFolder,
    names: tuple[str, ...],
    prune: bool,
    executor: str,
    jobs: int,
    quiet: bool,
    verbose: int,
) -> None:
    """Take runs again, fresh or not, and approve what holds: all runs, or those NAMEd.

    A NAME is a scenario (chores) or one run of it (chores.sync). Approved recordings are in slides/recordings/, to be
    committed. A run that ends otherwise than declared, or that a failing claim speaks of, is not approved.
    """
    from asrun import pipeline

    settings = pipeline.Settings(root=project.root(), jobs=jobs, executor=executor)
    with progress_shown(quiet, verbose) as progress:
        built = pipeline.record(settings, names, prune, progress)
        progress.note(f"{count(len(built.recorded), 'run')} recorded and approved, {held(built.claims)}")
