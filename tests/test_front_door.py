"""The front door: build.py in copies of a clone, with stand-ins for asrun and, save in two tests, the installer."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from hatch_build import REVEAL, is_complete

ROOT = Path(__file__).parent.parent

ASRUN = """\
import json, os, sys
print(json.dumps({"from": __file__, "python": sys.executable, "cwd": os.getcwd(), "args": sys.argv[1:]}), flush=True)
if "exit" in sys.argv:
    sys.exit(int(sys.argv[-1]))
if "die" in sys.argv:
    os.kill(os.getpid(), 15)
"""
"""Stands in for `python -m asrun`, and for pytest."""

UV = """\
import os, sys, time
from pathlib import Path

with open("uv.log", "a") as log:
    print(*sys.argv[1:], file=log)
mode = os.environ.get("UV_MODE")
if mode == "fail":
    sys.exit("no route to the index")
if mode == "hang":
    Path(".venv/half-done").touch()
    Path("hanging").write_text(str(os.getpid()))
    time.sleep(60)
if mode == "slow":
    time.sleep(1)
python = Path(sys.argv[sys.argv.index("--python") + 1])
site = next(python.parent.parent.glob("lib/python3*/site-packages"))
if "--editable=." in sys.argv:
    (site / "asrun.pth").write_text(os.getcwd(), encoding="utf-8")
if "--requirement=requirements/test.txt" in sys.argv:
    (site / "pytest").mkdir(exist_ok=True)
    (site / "pytest/__main__.py").write_text(Path("asrun/__main__.py").read_text())
"""
"""Stands in for uv: notes how it was called, and installs by writing two files."""

BACKEND = """\
import os, zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    info = "asrun-1.dist-info"
    with zipfile.ZipFile(os.path.join(folder, "asrun-1-py3-none-any.whl"), "w") as wheel:
        wheel.writestr("asrun.pth", os.getcwd())
        wheel.writestr(info + "/METADATA", "Metadata-Version: 2.1\\nName: asrun\\nVersion: 1\\n")
        kind = "Root-Is-Purelib: true\\nTag: py3-none-any\\n"
        wheel.writestr(info + "/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\n" + kind)
        wheel.writestr(info + "/RECORD", "")
    return "asrun-1-py3-none-any.whl"
