"""The one language of claims and prose: Jinja, in Jinja's sandbox, over recordings.

Claims are single expressions. Prose is text with expressions in it; each value that it inserts is kept apart from the
text, so that what a program printed can never be taken for Markdown or HTML.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import jinja2
import msgspec
from jinja2 import meta, nodes
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from asrun.durations import parse_duration, show_seconds
from asrun.errors import suggestion

RUN_ATTRIBUTES = (
    "wall",
    "cpu",
    "cores",
    "rss",
    "ended",
    "exit",
    "signal",
    "raised",
    "output",
    "stdout",
    "stderr",
    "lines",
    "walls",
    "dropped",
    "startup",
    "python",
    "machine",
    "missing",
    "tasks",
    "threads",
    "processes",
    "generators",
    "waited",
    "at",
    "before",
    "order",
    "lane",
    "overlap",
)
"""The names that claims and prose may use of a run."""

TIMING_ATTRIBUTES = frozenset(
    {"wall", "walls", "cpu", "cores", "rss", "startup", "at", "before", "waited", "overlap", "order", "lane"}
    | {"began", "ended_at", "running", "waiting", "steps"}
)
"""Those among them, and among the names of lanes and lines, that another take of the same run may change."""

VALUE_OPEN, VALUE_CLOSE = "\ue000", "\ue001"
"""Around the number of an inserted value in expanded prose: private-use characters, which Markdown leaves alone."""


class Fault(msgspec.Struct, frozen=True):
    """A mistake in an expression, in prose or in a template; line and column count from 1 within its text."""

    line: int
    column: int
    message: str
    hint: str = ""


class Scope(msgspec.Struct, frozen=True):
    """The names that may be used in a text."""

    runs: tuple[str, ...]
    """The runs of the scenario that the text belongs to."""
    scenarios: dict[str, tuple[str, ...]]
    """The runs of every scenario, by the scenario's name."""
    own_versions: dict[str, tuple[str, ...]] = {}
    """The versions of each interpreter matrix among `runs`."""
    versions: dict[str, dict[str, tuple[str, ...]]] = {}
    """The same for every scenario that has some, by its name."""

    def versions_at(self, path: tuple[str, ...]) -> tuple[str, ...]:
        """The versions of the interpreter matrix that a dotted path names; none where it names something else."""
        if path[0] in self.runs:
            return self.own_versions.get(path[0], ()) if len(path) == 1 else ()
        return self.versions.get(path[0], {}).get(path[1], ()) if len(path) == 2 else ()


class Expanded(msgspec.Struct, frozen=True):
    """Prose with its expressions evaluated, and the values kept apart."""

    markdown: str
    """The author's text, with VALUE_OPEN, the value's index and VALUE_CLOSE where a value goes."""
    values: tuple[str, ...] = ()


def about(value: float, expected: str | float, within: str | float = "10%") -> bool:
    """The test `is about("8s", within="10%")`: `within` is a share of what is expected, or a duration."""
    target = parse_duration(expected) if isinstance(expected, str) else float(expected)
    if isinstance(within, str) and within.strip().endswith("%"):
        slack = abs(target) * float(within.strip().rstrip("%")) / 100
    else:
        slack = parse_duration(within) if isinstance(within, str) else float(within)
    return abs(value - target) <= slack


def show_ms(seconds: float) -> str:
    """The filter `ms`: `250 ms`."""
    return f"{seconds * 1e3:.0f} ms"


def show_times(ratio: float) -> str:
    """The filter `times`: a ratio with about two digits, `1.6×`."""
    digits = 0 if abs(ratio) >= 10 else 1 if abs(ratio) >= 1 else 2
    return f"{ratio:.{digits}f}×"


def show_percent(share: float) -> str:
    """The filter `percent`: `0.97` is shown as `97 %`."""
    return f"{share * 100:.0f} %"


def show_value(value: object) -> str:
    """A value as prose shows it where no filter says how: numbers with about three digits."""
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return str(value)


FILTERS: Mapping[str, Callable[..., object]] = {
    "seconds": show_seconds,
    "ms": show_ms,
    "times": show_times,
    "percent": show_percent,
    "median": statistics.median,
}


@jinja2.pass_context
def _keep_apart(context: Context, value: object) -> str:
    # With pass_context Jinja calls this at run time even for constants, when there is a list to put values into.
    kept: list[str] = context["_values"]
    kept.append(show_value(value))
    return f"{VALUE_OPEN}{len(kept) - 1}{VALUE_CLOSE}"


def _environment(finalize: Callable[..., Any] | None) -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined, finalize=finalize, keep_trailing_newline=True, autoescape=False
    )
    made.filters.update(FILTERS)
    made.tests["about"] = about
    made.globals.pop("lipsum", None)
    return made


