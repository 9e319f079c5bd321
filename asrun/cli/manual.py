"""Manual pages, made from the commands themselves; written here is only what click does not know of them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click
import msgspec

WIDTH = 90

_EXITS = {
    0: "Done.",
    1: "A claim does not hold, a run ended otherwise than declared, a slide overflows, or a file cannot be written.",
    2: "What the author wrote or typed is wrong; it is told with file, line and column.",
    70: "A fault of AsRun's own, with its traceback.",
    130: "Interrupted. Decks and approved recordings are as they were.",
}


class Page(msgspec.Struct, frozen=True):
    """What a manual page has besides what its command says of itself."""

    examples: tuple[tuple[str, str], ...] = ()
    """Calls, and what each does."""
    files: tuple[str, ...] = ()
    """Keys of FILES."""
    see: tuple[str, ...] = ()
    """Other commands, and documents."""
    exits: tuple[int, ...] = (0, 1, 2, 70, 130)
    fails: str = _EXITS[1]
    """What exit status 1 means."""
    environment: tuple[str, ...] = ()


FILES = {
    "scenarios/*.yaml": "Scenarios, which authors write.",
    "scenarios/*.deck.yaml": "Decks: which scenarios, in which order. Without one, all of them are the deck index.",
    "templates/": "The project's own templates and themes; they go before AsRun's.",
    "slides/<deck>.html": "A deck, one file that needs no network. Made by a build, not committed.",
    "slides/<deck>-handout.html": "The handout to it. Made by a build, not committed.",
    "slides/<deck>.pdf": "A deck as a PDF.",
    "slides/recordings/": "Approved recordings, to be committed and reviewed.",
    ".asrun/": "Kept between builds, and not committed: takes that were not approved, what was seen of slides.",
    "schema/": "JSON Schemas for editors.",
    ".github/workflows/slides.yml": "The workflow that builds, checks and publishes.",
}
"""The files that commands read and write."""

ENVIRONMENT = {
    "ASRUN_CHROMIUM": "The Chromium that looks whether slides overflow: a path or a name; empty for none.",
    "CI": "Where it is set, progress is told in plain lines.",
    "GITHUB_ACTIONS, GITHUB_STEP_SUMMARY": "Where they are set, a check annotates lines and adds to the job's summary.",
    "PYENV_ROOT": "Where pyenv keeps its interpreters.",
}
"""The variables that commands look at."""

_PROJECT = ("scenarios/*.yaml", "scenarios/*.deck.yaml", "templates/")
_MADE = ("slides/<deck>.html", "slides/<deck>-handout.html", "slides/recordings/", ".asrun/")

PAGES = {
    "": Page(
        examples=(
            ("asrun new deck talk", "a project to begin with"),
            ("asrun build talk", "run what is stale, check the claims, write talk/slides/"),
            ("asrun serve talk --open", "the same with every save, in the browser"),
            ("asrun check", "run everything again, and compare it with what was approved"),
        ),
        files=(*_PROJECT, *_MADE),
        environment=tuple(ENVIRONMENT),
        see=("docs/authoring.md", "docs/concepts.md"),
    ),
    "new": Page(see=("new deck", "new scenario"), exits=(0, 1, 2, 70), fails="A file cannot be written."),
    "new deck": Page(
        examples=(
            ("asrun new deck talk", "make the project talk in a folder of that name"),
            ("asrun new deck .", "make it here, where nothing is in the way"),
        ),
        files=(*_PROJECT[:2], "schema/", ".github/workflows/slides.yml"),
        see=("build", "serve", "new scenario"),
        exits=(0, 1, 2, 70),
        fails="A file cannot be written.",
    ),
    "new scenario": Page(
        examples=(("asrun new scenario locks", "make scenarios/locks.yaml"),),
        files=("scenarios/*.yaml",),
        see=("build", "schema", "docs/authoring.md"),
        exits=(0, 1, 2, 70),
        fails="A file cannot be written.",
    ),
    "build": Page(
        examples=(
            ("asrun build", "the project around the current folder"),
            ("asrun build talk", "another one"),
            ("asrun build --only chores", "slides/<deck>-only.html, of one scenario"),
            ("asrun build --out /tmp/try", "write nothing into the project"),
        ),
        files=(*_PROJECT, *_MADE),
        environment=("ASRUN_CHROMIUM", "CI", "PYENV_ROOT"),
        see=("status", "record", "check", "serve", "docs/authoring.md"),
    ),
    "serve": Page(
        examples=(
            ("asrun serve", "the project around the current folder"),
            ("asrun serve talk --open", "another one, opened in the browser"),
            ("asrun serve --port 9000", "on another port"),
        ),
        files=(*_PROJECT, *_MADE),
        environment=("ASRUN_CHROMIUM", "PYENV_ROOT"),
        see=("build", "new"),
        exits=(0, 1, 2, 70),
        fails="The port cannot be used.",
    ),
    "check": Page(
        examples=(
            ("asrun check", "run everything again"),
            ("asrun check chores", "the runs of one scenario"),
            ("asrun check --junit check.xml", "for what reads JUnit XML"),
            ("asrun check --strict", "fail where this machine cannot judge a claim about time, too"),
        ),
        files=(*_PROJECT, "slides/recordings/", "slides/<deck>.html"),
        environment=("GITHUB_ACTIONS, GITHUB_STEP_SUMMARY", "CI", "PYENV_ROOT"),
        see=("record", "status", "build"),
        fails="Something is not as it was approved, or a claim does not hold; the report says which.",
    ),
    "record": Page(
        examples=(
            ("asrun record", "all runs again"),
            ("asrun record chores.sync", "one of them"),
            ("asrun record --prune", "and remove recordings that nothing uses"),
        ),
        files=("slides/recordings/", ".asrun/"),
        environment=("CI", "PYENV_ROOT"),
        see=("status", "show", "check"),
    ),
    "status": Page(
        examples=(("asrun status", "what a build would run, and why"),),
        files=(*_PROJECT[:2], "slides/recordings/"),
        see=("build", "record", "doctor"),
        exits=(0, 2, 70, 130),
    ),
    "show": Page(
        examples=(
            ("asrun show chores", "its runs: how they ended, and what they printed, when"),
            ("asrun show chores.sync --json", "the same for programs, by the names that claims use"),
        ),
        files=("slides/recordings/", ".asrun/"),
        see=("export", "record", "docs/concepts.md"),
        fails="A run was never recorded.",
    ),
    "export": Page(
        examples=(
            ("asrun export chores.sync --cast", "chores.sync.cast, for asciinema"),
            ("asrun export chores --trace -o /tmp", "/tmp/chores.trace.json, for Perfetto"),
        ),
        files=("slides/recordings/", ".asrun/"),
        see=("show",),
        fails="A run was never recorded, or a file cannot be written.",
    ),
    "pdf": Page(
        examples=(("asrun pdf", "all decks and handouts, into slides/"),),
        files=("slides/<deck>.pdf", "slides/recordings/"),
        environment=("ASRUN_CHROMIUM",),
        see=("build",),
        fails="A recording is stale, a claim does not hold, or Chromium cannot print.",
    ),
    "schema": Page(
        examples=(
            ("asrun schema", "the schema of scenarios"),
            ("asrun schema deck", "the schema of decks"),
            ("asrun schema --out schema", "both, as files for an editor"),
        ),
        files=("schema/",),
        see=("new", "docs/authoring.md"),
        exits=(0, 1, 2, 70),
        fails="A file cannot be written.",
    ),
    "doctor": Page(
        examples=(("asrun doctor", "what is found here"),),
        environment=("ASRUN_CHROMIUM", "PYENV_ROOT"),
        see=("status", "docs/concepts.md"),
        exits=(0, 70),
    ),
    "help": Page(
        examples=(
            ("asrun help", "the page of asrun itself"),
            ("asrun help build", "the page of a command"),
            ("asrun help new deck", "the page of a command's command"),
        ),
        exits=(0, 2, 70),
    ),
}
"""By the name of the command, after `asrun`; the empty one is asrun itself."""


def walk(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """All commands of a group and below, by name, the group itself first."""
    yield " ".join(path), group
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from walk(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


def manual(root: click.Group, name: str) -> str:
    """The manual page of a command; the empty name is that of `root`. Raises KeyError for an unknown one."""
    command = dict(walk(root))[name]
    page = PAGES.get(name, Page())
    context = click.Context(root, info_name="asrun", **root.context_settings)
    for part, each in zip(name.split(), _chain(root, name), strict=True):
        context = click.Context(each, info_name=part, parent=context)
    full = f"asrun {name}".strip()
    sections = [
        ("NAME", f"{full.replace(' ', '-')} – {_short(command)}"),
        ("SYNOPSIS", f"{full} {' '.join(command.collect_usage_pieces(context))}"),
        ("DESCRIPTION", _description(command)),
    ]
    if isinstance(command, click.Group):
        listed = [(each, _short(found)) for each, found in command.commands.items()]
        sections.append(("COMMANDS", _listing(listed)))
    options = [each for each in command.get_params(context) if isinstance(each, click.Option)]
    records = [record for option in options if (record := option.get_help_record(context))]
    sections.append(("OPTIONS", _listing([(head, text.replace("  [", " [")) for head, text in records])))
    exits = {**_EXITS, 1: page.fails}
    sections.append(("EXIT STATUS", _listing([(str(code), exits[code]) for code in page.exits])))
    if page.examples:
        sections.append(("EXAMPLES", _listing(list(page.examples))))
    if page.files:
        sections.append(("FILES", _listing([(file, FILES[file]) for file in page.files])))
    if page.environment:
        sections.append(("ENVIRONMENT", _listing([(each, ENVIRONMENT[each]) for each in page.environment])))
    if page.see:
        named = [each if each.startswith("docs/") else f"asrun-{each.replace(' ', '-')}" for each in page.see]
        sections.append(("SEE ALSO", ", ".join(named)))
    return "\n\n".join(f"{click.style(heading, bold=True)}\n{_indented(text)}" for heading, text in sections)


def _chain(root: click.Group, name: str) -> Iterator[click.Command]:
    command: click.Command = root
    for part in name.split():
        assert isinstance(command, click.Group)
        command = command.commands[part]
        yield command


def _short(command: click.Command) -> str:
    text = command.short_help or command.get_short_help_str(limit=200)
    return (text[:1].lower() + text[1:]).rstrip(".")


def _description(command: click.Command) -> str:
    text = "\n\n".join(inspect.cleandoc(part) for part in (command.help, command.epilog) if part)
    return click.wrap_text(text, WIDTH - 4, preserve_paragraphs=True)


def _listing(items: list[tuple[str, str]]) -> str:
    """Terms with their explanations below them, or beside them where all terms are short."""
    widest = max(len(head) for head, _ in items)
    if widest > 14:
        return "\n".join(f"{head}\n{_wrapped(text, 6)}" for head, text in items)
    return "\n".join(f"{head:<{widest}}  {_wrapped(text, widest + 2).lstrip()}" for head, text in items)


def _wrapped(text: str, indent: int) -> str:
    return click.wrap_text(text, WIDTH - 4, initial_indent=" " * indent, subsequent_indent=" " * indent)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line.strip() else "" for line in text.splitlines())
