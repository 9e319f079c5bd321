"""Packaging: what wheels and sdists carry, how npm's files are fetched and checked, and what is locked."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import asrun.assets
from asrun.assets import reveal_folder, templates_folder
from asrun.errors import AsRunError
from hatch_build import NODE_REQUIREMENT, REVEAL, FetchError, NpmFiles, RevealHook, fetch

ROOT = Path(__file__).parent.parent

LOCKS = ("build", "run", "node", "test", "lint")

OFFLINE = {"PATH": os.devnull, "npm_config_offline": "true", "npm_config_cache": os.devnull}
"""Neither npm nor anything that it kept: a build must do with what is there."""


def build(target: str, source: Path, folder: Path) -> Path:
    """Build a wheel or an sdist from a source tree, without a network; the file."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", folder],
        cwd=source,
        env={**os.environ, **OFFLINE},
        check=True,
        capture_output=True,
        timeout=60,
    )
    return next(folder.glob("*.whl" if target == "wheel" else "*.tar.gz"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of this clone."""
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


def names(wheel: Path) -> set[str]:
    """The files in a wheel."""
    return set(zipfile.ZipFile(wheel).namelist())


def test_wheel_carries_all_that_is_needed(wheel: Path) -> None:
    """A wheel has the package with its types and probe, reveal.js, every template, and nothing else."""
    templates = [path.relative_to(ROOT).as_posix() for path in (ROOT / "templates").rglob("*") if path.is_file()]
    assert templates
    assert {f"asrun/{name}" for name in templates} <= names(wheel)
    assert {f"asrun/reveal/{Path(name).name}" for name in REVEAL.files} <= names(wheel)
    assert {"asrun/py.typed", "asrun/probe/sitecustomize.py", "asrun/cli/entry.py"} <= names(wheel)
    tops = {name.partition("/")[0] for name in names(wheel)}
    assert tops == {"asrun", f"asrun-{asrun.__version__}.dist-info"}
    assert not [name for name in names(wheel) if name.endswith(".pyc")]


def test_sdist_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    """A wheel that is built from the sdist has the same files as one built from the clone, and needs no network."""
    shutil.unpack_archive(build("sdist", ROOT, tmp_path), tmp_path)
    source = next(path for path in tmp_path.iterdir() if path.is_dir())
    assert names(build("wheel", source, tmp_path / "again")) == names(wheel)


def test_wheel_finds_its_files(wheel: Path, tmp_path: Path) -> None:
    """An installed package takes templates and reveal.js from itself, wherever it is."""
    zipfile.ZipFile(wheel).extractall(tmp_path)
    asked = "import asrun.assets as assets; print(assets.templates_folder()); print(assets.reveal_folder())"
    told = subprocess.run(
        [sys.executable, "-P", "-c", asked],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert told.stdout.splitlines() == [str(tmp_path / "asrun/templates"), str(tmp_path / "asrun/reveal")]


def test_clone_finds_its_files() -> None:
    """In a clone the templates are read where they are edited."""
    assert templates_folder() == ROOT / "templates"
    assert (reveal_folder() / "reveal.js").is_file()


def test_missing_files_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package without its files says which are missing and how to get them."""
    monkeypatch.setattr(asrun.assets, "_PACKAGE", tmp_path / "asrun")
    with pytest.raises(AsRunError, match=r"no .*templates: install it again"):
        templates_folder()
    with pytest.raises(AsRunError, match=r"python3 build\.py"):
        reveal_folder()


class Npm:
    """A stand-in for npm, the only command on PATH, that delivers what a test put into the package."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        monkeypatch.setenv("PATH", str(folder))

    def deliver(self, **contents: bytes) -> NpmFiles:
        """Have it deliver these files of `dist/`; the same, pinned."""
        with tarfile.open(self.folder / "package.tgz", "w:gz") as archive:
            for name, content in contents.items():
                member = tarfile.TarInfo(f"package/dist/{name}.js")
                member.size = len(content)
                archive.addfile(member, BytesIO(content))
        self.script(f"/bin/cp '{self.folder}/package.tgz' wanted-1.0.0.tgz")
        pins = {f"dist/{name}.js": hashlib.sha256(content).hexdigest() for name, content in contents.items()}
        return NpmFiles("wanted@1.0.0", pins)

    def script(self, line: str) -> None:
        """Have it run a line of shell."""
        (self.folder / "npm").write_text(f"#!/bin/sh\necho \"$@\" >> '{self.folder}/calls'\n{line}\n")
        (self.folder / "npm").chmod(0o755)

    def calls(self) -> list[str]:
        """How it was called, each time."""
        return (self.folder / "calls").read_text().splitlines() if (self.folder / "calls").exists() else []


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Npm:
    """A stand-in for npm."""
    (tmp_path / "commands").mkdir()
    return Npm(tmp_path / "commands", monkeypatch)


def test_files_are_fetched_once(npm: Npm, tmp_path: Path) -> None:
    """Files are asked of npm by the package's name, and not again while they are there and right."""
    wanted = npm.deliver(one=b"1", two=b"2")
    fetch(wanted, tmp_path / "kept")
    assert {path.name: path.read_bytes() for path in (tmp_path / "kept").iterdir()} == {"one.js": b"1", "two.js": b"2"}
    assert npm.calls()[0].startswith("pack wanted@1.0.0 ")
    fetch(wanted, tmp_path / "kept")
    assert len(npm.calls()) == 1


@pytest.mark.parametrize("damage", ["changed", "removed"])
def test_damaged_files_are_fetched_again(npm: Npm, tmp_path: Path, damage: str) -> None:
    """A kept file that is not the pinned one is replaced."""
    wanted = npm.deliver(one=b"1", two=b"2")
    fetch(wanted, tmp_path / "kept")
    if damage == "changed":
        (tmp_path / "kept/one.js").write_bytes(b"other")
    else:
        (tmp_path / "kept/one.js").unlink()
    fetch(wanted, tmp_path / "kept")
    assert (tmp_path / "kept/one.js").read_bytes() == b"1"
    assert len(npm.calls()) == 2


def test_wrong_file_is_refused(npm: Npm, tmp_path: Path) -> None:
    """If one delivered file is not the pinned one, both sums are told, and none of the files is written."""
    wanted = npm.deliver(one=b"1", two=b"2")
    npm.deliver(one=b"1", two=b"evil")
    with pytest.raises(FetchError, match="not the pinned file") as refused:
        fetch(wanted, tmp_path / "kept")
    assert wanted.files["dist/two.js"] in str(refused.value)
    assert hashlib.sha256(b"evil").hexdigest() in str(refused.value)
    assert not (tmp_path / "kept").exists()


def test_missing_file_is_refused(npm: Npm, tmp_path: Path) -> None:
    """A package without a wanted file is refused, and the file named."""
    wanted = npm.deliver(one=b"1", two=b"2")
    npm.deliver(one=b"1")
    with pytest.raises(FetchError, match=r"no file dist/two\.js"):
        fetch(wanted, tmp_path / "kept")


def test_failing_npm_is_quoted(npm: Npm, tmp_path: Path) -> None:
    """What npm said when it failed is told."""
    wanted = npm.deliver(one=b"1")
    npm.script("echo 'npm error: no route' >&2; exit 1")
    with pytest.raises(FetchError, match="no route"):
        fetch(wanted, tmp_path / "kept")


def hook(root: Path) -> RevealHook:
    """The build hook of a project, as hatchling makes it for a wheel."""
    return RevealHook(str(root), {}, None, None, "", "wheel")  # type: ignore[arg-type]


def test_hook_asks_for_npm_only_where_needed(npm: Npm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The build asks for the wheel that brings npm where there is no npm and reveal.js is not yet in place."""
    monkeypatch.setattr("hatch_build.find_spec", lambda name: None)
    assert hook(tmp_path).dependencies() == [NODE_REQUIREMENT]
    with pytest.raises(FetchError, match="there is no npm"):
        fetch(REVEAL, tmp_path / "asrun/reveal")
    npm.script("")
    assert hook(tmp_path).dependencies() == []
    (npm.folder / "npm").unlink()
    shutil.copytree(reveal_folder(), tmp_path / "asrun/reveal")
    assert hook(tmp_path).dependencies() == []


def pins(lock: str) -> dict[str, str]:
    """The locked versions of one requirements file, by name."""
    text = (ROOT / f"requirements/{lock}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_are_hashed_and_name_no_index(lock: str) -> None:
    """Every locked requirement has a hash, and no file says where it came from."""
    text = (ROOT / f"requirements/{lock}.txt").read_text()
    requirements = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    assert len(requirements) == len(pins(lock))
    assert all("--hash=sha256:" in requirement for requirement in requirements)
    assert "://" not in text
    assert "--index" not in text


def test_locks_agree() -> None:
    """No two requirements files lock different versions of a distribution: they go into one environment."""
    found: dict[str, set[str]] = {}
    for lock in LOCKS:
        for name, version in pins(lock).items():
            found.setdefault(name, set()).add(version)
    assert {name: versions for name, versions in found.items() if len(versions) > 1} == {}


def test_locks_hold_what_is_asked_for() -> None:
    """What pyproject.toml and the files of names ask for is locked, in a version that they accept."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = {"run": project["project"]["dependencies"], "build": project["build-system"]["requires"]}
    for lock in ("build", "node", "test", "lint"):
        lines = (ROOT / f"requirements/{lock}.in").read_text().splitlines()
        asked[lock] = [*asked.get(lock, []), *(line for line in lines if line[0] not in "#-")]
    for lock, requirements in asked.items():
        for requirement in map(Requirement, requirements):
            assert requirement.specifier.contains(pins(lock)[requirement.name.lower()]), (lock, str(requirement))
    assert NODE_REQUIREMENT in asked["node"]
