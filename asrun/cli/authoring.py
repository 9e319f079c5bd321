"""The commands for those who write: new, serve and schema."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from asrun.cli.common import ProjectFolder, count, progress_shown, relative, verbosity
from asrun.errors import AsRunError


class ExtraMissing(AsRunError):
    """A command needs what an extra of the package brings, and it is not installed."""

    exit_code = 2

    def __init__(self, command: str, extra: str, missing: str) -> None:
        super().__init__(
            f"asrun {command} needs {missing}, which is not installed: the extra {extra} brings it.\n"
            f"    pip install 'asrun[{extra}]'"
        )


@click.group(short_help="Make a new project, or a new scenario.")
def new() -> None:
    """Make a new project, or a new scenario in a project. What is there already is never touched."""


@new.command(short_help="Make a whole project.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def deck(folder: Path) -> None:
    """Make a project in DIR: a deck with two scenarios that build at once and teach by their comments.

    With it come a README, a .gitignore, JSON Schemas for editors, and a workflow for GitHub Actions that builds,
    checks and publishes the slides.
    """
    from asrun.new import new_deck

    made = new_deck(folder)
    shown = relative(folder.resolve())
    for path in made:
        click.echo(f"  {shown}/{path}")
    click.echo(
        f"\n{count(len(made), 'file')} made. What now:\n\n"
        f"    cd {shlex.quote(shown)}\n"
        "    asrun build           # runs the programs, with your rights, and writes slides/index.html\n"
        "    asrun serve --open    # preview: every save shows at once\n\n"
        "scenarios/countdown.yaml is where to begin to read."
    )


@new.command(short_help="Make a scenario.")
@click.argument("name", metavar="NAME")
@click.pass_obj
def scenario(project: ProjectFolder, name: str) -> None:
    """Make scenarios/NAME.yaml in the project: a scenario that builds at once, with the rest in its comments.

    A NAME is a letter, then letters, digits and underscores, since claims and prose use it.
    """
    from asrun.new import new_scenario

    root = project.root()
    path = new_scenario(root, name)
    click.echo(f"{relative(root / path)} is made; `asrun build` runs it.")
    decks = sorted(found.name for found in (root / "scenarios").glob("*.deck.yaml"))
    if decks:
        click.echo(f"To show it, name {name} among the scenarios of a deck: {', '.join(decks)}")


@click.command(short_help="Preview the decks; every save shows at once.")
@click.argument(
    "folder", metavar="[PROJECT]", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Where to listen; 0 is any that is free.  [default: 8765, or the next that is free]",
)
@click.option("--open", "open_browser", is_flag=True, help="Open the preview in the browser.")
@verbosity
@click.pass_obj
def serve(
    project: ProjectFolder,
    folder: Path | None,
    port: int | None,
    open_browser: bool,
    jobs: int,
    quiet: bool,
    verbose: int,
) -> None:
    """Show the decks of PROJECT in the browser, and keep them up to date with every save, until Ctrl-C.

    A save records what became stale and nothing else; prose shows at once. The browser stays on its slide and step.
    What is wrong stands over the deck until it is mended, and the last good deck stays visible below. Recordings and
    decks are written as `asrun build` writes them, when everything holds.

    Only this machine can see the preview. It needs the extra `serve`: pip install 'asrun[serve]'
    """
    from asrun.pipeline import Settings

    try:
        from asrun.serve import serve as run
    except ModuleNotFoundError as error:
        raise ExtraMissing("serve", "serve", (error.name or "").partition(".")[0]) from error
    settings = Settings(root=project.root(folder), jobs=jobs)
    with progress_shown(quiet, verbose) as progress:
        run(settings, port, open_browser, progress)


@click.command(short_help="Print the JSON Schema of scenarios or decks.")
@click.argument("kind", type=click.Choice(["scenario", "deck"]), default="scenario")
@click.option(
    "--out",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write both there, as scenario.schema.json and deck.schema.json, and print nothing.",
)
def schema(kind: str, out: Path | None) -> None:
    """Print what a scenario (or a deck) may say, as a JSON Schema, with a description of each key.

    Editors complete and check with it. Those with the YAML language server find it by a line in the file:

    \b
    # yaml-language-server: $schema=../schema/scenario.schema.json
    """
    from asrun.schema import FILES, file_name, schema_text

    if out is None:
        click.echo(schema_text(kind), nl=False)
        return
    from asrun.write import write_file

    for each in FILES:
        write_file(out / file_name(each), schema_text(each).encode())
