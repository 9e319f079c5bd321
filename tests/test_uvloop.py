"""Programs on uvloop's event loop: what is recorded of them, and that they do the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import Run, data, executor, mark, python, run, text
from tests.test_trace import named, waits, whole

__all__ = ["executor", "mark", "run"]

PROGRAM = """
import asyncio, inspect, traceback, uvloop

async def spin(times):
    for _ in range(times):
        await asyncio.sleep(0)

async def nap(queue):
    await asyncio.sleep(0.02)
    queue.put_nowait([frame.function for frame in inspect.stack()][0])

async def main():
    queue = asyncio.Queue()
    tasks = [asyncio.create_task(spin(9)), asyncio.create_task(nap(queue))]
    for task, name in zip(tasks, ("spin", "nap")):
        task.set_name(name)
    print(await queue.get(), type(asyncio.get_running_loop()))
    await asyncio.gather(*tasks)

async def interrupt():
    await asyncio.sleep(0)
    raise KeyboardInterrupt

uvloop.install()
asyncio.run(main())
loop = uvloop.new_event_loop()
loop.close()
try:
    loop.call_soon(print)
except RuntimeError:
    traceback.print_exc()
asyncio.run(interrupt())
"""


@pytest.mark.install
def test_uvloop(run: Run, tmp_path: Path) -> None:
    """Each step of a task on uvloop is recorded, and the program does what it does without the probe."""
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    interpreter = str(tmp_path / "venv" / "bin" / "python")
    subprocess.run([interpreter, "-m", "pip", "install", "-q", "uvloop"], check=True, capture_output=True)
    native = python(run, PROGRAM, python=interpreter, trace="none")
    probed = python(run, PROGRAM, python=interpreter)
    assert "uvloop.Loop" in text(probed)
    for stream in ("stdout", "stderr"):
        folders = [str(outcome.folder.parent).encode() for outcome in (native, probed)]
        assert data(probed, stream).replace(folders[1], b"") == data(native, stream).replace(folders[0], b"")
    assert probed.ended == native.ended
    trace = whole(probed)
    assert named(trace, "spin")[1].steps == 10
    assert named(trace, "nap")[1].parent == named(trace, "Task-1")[0]
    assert waits(trace, "nap") == [(9, "sleep(0.02)")]
    assert [on for _, on in waits(trace, "Task-1")] == ["queue", "gather"]
    assert named(trace, "nap")[1].ended == "done"
