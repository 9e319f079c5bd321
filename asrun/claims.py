"""Claims: expressions over recordings that must be true, and what became of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping

import msgspec
from jinja2 import nodes

from asrun.doubts import SHARES, at_best, doubt, shortened
from asrun.errors import Place
from asrun.language import TIMING_ATTRIBUTES, evaluate, parse_expression
from asrun.model import Claim, Project, Scenario, split_run
from asrun.recording import Recording, RunKey
from asrun.view import LaneView, Line, NeverPrinted, NoSuchLane, NotRecorded, NotTraced, names_of


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one claim of a scenario."""

    scenario: str
    index: int
    """The claim's number in its scenario, from 0."""
    claim: Claim
    held: bool
    unjudged: str = ""
    """Why this machine cannot tell whether it holds, where it cannot: it did neither hold nor fail."""
    parts: tuple[tuple[str, str], ...] = ()
    """Each part of the expression as written, with its value: what a failing claim prints."""
    error: str = ""
    """Why it does not hold, where its parts do not say so."""
    absent: str = ""
    """Which interpreter was not there, for an optional run that it speaks of: it neither holds nor fails."""
    runs: frozenset[RunKey] = frozenset()
    """The runs that it speaks of."""
    timing: bool = False
    """True where it speaks of a duration or a moment, which another take may change."""

    @property
    def failed(self) -> bool:
        """Whether it does not hold, or could not be judged although all was there that it speaks of."""
        return not self.held and not self.absent


def judge(
    scenario: Scenario,
    project: Project,
    recordings: Mapping[RunKey, Recording],
    failed: Collection[RunKey] = (),
    needs: Mapping[RunKey, float] | None = None,
) -> tuple[Verdict, ...]:
    """The verdict on each claim of a scenario. A claim about a run among `failed` does not hold.

    `needs` says how many cores a run needs, where that is known. The times of a run that was disturbed, or that had too
    few cores, are too long. A timing claim about it holds where it holds for its times as measured and as they would be
    at best, and fails where no shorter time would make it true; else this machine cannot judge it.
    """
    if not scenario.claims:
        return ()
    needed = needs or {}
    doubts = {key: told for key, made in recordings.items() if (told := doubt(made, needed.get(key, 0)))}
    best = {key: at_best(made, needed.get(key, 0)) if key in doubts else made for key, made in recordings.items()}
    names = names_of(scenario, project, recordings)
    verdicts = (
        _judge_one(scenario, project, index, claim, names, failed) for index, claim in enumerate(scenario.claims)
    )
    if not doubts:
        return tuple(verdicts)
    return tuple(_doubted(verdict, scenario, project, recordings, best, doubts) for verdict in verdicts)


def _judge_one(
    scenario: Scenario,
    project: Project,
    index: int,
    claim: Claim,
    names: Mapping[str, object],
    failed: Collection[RunKey],
) -> Verdict:
    expression = parse_expression(claim.that)
    runs = frozenset(_runs_of(expression, scenario, project))
    held, error, absent = False, "", ""
    parts: tuple[tuple[str, str], ...] = ()
    failed_runs = sorted(f"{owner}.{run}" for owner, run in runs.intersection(failed))
    if failed_runs:
        error = f"{' and '.join(failed_runs)} did not end as declared"
    else:
        try:
            value = evaluate(expression, names)
        except NotRecorded as missing:
            absent = str(missing)
        except (NeverPrinted, NoSuchLane, NotTraced) as missing:
            error = str(missing)
        except Exception as problem:  # whatever the author's expression may raise
            error = f"{type(problem).__name__}: {problem}"
        else:
            held = value is True
            if not isinstance(value, bool):
                error = f"a claim is true or false, and this is {_show_part(value)}: compare it with something"
        if not held and not absent:
            parts = tuple(_parts(expression, names))
    return Verdict(
        scenario=scenario.name,
        index=index,
        claim=claim,
        held=held,
        parts=parts,
        error=error,
        absent=absent,
        runs=runs,
        timing=bool(_timing_attributes(expression)),
    )


def _doubted(
    verdict: Verdict,
    scenario: Scenario,
    project: Project,
    recordings: Mapping[RunKey, Recording],
    best: Mapping[RunKey, Recording],
    doubts: Mapping[RunKey, str],
) -> Verdict:
    """The verdict where it does not depend on how long a doubted run would take at best, and that it is open else."""
    reasons = [doubts[key] for key in sorted(verdict.runs) if key in doubts]
    if not reasons or not verdict.timing or verdict.error or verdict.absent:
        return verdict
    expression = parse_expression(verdict.claim.that)
    if verdict.held and _is_true(expression, names_of(scenario, project, best)):
        return verdict
    names = names_of(scenario, project, recordings)
    for part in _conditions(expression):
        open_runs = frozenset(_runs_of(part, scenario, project)).intersection(doubts)
        attributes = _timing_attributes(part)
        if not attributes or not open_runs:
            # Others on the cores are no excuse for what is not about time, or about another run.
            if not _is_true(part, names):
                return verdict
        elif len(open_runs) == 1 and attributes <= {"wall", "walls"}:
            (key,) = open_runs
            shorter = ({**recordings, key: shortened(recordings[key], share)} for share in SHARES)
            if not any(_is_true(part, names_of(scenario, project, made)) for made in shorter):
                return verdict
    parts = verdict.parts or tuple(_parts(expression, names))
    return msgspec.structs.replace(verdict, held=False, unjudged="\n".join(reasons), parts=parts)


