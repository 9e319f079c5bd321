"""What `asrun doctor` finds."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from asrun import doctor
from asrun.cli import main
from asrun.interpreters import find_interpreter


def test_it_tells_what_is_here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Interpreters, the browser, extras, the kernel and the project are told, and what a recording can tell."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "one.yaml").write_text("title: One\ncode: print(1)\n")
    assert main(["--project", str(tmp_path), "doctor"]) == 0
    told = capsys.readouterr().out
    assert find_interpreter().path in told
    assert "1 scenario, 1 run, 1 deck" in told
    assert "serve: starlette, uvicorn, watchfiles" in told
    assert "A recording made here tells:" in told
    assert "It does not tell:" in told


def test_it_tells_what_is_missing_and_fails_at_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no browser, no extra, no project, no other core and another system, that is said; the end is 0."""
    monkeypatch.setenv("ASRUN_CHROMIUM", "")
    monkeypatch.setattr(doctor, "_is_installed", lambda name: False)
    monkeypatch.setattr(doctor, "knows_core_times", lambda: False)
    monkeypatch.setattr(sys, "platform", "plan9")
    monkeypatch.chdir(tmp_path)
    assert main(["doctor"]) == 0
    told = capsys.readouterr().out
    assert "! Chromium" in told
    assert "pip install 'asrun[serve]'" in told
    assert "! schedstat" in told
    assert "! project" in told
    assert "Recording is made for Linux." in told
    assert "Whether a slide overflows" in told


def test_it_names_a_browser_that_does_not_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A Chromium that is named and is none is told as such."""
    (tmp_path / "chromium").write_text("no program")
    monkeypatch.setenv("ASRUN_CHROMIUM", str(tmp_path / "chromium"))
    found = {finding.topic: finding for finding in doctor.findings(tmp_path)}
    assert "does not start" in found["Chromium"].told
    assert not found["Chromium"].good
