#!/usr/bin/env python3
"""The front door of a clone: sets up .venv on the first run, then hands over to the asrun command.

Needs nothing but Python 3.11. An older one should get an answer and not a SyntaxError: what stands outside functions
runs on Python 3.6, and all of it parses there.
"""

import collections.abc
import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

HELP = """\
python3 build.py                   build the decks of scenarios/ into slides/
python3 build.py COMMAND [ARG...]  any command of asrun: record, status, show...; COMMAND --help explains it
python3 build.py test [ARG...]     run the tests; the arguments go to pytest
python3 build.py lint              check the sources with ruff and mypy

The first run makes .venv beside this file and installs there what requirements/ locks, each file checked by its hash,
with uv if it is on PATH, else with pip. That needs the network, once; later runs install again only what has changed.
Where asrun is installed for the Python that runs this, that one is used and .venv is left alone.

Building runs the scenarios' code, with your rights.
"""

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

STAMP = VENV / "asrun-stamp.json"
"""What is installed in .venv: a digest for each file that said so. Written last, and empty while work is under way."""

FAULT = 70
"""The exit status for whatever is neither the author's nor a claim's doing, as in asrun."""


class CannotSetUp(Exception):
    """The environment cannot be made. The message says why, and what to try."""


def main(args: "list[str]") -> int:
    """Set up what the command needs, and become it. Returns only where that is not possible."""
    command = args[0] if args else "build"
    if command in ("-h", "--help"):
        sys.stdout.write(HELP)
        return 0
    try:
        if command == "test":
            python = interpreter("build", "run", "test")
            paths = [at_root(arg) for arg in args[1:]]
            os.chdir(ROOT)
            return hand_over(python, "pytest", paths)
        if command == "lint":
            return lint(interpreter("build", "run", "test", "lint"))
        project = [] if is_in_a_project() else ["--project", str(ROOT)]
        return hand_over(interpreter("build", "run"), "asrun", [*project, *(args or ["build"])])
    except (CannotSetUp, OSError) as error:
        say(f"cannot set up {VENV}: {error}")
        return FAULT
    except KeyboardInterrupt:
        say("interrupted")
        return 130


def is_in_a_project() -> bool:
    """Whether the current folder is in a project, be it this clone or one of the user's own."""
    here = Path.cwd()
    return any((folder / "scenarios").is_dir() for folder in (here, *here.parents))


def hand_over(python: Path, module: str, args: "list[str]") -> int:
    """Become `python -m module args`, so that signals and the exit status are that command's own."""
    # -P: the folder that the user happens to be in must not be imported from.
    return become([str(python), "-P", "-m", module, *args])


def become(argv: "list[str]") -> int:
    """Replace this process; on Windows, which has no such thing, the exit status of another one."""
    if os.name != "nt":
        os.execv(argv[0], argv)
    return subprocess.call(argv)


