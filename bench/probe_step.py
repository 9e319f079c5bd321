"""What the probe costs: per asyncio step, per print, per thread, beside the same program without it.

    python bench/probe_step.py [INTERPRETER...]

Every program times its own work with its processor time, several times; the least is taken. The variants take turns in
each round, so that a busy machine slows all of them alike. VizTracer stands beside them where the interpreter has it.
The figures are costs over the plain program's, and what they are to a plain step, print or thread. At last a program of
200,000 steps is run whole: the processor time of all of it, with start-up and whatever is saved at the end, and for
the probe with the reading of what it recorded.
"""

# ruff: noqa: T201
from __future__ import annotations

import subprocess
import sys
import time
from typing import Literal

from asrun.execute.request import Outcome, PlacedFile, Request
from asrun.execute.runner import Executor

ROUNDS = 5
LEAST = """
import gc, sys, time
gc.disable()
def least(once, times):
    figures = []
    for _ in range(8):
        begin = time.process_time_ns()
        once()
        figures.append((time.process_time_ns() - begin) / times)
    print("least", min(figures), file=sys.stderr)
"""
PROGRAMS = {
    "step": """
import asyncio
async def spin():
    for _ in range(10_000):
        await asyncio.sleep(0)
least(lambda: asyncio.run(spin()), 10_000)
""",
    "print": """
def some():
    for number in range(3_000):
        print("a line of output", number)
least(some, 3_000)
""",
    "thread": """
import threading
def some():
    for _ in range(300):
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()
least(some, 300)
""",
}
WHOLE = """
import asyncio
async def spin():
    for _ in range(200_000):
        await asyncio.sleep(0)
asyncio.run(spin())
"""
Variant = Literal["plain", "probe", "viztracer"]


def take(executor: Executor, python: str, program: str, variant: Variant) -> float:
    """Nanoseconds of one step, print or thread, by the program itself."""
    outcome = run(executor, python, LEAST + program, variant)
    stderr = b"".join(chunk.data for chunk in outcome.chunks if chunk.stream == "stderr").decode()
    return float(stderr.partition("least ")[2].split()[0])


def take_whole(executor: Executor, python: str, variant: Variant) -> float:
    """Seconds of processor time for all of a program, with what AsRun needs to read what was recorded."""
    before = time.thread_time()
    outcome = run(executor, python, WHOLE, variant)
    return outcome.cpu_ns / 1e9 + time.thread_time() - before


def run(executor: Executor, python: str, program: str, variant: Variant) -> Outcome:
    """Run a program plainly, with the probe, or under VizTracer."""
    code = PlacedFile("main.py", program.encode())
    tracer = ("-m", "viztracer", "--log_async", "--quiet", "--tracer_entries", "2000000", "-o", "trace.json")
    argv = (python, *(tracer if variant == "viztracer" else ()), "main.py")
    return executor.run(
        Request(
            argv=argv,
            files=(code,),
            timeout_ns=120_000_000_000,
            is_python=True,
            trace="auto" if variant == "probe" else "none",
        )
    )


def has_viztracer(python: str) -> bool:
    """Whether an interpreter can import VizTracer."""
    return subprocess.run([python, "-c", "import viztracer"], capture_output=True).returncode == 0


def main() -> None:
    """Measure each program on each interpreter."""
    with Executor() as executor:
        for python in sys.argv[1:] or [sys.executable]:
            variants: list[Variant] = ["plain", "probe"]
            if has_viztracer(python):
                variants.append("viztracer")
            version = subprocess.run([python, "-V"], capture_output=True, text=True).stdout.strip()
            for name, program in PROGRAMS.items():
                least = dict.fromkeys(variants, float("inf"))
                for _ in range(ROUNDS):
                    for variant in variants:
                        least[variant] = min(least[variant], take(executor, python, program, variant))
                plain = least["plain"]
                added = [
                    f"{variant} +{(least[variant] - plain) / 1000:.2f} µs ({least[variant] / plain:.2f} ×)"
                    for variant in variants[1:]
                ]
                print(f"{version}  {name:6}  {plain / 1000:.2f} µs  {'  '.join(added)}", flush=True)
            whole = {each: min(take_whole(executor, python, each) for _ in range(2)) for each in variants}
            added = [
                f"{each} +{whole[each] - whole['plain']:.2f} s ({whole[each] / whole['plain']:.2f} ×)"
                for each in variants[1:]
            ]
            print(f"{version}  whole   {whole['plain']:.2f} s  {'  '.join(added)}")


if __name__ == "__main__":
    main()