"""
"""A build backend that needs nothing, for a real pip."""

Run = subprocess.CompletedProcess[str]


class Clone:
    """A copy of a clone, and the environment that its build.py is run in."""

    def __init__(self, root: Path, python: Path, commands: Path) -> None:
        self.root = root
        self.python = python
        self.commands = commands
        """The only folder on PATH."""

    def write(self, name: str, text: str) -> Path:
        """Write a file of the clone."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    def command(self, name: str, script: str) -> None:
        """Put an executable on PATH."""
        path = self.commands / name
        path.write_text(script)
        path.chmod(0o755)

    def start(self, *args: str, cwd: Path | None = None, **env: str) -> subprocess.Popen[str]:
        """Start build.py without a terminal."""
        return subprocess.Popen(
            [self.python, self.root / "build.py", *args],
            cwd=cwd or self.root,
            env={"PATH": str(self.commands), "HOME": str(self.root.parent), **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def run(self, *args: str, cwd: Path | None = None, **env: str) -> Run:
        """Run build.py to its end."""
        process = self.start(*args, cwd=cwd, **env)
        out, err = process.communicate(timeout=60)
        return Run(process.args, process.returncode, out, err)

    def installs(self) -> list[str]:
        """The calls of uv that installed what is locked."""
        log = self.root / "uv.log"
        return [line for line in log.read_text().splitlines() if "--require-hashes" in line] if log.exists() else []


def told(run: Run) -> dict[str, Any]:
    """What the stand-in that was handed over to said of itself."""
    assert run.stdout, run.stderr
    return dict(json.loads(run.stdout))


def make_venv(folder: Path) -> Path:
    """An environment with nothing installed; its Python."""
    base = getattr(sys, "_base_executable", sys.executable)
    subprocess.run([base, "-m", "venv", "--without-pip", folder], check=True)
    return folder / "bin" / "python"


def install_by_hand(python: Path, folder: Path, name: str) -> None:
    """Make a distribution that lives in `folder` count as installed for that Python."""
    site = next(python.parent.parent.glob("lib/python3*/site-packages"))
    (site / f"{name}-1.dist-info").mkdir()
    (site / f"{name}-1.dist-info/METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (site / f"{name}.pth").write_text(str(folder), encoding="utf-8")


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that asrun is not installed for, whatever the tests run under."""
    return make_venv(tmp_path_factory.mktemp("bare") / "venv")


@pytest.fixture
def clone(tmp_path: Path, bare_python: Path) -> Clone:
    """A clone in a folder with a space and an accent in its name; uv and npm are at hand."""
    commands = tmp_path / "commands"
    commands.mkdir()
    made = Clone(tmp_path / "mes présentations" / "as run", bare_python, commands)
    made.write("build.py", (ROOT / "build.py").read_text(encoding="utf-8"))
    made.write("asrun/__main__.py", ASRUN)
    made.write("asrun/reveal/reveal.js", "")
    for name in ("pyproject.toml", "hatch_build.py"):
        made.write(name, "")
    for name in ("build", "run", "node", "test", "lint"):
        made.write(f"requirements/{name}.txt", "")
    made.write("requirements/test.in", "# comment\n-c run.txt\npytest\n")
    made.command("uv", f'#!/bin/sh\nexec "{bare_python}" "{tmp_path / "uv.py"}" "$@"\n')
    (tmp_path / "uv.py").write_text(UV)
    made.command("npm", "")
    return made


def test_first_run_sets_up_and_hands_over(clone: Clone) -> None:
    """With no terminal and a space and an accent in the path, the first run says one line, installs and hands over."""
    run = clone.run("show", "main")
    assert run.returncode == 0, run.stderr
    assert told(run)["python"] == str(clone.root / ".venv/bin/python")
    assert told(run)["args"] == ["--project", str(clone.root), "show", "main"]
    assert run.stderr.count("\n") == 1
    assert "setting up" in run.stderr
    assert "with uv" in run.stderr
    assert len(clone.installs()) == 1
    assert "--no-deps --no-build-isolation" in (clone.root / "uv.log").read_text()


def test_nothing_asked_means_build(clone: Clone) -> None:
    """Without arguments the command is build."""
    assert told(clone.run())["args"] == ["--project", str(clone.root), "build"]


def test_in_a_project_of_the_users_it_works_on_that_one(clone: Clone, tmp_path: Path) -> None:
    """The folder of a project and those below it are that project's; anywhere else means the clone's own."""
    deep = tmp_path / "talk" / "scenarios" / "code"
    deep.mkdir(parents=True)
    assert told(clone.run("status", cwd=deep))["args"] == ["status"]


def test_second_run_installs_nothing(clone: Clone) -> None:
    """Once set up, a run neither says anything nor calls the installer."""
    clone.run()
    again = clone.run(UV_MODE="fail")
    assert again.returncode == 0
    assert again.stderr == ""
    assert len(clone.installs()) == 1


def test_user_stays_where_they_are(clone: Clone, tmp_path: Path) -> None:
    """From another folder the command is run in that folder, which it does not import from."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "json.py").write_text("raise SystemExit('the wrong json')")
    run = clone.run("show", "a.yaml", cwd=elsewhere)
    assert told(run)["cwd"] == str(elsewhere)
    assert told(run)["args"][2:] == ["show", "a.yaml"]


def test_exit_status_and_signals_are_the_commands_own(clone: Clone) -> None:
    """The command's exit status is that of build.py, and a signal that ends it ends build.py."""
    assert clone.run("exit", "3").returncode == 3
    assert clone.run("die").returncode == -signal.SIGTERM


@pytest.mark.parametrize("name", ["requirements/run.txt", "requirements/build.txt", "pyproject.toml", "hatch_build.py"])
def test_changed_lock_is_installed(clone: Clone, name: str) -> None:
    """A changed lock, project or hook is installed by the next run, into the same environment."""
    clone.run()
    kept = clone.write(".venv/somebody's file", "")
    clone.write(name, "# changed\n")
    assert clone.run().returncode == 0
    assert len(clone.installs()) == 2
    assert kept.exists()


def test_missing_reveal_is_fetched_again(clone: Clone) -> None:
    """Where reveal.js has gone, the package is built again, since that fetches it."""
    clone.run()
    shutil.rmtree(clone.root / "asrun/reveal")
    clone.run()
    assert len(clone.installs()) == 2


def test_failing_installer_is_quoted(clone: Clone) -> None:
    """A failing install exits with 70, quotes the installer's last words and says what to do; the next run mends it."""
    run = clone.run(UV_MODE="fail")
    assert run.returncode == 70
    assert "no route to the index" in run.stderr
    assert "run the same command again" in run.stderr
    assert "Traceback" not in run.stderr
    assert run.stdout == ""
    assert clone.run().returncode == 0


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGINT, 130)])
def test_interrupted_install_is_redone(clone: Clone, number: int, status: int) -> None:
    """A signal during the install ends the installer too, and the next run starts from an empty environment."""
    process = clone.start(UV_MODE="hang")
    deadline = time.monotonic() + 30
    while not (hanging := clone.root / "hanging").exists() or not hanging.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode == status
    with pytest.raises(ProcessLookupError):
        os.kill(int(hanging.read_text()), 0)
    assert (clone.root / ".venv/half-done").exists()
    assert clone.run().returncode == 0
    assert not (clone.root / ".venv/half-done").exists()


