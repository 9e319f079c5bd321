"""Themes on real slides: text can be read on every one of them, and lanes are seen on dark and in forced colours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser import sample
from tests.browser.fetch_axe import axe_source
from tests.browser.stage import Open, Stage
from tests.test_themes import Colour, contrast

_CONTRAST = """
async (where) => {
  const options = { runOnly: ["color-contrast"], resultTypes: ["violations"] };
  // axe-core goes through the whole document, whatever it is to look at.
  const others = [...document.querySelectorAll(".slides > section:not(.present)")];
  const places = others.map((slide) => {
    const place = document.createComment("");
    slide.replaceWith(place);
    return place;
  });
  const found = await axe.run(document.querySelector(where), options);
  places.forEach((place, index) => place.replaceWith(others[index]));
  return found.violations.flatMap(({ nodes }) => nodes.map((node) => node.html.slice(0, 100)));
}
"""

_COLOURS = """
(slide) => {
  const paint = (text) => {
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const fills = (selector) => [...slide.querySelectorAll(selector)].map((one) => paint(getComputedStyle(one).fill));
  const paper = getComputedStyle(slide.querySelector(".page")).getPropertyValue("--paper");
  return [paint(paper), fills(".name"), fills(".run, .end")];
}
"""


def linear(colour: list[int]) -> Colour:
    """Red, green and blue from 0 to 255, as linear ones."""
    red, green, blue = (part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour)
    return red, green, blue


@pytest.fixture(scope="module")
def themed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The sample deck in a theme."""

    def themed(theme: str) -> Path:
        folder = tmp_path_factory.mktemp(theme)
        path = folder / "sample.html"
        path.write_text(sample.render_sample(folder / "project", theme=theme), encoding="utf-8")
        return path

    return themed


def assert_lanes_are_seen(stage: Stage) -> None:
    """The names of lanes reach 4.5:1 on the slide as it stands, and what runs 3:1."""
    paper, names, runs = stage.current.evaluate(_COLOURS)
    assert names
    assert runs
    assert min(contrast(linear(name), linear(paper)) for name in names) >= 4.5
    assert min(contrast(linear(run), linear(paper)) for run in runs) >= 3


@pytest.mark.parametrize(("theme", "every"), [("dark", 1), ("contrast", 3)])
def test_axe_can_read_every_kind_of_slide_in_every_theme(
    open_deck: Open, themed: Callable[[str], Path], theme: str, every: int
) -> None:
    """In the other themes, too, axe-core finds no text on a slide of any kind with too little contrast."""
    stage = open_deck(themed(theme), reduced_motion="reduce")
    stage.page.evaluate(axe_source())
    kinds: list[str] = stage.page.evaluate("Reveal.getSlides().map((slide) => slide.classList[0])")
    assert len(set(kinds)) > 12
    found = {}
    for kind in list(dict.fromkeys(kinds))[::every]:
        stage.go_to(kinds.index(kind), 99)
        found[stage.title] = stage.page.evaluate(_CONTRAST, ".slides > .present")
    assert {title: texts for title, texts in found.items() if texts} == {}
    stage.go("Lanes alone")
    assert_lanes_are_seen(stage)


def test_lanes_are_seen_on_dark_backgrounds(open_deck: Open) -> None:
    """On a slide that its author made dark, lanes take their lighter colours, and the panels turn dark as well."""
    stage = open_deck(reduced_motion="reduce")
    stage.page.evaluate(axe_source())
    for title in ("On a dark background", "On black"):
        stage.go(title)
        assert_lanes_are_seen(stage)
        assert stage.page.evaluate(_CONTRAST, ".slides > .present") == []


def test_lanes_are_seen_in_forced_colours(open_deck: Open) -> None:
    """In the system's own colours bars are drawn, lines that are marked have a frame, and output says whose it is."""
    stage = open_deck(forced_colors="active", clock=True)
    slide = stage.go("Code, lanes and output")
    stage.next()
    stage.pass_time(2)
    assert_lanes_are_seen(stage)
    outlines = slide.locator(".ln.marked").evaluate_all(
        "(all) => all.map((line) => getComputedStyle(line).outlineStyle)"
    )
    assert outlines == ["solid"] * 3
    assert slide.locator(".line:not(.later) .tx > .unseen").first.evaluate("(name) => name.offsetWidth") > 50
    stage.go("A race of two")
    filled = stage.current.locator(".lane .fill").first.evaluate("(fill) => getComputedStyle(fill).backgroundColor")
    assert filled == "rgb(0, 0, 0)"


def test_a_dark_deck_is_light_on_paper(open_deck: Open, themed: Callable[[str], Path]) -> None:
    """Printed, a dark deck is dark on white, its title slide too; what programs printed stays on its dark screen."""
    stage = open_deck(themed("dark"), query="?print-pdf")
    stage.page.wait_for_selector(".pdf-page")
    colours = stage.page.evaluate(
        """() => [".kind-deck .page", ".kind-body .prose", ".terminal"].map((one) => {
          const { color, backgroundColor } = getComputedStyle(document.querySelector(one));
          return [color, backgroundColor];
        })"""
    )
    assert colours[0] == ["rgb(18, 38, 58)", "rgb(255, 255, 255)"]
    assert colours[1][0] == "rgb(27, 36, 48)"
    assert colours[2][1] != "rgb(255, 255, 255)"
    assert stage.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
