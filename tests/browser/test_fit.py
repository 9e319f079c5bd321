"""Chromium's measures: what does not fit on a slide is found, with its place, and what fits is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from asrun.overflow import CannotLook, Overflow, find_overflows, overflows_of
from tests.browser.sample import render

LINE = "<p>A line of prose</p>"

UNFIT = {
    "below": LINE * 20,
    "lines": "<div style='position:absolute;top:600px;font-size:28px;line-height:40px'>"
    "<p>first<p>second<p>third<p>fourth<p>fifth</div>",
    "right": "<p style='white-space:nowrap'>" + "wide " * 60 + "</p>",
    "left": "<p style='margin-left:-100px'>left</p>",
    "above": "<p style='position:absolute;top:-20px'>above</p>",
    "picture": "<svg width=1300 height=100></svg>",
    "box": "<div style='flex:none;height:800px;background:#eee'></div>",
    "cut": f"<div style='height:90px;overflow:hidden'>{LINE * 4}</div>",
    "cut-svg": "<svg width=300 height=100><text x=100 y=50 font-size=20>A label that is too long for it</text></svg>",
    "panel": f"<div style='height:90px;background:#eee'>{LINE * 4}</div>",
    "footer": "<p style='position:absolute;bottom:10px;right:60px'>over the number</p>",
    "overlap": "<p>One text</p><p style='margin-top:-30px'>and another</p>",
    "on-a-panel": "<div style='background:#eee;padding:20px'><p>panel</p></div>"
    "<p style='margin-top:-14px'>half on it</p>",
    "small-code": "<pre class=code style='--fs:17px;--lh:20px;--digits:1'><code>small</code></pre>",
    "small-text": "<p>large<br><small style='font-size:11px'>small print</small></p>",
    "small-svg": "<svg width=300 height=100 viewBox='0 0 600 200'><text x=10 y=50 font-size=20>label</text></svg>",
    "fragment": f"<div class=fragment>{LINE * 20}</div>",
}
"""Slides in the author's own HTML, each with one fault."""

FIT = {
    "sixteen-lines": "<div class=prose>" + "<p style='margin:0;line-height:36px'>line</p>" * 16 + "</div>",
    "clipped-on-purpose": f"<div data-clip style='height:90px;overflow:hidden'>{LINE * 30}</div>",
    "scrolled-on-purpose": f"<div data-clip style='height:90px;overflow:auto'>{LINE * 30}</div>",
    "for-readers": f"<div style='position:absolute;width:1px;height:1px;overflow:hidden'>{LINE * 40}</div><p>seen</p>",
    "not-shown": f"<div style='display:none'>{LINE * 40}</div><div style='visibility:hidden'>{LINE * 40}</div>",
    "blank-room": "<div style='height:900px'></div>",
    "blanks-at-the-end": "<pre class=code style='--fs:20px;--lh:24px'><code><span class=tx>"
    f"x{' ' * 300}</span></code></pre>",
    "tight": f"<div style='line-height:1;overflow:hidden;background:#eee'>{LINE * 3}</div>",
    "picture": "<svg width=300 height=100 viewBox='0 0 300 100'><text x=10 y=50 font-size=20>label</text></svg>",
    "shortened": "<p style='width:200px;white-space:nowrap;overflow:hidden;text-overflow:ellipsis'>"
    + "long " * 30
    + "</p>",
    "rule-through": "<p style='height:1px'>struck</p><div style='height:3px;background:#000'></div>",
    "from-edge-to-edge": "<div style='position:absolute;inset:0;background:#eef'></div>",
}
"""Slides that look as if they had one, and have none."""


