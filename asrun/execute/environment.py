"""The environment of a run: a few variables with fixed values, and nothing else of AsRun's own."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

from asrun.execute.request import PROBE_LINK
from asrun.lanes import TraceMode

PROBE_FOLDER = Path(__file__).parent.parent / "probe"
"""What is put on the path of Python programs, for its sitecustomize.py."""

TRACE_FOLDER = "trace"
"""The folder in which the probe records: it looks for it beside the link by which it was found, so that programs see no
more of it than a PYTHONPATH."""

ZERO_VARIABLE = "ASRUN_ZERO"
"""Names the file for the stamp of time zero; the probe takes it out of the program's environment."""


@cache
def child_path(path: str) -> str:
    """AsRun's own PATH without the folder of its virtual environment and without relative folders."""
    virtual = Path(sys.prefix, "bin").resolve() if sys.prefix != sys.base_prefix else None
    folders = [Path(name) for name in path.split(os.pathsep)]
    return os.pathsep.join(str(folder) for folder in folders if folder.is_absolute() and folder.resolve() != virtual)


def place_probe(base: Path, trace: TraceMode) -> None:
    """Make the probe reachable beside the run's folder, and have it record what is asked for."""
    (base / PROBE_LINK).symlink_to(PROBE_FOLDER)
    if trace != "none":
        (base / TRACE_FOLDER).mkdir(0o700)
    if trace == "generators":
        (base / f"{TRACE_FOLDER}.generators").touch(0o600)


def child_environment(base: Path, added: dict[str, str], zero_file: Path | None) -> dict[str, str]:
    """All the variables of a run whose folder is `base`; `zero_file` is given for Python programs only.

    What the scenario adds wins, but for a PYTHONPATH, which goes behind the probe's folder.
    """
    env = {
        "PATH": child_path(os.environ.get("PATH", os.defpath)),
        "HOME": str(base / "home"),
        "TMPDIR": str(base / "tmp"),
        "USER": "asrun",
        "LOGNAME": "asrun",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        **added,
    }
    if zero_file:
        paths = [str(base / PROBE_LINK), added.get("PYTHONPATH", "")]
        env["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
        env[ZERO_VARIABLE] = str(zero_file)
    return env
