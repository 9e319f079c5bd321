"""Taking runs on a real Dask cluster of two workers on this machine, which may lose one."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import asrun.cluster
import asrun.worker
from asrun import pipeline
from asrun.cluster import Cluster, NoCluster
from asrun.comparable import comparable_groups
from asrun.errors import AuthorError
from asrun.pipeline import Settings
from asrun.plan import RECORDINGS, Job, Plan, make_plan
from asrun.progress import PlainProgress
from asrun.recording import Recording
from asrun.takers import open_taker
from asrun.worker import decode_job, encode_job
from tests import making

OWN_WORKER = """\
import os, time
print(open(f"/proc/{os.getppid()}/stat").read().split()[3])
time.sleep(0.4)
"""
"""Prints the process number of the worker whose supervisor started it."""


def wait_for(what: Callable[[], object], seconds: float = 60) -> None:
    """Wait until something is true."""
    give_up = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < give_up, "it did not come to pass"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the cluster of these tests keeps its files."""
    return tmp_path_factory.mktemp("cluster")


@pytest.fixture(scope="module")
def scheduler(folder: Path) -> Iterator[str]:
    """The address of a scheduler without workers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ("--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    process = dask(folder, "scheduler", *options)
    wait_for(lambda: listens(port))
    yield f"dask://127.0.0.1:{port}"
    end(process)


@pytest.fixture(scope="module")
def workers(scheduler: str, folder: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two workers of the scheduler."""
    place = scheduler.replace("dask", "tcp")
    options = (place, "--host", "127.0.0.1", "--no-nanny", "--no-dashboard", "--nthreads", "2")
    started = [dask(folder, "worker", *options, "--local-directory", str(folder / f"w{n}")) for n in (1, 2)]
    with Cluster(scheduler) as cluster:
        wait_for(lambda: len(cluster._present()) == 2)
    yield started
    for process in started:
        end(process)


def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def dask(folder: Path, what: str, *options: str) -> subprocess.Popen[bytes]:
    """Start a process of the cluster, in a session of its own."""
    with (folder / "log").open("ab") as log:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *options]
        return subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, start_new_session=True)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process of the cluster with its session."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def running(mark: str) -> list[int]:
    """The processes with a mark among their arguments."""
    found = []
    for path in Path("/proc").glob("[1-9]*/cmdline"):
        try:
            if mark.encode() in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def project_of(root: Path, text: str) -> tuple[Plan, tuple[tuple[Job, ...], ...]]:
    """The plan of a scenario, and its jobs as they belong together."""
    project = making.project(root, one=text)
    plan = make_plan(project, root / RECORDINGS)
    return plan, comparable_groups(project, plan.jobs)


