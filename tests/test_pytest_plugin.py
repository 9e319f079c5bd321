"""The plugin for pytest, as its user meets it: real projects, pytest in a process of its own."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from asrun import pipeline
from asrun.pipeline import Settings
from asrun.progress import PlainProgress
from asrun.recheck import alone, own_folder
from tests import making
from tests.test_check import approve_as, tree

ROOT = Path(__file__).parent.parent

TALK = """
    title: A talk
    runs:
      hello: {shell: echo hello >> LOG; echo Hello; echo room 1}
      count: {shell: echo count >> LOG; echo one; echo two}
      large: {shell: echo large >> LOG, cores: 99}
    claims:
      - count.lines | length == 2
      - hello.lines | length == 3
      - large.wall < 0.0005
    slides: []
"""


def run_pytest(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a project's folder with this plugin and pytest-xdist's alone."""
    plugins = ["-p", "asrun.pytest_plugin", "-p", "xdist.plugin", "-p", "no:cacheprovider"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, *arguments],
        cwd=root,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        timeout=110,
    )


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where runs tell that they ran."""
    return tmp_path / "log"


@pytest.fixture
def talk(tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two claims that do not hold, whose runs are approved all the same."""
    monkeypatch.setenv("ASRUN_CHROMIUM", "")
    root = tmp_path / "project"
    text = TALK.replace("LOG", str(log))
    making.project(root, talk=text.replace("claims:", "x:").partition("    x:")[0] + "    slides: []\n")
    pipeline.build(Settings(root=root), PlainProgress(-1))
    making.project(root, talk=text)
    log.unlink()
    return root


def test_a_scenario_is_a_file_and_its_runs_and_claims_are_tests(talk: Path, tmp_path: Path, log: Path) -> None:
    """They pass, fail and are skipped as a check says, in the words of a check, and the project is left as it is."""
    approve_as(talk, "hello", "room 1", "room 2")
    (talk / "scenarios" / "index.deck.yaml").write_text("title: Deck\nscenarios: [talk]\n")
    (talk / "other" / "scenarios").mkdir(parents=True)
    (talk / "other" / "scenarios" / "foreign.yaml").write_text("platforms: [x]\n  title: of another tool\n")
    before = tree(talk)
    report = tmp_path / "junit.xml"
    done = run_pytest(talk, "-v", "-rs", f"--junitxml={report}")
    assert done.returncode == 1
    assert re.findall(r"^(\S+::.* [A-Z]+) .*\[ *[0-9]+%\]$", done.stdout, re.MULTILINE) == [
        "scenarios/talk.yaml::run hello FAILED",
        "scenarios/talk.yaml::run count PASSED",
        "scenarios/talk.yaml::run large PASSED",
        "scenarios/talk.yaml::claim 1: count.lines | length == 2 PASSED",
        "scenarios/talk.yaml::claim 2: hello.lines | length == 3 FAILED",
        "scenarios/talk.yaml::claim 3: large.wall < 0.0005 SKIPPED",
    ]
    assert "scenarios/talk.yaml:4:18: run talk.hello did not do what was approved" in done.stdout
    assert "    -room 2\n    +room 1\n" in done.stdout
    assert "      hello.lines | length  =  2\n" in done.stdout
    assert "scenarios/talk.yaml:10: this claim could not be judged on this machine: talk.large needs" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert ".py" not in done.stdout.partition("=\n")[2].replace("junit.xml", "")
    assert tree(talk) == before
    assert set(log.read_text().split()) == {"count", "hello", "large"}
    cases = ElementTree.parse(report).getroot().findall(".//testcase")
    assert [case.get("name") for case in cases][:2] == ["run hello", "run count"]
    assert len(cases) == 6
    assert len(ElementTree.parse(report).getroot().findall(".//skipped")) == 1


def test_what_could_not_be_judged_fails_a_strict_session(talk: Path) -> None:
    """With the words with which it is skipped otherwise."""
    strict = run_pytest(talk, "--asrun-strict", "-k", "large.wall")
    assert strict.returncode == 1
    assert "scenarios/talk.yaml:10:5: this claim could not be judged on this machine" in strict.stdout
    assert "    talk.large needs 99 cores" in strict.stdout


def test_only_what_is_selected_runs(talk: Path, log: Path) -> None:
    """-k leaves out the runs of what it leaves out, and -x ends with the first test that fails."""
    chosen = run_pytest(talk, "scenarios", "-q", "-k", "claim and count")
    assert "1 passed, 5 deselected" in chosen.stdout
    assert set(log.read_text().split()) == {"count"}
    first = run_pytest(talk, "-x", "-q", "-k", "claim")
    assert "1 failed, 1 passed, 3 deselected" in first.stdout
    assert set(log.read_text().split()) == {"count", "hello", "large"}


def test_workers_take_each_run_once_and_do_not_disturb_each_other(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With pytest-xdist no run of one worker begins before that of another one has ended."""
    monkeypatch.setenv("ASRUN_CHROMIUM", "")
    root = tmp_path / "project"
    names = ("one", "two", "three")
    making.project(
        root,
        **{
            name: f"""
                title: {name}
                shell: echo {name} + >> {log}; sleep 0.2; echo {name} - >> {log}
                claims: [main.exit == 0]
            """
            for name in names
        },
    )
    pipeline.build(Settings(root=root), PlainProgress(-1))
    log.unlink()
    left = set(own_folder().iterdir())
    done = run_pytest(root, "-n", "2", "-q")
    assert "6 passed" in done.stdout, done.stdout + done.stderr
    # A take that this machine disturbed is taken again, at once: each run has its turn, and only one.
    taken = log.read_text().splitlines()
    assert [line.split()[1] for line in taken] == ["+", "-"] * (len(taken) // 2)
    assert sorted(name for name, _ in itertools.groupby(line.split()[0] for line in taken)) == sorted(names)
    assert set(own_folder().iterdir()) <= left | {own_folder() / "lock"}


def test_mistakes_in_scenarios_are_told_without_a_traceback(talk: Path) -> None:
    """Nothing runs, and pytest ends as with any file that cannot be collected."""
    path = talk / "scenarios" / "talk.yaml"
    path.write_text(path.read_text().replace("count.lines", "cuont.lines"))
    done = run_pytest(talk)
    assert done.returncode == 2
    assert "scenarios/talk.yaml:8:5: there is no run 'cuont'" in done.stdout
    assert "did you mean count?" in done.stdout
    assert "Traceback" not in done.stdout


def test_projects_without_scenarios_pay_next_to_nothing(tmp_path: Path) -> None:
    """The plugin that pytest loads everywhere imports neither AsRun's modules nor what they need."""
    (tmp_path / "test_it.py").write_text(
        "import sys\n\n\ndef test_it():\n"
        "    assert {name for name in sys.modules if name.startswith('asrun')} == {'asrun', 'asrun.pytest_plugin'}\n"
        "    assert not {'msgspec', 'jinja2', 'yaml'} & set(sys.modules)\n"
    )
    done = run_pytest(tmp_path, "-q")
    assert "1 passed" in done.stdout, done.stdout


def test_pytest_finds_the_plugin_where_asrun_is_installed() -> None:
    """It is an entry point of the package."""
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["pytest11"]
    assert points == {"asrun": "asrun.pytest_plugin"}


def test_one_alone_at_a_time() -> None:
    """Who wants to be alone waits for whoever is, in whatever process."""
    code = "from asrun.recheck import alone\nwith alone(): print('alone')"
    with alone():
        waiting = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(0.5)
    assert waiting.communicate(timeout=60)[0] == "alone\n"
