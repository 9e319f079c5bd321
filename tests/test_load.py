"""Loading a project: what text cases cannot say."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from asrun.errors import AuthorError, NoProject
from asrun.load import load_project
from asrun.load.events import SIZE_LIMIT
from asrun.load.files import CODE_LIMIT
from asrun.model import Project
from asrun.root import find_root

SMALLEST = "title: A\ncode: print(1)\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with the smallest scenario."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "a.yaml").write_text(SMALLEST)
    return tmp_path


def messages(root: Path) -> list[str]:
    """The messages of all mistakes in a project."""
    with pytest.raises(AuthorError) as caught:
        load_project(root)
    return [mistake.message for mistake in caught.value.mistakes]


def test_the_root_is_the_nearest_folder_with_scenarios(root: Path) -> None:
    """From anywhere in the project, and from a project inside of another, the inner one."""
    inner = root / "talks" / "inner"
    (inner / "scenarios" / "code").mkdir(parents=True)
    (root / "talks" / "notes").mkdir()
    assert find_root(root) == root
    assert find_root(root / "scenarios") == root
    assert find_root(root / "talks" / "notes") == root
    assert find_root(inner / "scenarios" / "code") == inner


def test_where_there_is_no_project_the_message_says_how_one_begins(tmp_path: Path) -> None:
    """With the smallest scenario, ready to be copied."""
    with pytest.raises(NoProject) as caught:
        find_root(tmp_path)
    assert str(tmp_path) in caught.value.show()
    text = caught.value.show()
    (tmp_path / "scenarios").mkdir()
    smallest = text.partition("scenarios/first.yaml:")[2]
    (tmp_path / "scenarios" / "first.yaml").write_text("\n".join(line[4:] for line in smallest.splitlines()))
    assert load_project(tmp_path).scenarios["first"].runs["main"].code == 'print("It really ran.")'


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A mistyped path is not taken for an empty project."""
    with pytest.raises(NoProject, match="there is no folder"):
        find_root(tmp_path / "tlak")
    with pytest.raises(NoProject, match="there is no folder scenarios in"):
        load_project(tmp_path)


