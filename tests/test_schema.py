"""The JSON Schemas, held against the files of this project and the mistakes of others by a validator of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from asrun.cli import main
from asrun.schema import FILES, file_name, schema_of, schema_text
from tests.test_load_cases import Case, read_cases

ROOT = Path(__file__).parent.parent

SEEN = re.compile(
    r"unknown key|is missing|must be|optional without|is not a duration|says nothing about|together|beside runs|"
    r"shows nothing|on one slide|has nothing to run|no scenarios"
)
"""What a schema sees of the mistakes that loading tells: those of one file by itself, but for texts and files."""

UNSEEN = re.compile(r"and YAML reads|has no value|must be a text|lines|python says")
"""Where YAML 1.1 and JSON differ, or only the text tells."""


def schema_for(name: str) -> dict[str, Any]:
    """The schema of a file, by its name."""
    return schema_of("deck" if name.endswith(".deck.yaml") else "scenario")


def errors(name: str, text: str) -> list[str]:
    """What the validator says of a file."""
    validator = jsonschema.Draft7Validator(schema_for(name))
    return [error.message for error in validator.iter_errors(yaml.safe_load(text))]


def cases() -> Iterator[Case]:
    """The cases of loading whose files a parser of YAML can read."""
    for case in read_cases():
        try:
            for name, text in case.files.items():
                if name.endswith((".yaml", ".yml")):
                    yaml.safe_load(text)
        except (yaml.YAMLError, ValueError):
            continue
        yield case


@pytest.mark.parametrize("kind", FILES)
def test_a_schema_is_one(kind: str) -> None:
    """Both are valid schemas, and say of every key what it is for."""
    schema = schema_of(kind)
    jsonschema.Draft7Validator.check_schema(schema)
    for part in (schema, *schema["definitions"].values()):
        for key, value in part["properties"].items():
            assert value.get("description"), f"{key}: a string below the field in its struct describes it"


@pytest.mark.parametrize("path", sorted((ROOT / "scenarios").glob("*.yaml")), ids=lambda path: path.name)
def test_the_scenarios_of_this_project_are_valid(path: Path) -> None:
    """Every scenario and deck of this project is valid by its schema."""
    assert errors(path.name, path.read_text()) == []


@pytest.mark.parametrize(
    "case", [case for case in cases() if case.expected.startswith("ok")], ids=lambda case: case.name
)
def test_what_loads_is_valid(case: Case) -> None:
    """What loads without a mistake is valid."""
    for name, text in case.files.items():
        if re.fullmatch(r"scenarios/\w[\w.]*\.yaml", name):
            assert errors(name, text) == [], name


def test_what_a_schema_can_see_is_invalid() -> None:
    """Of the mistakes that loading tells, those that can be seen in a file by itself make it invalid."""
    seen = 0
    for case in cases():
        for name, message in re.findall(r"^(scenarios/[\w.]+\.yaml):\d+:\d+: (.*)$", case.expected, re.MULTILINE):
            if SEEN.search(message) and not UNSEEN.search(message) and name in case.files:
                seen += 1
                assert errors(name, case.files[name]), f"{case.name}: {message}"
    assert seen > 50


@pytest.mark.parametrize("kind", FILES)
def test_the_committed_schemas_are_current(kind: str) -> None:
    """The schemas under docs/ say what the structs say now."""
    committed = (ROOT / "docs" / file_name(kind)).read_text()
    assert committed == schema_text(kind), "they are made anew by: asrun schema --out docs"


def test_the_command_prints_or_writes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """`asrun schema` prints one schema, and writes both where it is told to."""
    assert main(["schema", "deck"]) == 0
    assert capsys.readouterr().out == schema_text("deck")
    assert main(["schema", "--out", str(tmp_path / "new")]) == 0
    assert capsys.readouterr().out == ""
    assert {path.name: path.read_text() for path in (tmp_path / "new").iterdir()} == {
        file_name(kind): schema_text(kind) for kind in FILES
    }
