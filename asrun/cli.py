"""The command line: it reads what was asked and prints what came of it, and decides nothing."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from asrun import __version__
from asrun.errors import AsRunError, harmless

if TYPE_CHECKING:
    from asrun.progress import Progress
    from asrun.recording import Recording

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


class _Project:
    """What the options before the command say."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def root(self, folder: Path | None = None) -> Path:
        from asrun.load import find_root

        return find_root((folder or self.folder or Path.cwd()).resolve())


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with one file, scenarios/hello.yaml, of two lines:  title: Hello  and  code: print('Hello')  "
    "— then `asrun build`. docs/authoring.md has the rest.",
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
    context.obj = _Project(project)


def _verbosity(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("-v", "--verbose", count=True, help="Say more: every take, and why."),
        click.option("-q", "--quiet", is_flag=True, help="Say nothing but what is wrong."),
        click.option(
            "--jobs",
            "-j",
            type=click.IntRange(1, 64),
            default=_cores,
            show_default="as many as there are cores",
            help="How many runs may be in flight at once; 1 takes one at a time.",
        ),
    ):
        command = option(command)
    return command


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@commands.command(short_help="Record what is stale, check the claims, render.")
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
@_verbosity
@click.pass_obj
def build(
    project: _Project,
    folder: Path | None,
    only: tuple[str, ...],
    out: Path | None,
    jobs: int,
    quiet: bool,
    verbose: int,
) -> None:
    """Record what is stale, check every claim, and render the decks of PROJECT into slides/.

    A recording is stale when the code, a file or a setting that it came from has changed; `asrun status` says which.
    What is fresh is used as it is. A claim that does not hold, a run that ends otherwise than declared or a slide that
    overflows fails the build (exit code 1) and leaves the last good deck in place.
    """
    from asrun import pipeline

    settings = pipeline.Settings(root=project.root(folder), only=only, out=out.resolve() if out else None, jobs=jobs)
    with _progress(quiet, verbose) as progress:
        built = pipeline.build(settings, progress)
        for path in built.decks:
            progress.note(f"{_relative(path)}: {_held(built.claims)}, {_count(len(built.recorded), 'run')} recorded")
        if built.unseen:
            progress.note(f"nobody looked whether a slide overflows: {built.unseen}")


@commands.command(short_help="Take runs again, and approve them.")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--prune", is_flag=True, help="Remove recordings that no scenario uses any more.")
@_verbosity
@click.pass_obj
def record(project: _Project, names: tuple[str, ...], prune: bool, jobs: int, quiet: bool, verbose: int) -> None:
    """Take runs again, fresh or not, and approve what holds: all runs, or those NAMEd.

    A NAME is a scenario (chores) or one run of it (chores.sync). Approved recordings are in slides/recordings/, to be
    committed. A run that ends otherwise than declared, or that a failing claim speaks of, is not approved.
    """
    from asrun import pipeline

    settings = pipeline.Settings(root=project.root(), jobs=jobs)
    with _progress(quiet, verbose) as progress:
        built = pipeline.record(settings, names, prune, progress)
        progress.note(f"{_count(len(built.recorded), 'run')} recorded and approved, {_held(built.claims)}")


@commands.command(short_help="Say what is stale, and why.")
@click.pass_obj
def status(project: _Project) -> None:
    """Say of each run whether its approved recording is fresh and, if not, which input changed."""
    from asrun import pipeline
    from asrun.durations import show_seconds

    loaded, plan = pipeline.status(project.root())
    for warning in loaded.warnings:
        click.echo(harmless(warning.show()), err=True)
    stale = {job.key: job.reason for job in plan.jobs}
    width = max((len(".".join(key)) for key in plan.inputs), default=0)
    for key in plan.inputs:
        told = (
            f"stale   {stale[key]}" if key in stale else f"fresh   {show_seconds(plan.fresh[key].take.wall_ns / 1e9)}"
        )
        click.echo(f"{'.'.join(key):<{width}}  {told}")
    for path in plan.unused:
        click.echo(
            f"{path.with_suffix('').as_posix().replace('/', '.'):<{width}}  unused  `asrun record --prune` removes it"
        )


