"""The commands for who wants to know: doctor and help."""

from __future__ import annotations

from pathlib import Path

import click

from asrun.cli.common import ProjectFolder
from asrun.errors import harmless, suggestion


@click.command(short_help="Say what is found on this machine, and what can be recorded here.")
@click.pass_obj
def doctor(project: ProjectFolder) -> None:
    """Say what AsRun finds here: interpreters, Chromium, what the kernel tells, extras, the project; and what a
    recording that is made here can tell, and what it cannot.

    What is missing is marked with an exclamation mark and told with what would bring it. It fails at nothing: the exit
    code is 0 whatever is found.
    """
    from asrun import doctor as look

    found = list(look.findings(project.folder or Path.cwd()))
    width = max(len(finding.topic) for finding in found)
    topic = ""
    for finding in found:
        head = "" if finding.topic == topic else finding.topic
        topic = finding.topic
        click.echo(f"{' ' if finding.good else '!'} {head:<{width}}  {harmless(finding.told)}")
    for title, sentences in (
        ("A recording made here tells", look.can_tell()),
        ("It does not tell", look.cannot_tell()),
    ):
        click.echo(f"\n{title}:")
        for sentence in sentences:
            click.echo(click.wrap_text(sentence, 100, initial_indent="  - ", subsequent_indent="    "))


@click.command("help", short_help="Show the manual page of a command.")
@click.argument("names", metavar="[COMMAND]", nargs=-1)
@click.pass_context
def help_(context: click.Context, names: tuple[str, ...]) -> None:
    """Show the manual page of a COMMAND, or that of asrun itself: everything that `--help` says, and exit codes,
    examples, files."""
    from asrun.cli.manual import manual, walk

    root = context.find_root().command
    assert isinstance(root, click.Group)
    name = " ".join(names).removeprefix("asrun").replace("-", " ").strip()
    known = dict(walk(root))
    if name not in known:
        raise click.UsageError(f"there is no command {name!r}; {suggestion(name, filter(None, known))}", context)
    click.echo(manual(root, name))
