"""The walk that finds every mistake in the data of a file agrees with msgspec on what a mistake is."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrun.load.diagnose import diagnose, shape
from asrun.load.tree import Tree
from asrun.model import DeckFile, ScenarioFile, Source, decode_hook

KEYS = [
    "title", "code", "file", "command", "args", "env", "python", "timeout", "repeat", "cores", "exit", "raises",
    "runs", "claims", "slides", "handout", "sources", "that", "say", "body", "race", "compare", "environment",
    "template", "steps", "lines", "measure", "with", "class", "transition", "auto_animate", "sections", "scenarios",
    "options", "theme", "slide_number", "max_replay", "main", "my-run", "main\n", "_x", "", "zzz",
]  # fmt: skip
WORDS = ["", "a", "8s", "1m30s", "-1s", "3.13", "3.13\n", "wall", "slide", "none", "light", "1-3", "a b", "x" * 50]
PLAIN = (
    st.sampled_from(WORDS)
    | st.booleans()
    | st.integers(-3, 300)
    | st.sampled_from([0.0, 1.0, 1.5, -1.0, 2000.0])
    | st.sampled_from([{"title": "a"}, {"that": "a"}, {"code": "a"}, {"body": "a"}])
)
TREES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


def near_misses(type_: str) -> st.SearchStrategy[Any]:
    """Data that is often right: the keys of a file with values of any kind, most of them of the right one."""
    names = st.lists(st.sampled_from(["a", "b", 3]), max_size=5)
    run: st.SearchStrategy[Any] = st.fixed_dictionaries(
        {},
        optional={
            "code": st.just("x") | PLAIN,
            "command": names,
            "timeout": st.sampled_from(["8s", "x", 8]),
            "repeat": st.integers(0, 101),
            "cores": st.sampled_from([1, 1.5, -1, True]),
            "python": st.sampled_from(["3.13", "3", 3.1, ["3.13", "3.14t"], [], ["3"], [3.1]]),
            "env": st.dictionaries(st.sampled_from(KEYS), st.just("x") | PLAIN, max_size=2),
        },
    )
    slide: st.SearchStrategy[Any] = st.fixed_dictionaries(
        {},
        optional={
            "race": names,
            "diff": names,
            "compare": names | st.just("a"),
            "claims": st.sampled_from([True, False, [1], ["1"], []]),
            "environment": st.sampled_from([True, False, 1]),
            "steps": st.sampled_from([[1], ["1-3", 4], [1.5], "1"]),
            "lines": st.sampled_from([1, "1", 1.5, True]),
            "measure": st.sampled_from(["wall", "wal"]),
            "transition": st.sampled_from(["fade", "fad"]),
            "with": TREES,
        },
    )
    claim = st.sampled_from(["a", {"that": "a"}, {"say": "a"}, {"that": 3}, 3])
    files: dict[str, st.SearchStrategy[Any]] = {
        "scenario": st.fixed_dictionaries(
            {"title": st.just("A") | PLAIN},
            optional={
                "runs": st.dictionaries(st.sampled_from(KEYS), run | PLAIN, max_size=3),
                "claims": st.lists(claim, max_size=3),
                "slides": st.lists(slide | PLAIN, max_size=3),
                "zzz": PLAIN,
            },
        ),
        "deck": st.fixed_dictionaries(
            {"title": st.just("A") | PLAIN},
            optional={
                "theme": st.sampled_from(["light", "a-b", 3]),
                "sections": st.lists(
                    st.fixed_dictionaries({"title": st.just("A")}, optional={"scenarios": names, "zzz": PLAIN}) | PLAIN,
                    max_size=3,
                ),
                "options": st.fixed_dictionaries(
                    {},
                    optional={"slide_number": st.booleans() | PLAIN, "max_replay": st.sampled_from(["1s", 1, "x"])},
                ),
            },
        ),
    }
    return files[type_]


def tree_of(data: object) -> Tree:
    """Data as if it had been read, with no places."""
    return Tree(data, Source("a.yaml", "", {}, {}), plain=True)


def check_agreement(data: object, type_: type[ScenarioFile] | type[DeckFile]) -> None:
    """The walk finds a mistake just where msgspec does, and what it leaves is right."""
    try:
        msgspec.convert(data, type_, dec_hook=decode_hook)
        right = True
    except msgspec.ValidationError:
        right = False
    checked = diagnose(tree_of(data), type_)
    assert right == (not checked.mistakes), [mistake.message for mistake in checked.mistakes]
    assert right == (not checked.bad)
    msgspec.convert(checked.data, type_, dec_hook=decode_hook)
    if right:
        assert checked.data == data


@settings(deadline=None, max_examples=300)
@given(near_misses("scenario") | TREES)
def test_the_walk_and_msgspec_agree_on_scenarios(data: object) -> None:
    """No mistake is overlooked, none is invented, and what is left converts."""
    check_agreement(data, ScenarioFile)


@settings(deadline=None, max_examples=200)
@given(near_misses("deck") | TREES)
def test_the_walk_and_msgspec_agree_on_decks(data: object) -> None:
    """No mistake is overlooked, none is invented, and what is left converts."""
    check_agreement(data, DeckFile)


@settings(deadline=None)
@given(near_misses("scenario"))
def test_no_message_is_one_of_msgspec(data: object) -> None:
    """Authors hear of strings, numbers, lists and mappings, never of Python's or msgspec's types."""
    for mistake in diagnose(tree_of(data), ScenarioFile).mistakes:
        for word in ("`", "Expected", "object", "array", "int ", "str ", "$", "None", "regex", "Odd", "Broken"):
            assert word not in mistake.message


@pytest.mark.parametrize("count", [1, 2, 7])
def test_each_mistake_is_told(count: int) -> None:
    """As many as there are, not only the first."""
    runs = {f"run{number}": {"code": "x", "repeat": 0, "timeout": "x", "zzz": 1} for number in range(count)}
    _, bad, mistakes = shape(tree_of({"title": "A", "runs": runs}), ScenarioFile)
    assert len(mistakes) == len(bad) == 3 * count


def test_what_is_right_around_a_mistake_is_kept() -> None:
    """The checks that follow see all but what is wrong."""
    data = {"title": "A", "runs": {"one": {"code": "x", "repeat": "many"}}, "slides": [3, {"code": "one", "zzz": 1}]}
    file, bad, _ = shape(tree_of(data), ScenarioFile)
    assert file.runs["one"].code == "x"
    assert file.runs["one"].repeat == 1
    assert [slide.code for slide in file.slides or ()] == [None, "one"]
    assert bad == {("runs", "one", "repeat"), ("slides", 0), ("slides", 1, "zzz")}
