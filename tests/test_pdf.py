"""Decks and handouts as PDF, printed by the system's Chromium from approved recordings."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from pypdf import PdfReader

from asrun.chromium import VARIABLE
from asrun.pdf import _finished

pytestmark = pytest.mark.browser

FILES = {
    "scenarios/hello.yaml": """
        title: Hello
        code: |
          print("one")
          print("two")
        slides:
          - code: main
            title: In steps
            steps: [1, 2]
          - replay: main
            title: What it does
    """,
    "scenarios/talk.deck.yaml": """
        title: A talk
        sections:
          - title: A part
            scenarios: [hello]
    """,
}


def asrun(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "asrun", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=110,
        env=os.environ | variables,
    )


def write(root: Path, files: dict[str, str]) -> None:
    """Write these files of a project."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip())


def titles(entries: list[Any], depth: int = 0) -> Iterator[tuple[int, str]]:
    """The titles of an outline, with how deep each stands."""
    for entry in entries:
        if isinstance(entry, list):
            yield from titles(entry, depth + 1)
        else:
            yield depth, entry.title


def is_tagged(pdf: PdfReader) -> bool:
    """Whether a PDF says what each of its parts is, and in which language it is written."""
    root: Any = pdf.trailer["/Root"]
    return bool(root["/MarkInfo"]["/Marked"]) and "/StructTreeRoot" in root and root["/Lang"] == "en"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that was built, and whose deck and handout were printed."""
    root = tmp_path_factory.mktemp("printed")
    write(root, FILES)
    assert asrun(root, "build").returncode == 0
    printed = asrun(root, "pdf")
    assert printed.returncode == 0, printed.stderr
    assert printed.stderr.splitlines() == ["slides/talk.pdf", "slides/talk-handout.pdf"]
    return root


def test_a_deck_has_a_page_for_each_slide(project: Path) -> None:
    """Each slide is a page of its own size, tagged and in the outline, with the end of its replay and its times."""
    pdf = PdfReader(project / "slides/talk.pdf")
    assert [(round(page.mediabox.width), round(page.mediabox.height)) for page in pdf.pages] == [(960, 540)] * 4
    assert is_tagged(pdf)
    assert list(titles(pdf.outline)) == [(0, "A talk"), (1, "A part"), (1, "In steps"), (1, "What it does")]
    texts = [re.sub(r"\s+", " ", page.extract_text()) for page in pdf.pages]
    assert all(texts)
    assert re.search(r"\d m?s ?one.*\d m?s ?two", texts[3])


def test_a_handout_is_printed_on_paper(project: Path) -> None:
    """The handout is on A4, tagged, with sections, scenarios and slides in its outline."""
    pdf = PdfReader(project / "slides/talk-handout.pdf")
    assert (round(pdf.pages[0].mediabox.width), round(pdf.pages[0].mediabox.height)) == (596, 843)
    assert is_tagged(pdf)
    outline = [title for _, title in titles(pdf.outline)]
    assert outline[:5] == ["A talk", "Contents", "1 A part", "Hello", "In steps"]


def test_nothing_is_left_behind_and_the_same_is_the_same(project: Path, tmp_path: Path) -> None:
    """The same pages are the same bytes, wherever they are written, and no other file comes with them."""
    again = asrun(project, "pdf", "talk", "--out", str(tmp_path / "out"))
    assert again.returncode == 0, again.stderr
    made = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert made == {path.name: path.read_bytes() for path in (project / "slides").glob("*.pdf")}
    assert len(made) == 2
    assert not any(b"file:" in content for content in made.values())


def test_steps_have_pages_of_their_own(project: Path, tmp_path: Path) -> None:
    """With --steps a code has a page for each press of the clicker, and one place in the outline; or Letter paper."""
    printed = asrun(project, "pdf", "--steps", "--paper", "letter", "--out", str(tmp_path))
    assert printed.returncode == 0, printed.stderr
    pdf = PdfReader(tmp_path / "talk.pdf")
    assert len(pdf.pages) == 6
    assert [title for _, title in titles(pdf.outline)] == ["A talk", "A part", "In steps", "What it does"]
    paper = PdfReader(tmp_path / "talk-handout.pdf").pages[0].mediabox
    assert (round(paper.width), round(paper.height)) == (612, 792)


def test_stale_recordings_are_not_printed(tmp_path: Path) -> None:
    """What was not built is not printed: nothing is run, and the message says what would."""
    write(tmp_path, FILES)
    printed = asrun(tmp_path, "pdf")
    assert printed.returncode == 1
    assert "recordings are stale; `asrun build` takes them" in printed.stderr
    assert "hello.main" in printed.stderr
    assert not (tmp_path / "slides").exists()


def test_what_is_missing_is_said(project: Path) -> None:
    """Without a Chromium, and for a deck that is not there, one line says so, and what was printed before stays."""
    before = (project / "slides/talk.pdf").read_bytes()
    without = asrun(project, "pdf", **{VARIABLE: ""})
    assert without.returncode == 1
    assert without.stderr.startswith("no Chromium was found: install chromium")
    unknown = asrun(project, "pdf", "tlak")
    assert unknown.returncode == 2
    assert "there is no deck 'tlak'" in unknown.stderr
    assert "did you mean talk?" in unknown.stderr
    assert (project / "slides/talk.pdf").read_bytes() == before


def test_without_the_extra_it_is_named(project: Path) -> None:
    """Without Playwright the message says which extra brings it."""
    hidden = (
        "import sys; sys.modules['playwright.sync_api'] = None; from asrun.cli import main; sys.exit(main(['pdf']))"
    )
    run = subprocess.run([sys.executable, "-c", hidden], cwd=project, capture_output=True, text=True, timeout=60)
    assert run.returncode == 2
    assert "pip install 'asrun[pdf]'" in run.stderr


def test_cells_have_the_same_numbers_whatever_was_numbered_before() -> None:
    """Where Chromium counted on from another number, the file is the same, and what names a cell still does."""
    cells = b"/ID (node%08d) /ID (node%08d) /Headers [(node%08d)]"
    assert _finished(cells % (84, 99, 84)) == _finished(cells % (83, 90, 83)) == cells % (1, 2, 1)


def test_a_title_that_was_written_twice_is_written_once() -> None:
    """A doubled title of the outline is halved without moving what follows; one that only looks so is left alone."""
    assert _finished(b"/Title (WaitingWaiting)\n/Next") == b"/Title (Waiting)       \n/Next"
    assert _finished(b"/Title <FEFF0041004200410042>\n") == b"/Title <FEFF00410042>        \n"
    for text in (b"/Title (Waiting)", b"/Title (soso)", b"/CreationDate (D:19700101)"):
        assert _finished(text) == text
    assert _finished(b"/ModDate (D:20261125235003+00'00')") == b"/ModDate (D:20000101000000+00'00')"
