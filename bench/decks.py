"""Whole builds, measured: AsRun beside other tools and beside the least that could be done. Ratios, all from one run.

    python bench/decks.py [--rounds 3] [--peers nbconvert,marp,...|none] [--only small,large,many,sleepers,page]

small     12 one-line scenarios and 8 slides of prose: cold, with nothing to do, with one scenario changed
large     1,000 slides of 20 highlighted lines, cold and with one changed, beside Pygments alone; peak memory
many      200 one-line scenarios, cold, beside 200 bare starts of the same interpreter on as many cores
sleepers  ten scenarios that sleep for a second, cold
page      the size of one deck of 12 scenarios, and the time until Chromium has it ready

Everything is a whole process, measured from outside; medians. AsRun builds without looking at its slides in a browser,
as no other tool does that. Tools come from their registries and are installed into a folder that is removed afterwards.
Those that run no code stand beside the others only where nothing is to be run.
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from asrun.interpreters import find_interpreter
from bench import peers
from bench.peers import Content, Peer

BENCH = Path(__file__).parent

ENVIRONMENT = {**os.environ, "ASRUN_CHROMIUM": "", "CI": "true", "PYTHONDONTWRITEBYTECODE": ""}
PYTHON = find_interpreter().path
LINES = "\n".join(f"value_{number} = sum(n * n for n in range({number}))  # line {number}" for number in range(20))


class Spent(NamedTuple):
    """What one process took."""

    wall: float
    """Seconds."""
    peak: float
    """MB (1,000,000 bytes) of its largest process."""


def measure(command: tuple[str, ...], folder: Path, environment: Mapping[str, str] = ENVIRONMENT) -> Spent:
    """Run a command to its end. Raises CalledProcessError where it fails."""
    log = folder / "log.txt"
    with log.open("wb") as output:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output, env=environment)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        last = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
        raise subprocess.CalledProcessError(process.returncode, command, last)
    return Spent(wall, used.ru_maxrss * 1024 / 1e6)


def write_asrun(content: Content, folder: Path) -> None:
    """The deck as a project of AsRun's: a scenario for each program, one for what is shown only, one for prose."""
    scenarios = folder / "scenarios"
    scenarios.mkdir(exist_ok=True)
    for number, code in enumerate(content.codes):
        block = "\n".join(f"  {line}" for line in code.splitlines())
        _write(
            scenarios / f"s{number:03}.yaml", f"title: Scenario {number}\ncode: |\n{block}\nslides:\n- output: main\n"
        )
    for first in range(0, len(content.shown), 250):
        shown = content.shown[first : first + 250]
        _write(scenarios / f"shown{first}.py", "\n".join(shown) + "\n")
        size = len(shown[0].splitlines())
        slides = "".join(
            f"- title: Slide {first + number}\n  code: main\n  lines: {number * size + 1}-{(number + 1) * size}\n"
            for number in range(len(shown))
        )
        head = f"title: Shown from {first}\nfile: shown{first}.py\ntrace: none\nslides:\n"
        _write(scenarios / f"shown{first}.yaml", head + slides)
    if content.words:
        slides = "".join(f"- body: {words}\n" for words in content.words)
        _write(scenarios / "words.yaml", f"title: Words\nslides:\n{slides}")


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


ASRUN = Peer("AsRun", True, write_asrun, (sys.executable, "-m", "asrun", "build", "-q"), "slides/index.html")
FLOOR = Peer("floor", True, write_asrun, (sys.executable, str(BENCH / "floor.py"), "."), "deck.html")

Told = dict[str, dict[str, Spent]]
"""By tool and by state: the median of the rounds."""


