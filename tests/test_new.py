"""What `asrun new` makes: it builds at once, its workflow runs what there is, and nothing that is there is touched."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from asrun.cli import main
from asrun.cli.entry import commands

ROOT = Path(__file__).parent.parent


def files(root: Path) -> dict[str, str]:
    """Every file below a folder, by its relative name."""
    return {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}


def command_lines(text: str) -> list[list[str]]:
    """The calls of asrun in a text, as a workflow or a README has them."""
    lines = re.findall(r"(?:^|run: |\$ |`)(asrun [^`#\n]+)", text, re.MULTILINE)
    return [shlex.split(line)[1:] for line in lines]


def parse(arguments: list[str]) -> None:
    """Parse a call as click would. Raises what click raises."""
    command: click.Command = commands
    context = click.Context(commands)
    while isinstance(command, click.Group):
        name, found, arguments = command.resolve_command(context, arguments)
        assert found is not None, name
        command, context = found, click.Context(found, parent=context)
    command.make_parser(context).parse_args(list(arguments))


@pytest.mark.browser
def test_a_new_project_builds_at_once(tmp_path: Path) -> None:
    """A build of a new project, with the look for slides that overflow, succeeds; so does one with a new scenario."""
    assert main(["new", "deck", str(tmp_path / "my_talk")]) == 0
    assert main(["--project", str(tmp_path / "my_talk"), "new", "scenario", "more"]) == 0
    done = subprocess.run(
        [sys.executable, "-m", "asrun", "build", str(tmp_path / "my_talk")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "nobody looked" not in done.stderr
    assert "more is in no deck" in done.stderr
    assert "<title>My talk</title>" in (tmp_path / "my_talk" / "slides" / "index.html").read_text()


def test_a_new_project_is_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its scenarios are valid by the schemas beside them, which their first lines name; nothing is left to fill in."""
    assert main(["new", "deck", str(tmp_path)]) == 0
    made = files(tmp_path)
    assert set(made) == set(
        re.findall(
            r"^  \S*?/?((?:\.github|\.gitignore|README|scenarios|schema)\S*)$", capsys.readouterr().out, re.MULTILINE
        )
    )
    for name, text in made.items():
        assert not re.search(r"@\w+@", text), name
        if name.endswith(".yaml"):
            named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
            assert named, name
            schema = json.loads((tmp_path / name).parent.joinpath(named[1]).read_text())
            jsonschema.Draft7Validator(schema).validate(yaml.safe_load(text))
    assert "with your rights" in made["README.md"]
    assert {"/slides/*.html", "/.asrun/", "/check.xml"} <= set(made[".gitignore"].splitlines())


def test_what_its_workflow_and_its_readme_call_is_there(tmp_path: Path) -> None:
    """Every command in the workflow and the README exists, with its options; the workflow builds, checks, publishes."""
    assert main(["new", "deck", str(tmp_path)]) == 0
    text = (tmp_path / ".github" / "workflows" / "slides.yml").read_text()
    workflow = yaml.safe_load(text)
    called = command_lines(text)
    assert [call[0] for call in called] == ["build", "check"]
    assert "--junit" in called[1]
    for call in (*called, *command_lines((tmp_path / "README.md").read_text())):
        parse(call)
    with pytest.raises(click.UsageError):
        parse(["check", "--junitt", "x"])
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert all(("run" in step) != ("uses" in step) for step in steps)
    assert workflow["jobs"]["publish"]["needs"] == "check"
    assert workflow["permissions"] == {"contents": "read"}
    assert any(step.get("uses", "").startswith("actions/deploy-pages@") for step in steps)


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where anything is in the way nothing is made at all, and what it is is said."""
    (tmp_path / "README.md").write_text("mine")
    assert main(["new", "deck", str(tmp_path)]) == 2
    assert "README.md" in capsys.readouterr().err
    assert files(tmp_path) == {"README.md": "mine"}
    (tmp_path / "README.md").unlink()
    (tmp_path / "notes.txt").write_text("mine")
    assert main(["new", "deck", str(tmp_path)]) == 0
    before = files(tmp_path)
    for arguments, told in (
        (["new", "deck", str(tmp_path)], "is a project already"),
        (["--project", str(tmp_path), "new", "scenario", "countdown"], "is there already"),
        (["--project", str(tmp_path), "new", "scenario", "two-words"], "call it two_words"),
        (["--project", str(tmp_path), "new", "scenario", "not"], "cannot be called not"),
        (["new", "deck", str(tmp_path / "notes.txt")], "is a file"),
    ):
        assert main(arguments) == 2
        assert told in capsys.readouterr().err
    assert files(tmp_path) == before
