"""Files are written whole or not at all, and one build of a project runs at a time."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from asrun.errors import CannotWrite
from asrun.write import Busy, project_lock, write_file


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    """The new content is there, readable by others as any new file, and nothing else is left in the folder."""
    path = tmp_path / "deep" / "deck.html"
    assert write_file(path, b"one")
    assert write_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert [file.name for file in path.parent.iterdir()] == ["deck.html"]
    (tmp_path / "plain").touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


def test_equal_content_touches_nothing(tmp_path: Path) -> None:
    """A build that changes nothing leaves the files, and their times, as they were."""
    path = tmp_path / "deck.html"
    write_file(path, b"one")
    os.utime(path, ns=(1, 1))
    assert not write_file(path, b"one")
    assert path.stat().st_mtime_ns == 1


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    """Where the new file cannot be put in place, the old one stays and no scrap is left."""
    path = tmp_path / "deck.html"
    path.mkdir()
    (path / "kept").touch()
    with pytest.raises(CannotWrite, match=r"deck\.html: "):
        write_file(path, b"new")
    assert [file.name for file in tmp_path.iterdir()] == ["deck.html"]
    assert (path / "kept").exists()


def test_a_second_build_is_told_to_wait(tmp_path: Path) -> None:
    """The lock holds between processes, and ends with the process that had it."""
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, pathlib, asrun.write as w\n"
            "with w.project_lock(pathlib.Path(sys.argv[1])):\n    print('locked', flush=True); sys.stdin.read()",
            str(tmp_path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        with pytest.raises(Busy, match="another build"), project_lock(tmp_path):
            pass
    finally:
        holder.kill()
        holder.communicate()
    with project_lock(tmp_path):
        pass
