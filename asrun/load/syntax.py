"""What is wrong with the syntax of a YAML file, in the words of its author: PyYAML speaks of tokens and states."""

from __future__ import annotations

import re

import yaml

from asrun.errors import Mistake
from asrun.lines import split_lines
from asrun.model import Source

_KEY_AND_MORE = re.compile(r"\s*(?:- )*[^\s#'\"]+:\s+\S")
_INDEX = re.compile(r"\[[\w.]*\]")
_KEY_WITHOUT_BLANK = re.compile(r"\s*(?:- )*[A-Za-z_]\w*:[^\s:/]")
READ_AS_MAPPING = "YAML takes {{ for the beginning of a mapping"
_BELOW = "put a text of several lines, or code, below the key: after `|`, and indented"


def explain(source: Source, error: yaml.YAMLError) -> Mistake:
    """The mistake that PyYAML's parser stopped at; works for its C parser and for the one in Python."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return source.mistake_at(f"this is not YAML: {error}", 1, 1)
    problem, context = error.problem or "", error.context or ""
    at = error.problem_mark
    begun = error.context_mark or at
    lines = split_lines(source.text)
    line = lines[at.line] if at.line < len(lines) else ""

    def mistake(mark: yaml.Mark, message: str, hint: str = "") -> Mistake:
        return source.mistake_at(message, mark.line + 1, mark.column + 1, hint)

    if "mapping values are not allowed" in problem:
        before = lines[at.line - 1] if at.line else ""
        if _KEY_AND_MORE.match(line[: at.column]):
            hint = 'quote the whole value; code goes below the key, indented, after "code: |"'
            return mistake(at, 'a second ": " in one line', hint)
        without_blank = _KEY_WITHOUT_BLANK.match(before)
        if without_blank:
            return source.mistake_at("a blank is missing after this colon", at.line, without_blank.end() - 1)
        return mistake(
            at, "YAML reads this as a part of the value before", "indent it as the key that it stands beside"
        )
    if "cannot start any token" in problem:
        char = line[at.column : at.column + 1]
        if char == "\t":
            return mistake(at, "a tab cannot indent YAML", "use blanks")
        return mistake(at, f'a value cannot begin with "{char}"', "quote it")
    if "quoted scalar" in context or "double-quoted" in context:
        if "end of stream" in problem or "document separator" in problem:
            return mistake(begun, "this quote is never closed")
        hint = "write two backslashes; in single quotes, and in the lines after `|`, one stands for itself"
        # The C parser stands at the backslash, the one in Python at what follows it.
        backslash = line.rfind("\\", 0, at.column + 1)
        return source.mistake_at("no such escape", at.line + 1, (backslash if backslash >= 0 else at.column) + 1, hint)
    if "simple key" in context:
        return mistake(begun, "this is not `key: value`", _BELOW)
    if "scanning a block scalar" in context:
        return mistake(at, "nothing can follow `|` or `>` on its line", "begin on the next line, indented")
    if "scanning an alias" in context or "scanning an anchor" in context:
        char = line[begun.column : begun.column + 1] or "*"
        return mistake(begun, f'a value cannot begin with "{char}"', "quote it")
    if "directive" in context:
        return mistake(begun, 'a line cannot begin with "%"', "quote it")
    if "flow" in context:
        return _explain_brackets(source, begun, at)
    if "parsing a block mapping" in context:
        return _explain_mapping(source, begun, at, line)
    if "block collection" in context or "block sequence" in context:
        hint = f'a further item begins with "- "; what belongs to the item before begins in column {begun.column + 3}'
        return mistake(at, f"the items of the list from line {begun.line + 1} have no dash here", hint)
    if "node content" in problem:
        return mistake(at, f'"{line[at.column : at.column + 1]}" closes nothing', "quote the whole value")
    return mistake(at, f"this is not YAML: {problem}{f' {context}' if context else ''}", _BELOW)


def _explain_brackets(source: Source, begun: yaml.Mark, at: yaml.Mark) -> Mistake:
    bracket = source.text[begun.index : begun.index + 1]
    if source.text.startswith("{{", begun.index) or source.text.startswith("{{", max(begun.index - 1, 0)):
        return source.mistake_at(READ_AS_MAPPING, begun.line + 1, begun.column + 1, "quote the whole value")
    if bracket not in ("[", "{"):
        hint = "is there a comma too many, or a bracket that is never closed?"
        return source.mistake_at("a value is missing here", at.line + 1, at.column + 1, hint)
    index = _INDEX.match(source.text, at.index)
    name = re.search(r"[A-Za-z_][\w.]*$", source.text[begun.index : at.index])
    if index and name:  # a run of an interpreter matrix
        whole = name[0] + index[0]
        hint = f'quote it: "{whole}"; between brackets YAML takes "[" for the beginning of a list'
        return source.mistake_at(f"{whole} needs quotes here", at.line + 1, at.column + 1 - len(name[0]), hint)
    closing = "}" if bracket == "{" else "]"
    message = f'"," or "{closing}" is missing, to go on with "{bracket}" of line {begun.line + 1}'
    return source.mistake_at(message, at.line + 1, at.column + 1, "quote a text that has brackets in it")


def _explain_mapping(source: Source, begun: yaml.Mark, at: yaml.Mark, line: str) -> Mistake:
    before = line[: at.column].rstrip()
    if before.endswith(('"', "'", "}", "]")):
        hint = "quote the whole value, or put it below the key: after `|`, and indented"
        return source.mistake_at("more text after the end of the value", at.line + 1, at.column + 1, hint)
    message = f"this is indented by {at.column}, and the keys beside it by {begun.column}"
    hint = f"the keys from line {begun.line + 1} on stand in column {begun.column + 1}"
    return source.mistake_at(message, at.line + 1, at.column + 1, hint)
