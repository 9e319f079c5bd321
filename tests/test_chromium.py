"""Starting the system's Chromium: stand-ins for it that behave badly, and what is left of them."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from asrun.chromium import CannotLook, dump_dom, find_chromium


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A page in a folder whose name has to be written otherwise in an address."""
    path = tmp_path / "a folder & 100 %" / "page #1.html"
    path.parent.mkdir()
    path.write_text("<p>Hello")
    return path


def stand_in(folder: Path, script: str) -> str:
    """A program in Chromium's place: a shell script."""
    path = folder / "stand-in"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_what_a_killed_look_left_goes(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of a process that has gone is removed by the next look; that of one that lives stays."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone = subprocess.Popen(["true"])
    gone.wait()
    left, living = tmp_path / f"asrun-chromium-{gone.pid}-x", tmp_path / f"asrun-overflow-{os.getpid()}-x"
    for folder in (left / "profile", living, tmp_path / "asrun-chromium-other"):
        folder.mkdir(parents=True)
    dump_dom(page, stand_in(tmp_path, "echo seen"), timeout_s=30)
    assert not left.exists()
    assert living.exists()
    assert (tmp_path / "asrun-chromium-other").exists()


def test_variable_overrides_the_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ASRUN_CHROMIUM names the browser, as a path or as a name on PATH."""
    program = stand_in(tmp_path, "exit 0")
    monkeypatch.setenv("ASRUN_CHROMIUM", program)
    assert find_chromium() == program
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("ASRUN_CHROMIUM", "stand-in")
    assert find_chromium() == program
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASRUN_CHROMIUM", "./stand-in")
    assert find_chromium() == program


def test_empty_variable_means_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """ASRUN_CHROMIUM set but empty means that there is no browser, also where there is one."""
    monkeypatch.setenv("ASRUN_CHROMIUM", "")
    assert find_chromium() is None


def test_search_takes_the_first_name_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Browsers are looked for on PATH by their usual names, Chromium before Chrome."""
    monkeypatch.delenv("ASRUN_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("google-chrome", "chromium"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    assert find_chromium() == str(tmp_path / "chromium")


def test_page_is_named_by_its_address(page: Path, tmp_path: Path) -> None:
    """Chromium is given the page as a file address, whatever characters its path has."""
    dom = dump_dom(page, stand_in(tmp_path, 'for last; do :; done; echo "$last"'), timeout_s=20)
    assert dom == page.as_uri()
    assert "#1" not in dom


def test_profile_is_fresh_and_goes(page: Path, tmp_path: Path) -> None:
    """Chromium has an empty folder for its profile, caches and sockets, and nothing of it stays behind."""
    script = 'ls -A "$TMPDIR" | tr "\\n" " "; echo x >"$TMPDIR/rest"; echo "$TMPDIR $XDG_CONFIG_HOME $XDG_CACHE_HOME"'
    *before, temporary, config, cache = dump_dom(page, stand_in(tmp_path, script), timeout_s=20).split()
    assert set(before) == {"dom", "complaints"}
    assert temporary == config == cache
    assert not Path(temporary).exists()


def test_nothing_shown_is_an_error_that_says_why(page: Path, tmp_path: Path) -> None:
    """A Chromium that prints nothing is never taken for an empty page; its complaint is told, the desktop's is not."""
    script = "echo 'cannot open shared object' >&2; echo 'ERROR:dbus/bus.cc: no bus' >&2; exit 127"
    with pytest.raises(CannotLook, match=r"showed nothing: cannot open shared object$"):
        dump_dom(page, stand_in(tmp_path, script), timeout_s=20)


def test_missing_program_is_an_error_that_says_so(page: Path, tmp_path: Path) -> None:
    """A Chromium that is not there is told apart from one that shows nothing."""
    with pytest.raises(CannotLook, match="could not be started: No such file"):
        dump_dom(page, str(tmp_path / "none"), timeout_s=20)


def test_hang_ends_at_the_deadline_with_all_its_processes(page: Path, tmp_path: Path) -> None:
    """A Chromium that hangs is ended at the deadline, and so are its helpers, deaf to SIGTERM as they may be."""
    pids = tmp_path / "pids"
    script = f"trap '' TERM; sleep 600 & echo $! $$ >'{pids}'; echo '<html>'; wait; sleep 600"
    with pytest.raises(CannotLook, match="did not answer within 1 s"):
        dump_dom(page, stand_in(tmp_path, script), timeout_s=1)
    started = [int(pid) for pid in pids.read_text().split()]
    deadline = time.monotonic() + 20
    while any(map(is_alive, started)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(started) == 2
    assert not any(map(is_alive, started))


def test_helper_that_stays_holds_nothing_up(page: Path, tmp_path: Path) -> None:
    """Chromium's end is the end, also while a helper of it lives on with its output open; the helper is ended too."""
    pid = tmp_path / "pid"
    script = f"sleep 600 & echo $! >'{pid}'; echo '<html></html>'"
    assert dump_dom(page, stand_in(tmp_path, script), timeout_s=60) == "<html></html>"
    deadline = time.monotonic() + 20
    while is_alive(int(pid.read_text())) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_alive(int(pid.read_text()))


def test_refused_sandbox_is_left_out(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Chromium cannot have its sandbox it is started again without; as root it is from the start."""
    script = (
        'case "$*" in *--no-sandbox*) ;; *) echo x >>"{0}"; echo "No usable sandbox!" >&2; exit 1;; esac; echo shown'
    )
    refusals = tmp_path / "refusals"
    program = stand_in(tmp_path, script.format(refusals))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert dump_dom(page, program, timeout_s=20) == "shown"
    assert refusals.read_text() == "x\n"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert dump_dom(page, program, timeout_s=20) == "shown"
    assert refusals.read_text() == "x\n"
