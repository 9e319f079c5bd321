"""What commands share: which project is meant, how much is said, and the words for counts and paths."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from asrun.progress import Progress


SLEEPERS = 16
"""How many runs may be in flight on a machine with fewer cores: those that work wait for a core all the same."""


class ProjectFolder:
    """What the options before the command say."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def root(self, folder: Path | None = None) -> Path:
        """The root of the project that a command is for; `folder` is its own argument. Raises NoProject."""
        from asrun.root import find_root

        return find_root((folder or self.folder or Path.cwd()).resolve())


def verbosity(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options `--verbose`, `--quiet` and `--jobs`."""
    for option in (
        click.option("-v", "--verbose", count=True, help="Say more: every take, and why."),
        click.option("-q", "--quiet", is_flag=True, help="Say nothing but what is wrong."),
        click.option(
            "--jobs",
            "-j",
            type=click.IntRange(1, 64),
            default=lambda: max(_cores(), SLEEPERS),
            show_default=f"{SLEEPERS}, or as many as there are cores",
            help="How many runs may be in flight at once; one begins only while a core is idle. 1: one at a time.",
        ),
    ):
        command = option(command)
    return command


executor_option = click.option(
    "--executor",
    metavar="dask://HOST:PORT",
    default="",
    help="Take the runs on the workers of a Dask cluster, not on this machine; needs the extra dask.",
)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def progress_shown(quiet: bool, verbose: int) -> Iterator[Progress]:
    """The live display on a terminal, plain lines elsewhere."""
    from asrun.progress import LiveProgress, PlainProgress

    if quiet or not sys.stderr.isatty() or os.environ.get("CI") or os.environ.get("TERM") == "dumb":
        yield PlainProgress(-1 if quiet else verbose)
        return
    with LiveProgress(verbose) as progress:
        yield progress


def relative(path: Path) -> str:
    """A path as it is typed here: from the current folder, where it is in it."""
    with contextlib.suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)


def held(claims: int) -> str:
    """That so many claims hold."""
    return "1 claim holds" if claims == 1 else f"{claims} claims hold"


def count(number: int, what: str) -> str:
    """A number of things: `1 run`, `2 runs`."""
    return f"{number} {what}{'' if number == 1 else 's'}"
