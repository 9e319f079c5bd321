"""Text as it may stand on a page: without control characters, and how wide it is in a monospaced face."""

from __future__ import annotations

import re
import unicodedata

# Control characters but tab and newline; what would reorder the text around it; lone surrogates; noncharacters.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
_DECEIVING = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_NARROW = re.compile(r"[\x20-\x7e]*")


def clean(text: str) -> str:
    """The text without control characters; those that reorder text become replacement characters, to be seen."""
    if text.isascii() and text.isprintable():
        return text
    return _DECEIVING.sub("\ufffd", _CONTROLS.sub("", text.replace("\r\n", "\n")))


def cells(text: str) -> int:
    """How many columns a text takes in a monospaced face: two for East Asian wide characters, none for marks."""
    if _NARROW.fullmatch(text):
        return len(text)
    return sum(map(_cell, text))


def _cell(character: str) -> int:
    if character == "\t":
        return 4
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def plural(count: int, word: str) -> str:
    """`1 line`, `1,200 lines`."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def join_words(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
