"""Checking: what changed is told at its line, what did not is not, and nothing of the project is touched."""

from __future__ import annotations

import hashlib
import shutil
import stat
import sys
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree

import msgspec
import pytest

from asrun import pipeline
from asrun.check import Report, check
from asrun.errors import AuthorError, BuildFailed
from asrun.pipeline import Settings
from asrun.plan import RECORDINGS
from asrun.progress import PlainProgress
from asrun.recording import decode_recording, encode_recording
from asrun.report import show_report
from asrun.root import STATE
from asrun.write import write_file
from tests import making
from tests.test_cli import asrun
from tests.test_sampler import CORES, burners

TALK = """\
    title: A talk
    runs:
      hello:
        code: |
          import os, time
          print("Hello")
          print("room 1")
          time.sleep(0.05)
      count: {shell: "echo one; echo two"}
      fails: {shell: exit 3, exit: 3}
    claims:
      - hello.wall < 30
      - count.lines | length == 2
      - hello.wall > 0 and fails.exit == 3
    """


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that was built, once for all tests."""
    root = tmp_path_factory.mktemp("built")
    making.project(root, talk=TALK)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASRUN_CHROMIUM", "")
        pipeline.build(Settings(root=root, jobs=2), PlainProgress(-1))
    return root


@pytest.fixture
def talk(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it that a test may spoil."""
    monkeypatch.setenv("ASRUN_CHROMIUM", "")
    return Path(shutil.copytree(built, tmp_path / built.name))


def checked(root: Path, *names: str, strict: bool = False) -> Report:
    """What a check of a project reports."""
    return check(Settings(root=root, jobs=2), names, strict, PlainProgress(-1))


def edit(root: Path, old: str, new: str, name: str = "talk") -> None:
    """Change a scenario."""
    path = root / "scenarios" / f"{name}.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def approve_as(root: Path, run: str, old: str, new: str) -> None:
    """Change what is approved of a run, as if it had once printed something else."""
    path = root / RECORDINGS / "talk" / f"{run}.json"
    content = path.read_bytes().decode()
    assert old in content
    path.write_bytes(content.replace(old, new).encode())


def forget_pages(root: Path) -> None:
    """Leave a project as a clone has it."""
    for page in (root / "slides").glob("*.html"):
        page.unlink()


def told(report: Report) -> dict[str, tuple[str, str]]:
    """What is not as it should be: its place and message by its name."""
    return {result.name: (str(result.place), result.message) for result in report.failed}


def tree(root: Path) -> dict[str, tuple[str, int, int]]:
    """Every file and folder below a folder: a hash of its content, its mode, and when it was changed."""
    found = {}
    for path in [root, *sorted(root.rglob("*"))]:
        state = path.lstat()
        content = path.read_bytes() if stat.S_ISREG(state.st_mode) else b""
        found[str(path)] = (hashlib.sha256(content).hexdigest(), state.st_mode, state.st_mtime_ns)
    return found


def test_a_project_that_is_as_approved_passes(talk: Path) -> None:
    """Each run, each claim and each page that was looked at has passed; no two takes have the same times."""
    report = checked(talk)
    assert not report.failed, show_report(report)
    assert not report.open, show_report(report)
    assert [result.name for result in report.results] == [
        "run hello",
        "run count",
        "run fails",
        "claim 1: hello.wall < 30",
        "claim 2: count.lines | length == 2",
        "claim 3: hello.wall > 0 and fails.exit == 3",
        "slides/index.html",
        "slides/index-handout.html",
    ]
    assert report.results[0].seconds > 0.05
    assert show_report(report) == "3 runs, 3 claims, 2 files: nothing failed"


def test_nothing_of_the_project_is_touched(talk: Path) -> None:
    """Not a byte, a date or a folder changes, not even below .asrun; whether it passes or fails."""
    (talk / "scenarios" / "code").mkdir()
    (talk / "scenarios" / "code" / "helper.py").write_text("print('helper')\n")
    (talk / "scenarios" / "code" / "uses.py").write_text("import helper\n")
    making.project(talk, uses="title: Uses\nfile: code/uses.py\n")
    approve_as(talk, "hello", "room 1", "room 2")
    edit(talk, "hello.wall < 30", "hello.wall < 0")
    before = tree(talk)
    report = checked(talk)
    assert set(told(report)) == {"run hello", "run main", "claim 1: hello.wall < 0"}
    assert tree(talk) == before