def lint(python: Path) -> int:
    """Run every check of the sources, also after one that found something; 1 if any did."""
    checks = (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"])
    statuses = [subprocess.call([python, "-P", "-m", *check], cwd=ROOT) for check in checks]
    return int(any(statuses))


def at_root(arg: str) -> str:
    """A pytest argument that names an existing path, made absolute, since pytest is run at the root."""
    path, colons, test = arg.partition("::")
    return str(Path(path).resolve()) + colons + test if path and Path(path).exists() else arg


def interpreter(*locks: str) -> Path:
    """The Python that has asrun, and what the named files of requirements/ ask for; .venv's is set up if need be."""
    running_from_venv = Path(sys.prefix).resolve() == VENV.resolve()
    if not running_from_venv and all(is_installed(name) for name in ["asrun", *asked_by_name(locks)]):
        return Path(sys.executable)
    files = ["pyproject.toml", "hatch_build.py", *(f"requirements/{lock}.txt" for lock in locks)]
    if not is_ready(files):
        set_up(files)
    return PYTHON


def is_installed(name: str) -> bool:
    """True if a distribution of that name is installed for the running Python, wherever it is that this file stands."""
    from importlib import metadata

    folders = [folder for folder in sys.path if Path(folder).resolve() != ROOT]
    return any(metadata.distributions(name=name, path=folders))


def asked_by_name(locks: "tuple[str, ...]") -> "list[str]":
    """The distributions that the tests and checks use directly: what the package itself needs came with it."""
    files = [ROOT / f"requirements/{lock}.in" for lock in locks if lock in ("test", "lint")]
    return [line for file in files for line in file.read_text().splitlines() if re.match(r"\w", line)]


def is_ready(files: "list[str]") -> bool:
    """True if .venv holds what these files of the clone say, and reveal.js is in place."""
    stamp = read_stamp() or {}
    fetched = (ROOT / "asrun/reveal/reveal.js").exists()
    return fetched and stamp.get("where") == where() and all(stamp.get(name) == digest(name) for name in files)


def read_stamp() -> "dict[str, str] | None":
    """What the stamp says; None if there is none. An unreadable one is like one of work under way: empty."""
    try:
        return dict(json.loads(STAMP.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except ValueError:
        return {}


def where() -> str:
    """What an environment cannot outlive: the place of the clone, and the Python that it was made from."""
    return f"{ROOT} {PYTHON.resolve()}"


def digest(name: str) -> str:
    """A digest of a file of the clone."""
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


def set_up(files: "list[str]") -> None:
    """Make .venv, or bring it up to date. Raises CannotSetUp or OSError."""
    stop_on_signals()
    with only_one():
        # Another process may have done it while this one waited.
        if is_ready(files):
            return
        uv = shutil.which("uv")
        say(f"setting up {VENV} from the locked requirements, with {'uv' if uv else 'pip'}; once, about half a minute")
        digests = {name: digest(name) for name in files}
        stamp = prepare_venv()
        install = installer(uv)
        locked = [name for name in files if name.startswith("requirements/")]
        if shutil.which("npm") is None:
            # Only for setting up, so not in the stamp: whether npm is on PATH differs from shell to shell.
            locked.append("requirements/node.txt")
        run("installing what is locked", [*install, "--require-hashes", *(f"--requirement={name}" for name in locked)])
        # What builds the package is among what was locked: the build is not to fetch its own, unchecked.
        run("installing asrun", [*install, "--no-deps", "--no-build-isolation", "--editable=."])
        STAMP.write_text(json.dumps({**stamp, "where": where(), **digests}, indent=1), encoding="utf-8")


def prepare_venv() -> "dict[str, str]":
    """Leave an environment to install into; what its stamp said. One that is broken or half done is made afresh."""
    stamp = read_stamp()
    if stamp is None and VENV.exists():
        # Somebody made it by hand: it is used as it is, and never removed.
        if not PYTHON.exists():
            raise CannotSetUp("it is there, but build.py did not make it, and it has no Python: move it away")
        return {}
    if stamp and PYTHON.exists() and stamp.get("where") == where():
        STAMP.write_text("{}", encoding="utf-8")
        return stamp
    if VENV.exists():
        shutil.rmtree(VENV)
    VENV.mkdir()
    STAMP.write_text("{}", encoding="utf-8")
    # Not sys.executable: that may be the Python of the very .venv that was removed.
    base = getattr(sys, "_base_executable", sys.executable)
    run("making the environment", [base, "-m", "venv", "--without-pip", str(VENV)])
    return {}


def installer(uv: "str | None") -> "list[str]":
    """The command that installs into .venv, up to its arguments."""
    if uv:
        return [uv, "pip", "install", "--python", str(PYTHON)]
    own = [str(PYTHON), "-I", "-m", "pip", "install", "--progress-bar=off", "--no-input"]
    if subprocess.run([PYTHON, "-I", "-c", "import pip"], capture_output=True).returncode == 0:
        return own
    if find_spec("ensurepip"):
        run("installing pip", [str(PYTHON), "-I", "-m", "ensurepip", "--default-pip"])
        return own
    if find_spec("pip"):
        return [sys.executable, "-I", "-m", "pip", "--python", str(PYTHON), *own[4:]]
    raise CannotSetUp("there is neither uv nor pip. On Debian and Ubuntu: apt-get install python3-venv")


def run(step: str, argv: "list[str]") -> None:
    """Run a step of the set-up at the root, quietly. Raises CannotSetUp, with what it last said, if it fails."""
    # Settings that are meant for other installs would send this one elsewhere, or refuse the clone itself.
    env = {**os.environ, "PIP_USER": "0", "PIP_REQUIRE_HASHES": "0", "UV_REQUIRE_HASHES": "0"}
    process = subprocess.Popen(
        argv,
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    try:
        output, _ = process.communicate()
    except BaseException:
        # An installer that goes on alone would meet the one that the next run starts.
        process.kill() if os.name == "nt" else os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    if process.returncode:
        last = "\n".join(f"    {line}" for line in output.strip().splitlines()[-20:])
        raise CannotSetUp(
            f"{step} failed, and the last that was said is\n{last}\n"
            "Setting up needs the network: for Python packages, and for reveal.js from npm. "
            "Once that is mended, run the same command again; it starts afresh."
        )


def stop_on_signals() -> None:
    """Make a signal that ends this process end the installer too."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # One that is ignored (nohup) stays so.
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, lambda received, frame: sys.exit(128 + received))


@contextlib.contextmanager
def only_one() -> "collections.abc.Iterator[None]":
    """Let only one process at a time set up. On Windows they are not kept apart."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    folder = ROOT / ".asrun"
    folder.mkdir(exist_ok=True)
    with (folder / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another build.py, which is setting up")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def say(text: str) -> None:
    """Tell the user something. Standard output belongs to the command."""
    sys.stderr.write(f"build.py: {text}\n")
    sys.stderr.flush()


def find_newer_python() -> "str | None":
    """The oldest Python on PATH that is 3.11 or newer and really runs."""
    found: list[tuple[int, str]] = []
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        for path in Path(folder).glob("python3.*"):
            minor = re.match(r"python3\.(\d+)(\.exe)?$", path.name)
            if minor and int(minor.group(1)) >= 11:
                found.append((int(minor.group(1)), str(path)))
    # Version managers leave commands on PATH that only say that this version is not active: ask each.
    asking = ["-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    for _, python in sorted(found):
        if subprocess.call([python, *asking], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0:
            return python
    return None


def use_newer_python(args: "list[str]") -> int:
    """Start over under a Python that is new enough; where there is none, say so."""
    old = "{}.{}".format(*sys.version_info)
    newer = find_newer_python()
    if newer is None:
        say(f"AsRun needs Python 3.11 or newer; this is {old}, and there is none on PATH")
        return FAULT
    say(f"AsRun needs Python 3.11 or newer; this is {old}, so {newer} takes over")
    return become([newer, str(ROOT / "build.py"), *args])


if __name__ == "__main__":
    enter = use_newer_python if sys.version_info < (3, 11) else main
    sys.exit(enter(sys.argv[1:]))
