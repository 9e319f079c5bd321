"""The handout as readers have it: on a screen, on a phone, on paper."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from asrun.render import render_handout
from tests.browser.fetch_axe import axe_source
from tests.browser.sample import render_sample
from tests.browser.test_accessible import RUN_AXE

OpenHandout = Callable[..., Page]


@pytest.fixture(scope="module")
def handout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The handout of the sample deck."""
    folder = tmp_path_factory.mktemp("handout")
    path = folder / "sample-handout.html"
    path.write_text(render_sample(folder / "project", render_handout), encoding="utf-8")
    return path


@pytest.fixture
def open_handout(browser: Browser, handout: Path) -> Iterator[OpenHandout]:
    """Opens the handout from disk. At the end nothing may have been written to the console, and nothing requested."""
    pages: list[Page] = []
    told: list[str] = []

    def open_handout(**options: Any) -> Page:
        page = browser.new_context(**options).new_page()
        page.on("console", lambda message: told.append(message.text))
        page.on("request", lambda request: told.append(request.url) if not request.url.startswith("data:") else None)
        page.goto(handout.as_uri())
        assert told.pop(0) == handout.as_uri()
        pages.append(page)
        return page

    try:
        yield open_handout
    finally:
        for page in pages:
            page.context.close()
    assert told == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_handout: OpenHandout, scheme: str) -> None:
    """axe-core has nothing to report of the page with everything open, be the system's colours light or dark."""
    page = open_handout(color_scheme=scheme)
    page.evaluate(axe_source())
    page.evaluate("for (const folded of document.querySelectorAll('details')) folded.open = true")
    assert page.evaluate(RUN_AXE.replace("WHERE", "document")) == []


@pytest.mark.parametrize("width", [360, 800, 1280])
def test_nothing_reaches_beyond_the_page(open_handout: OpenHandout, width: int) -> None:
    """On a phone as on a wide screen nobody has to scroll sideways, also with everything open."""
    page = open_handout(viewport={"width": width, "height": 800}, java_script_enabled=False)
    opened = page.content().replace("<details", "<details open")
    page.set_content(opened)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    beyond = page.evaluate(
        """(width) => [...document.querySelectorAll("body *")].filter((element) => {
          if (element.closest(".unseen, .scroll, svg, .prose table")) return false;
          const box = element.getBoundingClientRect();
          return box.width && (box.right > width + 0.5 || box.left < -0.5);
        }).map((element) => element.outerHTML.slice(0, 80))""",
        width,
    )
    assert beyond == []


def test_a_timeline_is_drawn_for_the_width_there_is(open_handout: OpenHandout) -> None:
    """A phone shows another drawing than a desk, and on both the names of lanes can be read."""
    for width, kind in ((360, "narrow"), (1280, "wide")):
        page = open_handout(viewport={"width": width, "height": 800})
        shown = page.locator("svg.picture:visible")
        assert shown.count() > 5
        assert set(shown.evaluate_all("(all) => all.map((one) => one.classList[1])")) == {kind}
        heights = shown.locator(".name").evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().height)")
        assert min(heights) >= 12


def test_paper_has_everything(open_handout: OpenHandout) -> None:
    """On paper no page is empty, each has its number, and what is folded on a screen is open meanwhile."""
    page = open_handout()
    folded = page.locator("details.whole")
    words = "print('fetched')"
    assert not folded.get_by_text(words).first.is_visible()
    sheets = [sheet.extract_text().strip() for sheet in PdfReader(io.BytesIO(page.pdf(format="A4"))).pages]
    assert len(sheets) > 5
    for number, text in enumerate(sheets, 1):
        assert text.endswith(str(number)) or text.startswith(str(number))
        assert len(text) > 40
    assert words in "".join(sheets)
    assert folded.first.get_attribute("open") is None


def test_without_a_script_all_is_there(open_handout: OpenHandout) -> None:
    """The page is the same for readers whose browser runs no scripts: a click unfolds."""
    page = open_handout(java_script_enabled=False)
    page.locator("details.whole summary").first.click()
    assert page.locator("details.whole pre").first.is_visible()