def test_output_that_drifted_is_told_at_the_line_that_prints_it(talk: Path) -> None:
    """A unified diff, and the command that approves the change."""
    approve_as(talk, "hello", "room 1", "room 2")
    approve_as(talk, "count", "one", "none")
    report = checked(talk)
    assert told(report) == {
        "run hello": ("scenarios/talk.yaml:7:7", "run talk.hello did not do what was approved"),
        "run count": ("scenarios/talk.yaml:9:19", "run talk.count did not do what was approved"),
        **{
            page: (f"{page}:1:1", "this page is not what the approved recordings render to")
            for page in ("slides/index.html", "slides/index-handout.html")
        },
    }
    assert report.failed[0].lines == (
        "--- approved stdout",
        "+++ stdout of this take",
        "@@ -1,2 +1,2 @@",
        " Hello",
        "-room 2",
        "+room 1",
        "if that is meant, `asrun record talk.hello` approves it",
    )


def test_what_a_run_says_may_differ_is_no_drift(talk: Path) -> None:
    """`scrub` and `unordered` are looked up in the scenario as it is now, and make nothing stale."""
    approve_as(talk, "hello", "room 1", "room 2")
    approve_as(talk, "count", "one", "two, then one")
    edit(talk, "      hello:\n".removeprefix("    "), "  hello:\n    scrub: ['room \\d+']\n")
    edit(talk, 'echo two"}', "echo two\", unordered: true, scrub: ['two, then ']}")
    forget_pages(talk)
    report = checked(talk)
    assert told(report)["run count"][1] == "run talk.count did not do what was approved"
    assert set(told(report)) == {"run count"}
    edit(talk, "scrub: ['two, then ']", "scrub: ['two, then one|one']")
    assert not checked(talk).failed


def test_a_run_that_ends_otherwise_is_told_with_what_it_printed(talk: Path) -> None:
    """Also where its output is as approved; and claims about it fail with it."""
    (talk / "now").write_text("")
    making.project(talk, other=f"title: Other\nshell: echo here; test ! -e {talk / 'gone'}\nclaims: [main.exit == 0]\n")
    pipeline.build(Settings(root=talk), PlainProgress(-1))
    (talk / "gone").write_text("")
    report = checked(talk, "other")
    assert told(report) == {
        "run main": ("scenarios/other.yaml:2:8", "run other.main ended with exit status 1; declared is 0"),
        "claim 1: main.exit == 0": ("scenarios/other.yaml:3:10", "this claim does not hold"),
    }
    assert report.failed[0].lines == ("| here",)
    assert report.failed[1].lines == ("other.main did not end as declared",)


def test_a_claim_is_judged_on_what_ran_now(talk: Path) -> None:
    """What was approved cannot make up for it; and what holds now must hold for what is on the slides as well."""
    approve_as(talk, "count", '"two\\n"', '"two"')
    path = talk / RECORDINGS / "talk" / "hello.json"
    approved = decode_recording(path.read_bytes())
    takes = tuple(msgspec.structs.replace(take, wall_ns=40_000_000_000) for take in approved.takes)
    path.write_bytes(encode_recording(msgspec.structs.replace(approved, takes=takes)))
    report = checked(talk)
    assert told(report)["claim 1: hello.wall < 30"] == (
        "scenarios/talk.yaml:12:5",
        "this claim holds now, but not on what was approved",
    )
    edit(talk, "hello.wall < 30", "hello.wall > 30")
    assert told(checked(talk))["claim 1: hello.wall > 30"] == ("scenarios/talk.yaml:12:5", "this claim does not hold")


def test_recordings_that_are_missing_stale_or_unused_are_told(talk: Path) -> None:
    """With what is to be done about each."""
    (talk / RECORDINGS / "talk" / "count.json").unlink()
    edit(talk, "room 1", "room 3")
    (talk / RECORDINGS / "gone").mkdir()
    (talk / RECORDINGS / "talk" / "fails.json").rename(talk / RECORDINGS / "gone" / "main.json")
    report = checked(talk)
    assert told(report) == {
        "run hello": (
            "scenarios/talk.yaml:5:7",
            "run talk.hello has no approved recording that is fresh: code changed",
        ),
        "run count": (
            "scenarios/talk.yaml:9:19",
            "run talk.count has no approved recording that is fresh: never recorded",
        ),
        "run fails": (
            "scenarios/talk.yaml:10:32",
            "run talk.fails has no approved recording that is fresh: never recorded",
        ),
        "slides/recordings/gone/main.json": (
            "slides/recordings/gone/main.json:1:1",
            "no scenario uses this recording any more",
        ),
    }
    assert all(any("`asrun " in line for line in result.lines) for result in report.failed)


