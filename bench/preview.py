"""How long after a save of prose the browser shows it: `python bench/preview.py`, in a clone that was built.

A copy of the clone's project is served to Chromium, and a sentence in it is saved again and again, as editors save: to
a new file that takes the place of the old one. Measured is from just before the rename to the frame after the one in
which the sentence was put into the page, both by the system's clock.
"""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from asrun.chromium import find_chromium

ROOT = Path(__file__).parent.parent
SAVES = 20
SCENARIO = "title: A slide that is saved\nslides:\n  - body: {}\n"

_WATCH = """
(marker) => new Promise((done) => {
  const look = () => {
    if (!document.querySelector(".reveal .present")?.textContent.includes(marker)) return false;
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.timeOrigin + performance.now())));
    return true;
  };
  const observer = new MutationObserver(() => look() && observer.disconnect());
  observer.observe(document.querySelector(".reveal"), { subtree: true, childList: true, characterData: true });
})
"""


def main() -> int:
    """Serve, save, and print the figures in milliseconds."""
    chromium = find_chromium()
    if chromium is None:
        print("there is no Chromium", file=sys.stderr)  # noqa: T201
        return 1
    with tempfile.TemporaryDirectory(prefix="asrun-bench-") as name:
        project = Path(name)
        for folder in ("scenarios", "slides"):
            shutil.copytree(ROOT / folder, project / folder)
        (project / "scenarios" / "saved.yaml").write_text(SCENARIO.format("Saved."), encoding="utf-8")
        deck = project / "scenarios" / "concurrency.deck.yaml"
        text = deck.read_text(encoding="utf-8")
        deck.write_text(text.replace("scenarios: [", "scenarios: [saved, ", 1), encoding="utf-8")
        argv = [sys.executable, "-m", "asrun", "--project", name, "serve", "--port", "0"]
        with subprocess.Popen(argv, stderr=subprocess.PIPE, text=True) as server, sync_playwright() as playwright:
            assert server.stderr is not None
            address = re.search(r"http://\S+/", server.stderr.readline())
            assert address is not None
            arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
            with playwright.chromium.launch(executable_path=chromium, args=arguments) as browser:
                page = browser.new_page(viewport={"width": 1280, "height": 720})
                figures = measure(page, f"{address[0]}concurrency.html#/saved-1", project / "scenarios" / "saved.yaml")
            server.terminate()
    ordered = sorted(figures)
    print(  # noqa: T201
        f"{len(figures)} saves, shown after: median {statistics.median(figures):.0f} ms, "
        f"least {ordered[0]:.0f} ms, most {ordered[-1]:.0f} ms"
    )
    return 0


def measure(page: Page, address: str, file: Path) -> list[float]:
    """Milliseconds from each save of a sentence on a slide to its being seen."""
    page.goto(address)
    page.wait_for_selector("html.asrun-ready", state="attached")
    page.wait_for_selector("#saved-1", state="attached", timeout=300_000)
    page.wait_for_selector("html.asrun-ready", state="attached")
    page.evaluate("location.hash = '#/saved-1'")
    time.sleep(5)
    figures = []
    for number in range(SAVES + 1):
        marker = f"Saved for the {number}th time."
        fresh = file.with_suffix(".new")
        fresh.write_text(SCENARIO.format(marker), encoding="utf-8")
        watch = page.evaluate_handle(f"(marker) => {{ window.seen = ({_WATCH})(marker) }}", marker)
        watch.dispose()
        began = time.time() * 1000
        fresh.replace(file)
        patience = "new Promise((_, fail) => setTimeout(() => fail(new Error('it was not shown')), 30_000))"
        figures.append(page.evaluate(f"() => Promise.race([window.seen, {patience}])") - began)
        time.sleep(0.3)
    return figures[1:]  # the first fills the caches


if __name__ == "__main__":
    sys.exit(main())