def test_a_project_is_loaded_with_absolute_folders(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever folder a command is given in, and through links."""
    monkeypatch.chdir(root)
    project = load_project(Path())
    assert project.root == root.resolve()
    assert project.scenarios["a"].folder == root.resolve() / "scenarios"
    link = root / "link"
    link.symlink_to(root)
    assert load_project(link).root == root.resolve()


def test_scenarios_and_decks_come_in_the_order_of_their_files(root: Path) -> None:
    """The implied deck shows them in this order."""
    for name in ("c", "b", "aa"):
        (root / "scenarios" / f"{name}.yaml").write_text(SMALLEST)
    project = load_project(root)
    assert list(project.scenarios) == ["a", "aa", "b", "c"]
    assert project.decks["index"].scenario_names == ("a", "aa", "b", "c")


def test_braces_in_the_name_of_the_project_are_no_jinja(tmp_path: Path) -> None:
    """The title of the implied deck is prose, and the folder's name must not be read as an expression."""
    root = tmp_path / "{{ talk }}"
    (root / "scenarios").mkdir(parents=True)
    (root / "scenarios" / "a.yaml").write_text(SMALLEST)
    assert load_project(root).decks["index"].title == " talk "


def test_a_pipe_in_place_of_a_program_is_not_waited_for(root: Path) -> None:
    """Neither one that is named as a file, nor one that lies in a folder, nor a scenario."""
    os.mkfifo(root / "scenarios" / "pipe.py")
    (root / "scenarios" / "data").mkdir()
    os.mkfifo(root / "scenarios" / "data" / "pipe")
    os.mkfifo(root / "scenarios" / "b.yaml")
    (root / "scenarios" / "a.yaml").write_text("title: A\nfile: pipe.py\nfiles: [data, other]\n")
    os.mkfifo(root / "scenarios" / "other")
    assert messages(root) == [
        "'pipe.py' is not a regular file",
        "'data/pipe' is not a regular file",
        "'other' is not a regular file",
        "this is no file",
    ]


def test_files_that_are_too_large_are_told(root: Path) -> None:
    """A program beyond a megabyte is no code for a slide, and a scenario neither; data may be larger."""
    (root / "scenarios" / "big.py").write_text("#" * (CODE_LIMIT + 1))
    (root / "scenarios" / "a.yaml").write_text("title: A\nfile: big.py\nfiles: [big.csv]\n")
    (root / "scenarios" / "big.csv").write_text("1" * (CODE_LIMIT + 1))
    (root / "scenarios" / "b.yaml").write_text("#" * (SIZE_LIMIT + 1))
    assert messages(root) == ["'big.py' is larger than 1 MB", "this file is larger than 1 MB"]


@pytest.mark.parametrize("name", ["x" * 300, "a/" * 2000 + "b", "a\x7fb", "a\nb", "con.py/", "./", "a//b"])
def test_strange_names_of_files_are_told(root: Path, name: str) -> None:
    """Names that the system refuses end in a mistake of the author's, not in one of ours."""
    (root / "scenarios" / "a.yaml").write_text(f"title: A\nfile: {name!r}\n".replace("'", '"'))
    assert len(messages(root)) == 1


def test_a_name_that_is_not_utf8_can_be_shown(root: Path) -> None:
    """The name of a file is bytes, and a mistake is text that any terminal takes."""
    os.close(os.open(os.fsencode(root / "scenarios") + b"/gr\xfcn.yaml", os.O_CREAT | os.O_WRONLY))
    with pytest.raises(AuthorError) as caught:
        load_project(root)
    assert "scenarios/gr\ufffdn.yaml:1:1" in caught.value.show().encode().decode()


@pytest.mark.parametrize(
    ("claim", "message"),
    [("(" * 900 + "1" + ")" * 900, "nested too deeply for Jinja"), ("9" * 5000 + " > 1", "a number has thousands")],
)
def test_what_is_too_much_for_jinja_is_told(root: Path, claim: str, message: str) -> None:
    """A claim cannot exhaust the parser."""
    (root / "scenarios" / "a.yaml").write_text(f'{SMALLEST}claims:\n  - "{claim}"\n')
    assert message in messages(root)[0]


def test_a_project_is_loaded_anew_each_time(root: Path) -> None:
    """A live preview sees what was saved."""
    assert load_project(root).scenarios["a"].title == "A"
    (root / "scenarios" / "a.yaml").write_text(SMALLEST.replace("A", "B"))
    assert load_project(root).scenarios["a"].title == "B"


def load_or_refuse(root: Path, content: bytes) -> Project | AuthorError:
    """A project whose one scenario and one deck are `content`."""
    for name in ("b.yaml", "talk.deck.yaml"):
        (root / "scenarios" / name).write_bytes(content)
    try:
        return load_project(root)
    except AuthorError as error:
        assert error.show().encode()
        return error


LINES = """\
title: A
title: "{{ a.main.wall }}"
code: print(1)
code: |
file: a.yaml
file: ../scenarios
shell: echo
runs:
runs: &r
  one:
  two: *r
    code: x
    repeat: 3
    command: [a, b]
    env: {A: b}
    files: [., .., a.yaml]
claims:
  - main.wall > 1
  - that: one.wall
    say: "{{ x }}"
slides:
  - code: main
  - replay: a.main
  - race: [main, one]
    steps: [1, 9]
    lines: 1-3
  - body: |
    {{ main.wall
    # hide
  - claims: true
  - template: x
    with: {a: 2024-01-01}
scenarios: [a, b]
sections:
  - title: B
    scenarios: [a]
theme: light
options: {max_replay: 0s}
handout: >
  {% if %}
? x
- y
!!str z
"
python: 3.10
timeout: 8
exit: 1
raises: X""".splitlines()


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.lists(st.sampled_from(LINES), max_size=14).map(lambda lines: "\n".join(lines).encode())
    | st.binary(max_size=80)
)
@example(content=b"")
@example(content=b"\x00")
@example(content=b'title: "\\0"\ncode: "\\ud800"')
@example(content=b"title: A\nruns: {? [a] : b}")
@example(content=b"title: A\nslides: [&a {body: *a}]")
def test_whatever_a_file_holds_it_is_loaded_or_refused(root: Path, content: bytes) -> None:
    """No input of an author's ends in a traceback, and every mistake is at a place in one of the files."""
    outcome = load_or_refuse(root, content)
    if isinstance(outcome, AuthorError):
        assert outcome.mistakes
        files = {"scenarios/a.yaml", "scenarios/b.yaml", "scenarios/talk.deck.yaml"}
        assert {mistake.place.file for mistake in outcome.mistakes} <= files


RICH = """\
title: "All of {{ one.wall | seconds }}"
runs:
  one: &one
    code: |
      # hide
      x = 1
      # show
      print(x)
    args: [--fast, "3"]
    env: {LEVEL: "3"}
    python: "3.13"
    timeout: 1m30s
    cores: 1.5
  two: *one
claims:
  - one.wall < two.wall
  - that: (one.wall / two.wall) is about(1, within="50%")
    say: >
      Folded {{ one.wall }}
      lines.
slides:
  - code: one
    steps: [4, "2-3"]
  - race: [one, a.main]
  - claims: [1, 2]
  - body: |
      Text with {{ two.cpu }}.
    background: "#102030"
    with: {a: [1, 2.5, true, null]}
"""
EDITS = st.lists(
    st.tuples(st.integers(0, len(RICH)), st.integers(0, 12), st.sampled_from([*"\n :-'\"{}[]|>&*!#%,x3~", ""]))
)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
def test_whatever_is_mistyped_it_is_loaded_or_refused(root: Path, edits: list[tuple[int, int, str]]) -> None:
    """Near every valid scenario, too, there is no traceback."""
    text = RICH
    for start, length, replacement in edits:
        text = text[:start] + replacement + text[start + length :]
    load_or_refuse(root, text.encode())
