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


@lru_cache(maxsize=256)
def _css_class(token: _TokenType) -> str:
    while token not in STANDARD_TYPES and token.parent is not None:
        token = token.parent
    return "" if token in _PLAIN else STANDARD_TYPES[token]


@lru_cache(maxsize=1024)
def highlight(text: str, language: str) -> tuple[tuple[Piece, ...], ...]:
    """The lines of a code, each as pieces that follow one another. `language` is the name of a Pygments lexer."""
    lines: list[tuple[Piece, ...]] = []
    line: list[Piece] = []
    for token, value in _lexer(language).get_tokens("\n".join(map(clean, split_lines(text)))):
        css_class = _css_class(token)
        first, *rest = value.split("\n")
        if first:
            line.append((css_class, first))
        for part in rest:
            lines.append(tuple(line))
            line = [(css_class, part)] if part else []
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
