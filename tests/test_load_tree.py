"""YAML files as plain data, with the place of every value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from asrun.load import events
from asrun.load.events import SIZE_LIMIT
from asrun.load.tree import Tree, read_tree
from asrun.model import KeyPath

SCALARS = st.text(alphabet="ab'\"\\: #{}-,[]|>&*!%@`\n\t éß漢😀\u0301\x85", max_size=30) | st.text(max_size=10)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=8,
)
STYLES = st.sampled_from([None, "'", '"', "|", ">"])


def tree_of(text: str) -> Tree:
    """The tree of a YAML file that is right."""
    tree, mistakes = read_tree("a.yaml", text.encode())
    assert tree is not None
    assert not mistakes
    return tree


def texts(data: Any, path: KeyPath = ()) -> list[tuple[KeyPath, str]]:
    """All texts in some data, with the ways to them."""
    if isinstance(data, str):
        return [(path, data)]
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [found for key, item in items for found in texts(item, (*path, key))]


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("abcd"), DATA, min_size=1, max_size=3), STYLES, st.integers(2, 8), st.booleans())
@example({"a": "\n\n  x\n y\n"}, "|", 2, False)
@example({"a": {"b": "one two\n\nthree " * 12}}, ">", 2, False)
@example({"a": "it's " * 30}, "'", 4, False)
@example({"a": 'a "quoted" word\n' * 9}, '"', 2, True)
def test_every_character_of_every_text_is_found_where_it_stands(
    data: dict[str, Any], style: str | None, indent: int, windows: bool
) -> None:
    """In every style of YAML, folded, quoted or escaped, line and column point at the character itself."""
    written = yaml.safe_dump(data, default_style=style, indent=indent, width=30, allow_unicode=True)
    if windows:
        written = written.replace("\n", "\r\n")
    tree, mistakes = read_tree("a.yaml", written.encode())
    if tree is None:
        assert all("cannot stand in YAML" in mistake.message for mistake in mistakes)
        return
    if mistakes:
        assert all("cannot stand in a value" in mistake.message for mistake in mistakes)
        return
    assert tree.data == data
    lines = written.replace("\r\n", "\n").split("\n")
    for path, text in texts(data):
        for number, line in enumerate(text.split("\n"), 1):
            for column, char in enumerate(line, 1):
                place = tree.source.place(*path, line=number, column=column)
                found = lines[place.line - 1][place.column - 1 :]
                if char not in " \t":
                    assert found.startswith((char, "\\", char + char)), (path, char, found)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("abcd"), DATA, min_size=1, max_size=3))
def test_every_key_is_found_where_it_stands(data: dict[str, Any]) -> None:
    """A mistake about a key points at the key, not at its value."""
    written = yaml.safe_dump(data, allow_unicode=True)
    tree, _ = read_tree("a.yaml", written.encode())
    if tree is None:
        return
    lines = written.split("\n")
    assert {path for path in tree.source.keys if len(path) == 1} == {(key,) for key in data}
    for path, mark in tree.source.keys.items():
        assert lines[mark.line - 1][mark.column - 1 :].startswith((f"{path[-1]}:", "? "))


@pytest.mark.parametrize(
    ("written", "path", "place"),
    [
        ("a: text", ("a",), (1, 4)),
        ("a: 'text'", ("a",), (1, 5)),
        ("a: |\n    text", ("a",), (2, 5)),
        ("a: |2\n    text", ("a",), (2, 3)),
        ("a: |  # a comment\n  text", ("a",), (2, 3)),
        ("a: |-\n\n\n  text", ("a",), (2, 3)),
        ("a: &b\n  text", ("a",), (2, 3)),
        ("a: &b {c: d}", ("a", "c"), (1, 11)),
        ("a: &b {c: d}\ne: *b", ("e", "c"), (1, 11)),
        ("😀: {漢: b}", ("😀", "漢"), (1, 8)),
        ("a: {b: c}", ("a", "nothing", 3), (1, 4)),
        ("a: b", ("nothing",), (1, 1)),
    ],
)
def test_places_count_from_one_in_characters(written: str, path: KeyPath, place: tuple[int, int]) -> None:
    """After an anchor, inside of quotes, below a bar, behind wide characters; else the nearest value around."""
    found = tree_of(written).source.place(*path)
    assert (found.line, found.column) == place


@settings(deadline=None)
@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml.CSafeLoader])
@given(
    content=st.binary(max_size=60)
    | st.text(alphabet="ab:- \n\t'\"|>{}[],&*!#%@`?<.1~\\\r", max_size=40).map(str.encode)
)
@example(content=b"? a\n? b\n")
@example(content=b"&a [*a]")
@example(content=b"*a : b")
@example(content=b"{*a}")
@example(content=b"\xff\xfea\x00")
@example(content=b"\xef\xbb\xbf\xef\xbb\xbf")
@example(content=b"a: &b\n*b : c")
@example(content=b"!!map {a: !!str}")
@example(content=b"%YAML 9.9\n---\na")
@example(content=b"[" * 2000)
@example(content=b"- " * 2000)
@example(content=b'"\\')
def test_no_bytes_are_a_fault_of_ours(loader: Any, content: bytes) -> None:
    """Whatever a file holds, it is read, or what is wrong is told at a place in the file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "Loader", loader)
        tree, mistakes = read_tree("a.yaml", content)
    assert tree is not None or mistakes
    lines = content.decode(errors="replace").count("\n") + content.count(b"\r") + 1
    for mistake in mistakes:
        assert 1 <= mistake.place.line <= lines
        assert mistake.place.column >= 1
        assert mistake.show()


