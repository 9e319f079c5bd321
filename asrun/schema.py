"""JSON Schemas of the files that authors write, for editors: made from the structs that validate them.

Types, limits and defaults come from the fields, descriptions from the docstrings of structs and fields. What only
AsRun can know (whether a run is there, whether a file is) is left to `asrun build`. The dialect is draft 7, which
editors know best.
"""

from __future__ import annotations

import ast
import inspect as python_inspect
import textwrap
from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from asrun import model
from asrun.durations import DURATION_PATTERN, Duration
from asrun.load.runs import CODE_KEYS, RUN_KEYS
from asrun.load.slides import KINDS_OF_KEY
from asrun.parts import COLUMN_KINDS, Column

FILES: dict[str, type[msgspec.Struct]] = {"scenario": model.ScenarioFile, "deck": model.DeckFile}
"""The kinds of files that there are schemas of, by the name that `asrun schema` gives them."""

_TITLES = {
    "scenario": "A scenario of AsRun: scenarios/<name>.yaml",
    "deck": "A deck of AsRun: scenarios/<name>.deck.yaml",
}

Schema = dict[str, Any]


def file_name(kind: str) -> str:
    """What the file of a schema is called."""
    return f"{kind}.schema.json"


def schema_text(kind: str) -> str:
    """The schema of a kind of file as JSON, ready to be written."""
    return msgspec.json.format(msgspec.json.encode(schema_of(kind)), indent=2).decode() + "\n"


def schema_of(kind: str) -> Schema:
    """The schema of a kind of file."""
    defined: dict[str, Schema] = {}
    made = _struct(_info(FILES[kind]), defined)
    head = {"$schema": "http://json-schema.org/draft-07/schema#", "title": _TITLES[kind]}
    return {**head, **made, "definitions": dict(sorted(defined.items()))}


def _info(struct: type[msgspec.Struct]) -> inspect.StructType:
    found = inspect.type_info(struct)
    assert isinstance(found, inspect.StructType)
    return found


def _value(type_: inspect.Type, defined: dict[str, Schema]) -> Schema:
    """The schema of a value; that of a struct goes to `defined`, since a struct may hold others of its own kind."""
    match type_:
        case inspect.Metadata():
            return {**_value(type_.type, defined), **(type_.extra_json_schema or {})}
        case inspect.UnionType():
            # A key without a value is always a mistake: None only says that it may be left out.
            members = [_value(member, defined) for member in type_.types if not isinstance(member, inspect.NoneType)]
            return members[0] if len(members) == 1 else {"anyOf": members}
        case inspect.StructType():
            name = type_.cls.__name__
            if name not in defined:
                defined[name] = {}
                defined[name] = _struct(type_, defined)
            return {"$ref": f"#/definitions/{name}"}
        case inspect.DictType():
            keys = _value(type_.key_type, defined)
            values = _value(type_.value_type, defined)
            named = {"propertyNames": {"pattern": keys["pattern"]}} if "pattern" in keys else {}
            return {"type": "object", "additionalProperties": values or True, **named}
        case inspect.VarTupleType():
            limits = _present(minItems=type_.min_length or None, maxItems=type_.max_length)
            return {"type": "array", "items": _value(type_.item_type, defined), **limits}
        case inspect.StrType():
            return {"type": "string", **_present(pattern=type_.pattern, minLength=type_.min_length)}
        case inspect.BoolType():
            return {"type": "boolean"}
        case inspect.IntType() | inspect.FloatType():
            name = "integer" if isinstance(type_, inspect.IntType) else "number"
            return {"type": name, **_present(minimum=type_.ge, maximum=type_.le)}
        case inspect.LiteralType():
            return {"enum": list(type_.values)}
        case inspect.CustomType(cls=cls) if cls is Duration:
            return {"type": "string", "pattern": DURATION_PATTERN, "examples": ["250ms", "8s", "1m30s"]}
        case inspect.AnyType():
            return {}
        case _:
            raise NotImplementedError(f"no schema for {type_}")


def _present(**values: Any) -> Schema:
    return {name: value for name, value in values.items() if value is not None}


def _struct(type_: inspect.StructType, defined: dict[str, Schema]) -> Schema:
    told = field_docs(type_.cls)
    properties = {}
    for field in type_.fields:
        schema = _value(field.type, defined)
        description = told.get(field.name, "")
        if "$ref" in schema and description:
            schema = {"allOf": [schema]}  # beside a reference nothing else counts
        default = _plain(field.default)
        properties[field.encode_name] = {
            **_present(description=description or None),
            **schema,
            **_present(default=default),
        }
    return {
        "description": " ".join((type_.cls.__doc__ or "").split()),
        "type": "object",
        "properties": properties,
        "required": [field.encode_name for field in type_.fields if field.required],
        "additionalProperties": False,
        **_rules(type_.cls),
    }


def _plain(default: object) -> object:
    """A default worth telling: not an empty one, nor one that is a struct."""
    if isinstance(default, Duration):
        return f"{default:g}s"
    return default if isinstance(default, str | int | float) and default != "" else None


def _rules(struct: type) -> Schema:
    """What must and must not stand together."""
    if struct is model.Run:
        return {"oneOf": _each(CODE_KEYS), "dependencies": _RUN_NEEDS, **_not(("raises", "exit"))}
    if struct is model.ScenarioFile:
        settings = [key for key in RUN_KEYS if key not in CODE_KEYS]
        return {
            # Either runs, or one run in their place, or none; without any there must be slides.
            "oneOf": [
                {"required": ["runs"], "not": {"anyOf": _each(RUN_KEYS)}},
                *({"required": [key], "not": {"required": ["runs"]}} for key in CODE_KEYS),
                {"required": ["slides"], "not": {"anyOf": _each(("runs", *CODE_KEYS))}},
            ],
            "dependencies": {
                **{key: {"anyOf": _each(CODE_KEYS)} for key in settings if key not in _RUN_NEEDS},
                **_RUN_NEEDS,
            },
            **_not(("raises", "exit")),
        }
    if struct is model.Slide:
        return {"oneOf": _each(model.SLIDE_KINDS), "dependencies": {k: _any(v) for k, v in KINDS_OF_KEY.items()}}
    if struct is Column:
        return {"oneOf": _each(COLUMN_KINDS)}
    if struct is model.DeckFile:
        return {"oneOf": _each(("sections", "scenarios"))}
    return {}


def _each(keys: Iterable[str]) -> list[Schema]:
    return [{"required": [key]} for key in keys]


def _any(keys: Iterable[str]) -> Schema:
    return {"anyOf": _each(keys)}


def _not(keys: Iterable[str]) -> Schema:
    return {"not": {"required": list(keys)}}


_RUN_NEEDS = {"args": _any(("code", "file", "shell")), "python": _any(("code", "file")), "optional": _any(("python",))}


@cache
def field_docs(struct: type) -> dict[str, str]:
    """What the strings below the fields of a struct and of those that it is made from say, by the fields' names."""
    found: dict[str, str] = {}
    for each in reversed(struct.__mro__):
        if not each.__module__.startswith("asrun."):
            continue
        body = ast.parse(textwrap.dedent(python_inspect.getsource(each))).body[0]
        assert isinstance(body, ast.ClassDef)
        for field, below in zip(body.body, body.body[1:], strict=False):
            match field, below:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                    found[name] = " ".join(text.split())
    return found
