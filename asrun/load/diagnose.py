"""Every mistake in the data of a YAML file, each at its place and in its author's words.

msgspec says whether data has the shape of a struct, but stops at the first mistake and speaks of its own types. Where
it refuses, this walks over the data and the types together. A test holds that both always agree.
"""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from asrun import model, parts
from asrun.errors import Mistake, suggestion
from asrun.load.names import wrong_name
from asrun.load.tree import Broken, Odd, Tree, meaning_of
from asrun.load.words import as_list, bare, describe, found
from asrun.model import KeyPath, Source

Shape = TypeVar("Shape", bound=msgspec.Struct)

_OWNERS: dict[str, type[msgspec.Struct]] = {
    "scenario": model.ScenarioFile,
    "run": model.Run,
    "slide": model.Slide,
    "claim": model.Claim,
    "moment": model.Moment,
    "deck": model.DeckFile,
    "section": model.Section,
    "deck's options": model.Options,
}
_PARTS: dict[str, type[msgspec.Struct]] = {"column": parts.Column, "choice": parts.Choice}
"""What nobody mistakes something else for."""


class Checked(msgspec.Struct, frozen=True):
    """What is left of a file's data without what is wrong in it."""

    data: object
    bad: frozenset[KeyPath]
    """The ways to what was left out or replaced, unknown keys among them."""
    mistakes: tuple[Mistake, ...]


def shape(tree: Tree, type_: type[Shape]) -> tuple[Shape, frozenset[KeyPath], tuple[Mistake, ...]]:
    """The data of a file as a struct; where there are mistakes, without what is wrong, and the ways to that."""
    if tree.plain:
        try:
            return msgspec.convert(tree.data, type_, dec_hook=model.decode_hook), frozenset(), ()
        except msgspec.ValidationError:
            pass  # told below, piece by piece
    checked = diagnose(tree, type_)
    return msgspec.convert(checked.data, type_, dec_hook=model.decode_hook), checked.bad, checked.mistakes


def diagnose(tree: Tree, type_: type[Shape]) -> Checked:
    """Walk over all of a file's data. The data that is left always converts to `type_`."""
    walk = _Walk(tree.source)
    data = walk.value(tree.data, _type_info(type_), ())
    if isinstance(data, Broken):
        data = walk.replacement(_type_info(type_))
    return Checked(data, frozenset(walk.bad), tuple(walk.mistakes))


@lru_cache
def _type_info(type_: type) -> inspect.Type:
    return inspect.type_info(type_)


