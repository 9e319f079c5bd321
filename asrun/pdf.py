"""Decks and handouts as PDF, printed by the system's Chromium: tagged, with an outline, and the same at every time."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from asrun.chromium import CannotLook, find_chromium
from asrun.errors import AsRunError
from asrun.pipeline import HANDOUT, Settings, approved_pages
from asrun.progress import Progress
from asrun.write import write_file

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Paper = Literal["a4", "letter"]

_STEP = re.compile(r'<i class="fragment"[^>]*\bdata-k="\d+"[^>]*></i>')
_ELSEWHERE = re.compile(r' href="\w[^":#]*\.html(#[^"]*)?"')
"""A link to the file with the slides: on paper nobody knows where that is."""

_BY_STEP = '"pdfSeparateFragments": true'
_DATE = re.compile(rb"(/(?:Creation|Mod)Date \(D:)\d{14}")
_NO_DATE = b"20000101000000"
_NODE = re.compile(rb"\(node(\d{8})\)")
_TITLE = re.compile(rb"(/Title (?:\(|<FEFF))((?:[^()<>\\]|\\.)*)([)>])")
_SHORTEST = 4
"""Bytes of a heading; shorter words may well be said twice."""

_FLAGS = ("--disable-gpu", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND")
_PATIENCE_MS = 120_000
"""How long Chromium may take to lay out a thousand slides on a busy machine."""

# reveal.js hides all slides but one from those who do not see, on paper as well. Of the pages of one slide only the
# first has a place in the outline.
_FOR_ALL = """
() => {
  const seen = new Set();
  for (const slide of document.querySelectorAll(".pdf-page section")) {
    for (const name of ["hidden", "aria-hidden", "inert"]) slide.removeAttribute(name);
    if (seen.has(slide.id)) slide.querySelector("h1, h2")?.setAttribute("role", "presentation");
    seen.add(slide.id);
  }
}
"""


class CannotPrint(AsRunError):
    """There is no Chromium, or it could not print."""

    exit_code = 1


def print_decks(
    settings: Settings, decks: Sequence[str], progress: Progress, *, steps: bool = False, paper: Paper = "a4"
) -> tuple[Path, ...]:
    """Write `<deck>.pdf` and `<deck>-handout.pdf` for these decks, or for all, and say where they are.

    They are made from the approved recordings; nothing is run. Raises AuthorError for a deck that is not there,
    BuildFailed where a recording is stale or a claim does not hold, CannotPrint, and ModuleNotFoundError where the
    extra `pdf` is not installed.
    """
    pages = approved_pages(settings, decks, progress)
    printed = {}
    try:
        with printing() as printer:
            for path, html in pages.items():
                progress.detail(f"printing {path.with_suffix('.pdf').name}")
                is_handout = path.name.endswith(HANDOUT)
                pdf = printer.handout(html, paper) if is_handout else printer.slides(html, steps)
                printed[path.with_suffix(".pdf")] = pdf
    except CannotLook as reason:
        raise CannotPrint(str(reason)) from reason
    for path, content in printed.items():
        write_file(path, content)
    return tuple(printed)


class Printer:
    """A Chromium that prints pages. `printing` starts one and ends it."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self._browser = browser
        self._folder = folder

    def slides(self, html: str, steps: bool) -> bytes:
        """A deck as a PDF with a page for each slide of 1280 × 720, or with one for each step. Raises CannotLook."""
        if not steps:
            # Shown all at once, the steps of a code would leave the last of them marked, as if it were special.
            html = _STEP.sub("", html).replace(_BY_STEP, _BY_STEP.replace("true", "false"))
        html = html.replace('href="#/', 'href="#')
        with self._open(html, "?print-pdf", ".pdf-page") as page:
            page.evaluate(_FOR_ALL)
            return _finished(page.pdf(prefer_css_page_size=True, print_background=True, tagged=True, outline=True))

    def handout(self, html: str, paper: Paper) -> bytes:
        """A handout as a PDF on some paper. Raises CannotLook."""
        with self._open(_ELSEWHERE.sub("", html), "", "main") as page:
            size = {"a4": "A4", "letter": "Letter"}[paper]
            return _finished(page.pdf(format=size, print_background=True, tagged=True, outline=True))

    @contextmanager
    def _open(self, html: str, query: str, sign: str) -> Iterator[Page]:
        """The page, when there is on it what a selector says."""
        from playwright.sync_api import Error

        path = self._folder / "page.html"
        path.write_text(html, encoding="utf-8")
        context = self._browser.new_context()
        context.set_default_timeout(_PATIENCE_MS)
        try:
            page = context.new_page()
            page.goto(path.as_uri() + query)
            page.wait_for_selector(sign, state="attached")
            page.evaluate("document.fonts.ready.then(() => true)")
            yield page
        except Error as error:
            raise CannotLook(f"Chromium could not print: {error.message.splitlines()[0]}") from error
        finally:
            context.close()


@contextmanager
def printing() -> Iterator[Printer]:
    """A printer. All that it started is ended with it. Raises CannotLook where there is no Chromium.

    ModuleNotFoundError says that the extra `pdf` is not installed.
    """
    from playwright.sync_api import Error, sync_playwright

    chromium = find_chromium()
    if chromium is None:
        raise CannotLook("no Chromium was found: install chromium, or name one in ASRUN_CHROMIUM")
    # Chromium's own sandbox refuses to run as root.
    unboxed = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
    with (
        tempfile.TemporaryDirectory(prefix="asrun-pdf-", ignore_cleanup_errors=True) as folder,
        sync_playwright() as started,
    ):
        try:
            browser = started.chromium.launch(executable_path=chromium, args=[*unboxed, *_FLAGS])
        except Error as error:
            raise CannotLook(f"{chromium} could not be started: {error.message.splitlines()[0]}") from error
        try:
            yield Printer(browser, Path(folder))
        finally:
            browser.close()


def _finished(pdf: bytes) -> bytes:
    """The PDF without the moment at which it was made and with the cells of its tables numbered from one, so that equal
    pages make equal files, and with its outline put right. Nothing in it moves: a PDF knows where each of its parts
    begins."""
    # Chromium numbers them by what it happened to do before. Their order stays: names may be kept sorted.
    numbers = {number: place for place, number in enumerate(sorted(set(_NODE.findall(pdf))), start=1)}
    pdf = _NODE.sub(lambda found: b"(node%08d)" % numbers[found[1]], pdf)
    return _TITLE.sub(_once, _DATE.sub(rb"\g<1>" + _NO_DATE, pdf))


def _once(found: re.Match[bytes]) -> bytes:
    """A title of the outline, once: that of a heading which was moved to the next page Chromium writes twice."""
    begin, text, end = found.groups()
    half = len(text) // 2
    is_twice = half >= _SHORTEST and text == text[:half] * 2
    return begin + text[:half] + end + b" " * half if is_twice else found[0]
