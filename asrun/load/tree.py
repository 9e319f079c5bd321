"""From the events of a YAML file to plain data, with the place of every value and key.

PyYAML's composer is not used: it follows nesting and aliases without a bound, forgets where keys stand, and lets the
last of two equal keys win.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec
import yaml

from asrun.errors import Mistake
from asrun.lines import split_lines
from asrun.load.events import DEPTH_LIMIT, Event, read_events, read_source
from asrun.load.syntax import READ_AS_MAPPING
from asrun.model import KeyPath, Mark, Source

_ALIASED_LIMIT = 10_000
"""How many values all the aliases of a file may stand for."""

_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,14})")
_DECIMAL = re.compile(r"[-+]?[0-9]+\.[0-9]*(?:e[-+]?[0-9]{1,2})?", re.IGNORECASE)
_TRUE = frozenset({"yes", "true", "on"})
_MERGE = "<<"
_BREAK = re.compile(r"\r\n|\r|\n")
_UNENCODABLE = re.compile("[\0\ud800-\udfff]")


class Odd(msgspec.Struct, frozen=True):
    """A value that YAML 1.1 takes for something that no scenario means: a date, a number in base 60."""

    meaning: str


class Broken(msgspec.Struct, frozen=True):
    """Stands for a value whose mistake has been reported already."""


class Tree(msgspec.Struct, frozen=True):
    """A YAML file as plain data."""

    data: object
    """None, bool, int, float, str, list, dict with strings for keys, Odd and Broken."""
    source: Source
    plain: bool
    """True where there is no None, no Odd and no Broken in it."""


# A preview reads every file at each save, and one of them has changed.
@lru_cache(maxsize=256)
def read_tree(file: str, content: bytes) -> tuple[Tree | None, list[Mistake]]:
    """The data of a YAML file and the mistakes in its YAML; no Tree where it cannot be read at all.

    Dates, numbers in other notations than decimal, and all else that YAML 1.1 would make of a scalar without quotes
    are left as Odd, to be told where it is known what was expected.
    """
    source, mistakes = read_source(file, content)
    if mistakes:
        return None, mistakes
    events, mistakes = read_events(source)
    if events is None:
        return None, mistakes
    builder = _Builder(source, events)
    try:
        data = builder.build(())
    except _TooMuch as too_much:
        return None, [*mistakes, too_much.mistake]
    return Tree(data, source, builder.plain), [*mistakes, *builder.mistakes]


def meaning_of(value: object, raw: str) -> str:
    """What a value is that YAML has read without quotes, in words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the truth value {'true' if value else 'false'}"
    if isinstance(value, float) and repr(value) != raw:
        return f"the number {value:g}"
    return value.meaning if isinstance(value, Odd) else "a number"


def _read_plain(text: str) -> object:
    """What YAML 1.1 reads a scalar without quotes as, as far as a scenario can mean it."""
    resolved: str = _resolver.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    tag = resolved.rpartition(":")[2]
    if tag == "str":
        return text
    if tag == "null":
        return None
    if tag == "bool":
        return text.lower() in _TRUE
    if tag == "int" and _WHOLE.fullmatch(text):
        return int(text)
    if tag == "float" and _DECIMAL.fullmatch(text):
        return float(text)
    return Odd({"timestamp": "a date", "int": "a number", "float": "a number"}.get(tag, "a sign of its own"))


_resolver = yaml.resolver.Resolver()


class _TooMuch(Exception):
    def __init__(self, mistake: Mistake) -> None:
        super().__init__(mistake.message)
        self.mistake = mistake


