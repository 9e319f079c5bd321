"""Where a run happens: its folder, its environment, and that both are clean before and gone after."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from asrun.execute.environment import child_path
from asrun.execute.folder import make_folder, place_files, remove_tree
from asrun.execute.request import PlacedFile
from tests.leftovers import MARK
from tests.running import Run, executor, mark, python, run, text

__all__ = ["executor", "mark", "run"]


def test_the_folder_holds_only_what_was_placed(run: Run) -> None:
    """A program that lists its folder sees its files, and can reach them by their names."""
    files = (PlacedFile("data/table.csv", b"1,2"), PlacedFile("run me", b"#!/bin/sh\n", executable=True))
    outcome = run("sh", "-c", "find . | sort; cat data/table.csv; ls -l 'run me' | cut -c 1-10", files=files)
    assert text(outcome) == ".\n./data\n./data/table.csv\n./run me\n1,2-rwxr-xr-x\n"


def test_the_folder_is_where_it_runs(run: Run) -> None:
    """The outcome names the folder as the program itself sees it; it is gone."""
    outcome = run("pwd", "-P")
    assert text(outcome) == f"{outcome.folder}\n"
    assert not outcome.folder.exists()


def test_folders_are_private_and_each_is_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder is open to its user only, and no two are the same."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    folders = {make_folder() for _ in range(20)}
    assert len(folders) == 20
    assert {path.stat().st_mode & 0o777 for folder in folders for path in (folder, *folder.iterdir())} == {0o700}


@pytest.mark.parametrize("name", ["/etc/passwd", "../out", "a/../../out", "..", "", ".", "a\0b"])
def test_names_that_leave_the_folder(run: Run, name: str) -> None:
    """A file that would land outside the folder, or has no name, is refused before anything runs."""
    with pytest.raises(ValueError, match="is not the name of a file"):
        run("true", files=(PlacedFile(name, b""),))


@pytest.mark.parametrize("name", ["spoil_folder.py", "remove_folder.py"])
def test_the_folder_goes_whatever_was_done_to_it(run: Run, name: str) -> None:
    """A folder goes though it is deep, closed, full of links, or not there any more."""
    assert run(name).ended.status == 0


def test_links_are_not_followed(tmp_path: Path) -> None:
    """Removing a folder removes links in it, not what they lead to."""
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    place_files(tmp_path / "gone", [PlacedFile("inner/file", b"")])
    (tmp_path / "gone" / "inner" / "link").symlink_to(kept)
    (tmp_path / "gone" / "link").symlink_to(kept)
    remove_tree(tmp_path / "gone")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "kept"]


def test_temporary_files_go_too(run: Run) -> None:
    """What a program leaves in its home and among temporary files goes with the folder; both are there."""
    outcome = run("sh", "-c", "touch $HOME/kept $(mktemp) && ls $HOME && ls $TMPDIR | wc -l")
    assert text(outcome) == "kept\n1\n"


def test_the_environment_is_a_list_of_its_own(run: Run, mark: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program gets the variables named here and those of its scenario; nothing of AsRun's, no secret above all."""
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    outcome = run("env", env={"ADDED": "ä b", "TZ": "Asia/Tokyo"})
    base = outcome.folder.parent
    assert dict(line.split("=", 1) for line in text(outcome).splitlines()) == {
        "PATH": child_path(os.environ["PATH"]),
        "HOME": str(base / "home"),
        "TMPDIR": str(base / "tmp"),
        "USER": "asrun",
        "LOGNAME": "asrun",
        "LANG": "C.UTF-8",
        "TZ": "Asia/Tokyo",
        "PYTHONHASHSEED": "0",
        "ADDED": "ä b",
        MARK: mark,
    }


def test_python_gets_the_probe_and_no_more(run: Run) -> None:
    """A Python program finds one variable more, PYTHONPATH, with the probe before what the scenario has there."""
    code = "import os; print(*sorted(os.environ)); print(os.environ['PYTHONPATH'])"
    outcome = python(run, code, env={"PYTHONPATH": "/somewhere"})
    names, path = text(outcome).splitlines()
    assert set(names.split()) - {MARK} == {
        *("PATH", "HOME", "TMPDIR", "USER", "LOGNAME", "LANG", "TZ", "PYTHONHASHSEED", "PYTHONPATH")
    } | {name for name in names.split() if name == "LC_CTYPE"}
    assert path == f"{outcome.probe}:/somewhere"


def test_the_path_leaves_the_virtual_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """AsRun's own virtual environment and relative folders are not on a program's PATH, all else is, in order."""
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "venv" / "bin")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    child_path.cache_clear()
    path = child_path(f"/usr/local/bin:{tmp_path}/venv/bin:{link}:.:node_modules/.bin::/usr/bin")
    child_path.cache_clear()
    assert path == "/usr/local/bin:/usr/bin"


def test_a_program_starts_afresh(run: Run) -> None:
    """A program starts with no signal ignored or blocked, whatever AsRun does, a usual umask, and three open files."""
    line = "grep -E '^Sig(Ign|Blk)' /proc/self/status | cut -f 2; umask; ls /proc/$$/fd"
    before = signal.signal(signal.SIGUSR1, signal.SIG_IGN), os.umask(0o077)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    try:
        *masks, umask, zero, one, two = text(run("sh", "-c", line)).split()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR2})
        signal.signal(signal.SIGUSR1, before[0])
        os.umask(before[1])
    standard_signals = (1 << 31) - 1
    assert [int(mask, 16) & standard_signals for mask in masks] == [0, 0]
    assert (umask, zero, one, two) == ("0022", "0", "1", "2")