def test_two_at_once_install_once(clone: Clone) -> None:
    """Of two that are started at once, one sets up, the other waits for it and says so, and both hand over."""
    first, second = clone.start(UV_MODE="slow"), clone.start(UV_MODE="slow")
    said = [process.communicate(timeout=60)[1] for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0]
    assert len(clone.installs()) == 1
    assert sorted("waiting for another" in text for text in said) == [False, True]


def test_moved_clone_is_set_up_again(clone: Clone) -> None:
    """An environment belongs to its place: in a clone that was moved it is made anew."""
    clone.run()
    clone.root = clone.root.rename(clone.root.parent / "moved")
    run = clone.run()
    assert run.returncode == 0, run.stderr
    assert told(run)["from"] == str(clone.root / "asrun/__main__.py")
    assert len(clone.installs()) == 2


def test_environment_made_by_hand_is_kept(clone: Clone) -> None:
    """A .venv that somebody made is installed into, and nothing in it is removed, even if that fails at first."""
    make_venv(clone.root / ".venv")
    kept = clone.write(".venv/somebody's file", "")
    assert clone.run(UV_MODE="fail").returncode == 70
    assert clone.run().returncode == 0
    assert kept.exists()


def test_folder_without_python_is_left_alone(clone: Clone) -> None:
    """A .venv that build.py did not make and that has no Python is refused, not removed."""
    kept = clone.write(".venv/somebody's file", "")
    run = clone.run()
    assert run.returncode == 70
    assert "move it away" in run.stderr
    assert kept.exists()


def test_installed_asrun_is_used(clone: Clone, tmp_path: Path) -> None:
    """Where asrun is installed for the running Python, that one gets the command, and no .venv is made."""
    (tmp_path / "installed" / "asrun").mkdir(parents=True)
    (tmp_path / "installed" / "asrun" / "__main__.py").write_text(ASRUN)
    clone.python = make_venv(tmp_path / "own")
    install_by_hand(clone.python, tmp_path / "installed", "asrun")
    run = clone.run("status")
    assert told(run)["from"] == str(tmp_path / "installed/asrun/__main__.py")
    assert told(run)["args"] == ["--project", str(clone.root), "status"]
    assert not (clone.root / ".venv").exists()
    assert run.stderr == ""


def test_importable_is_not_installed(clone: Clone) -> None:
    """That asrun can be imported from the clone's folder, or has metadata lying there, does not count as installed."""
    clone.write("asrun-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: asrun\nVersion: 1\n")
    run = clone.run(PYTHONPATH=str(clone.root))
    assert told(run)["python"] == str(clone.root / ".venv/bin/python")


