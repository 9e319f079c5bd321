"""What is made of Chromium's measures: verdicts in words, kept by hash, and never taken from silence.

What Chromium really measures is tested in tests/browser.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
from pathlib import Path

import pytest

from asrun.overflow import CannotLook, Overflow, find_overflows, overflows_of

DECK = '<body><section id="one-1" data-place="scenarios/one.yaml:3:5"><h2>First</h2></section></body>'
PLACE = "scenarios/one.yaml:3:5"


def fault(kind: str, side: str = "", px: float = 0, **counts: object) -> dict[str, object]:
    """A fault as the measuring script gives it."""
    return {"kind": kind, "side": side, "px": px, "lines": 0, "pictures": 0, "boxes": 0, "text": "", **counts}


def slide(*faults: dict[str, object], title: str = "First") -> dict[str, object]:
    """A slide as the measuring script gives it."""
    return {"place": PLACE, "id": "one-1", "title": title, "faults": faults}


def stand_in(folder: Path, dom: str) -> str:
    """A program in Chromium's place that prints this, and notes that it was started."""
    (folder / "dom.html").write_text(dom)
    program = folder / "chromium"
    program.write_text(f"#!/bin/sh\necho started >>'{folder}/starts'\ncat '{folder}/dom.html'\n")
    program.chmod(0o755)
    return str(program)


def measuring(folder: Path, *slides: dict[str, object], failure: str = "") -> str:
    """A program in Chromium's place whose page holds this answer."""
    answer = json.dumps({"failure": failure} if failure else {"slides": slides})
    return stand_in(folder, f'<html><body><pre id="asrun-answer">{html.escape(answer)}</pre></body></html>')


def starts(folder: Path) -> int:
    """How often the stand-in was started."""
    return len((folder / "starts").read_text().splitlines())


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (
            fault("edge", "below", 111.7, lines=4, boxes=1, text="x & <y>"),
            "4 lines (112 px) below the slide's edge at 1280 × 720, at “x & <y>”",
        ),
        (
            fault("edge", "right", 3, lines=1, pictures=2),
            "1 line and 2 pictures (3 px) right of the slide's edge at 1280 × 720",
        ),
        (fault("edge", "above", 20, boxes=1), "1 box (20 px) above the slide's edge at 1280 × 720"),
        (fault("cut", "below", 9, lines=2), "2 lines cut off (9 px below what is visible)"),
        (fault("panel", "right", 9, lines=2), "2 lines (9 px) right of the panel around"),
        (fault("footer", px=9, lines=1), "1 line over the footer"),
        (fault("overlap", px=9, lines=1), "1 line over other text or a panel"),
        (fault("small code", px=17.5, lines=30), "30 lines of code at 17.5 px, and 20 px is the least"),
        (fault("small text", px=9, lines=1, text="tiny"), "1 line of text at 9 px, and 14 px is the least, at “tiny”"),
    ],
)
def test_fault_is_told_in_words(tmp_path: Path, found: dict[str, object], message: str) -> None:
    """Every kind of fault is told with its place, its slide and its measure."""
    assert find_overflows(DECK, measuring(tmp_path, slide(found))) == (Overflow(PLACE, "First", message),)


def test_one_cause_is_told_once(tmp_path: Path) -> None:
    """What leaves the slide also lies over the footer: only the first is told. Small type is another thing."""
    faults = [fault("overlap", lines=1), fault("footer", lines=1), fault("panel", "below", 5, lines=1)]
    edge, small = fault("edge", "below", 30, lines=1), fault("small text", px=9, lines=1)
    told = [found.message[:12] for found in find_overflows(DECK, measuring(tmp_path, slide(*faults, edge, small)))]
    assert told == ["1 line (30 p", "1 line of te"]
    told = [found.message for found in find_overflows(DECK, measuring(tmp_path, slide(*faults)))]
    assert told == ["1 line over the footer"]


def test_slide_without_title_goes_by_its_id(tmp_path: Path) -> None:
    """A slide that has no title is named by its id."""
    (found,) = find_overflows(DECK, measuring(tmp_path, slide(fault("footer", lines=1), title="")))
    assert found.slide == "one-1"


