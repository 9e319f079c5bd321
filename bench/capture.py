"""Capture, measured: how fast a flood is taken in, and how exactly a line is timed. Ratios, all from one run.

    python bench/capture.py [--rounds 5] [--megabytes 200] [--asciinema]

The flood: a child writes so many megabytes in blocks of 64 KB, and tells how long it took to get rid of them: into a
plain pipe that is read with os.read, and into AsRun, through its pipe (any program) and its socket (Python programs).
Goal: over 0.8 of the plain pipe.

The lines: a child prints the monotonic clock, again and again with pauses. The error is the time at which the reader
had the line, less that; it includes the print itself. Goal: a median under 100 µs. asciinema's clock has a zero of its
own, so that beside it only deviations can be compared: from each reader's own quickest line.
With --asciinema it is installed into a folder of its own, which is removed afterwards.
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from asrun.execute.request import Outcome, PlacedFile, Request
from asrun.execute.runner import Executor
from asrun.interpreters import find_interpreter

FLOOD = """\
import os, sys, time
block = b"x" * 65535 + b"\\n"
begin = time.monotonic_ns()
for _ in range(int(sys.argv[1]) * 1_000_000 // len(block)):
    view = memoryview(block)
    while view:
        view = view[os.write(1, view):]
with open(sys.argv[2], "w") as file:
    file.write(str(time.monotonic_ns() - begin))
"""

LINES = """\
import time
for _ in range(60):
    time.sleep(0.01)
    print(time.monotonic_ns(), flush=True)
"""

PYTHON = find_interpreter().path

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
"""Without PYTHONUNBUFFERED and its kin, as AsRun's own runs are."""


def run(executor: Executor, code: str, *arguments: str, is_python: bool) -> Outcome:
    """Have AsRun run some code."""
    return executor.run(
        Request(
            argv=(PYTHON, "main.py", *arguments),
            files=(PlacedFile("main.py", code.encode()),),
            timeout_ns=120 * 10**9,
            is_python=is_python,
            trace="none",
        )
    )


def drain(script: Path, *arguments: str) -> list[tuple[int, bytes]]:
    """Read a plain pipe to its end as fast as that goes; what was read is kept up to AsRun's own limit."""
    read, write = os.pipe()
    with subprocess.Popen([PYTHON, script, *arguments], stdout=write, env=ENVIRONMENT):
        os.close(write)
        kept, room = [], 10_000_000
        while data := os.read(read, 1 << 16):
            if room > 0:
                kept.append((time.monotonic_ns(), data))
                room -= len(data)
    os.close(read)
    return kept


def flood(executor: Executor, folder: Path, megabytes: int, rounds: int) -> None:
    """Megabytes in a second, each way in turn."""
    script, told = folder / "flood.py", folder / "told"
    script.write_text(FLOOD)
    arguments = (str(megabytes), str(told))
    ways: dict[str, Callable[[], object]] = {
        "plain pipe": lambda: drain(script, *arguments),
        "AsRun, pipe": lambda: run(executor, FLOOD, *arguments, is_python=False),
        "AsRun, socket": lambda: run(executor, FLOOD, *arguments, is_python=True),
    }
    speeds: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, go in ways.items():
            go()
            speeds[way].append(megabytes * 1e9 / int(told.read_text()))
    plain = statistics.median(speeds["plain pipe"])
    print(f"flood of {megabytes} MB, {rounds} rounds:    median and best, MB/s, and the same × plain")
    for way, found in speeds.items():
        median, best = statistics.median(found), max(found)
        ratios = f"{median / plain:10.2f}{best / max(speeds['plain pipe']):8.2f}"
        print(f"  {way:<26}{median:8.0f}{best:8.0f}{ratios}")


def errors(pairs: Sequence[tuple[int, int]]) -> tuple[list[float], list[float]]:
    """Of (own stamp, reader's stamp): the errors, and the deviations from the least of them, in µs."""
    late = [(read - own) / 1000 for own, read in pairs]
    return late, [error - min(late) for error in late]


def lines(executor: Executor, folder: Path, rounds: int, asciinema: Path | None) -> None:
    """How late a line is timed, each way in turn."""
    script = folder / "lines.py"
    script.write_text(LINES)

    def plain() -> list[tuple[int, int]]:
        return [(int(data), at_ns) for at_ns, data in drain(script) if data.count(b"\n") == 1]

    def asrun() -> list[tuple[int, int]]:
        chunks = run(executor, LINES, is_python=True).chunks
        return [(int(chunk.data), chunk.at_ns) for chunk in chunks if chunk.data.count(b"\n") == 1]

    def cast() -> list[tuple[int, int]]:
        path = folder / "lines.cast"
        command = [str(asciinema), "rec", "-q", "--overwrite", "-c", f"{PYTHON} {script}", str(path)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
        events = [json.loads(line) for line in path.read_text().splitlines()[1:]]
        return [(int(text), round(at * 1e9)) for at, _, text in events if text.count("\n") == 1]

    ways: dict[str, Callable[[], list[tuple[int, int]]]] = {"plain pipe": plain, "AsRun": asrun}
    if asciinema is not None:
        ways["asciinema"] = cast
    late: dict[str, list[float]] = {way: [] for way in ways}
    deviations: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, go in ways.items():
            error, deviation = errors(go())
            late[way] += error
            deviations[way] += deviation
    print(f"a line's time, µs, {rounds} rounds of 60 lines:   error: median, 95 %   from the quickest: median, 95 %")
    for way in ways:
        told = " " * 16 if way == "asciinema" else _two(late[way])
        print(f"  {way:<44}{told}              {_two(deviations[way])}")


def _two(values: list[float]) -> str:
    return f"{statistics.median(values):8.0f}{statistics.quantiles(values, n=20)[-1]:8.0f}"


def install_asciinema(folder: Path) -> Path | None:
    """asciinema 2 in an environment of its own; None where it cannot be installed."""
    try:
        venv.create(folder, with_pip=True)
        pip = [str(folder / "bin" / "pip"), "install", "-q", "--disable-pip-version-check", "asciinema<3"]
        subprocess.run(pip, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"asciinema could not be installed: {error}")
        return None
    return folder / "bin" / "asciinema"


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--megabytes", type=int, default=200)
    options.add_argument("--asciinema", action="store_true", help="install it and measure it, too")
    asked = options.parse_args()
    load = os.getloadavg()[0]
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {load:.1f} before")
    with tempfile.TemporaryDirectory(prefix="asrun-bench-") as name, Executor() as executor:
        folder = Path(name)
        flood(executor, folder, asked.megabytes, asked.rounds)
        lines(executor, folder, asked.rounds, install_asciinema(folder / "asciinema") if asked.asciinema else None)


if __name__ == "__main__":
    main()