@pytest.fixture(scope="module")
def found(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Overflow]]:
    """What is found in a deck of all these slides, by slide."""
    root = tmp_path_factory.mktemp("fit")
    slides = {
        **{f"unfit_{name}": html for name, html in UNFIT.items()},
        **{f"fit_{name}": h for name, h in FIT.items()},
    }
    files = {f"templates/slides/{name.replace('-', '_')}.html.j2": html for name, html in slides.items()}
    written = [f"  - template: {name.replace('-', '_')}\n    title: {name}\n" for name in slides]
    files["scenarios/one.yaml"] = "title: One\ncode: pass\nslides:\n" + "".join(written)
    overflows = find_overflows(render(root, files, {}), chromium)
    for overflow in overflows:
        line = 4 + 2 * list(slides).index(overflow.slide)
        assert overflow.place == f"scenarios/one.yaml:{line}:5"
    return {name: [overflow for overflow in overflows if overflow.slide == name] for name in slides}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("below", "lines ("),
        ("right", "1 line ("),
        ("left", "1 line (40 px) left of the slide's edge at 1280 × 720, at “left”"),
        ("above", "1 line ("),
        ("picture", "1 picture (80 px) right of the slide's edge at 1280 × 720"),
        ("box", "1 box ("),
        ("cut", "lines cut off ("),
        ("cut-svg", "1 line cut off ("),
        ("panel", "lines ("),
        ("footer", "1 line over the footer, at “over the number”"),
        ("overlap", "1 line over other text or a panel, at “and another”"),
        ("on-a-panel", "1 line over other text or a panel, at “half on it”"),
        ("small-code", "1 line of code at 17 px, and 20 px is the least, at “small”"),
        ("small-text", "1 line of text at 11 px, and 14 px is the least, at “largesmall print”"),
        ("small-svg", "1 line of text at 10 px, and 14 px is the least, at “label”"),
        ("fragment", "lines ("),
    ],
)
def test_what_does_not_fit_is_found(found: dict[str, list[Overflow]], name: str, message: str) -> None:
    """A slide with a fault is found, with that fault and no other."""
    (overflow,) = found[f"unfit_{name}"]
    assert message in overflow.message
    ends = {"below": "below the slide's edge", "right": "right of the slide's edge", "above": "above the slide's edge"}
    ends |= {"box": ends["below"], "fragment": ends["below"], "panel": "below the panel around"}
    assert ends.get(name, "") in overflow.message


@pytest.mark.parametrize("name", FIT)
def test_what_fits_is_left_alone(found: dict[str, list[Overflow]], name: str) -> None:
    """A slide without a fault is not accused of one."""
    assert found[f"fit_{name}"] == []


def test_measures_are_those_of_the_slide(found: dict[str, list[Overflow]]) -> None:
    """How many lines pass the edge, and by how much, is what the layout says: letters of 28 px in lines of 40 px."""
    (overflow,) = found["unfit_lines"]
    assert overflow.message == "2 lines (74 px) below the slide's edge at 1280 × 720, at “fourth”"


def test_sample_deck_fits(chromium: str, deck: Path, tmp_path: Path) -> None:
    """Every kind of slide, with whatever a program printed, fits; a second look starts no Chromium."""
    html = deck.read_text(encoding="utf-8")
    assert overflows_of(html, tmp_path, chromium) == ()
    (verdict,) = tmp_path.iterdir()
    verdict.write_text('[{"place": "x:1:1", "slide": "kept", "message": "from the folder"}]')
    assert overflows_of(html, tmp_path, chromium) == (Overflow("x:1:1", "kept", "from the folder"),)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (("Reveal.initialize(", "Reveal.initialise("), "no measure came back|did not start|not a function|could not"),
        (("<script>", "<script type=none>"), "reveal.js did not start"),
        (("script-src", "script-sr"), "no measure came back"),
    ],
    ids=["fault in its script", "no scripts", "scripts refused"],
)
def test_deck_that_does_not_start_is_not_taken_for_one_that_fits(
    chromium: str, deck: Path, spoil: tuple[str, str], reason: str
) -> None:
    """Where the deck's own script fails nobody could look, and the reason says so."""
    with pytest.raises(CannotLook, match=reason):
        find_overflows(deck.read_text(encoding="utf-8").replace(*spoil), chromium)