def _is_true(expression: nodes.Expr, names: Mapping[str, object]) -> bool:
    try:
        return evaluate(expression, names) is True
    except Exception:  # whatever the author's expression may raise, at other times than those measured
        return False


def _conditions(expression: nodes.Expr) -> Iterator[nodes.Expr]:
    """What must all be true for an expression to be: the parts of an `and`."""
    if isinstance(expression, nodes.And):
        yield from _conditions(expression.left)
        yield from _conditions(expression.right)
    else:
        yield expression


def _timing_attributes(expression: nodes.Expr) -> frozenset[str]:
    """What an expression asks for that another take may change, also by a name in a filter's argument."""
    found: set[str] = set()
    for node in _nodes(expression):
        if isinstance(node, nodes.Getattr):
            found.add(node.attr)
        elif isinstance(node, nodes.Filter | nodes.Getitem):
            named = (text.value for text in node.find_all(nodes.Const) if isinstance(text.value, str))
            found.update(part for text in named for part in text.split("."))
    return frozenset(found & TIMING_ATTRIBUTES)


def show_verdict(verdict: Verdict, scenario: Scenario) -> str:
    """A verdict on a claim that does not hold, or that is open, for a terminal: its place, the claim, its parts."""
    message, *lines = verdict_lines(verdict)
    return "\n".join([f"{verdict_place(verdict, scenario)}: {message}", *(f"    {line}" for line in lines)])


def verdict_place(verdict: Verdict, scenario: Scenario) -> Place:
    """Where the claim is written."""
    return scenario.source.place(*scenario.claim_path(verdict.index))


def verdict_lines(verdict: Verdict) -> list[str]:
    """What became of a claim that does not hold, or that is open; the claim; the value of each of its parts; why."""
    became = "this claim could not be judged on this machine" if verdict.unjudged else "this claim does not hold"
    width = max((len(text) for text, _ in verdict.parts), default=0)
    parts = (f"  {text:<{width}}  =  {value}" for text, value in verdict.parts)
    return [became, *verdict.claim.that.strip().splitlines(), *parts, *(verdict.unjudged or verdict.error).splitlines()]


def runs_of(claim: Claim, scenario: Scenario, project: Project) -> frozenset[RunKey]:
    """The runs that a claim of a scenario speaks of."""
    return frozenset(_runs_of(parse_expression(claim.that), scenario, project))


