"""Prose: Markdown whose inserted values stay text, whatever a program printed."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote, unquote

from jinja2 import TemplateError
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from asrun.language import VALUE_CLOSE, VALUE_OPEN, expand
from asrun.render.ansi import SEQUENCE
from asrun.render.highlight import highlight, to_html
from asrun.render.mistakes import SlideError
from asrun.render.text import clean

_VALUE = re.compile(f"{VALUE_OPEN}(\\d+){VALUE_CLOSE}")
_VALUE_IN_URL = re.compile(f"{quote(VALUE_OPEN)}(\\d+){quote(VALUE_CLOSE)}")
_LINK = re.compile(r"(https?://|mailto:|#)", re.IGNORECASE)
_IMAGES = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
_QUANTITY = re.compile(r"-?[\d.,]+ [^\W\d_%]{1,4}( [\d.,]+ \w{1,3})?|-?[\d.,]+ %")
_WORDS = re.compile(r"[\w ,.;:?/%+=×–—·…-]*")
"""Text in which Markdown has nothing to find within a line; underscores are looked for apart."""


class Prose:
    """Markdown as the texts of one scenario use it: its names, and the folder that images are relative to."""

    def __init__(self, names: Mapping[str, object], folder: Path, root: Path, level: int = 2) -> None:
        self.names = names
        self.level = level
        """That of the heading over it, from 1: its own headings are below."""
        self.anchors: list[str] = []
        """The places of the page that it links to."""
        self._folder = folder
        self._root = root

    def below(self, level: int) -> Prose:
        """The same, below a heading of this level."""
        return Prose(self.names, self._folder, self._root, level)

    def block(self, text: str, key: str = "") -> Markup:
        """Paragraphs, lists, tables, code. `key` is where the text stands. Raises SlideError."""
        return self._render(text, key, inline=False)

    def line(self, text: str, key: str = "") -> Markup:
        """A title or a caption: no paragraph around it. Raises SlideError."""
        text = text.strip()
        if _WORDS.fullmatch(text) and "_" not in text:
            return escape(text)
        return self._render(text, key, inline=True)

    def _render(self, text: str, key: str, inline: bool) -> Markup:
        try:
            expanded = expand(text, self.names)
        except (TemplateError, LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
            raise SlideError(str(error) or type(error).__name__, key) from error
        values = tuple(map(_show_value, expanded.values))
        markdown = clean(expanded.markdown)
        tokens = _MARKDOWN.parseInline(markdown) if inline else _MARKDOWN.parse(markdown)
        try:
            self._insert(tokens, values)
        except SlideError as error:
            raise SlideError(str(error), key) from error
        return Markup(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))

    def _insert(self, tokens: Sequence[Token], values: tuple[str, ...]) -> None:
        """Put the values where they go: into text, which the renderer escapes, and into addresses, quoted."""
        shallowest = min((int(token.tag[1:]) for token in tokens if token.type == "heading_open"), default=1)
        for token in tokens:
            token.content = _VALUE.sub(lambda match: values[int(match[1])], token.content)
            token.info = _VALUE.sub(lambda match: values[int(match[1])], token.info)
            for name, value in token.attrs.items():
                token.attrs[name] = self._attribute(token.type, name, str(value), values)
            if token.type == "image":
                token.attrs["src"] = self._image(str(token.attrs["src"]))
            if token.type in ("heading_open", "heading_close"):
                token.tag = f"h{min(self.level + 1 + int(token.tag[1:]) - shallowest, 6)}"
            if token.children:
                self._insert(token.children, values)

    def _attribute(self, token_type: str, name: str, value: str, values: tuple[str, ...]) -> str:
        if name not in ("href", "src"):
            return _VALUE.sub(lambda match: values[int(match[1])], value)
        if token_type == "link_open" and not _LINK.match(value):
            shown = _VALUE.sub("{{ … }}", unquote(value))
            raise SlideError(f"the link to {shown!r} must begin with https://, http://, mailto: or #")
        if value.startswith("#"):
            self.anchors.append(value)
        return _VALUE_IN_URL.sub(lambda match: quote(values[int(match[1])]), value)

    def _image(self, source: str) -> str:
        """A local image as a data: address."""
        path = (self._folder / unquote(source)).resolve()
        kind = _IMAGES.get(path.suffix.lower())
        if _SCHEME.match(source):
            raise SlideError(f"the image {source!r} is not a local file: a deck asks no server for anything")
        if not path.is_relative_to(self._root.resolve()):
            raise SlideError(f"the image {source!r} is outside the project")
        if kind is None:
            raise SlideError(f"{source!r} is no image that slides can show: PNG, JPEG, GIF, WebP, AVIF or SVG")
        try:
            content = path.read_bytes()
        except OSError as error:
            raise SlideError(f"the image {source!r} cannot be read: {error.strerror}") from error
        return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _show_value(value: str) -> str:
    text = clean(SEQUENCE.sub("", value))
    # A number and its unit stay on one line.
    return text.replace(" ", "\u00a0") if _QUANTITY.fullmatch(text) else text


def _fence(renderer: object, tokens: list[Token], index: int, options: object, env: object) -> str:
    """A fenced block, highlighted as the code of runs is."""
    token = tokens[index]
    language = token.info.split()[0] if token.info.strip() else "text"
    lines = "\n".join(to_html(line) for line in highlight(token.content, language))
    return f'<pre class="fence"><code>{lines}\n</code></pre>\n'


def _make_markdown() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "xhtmlOut": False}).enable(["table", "strikethrough"])
    made.validateLink = lambda url: True  # type: ignore[method-assign] # each is looked at below, with a message
    made.add_render_rule("fence", _fence)
    return made


_MARKDOWN = _make_markdown()
