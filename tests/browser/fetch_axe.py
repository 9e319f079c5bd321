"""axe-core, the accessibility checker, for the browser tests: fetched by name through npm, pinned, never committed."""

from __future__ import annotations

from pathlib import Path

from hatch_build import NpmFiles, fetch

AXE = NpmFiles("axe-core@4.14.1", {"axe.min.js": "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"})


def axe_source() -> str:
    """The script to evaluate in a page before `axe.run()`; downloaded on the first call.

    Raises FetchError if npm is missing or fails, or if the file is not the pinned one.
    """
    folder = Path(__file__).parent / "axe"
    fetch(AXE, folder)
    return (folder / "axe.min.js").read_text(encoding="utf-8")
