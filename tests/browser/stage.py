"""A deck on stage, as a presenter has it: a clicker, a keyboard, and eyes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Dialog, Locator

# What can be seen of an element's text: not what waits for its moment, and not what is for screen readers alone.
_SEE = """
const see = (element) => {
  const style = getComputedStyle(element);
  if (style.display === "none" || style.visibility !== "visible" || style.opacity === "0") return "";
  if (style.overflow === "hidden" && element.offsetWidth <= 1) return "";
  const read = (node) => (node instanceof Text ? node.data : node instanceof Element ? see(node) : "");
  return [...element.childNodes].map(read).join("");
};
"""


Open = Callable[..., "Stage"]
"""Opens a deck: `open_deck(file, query, clock=True, **options)`, with the options of a browser's context."""


class Stage:
    """A page with a deck. `complaints` gathers what must never be: console messages, requests, errors, dialogs."""

    def __init__(
        self, context: BrowserContext, file: Path, query: str = "", *, clock: bool = False, scripts: bool = True
    ) -> None:
        self.complaints: list[str] = []
        self._address = file.as_uri()
        context.on("console", lambda message: self.complaints.append(f"console {message.type}: {message.text}"))
        context.on("weberror", lambda error: self.complaints.append(f"error: {error.error}"))
        context.on("dialog", self._dismiss)
        context.on("request", lambda request: self._requested(request.url))
        context.set_default_timeout(10_000)
        self.page = context.new_page()
        if clock:
            self.page.clock.install(time=0)
        self.page.goto(self._address + query)
        if scripts:
            self.page.wait_for_selector("html.asrun-ready", state="attached")
        if clock:
            self.page.clock.pause_at(3_600_000)

    def _dismiss(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _requested(self, url: str) -> None:
        if url.split("?")[0].split("#")[0] != self._address and url not in ("about:blank", "data:,"):
            self.complaints.append(f"request: {url[:200]}")

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def next(self) -> None:
        """What the right button of a clicker does."""
        self.press("PageDown")

    def back(self) -> None:
        """What the left button of a clicker does."""
        self.press("PageUp")

    def pass_time(self, seconds: float) -> None:
        """Let time pass on the page's clock, which stands still otherwise."""
        self.page.clock.run_for(round(seconds * 1000))

    def go(self, title: str) -> Locator:
        """Jump to the start of the first slide with this title."""
        found = self.page.evaluate(
            """(title) => {
              const slides = Reveal.getSlides();
              const slide = slides.find((slide) => slide.querySelector("h1, h2")?.textContent.trim() === title);
              if (!slide) return false;
              const { h, v } = Reveal.getIndices(slide);
              Reveal.slide(h, v, -1);
              return true;
            }""",
            title,
        )
        assert found, f"no slide has the title {title!r}"
        return self.current

    def go_to(self, index: int, fragment: int = -1) -> Locator:
        """Jump to a slide by its number from 0, and to one of its fragments: -1 is the start, a high number the end."""
        self.page.evaluate("([index, fragment]) => Reveal.slide(index, 0, fragment)", [index, fragment])
        return self.current

    @property
    def count(self) -> int:
        """How many slides there are."""
        return int(self.page.evaluate("Reveal.getTotalSlides()"))

    @property
    def current(self) -> Locator:
        """The slide that is shown."""
        return self.page.locator(".slides > section.present")

    @property
    def title(self) -> str:
        """The title of the slide that is shown."""
        return (self.current.locator("h1, h2").first.text_content() or "").strip()

    @property
    def step(self) -> tuple[int, int]:
        """The number of the slide that is shown, from 0, and how many of its fragments are visible."""
        index, visible = self.page.evaluate(
            "[Reveal.getIndices().h, Reveal.getCurrentSlide().querySelectorAll('.fragment.visible').length]"
        )
        return index, visible

    @property
    def state(self) -> str | None:
        """The state of the replay on the slide that is shown."""
        return self.current.locator(".replay").get_attribute("data-state")

    @property
    def clocks(self) -> list[str]:
        """What the clocks of the slide show."""
        return self.current.locator(".clock").all_text_contents()

    def lines(self, panel: int = 0) -> list[str]:
        """The lines of output that can be seen, without their times. `panel` counts from 0, for races."""
        lines: list[str] = (
            self.current.locator(".terminal")
            .nth(panel)
            .evaluate(
                f"""(panel) => {{
              {_SEE}
              const isSeen = (line) => getComputedStyle(line).opacity !== "0";
              return [...panel.querySelectorAll(".line")].filter(isSeen).map((line) => see(line.querySelector(".tx")));
            }}"""
            )
        )
        return [line for line in lines if line.strip()]

    def visible_text(self, locator: Locator) -> str:
        """What can be seen of the text of an element."""
        return str(locator.evaluate(f"(element) => {{ {_SEE} return see(element); }}"))


def steps_of(stage: Stage) -> list[tuple[int, int]]:
    """Every step that a deck should have, from its markup: each slide at its start and after each fragment."""
    counts: list[Any] = stage.page.evaluate("Reveal.getSlides().map((s) => s.querySelectorAll('.fragment').length)")
    return [(index, visible) for index, count in enumerate(counts) for visible in range(count + 1)]