def states(tools: list[Peer], content: Content, changed: Content, rounds: int, folder: Path) -> Told:
    """Each tool's build: cold, with nothing to do, with one thing changed. The tools take turns in each round."""
    found: dict[str, dict[str, list[Spent]]] = {tool.name: {} for tool in tools}
    broken: set[str] = set()
    for number in range(rounds):
        for tool in tools:
            place = folder / f"{tool.name}-{number}"
            place.mkdir()
            try:
                tool.write(content, place)
                taken = {"cold": measure(tool.command, place), "nothing": measure(tool.command, place)}
                tool.write(changed, place)
                taken["changed"] = measure(tool.command, place)
            except subprocess.CalledProcessError as error:
                if tool.name not in broken:
                    print(f"  {tool.name} failed: {error.output}")
                broken.add(tool.name)
            else:
                for state, spent in taken.items():
                    found[tool.name].setdefault(state, []).append(spent)
            shutil.rmtree(place)
    return {
        name: {state: _median(spent) for state, spent in by_state.items()}
        for name, by_state in found.items()
        if by_state and name not in broken
    }


def _median(spent: list[Spent]) -> Spent:
    return Spent(statistics.median(one.wall for one in spent), statistics.median(one.peak for one in spent))


def show(told: Told, beside: str) -> None:
    """A table of walls in seconds, and of what they are to those of one of the tools."""
    print(f"  {'':<26}{'cold':>8}{'nothing':>9}{'changed':>9}{'peak MB':>9}    × {beside}: cold, nothing, changed")
    for name, by_state in told.items():
        walls = [by_state[state].wall for state in ("cold", "nothing", "changed")]
        peak = max(spent.peak for spent in by_state.values())
        base = [told[beside][state].wall for state in ("cold", "nothing", "changed")]
        ratios = "".join(f"{wall / other:8.2f}" for wall, other in zip(walls, base, strict=True))
        print(f"  {name:<26}{walls[0]:8.2f}{walls[1]:9.2f}{walls[2]:9.2f}{peak:9.0f}    {ratios}")


def small(tools: list[Peer], rounds: int, folder: Path) -> None:
    """12 one-line scenarios and 8 slides of prose."""
    codes = tuple(f"print('scenario {number}', sum(range({number})))" for number in range(12))
    words = tuple(f"Some words on slide {number}" for number in range(8))
    changed = Content((*codes[:-1], "print('changed')"), words=words)
    print("\n12 one-line scenarios and 8 slides of prose, s")
    running = [FLOOR, ASRUN, *(tool for tool in tools if tool.runs_code)]
    told = states(running, Content(codes, words=words), changed, rounds, folder)
    imports = (sys.executable, "-c", "import jinja2, yaml, pygments, msgspec")
    bare = statistics.median(measure(imports, folder).wall for _ in range(max(rounds, 5)))
    show(told, "floor")
    print(f"  imports alone {bare:.3f}; AsRun with nothing to do is {told['AsRun']['nothing'].wall / bare:.2f} × that")


def large(tools: list[Peer], rounds: int, folder: Path) -> None:
    """1,000 slides of 20 highlighted lines."""
    shown = tuple(LINES.replace("value", f"slide_{number}") for number in range(1000))
    changed = (*shown[:-1], shown[-1].replace("sum", "list"))
    print("\n1,000 slides of 20 lines, s")
    told = states([ASRUN, *tools], Content((), shown), Content((), changed), rounds, folder)
    code = folder / "all.json"
    code.write_text(json.dumps(shown))
    alone = (
        "import json, sys\nfrom pygments import highlight\nfrom pygments.lexers import PythonLexer\n"
        "from pygments.formatters import HtmlFormatter\nlexer, formatter = PythonLexer(), HtmlFormatter()\n"
        "for code in json.load(open(sys.argv[1])): highlight(code, lexer, formatter)"
    )
    pygments = _median([measure((sys.executable, "-c", alone, str(code)), folder) for _ in range(rounds)])
    told = {"Pygments alone": dict.fromkeys(("cold", "nothing", "changed"), pygments), **told}
    show(told, "Pygments alone")


