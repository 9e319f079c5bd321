"""Checking bit by bit, as tests are asked for, in one process or in several at a time.

Every run is taken once in a session of tests. Where the session has several workers (pytest-xdist), they tell each
other what they took, in a folder outside of the project, and a lock keeps them from disturbing each other's takes.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from asrun.assemble import this_machine
from asrun.check import Result, check_runs
from asrun.errors import CannotWrite
from asrun.load import load_project
from asrun.pipeline import Settings
from asrun.plan import RECORDINGS, Plan, make_plan, recording_path
from asrun.progress import PlainProgress
from asrun.recording import Recording, RunKey, decode_recording, encode_recording
from asrun.write import make_folder, write_file

SESSION = "PYTEST_XDIST_TESTRUNUID"
"""The environment variable in which pytest-xdist tells its workers which session they belong to."""

_SILENT = -2


class Recheck:
    """A project that is checked bit by bit. Raises AsRunError where it cannot be read."""

    def __init__(self, root: Path) -> None:
        self.project = load_project(root)
        self._settings = Settings(root=self.project.root, jobs=this_machine().cores)
        self._progress = PlainProgress(_SILENT)
        self._approved: Plan | None = None
        self._known: dict[RunKey, Recording] = {}
        self._results: dict[tuple[str, str], Result] = {}
        session = os.environ.get(SESSION)
        self._shared = Shared(session, self.project.root) if session else None

    def result(self, scenario: str, name: str, wanted: frozenset[RunKey]) -> Result:
        """What became of a run or claim, by its scenario and the name of its result; `wanted` runs are taken with it.

        Raises AsRunError.
        """
        asked = (scenario, name)
        if asked not in self._results:
            with alone():
                if self._shared is not None:
                    self._keep(self._shared.results())
                if asked not in self._results:
                    self._check(wanted)
        return self._results[asked]

    def _keep(self, results: Iterable[Result]) -> None:
        for result in results:
            # What was told once stays as it was told.
            self._results.setdefault((result.scenario, result.name), result)

    def _check(self, wanted: frozenset[RunKey]) -> None:
        if self._approved is None:
            self._approved = make_plan(self.project, self._settings.root / RECORDINGS)
        if self._shared is not None:
            self._known.update(self._shared.recordings(wanted - self._known.keys()))
        results, self._known = check_runs(
            self.project, self._approved, wanted, self._known, self._settings, self._progress
        )
        self._keep(results)
        if self._shared is not None:
            self._shared.write(results, {key: self._known[key] for key in wanted & self._known.keys()})

    def close(self) -> None:
        """Forget what was shared, where nobody needs it any more."""
        if self._shared is not None:
            self._shared.close()


class Shared:
    """What the workers of one session of tests tell each other about a project; to be used by one of them at a time."""

    def __init__(self, session: str, root: Path) -> None:
        name = hashlib.sha256(f"{session} {root}".encode()).hexdigest()[:16]
        self._folder = own_folder() / name
        make_folder(self._folder)
        self._users = (self._folder / "users").open("a")
        fcntl.flock(self._users, fcntl.LOCK_SH)

    def results(self) -> Iterator[Result]:
        """All that was told so far."""
        for path in sorted(self._folder.glob("*.results")):
            yield from msgspec.json.decode(path.read_bytes(), type=list[Result])

    def recordings(self, wanted: Iterable[RunKey]) -> dict[RunKey, Recording]:
        """Those of the wanted runs that were taken."""
        paths = {key: self._folder / recording_path(*key) for key in wanted}
        return {key: decode_recording(path.read_bytes()) for key, path in paths.items() if path.exists()}

    def write(self, results: Sequence[Result], recordings: Mapping[RunKey, Recording]) -> None:
        """Tell the others. Raises CannotWrite."""
        for key, recording in recordings.items():
            write_file(self._folder / recording_path(*key), encode_recording(recording))
        write_file(self._folder / f"{uuid.uuid4().hex}.results", msgspec.json.encode(results))

    def close(self) -> None:
        """Remove it, unless another worker still uses it."""
        with self._users, contextlib.suppress(OSError):
            fcntl.flock(self._users, fcntl.LOCK_UN)
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(self._folder, ignore_errors=True)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Keep all other workers, of any session of this user's on this machine, from taking runs."""
    with (own_folder() / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def own_folder() -> Path:
    """A folder among the system's temporary files that is this user's alone. Raises CannotWrite."""
    folder = Path(tempfile.gettempdir(), f"asrun-{os.getuid()}")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        state = folder.lstat()
    except OSError as error:
        raise CannotWrite(folder, error) from error
    if state.st_uid != os.getuid() or not stat.S_ISDIR(state.st_mode) or state.st_mode & 0o077:
        raise CannotWrite(
            folder, PermissionError(errno.EPERM, "it belongs to somebody else, or others may write to it")
        )
    return folder
