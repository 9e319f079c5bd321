"""What authors call the types of values: a string, a whole number from 1 to 100, a list of strings."""

from __future__ import annotations

import json
import re

from msgspec import inspect

from asrun.load.tree import Odd, meaning_of
from asrun.model import NAME_PATTERN, PYTHON_PATTERN
from asrun.parts import SKETCH_PATTERN

_PATTERNS = {
    NAME_PATTERN: "a name of letters, digits and underscores",
    SKETCH_PATTERN: 'a row of # (runs), . (waits) and blanks, such as "##..##"',
    PYTHON_PATTERN: 'a version of Python such as "3.13"',
}
_BARE_WORD = re.compile(r"[A-Za-z][A-Za-z_./-]{3,}|[a-mo-xz]")


def bare(type_: inspect.Type) -> inspect.Type:
    """A type without what its JSON Schema says besides, but for the pattern of a string."""
    if not isinstance(type_, inspect.Metadata):
        return type_
    pattern = (type_.extra_json_schema or {}).get("pattern")
    return inspect.StrType(pattern=pattern) if pattern is not None else bare(type_.type)


def describe(type_: inspect.Type) -> str:
    """A type of values, as an author would say it."""
    match type_:
        case inspect.Metadata():
            return describe(bare(type_))
        case inspect.UnionType():
            return " or ".join(describe(member) for member in type_.types if not isinstance(member, inspect.NoneType))
        case inspect.StrType():
            return _PATTERNS.get(type_.pattern or "", "a string")
        case inspect.IntType():
            return f"a whole number{_range(type_)}"
        case inspect.FloatType():
            return f"a number{_range(type_)}"
        case inspect.BoolType():
            return "true or false"
        case inspect.LiteralType():
            allowed = [value if isinstance(value, str) else "true" for value in type_.values]
            return f"one of {', '.join(allowed)}" if len(allowed) > 1 else allowed[0]
        case inspect.VarTupleType():
            return f"a list of {_count(type_)}{_plural(type_.item_type)}"
        case inspect.CustomType():
            return "a duration"
        case _:
            return "a mapping"


def _range(type_: inspect.IntType | inspect.FloatType) -> str:
    if type_.ge is None:
        return ""
    return f" from {type_.ge} to {type_.le}" if type_.le is not None else f" from {type_.ge} on"


def _count(type_: inspect.VarTupleType) -> str:
    low, high = type_.min_length, type_.max_length
    if low is None or high is None:
        return ""
    return f"{low} " if low == high else f"{low} to {high} "


def _plural(type_: inspect.Type) -> str:
    if isinstance(type_, inspect.UnionType):
        return " or ".join(_plural(member) for member in type_.types)
    if isinstance(type_, inspect.StrType):
        return {PYTHON_PATTERN: "versions"}.get(type_.pattern or "", "strings")
    return {"a whole number": "whole numbers"}.get(describe(type_), "mappings")


def found(data: object, raw: str) -> str:
    """A value that is not what it must be, as an author would say it."""
    if isinstance(data, str):
        return repr(data) if len(data) < 40 else "a string"
    if isinstance(data, list):
        return "a list"
    if isinstance(data, dict):
        return "a mapping"
    if isinstance(data, bool):
        return "true" if data else "false"
    return meaning_of(data, raw) if isinstance(data, Odd) or data is None else raw


def as_list(text: str) -> str:
    """A text of several words as the YAML list that was probably meant."""
    words = re.split(r"\s*,\s*|\s+", text.strip())
    return f"[{', '.join(word if _BARE_WORD.fullmatch(word) else json.dumps(word) for word in words)}]"