class _Walk:
    def __init__(self, source: Source) -> None:
        self.mistakes: list[Mistake] = []
        self.bad: set[KeyPath] = set()
        self._source = source

    def value(self, data: object, type_: inspect.Type, path: KeyPath) -> Any:
        """The data without its mistakes; Broken where nothing is left of it."""
        if isinstance(data, Broken):
            return self._broken(path)
        if isinstance(type_, inspect.AnyType):
            return self._anything(data, path)
        type_ = bare(type_)
        if isinstance(type_, inspect.UnionType):
            fitting = next((member for member in map(bare, type_.types) if _fits(data, member)), None)
            if fitting is None:
                return self._wrong_type(data, type_, path)
            type_ = fitting
        elif not _fits(data, type_):
            return self._wrong_type(data, type_, path)
        if isinstance(type_, inspect.StructType):
            return self._struct(data, type_, path)
        if isinstance(type_, inspect.DictType):
            return self._dict(data, type_, path)
        if isinstance(type_, inspect.VarTupleType):
            return self._list(data, type_, path)
        return self._scalar(data, type_, path)

    def replacement(self, type_: inspect.Type) -> Any:
        """What stands for a value that was wrong and cannot be left out."""
        if isinstance(type_, inspect.StructType):
            return {field.encode_name: self.replacement(field.type) for field in type_.fields if field.required}
        return ""

    def _struct(self, data: Any, type_: inspect.StructType, path: KeyPath) -> dict[str, Any]:
        fields = {field.encode_name: field for field in type_.fields}
        kept: dict[str, Any] = {}
        for key, item in data.items():
            if key in fields:
                value = self.value(item, fields[key].type, (*path, key))
                if not isinstance(value, Broken):
                    kept[key] = value
            else:
                self.bad.add((*path, key))
                if not isinstance(item, Broken):
                    self._report_key(f"unknown key: {key}", (*path, key), _unknown_key_hint(key, tuple(fields)))
        for name, field in fields.items():
            if field.required and name not in kept:
                kept[name] = self.replacement(field.type)
                self.bad.add((*path, name))
                if name not in data and not difflib.get_close_matches(name, data.keys() - fields.keys()):
                    owner = next(owner for owner, struct in (_OWNERS | _PARTS).items() if struct is type_.cls)
                    self._report(f"{name} is missing: a {owner} needs one", path)
        return kept

    def _dict(self, data: Any, type_: inspect.DictType, path: KeyPath) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for key, item in data.items():
            pattern = type_.key_type.pattern if isinstance(type_.key_type, inspect.StrType) else None
            value = self.value(item, type_.value_type, (*path, key))
            if pattern is not None and not re.search(pattern, key):
                message, hint = wrong_name(key, "a run") or ("", "")
                self.bad.add((*path, key))
                self._report_key(message, (*path, key), hint)
            elif not isinstance(value, Broken):
                kept[key] = value
        return kept

    def _list(self, data: Any, type_: inspect.VarTupleType, path: KeyPath) -> Any:
        items = [self.value(item, type_.item_type, (*path, index)) for index, item in enumerate(data)]
        low, high = type_.min_length or 0, type_.max_length
        if len(items) < low or (high is not None and len(items) > high):
            self._report(f"{_label(path)} must be {describe(type_)}, and this one has {len(items)}", path)
            return self._broken(path)
        if not any(isinstance(item, Broken) for item in items):
            return items
        if not _holds_structs(type_.item_type):
            return self._broken(path)
        return [self.replacement(type_.item_type) if isinstance(item, Broken) else item for item in items]

    def _scalar(self, data: Any, type_: inspect.Type, path: KeyPath) -> Any:
        wrong, hint = False, ""
        if isinstance(type_, inspect.StrType):
            wrong = type_.pattern is not None and not re.search(type_.pattern, data)
        elif isinstance(type_, inspect.IntType | inspect.FloatType):
            wrong = (type_.ge is not None and data < type_.ge) or (type_.le is not None and data > type_.le)
        elif isinstance(type_, inspect.LiteralType):
            wrong = data not in type_.values
            near = difflib.get_close_matches(data, type_.values, n=1, cutoff=0.6) if wrong else []
            hint = f"did you mean {near[0]}?" if near else ""
        elif isinstance(type_, inspect.CustomType):
            try:
                model.decode_hook(type_.cls, data)
            except ValueError as error:
                message, _, hint = str(error).rpartition(": ")
                self._report(message, path, hint)
                return self._broken(path)
        if wrong:
            self._report(f"{_label(path)} must be {describe(type_)}, not {found(data, self._raw(path))}", path, hint)
            return self._broken(path)
        return data

    def _anything(self, data: object, path: KeyPath) -> Any:
        if isinstance(data, dict):
            return {key: self._anything(item, (*path, key)) for key, item in data.items()}
        if isinstance(data, list):
            return [self._anything(item, (*path, index)) for index, item in enumerate(data)]
        if isinstance(data, Odd):
            raw = self._raw(path)
            self._report(f"YAML reads {raw} as {data.meaning}", path, f'quote it: "{raw}"')
            return None
        return None if isinstance(data, Broken) else data

    def _wrong_type(self, data: object, type_: inspect.Type, path: KeyPath) -> Broken:
        label, raw = _label(path), self._raw(path)
        members = tuple(map(bare, type_.types)) if isinstance(type_, inspect.UnionType) else (type_,)
        is_text = any(_fits("", member) for member in members)
        if data is None and not raw:
            report = self._report_key if path in self._source.keys else self._report
            is_mapping_of_a_key = isinstance(path[-1], str) and isinstance(bare(type_), inspect.StructType)
            hint = "write its keys below it, indented further" if is_mapping_of_a_key else f"write {describe(type_)}"
            report(f"{label} has no value", path, hint)
        elif isinstance(members[0], inspect.CustomType) and not isinstance(data, list | dict):
            self._report(f"{raw} is not a duration", path, "write it with its unit, such as 250ms, 8s or 1m30s")
        elif is_text and not isinstance(data, list | dict):
            message = f"{label} must be {describe(type_)}, and YAML reads {raw} as {meaning_of(data, raw)}"
            self._report(message, path, f'quote it: "{raw}"')
        else:
            message = f"{label} must be {describe(type_)}, not {found(data, raw)}"
            self._report(message, path, _type_hint(data, members))
        return self._broken(path)

    def _raw(self, path: KeyPath) -> str:
        mark = self._source.marks.get(path)
        return mark.raw if mark else ""

    def _report(self, message: str, path: KeyPath, hint: str = "") -> None:
        self.mistakes.append(self._source.mistake(message, *path, hint=hint))

    def _report_key(self, message: str, path: KeyPath, hint: str = "") -> None:
        self.mistakes.append(self._source.key_mistake(message, *path, hint=hint))

    def _broken(self, path: KeyPath) -> Broken:
        self.bad.add(path)
        return Broken()


