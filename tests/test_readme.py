"""The README shows pictures that are there, small, and told in words."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]*)\)")


def test_pictures_are_there_small_and_told() -> None:
    """Each picture of the README is a PNG below 120 kB with a text in its place, and none lies about unused."""
    shown = PICTURE.findall((ROOT / "README.md").read_text())
    assert len(shown) >= 3
    for words, path in shown:
        content = (ROOT / path).read_bytes()
        assert content.startswith(b"\x89PNG")
        assert len(content) < 120_000, path
        assert len(words) > 20
    assert {path for _, path in shown} == {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "docs/pictures").glob("*.png")
    }


def test_links_lead_to_files() -> None:
    """Each link of the README to a file of the repository leads to one."""
    links = re.findall(r"(?<!!)\[[^\]]*\]\(([^):#]+)\)", (ROOT / "README.md").read_text())
    assert len(links) > 4
    assert [link for link in links if not (ROOT / link).exists()] == []
