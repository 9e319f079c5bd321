"""The commands that tell what was recorded: status, show and export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from asrun.cli.common import ProjectFolder
from asrun.errors import harmless

if TYPE_CHECKING:
    from asrun.recording import Recording


@click.command(short_help="Say what is stale, and why.")
@click.pass_obj
def status(project: ProjectFolder) -> None:
    """Say of each run whether its approved recording is fresh and, if not, which input changed.

    `absent` is a stale run whose interpreter is not here: it cannot be recorded on this machine.
    """
    from asrun import pipeline
    from asrun.durations import show_seconds

    loaded, plan, missing = pipeline.status(project.root())
    for warning in loaded.warnings:
        click.echo(harmless(warning.show()), err=True)
    stale = {job.key: job.reason for job in plan.jobs}
    width = max((len(".".join(key)) for key in plan.inputs), default=0)
    for key in plan.inputs:
        if key in missing:
            told = f"absent  {stale[key]}; {missing[key]}"
        elif key in stale:
            told = f"stale   {stale[key]}"
        else:
            told = f"fresh   {show_seconds(plan.fresh[key].take.wall_ns / 1e9)}"
        click.echo(f"{'.'.join(key):<{width}}  {told}")
    for path in plan.unused:
        click.echo(
            f"{path.with_suffix('').as_posix().replace('/', '.'):<{width}}  unused  `asrun record --prune` removes it"
        )


@click.command(short_help="Show what a recording holds.")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object: runs, by name, with the names that claims use.")
@click.pass_obj
def show(project: ProjectFolder, names: tuple[str, ...], as_json: bool) -> None:
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
        click.echo(("\n" if index else "") + shown(recording, approved))


def shown(recording: Recording, approved: bool) -> str:
    """What `asrun show` prints of a recording."""
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


@click.command(short_help="Write recordings for other tools: asciinema, Perfetto.")
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
def export(project: ProjectFolder, names: tuple[str, ...], cast: bool, trace: bool, out: Path | None) -> None:
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
