"""From the bytes of a YAML file to the events of its one document, each with its place.

Here ends what is PyYAML's: its parser, in C where it was built with it. What its composer would do is in tree.py.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec
import yaml

from asrun.errors import Mistake, Place
from asrun.lines import split_lines
from asrun.load.syntax import explain
from asrun.model import Source

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # PyYAML was built without libyaml: the same, slower
    from yaml import SafeLoader as Loader  # type: ignore[assignment]

SIZE_LIMIT = 1_000_000
"""Bytes of a YAML file; longer programs and data belong in files beside it."""
DEPTH_LIMIT = 40

# What YAML does not allow, and the line breaks that no editor counts.
_UNPRINTABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")


class Event(msgspec.Struct, frozen=True):
    """A value, or the beginning or the end of one that holds others."""

    kind: Literal["document", "scalar", "sequence", "mapping", "end", "alias"]
    line: int
    """From 1, after an anchor."""
    column: int
    start: int
    """The offset in the file's text."""
    end: int
    value: str = ""
    """The text of a scalar, or the name after the `*` of an alias."""
    style: str = ""
    """The character that a scalar begins with: a quote, `|`, `>`, or nothing."""
    anchor: str | None = None
    tagged: bool = False
    """True where it has a tag, which was reported."""
    target: int | None = None
    """For an alias, the index of what it stands for; None where there is no such thing, which was reported."""


def read_source(file: str, content: bytes) -> tuple[Source, list[Mistake]]:
    """The text of a file, or why it is none."""
    nothing = Source(file, "", {})
    if len(content) > SIZE_LIMIT:
        message = f"this file is larger than {SIZE_LIMIT // 1_000_000} MB"
        hint = "put long programs and data into files of their own, and name them with file: or files:"
        return nothing, [Mistake(Place(file, 1, 1), message, hint=hint)]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        lines = split_lines(content[: error.start].decode("utf-8-sig") + ".")
        shown = Source(file, content.decode("utf-8-sig", errors="replace"), {})
        message = f"this is not UTF-8: byte 0x{content[error.start]:02x}"
        return nothing, [shown.mistake_at(message, len(lines), len(lines[-1]), "save the file as UTF-8")]
    source = Source(file, text, {}, {})
    found = _UNPRINTABLE.search(text)
    if found:
        lines = split_lines(text[: found.start()] + ".")
        message = f"a character that cannot stand in YAML: U+{ord(found[0]):04X}"
        hint = r'remove it, or write it in double quotes, as an escape such as "\e"'
        return source, [source.mistake_at(message, len(lines), len(lines[-1]), hint)]
    return source, []


def read_events(source: Source) -> tuple[list[Event] | None, list[Mistake]]:
    """The events of a file's one document, None where its syntax is wrong, and the mistakes in it."""
    events: list[Event] = []
    anchors: dict[str, int] = {}
    mistakes: list[Mistake] = []
    depth = documents = 0
    try:
        loader = Loader(source.text)
        while loader.check_event():
            event = _event(source, loader.get_event(), anchors, mistakes)
            if event is None:
                continue
            if event.kind == "document":
                documents += 1
                if documents == 1:
                    continue
                hint = "a file holds one scenario or one deck: leave out the line ---"
                message = "a second document begins here"
                return None, [*mistakes, source.mistake_at(message, event.line, event.column, hint)]
            if event.kind in ("sequence", "mapping"):
                depth += 1
                if depth > DEPTH_LIMIT:
                    message = f"nested more than {DEPTH_LIMIT} deep"
                    return None, [*mistakes, source.mistake_at(message, event.line, event.column)]
            elif event.kind == "end":
                depth -= 1
            if event.anchor is not None:
                anchors[event.anchor] = len(events)
            events.append(event)
    except yaml.YAMLError as error:
        return None, [*mistakes, explain(source, error)]
    if not events:
        hint = "the smallest scenario is two lines: title: … and code: …"
        return None, [source.mistake_at("the file is empty", 1, 1, hint)]
    return events, mistakes


def _event(source: Source, read: yaml.Event | None, anchors: dict[str, int], mistakes: list[Mistake]) -> Event | None:
    """An event of PyYAML's as one of ours; None for those that tell nothing."""
    if read is None or read.start_mark is None or read.end_mark is None:
        return None
    start, end = read.start_mark.index, read.end_mark.index
    line, column = read.start_mark.line + 1, read.start_mark.column + 1
    if isinstance(read, yaml.DocumentStartEvent):
        return Event("document", line, column, start, end)
    if isinstance(read, yaml.CollectionEndEvent):
        return Event("end", line, column, start, end)
    if isinstance(read, yaml.AliasEvent):
        name = read.anchor or ""
        if name not in anchors:
            message = f"nothing before this has the anchor &{name}"
            mistakes.append(source.mistake_at(message, line, column, 'quote a text that begins with "*"'))
        return Event("alias", line, column, start, end, name, target=anchors.get(name))
    if not isinstance(read, yaml.ScalarEvent | yaml.CollectionStartEvent):
        return None
    tagged = read.tag is not None
    if tagged:
        properties = source.text[start:].split(maxsplit=2)[:2]
        tag = next((word for word in properties if word.startswith("!")), read.tag)
        hint = 'leave it out; quote a text that begins with "!"'
        mistakes.append(source.mistake_at(f"YAML tags are not allowed: {tag}", line, column, hint))
    if tagged or read.anchor is not None:
        properties_end = _PROPERTIES.match(source.text, start)
        skipped = source.text[start : properties_end.end() if properties_end else start]
        lines = split_lines(skipped + ".")
        column = len(lines[-1]) + (column - 1 if len(lines) == 1 else 0)
        line, start = line + len(lines) - 1, start + len(skipped)
    if isinstance(read, yaml.ScalarEvent):
        return Event("scalar", line, column, start, end, read.value, read.style or "", read.anchor, tagged)
    kind: Literal["mapping", "sequence"] = "mapping" if isinstance(read, yaml.MappingStartEvent) else "sequence"
    return Event(kind, line, column, start, end, "", "", read.anchor, tagged)