def test_a_page_that_the_approved_recordings_do_not_render_to_is_told(talk: Path) -> None:
    """One that was edited by hand, or built from other words; one that is not there is not missed."""
    page = talk / "slides" / "index.html"
    page.write_text(page.read_text().replace("room 1", "room 4"))
    (result,) = checked(talk).failed
    assert (result.name, result.lines) == ("slides/index.html", ("`asrun build` renders it again",))
    page.unlink()
    assert not checked(talk).failed


def test_names_restrict_what_is_run(talk: Path) -> None:
    """A scenario comes with the runs that its claims speak of; claims that also speak of others are counted."""
    making.project(talk, proof="title: Proof\nclaims: [talk.count.exit == 0]\nslides: [{claims: true}]\n")
    assert [result.name for result in checked(talk, "proof").results] == [
        "claim 1: talk.count.exit == 0",
        "run count",
        "claim 2: count.lines | length == 2",
    ]
    report = checked(talk, "talk.fails")
    assert [result.name for result in report.results] == ["run fails"]
    assert show_report(report).endswith("1 run: nothing failed; 1 claim also about other runs not looked at")
    with pytest.raises(AuthorError, match="mistakes") as wrong:
        checked(talk, "talk.hallo")
    assert "did you mean talk.hello?" in wrong.value.show()


def test_mistakes_are_told_before_anything_runs(talk: Path) -> None:
    """A check of what cannot be read ends as a build of it does."""
    edit(talk, "title: A talk", "titel: A talk")
    with pytest.raises(AuthorError):
        checked(talk)


def test_an_interpreter_that_is_missing_fails_the_run(talk: Path) -> None:
    """And leaves open the claims about it: nobody can say that they are false."""
    making.project(talk, old=dedent("title: Old\ncode: pass\npython: '3.2'\nclaims: [main.exit == 0, main.wall > 0]\n"))
    report = checked(talk, "old")
    assert [(result.name, result.became) for result in report.results] == [
        ("run main", "failed"),
        ("claim 1: main.exit == 0", "open"),
        ("claim 2: main.wall > 0", "open"),
    ]
    assert "no Python 3.2 was found" in report.failed[0].message
    assert str(report.failed[0].place) == "scenarios/old.yaml:3:10"


def test_what_is_open_fails_a_strict_check_alone(talk: Path) -> None:
    """A run that needs more cores than there are cannot be judged by its time."""
    settings = "    cores: 999\n    code: |"
    edit(talk, "    code: |", settings)
    edit(talk, "hello.wall < 30", "hello.wall > 0.001")
    forget_pages(talk)
    report = checked(talk)
    assert [result.name for result in report.open] == ["claim 1: hello.wall > 0.001"]
    assert not report.failed
    assert "talk.hello needs 999 cores, and its machine has " in show_report(report)
    strict = checked(talk, strict=True)
    assert [result.name for result in strict.failed] == ["claim 1: hello.wall > 0.001"]
    assert not strict.open


