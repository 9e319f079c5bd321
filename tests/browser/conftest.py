"""A real headless Chromium, the sample deck in it, and loud words where there is no Chromium."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from asrun.chromium import VARIABLE, find_chromium
from tests.browser.sample import render_sample
from tests.browser.stage import Open, Stage

_NONE = "there is no Chromium to look at slides with"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The system's Chromium. Without one its tests are skipped, and fail in CI."""
    found = find_chromium()
    if found is None and os.environ.get("CI"):
        pytest.fail(_NONE, pytrace=False)
    if found is None:
        pytest.skip(_NONE)
    return found


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """Say loudly, as the last thing, how many tests could not look."""
    yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return
    unseen = [report for report in reporter.getreports("skipped") if _NONE in str(report.longrepr)]
    if unseen:
        told = f"{len(unseen)} tests did NOT look at any slide: {_NONE}. Install chromium, or name one in {VARIABLE}"
        reporter.write_line(told, red=True, bold=True)


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for all tests."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        with playwright.chromium.launch(executable_path=chromium, args=arguments) as launched:
            yield launched


@pytest.fixture(scope="session")
def deck(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample deck, rendered once, in a folder with a name that an address must write otherwise."""
    folder = tmp_path_factory.mktemp("a deck #1 100%")
    path = folder / "sample.html"
    path.write_text(render_sample(folder / "project"), encoding="utf-8")
    return path


@pytest.fixture
def open_deck(browser: Browser, deck: Path) -> Iterator[Open]:
    """Opens decks from disk. At the end nothing may have been written to any console, and nothing requested."""
    stages: list[Stage] = []

    def open_deck(file: Path = deck, query: str = "", *, clock: bool = False, **options: Any) -> Stage:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 720}, **options})
        scripts = options.get("java_script_enabled", True)
        stages.append(Stage(context, file, query, clock=clock, scripts=scripts))
        return stages[-1]

    try:
        yield open_deck
    finally:
        for stage in stages:
            stage.page.context.close()
    assert [complaint for stage in stages for complaint in stage.complaints] == []


@pytest.fixture
def stage(open_deck: Open) -> Stage:
    """The sample deck on its first slide."""
    return open_deck()