_EXPRESSIONS = _environment(None)
_PROSE = _environment(_keep_apart)


def _is_plain(text: str) -> bool:
    return not any(mark in text for mark in ("{{", "{%", "{#"))


def expand(text: str, names: Mapping[str, object]) -> Expanded:
    """Evaluate the expressions in prose. Raises what they raise: jinja2.TemplateError, LookupError, TypeError …"""
    text = text.replace(VALUE_OPEN, "\ufffd").replace(VALUE_CLOSE, "\ufffd")
    if _is_plain(text):
        return Expanded(text)
    values: list[str] = []
    markdown = _template(text).render({**names, "_values": values})
    return Expanded(markdown, tuple(values))


@lru_cache(maxsize=4096)
def _template(text: str) -> jinja2.Template:
    return _PROSE.from_string(text)


def evaluate(expression: nodes.Expr, names: Mapping[str, object]) -> object:
    """The value of a parsed expression or of a part of one. Raises what it raises."""
    compiled = _compiled(expression)
    context = compiled.new_context(dict(names))
    list(compiled.root_render_func(context))
    result = context.vars[_VALUE]
    if isinstance(result, jinja2.Undefined):
        str(result)  # StrictUndefined raises, naming what is missing
    return result


_VALUE = "value"


@lru_cache(maxsize=4096)
def _compiled(expression: nodes.Expr) -> jinja2.Template:
    """A template that does nothing but give the expression's value a name."""
    body = nodes.Assign(nodes.Name(_VALUE, "store", lineno=1), expression, lineno=1)
    template = nodes.Template([body], lineno=1)
    template.set_environment(_EXPRESSIONS)
    return jinja2.Template.from_code(_EXPRESSIONS, _EXPRESSIONS.compile(template), {})


class _Tokens:
    """The tokens of a text, with the offset of each: Jinja's own carry lines only."""

    def __init__(self, environment: jinja2.Environment, text: str, expression: bool) -> None:
        self.text = text
        self.offset = 0
        """Where the token that was read last begins."""
        self.read: list[tuple[int, str, str]] = []
        """Offset, type and text of each token read so far."""
        self._lexer = environment.lexer
        self._state = "variable" if expression else None

    def __iter__(self) -> Iterator[tuple[int, str, str]]:
        end = 0
        tokens = self._lexer.tokeniter(self.text, None, None, self._state)
        while True:
            try:
                line, type_, value = next(tokens)
            except StopIteration:
                break
            except jinja2.TemplateSyntaxError:
                self.offset = end  # what cannot be a token comes right after the last one
                raise
            # The lexer drops what `-%}` trims, so look for the token instead of adding up lengths.
            found = self.text.find(value, end)
            begin = found if found >= 0 else end
            end = begin + len(value)
            self.offset = begin
            self.read.append((begin, type_, value))
            yield line, type_, value
        self.offset = len(self.text)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1, of an offset in the text."""
        before = self.text[:offset]
        return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _parse(text: str, expression: bool) -> tuple[nodes.Template | nodes.Expr, _Tokens]:
    """The syntax tree and the tokens it was made from. Raises _Faulty where the text is no valid Jinja."""
    environment = _EXPRESSIONS if expression else _PROSE
    tokens = _Tokens(environment, text, expression)
    try:
        parser = Parser(environment, "", state="variable" if expression else None)
        stream = environment.lexer.wrap(iter(tokens))
        parser.stream = jinja2.lexer.TokenStream(stream, None, None)
        if expression:
            parsed: nodes.Template | nodes.Expr = parser.parse_expression()
            if not parser.stream.eos:
                raise jinja2.TemplateSyntaxError("one expression is expected here, and more follows it", 1)
        else:
            parsed = parser.parse()
        parsed.set_environment(environment)
    except jinja2.TemplateSyntaxError as error:
        offset = min(tokens.offset, max(len(text.rstrip()) - 1, 0))
        if not expression and "end of template" in (error.message or ""):
            # What was never closed is of more use than the end of the text.
            opened = [token[0] for token in tokens.read if token[1] in ("variable_begin", "block_begin")]
            offset = opened[-1] if opened else offset
        line, column = tokens.place(offset)
        raise _Faulty(Fault(line, column, f"not valid Jinja: {error.message}")) from error
    return parsed, tokens


class _Faulty(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


@lru_cache(maxsize=4096)
def parse_expression(text: str) -> nodes.Expr:
    """The syntax tree of a claim that was checked before. Raises ValueError where it is no expression."""
    try:
        parsed, _ = _parse(text, expression=True)
    except _Faulty as faulty:
        raise ValueError(faulty.fault.message) from faulty
    if not isinstance(parsed, nodes.Expr):
        raise ValueError("not an expression")
    return parsed


def check_expression(text: str, scope: Scope) -> list[Fault]:
    """Every mistake in a claim that can be seen without a recording."""
    if not text.strip():
        return [Fault(1, 1, "a claim is an expression, and this is empty")]
    faults = _check(text, scope, expression=True)
    return faults or _check_is_verdict(text)


def check_prose(text: str, scope: Scope) -> list[Fault]:
    """Every mistake in prose that can be seen without a recording."""
    return [] if _is_plain(text) else _check(text, scope, expression=False)


def check_template(text: str) -> list[Fault]:
    """The mistakes of syntax in a template of the author's own."""
    try:
        _parse(text, expression=False)
    except _Faulty as faulty:
        return [faulty.fault]
    return []