@settings(deadline=None)
@given(st.text(alphabet="ab:- \n'\"|>{}[],&*!#%@`?<.1~\\", max_size=40))
def test_both_parsers_of_pyyaml_give_the_same_data(text: str) -> None:
    """Where both take a file, they agree on it."""
    read = []
    for loader in (yaml.SafeLoader, yaml.CSafeLoader):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(events, "Loader", loader)
            read.append(read_tree("a.yaml", text.encode()))
    (tree, _), (other, _) = read
    if tree is not None and other is not None:
        assert (tree.data, tree.source.keys) == (other.data, other.source.keys)
        for path, found in texts(tree.data):
            assert not found or tree.source.place(*path) == other.source.place(*path)


def test_aliases_are_bounded_by_what_they_stand_for() -> None:
    """A few hundred bytes cannot stand for millions of values, and many plain aliases can be used."""
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        bomb += f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    tree, (mistake,) = read_tree("a.yaml", bomb.encode())
    assert tree is None
    assert "stand for more than 10,000 values" in mistake.message
    plain = tree_of("a: &a text\nb: [" + ", ".join(["*a"] * 5000) + "]")
    assert plain.data == {"a": "text", "b": ["text"] * 5000}


def test_an_alias_stands_for_the_anchor_before_it() -> None:
    """An anchor may be given again; inside of what is repeated, aliases keep their meaning."""
    tree = tree_of("a: &x [&y 1, *y]\nb: &y 2\nc: *x\nd: *y\n")
    assert tree.data == {"a": [1, 1], "b": 2, "c": [1, 1], "d": 2}


def test_a_file_that_is_too_large_is_refused_before_it_is_parsed() -> None:
    """Its contents do not matter any more."""
    tree, (mistake,) = read_tree("a.yaml", b"[" * (SIZE_LIMIT + 1))
    assert tree is None
    assert mistake.message == "this file is larger than 1 MB"


def test_many_mistakes_are_told_in_time_in_proportion(tmp_path: Path) -> None:
    """Each of thousands of mistakes has its line, and no file is searched for it from the beginning each time."""
    text = "a: 1\n" * 3000
    tree, mistakes = read_tree("a.yaml", text.encode())
    assert tree is not None
    assert [mistake.place.line for mistake in mistakes] == list(range(2, 3001))
    assert all(mistake.text == "a: 1" for mistake in mistakes)
