"""How a report of `asrun check` is told: on a terminal, as JUnit XML, as GitHub annotations, as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from xml.etree import ElementTree

from asrun.check import Report, Result
from asrun.errors import harmless

TOLD_IN_SUMMARY = 50
"""Of more results than this, a Markdown summary says how many there are: GitHub takes a megabyte."""


def show_result(result: Result) -> str:
    """What is wrong, for a terminal: its place and message, then indented what more there is to tell."""
    return "\n".join([f"{result.place}: {result.message}", *(f"    {line}" for line in result.lines)])


def show_report(report: Report) -> str:
    """All that is open, then all that failed, and how many there are of each."""
    told = [*report.open, *report.failed]
    return "\n\n".join([*map(show_result, told), count_report(report)])


def count_report(report: Report) -> str:
    """How many things were looked at and what became of them, in a line."""
    runs, claims, files = (_count(report, kind) for kind in ("run", "claim", "file"))
    looked = ", ".join(told for told in (runs, claims, files) if told)
    failed = f"{len(report.failed)} failed" if report.failed else "nothing failed"
    left_open = f", {len(report.open)} could not be judged on this machine" if report.open else ""
    passed_over = report.passed_over
    over = f"; {_number(passed_over, 'claim')} also about other runs not looked at" if passed_over else ""
    return f"{looked or 'nothing to check'}: {failed}{left_open}{over}"


def _count(report: Report, kind: str) -> str:
    results = [result for result in report.results if _kind(result) == kind]
    return _number(len(results), kind) if results else ""


def _kind(result: Result) -> str:
    return result.name.partition(" ")[0] if result.scenario else "file"


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def workflow_commands(report: Report, folder: str) -> list[str]:
    """A workflow command of GitHub's for each thing that failed or is open.

    `folder` is where the project is in the repository, with forward slashes; empty for its root.
    """
    return [
        *(_annotation("warning", result, folder) for result in report.open),
        *(_annotation("error", result, folder) for result in report.failed),
    ]


def _annotation(level: str, result: Result, folder: str) -> str:
    file = str(PurePosixPath(folder, result.place.file))
    properties = {"file": file, "line": str(result.place.line), "col": str(result.place.column), "title": "asrun check"}
    told = harmless("\n".join([result.message, *result.lines]))
    said = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items())
    return f"::{level} {said}::{_escaped(told)}"


def _escaped(text: str, further: str = "") -> str:
    """Text as workflow commands want it: what would end the line or the value stands as %XX."""
    return "".join(f"%{ord(char):02X}" if char in f"%\r\n{further}" else char for char in text)


_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: Report) -> bytes:
    """The report as JUnit XML: a test suite for each scenario, a test case for each run and claim.

    What is open is skipped, or has failed in a strict check.
    """
    suites = ElementTree.Element("testsuites", {"name": "asrun check", **_totals(report, report.results)})
    for scenario in dict.fromkeys(result.scenario for result in report.results):
        results = [result for result in report.results if result.scenario == scenario]
        suite = ElementTree.SubElement(suites, "testsuite", {"name": scenario or "project", **_totals(report, results)})
        suite.set("skipped", str(sum(result in report.open for result in results)))
        for result in results:
            case = ElementTree.SubElement(
                suite,
                "testcase",
                classname=scenario or "project",
                name=_xml(result.name),
                time=f"{result.seconds:.3f}",
                file=_xml(result.place.file),
                line=str(result.place.line),
            )
            if result.became != "passed":
                told = "failure" if report.fails(result) else "skipped"
                ElementTree.SubElement(case, told, message=_xml(result.message)).text = _xml(show_result(result))
    ElementTree.indent(suites)
    written: bytes = ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _totals(report: Report, results: Sequence[Result]) -> dict[str, str]:
    failures = sum(map(report.fails, results))
    seconds = sum(result.seconds for result in results)
    return {"tests": str(len(results)), "failures": str(failures), "errors": "0", "time": f"{seconds:.3f}"}


def _xml(text: str) -> str:
    """Text without what no file of text may hold."""
    return _NOT_IN_XML.sub("\ufffd", text)


def markdown(report: Report) -> str:
    """The report as a page of Markdown for a job's summary: a row for each scenario, then all that is wrong or open."""
    written = [f"### asrun check: {count_report(report)}", "", "| scenario | runs | claims | |", "|---|---|---|---|"]
    for scenario in dict.fromkeys(result.scenario for result in report.results if result.scenario):
        results = [result for result in report.results if result.scenario == scenario]
        runs, claims = (sum(_kind(result) == kind for result in results) for kind in ("run", "claim"))
        failed = sum(map(report.fails, results))
        left_open = sum(result in report.open for result in results)
        became = [f"**{failed} failed**"] * bool(failed) + [f"{left_open} could not be judged"] * bool(left_open)
        written.append(f"| {scenario} | {runs} | {claims} | {', '.join(became) or 'passed'} |")
    written += _chapter("Failed", report.failed)
    written += _chapter("Could not be judged on this machine", report.open)
    return "\n".join(written) + "\n"


def _chapter(title: str, results: Sequence[Result]) -> Iterable[str]:
    if not results:
        return
    yield from ("", f"#### {title}")
    for result in results[:TOLD_IN_SUMMARY]:
        yield from ("", f"{_fenced_span(str(result.place))} {_plain(result.message)}")
        if result.lines:
            shown = _xml(harmless("\n".join(result.lines)))
            fence = "`" * max(3, 1 + max(map(len, re.findall("`+", shown)), default=0))
            yield from ("", f"{fence}diff", shown, fence)
    if len(results) > TOLD_IN_SUMMARY:
        yield from ("", f"… and {len(results) - TOLD_IN_SUMMARY} more")


def _fenced_span(text: str) -> str:
    return f"**`{text.replace('`', '')}`**"


def _plain(text: str) -> str:
    """Text that Markdown shows as it is; our own code spans stay what they are."""
    return re.sub(r"([\\*_\[\]<>|#~])", r"\\\1", harmless(text))
