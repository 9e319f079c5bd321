"""The examples of the documents under docs/, taken out of them: what stands in a fence and what is said behind it.

A fence says behind its language what it is an example of:

    yaml scenarios/NAME.yaml     a file of a project (so for other languages: a path with a slash)
    yaml claims of NAME          claims, slides or runs that are added to that scenario
    yaml wrong                   a scenario that is answered with what the next fence says
    yaml part                    a part of a file, which is only to be right YAML
    console                      commands, after `$`; what follows is their output
    text, html, ...              not an example by itself
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from markdown_it import MarkdownIt

DOCS = Path(__file__).parent.parent / "docs"


class Example(NamedTuple):
    """A fence of a document."""

    page: str
    line: int
    """Of the fence, from 1."""
    language: str
    role: str
    """What stands behind the language."""
    text: str


def examples(page: Path) -> list[Example]:
    """The fences of a document, in order."""
    found = []
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if token.type == "fence":
            language, _, role = token.info.strip().partition(" ")
            assert token.map is not None
            found.append(Example(page.name, token.map[0] + 1, language, role.strip(), token.content))
    return found


def write_project(found: list[Example], root: Path) -> bool:
    """Write the files of a document's examples, with what is added to them; whether there are any scenarios."""
    files = {example.role: example.text for example in found if "/" in example.role}
    if not files:
        return False
    # Examples speak of the first deck's programs.
    shutil.copytree(DOCS.parent / "scenarios" / "code", root / "scenarios" / "code")
    added: dict[str, dict[str, Any]] = {}
    for example in found:
        what, _, name = example.role.partition(" of ")
        if name:
            more = yaml.safe_load(example.text)[what]
            so_far = added.setdefault(f"scenarios/{name}.yaml", {})
            if isinstance(more, dict):
                so_far[what] = {**so_far.get(what, {}), **more}
            else:
                so_far[what] = [*so_far.get(what, []), *more]
    for path, more in added.items():
        content = yaml.safe_load(files[path])
        for what, values in more.items():
            before = content.get(what, type(values)())
            content[what] = {**before, **values} if isinstance(values, dict) else [*before, *values]
        files[path] = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return True
