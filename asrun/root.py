"""Where a project is: the folder that has a folder `scenarios` in it."""

from __future__ import annotations

from pathlib import Path

from asrun.errors import NoProject

SCENARIOS = "scenarios"
"""The folder of a project that its authors' files are in."""

STATE = Path(".asrun")
"""What a project keeps from build to build and does not commit: takes that were not approved, and the lock."""

BEGINNING = f"""A project is a folder with a folder {SCENARIOS} in it. The smallest is one file, {SCENARIOS}/first.yaml:

    title: My first slide
    code: print("It really ran.")
"""


def find_root(start: Path) -> Path:
    """The folder of the project that `start` is in: the nearest one upward with a folder `scenarios`.

    Raises NoProject, with a message that says how a project begins.
    """
    start = start.absolute()
    for folder in (start, *start.parents):
        if (folder / SCENARIOS).is_dir():
            return folder
    if not start.exists():
        raise NoProject(f"there is no folder {start}")
    raise NoProject(f"there is no project in {start}, nor in a folder around it.\n{BEGINNING}")