def values_of(claim: Claim, names: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """The measures in a claim, such as `sync.wall` and `sync.at("Done.")`, as written, with their values."""
    found: dict[str, str] = {}
    for node in _nodes(parse_expression(claim.that)):
        if isinstance(node, nodes.Getattr | nodes.Call):
            value = _measure(node, names)
            if isinstance(value, float):
                found.setdefault(write(node), f"{value:.4g}")
    return tuple(found.items())


def _measure(node: nodes.Node, names: Mapping[str, object]) -> object:
    """The value of a dotted name, or of a call of one with constants; None for anything else."""
    try:
        match node:
            case nodes.Name():
                return names[node.name]
            case nodes.Getattr():
                owner = _measure(node.node, names)
                return None if owner is None else getattr(owner, node.attr)
            case nodes.Call(kwargs=[], dyn_args=None, dyn_kwargs=None):
                arguments = [argument.value for argument in node.args if isinstance(argument, nodes.Const)]
                called = _measure(node.node, names)
                return called(*arguments) if callable(called) and len(arguments) == len(node.args) else None
    except (LookupError, AttributeError, TypeError, ValueError):
        pass
    return None


def _nodes(expression: nodes.Expr) -> Iterator[nodes.Node]:
    yield expression
    yield from expression.find_all(nodes.Node)


def _runs_of(node: nodes.Node, scenario: Scenario, project: Project) -> Iterator[RunKey]:
    """The runs that an expression speaks of; of a matrix whose index is not written out, all."""
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        one = [key for key in _named(node.node, scenario, project) if split_run(key[1])[1] == node.arg.value]
        if one:
            yield from one
            return
    yield from _named(node, scenario, project)
    for child in node.iter_child_nodes():
        yield from _runs_of(child, scenario, project)


def _named(node: nodes.Node, scenario: Scenario, project: Project) -> Iterator[RunKey]:
    """The runs that a name or a dotted name stands for: one, or all of a matrix."""
    if isinstance(node, nodes.Name):
        for run in scenario.runs_of(node.name):
            yield scenario.name, run
    elif isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        owner = project.scenarios.get(node.node.name)
        if owner is not None and not scenario.runs_of(node.node.name):
            for run in owner.runs_of(node.attr):
                yield owner.name, run


def _parts(expression: nodes.Expr, names: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Each part whose value explains the whole, from left to right, with that value."""
    seen: set[str] = set()
    for node in _telling(expression):
        text = write(node)
        if text in seen:
            continue
        seen.add(text)
        try:
            value = evaluate(node, names)
        except Exception:
            yield text, "not to be had"
        else:
            yield text, _show_part(value)


def _telling(node: nodes.Node) -> Iterator[nodes.Expr]:
    """The parts of an expression that have a value of their own to tell: not names, constants or methods."""
    if isinstance(node, nodes.Getattr) and (
        isinstance(node.node, nodes.Name | nodes.Getattr) or _is_indexed(node.node)
    ):
        yield node
        return
    if isinstance(node, nodes.Call):
        for argument in (*node.args, *(keyword.value for keyword in node.kwargs)):
            yield from _telling(argument)
        yield node
        return
    for child in node.iter_child_nodes():
        yield from _telling(child)
        if isinstance(node, nodes.And | nodes.Or) and isinstance(child, nodes.Compare | nodes.Test | nodes.Not):
            yield child
    if isinstance(node, nodes.BinExpr | nodes.Filter | nodes.Getitem | nodes.Getattr) and not isinstance(
        node, nodes.And | nodes.Or
    ):
        yield node


def _is_indexed(node: nodes.Node) -> bool:
    """Whether it is a run of a matrix by its version."""
    return isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str)


def _show_part(value: object) -> str:
    shown = _shown(value)
    return shown if len(shown) <= 300 else f"{shown[:300]}… ({len(shown)} characters)"


def _shown(value: object) -> str:
    """A value as an author would write it: lines by their texts, a lane by its kind and name."""
    match value:
        case float():
            return f"{value:.6g}"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case Line():
            return f"line {_shown(value.text)}"
        case LaneView():
            named = f"{value.kind} {value.name}"
            return f"{named} ({value.function})" if value.function not in (None, value.name) else named
        case (Line(), *_):
            return f"lines {_shown([line.text for line in value if isinstance(line, Line)])}"
        case list() | tuple():
            return f"[{', '.join(_shown(item) for item in value)}]"
        case _:
            return str(value)


def write(node: nodes.Node) -> str:
    """An expression as an author would write it."""
    match node:
        case nodes.Name():
            return node.name
        case nodes.Const():
            value = node.value
            return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
        case nodes.Getattr():
            return f"{_operand(node.node)}.{node.attr}"
        case nodes.Getitem():
            return f"{_operand(node.node)}[{write(node.arg)}]"
        case nodes.Slice():
            return ":".join(write(part) if part else "" for part in (node.start, node.stop))
        case nodes.Call():
            return f"{_operand(node.node)}({_arguments(node)})"
        case nodes.Filter() if node.node is not None:
            arguments = _arguments(node)
            return f"{_operand(node.node)} | {node.name}" + (f"({arguments})" if arguments else "")
        case nodes.Test():
            arguments = _arguments(node)
            return f"{_operand(node.node)} is {node.name}" + (f"({arguments})" if arguments else "")
        case nodes.Compare():
            return " ".join([_operand(node.expr), *(f"{_SIGNS[op.op]} {_operand(op.expr)}" for op in node.ops)])
        case nodes.Not():
            return f"not {_operand(node.node)}"
        case nodes.UnaryExpr():
            return f"{node.operator}{_operand(node.node)}"
        case nodes.BinExpr():
            return f"{_operand(node.left)} {node.operator} {_operand(node.right)}"
        case nodes.List() | nodes.Tuple():
            inside = ", ".join(write(item) for item in node.items)
            return f"[{inside}]" if isinstance(node, nodes.List) else f"({inside})"
        case nodes.Concat():
            return " ~ ".join(_operand(item) for item in node.nodes)
        case nodes.CondExpr():
            other = f" else {_operand(node.expr2)}" if node.expr2 else ""
            return f"{_operand(node.expr1)} if {_operand(node.test)}{other}"
        case _:
            return type(node).__name__.lower()


_SIGNS = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "lteq": "<=",
    "gt": ">",
    "gteq": ">=",
    "in": "in",
    "notin": "not in",
}


def _operand(node: nodes.Node) -> str:
    text = write(node)
    compound = nodes.BinExpr | nodes.Compare | nodes.Test | nodes.Not | nodes.CondExpr | nodes.Concat | nodes.Filter
    return f"({text})" if isinstance(node, compound) else text


def _arguments(node: nodes.Call | nodes.Filter | nodes.Test) -> str:
    keywords = [f"{keyword.key}={write(keyword.value)}" for keyword in node.kwargs]
    return ", ".join([*(write(argument) for argument in node.args), *keywords])
