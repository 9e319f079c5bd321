"""The command that holds a project against what was approved: check."""

from __future__ import annotations

import os
from pathlib import Path

import click

from asrun.cli.common import ProjectFolder, executor_option, progress_shown, verbosity
from asrun.errors import CannotWrite, harmless

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(short_help="Run everything again and compare it with what was approved.")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--strict", is_flag=True, help="Fail on what could not be judged on this machine, too.")
@click.option(
    "--junit", metavar="FILE", type=_FILE, help="Write what became of each run and claim there, as JUnit XML."
)
@click.option("--summary", metavar="FILE", type=_FILE, help="Write a summary in Markdown there.")
@executor_option
@verbosity
@click.pass_obj
def check(
    project: ProjectFolder,
    names: tuple[str, ...],
    strict: bool,
    junit: Path | None,
    summary: Path | None,
    executor: str,
    jobs: int,
    quiet: bool,
    verbose: int,
) -> int:
    """Run everything again, or what is NAMEd, and compare it with the approved recordings. Writes nothing into the
    project.

    A NAME is a scenario (chores) or one run of it (chores.sync). The check fails (exit code 1) where a run ends
    otherwise than declared, its output is not what was approved, a claim does not hold, a recording is missing, stale
    or unused, or a page in slides/ is not what the approved recordings render to. Times are judged by claims alone; a
    claim about time that a busy or small machine cannot judge is told, and fails with --strict.

    In GitHub Actions it annotates the lines and adds to the job's summary.
    """
    from asrun import report as told
    from asrun.check import check as check_project
    from asrun.pipeline import Settings
    from asrun.write import write_file

    root = project.root()
    with progress_shown(quiet, verbose) as progress:
        report = check_project(Settings(root=root, jobs=jobs, executor=executor), names, strict, progress)
    if not quiet or report.failed:
        click.echo(harmless(told.show_report(report)), err=True)
    if junit is not None:
        write_file(junit.absolute(), told.junit(report))
    if summary is not None:
        write_file(summary.absolute(), told.markdown(report).encode())
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in told.workflow_commands(report, _folder_in_repository(root)):
            click.echo(line)
    if page := os.environ.get("GITHUB_STEP_SUMMARY"):
        _append(Path(page), told.markdown(report))
    return 1 if report.failed else 0


def _folder_in_repository(root: Path) -> str:
    repository = os.environ.get("GITHUB_WORKSPACE", "")
    return root.relative_to(repository).as_posix() if repository and root.is_relative_to(repository) else ""


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except OSError as error:
        raise CannotWrite(path, error) from error