def test_tests_are_run_at_the_root(clone: Clone) -> None:
    """`test` installs the tests' requirements and runs pytest at the root; paths mean what they meant to the user."""
    clone.write("tests/test_a.py", "")
    clone.run()
    run = clone.run("test", "test_a.py::test_it", "-k", "some name", cwd=clone.root / "tests")
    assert "--requirement=requirements/test.txt" in clone.installs()[-1]
    assert told(run)["from"].endswith("pytest/__main__.py")
    assert told(run)["cwd"] == str(clone.root)
    assert told(run)["args"] == [str(clone.root / "tests/test_a.py") + "::test_it", "-k", "some name"]
    clone.write("requirements/run.txt", "# changed\n")
    clone.run()
    clone.run("test")
    assert len(clone.installs()) == 3


def test_tests_need_more_than_an_installed_asrun(clone: Clone, tmp_path: Path) -> None:
    """Where asrun is installed for the running Python but pytest is not, the tests run in .venv."""
    clone.python = make_venv(tmp_path / "own")
    install_by_hand(clone.python, clone.root, "asrun")
    assert told(clone.run("test"))["python"] == str(clone.root / ".venv/bin/python")
    install_by_hand(clone.python, clone.root / ".venv/lib", "pytest")
    shutil.copytree(next((clone.root / ".venv/lib").glob("*/site-packages/pytest")), clone.root / ".venv/lib/pytest")
    assert told(clone.run("test"))["python"] == str(clone.python)


def test_lint_runs_every_check(clone: Clone) -> None:
    """`lint` goes on after a check that found something, and fails if any did, also by a signal."""
    clone.write("requirements/lint.in", "")
    clone.run("build")
    site = next((clone.root / ".venv/lib").glob("python3*/site-packages"))
    for name, does in {"ruff": "os.kill(os.getpid(), 9)", "mypy": ""}.items():
        (site / name).mkdir()
        (site / name / "__main__.py").write_text(f"import os\nprint('{name}', flush=True)\n{does}\n")
    run = clone.run("lint")
    assert run.stdout.split() == ["ruff", "ruff", "mypy"]
    assert run.returncode == 1
    (site / "ruff/__main__.py").write_text("")
    assert clone.run("lint").returncode == 0


@pytest.mark.parametrize("npm", [True, False])
def test_npm_comes_from_a_wheel_only_where_there_is_none(clone: Clone, npm: bool) -> None:
    """The 60 MB wheel that brings npm is asked for exactly where npm is not on PATH."""
    if not npm:
        (clone.commands / "npm").unlink()
    assert clone.run().returncode == 0
    assert ("--requirement=requirements/node.txt" in clone.installs()[0]) is not npm


def test_npm_that_goes_is_not_missed(clone: Clone) -> None:
    """Once set up, a shell that does not have npm on its PATH installs nothing."""
    clone.run()
    (clone.commands / "npm").unlink()
    assert clone.run(UV_MODE="fail").returncode == 0
    assert len(clone.installs()) == 1


def test_help_installs_nothing(clone: Clone) -> None:
    """--help teaches both commands of the README, and sets nothing up."""
    run = clone.run("--help")
    assert run.returncode == 0
    assert "python3 build.py test" in run.stdout
    assert not (clone.root / ".venv").exists()


def test_pip_does_without_uv(clone: Clone) -> None:
    """Without uv a real venv and a real pip, in hash-checking mode and with nothing to reach, set up and hand over."""
    (clone.commands / "uv").unlink()
    clone.write("backend.py", BACKEND)
    clone.write(
        "pyproject.toml",
        """\
        [build-system]
        requires = []
        build-backend = "backend"
        backend-path = ["."]
        """,
    )
    run = clone.run("status", PIP_NO_INDEX="1", PIP_CONFIG_FILE=os.devnull, PIP_USER="1", PIP_REQUIRE_HASHES="1")
    assert run.returncode == 0, run.stderr
    assert "with pip" in run.stderr
    assert told(run)["python"] == str(clone.root / ".venv/bin/python")