def _fits(data: object, type_: inspect.Type) -> bool:
    """Whether a value is of the kind that a type is about, whatever else the type asks of it."""
    match type_:
        case inspect.StrType() | inspect.CustomType():
            return isinstance(data, str)
        case inspect.LiteralType():
            return data is True if True in type_.values else isinstance(data, str)
        case inspect.BoolType():
            return isinstance(data, bool)
        case inspect.IntType():
            return isinstance(data, int) and not isinstance(data, bool)
        case inspect.FloatType():
            return isinstance(data, int | float) and not isinstance(data, bool)
        case inspect.VarTupleType():
            return isinstance(data, list)
        case inspect.StructType() | inspect.DictType():
            return isinstance(data, dict)
        case _:
            return False  # nothing: a key without a value is always a mistake


def _holds_structs(type_: inspect.Type) -> bool:
    members = type_.types if isinstance(type_, inspect.UnionType) else (type_,)
    return any(isinstance(member, inspect.StructType) for member in members)


def _label(path: KeyPath) -> str:
    """How a message calls the value at a path."""
    if not path:
        return "the file"
    *around, last = path
    if isinstance(last, str):
        return last
    return f"item {last + 1} of {_label(tuple(around))}"


def _type_hint(data: object, wanted: tuple[inspect.Type, ...]) -> str:
    kinds = tuple(type(member) for member in wanted)
    first = wanted[0]
    if (
        isinstance(data, str)
        and isinstance(first, inspect.VarTupleType)
        and isinstance(first.item_type, inspect.StrType)
    ):
        return f"write it as a list: {as_list(data)}" if len(data) < 60 else "write it as a list"
    if inspect.VarTupleType in kinds and isinstance(data, str | dict):
        return 'begin each item with "- "'
    if inspect.DictType in kinds and isinstance(data, list):
        return "give each item a name and a colon, in place of its dash"
    if inspect.StructType in kinds and not isinstance(data, list):
        return "write `key: value`, with a blank after the colon"
    if data is False and inspect.LiteralType in kinds:
        return "leave it out instead"
    is_number = isinstance(data, str) and (inspect.IntType in kinds or inspect.FloatType in kinds) and data.isdecimal()
    is_truth = inspect.BoolType in kinds and data in ("true", "false")
    return f"write it without quotes: {data}" if is_number or is_truth else ""


def _unknown_key_hint(key: str, allowed: tuple[str, ...]) -> str:
    owners = [
        f"a {owner}"
        for owner, struct in _OWNERS.items()
        if key in {field.encode_name for field in msgspec.structs.fields(struct)}
    ]
    if owners:
        return f"it belongs to {' or '.join(owners)}; allowed here: {', '.join(allowed)}"
    return suggestion(key, allowed)
