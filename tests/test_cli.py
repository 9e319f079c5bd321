"""The commands, as their user meets them: real projects, real children, exit codes and words."""

from __future__ import annotations

import json
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest

HELLO = "title: Hello\ncode: print('Hello')\n"

WITHOUT_BROWSER = {**os.environ, "ASRUN_CHROMIUM": ""}
"""These tests are not about how slides look, and Chromium takes a second for each deck."""


def write(root: Path, **scenarios: str) -> Path:
    """A project with these scenarios."""
    (root / "scenarios").mkdir(parents=True, exist_ok=True)
    for name, text in scenarios.items():
        (root / "scenarios" / f"{name}.yaml").write_text(dedent(text))
    return root


def asrun(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a project's folder, with variables added to the environment."""
    return subprocess.run(
        [sys.executable, "-m", "asrun", *arguments],
        cwd=root,
        env={**WITHOUT_BROWSER, "PYTHONPATH": str(Path(__file__).parent.parent), **environment},
        capture_output=True,
        text=True,
        timeout=100,
    )


def files(root: Path) -> dict[str, bytes]:
    """Every file below a folder, by its relative name."""
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def approved(root: Path) -> set[str]:
    """The approved recordings of a project."""
    folder = root / "slides" / "recordings"
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.json")}


def test_two_lines_are_a_deck(tmp_path: Path) -> None:
    """A title and code build with defaults for all else, and a second build takes nothing and changes nothing."""
    write(tmp_path, hello=HELLO)
    first = asrun(tmp_path, "build")
    assert first.returncode == 0, first.stderr
    assert "recording hello.main (never recorded)" in first.stderr
    before = files(tmp_path / "slides")
    assert set(before) == {"index.html", "index-handout.html", "recordings/hello/main.json"}
    second = asrun(tmp_path, "build")
    assert second.returncode == 0
    assert "recording" not in second.stderr.replace("recorded", "")
    assert files(tmp_path / "slides") == before


def test_deleting_the_recordings_takes_everything_again(tmp_path: Path) -> None:
    """Nothing on a slide outlives what it came from."""
    write(tmp_path, hello=HELLO)
    asrun(tmp_path, "build")
    (tmp_path / "slides" / "recordings" / "hello" / "main.json").unlink()
    again = asrun(tmp_path, "build")
    assert "hello.main" in again.stderr
    assert approved(tmp_path) == {"hello/main.json"}


def test_a_false_claim_fails_the_build_and_keeps_the_last_good_deck(tmp_path: Path) -> None:
    """Exit code 1, the claim with its parts and its place; deck and approved recordings stay as they were."""
    write(tmp_path, hello=HELLO)
    asrun(tmp_path, "build")
    before = files(tmp_path / "slides")
    write(tmp_path, hello=HELLO.replace("'Hello'", "'Bye'") + "claims:\n  - main.stdout == 'Hello\\n'\n")
    failed = asrun(tmp_path, "build")
    assert failed.returncode == 1
    assert "scenarios/hello.yaml:4:5: this claim does not hold" in failed.stderr
    assert 'main.stdout  =  "Bye\\n"' in failed.stderr
    assert files(tmp_path / "slides") == before
    shown = asrun(tmp_path, "show", "hello")
    assert "not approved" in shown.stdout
    assert "Bye" in shown.stdout


def test_a_run_that_ends_otherwise_than_declared_fails_the_build(tmp_path: Path) -> None:
    """Its place, what it did and the end of its output are printed; the other run is approved all the same."""
    write(tmp_path, mixed="title: Mixed\nruns:\n  good: {code: print(1)}\n  bad: {code: 1/0}\n")
    failed = asrun(tmp_path, "build")
    assert failed.returncode == 1
    assert "scenarios/mixed.yaml:4:15: run mixed.bad" in failed.stderr
    assert "run mixed.bad ended with exit status 1; declared is 0" in failed.stderr
    assert "ZeroDivisionError" in failed.stderr
    assert approved(tmp_path) == {"mixed/good.json"}
    assert not (tmp_path / "slides" / "index.html").exists()


def test_an_expected_failure_is_a_slide_like_any_other(tmp_path: Path) -> None:
    """`raises` and `exit` declare how a run ends."""
    write(
        tmp_path,
        fails="""
            title: Fails
            runs:
              raising: {code: 1/0, raises: ZeroDivisionError}
              exiting: {code: exit(3), exit: 3}
        """,
    )
    built = asrun(tmp_path, "build")
    assert built.returncode == 0, built.stderr
    assert "ZeroDivisionError" in (tmp_path / "slides" / "index.html").read_text()


def test_a_flood_is_recorded_as_far_as_the_limit_and_says_so(tmp_path: Path) -> None:
    """A run that prints more than is kept ends as declared; build, recording and slide say what is cut."""
    write(tmp_path, flood="title: Flood\nshell: head -c 12000000 /dev/zero | tr '\\0' x\n")
    built = asrun(tmp_path, "build")
    assert built.returncode == 0, built.stderr
    assert "2,000,000 bytes more were not kept" in built.stderr
    assert json.loads(asrun(tmp_path, "show", "flood", "--json").stdout)["runs"]["main"]["dropped"] == 2_000_000
    assert "output was cut here" in (tmp_path / "slides" / "index.html").read_text()


def test_a_timing_claim_gets_a_bounded_number_of_takes(tmp_path: Path) -> None:
    """A run that is too slow at first is taken again and then passes; one that always is fails in the end."""
    counter = tmp_path / "counter"
    code = f"""\
        title: Slow at first
        runs:
          main:
            code: |
              import pathlib, time
              counter = pathlib.Path({str(counter)!r})
              counter.open("a").write("x")
              time.sleep(0.6 if len(counter.read_text()) == 1 else 0)
        claims:
          - main.wall < 0.5
        """
    write(tmp_path, slow=code)
    built = asrun(tmp_path, "build", "-v")
    assert built.returncode == 0, built.stderr
    # A busy machine disturbs a take, and then it is taken again before anybody looks at the claim.
    disturbed = built.stderr.count("from the cores; it is taken again")
    assert "taken again, alone, attempt 2 of 3" in built.stderr or disturbed
    assert len(counter.read_text()) == 2 + (disturbed if "attempt 2" in built.stderr else disturbed - 1)
    counter.write_text("xx")
    write(tmp_path, slow=code.replace("main.wall < 0.5", "main.wall < 0"))
    (tmp_path / "slides" / "recordings" / "slow" / "main.json").unlink()
    built = asrun(tmp_path, "build", "-v")
    assert built.returncode == 1
    disturbed = built.stderr.count("from the cores; it is taken again")
    attempts = 1 + built.stderr.count(", attempt ")
    assert attempts == 3 or disturbed
    assert len(counter.read_text()) == 2 + attempts + disturbed


def test_a_timing_claim_over_an_approved_recording_takes_nothing(tmp_path: Path) -> None:
    """Only what was taken in this build is taken again: an approved recording that says otherwise is a failure."""
    write(tmp_path, hello=HELLO)
    asrun(tmp_path, "build")
    write(tmp_path, hello=HELLO + "claims: [main.wall < 0]\n")
    failed = asrun(tmp_path, "build")
    assert failed.returncode == 1
    assert "attempt" not in failed.stderr
    assert "`asrun record hello.main` takes them again" in failed.stderr


def test_claims_about_the_runs_of_others_are_checked(tmp_path: Path) -> None:
    """A scenario without runs of its own holds its claims all the same, and shows them."""
    write(tmp_path, hello=HELLO, proof="title: Proof\nclaims: [hello.main.exit == 0]\nslides: [{claims: true}]\n")
    built = asrun(tmp_path, "build")
    assert built.returncode == 0, built.stderr
    assert "1 claims hold" in built.stderr or "1 claim holds" in built.stderr
    assert "hello.main.exit == 0" in (tmp_path / "slides" / "index.html").read_text()
    write(tmp_path, proof="title: Proof\nclaims: [hello.main.exit == 1]\nslides: [{claims: true}]\n")
    failed = asrun(tmp_path, "build")
    assert failed.returncode == 1
    assert "scenarios/proof.yaml:2:10: this claim does not hold" in failed.stderr


def test_every_mistake_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    """Exit code 2, nothing run, nothing written."""
    write(tmp_path, one="title: One\ncoda: print(1)\n", two="title: Two\ncode: pass\nslides: [{replay: mian}]\n")
    failed = asrun(tmp_path, "build")
    assert failed.returncode == 2
    assert "scenarios/one.yaml:2:1" in failed.stderr
    assert "scenarios/two.yaml:3:" in failed.stderr
    assert "did you mean main?" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert not (tmp_path / "slides").exists()


@pytest.mark.parametrize("taken", ["slides", "slides/recordings", ".asrun"])
def test_a_place_that_cannot_be_written_is_told_in_a_line(tmp_path: Path, taken: str) -> None:
    """A file where a folder must be is no fault of AsRun's, and is found before anything is run."""
    write(tmp_path, hello=HELLO)
    (tmp_path / taken).parent.mkdir(exist_ok=True)
    (tmp_path / taken).write_text("")
    failed = asrun(tmp_path, "build")
    assert failed.returncode == 1
    assert "recording hello" not in failed.stderr
    assert f"{taken}" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert len(failed.stderr.splitlines()) == 1


def test_a_claim_that_no_take_can_mend_takes_nothing_again(tmp_path: Path) -> None:
    """An expression that cannot be evaluated fails at once, though it speaks of time."""
    write(tmp_path, hello=HELLO + "claims: ['main.wall / 0 > 1', 'main.lines | length == 9']\n")
    failed = asrun(tmp_path, "build")
    assert failed.returncode == 1
    assert "ZeroDivisionError" in failed.stderr
    assert "attempt" not in failed.stderr


def test_a_recording_of_something_else_is_not_believed(tmp_path: Path) -> None:
    """A file that was copied, or edited into what cannot be, is stale."""
    write(tmp_path, hello=HELLO)
    asrun(tmp_path, "build")
    path = tmp_path / "slides" / "recordings" / "hello" / "main.json"
    good = path.read_text()
    path.write_text(good.replace('"scenario": "hello"', '"scenario": "other"'))
    assert "stale   its recording is one of other.main" in asrun(tmp_path, "status").stdout
    path.write_text(re.sub(r'"wall_ns":\d+', '"wall_ns":-5', good))
    assert "stale   not a recording" in asrun(tmp_path, "status").stdout


def test_out_writes_nothing_into_the_project(tmp_path: Path) -> None:
    """Decks and recordings go where they were asked for."""
    project = write(tmp_path / "project", hello=HELLO)
    before = files(project)
    built = asrun(project, "build", "--out", str(tmp_path / "made"))
    assert built.returncode == 0, built.stderr
    assert files(project) == before
    assert set(files(tmp_path / "made")) == {"index.html", "index-handout.html", "recordings/hello/main.json"}


def test_only_builds_a_deck_of_its_own(tmp_path: Path) -> None:
    """One scenario is built without the others being run, and without touching the whole deck."""
    write(tmp_path, one=HELLO, two="title: Two\ncode: raise SystemExit(1)\n")
    built = asrun(tmp_path, "build", "--only", "one")
    assert built.returncode == 0, built.stderr
    assert set(files(tmp_path / "slides")) == {"index-only.html", "index-only-handout.html", "recordings/one/main.json"}
    unknown = asrun(tmp_path, "build", "--only", "oen")
    assert unknown.returncode == 2
    assert "did you mean one?" in unknown.stderr


def test_record_takes_again_what_is_named(tmp_path: Path) -> None:
    """A run that is named is taken though it is fresh; the others are left alone; unused recordings can be removed."""
    write(tmp_path, pair="title: Pair\nruns:\n  a: {code: print(1)}\n  b: {code: print(2)}\n")
    asrun(tmp_path, "build")
    before = files(tmp_path / "slides" / "recordings")
    recorded = asrun(tmp_path, "record", "pair.a")
    assert recorded.returncode == 0, recorded.stderr
    assert "pair.a: approved with the same output, " in recorded.stderr
    after = files(tmp_path / "slides" / "recordings")
    assert after["pair/a.json"] != before["pair/a.json"]
    assert after["pair/b.json"] == before["pair/b.json"]
    write(tmp_path, pair="title: Pair\nruns:\n  a: {code: print(1)}\n")
    assert "unused" in asrun(tmp_path, "status").stdout
    assert asrun(tmp_path, "record", "--prune").returncode == 0
    assert approved(tmp_path) == {"pair/a.json"}


def test_record_shows_what_it_approves(tmp_path: Path) -> None:
    """The diff of the output, and both times; of a first recording what it holds."""
    write(tmp_path, pair="title: Pair\nruns:\n  a: {shell: echo one}\n")
    assert "pair.a: approved for the first time, exit status 0, 1 line of" in asrun(tmp_path, "record").stderr
    write(tmp_path, pair="title: Pair\nruns:\n  a: {shell: echo two}\n")
    told = asrun(tmp_path, "record").stderr
    assert re.search(r"pair\.a: approved as it is now, \S+ \w+ \(before \S+ \w+\)\n", told)
    assert "\n    -one\n    +two\n" in told
    assert "1 run recorded and approved" in told


def test_record_of_one_run_judges_what_can_be_judged(tmp_path: Path) -> None:
    """A claim that also speaks of a run without a recording neither holds nor fails."""
    runs = "title: Pair\nruns:\n  a: {code: print(1)}\n  b: {code: print(2)}\n"
    write(tmp_path, pair=runs + "claims: [a.exit == 0, a.exit == b.exit]\n")
    recorded = asrun(tmp_path, "record", "pair.a")
    assert recorded.returncode == 0, recorded.stderr
    assert "1 claim holds" in recorded.stderr
    assert approved(tmp_path) == {"pair/a.json"}


def test_status_says_what_changed(tmp_path: Path) -> None:
    """Each run is fresh, or stale for a reason."""
    write(tmp_path, hello=HELLO)
    assert "stale   never recorded" in asrun(tmp_path, "status").stdout
    asrun(tmp_path, "build")
    assert "hello.main  fresh" in asrun(tmp_path, "status").stdout
    write(tmp_path, hello=HELLO.replace("Hello'", "Bye'"))
    assert "stale   code changed" in asrun(tmp_path, "status").stdout


def test_show_as_json_has_the_names_that_claims_use(tmp_path: Path) -> None:
    """One object, `runs` by name."""
    write(tmp_path, hello=HELLO)
    never = asrun(tmp_path, "show", "hello", "--json")
    assert never.returncode == 1
    assert "asrun record hello.main" in never.stderr
    asrun(tmp_path, "build")
    shown = json.loads(asrun(tmp_path, "show", "hello", "--json").stdout)
    run = shown["runs"]["main"]
    assert run["stdout"] == "Hello\n"
    assert run["exit"] == 0
    assert run["walls"] == [run["wall"]]
    assert run["lines"][0]["text"] == "Hello"


def test_show_cannot_be_used_to_steer_the_terminal(tmp_path: Path) -> None:
    """Escape sequences and control characters in output are not passed on."""
    write(tmp_path, evil="title: Evil\ncode: |\n  print('\\x1b]0;owned\\x07\\x1b[2Jhello\\x00')\n")
    assert asrun(tmp_path, "build").returncode == 0
    shown = asrun(tmp_path, "show", "evil").stdout
    assert "hello" in shown
    write(tmp_path, evil="title: Evil\ncode: |\n  print('\\x1b]0;owned\\x07hello\\x00', flush=True); 1/0\n")
    shown += asrun(tmp_path, "build").stderr
    assert "ZeroDivisionError" in shown
    assert all(character == "\n" or character.isprintable() for character in shown)


def test_no_secret_of_the_environment_reaches_a_slide(tmp_path: Path) -> None:
    """A program sees the allow-listed variables and those of its scenario, and a deck has no path of this machine."""
    write(
        tmp_path,
        env="""
            title: Env
            code: |
              import os
              os.environ.pop('PATH')  # whatever folders this machine has there
              print(dict(os.environ), os.getcwd(), __file__)
            env: {MINE: yours}
        """,
    )
    assert asrun(tmp_path, "build", ASRUN_TEST_SECRET="hunter2").returncode == 0
    everything = b"".join(files(tmp_path / "slides").values()).decode()
    assert "yours" in everything
    assert "hunter2" not in everything
    assert str(Path.home()) + "/" not in everything
    assert "/tmp/" not in everything


def test_a_reader_that_goes_away_is_no_fault(tmp_path: Path) -> None:
    """`asrun show … | head` ends quietly."""
    write(tmp_path, many="title: Many\ncode: |\n  for n in range(20000): print(n)\n")
    asrun(tmp_path, "build")
    command = f"{shlex.quote(sys.executable)} -m asrun show many | head -n 2"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    ended = subprocess.run(command, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ended.stderr == ""


@pytest.mark.parametrize("arguments", [("bild",), ("build", "--nope"), ("show",)])
def test_a_misspelt_command_is_the_users(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Usage errors exit with 2 and name what was wrong."""
    failed = asrun(write(tmp_path, hello=HELLO), *arguments)
    assert failed.returncode == 2
    assert "Usage:" in failed.stderr


def test_outside_of_a_project_it_says_how_to_begin(tmp_path: Path) -> None:
    """No scenarios folder anywhere above: a few lines that teach, and exit code 2."""
    failed = asrun(tmp_path, "build")
    assert failed.returncode == 2
    assert "scenarios" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_help_names_every_command() -> None:
    """`--help` teaches the commands and where to go on."""
    told = asrun(Path(__file__).parent.parent, "--help").stdout
    assert all(command in told for command in ("build", "record", "status", "show", "export", "docs/authoring.md"))


def _alive(marker: str) -> list[int]:
    """The processes whose environment holds a marker."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def test_an_interrupt_leaves_the_last_good_files_and_no_child(tmp_path: Path) -> None:
    """Ctrl-C ends every run at once, with exit code 130."""
    marker = f"ASRUN_MARK_{os.getpid()}_{time.monotonic_ns()}"
    scenario = f"title: Long\nruns:\n  a: {{code: 'import time; time.sleep(60)', env: {{MARK: {marker}}}}}\n"
    write(tmp_path, hello=HELLO)
    asrun(tmp_path, "build")
    before = files(tmp_path / "slides")
    write(tmp_path, long=scenario)
    build = subprocess.Popen(
        [sys.executable, "-m", "asrun", "build"],
        cwd=tmp_path,
        env={**WITHOUT_BROWSER, "PYTHONPATH": str(Path(__file__).parent.parent)},
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not _alive(marker) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert _alive(marker)
    build.send_signal(signal.SIGINT)
    _, told = build.communicate(timeout=60)
    assert build.returncode == 130, told
    assert "Traceback" not in told
    assert _alive(marker) == []
    assert files(tmp_path / "slides") == before


def test_on_a_terminal_the_runs_in_flight_are_shown(tmp_path: Path) -> None:
    """Long work has a live display; what is done scrolls by."""
    write(tmp_path, nap="title: Nap\ncode: 'import time; time.sleep(0.5)'\n")
    ours, theirs = pty.openpty()
    environment = {key: value for key, value in WITHOUT_BROWSER.items() if key != "CI"}
    build = subprocess.Popen(
        [sys.executable, "-m", "asrun", "build"],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(Path(__file__).parent.parent), "TERM": "xterm", "COLUMNS": "100"},
        stdout=theirs,
        stderr=theirs,
        stdin=subprocess.DEVNULL,
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            data = os.read(ours, 65536)
        except OSError:
            break
        seen += data
    os.close(ours)
    assert build.wait(timeout=60) == 0, seen
    assert b"nap.main: 0 s of at most 60 s" in seen
    assert "✓ nap.main".encode() in seen


def test_an_interpreter_matrix_is_recorded_where_its_interpreters_are(tmp_path: Path) -> None:
    """One recording for each; what is not here is told, by name, and is a gap only where the scenario allows it."""
    own = f"3.{sys.version_info.minor}"
    alone = {"PATH": os.defpath, "PYENV_ROOT": "/nowhere"}  # looking for others takes a while
    matrix = f"""
        title: Matrix
        runs:
          square: {{python: ["{own}", "3.99t"], code: "import sys; print(sys.version_info[:2])"}}
        claims:
          - square["{own}"].output == "({sys.version_info[0]}, {sys.version_info[1]})\\n"
          - square["3.99t"].exit == 0
        """
    write(tmp_path, matrix=matrix)
    refused = asrun(tmp_path, "build", **alone)
    assert refused.returncode == 2
    assert "scenarios/matrix.yaml:4:30: no Python 3.99t was found; found: " in refused.stderr
    assert approved(tmp_path) == set()
    write(tmp_path, matrix=matrix.replace("square: {", "square: {optional: true, "))
    built = asrun(tmp_path, "build", **alone)
    assert built.returncode == 0, built.stderr
    assert approved(tmp_path) == {f"matrix/square@{own}.json"}
    assert "scenarios/matrix.yaml:7:5: this claim is not judged here: matrix.square[3.99t]" in built.stderr
    assert "1 claim holds, 1 run recorded" in built.stderr
    status = asrun(tmp_path, "status", **alone).stdout.splitlines()
    assert status[0].startswith(f"matrix.square[{own}]")
    assert status[0].split()[1] == "fresh"
    assert status[1].startswith("matrix.square[3.99t]  absent  never recorded; no Python 3.99t was found; found: ")
    shown = asrun(tmp_path, "show", "matrix", "--json", **alone)
    assert list(json.loads(shown.stdout)["runs"]) == [f"square[{own}]"]
    assert asrun(tmp_path, "record", "matrix.square", **alone).returncode == 0
