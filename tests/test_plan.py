"""What must run, and why."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from asrun.errors import AuthorError
from asrun.inputs import read_inputs
from asrun.interpreters import forget_interpreters
from asrun.model import Project
from asrun.plan import RECORDINGS, leave_out_missing, make_plan, missing_interpreters, recording_path
from asrun.recording import encode_recording
from tests import making

SCENARIO = "title: One\nruns:\n  a: {code: print(1), args: [x]}\n  b: {code: print(2)}\n"


def approve(root: Path, project: Project, **changed: object) -> None:
    """Put a recording of every run where approved ones are kept."""
    for scenario in project.scenarios.values():
        for run in scenario.runs:
            recording = making.recording(run, scenario=scenario.name)
            recording = msgspec.structs.replace(recording, key=read_inputs(scenario, run).key, **changed)
            path = root / RECORDINGS / recording_path(scenario.name, run)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encode_recording(recording))


def reasons(root: Path, text: str = SCENARIO) -> dict[str, str]:
    """Why each run of a scenario would be taken."""
    plan = make_plan(making.project(root, one=text), root / RECORDINGS)
    return {job.name: job.reason for job in plan.jobs}


def test_what_was_never_recorded_is_stale(tmp_path: Path) -> None:
    """A new project takes everything."""
    assert reasons(tmp_path) == {"a": "never recorded", "b": "never recorded"}


def test_an_approved_recording_of_the_same_inputs_is_fresh_wherever_it_was_made(tmp_path: Path) -> None:
    """A clone on another machine has nothing to take."""
    approve(tmp_path, making.project(tmp_path, one=SCENARIO))
    assert reasons(tmp_path) == {}


def test_each_changed_input_is_named(tmp_path: Path) -> None:
    """Status says which input changed, was added or was removed, and leaves the other run alone."""
    approve(tmp_path, making.project(tmp_path, one=SCENARIO))
    assert reasons(tmp_path, SCENARIO.replace("print(1)", "print(3)")) == {"a": "code changed"}
    assert reasons(tmp_path, SCENARIO.replace("[x]", "[y]")) == {"a": "args changed"}
    assert reasons(tmp_path, SCENARIO.replace(", args: [x]", "")) == {"a": "args removed"}
    assert reasons(tmp_path, SCENARIO.replace("[x]", "[x], stdin: hi")) == {"a": "stdin added"}
    assert reasons(tmp_path, SCENARIO.replace("print(1)", "print(3)").replace("[x]", "[y]")) == {
        "a": "code changed, args changed"
    }


def test_a_setting_that_cannot_change_the_run_keeps_it_fresh(tmp_path: Path) -> None:
    """A longer timeout, a title or what drift ignores is no reason to take a run again."""
    approve(tmp_path, making.project(tmp_path, one=SCENARIO))
    settings = "timeout: 90s, title: Bee, cores: 2, unordered: true, scrub: ['x']"
    assert reasons(tmp_path, SCENARIO.replace("print(2)", f"print(2), {settings}")) == {}


def test_a_recording_that_is_not_as_declared_is_stale(tmp_path: Path) -> None:
    """Declaring another exit status doubts what was approved."""
    approve(tmp_path, making.project(tmp_path, one=SCENARIO))
    told = reasons(tmp_path, SCENARIO.replace("print(2)", "print(2), exit: 3"))
    assert told == {"b": "ended with exit status 0; declared is 3"}


def test_a_broken_recording_is_taken_again_and_a_newer_one_refused(tmp_path: Path) -> None:
    """What cannot be read is stale, with the reason; what a newer AsRun approved is not to be overwritten."""
    approve(tmp_path, making.project(tmp_path, one=SCENARIO))
    folder = tmp_path / RECORDINGS
    (folder / recording_path("one", "a")).write_text("<<<<<<< ours\n")
    assert "not a recording" in reasons(tmp_path)["a"]
    (folder / recording_path("one", "b")).write_text('{"format": "asrun-recording", "version": 9}')
    with pytest.raises(AuthorError) as refused:
        reasons(tmp_path)
    assert refused.value.show().startswith("slides/recordings/one/b.json:1:1: recording format 9 is newer")


def test_recordings_that_nobody_uses_are_named(tmp_path: Path) -> None:
    """A run that was renamed leaves its recording behind, and status says so."""
    approve(tmp_path, making.project(tmp_path, one=SCENARIO))
    plan = make_plan(making.project(tmp_path, one=SCENARIO.replace("  b:", "  c:")), tmp_path / RECORDINGS)
    assert plan.unused == (recording_path("one", "b"),)


def test_cores_are_declared_or_learned(tmp_path: Path) -> None:
    """A sleeper that was recorded before needs none; of a new run nothing is known."""
    project = making.project(tmp_path, one=SCENARIO.replace("print(2)", "print(2), cores: 2"))
    everything = {("one", "a"), ("one", "b")}
    assert {job.name: job.cores for job in make_plan(project, tmp_path / RECORDINGS).jobs} == {"a": None, "b": 2}
    approve(tmp_path, project)
    plan = make_plan(project, tmp_path / RECORDINGS, again=everything)
    assert {job.name: job.reason for job in plan.jobs} == {"a": "asked for", "b": "asked for"}
    cores = {job.name: job.cores for job in plan.jobs}
    assert cores["a"] is not None
    assert cores["a"] < 0.1
    assert cores["b"] == 2


MATRIX = "title: A\nruns:\n  square:\n    code: pass\n    python: ['3.8', '3.99', '3.99t']\n    optional: false\n"


def test_each_interpreter_of_a_matrix_has_a_recording_of_its_own(tmp_path: Path) -> None:
    """Its file is named for run and version, and one that is fresh needs no interpreter."""
    approve(tmp_path, making.project(tmp_path, one=MATRIX))
    names = {path.name for path in (tmp_path / RECORDINGS / "one").iterdir()}
    assert names == {"square@3.8.json", "square@3.99.json", "square@3.99t.json"}
    assert reasons(tmp_path, MATRIX) == {}
    assert reasons(tmp_path, MATRIX.replace("'3.8', ", "")) == {}


def test_an_interpreter_that_is_missing_is_a_mistake_unless_the_run_is_optional(tmp_path: Path) -> None:
    """Both need one that is not here: told at its place in the list, or left out of the jobs as a gap."""
    project = making.project(tmp_path, one=MATRIX)
    plan = make_plan(project, tmp_path / RECORDINGS)
    missing = {job.key: f"no {job.run.version}" for job in plan.jobs if job.name != "square[3.8]"}
    with pytest.raises(AuthorError) as refused:
        leave_out_missing(project, plan, missing)
    assert [str(mistake.place) for mistake in refused.value.mistakes] == [
        "scenarios/one.yaml:5:22",
        "scenarios/one.yaml:5:30",
    ]
    project = making.project(tmp_path, one=MATRIX.replace("false", "true"))
    plan = leave_out_missing(project, make_plan(project, tmp_path / RECORDINGS), missing)
    assert [job.name for job in plan.jobs] == ["square[3.8]"]
    assert plan.missing == missing


def test_interpreters_are_looked_for_where_a_run_is_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which are not here is known for what would be recorded, and for that alone."""
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("PYENV_ROOT", "/nowhere")
    forget_interpreters()
    project = making.project(tmp_path, one=MATRIX.replace("'3.8', ", ""))
    plan = make_plan(project, tmp_path / RECORDINGS)
    found = missing_interpreters(plan)
    assert set(found) == {("one", "square[3.99]"), ("one", "square[3.99t]")}
    assert found["one", "square[3.99]"].startswith("no Python 3.99 was found; found: ")
    approve(tmp_path, project)
    assert missing_interpreters(make_plan(project, tmp_path / RECORDINGS)) == {}
    forget_interpreters()
