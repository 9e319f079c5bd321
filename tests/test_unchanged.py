"""A build with nothing to do finds that out at once, and never takes a difference for none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from asrun.unchanged import last_build, remember, written
from tests.making import project

CODE = "title: One\ncode: print('one')\n"


def a_project(root: Path) -> Path:
    """A project with a scenario, a template, a recording and a page, and a build of it that was remembered."""
    project(root, one=CODE)
    for name in ("templates/own.css", "slides/index.html", "slides/recordings/one/main.json", "scenarios/code/a.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    again(root)
    return root


def again(root: Path) -> None:
    """Remember a build of a project as it is now."""
    (root / ".asrun").mkdir(exist_ok=True)
    before = written(root)
    remember(root, root / ".asrun", before, notes=("a warning",), pages=("slides/index.html",), claims=3, unseen="")


def is_unchanged(root: Path) -> bool:
    """Whether nothing is found to be different."""
    return last_build(root, root / ".asrun") is not None


def test_nothing_changed(tmp_path: Path) -> None:
    """With nothing different, what the last build said is there to be said again."""
    last = last_build(a_project(tmp_path), tmp_path / ".asrun")
    assert last is not None
    assert (last.notes, last.pages, last.claims) == (("a warning",), ("slides/index.html",), 3)


@pytest.mark.parametrize(
    "name",
    [
        "scenarios/one.yaml",
        "scenarios/code/a.py",
        "templates/own.css",
        "slides/index.html",
        "slides/recordings/one/main.json",
    ],
)
@pytest.mark.parametrize("how", ["changed", "removed", "renamed"])
def test_any_file_counts(tmp_path: Path, name: str, how: str) -> None:
    """A file of the authors', a recording or a page that is changed, renamed or gone is a difference."""
    path = a_project(tmp_path) / name
    if how == "changed":
        stat = path.stat()
        path.write_text(path.read_text().swapcase())
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    elif how == "removed":
        path.unlink()
    else:
        path.rename(path.with_name(f"new-{path.name}"))
    assert not is_unchanged(tmp_path)


def test_a_new_file_counts(tmp_path: Path) -> None:
    """A file that was added is a difference: a module beside a script may be imported instead of another."""
    (a_project(tmp_path) / "scenarios" / "code" / "time.py").write_text("")
    assert not is_unchanged(tmp_path)


def test_the_path_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another PATH is a difference, since interpreters and the browser are found on it."""
    a_project(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert not is_unchanged(tmp_path)


def test_a_newly_installed_program_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that appears in a folder on PATH is a difference."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    root = a_project(tmp_path / "talk")
    assert is_unchanged(root)
    (tmp_path / "bin" / "python3.99").write_text("")
    assert not is_unchanged(root)


def test_files_elsewhere_are_not_trusted(tmp_path: Path) -> None:
    """A scenario that may use files outside its folder is always built, and three dots in prose are no such thing."""
    root = a_project(tmp_path)
    (root / "scenarios" / "one.yaml").write_text("title: Sent...\nfile: code/a.py\n")
    again(root)
    assert is_unchanged(root)
    (root / "scenarios" / "one.yaml").write_text("title: One\nfile: ../a.py\n")
    again(root)
    assert not is_unchanged(root)


def test_what_changes_during_a_build_counts(tmp_path: Path) -> None:
    """A file that was saved while a build worked is built again."""
    root = a_project(tmp_path)
    before = written(root)
    (root / "scenarios" / "one.yaml").write_text(CODE + "exit: 0\n")
    remember(root, root / ".asrun", before, notes=(), pages=(), claims=0, unseen="")
    assert not is_unchanged(root)


def test_a_damaged_memory_is_none(tmp_path: Path) -> None:
    """A file that cannot be read as what was remembered means a build, not an error."""
    root = a_project(tmp_path)
    (root / ".asrun" / "last-build.json").write_text("{")
    assert not is_unchanged(root)


def test_the_second_build_says_the_same(tmp_path: Path) -> None:
    """A second build of a real project imports no templates engine, says what the first said, and rewrites nothing."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "one.yaml").write_text(CODE + "claims: [main.exit == 0]\n")
    environment = {**os.environ, "ASRUN_CHROMIUM": "", "PYTHONPATH": str(Path(__file__).parent.parent)}

    def build(*options: str) -> str:
        command = [sys.executable, *options, "-m", "asrun", "build"]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stderr

    first = build()
    page = tmp_path / "slides" / "index.html"
    stat = page.stat()
    second = build("-X", "importtime")
    said = [line for line in second.splitlines() if not line.startswith("import time:")]
    assert said == first.replace("1 run recorded", "0 runs recorded").splitlines()[-len(said) :]
    assert said
    assert "jinja2" not in second
    assert page.stat().st_mtime_ns == stat.st_mtime_ns
    page.write_text("spoiled")
    build()
    assert page.read_bytes() != b"spoiled"
