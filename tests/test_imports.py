"""Imports go one way: a module uses only what stands before it, and the probe only what Python itself has."""

from __future__ import annotations

import ast
import sys
import tomllib
from graphlib import TopologicalSorter
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent

ORDER = (
    "errors",
    "root",
    "unchanged",
    "durations",
    "lines",
    "assets",
    "parts",
    "model",
    "lanes",
    "samples",
    "recording",
    "language",
    "view",
    "execute.request",
    "inputs",
    "interpreters",
    "load",
    "schema",
    "new",
    "plan",
    "execute",
    "drift",
    "doubts",
    "claims",
    "transcript",
    "assemble",
    "render",
    "chromium",
    "overflow",
    "write",
    "progress",
    "take",
    "comparable",
    "worker",
    "cluster",
    "takers",
    "pipeline",
    "pdf",
    "serve",
    "doctor",
    "check",
    "recheck",
    "report",
    "pytest_plugin",
    "export",
    "cli",
    "__main__",
)
"""The modules and packages of asrun, each after all that it may import. Within a package the order is free."""


def modules() -> dict[str, Path]:
    """The modules of asrun by their name without `asrun.`; a package's `__init__` has the package's name."""
    found = {}
    for path in sorted((ROOT / "asrun").rglob("*.py")):
        parts = path.relative_to(ROOT / "asrun").with_suffix("").parts
        found[".".join(part for part in parts if part != "__init__")] = path
    return found


def imported(source: str) -> set[str]:
    """The full names of what a source imports, wherever in it; `from a import b` gives `a` and `a.b`."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute in AsRun"
            assert node.module
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def used(source: str, known: set[str]) -> set[str]:
    """Those of the known modules of asrun that a source imports, without `asrun.`."""
    return {name.removeprefix("asrun.") for name in imported(source)} & known


def layer(module: str) -> str:
    """The longest entry of ORDER that the module is, or is in. Raises LookupError if there is none."""
    parts = module.split(".")
    for count in range(len(parts), 0, -1):
        if ".".join(parts[:count]) in ORDER:
            return ".".join(parts[:count])
    raise LookupError(f"asrun.{module} has no place in ORDER: put it after all that it may import")


def wrong_way(module: str, source: str, known: set[str]) -> list[str]:
    """The imports of a module that stand after it in ORDER."""
    own = ORDER.index(layer(module))
    return sorted(name for name in used(source, known) if ORDER.index(layer(name)) > own)


def outside(source: str) -> set[str]:
    """The top-level names that a source imports and that Python does not bring."""
    return {name.partition(".")[0] for name in imported(source)} - sys.stdlib_module_names


def package() -> dict[str, str]:
    """The sources of asrun but for its `__init__` and the probe, by name of module."""
    return {name: path.read_text() for name, path in modules().items() if name and not name.startswith("probe")}


@pytest.mark.parametrize("module", package())
def test_imports_go_one_way(module: str) -> None:
    """Nothing imports a module that stands after it in ORDER."""
    assert wrong_way(module, package()[module], set(package())) == []


def test_modules_are_no_ring() -> None:
    """Also within a package no module imports itself by way of others."""
    known = set(package())
    graph = {name: used(source, known) - {name} for name, source in package().items()}
    assert set(TopologicalSorter(graph).static_order()) == known


def test_wrong_way_is_seen() -> None:
    """The rule sees imports of every form, also in a function, and a module without a place."""
    known = {"errors", "cli", "render", "render.deck", "execute", "execute.request", "execute.runner"}
    assert wrong_way("errors", "def f():\n    from asrun import cli", known) == ["cli"]
    assert wrong_way("execute.request", "import asrun.execute.runner", known) == ["execute.runner"]
    assert wrong_way("execute.runner", "from asrun.render.deck import render", known) == ["render.deck"]
    assert wrong_way("cli", "from asrun.errors import Place\nimport asrun.render", known) == []
    with pytest.raises(LookupError, match="no place"):
        wrong_way("utils", "", known)


def test_probe_brings_nothing() -> None:
    """The probe imports the standard library and itself alone, parses under Python 3.8, and nothing imports it."""
    sources = [path.read_text() for name, path in modules().items() if name.startswith("probe")]
    assert sources
    for source in sources:
        assert outside(source) - {"_asrun"} == set()
        ast.parse(source, feature_version=(3, 8))
    for name, source in package().items():
        assert not [other for other in imported(source) if other.startswith("asrun.probe")], name


def test_what_is_imported_is_declared() -> None:
    """Every distribution that asrun imports from is a dependency of the package or in an extra; each dependency is
    imported."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    brought_by = metadata.packages_distributions()
    tops = {top for source in package().values() for top in outside(source)} - {"asrun"}
    found = {brought_by[top][0].lower() for top in tops}
    needed = {Requirement(text).name.lower() for text in project["dependencies"]}
    extra = {Requirement(text).name for texts in project["optional-dependencies"].values() for text in texts}
    # Its plugin for pytest is loaded by pytest, where that is installed.
    assert needed <= found - {"pytest"} <= needed | extra