def _check(text: str, scope: Scope, expression: bool) -> list[Fault]:
    matrices = tuple((name, tuple(versions.items())) for name, versions in scope.versions.items())
    own = tuple(scope.own_versions.items())
    return list(_check_once(text, scope.runs, tuple(scope.scenarios.items()), own, matrices, expression))


_Items = tuple[tuple[str, tuple[str, ...]], ...]


# A preview looks at every text of a project at each save, and one of them is new.
@lru_cache(maxsize=4096)
def _check_once(
    text: str,
    runs: tuple[str, ...],
    scenarios: _Items,
    own: _Items,
    matrices: tuple[tuple[str, _Items], ...],
    expression: bool,
) -> list[Fault]:
    scope = Scope(runs, dict(scenarios), dict(own), {name: dict(versions) for name, versions in matrices})
    try:
        parsed, tokens = _parse(text, expression)
    except _Faulty as faulty:
        return [faulty.fault]
    if isinstance(parsed, nodes.Expr):
        parsed = nodes.Template([nodes.Output([parsed])], lineno=1)
        parsed.set_environment(_PROSE)
    faults = [*_check_statements(parsed), *_check_words(parsed, tokens), *_check_names(parsed, tokens, scope)]
    if not faults:
        faults = _check_compiles(parsed)
    return sorted(faults, key=lambda fault: (fault.line, fault.column))


def _check_is_verdict(text: str) -> list[Fault]:
    expression = parse_expression(text)
    arithmetic = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow, nodes.Neg)
    if not isinstance(expression, arithmetic):
        return []
    return [
        Fault(
            1,
            1,
            "a claim is true or false, and this is a number",
            "`is` binds more tightly than arithmetic: write (a.wall / b.wall) is about(1.6), with the parentheses",
        )
    ]


def _check_statements(parsed: nodes.Template) -> Iterator[Fault]:
    """Prose is one text of its own: there is no other template that it could take in."""
    for node in parsed.find_all((nodes.Include, nodes.Extends, nodes.Import, nodes.FromImport, nodes.Block)):
        word = type(node).__name__.lower().replace("fromimport", "import")
        yield Fault(node.lineno, 1, f"{word!r} has nothing to take from here: prose and claims are texts of their own")


def _check_compiles(parsed: nodes.Template) -> list[Fault]:
    """What only shows when Python reads what Jinja made of it, such as a keyword argument that is given twice."""
    try:
        _PROSE.compile(parsed)
    except SyntaxError as error:
        return [Fault(1, 1, f"not valid Jinja: {error.msg}")]
    return []


def _check_words(parsed: nodes.Node, tokens: _Tokens) -> Iterator[Fault]:
    kinds: Sequence[tuple[type[nodes.Filter] | type[nodes.Test], str, tuple[str, ...], Collection[str], str]] = (
        (nodes.Filter, "filter", tuple(FILTERS), _PROSE.filters, "string"),
        (nodes.Test, "test", ("about",), _PROSE.tests, "defined"),
    )
    for node_type, word, own, known, harmless in kinds:
        for node in parsed.find_all(node_type):
            if node.name not in known:
                line, column = tokens.place(_find(tokens, (node.name,)))
                listed = f"{', '.join(own)}, and those of Jinja"
                yield Fault(line, column, f"there is no {word} {node.name!r}", suggestion(node.name, known, listed))
                node.name = harmless  # Jinja's look for unknown names would end at the first unknown filter


def _check_names(parsed: nodes.Template, tokens: _Tokens, scope: Scope) -> Iterator[Fault]:
    unknown = meta.find_undeclared_variables(parsed)
    for name in sorted(unknown - {*scope.runs, *scope.scenarios, *_PROSE.globals}):
        line, column = tokens.place(_find(tokens, (name,)))
        allowed = [*scope.runs, *(f"{scenario}.…" for scenario in scope.scenarios if scenario not in scope.runs)]
        yield Fault(line, column, f"there is no run {name!r}", suggestion(name, allowed))
    for node in parsed.find_all(nodes.Getattr):
        path = _dotted(node)
        fault = _check_path(path, tokens, scope) if path and path[0] in unknown else None
        if fault is not None:
            yield fault
    if scope.versions:
        yield from _check_matrices(parsed, unknown, tokens, scope)


