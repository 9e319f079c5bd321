"""Prose, by the text cases in cases/render/prose.txt: Markdown, what is printed (with escapes), and the HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from asrun.render.mistakes import SlideError
from asrun.render.prose import Prose
from asrun.view import RunView
from tests import making

CASES = Path(__file__).parent / "cases" / "render" / "prose.txt"


def read_cases(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The title of each case, and its blocks by name."""
    for part in re.split(r"^#### ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title, _, rest = part.partition("\n")
        blocks = re.split(r"^---- (.*)\n", rest, flags=re.MULTILINE)[1:]
        yield title, dict(zip(blocks[::2], blocks[1::2], strict=True))


def unescape(text: str) -> str:
    """The text with escapes such as \\x1b and \\u202e taken for what they mean."""
    return re.sub(r"\\[xu]([0-9a-f]{4}|[0-9a-f]{2})", lambda match: chr(int(match[1], 16)), text)


@pytest.mark.parametrize(("title", "blocks"), [pytest.param(*case, id=case[0]) for case in read_cases(CASES)])
def test_prose_becomes_html(title: str, blocks: dict[str, str], tmp_path: Path) -> None:
    """Prose becomes the HTML that its case says, whatever its values are, or a mistake."""
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "dot one.svg").write_text("<svg/>")
    (folder / "a.pdf").write_text("")
    recording = making.recording("run", lines=[(0.5, unescape(blocks.get("printed", "")).removesuffix("\n"))])
    view = RunView(recording)
    # The output without its newline, as a case shows it.
    names = {"run": _Trimmed(view)}
    prose = Prose(names, folder, tmp_path)
    try:
        made = str(prose.block(unescape(blocks["prose"])))
    except SlideError as error:
        made = f"error: {error}\n"
    assert made.replace("\xa0", " ") == unescape(blocks["expected"])


class _Trimmed:
    def __init__(self, view: RunView) -> None:
        self._view = view
        self.output = view.output.removesuffix("\n")

    def __getattr__(self, name: str) -> object:
        return getattr(self._view, name)


def test_a_quantity_is_not_broken() -> None:
    """Between a number and its unit stands a no-break space; other values keep their blanks."""
    prose = Prose({"a": "1.00 s", "b": "1 min 30 s", "c": "2 of them"}, Path(), Path())
    assert prose.line("{{ a }}|{{ b }}|{{ c }}") == "1.00\xa0s|1\xa0min\xa030\xa0s|2 of them"


@pytest.mark.parametrize("text", ["a_b_c", "Two chores, overlapped", "1 + 4 = 5?", "it's — a 'title'", "a/b: c; d"])
def test_the_short_way_for_plain_titles_is_markdown_too(text: str) -> None:
    """A title without markup is the same by the short way as by the parser."""
    prose = Prose({}, Path(), Path())
    assert prose.line(text) == prose.line(text + "{{ '' }}")


def test_a_mistake_says_which_key_it_is_in() -> None:
    """The error carries the key that the text was given with."""
    with pytest.raises(SlideError) as caught:
        Prose({}, Path(), Path()).line("{{ nothing }}", "caption")
    assert caught.value.key == "caption"