def many(rounds: int, folder: Path) -> None:
    """200 one-line scenarios."""
    content = Content(tuple(f"print({number})" for number in range(200)))
    print("\n200 one-line scenarios, cold, s")
    starts = (
        "import os, subprocess, sys\nfrom concurrent.futures import ThreadPoolExecutor\n"
        f"one = lambda number: subprocess.run([{PYTHON!r}, '-c', f'print({{number}})'], capture_output=True)\n"
        "with ThreadPoolExecutor(os.cpu_count()) as pool: list(pool.map(one, range(200)))"
    )
    bare, cold = [], []
    for number in range(rounds):
        bare.append(measure((sys.executable, "-c", starts), folder))
        cold.append(_cold(content, folder / f"many-{number}"))
    _against("200 bare starts", _median(bare), _median(cold))


def sleepers(rounds: int, folder: Path) -> None:
    """Ten scenarios that sleep for a second, each."""
    content = Content(tuple(f"import time\ntime.sleep(1)\nprint({number})" for number in range(10)))
    print("\nten sleepers of 1 s, cold, s")
    cold, walls = [], []
    for number in range(rounds):
        place = folder / f"sleepers-{number}"
        cold.append(_cold(content, place))
        walls += _walls(place)
    print(f"  AsRun {_median(cold).wall:.2f}; each timed at {min(walls):.3f} to {max(walls):.3f}")


def _cold(content: Content, place: Path) -> Spent:
    place.mkdir()
    write_asrun(content, place)
    return measure(ASRUN.command, place)


def _walls(place: Path) -> list[float]:
    from asrun.recording import decode_recording

    paths = sorted((place / "slides" / "recordings").rglob("*.json"))
    return [decode_recording(path.read_bytes()).take.wall_ns / 1e9 for path in paths]


def _against(what: str, base: Spent, cold: Spent) -> None:
    print(f"  {what} {base.wall:.2f}; AsRun {cold.wall:.2f}, {cold.wall / base.wall:.2f} × that, {cold.peak:.0f} MB")


def page(tools: list[Peer], rounds: int, folder: Path) -> None:
    """The size of a page and the time until it is ready, from disk."""
    from playwright.sync_api import sync_playwright

    from asrun.chromium import find_chromium

    content = Content(
        tuple(f"print('scenario {number}')" for number in range(12)), words=tuple(f"Slide {n}" for n in range(8))
    )
    print("\none deck of 20 slides, opened from disk: KB of the page itself, and ms until it is ready")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"])
        for tool in (ASRUN, *tools):
            place = folder / f"page-{tool.name}"
            place.mkdir()
            tool.write(content, place)
            try:
                measure(tool.command, place)
            except subprocess.CalledProcessError as error:
                print(f"  {tool.name} failed: {error.output}")
                continue
            path, ready = place / tool.page, []
            for _ in range(max(rounds, 5)):
                tab = browser.new_page()
                tab.goto(path.as_uri(), wait_until="load")
                tab.wait_for_function("!window.Reveal || Reveal.isReady()")
                ready.append(tab.evaluate("performance.now()"))
                tab.close()
            alone = "" if not _asks_for_more(path) else ", and it asks for other files"
            print(f"  {tool.name:<26}{path.stat().st_size / 1000:8.0f}{statistics.median(ready):8.0f}{alone}")
        browser.close()


def _asks_for_more(path: Path) -> bool:
    text = path.read_text(errors="replace")
    return any(mark in text for mark in ('<script src="', '<link rel="stylesheet"', 'crossorigin src="'))


PARTS: dict[str, Callable[[list[Peer], int, Path], None]] = {
    "small": small,
    "large": large,
    "many": lambda tools, rounds, folder: many(rounds, folder),
    "sleepers": lambda tools, rounds, folder: sleepers(rounds, folder),
    "page": page,
}


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--peers", default=",".join(sorted(peers.PEERS)), help="which, or none")
    options.add_argument("--only", default=",".join(PARTS), help="which parts")
    asked = options.parse_args()
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    with tempfile.TemporaryDirectory(prefix="asrun-bench-") as name:
        tools = peers.install(Path(name, "tools"), frozenset(asked.peers.split(",")) & peers.PEERS)
        for part in asked.only.split(","):
            folder = Path(name, part)
            folder.mkdir()
            PARTS[part](tools, asked.rounds, folder)


if __name__ == "__main__":
    main()