def test_an_optional_run_whose_interpreter_is_missing_leaves_its_claims_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest of the matrix is checked; a claim that asks whether a run is missing is judged."""
    own = f"3.{sys.version_info.minor}"
    claims = ['square["3.99t"].exit == 0', f'square["{own}"].exit == 0', 'square["3.99t"].missing']
    listed = "".join(f"  - {claim}\n" for claim in claims)
    matrix = f'{{code: print(1), python: ["{own}", "3.99t"], optional: true}}'
    monkeypatch.setenv("ASRUN_CHROMIUM", "")
    making.project(tmp_path, one=f"title: A\nruns: {{square: {matrix}}}\nclaims:\n{listed}")
    pipeline.build(Settings(root=tmp_path), PlainProgress(-1))
    report = checked(tmp_path)
    assert {result.name: result.became for result in report.results if result.scenario} == {
        f"run square[{own}]": "passed",
        "run square[3.99t]": "open",
        f"claim 1: {claims[0]}": "open",
        f"claim 2: {claims[1]}": "passed",
        f"claim 3: {claims[2]}": "passed",
    }


def test_a_build_approves_nothing_that_could_not_be_judged(talk: Path) -> None:
    """It fails, and says why: a slide says of its claims that they hold."""
    making.project(talk, wide="title: Wide\nshell: echo 1\ncores: 999\nclaims: [main.wall < 0.0005, main.exit == 0]\n")
    with pytest.raises(BuildFailed, match="could not be judged on this machine") as failed:
        pipeline.build(Settings(root=talk), PlainProgress(-1))
    assert "scenarios/wide.yaml:4:10: " in str(failed.value)
    assert "wide.main needs 999 cores" in str(failed.value)
    assert not (talk / RECORDINGS / "wide").exists()
    assert (talk / STATE / "takes" / "wide" / "main.json").exists()


def test_ci_is_told_in_the_forms_that_it_reads(talk: Path, tmp_path: Path) -> None:
    """Lines to read on standard error; on request JUnit XML and Markdown; annotations and a summary for GitHub."""
    page = tmp_path / "page.md"
    page.write_text("# Before\n")
    approve_as(talk, "hello", "room 1", "room 2")
    forget_pages(talk)
    before = tree(talk)
    files = ["--junit", str(tmp_path / "new" / "junit.xml"), "--summary", str(tmp_path / "summary.md")]
    github = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(page), "GITHUB_WORKSPACE": str(tmp_path)}
    failed = asrun(talk, "check", *files, **github)
    assert failed.returncode == 1
    assert tree(talk) == before
    assert "scenarios/talk.yaml:7:7: run talk.hello did not do what was approved\n    --- approved" in failed.stderr
    assert failed.stderr.endswith("3 runs, 3 claims: 1 failed\n")
    (annotation,) = failed.stdout.splitlines()
    assert annotation.startswith(f"::error file={talk.name}/scenarios/talk.yaml,line=7,col=7,title=asrun check::run")
    assert ElementTree.parse(tmp_path / "new" / "junit.xml").getroot().get("failures") == "1"
    summary = (tmp_path / "summary.md").read_text()
    assert summary.startswith("### asrun check: 3 runs, 3 claims: 1 failed\n")
    assert page.read_text() == "# Before\n" + summary
    passed = asrun(talk, "check", "talk.count", "-q", GITHUB_ACTIONS="", GITHUB_STEP_SUMMARY="")
    assert (passed.returncode, passed.stdout, passed.stderr) == (0, "", "")


@pytest.mark.timeout(400)
def test_ten_checks_under_load_say_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that others keep busy what is true of sleeping holds, what is false fails, also by a shorter time,
    what changed is told at its line, and what only a quiet machine can tell stays open: ten times in a row."""
    monkeypatch.setenv("ASRUN_CHROMIUM", "")
    making.project(
        tmp_path,
        load="""
            title: Load
            runs:
              sleeps: {shell: sleep 0.05; echo slept}
              works:
                shell: echo begin; i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done; echo end
            claims:
              - sleeps.wall < 5
              - sleeps.wall is about("800ms")
              - works.cores > 0.95
              - works.wall < 0.02
              - works.wall > 100
              - '"begin" in works.output'
        """,
    )
    with pytest.raises(BuildFailed):
        pipeline.build(Settings(root=tmp_path), PlainProgress(-1))
    for name in ("sleeps", "works"):
        waiting = tmp_path / STATE / "takes" / "load" / f"{name}.json"
        recording = decode_recording(waiting.read_bytes())
        if name == "works":
            recording = msgspec.structs.replace(recording, events=recording.events[:1])
        write_file(tmp_path / RECORDINGS / "load" / f"{name}.json", encode_recording(recording))
    with burners(2 * CORES, seconds=100):
        reports = [checked(tmp_path) for _ in range(10)]
    verdicts = [[(result.name, result.became) for result in report.results] for report in reports]
    assert verdicts[0] == [
        ("run sleeps", "passed"),
        ("run works", "failed"),
        ("claim 1: sleeps.wall < 5", "passed"),
        ('claim 2: sleeps.wall is about("800ms")', "failed"),
        ("claim 3: works.cores > 0.95", "open"),
        ("claim 4: works.wall < 0.02", "open"),
        ("claim 5: works.wall > 100", "failed"),
        ('claim 6: "begin" in works.output', "passed"),
    ]
    assert verdicts == verdicts[:1] * 10, "\n\n".join(map(show_report, reports))
