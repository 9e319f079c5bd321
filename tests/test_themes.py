"""Themes: text that can be read, bars that can be seen, lanes that can be told apart by every eye."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path

import pytest

Colour = tuple[float, float, float]
"""Linear red, green and blue, from 0 to 1."""

THEMES = Path("templates/themes")
LANES = [f"lane-{number}" for number in range(9)]
CODE = ["keyword", "constant", "string", "escape", "number", "comment", "name", "decorator", "builtin"]

# Machado, Oliveira and Fernandes (2009): what eyes see that lack one of the three kinds of cones, on linear colours.
EYES: Mapping[str, Sequence[Colour]] = {
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def tokens(theme: str, selector: str = "") -> dict[str, str]:
    """The colours of a theme by name, with those of the light one that it leaves as they are.

    With a selector, those that rules with it set on top of the light ones.
    """
    found: dict[str, str] = {}
    for name in dict.fromkeys(("light", theme)):
        css = re.sub(r"/\*.*?\*/", "", (THEMES / f"{name}.css").read_text(encoding="utf-8"), flags=re.DOTALL)
        for rule, body in re.findall(r"([^{}]+)\{([^{}]*)\}", css):
            parts = [part.strip() for part in rule.split(",")]
            wanted = selector if name == theme and selector else ":root"
            if any(part.startswith(wanted) for part in parts) and parts != [":root.asrun-paper"]:
                found |= dict(re.findall(r"--([\w-]+): ([^;]+);", body))
    return found


def linear(colour: str) -> Colour:
    """A colour such as `#0072b2` or `#fff`."""
    digits = colour.removeprefix("#")
    pairs = [digit * 2 for digit in digits] if len(digits) == 3 else [digits[at : at + 2] for at in (0, 2, 4)]
    red, green, blue = (int(pair, 16) / 255 for pair in pairs)
    return _linear(red), _linear(green), _linear(blue)


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def mixed(one: str, share: float, other: str) -> Colour:
    """What `color-mix(in srgb, one share, other)` gives."""
    codes = [
        [int(colour.removeprefix("#")[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        for colour in map(_long, (one, other))
    ]
    red, green, blue = (share * a + (1 - share) * b for a, b in zip(*codes, strict=True))
    return _linear(red), _linear(green), _linear(blue)


def _long(colour: str) -> str:
    digits = colour.removeprefix("#")
    return "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits


def contrast(one: Colour, other: Colour) -> float:
    """The contrast of two colours by WCAG, from 1 to 21."""
    less, more = sorted(0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in (one, other))
    return (more + 0.05) / (less + 0.05)


def difference(one: Colour, other: Colour) -> float:
    """How far apart two colours are in OKLab for the eye that tells them apart least; 0.02 can just be noticed."""
    return min(math.dist(_lab(_seen(one, eye)), _lab(_seen(other, eye))) for eye in EYES.values())


def _seen(colour: Colour, eye: Sequence[Colour]) -> Colour:
    red, green, blue = (sum(a * b for a, b in zip(row, colour, strict=True)) for row in eye)
    return red, green, blue


def _lab(colour: Colour) -> Colour:
    red, green, blue = (min(max(part, 0), 1) for part in colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def too_low(pairs: Mapping[str, tuple[Colour, Colour]], least: float) -> dict[str, float]:
    """Those pairs whose contrast is less than that."""
    found = {name: round(contrast(*pair), 2) for name, pair in pairs.items()}
    return {name: value for name, value in found.items() if value < least}


@pytest.mark.parametrize(("theme", "least"), [("light", 4.5), ("dark", 4.5), ("contrast", 7.0)])
def test_text_can_be_read(theme: str, least: float) -> None:
    """All text reaches 4.5:1 on every surface that it stands on, and 7:1 in high contrast."""
    own = tokens(theme)
    text_on = {
        "paper": ["ink", "soft", "accent", "good", "bad", *LANES],
        "opening": ["opening-ink", "opening-soft"],
        "screen": [
            "screen-ink",
            "screen-soft",
            "screen-err",
            "screen-good",
            "screen-bad",
            *(f"ansi-{n}" for n in range(16)),
        ],
        "code": ["code-ink", "number", "soft", "good", "bad", *(f"code-{name}" for name in CODE)],
        "track": ["soft"],
    }
    pairs = {
        f"{text} on {surface}": (linear(own[text]), linear(own[surface]))
        for surface, texts in text_on.items()
        for text in texts
    }
    pairs |= {f"on {lane}": (linear(own["on-lane"]), linear(own[lane])) for lane in LANES}
    assert too_low(pairs, least) == {}


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_code_can_be_read_where_it_is_marked(theme: str) -> None:
    """Also on a step, on a line at which a lane stands and on what a diff marks, code reaches 4.5:1."""
    own = tokens(theme)
    surfaces = {name: linear(own[name]) for name in ("step", "add", "add-word", "del", "del-word")}
    surfaces |= {f"marked {lane}": mixed(own[lane], 0.15, own["code"]) for lane in LANES}
    texts = ["code-ink", *(f"code-{name}" for name in CODE)]
    pairs = {f"{text} on {name}": (linear(own[text]), place) for text in texts for name, place in surfaces.items()}
    lines = {name: place for name, place in surfaces.items() if not name.endswith("word")}
    pairs |= {f"number on {name}": (linear(own["number"]), place) for name, place in lines.items()}
    assert too_low(pairs, 4.5) == {}


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_bars_and_marks_can_be_seen(theme: str) -> None:
    """Bars, edges and marks reach 3:1 on what they are drawn on, and words within a bar 4.5:1."""
    own = tokens(theme)
    pairs = {name: (linear(own[name]), linear(own["paper"])) for name in ("bar", "head", "accent", *LANES)}
    pairs |= {f"edge of {lane}": (mixed(own[lane], 0.75, own["paper"]), linear(own["paper"])) for lane in LANES}
    pairs["step"] = linear(own["step-edge"]), linear(own["step"])
    assert too_low(pairs, 3) == {}
    words = {lane: (mixed(own[lane], 0.6, own["ink"]), mixed(own[lane], 0.16, own["paper"])) for lane in LANES}
    assert too_low(words, 4.5) == {}


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_lanes_can_be_told_apart_by_every_eye(theme: str) -> None:
    """With each kind of colour blindness any two lanes differ noticeably, and the first four by far, from paper too."""
    own = {name: linear(colour) for name, colour in tokens(theme).items() if name in [*LANES, "paper"]}
    apart = {pair: difference(own[pair[0]], own[pair[1]]) for pair in combinations(LANES, 2)}
    assert {pair: value for pair, value in apart.items() if value < 0.045} == {}
    first = {pair: value for pair, value in apart.items() if set(pair) <= set(LANES[1:5]) and value < 0.08}
    assert first == {}
    assert min(difference(own[lane], own["paper"]) for lane in LANES) > 0.25


def test_what_is_printed_has_colours_of_lanes_for_its_dark_screen() -> None:
    """The dots beside output reach 3:1 on the screen, in every theme."""
    lanes = tokens("dark", ".terminal")
    for theme in ("light", "dark", "contrast"):
        screen = linear(tokens(theme)["screen"])
        assert too_low({lane: (linear(lanes[lane]), screen) for lane in LANES}, 3) == {}


def test_colours_that_look_alike_are_found() -> None:
    """The check itself sees red and green as one where an eye does."""
    assert (
        difference(linear("#b04030"), linear("#6f6a20"))
        < 0.06
        < math.dist(_lab(linear("#b04030")), _lab(linear("#6f6a20")))
    )