class _Builder:
    """Makes data of events. An alias builds what it stands for once more, under a path of its own."""

    def __init__(self, source: Source, events: list[Event]) -> None:
        self.mistakes: dict[Mistake, None] = {}
        self.plain = True
        self._source = source
        self._lines = split_lines(source.text)
        self._events = events
        self._next = 0
        self._open: set[int] = set()
        """The anchored values that are being built."""
        self._alias: Event | None = None
        """The outermost alias that is being built."""
        self._aliased = 0

    def build(self, path: KeyPath, depth: int = 0) -> object:
        """The value that begins with the next event."""
        index, event = self._next, self._events[self._next]
        self._next += 1
        if event.kind == "alias":
            return self._build_alias(event, path, depth)
        if self._alias is not None:
            self._aliased += 1
            if self._aliased > _ALIASED_LIMIT or depth > DEPTH_LIMIT:
                message = f"the aliases of this file stand for more than {_ALIASED_LIMIT:,} values"
                raise _TooMuch(self._at(self._alias, message, "write out what is meant"))
        value: object
        if event.kind == "scalar":
            value = self._build_scalar(event, path)
        else:
            self._source.marks[path] = Mark(event.line, event.column)
            self._open.add(index)
            build = self._build_mapping if event.kind == "mapping" else self._build_sequence
            value = build(path, depth + 1)
            self._open.discard(index)
        return self._broken() if event.tagged else value

    def _build_alias(self, event: Event, path: KeyPath, depth: int) -> object:
        if event.target is None:
            return self._broken()
        if event.target in self._open:
            self._report(event, f"*{event.value} stands inside of what it names", "write out what is meant")
            return self._broken()
        after, outer = self._next, self._alias
        self._next, self._alias = event.target, outer or event
        value = self.build(path, depth)
        self._next, self._alias = after, outer
        return value

    def _build_sequence(self, path: KeyPath, depth: int) -> object:
        items: list[object] = []
        while self._events[self._next].kind != "end":
            items.append(self.build((*path, len(items)), depth))
        self._next += 1
        return items

    def _build_mapping(self, path: KeyPath, depth: int) -> object:
        mapping: dict[str, object] = {}
        keyed = True
        while self._events[self._next].kind != "end":
            event = self._events[self._next]
            key = self._read_key(event)
            if key is None:
                keyed = False
                self.build((*path, ""), depth)
            elif key in mapping:
                first = self._source.keys[*path, key].line
                self._report(event, f"{key} stands here twice: the first is on line {first}", "keep one of them")
                self.build((*path, key, ""), depth)
            else:
                self._source.keys[*path, key] = Mark(event.line, event.column)
                value = self.build((*path, key), depth)
                mapping[key] = self._broken() if key == _MERGE else value
        self._next += 1
        return mapping if keyed else self._broken()

    def _read_key(self, event: Event) -> str | None:
        """The next event as a key; None, and reported, where it is none."""
        if event.kind != "scalar":
            if self._source.text.startswith("{{", max(event.start - 1, 0)):
                around = msgspec.structs.replace(event, column=event.column - 1)
                self._report(around, READ_AS_MAPPING, "quote the whole value")
            else:
                self._report(event, "this is no key", "a key is a word, or a text in quotes")
            self.build(("",))
            return None
        self._next += 1
        if event.value == _MERGE:
            self._report(event, f"merging with {_MERGE} is not known here", "write out what is meant")
        elif not event.style and not event.tagged:
            read = _read_plain(event.value)
            if not isinstance(read, str):
                meaning = meaning_of(read, event.value)
                message = f"a key must be a string, and YAML reads {event.value or 'this'} as {meaning}"
                self._report(event, message, f'quote it: "{event.value}"')
        return event.value

    def _build_scalar(self, event: Event, path: KeyPath) -> object:
        read = event.value if event.style else _read_plain(event.value)
        mark = self._mark(event)
        if not isinstance(read, str):
            mark = msgspec.structs.replace(mark, raw=event.value, text="")
            self.plain &= isinstance(read, bool | int | float)
        self._source.marks[path] = mark
        bad = _UNENCODABLE.search(event.value) if event.style == '"' else None
        if bad:
            self._report(event, f"the character U+{ord(bad[0]):04X} cannot stand in a value")
            return self._broken()
        return read

    def _mark(self, event: Event) -> Mark:
        """Where the text of a scalar begins, and how it goes on."""
        text, value, line = self._source.text, event.value, event.line
        if not event.style:
            if text.startswith(value, event.start):
                return Mark(line, event.column)
            return Mark(line, event.column, raw=text[event.start : event.end], text=value)
        if event.style in "\"'":
            if text.startswith(value, event.start + 1):
                return Mark(line, event.column + 1)
            raw = text[event.start + 1 : event.end - 1]
            return Mark(line, event.column + 1, raw=raw, quote=event.style, text=value)
        if not value.strip():
            return Mark(line, event.column)
        number, first = next(item for item in enumerate(value.split("\n")) if item[1].strip(" "))
        in_file = self._lines[line + number]
        indent = _blanks(in_file) - _blanks(first)
        if event.style == "|":
            return Mark(line + 1, indent + 1, indent)
        header = _BREAK.search(text, event.start)
        before = min(indent, len(self._lines[line]))
        start = (header.end() if header else event.start) + before
        return Mark(line + 1, before + 1, raw=text[start : event.end], text=value)

    def _at(self, event: Event, message: str, hint: str = "") -> Mistake:
        return self._source.mistake_at(message, event.line, event.column, hint)

    def _report(self, event: Event, message: str, hint: str = "") -> None:
        self.mistakes[self._at(event, message, hint)] = None

    def _broken(self) -> Broken:
        self.plain = False
        return Broken()


def _blanks(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