def old_python(clone: Clone, *args: str) -> Run:
    """Run build.py under a Python that takes itself for 3.8."""
    script = clone.root / "build.py"
    pretend = (
        "import runpy, sys; sys.version_info = (3, 8, 18, 'final', 0);"
        f"sys.argv = [{str(script)!r}, *sys.argv[1:]]; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    return subprocess.run(
        [clone.python, "-c", pretend, *args],
        env={"PATH": str(clone.commands)},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


def test_old_python_hands_over_to_a_newer_one(clone: Clone) -> None:
    """Under an older Python one line says so, and the first newer one on PATH that really runs takes over."""
    clone.command("python3.9", "#!/bin/sh\necho too old; exit 1\n")
    clone.command("python3.11", "#!/bin/sh\necho 'not active'; exit 127\n")
    clone.command("python3.12", f'#!/bin/sh\nexec "{clone.python}" "$@"\n')
    run = old_python(clone, "status")
    assert run.returncode == 0, run.stderr
    assert told(run)["args"][-1:] == ["status"]
    assert "this is 3.8, so" in run.stderr.splitlines()[0]


def test_old_python_alone_gets_an_answer(clone: Clone) -> None:
    """Under an older Python with no newer one on PATH, one line says what is needed, and the status is 70."""
    run = old_python(clone, "status")
    assert run.returncode == 70
    assert run.stderr.count("\n") == 1
    assert "3.11 or newer" in run.stderr


def test_old_python_can_parse_it() -> None:
    """Python 3.6 parses build.py, so that it can answer at all."""
    source = (ROOT / "build.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 6))
    assert "from __future__ import annotations" not in source


@pytest.mark.install
def test_real_install(tmp_path: Path, bare_python: Path) -> None:
    """A copy of this clone, with a fresh HOME, installs what is locked and nothing else, and then works offline."""
    root = tmp_path / "a clone"
    left_out = shutil.ignore_patterns(".git", ".venv", ".asrun", "reveal", "axe", "*.html", "*_cache", "__pycache__")
    shutil.copytree(ROOT, root, ignore=left_out)
    home = tmp_path / "home"
    home.mkdir()
    # The caches are the user's: an install that was made before is not downloaded again.
    user_cache = Path.home() / ".cache"
    env = {
        "HOME": str(home),
        "PIP_CACHE_DIR": os.environ.get("PIP_CACHE_DIR", str(user_cache / "pip")),
        "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", str(user_cache / "uv")),
        "NPM_CONFIG_CACHE": os.environ.get("NPM_CONFIG_CACHE", str(Path.home() / ".npm")),
    }
    first = front_door(bare_python, root, env, "--version")
    assert first.returncode == 0, first.stderr
    assert is_complete(REVEAL, root / "asrun/reveal")

    site = next((root / ".venv/lib").glob("python3*/site-packages"))
    found = {
        re.sub(r"[-_.]+", "-", dist.name).lower(): dist.version for dist in metadata.distributions(path=[str(site)])
    }
    brought_by_venv = {"asrun", "pip", "setuptools"}
    installed = {f"{name}=={version}" for name, version in found.items() if name not in brought_by_venv}
    locks = "".join((root / f"requirements/{name}.txt").read_text() for name in ("build", "run", "node"))
    locked = set(re.findall(r"^\S+==\S+", locks, re.MULTILINE))
    assert "jinja2" in found
    assert installed - locked == set()

    offline = {"PIP_NO_INDEX": "1", "UV_OFFLINE": "1", "NPM_CONFIG_OFFLINE": "true"}
    second = front_door(bare_python, root, {**env, **offline}, "--version")
    assert second.returncode == 0
    assert second.stderr == ""
    assert second.stdout == first.stdout


def front_door(python: Path, root: Path, env: dict[str, str], *args: str) -> Run:
    """Run the build.py of a copy of this clone from another folder."""
    return subprocess.run(
        [python, root / "build.py", *args],
        cwd=root.parent,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=110,
    )