@pytest.mark.parametrize(
    ("dom", "reason"),
    [
        ("<html><body>It went wrong</body></html>", "no measure came back"),
        ('<pre id="asrun-answer"></pre>', "no measure came back"),
        ('<pre id="asrun-answer">{"slides": [</pre>', "cannot be read"),
        ('<pre id="asrun-answer">{"slides": [{"place": 3}]}</pre>', "cannot be read"),
        (
            '<pre id="asrun-answer">{"failure": "Error: no &lt;deck&gt;"}</pre>',
            "could not be measured: Error: no <deck>",
        ),
        ('<pre id="asrun-answer">{"slides": []}</pre>', "of 1 slides 0 could be looked at"),
        ("", "showed nothing"),
    ],
)
def test_silence_is_never_a_verdict(tmp_path: Path, dom: str, reason: str) -> None:
    """What goes wrong in Chromium or in the page is told as such, never as a deck that fits; nothing is kept of it."""
    cache = tmp_path / "cache"
    with pytest.raises(CannotLook, match=reason):
        overflows_of(DECK, cache, stand_in(tmp_path, dom))
    assert not list(cache.glob("*"))


def test_without_chromium_nobody_looked(tmp_path: Path) -> None:
    """Without a Chromium it is an error to ask, also where a verdict is kept."""
    overflows_of(DECK, tmp_path / "cache", measuring(tmp_path, slide()))
    with pytest.raises(CannotLook, match="no Chromium was found"):
        overflows_of(DECK, tmp_path / "cache", None)


def test_verdict_is_kept_until_something_changes(tmp_path: Path) -> None:
    """Chromium is started once for a deck, and again when the deck or Chromium itself has changed."""
    cache = tmp_path / "a" / "cache"
    program = measuring(tmp_path, slide(fault("footer", lines=1)))
    first = overflows_of(DECK, cache, program)
    assert overflows_of(DECK, cache, program) == first
    assert len(first) == 1
    assert starts(tmp_path) == 1
    overflows_of(DECK.replace("First", "Other"), cache, program)
    assert starts(tmp_path) == 2
    os.utime(program, ns=(1, 1))
    overflows_of(DECK, cache, program)
    assert starts(tmp_path) == 3


def test_no_folder_means_no_verdict_kept(tmp_path: Path) -> None:
    """Without a folder for verdicts, Chromium is started each time."""
    program = measuring(tmp_path, slide())
    assert overflows_of(DECK, None, program) == overflows_of(DECK, None, program) == ()
    assert starts(tmp_path) == 2


def test_spoilt_verdict_is_made_again(tmp_path: Path) -> None:
    """A kept verdict that cannot be read is as good as none, and so is a folder that cannot be written."""
    cache = tmp_path / "cache"
    program = measuring(tmp_path, slide(fault("footer", lines=1)))
    first = overflows_of(DECK, cache, program)
    (kept,) = cache.iterdir()
    kept.write_text("{")
    assert overflows_of(DECK, cache, program) == first
    assert starts(tmp_path) == 2
    (tmp_path / "file").write_text("")
    assert overflows_of(DECK, tmp_path / "file" / "cache", program) == first


def test_old_verdicts_go(tmp_path: Path) -> None:
    """The folder of verdicts does not grow without end; the newest stay."""
    cache = tmp_path / "cache"
    cache.mkdir()
    for number in range(100):
        (cache / f"old{number}.json").write_text("[]")
        os.utime(cache / f"old{number}.json", (number, number))
    program = measuring(tmp_path, slide())
    overflows_of(DECK, cache, program)
    names = {path.name for path in cache.iterdir()}
    assert len(names) == 64
    assert {f"old{number}.json" for number in range(37, 100)} < names
    overflows_of(DECK, cache, program)
    assert starts(tmp_path) == 1


@pytest.mark.parametrize("policy", ["", "default-src &#39;none&#39;; script-src &#39;sha256-abc=&#39;; img-src data:"])
def test_deck_is_given_the_measuring_script(tmp_path: Path, policy: str) -> None:
    """Chromium gets a copy with the measuring script at its end and a policy that allows it; the rest is untouched."""
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">' if policy else ""
    program = tmp_path / "chromium"
    program.write_text(f'#!/bin/sh\nfor last; do :; done\ncp -r "$(dirname "${{last#file://}}")" \'{tmp_path}/copy\'\n')
    program.chmod(0o755)
    with pytest.raises(CannotLook):
        find_overflows(meta + DECK, str(program))
    copy = (tmp_path / "copy" / "deck.html").read_text()
    script = copy[copy.index("<script>") : copy.index("</script>") + len("</script>")]
    assert "postMessage" in script
    assert copy.endswith(f"{script}</body>")
    rest = copy.replace(script, "")
    if policy:
        begin = rest.index("script-src ") + len("script-src ")
        allowed, rest = rest[begin:].split(" ", 1)[0], rest[:begin] + rest[begin:].split(" ", 1)[1]
        digest = base64.b64encode(
            hashlib.sha256(script[len("<script>") : -len("</script>")].encode()).digest()
        ).decode()
        assert allowed == f"'sha256-{digest}'"
    assert rest == meta + DECK