@commands.command(short_help="Show what a recording holds.")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object: runs, by name, with the names that claims use.")
@click.pass_obj
def show(project: _Project, names: tuple[str, ...], as_json: bool) -> None:
    """Show what the runs NAMEd did: how they ended, how long they took, and what they printed, when.

    A NAME is a scenario (chores) or one run of it (chores.sync). A newer take that was not approved comes before the
    approved recording, and is marked.
    """
    from asrun import pipeline
    from asrun.view import RunView

    found = pipeline.find_recordings(project.root(), names)
    if as_json:
        import msgspec

        alone = len({scenario for scenario, _ in found}) == 1
        runs = {
            run if alone else f"{scenario}.{run}": {**RunView(recording).as_dict(), "approved": approved}
            for (scenario, run), (recording, approved) in found.items()
        }
        click.echo(msgspec.json.format(msgspec.json.encode({"runs": runs}), indent=2).decode())
        return
    for index, (recording, approved) in enumerate(found.values()):
        click.echo(("\n" if index else "") + _shown(recording, approved))


def _shown(recording: Recording, approved: bool) -> str:
    from asrun.durations import show_seconds
    from asrun.view import RunView

    view, ended = RunView(recording), recording.take.ended
    how = {
        "exit": f"exit status {ended.status}",
        "signal": f"killed by {ended.signal}",
        "timeout": "ended at its timeout",
        "never ran": f"never ran: {ended.reason}",
    }[ended.how]
    on = f"{recording.python.implementation} {recording.python.version}, " if recording.python else ""
    lines = [
        f"{recording.scenario}.{recording.run}" + ("" if approved else "  (not approved)"),
        f"  {how} after {show_seconds(view.wall)}; {show_seconds(view.cpu)} of processor time, {view.cores:.2f} cores"
        + (f", {view.rss:.0f} MB" if view.rss is not None else ""),
        f"  {on}{recording.machine.system}, {recording.machine.cores} cores, {recording.machine.processor}",
    ]
    if len(view.walls) > 1:
        lines.append("  takes: " + ", ".join(show_seconds(wall) for wall in view.walls))
    if recording.disturbed:
        lines.append("  recorded on a busy machine: others kept it from the cores, so that its times are too long")
    lines += [
        f"  {line.at:9.3f}  {'' if line.stream == 'stdout' else '! '}{harmless(click.unstyle(line.text))}"
        for line in view.lines
    ]
    if recording.take.dropped_bytes:
        lines.append(f"             … and {recording.take.dropped_bytes} bytes more, which were not kept")
    return "\n".join(lines)


@commands.command(short_help="Write recordings for other tools: asciinema, Perfetto.")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option("--cast", is_flag=True, help="<scenario>.<run>.cast: asciicast v2, for any asciinema player.")
@click.option("--trace", is_flag=True, help="<scenario>.trace.json: Chrome trace events, for ui.perfetto.dev.")
@click.option(
    "-o",
    "--out",
    metavar="FILE_OR_FOLDER",
    type=click.Path(path_type=Path),
    help="Where to write; a file only where there is one to write.  [default: the current folder]",
)
@click.pass_obj
def export(project: _Project, names: tuple[str, ...], cast: bool, trace: bool, out: Path | None) -> None:
    """Write the recordings of the runs NAMEd in the formats of other tools.

    A NAME is a scenario (chores) or one run of it (chores.sync). A newer take that was not approved comes before the
    approved recording, and is said to be one.

    \b
    asrun export chores.sync --cast    chores.sync.cast: `asciinema play chores.sync.cast`
    asrun export chores --trace        chores.trace.json: open it at ui.perfetto.dev; all runs of chores,
                                       each process, thread and task a track

    Both hold what was recorded and nothing else. A cast keeps the control characters that the program printed: that
    is what a terminal is for, but play only what you would run.
    """
    from asrun import pipeline
    from asrun.export import export as write

    if not (cast or trace):
        raise click.UsageError("say in which format: --cast or --trace")
    found = pipeline.find_recordings(project.root(), names)
    for key, (_, approved) in found.items():
        if not approved:
            click.echo(f"{'.'.join(key)}: this take was not approved", err=True)
    recordings = [recording for recording, _ in found.values()]
    for path in write(recordings, cast=cast, trace=trace, out=out):
        click.echo(path)


@contextlib.contextmanager
def _progress(quiet: bool, verbose: int) -> Iterator[Progress]:
    """The live display on a terminal, plain lines elsewhere."""
    from asrun.progress import LiveProgress, PlainProgress

    if quiet or not sys.stderr.isatty() or os.environ.get("CI") or os.environ.get("TERM") == "dumb":
        yield PlainProgress(-1 if quiet else verbose)
        return
    with LiveProgress(verbose) as progress:
        yield progress


def _relative(path: Path) -> str:
    with contextlib.suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)


def _held(claims: int) -> str:
    return "1 claim holds" if claims == 1 else f"{claims} claims hold"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
