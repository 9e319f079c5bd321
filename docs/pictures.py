"""Takes the README's pictures from the deck and its handout, and those of slides.md from its own example.

    .venv/bin/python -m docs.pictures     after a build, in the clone

They show recordings and nothing else, at moments of a clock that this script moves: the same recordings in the same
Chromium make the same pictures.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from asrun.chromium import find_chromium
from asrun.cli import main as run_asrun
from tests.documents import examples, write_project

ROOT = Path(__file__).parent.parent
SLIDES = ROOT / "slides"
PICTURES = ROOT / "docs" / "pictures"


def open_slide(browser: Browser, slide: str) -> Page:
    """The deck at one of its slides, with the clock standing still."""
    page = browser.new_page(viewport={"width": 1280, "height": 720}, device_scale_factor=0.75)
    page.clock.install(time=0)
    page.goto(f"{(SLIDES / 'concurrency.html').as_uri()}#/{slide}")
    page.wait_for_selector("html.asrun-ready", state="attached")
    page.clock.pause_at(3_600_000)
    return page


def press_next(page: Page, times: int, seconds: float) -> None:
    """Press the clicker, and let time pass after each press."""
    for _ in range(times):
        page.keyboard.press("PageDown")
        page.clock.run_for(round(seconds * 1000))


def take(browser: Browser) -> None:
    """Take all of them."""
    page = open_slide(browser, "chores-2")
    press_next(page, times=3, seconds=2)  # to its third moment
    page.screenshot(path=PICTURES / "replay.png")
    page = open_slide(browser, "computing-1")
    press_next(page, times=2, seconds=0.1)  # play, and finish
    page.screenshot(path=PICTURES / "race.png")
    page = open_slide(browser, "choosing-1")
    page.screenshot(path=PICTURES / "compare.png")
    page = browser.new_page(viewport={"width": 800, "height": 815}, device_scale_factor=0.9)
    page.goto(f"{(SLIDES / 'concurrency-handout.html').as_uri()}#chores-2")
    page.screenshot(path=PICTURES / "handout.png")


def take_kinds(browser: Browser) -> None:
    """Take one of each kind of slide in slides.md, in its last state."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        write_project(examples(ROOT / "docs" / "slides.md"), root)
        if run_asrun(["--project", name, "build", "-q"]):
            raise SystemExit("the example of slides.md does not build")
        page = browser.new_page(viewport={"width": 1280, "height": 720}, device_scale_factor=0.5)
        page.goto((root / "slides" / "slides.html").as_uri())
        page.wait_for_selector("html.asrun-ready", state="attached")
        page.add_style_tag(content="body { border: 2px solid var(--rule) }")
        taken: set[str] = set()
        for index in range(page.evaluate("Reveal.getTotalSlides()")):
            page.evaluate(f"Reveal.slide({index})")
            kind = page.evaluate("Reveal.getCurrentSlide().className.match(/kind-(\\w+)/)[1]")
            if kind in taken or kind in ("deck", "section"):
                continue
            taken.add(kind)
            if kind == "exercise":
                page.wait_for_timeout(300)
            else:
                page.evaluate("while (Reveal.availableFragments().next) Reveal.nextFragment()")
                page.wait_for_timeout(600)
            page.screenshot(path=PICTURES / "kinds" / f"{kind}.png")


def main() -> None:
    """Start the system's Chromium for it."""
    (PICTURES / "kinds").mkdir(parents=True, exist_ok=True)
    with sync_playwright() as started:
        chromium = find_chromium()
        flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        with started.chromium.launch(executable_path=chromium, args=flags) as browser:
            take_kinds(browser)
            take(browser)


if __name__ == "__main__":
    main()
