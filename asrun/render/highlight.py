"""Highlighted code, line by line: Pygments finds the tokens, and each line becomes HTML once."""

from __future__ import annotations

from functools import lru_cache
from html import escape

from markupsafe import Markup
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.lexers.special import TextLexer
from pygments.token import STANDARD_TYPES, Name, Operator, Punctuation, Text, Token, Whitespace, _TokenType
from pygments.util import ClassNotFound

from asrun.lines import split_lines
from asrun.render.text import clean

Piece = tuple[str, str]
"""A Pygments CSS class, empty for plain text, and the text."""

_PLAIN = frozenset({Token, Text, Whitespace, Name, Operator, Punctuation})


@lru_cache(maxsize=64)
def _lexer(language: str) -> Lexer:
    try:
        return get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return TextLexer(stripnl=False)


class _Classes(dict[_TokenType, str]):
    """The CSS class of each type of token, worked out when it is first met."""

    def __missing__(self, token: _TokenType) -> str:
        known = token
        while known not in STANDARD_TYPES and known.parent is not None:
            known = known.parent
        self[token] = "" if known in _PLAIN else STANDARD_TYPES[known]
        return self[token]


_CLASSES = _Classes()


@lru_cache(maxsize=1024)
def highlight(text: str, language: str) -> tuple[tuple[Piece, ...], ...]:
    """The lines of a code, each as pieces that follow one another. `language` is the name of a Pygments lexer."""
    text = "\n".join(map(clean, split_lines(text))).removeprefix("\ufeff") + "\n"
    lines: list[tuple[Piece, ...]] = []
    line: list[Piece] = []
    last, gathered = "", ""
    # Without get_tokens, which would do again what is done above, for each token.
    for _, token, value in _lexer(language).get_tokens_unprocessed(text):
        css_class = _CLASSES[token]
        if "\n" not in value and css_class == last:
            gathered += value
            continue
        if gathered:
            line.append((last, gathered))
        last = css_class
        *ended, gathered = value.split("\n")
        for part in ended:
            if part:
                line.append((css_class, part))
            lines.append(tuple(line))
            line = []
    if gathered:
        line.append((last, gathered))
    if line:
        lines.append(tuple(line))
    return tuple(lines)


@lru_cache(maxsize=65536)
def to_html(line: tuple[Piece, ...]) -> Markup:
    """A line's pieces as HTML."""
    return Markup(
        "".join(
            f'<span class="{css_class}">{escape(text)}</span>' if css_class else escape(text)
            for css_class, text in line
        )
    )


def to_text(line: tuple[Piece, ...]) -> str:
    """A line's text."""
    return "".join(text for _, text in line)
