"""Terminal colours as HTML: the escape sequences of ECMA-48 that set them (SGR); every other one is left out.

The sixteen named colours become CSS classes, which a theme defines. All other colours are written out, and moved
towards black or white where they could not be read.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from markupsafe import Markup, escape

PANEL = (0x14, 0x18, 0x1F)
"""The background that colours must be readable on, as the theme has it."""

_TEXT = (0xEE, 0xF1, 0xF5)
_NAMED = (
    *("14181f", "ff8a80", "7ddc8a", "e8c46a", "8ab8ff", "d9a3f5", "6fd6d6", "d8dee6"),
    *("9aa6b4", "ffb0a8", "a5ecae", "f5d98e", "b3d1ff", "e8c6fa", "a0e8e8", "ffffff"),
)
"""The named colours, as they are written where a class does not do: beside a background."""

_LEAST_CONTRAST = 4.5

SEQUENCE = re.compile(
    r"\x1b\[(?P<csi>[0-?]*)[ -/]*(?P<final>[@-~]?)"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"
    r"|\x1b[PX^_][^\x1b]*(?:\x1b\\)?"
    r"|\x1b[ -/]*[0-~]?"
    r"|(?P<move>[\r\b])"
)
"""An escape sequence (control sequences, titles, device strings, two-letter ones), or a move of the cursor."""

Rgb = tuple[int, int, int]
Color = int | Rgb
"""One of the sixteen, or a colour of its own."""


class Look(NamedTuple):
    """How text is shown."""

    text: Color | None = None
    back: Color | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    inverse: bool = False


PLAIN = Look()

_SWITCHES: dict[int, dict[str, bool]] = {
    1: {"bold": True},
    2: {"dim": True},
    3: {"italic": True},
    4: {"underline": True},
    7: {"inverse": True},
    9: {"strike": True},
    21: {"underline": True},
    22: {"bold": False, "dim": False},
    23: {"italic": False},
    24: {"underline": False},
    27: {"inverse": False},
    29: {"strike": False},
}


def apply_sgr(parameters: str, look: Look) -> Look:
    """The look after a sequence `ESC [ parameters m`."""
    codes = [int(code) if code.isdigit() else 0 for code in re.split("[;:]", parameters)]
    while codes:
        code = codes.pop(0)
        if code == 0:
            look = PLAIN
        elif code in _SWITCHES:
            look = look._replace(**_SWITCHES[code])
        elif code in (38, 48):
            color = _take_color(codes)
            look = look._replace(text=color) if code == 38 else look._replace(back=color)
        elif code == 39:
            look = look._replace(text=None)
        elif code == 49:
            look = look._replace(back=None)
        elif 30 <= code <= 37 or 90 <= code <= 97:
            look = look._replace(text=code - 30 if code < 90 else code - 82)
        elif 40 <= code <= 47 or 100 <= code <= 107:
            look = look._replace(back=code - 40 if code < 100 else code - 92)
    return look


def _take_color(codes: list[int]) -> Color | None:
    """The colour after 38 or 48: `5;n` of a table of 256, or `2;r;g;b`. Takes its codes from the list."""
    kind = codes.pop(0) if codes else 0
    if kind == 5 and codes:
        number = min(codes.pop(0), 255)
        if number < 16:
            return number
        if number >= 232:
            grey = 8 + 10 * (number - 232)
            return grey, grey, grey
        steps = (0, 95, 135, 175, 215, 255)
        number -= 16
        return steps[number // 36], steps[number // 6 % 6], steps[number % 6]
    if kind == 2 and len(codes) >= 3:
        red, green, blue = (min(codes.pop(0), 255) for _ in range(3))
        return red, green, blue
    codes.clear()
    return None


def to_html(text: str, look: Look) -> Markup:
    """Text without control characters, in its look."""
    if look == PLAIN:
        return escape(text)
    words = ("bold", "dim", "italic", "underline", "strike")
    classes = [f"t-{word}" for word in words if getattr(look, word)]
    style = ""
    if look.inverse or look.back is not None or isinstance(look.text, tuple):
        back = PANEL if look.back is None else _rgb(look.back)
        front = _TEXT if look.text is None else _rgb(look.text)
        if look.inverse:
            back, front = front, back
        front = _readable(front, back)
        shown = f";background:#{_hex(back)}" if back != PANEL else ""
        style = f' style="color:#{_hex(front)}{shown}"'
    elif look.text is not None:
        classes.append(f"t-{look.text}")
    css = f' class="{" ".join(classes)}"' if classes else ""
    return Markup("<span{}{}>{}</span>").format(Markup(css), Markup(style), text) if css or style else escape(text)


def _rgb(color: Color) -> Rgb:
    if isinstance(color, tuple):
        return color
    value = int(_NAMED[color], 16)
    return value >> 16, value >> 8 & 255, value & 255


def _hex(color: Rgb) -> str:
    return "{:02x}{:02x}{:02x}".format(*color)


def _luminance(color: Rgb) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    shares = (part / 255 for part in color)
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Rgb, other: Rgb) -> float:
    """The contrast ratio of two colours, as WCAG 2 defines it: 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _readable(front: Rgb, back: Rgb) -> Rgb:
    """The text colour, moved towards black or white in steps until it can be read on the background."""
    goal = (255, 255, 255) if _luminance(back) < 0.18 else (0, 0, 0)
    for step in range(11):
        red, green, blue = (round(part + (end - part) * step / 10) for part, end in zip(front, goal, strict=True))
        if contrast((red, green, blue), back) >= _LEAST_CONTRAST:
            return red, green, blue
    return goal