def test_nobody_there(scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong address, a scheduler that does not answer and one without workers are told apart, in a line."""
    monkeypatch.setattr(asrun.cluster, "_PATIENCE_S", 0.5)
    for wrong in ("local", "dask://host", "http://host:80", "dask://a:1/b"):
        with pytest.raises(NoCluster, match="is written dask://HOST:PORT"):
            open_taker(wrong)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(NoCluster, match=rf"no Dask scheduler answers at dask://127\.0\.0\.1:{port}"):
        open_taker(f"dask://127.0.0.1:{port}")
    plan, _ = project_of(tmp_path, "title: A\ncode: pass")
    monkeypatch.undo()
    with open_taker(scheduler) as taker, pytest.raises(NoCluster, match="has no workers"):
        monkeypatch.setattr(asrun.cluster, "_PATIENCE_S", 0.5)
        taker.missing(plan)


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where distributed is not installed, the message says what to install."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(NoCluster, match=r"pip install 'asrun\[dask\]'"):
        open_taker("dask://127.0.0.1:1")


def test_a_job_is_the_same_at_the_other_end(tmp_path: Path) -> None:
    """Encoding and decoding a job gives an equal one, files, durations and all."""
    text = "title: A\ncode: pass\ntimeout: 1500ms\npython: '3.11'\nargs: [a]\nscrub: [x]\nfiles: [data.bin]\n"
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "data.bin").write_bytes(bytes(range(256)))
    (job,) = project_of(tmp_path, text)[0].jobs
    assert decode_job(encode_job(job)) == job
    assert type(decode_job(encode_job(job)).run.timeout) is type(job.run.timeout)


def test_what_is_compared_is_taken_together(tmp_path: Path) -> None:
    """Claims, races and comparisons tie their runs together, also by way of others; other runs are free."""
    runs = "".join(f"  {name}: {{code: pass}}\n" for name in "abcdefg")
    claims = "claims:\n  - a.wall < b.wall\n  - d.exit == 0\n"
    slides = "slides:\n  - race: [c, b]\n  - compare: {x: [e], y: [f]}\n  - diff: [d, g]\n"
    groups = project_of(tmp_path, f"title: A\nruns:\n{runs}{claims}{slides}")[1]
    assert [tuple(job.name for job in group) for group in groups] == [("a", "b", "c"), ("d",), ("e", "f"), ("g",)]


def test_a_build_on_a_cluster(
    scheduler: str, workers: list[subprocess.Popen[bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recordings are approved as ever; interpreters are looked for at the workers; another AsRun there is refused."""
    monkeypatch.setenv("ASRUN_CHROMIUM", "")
    text = 'title: A\nruns:\n  a: {code: print(1)}\n  b: {code: print(2), python: "3.99", optional: true}\n'
    making.project(tmp_path, one=text)
    settings = Settings(root=tmp_path, executor=scheduler, jobs=16)
    built = pipeline.build(settings, PlainProgress(-1))
    assert built.recorded == (("one", "a"),)
    making.project(tmp_path, one=text.replace(", optional: true", ""))
    with pytest.raises(AuthorError) as refused:
        pipeline.build(settings, PlainProgress(-1))
    assert f"no worker of {scheduler} has Python 3.99" in refused.value.show()
    monkeypatch.setattr(asrun.worker, "__version__", "0.0.1")
    with pytest.raises(NoCluster, match=r"has another AsRun: AsRun .*; here it is AsRun 0\.0\.1,"):
        pipeline.record(settings, ["one.a"], False, PlainProgress(-1))


def test_an_interrupt_ends_what_runs_at_the_workers(
    scheduler: str, workers: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    """Ctrl-C ends the command with 130, and nothing of its runs is left at any worker."""
    mark = f"87.{os.getpid()}"
    runs = f"  a: {{shell: sleep {mark}}}\n  b: {{shell: sleep {mark}}}\n"
    making.project(tmp_path, one=f"title: A\nslides: [body: no race]\nruns:\n{runs}")
    command = [sys.executable, "-m", "asrun", "build", "--executor", scheduler]
    build = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, start_new_session=True)
    try:
        wait_for(lambda: len(running(mark)) >= 2)
        build.send_signal(signal.SIGINT)
        _, told = build.communicate(timeout=60)
    finally:
        end(build)
    assert build.returncode == 130, told.decode()
    assert b"Traceback" not in told
    wait_for(lambda: not running(mark), 20)
    with Cluster(scheduler) as cluster:
        assert len(cluster._present()) == 2


class Telling(PlainProgress):
    """Does something as soon as two runs are being taken."""

    def __init__(self, then: Callable[[], None]) -> None:
        super().__init__(-1)
        self.notes: list[str] = []
        self._then: Callable[[], None] | None = then
        self._started = 0

    def started(self, job: Job, take: int, takes: int) -> None:
        """Count, and do it."""
        self._started += 1
        if self._started == 2 and self._then is not None:
            threading.Timer(0.2, self._then).start()

    def note(self, text: str) -> None:
        """Keep it."""
        self.notes.append(text)


def test_a_worker_is_lost(scheduler: str, workers: list[subprocess.Popen[bytes]], tmp_path: Path) -> None:
    """Its runs are taken again on the other one, each comes back once, and what is compared comes from one worker."""
    code = "\n".join(f"      {line}" for line in OWN_WORKER.splitlines())
    runs = "".join(f"  {name}:\n    code: |\n{code}\n" for name in "abcdef")
    claims = "claims:\n  - a.wall < b.wall + c.wall\n  - d.wall < e.wall + f.wall\n"
    _, groups = project_of(tmp_path, f"title: A\nruns:\n{runs}{claims}")
    progress = Telling(lambda: os.kill(workers[0].pid, signal.SIGKILL))
    with open_taker(scheduler) as taker:
        taken = list(taker.take_all(groups, 16, progress))
    assert sorted(job.name for job, _ in taken) == list("abcdef")
    assert any(note.startswith("a worker was lost") for note in progress.notes)
    by_run = {job.name: printed(recording) for job, recording in taken}
    assert by_run == dict.fromkeys("abcdef", str(workers[1].pid))
    assert all(recording.machine.cores > 0 for _, recording in taken)


def printed(recording: Recording) -> str:
    """What a run printed."""
    return "".join(event.text for event in recording.events).strip()