def _check_matrices(node: nodes.Node, unknown: Collection[str], tokens: _Tokens, scope: Scope) -> Iterator[Fault]:
    """Whether each interpreter matrix is asked for one of its runs, and that run for what it has."""
    attribute, inner = "", node
    if isinstance(inner, nodes.Getattr) and isinstance(inner.node, nodes.Getitem):
        attribute, inner = inner.attr, inner.node
    index = inner.arg if isinstance(inner, nodes.Getitem) else None
    path = _dotted(inner.node if isinstance(inner, nodes.Getitem) else inner)
    if path and path[0] in unknown:
        if path[-1] == "versions" and len(path) > 1 and scope.versions_at(path[:-1]):
            return  # the list itself, to go through it
        if versions := scope.versions_at(path):
            yield from _check_index(path, index, attribute, versions, tokens)
            node = index or nodes.Const(None)
    for child in node.iter_child_nodes():
        yield from _check_matrices(child, unknown, tokens, scope)


def _check_index(
    path: tuple[str, ...], index: nodes.Node | None, attribute: str, versions: tuple[str, ...], tokens: _Tokens
) -> Iterator[Fault]:
    """Whether an index picks one run of a matrix. One that is not written out is looked at when it has a value."""
    name = ".".join(path)
    hint = "write one of " + ", ".join(f'{name}["{version}"]' for version in versions)
    words = [word for part in path for word in (".", part)][1:]
    if index is None:
        line, column = tokens.place(_find_words(tokens, words, unless="["))
        yield Fault(line, column, f"{name} is run on several interpreters, and this is the place for one run", hint)
    elif isinstance(index, nodes.Const):
        words += ["[", str(index.value)]
        if not isinstance(index.value, str):
            line, column = tokens.place(_find_words(tokens, words[:-1]))
            yield Fault(line, column + 1, "a version is a text, in quotes", hint)
        elif index.value not in versions:
            line, column = tokens.place(_find_words(tokens, words))
            yield Fault(line, column, f"{name} is not run on Python {index.value}", hint)
        elif attribute and attribute not in RUN_ATTRIBUTES:
            line, column = tokens.place(_find_words(tokens, [*words, "]", ".", attribute]))
            yield Fault(line, column, f"there is no {attribute!r} in a run", suggestion(attribute, RUN_ATTRIBUTES))


def _check_path(path: tuple[str, ...], tokens: _Tokens, scope: Scope) -> Fault | None:
    """A dotted path as far as it is about runs: `run.attribute`, `scenario.run`, `scenario.run.attribute`."""
    first, *rest = path
    names: tuple[str, ...]
    if first in scope.runs:
        within, names, depth = "a run", RUN_ATTRIBUTES, 1
    elif first in scope.scenarios and len(rest) == 1:
        within, names, depth = f"scenario {first!r}", scope.scenarios[first], 1
    elif first in scope.scenarios and len(rest) == 2 and rest[0] in scope.scenarios[first]:
        within, names, depth = "a run", RUN_ATTRIBUTES, 2
    else:
        return None
    if len(path) != depth + 1 or path[depth] in names or scope.versions_at(path[:-1]):
        return None
    line, column = tokens.place(_find(tokens, path))
    return Fault(line, column, f"there is no {path[depth]!r} in {within}", suggestion(path[depth], names))


def _dotted(node: nodes.Node) -> tuple[str, ...] | None:
    if isinstance(node, nodes.Name):
        return (node.name,)
    if isinstance(node, nodes.Getattr):
        before = _dotted(node.node)
        return (*before, node.attr) if before else None
    return None


def _find(tokens: _Tokens, path: tuple[str, ...]) -> int:
    """The offset of the last name of a dotted path where it stands first in the text."""
    return _find_words(tokens, [word for part in path for word in (".", part)][1:])


def _find_words(tokens: _Tokens, wanted: Sequence[str], unless: str = "") -> int:
    """The offset of the last of some tokens where they stand first in the text, and not before `unless`."""
    words = [(offset, type_, value.strip("'\"")) for offset, type_, value in tokens.read if type_ != "whitespace"]
    for index, (_, type_, value) in enumerate(words):
        if type_ != "name" or value != wanted[0] or (len(wanted) > 1 and index > 0 and words[index - 1][2] == "."):
            continue
        ahead = words[index : index + len(wanted)]
        after = words[index + len(wanted)][2] if index + len(wanted) < len(words) else ""
        if [token[2] for token in ahead] == list(wanted) and (not unless or after != unless):
            return ahead[-1][0]
    return 0
