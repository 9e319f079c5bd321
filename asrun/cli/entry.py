"""The command itself: its options before the name of a command, the commands, and how each end is told."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from asrun import __version__
from asrun.cli.asking import doctor, help_
from asrun.cli.authoring import new, schema, serve
from asrun.cli.building import build, record
from asrun.cli.checking import check
from asrun.cli.common import ProjectFolder
from asrun.cli.printing import pdf
from asrun.cli.recordings import export, show, status
from asrun.errors import AsRunError, harmless

EXIT_FAULT = 70
EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    0 done; 1 a claim, a run or a slide is not as declared; 2 the author's input is wrong; 70 a fault of AsRun's own;
    130 interrupted.
    """
    try:
        result = commands.main(
            args=None if arguments is None else list(arguments), prog_name="asrun", standalone_mode=False
        )
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted: the deck and the approved recordings are as they were", err=True)
        return EXIT_INTERRUPTED
    except AsRunError as error:
        click.echo(harmless(error.show()), err=True)
        return error.exit_code
    except BrokenPipeError:
        # The reader of our output has gone (`asrun show … | head`): nothing is wrong with that.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:
        traceback.print_exc()
        click.echo(
            "\nThis is a fault of AsRun, not of your scenarios. Please report it with the lines above.", err=True
        )
        return EXIT_FAULT
    return result if isinstance(result, int) else 0


class _InOrder(click.Group):
    """A group that lists its commands in the order in which one comes to need them."""

    def list_commands(self, context: click.Context) -> list[str]:
        """The names of the commands, as they were added."""
        return list(self.commands)


@click.group(
    cls=_InOrder,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with `asrun new deck talk`: a project that builds at once and teaches by its comments. `asrun help "
    "COMMAND` has exit codes, examples and files; docs/authoring.md has the rest.",
)
@click.version_option(__version__, prog_name="asrun")
@click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The project's folder.  [default: the one around the current folder]",
)
@click.pass_context
def commands(context: click.Context, project: Path | None) -> None:
    """Build slide decks whose code really ran.

    Scenarios (scenarios/*.yaml) say what to run and what to show. AsRun runs it, records what was printed and when,
    checks every claim, and renders slides/<deck>.html.

    Building a project runs its code, with your rights.
    """
    context.obj = ProjectFolder(project)


for command in (new, build, serve, check, record, status, show, export, pdf, schema, doctor, help_):
    commands.add_command(command)
