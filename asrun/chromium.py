"""The system's Chromium, started without a window to say what a page looks like. Never a browser of our own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

VARIABLE = "ASRUN_CHROMIUM"
"""The environment variable that names the Chromium to use; set but empty, it means none."""

_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)

# Public documentation: the Chromium project's list of command line switches. Together they keep a start from
# reaching for the network, for the desktop's keyring and for small shared memory.
_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-crash-reporter",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-quic",
    "--disable-sync",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--mute-audio",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
    "--password-store=basic",
    "--use-mock-keychain",
)


class CannotLook(Exception):
    """Chromium could not say what a page looks like; the message says why, in one line."""


def find_chromium() -> str | None:
    """The path of a Chromium (or a browser made from it) on this machine; None where there is none.

    The environment variable ASRUN_CHROMIUM overrides the search: a path or a name on PATH, or empty for none.
    """
    wanted = os.environ.get(VARIABLE)
    if wanted is not None:
        return str(Path(shutil.which(wanted) or wanted).absolute()) if wanted else None
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


def sweep() -> None:
    """Remove the temporary folders of looks that were killed: each names a process, and that has gone."""
    for pattern in ("asrun-chromium-*-*", "asrun-overflow-*-*"):
        for folder in Path(tempfile.gettempdir()).glob(pattern):
            pid = folder.name.split("-")[2]
            try:
                if pid.isdecimal():
                    os.kill(int(pid), 0)
            except ProcessLookupError:
                shutil.rmtree(folder, ignore_errors=True)
            except OSError:
                continue  # of somebody else


def dump_dom(
    html_file: Path,
    chromium: str,
    *,
    timeout_s: float,
    width: int = 1400,
    height: int = 1000,
    settle_ms: int = 10_000,
    stop: threading.Event | None = None,
) -> str:
    """The page's DOM as HTML, after its scripts had `settle_ms` of virtual time (which passes at once when idle).

    `width` and `height` are of the window in pixels; the page itself gets a little less. Chromium has a session of its
    own and a fresh profile; all its processes are ended before this returns or raises. Raises CannotLook, also when
    `stop` is set meanwhile.
    """
    options = [f"--window-size={width},{height}", f"--virtual-time-budget={settle_ms}", "--dump-dom"]
    # Chromium's own sandbox refuses to run as root, and cannot where a container forbids user namespaces.
    unboxed = os.name == "posix" and os.geteuid() == 0
    sweep()
    with tempfile.TemporaryDirectory(prefix=f"asrun-chromium-{os.getpid()}-", ignore_cleanup_errors=True) as folder:
        page = html_file.resolve().as_uri()
        dom, complaints = _run(chromium, ["--no-sandbox"] * unboxed + options + [page], Path(folder), timeout_s, stop)
        if not dom and not unboxed and "sandbox" in complaints:
            dom, complaints = _run(chromium, ["--no-sandbox", *options, page], Path(folder), timeout_s, stop)
    if not dom:
        # Where there is no desktop it complains of that at length, and means nothing by it.
        told = [line for line in complaints.splitlines() if line.strip() and "dbus" not in line]
        raise CannotLook(f"{chromium} showed nothing{': ' + told[-1] if told else ''}")
    return dom


def _run(
    chromium: str, arguments: list[str], folder: Path, timeout_s: float, stop: threading.Event | None
) -> tuple[str, str]:
    """What one start printed, and what it complained of. Raises CannotLook."""
    command = [chromium, *_FLAGS, f"--user-data-dir={folder / 'profile'}", *arguments]
    # It keeps crash reports, caches and sockets outside its profile; here they go when the folder goes.
    own = {name: str(folder) for name in ("TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")}
    # Files, not pipes: a helper process that outlives Chromium would hold a pipe open.
    with (folder / "dom").open("w+b") as dom, (folder / "complaints").open("w+b") as complaints:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=dom,
                stderr=complaints,
                cwd=folder,
                env=os.environ | own,
                start_new_session=True,
            )
        except OSError as error:
            raise CannotLook(f"{chromium} could not be started: {error.strerror}") from error
        try:
            _wait(process, timeout_s, stop)
        except subprocess.TimeoutExpired:
            raise CannotLook(f"{chromium} did not answer within {timeout_s:.0f} s") from None
        finally:
            _end(process)
        dom.seek(0)
        complaints.seek(0)
        return dom.read().decode("utf-8", "replace").strip(), complaints.read().decode("utf-8", "replace")


def _wait(process: subprocess.Popen[bytes], timeout_s: float, stop: threading.Event | None) -> None:
    """Wait until it has ended. Raises TimeoutExpired, and CannotLook when `stop` is set."""
    deadline = time.monotonic() + timeout_s
    while stop is not None and process.poll() is None and time.monotonic() < deadline:
        if stop.wait(0.05):
            raise CannotLook("it was called off")
    process.wait(max(deadline - time.monotonic(), 0))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End Chromium and all that it started."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
