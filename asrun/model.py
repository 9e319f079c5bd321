"""The vocabulary of authors: what a scenario and a deck may say.

The structs ending in `File` have the shape of the YAML, key by key; they validate it, and an editor's JSON Schema can
be made from them. `Scenario`, `Deck` and `Project` are what the stages pass on: checked, with the shorthands
resolved and every default filled in. Everything is frozen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from asrun.durations import Duration, parse_duration
from asrun.errors import Mistake, Place
from asrun.lines import find_written, split_lines
from asrun.parts import Choice, Column, Sketch

NAME_PATTERN = r"^[A-Za-z][A-Za-z0-9_]*$(?!\n)"
"""Names of scenarios and runs: identifiers, since claims and prose use them as names.

None begins with an underscore, which Jinja's sandbox would not reach; a bare `$` would let a last newline pass.
"""

PYTHON_PATTERN = r"^3\.[0-9]+(\.[0-9]+)?t?$(?!\n)"
"""A Python version as a run declares it: `"3.13"`, `"3.12.1"`, or `"3.14t"` for a free-threaded build."""

PythonVersion = Annotated[str, Meta(pattern=PYTHON_PATTERN)]
_OnePython = Annotated[str, Meta(extra_json_schema={"pattern": PYTHON_PATTERN})]
"""A PythonVersion beside a list: msgspec 0.22 crashes when it frees a union of lists and strings with a pattern."""

SHORTHAND_RUN = "main"
"""The name of the run whose keys stand directly under a scenario's title."""

Steps = tuple[int | str, ...]
"""Lines of code that the clicker highlights one after the other: `6`, `"1-3"`, `"1-3,9"`."""


class RunKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What may be said of a run: exactly one of `code`, `file`, `shell` and `command`, and how it is run."""

    code: str | None = None
    """Python code, run as a file of its own."""
    file: str | None = None
    """A Python file, relative to the scenario's folder."""
    shell: str | None = None
    """A command line for /bin/sh."""
    command: tuple[str, ...] | None = None
    """A program and its arguments, run without a shell."""
    args: tuple[str, ...] = ()
    """Arguments for `code`, `file` or `shell`."""
    env: dict[str, str] = {}
    """Environment variables added to the few that every run gets."""
    stdin: str = ""
    """What it finds on standard input; left out, nothing."""
    files: tuple[str, ...] = ()
    """Files and folders, relative to the scenario's folder, copied beside the script."""
    python: _OnePython | Annotated[tuple[PythonVersion, ...], Meta(min_length=1, max_length=12)] | None = None
    """The interpreter's version; left out, the one under AsRun. A list is an interpreter matrix: one run for each."""
    optional: bool = False
    """Whether the interpreter may be missing: where it is, and nothing approved is to be had, slides show a gap."""
    timeout: Duration = Duration(60)
    """When it is ended with all that it started; then it has failed."""
    repeat: Annotated[int, Meta(ge=1, le=100)] = 1
    """How many takes; the median one is shown."""
    warmup: Annotated[int, Meta(ge=0, le=100)] = 0
    """How many takes are made and thrown away before that."""
    cores: Annotated[float, Meta(ge=0, le=1024)] | None = None
    """How many cores it needs; left out, the last recording tells."""
    exit: Annotated[int, Meta(ge=0, le=255)] = 0
    """The exit status with which it is expected to end."""
    raises: str | None = None
    """The exception with which it is expected to end, by name."""
    trace: Literal["auto", "generators", "none"] = "auto"
    """What is recorded of a Python program but its output: processes, threads and tasks, generators too, or nothing."""
    unordered: bool = False
    """Whether its lines may come in any order: what counts for drift is which lines come, and how often."""
    scrub: tuple[str, ...] = ()
    """Regular expressions for parts of its lines that differ each time (dates, addresses): no drift is seen there."""
    language: str | None = None
    """The name of a Pygments lexer for the code on slides; left out, Python, or the shell's."""

    def __post_init__(self) -> None:
        if isinstance(self.python, str) and not re.search(PYTHON_PATTERN, self.python):
            raise ValueError("not a version of Python")


class Run(RunKeys, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One run of a scenario. As the stages after loading have it, `python` is one version or None."""

    title: str = ""
    """How slides call it; left out, its name with blanks for underscores."""

    @property
    def version(self) -> str | None:
        """The one version that it declares; None for the interpreter under AsRun. Raises TypeError for a matrix."""
        if isinstance(self.python, tuple):
            raise TypeError("an interpreter matrix has a run for each version")
        return self.python

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions of an interpreter matrix as it was written; empty for any other run."""
        return self.python if isinstance(self.python, tuple) else ()


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A Jinja expression over recordings that must be true, and how a slide says it."""

    that: str
    """The expression."""
    say: str = ""
    """Prose for the slide; left out, the expression itself is shown."""


KeyPath = tuple[str | int, ...]
"""The way to a value in a YAML file: `("slides", 2, "body")`."""

RunName = str
"""The name of a run of this scenario, or `scenario.run` for one of another; in a matrix, `square[3.13]`."""


def matrix_run(name: str, version: str) -> str:
    """The name of one run of an interpreter matrix: `square[3.13]`."""
    return f"{name}[{version}]"


def split_run(name: str) -> tuple[str, str | None]:
    """The name of a run as it is written below `runs:`, and its version where it is one of a matrix."""
    stem, bracket, rest = name.partition("[")
    return stem, rest.removesuffix("]") if bracket else None


def split_owner(name: RunName) -> tuple[str, str]:
    """The scenario in a run's name, empty where there is none, and the name there."""
    stem, bracket, rest = name.partition("[")
    owner, _, run = stem.rpartition(".")
    return owner, run + bracket + rest


Compared = Annotated[tuple[RunName, ...], Meta(min_length=1, max_length=12)]
"""Runs whose bars stand below each other."""

Measure = Literal["wall", "cpu", "cores", "rss"]
"""What bars measure: wall time, processor time, cores in use, peak memory."""


class Moment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A moment of a replay at which it pauses, and what is to be said of it."""

    at: str
    """A duration from the beginning, or a text: the first line of output that contains it."""
    say: str
    """A line of prose: Jinja, then Markdown."""


class Slide(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A slide: exactly one of the kinds, and what is common to all of them."""

    body: str | None = None
    """Prose: Jinja, then Markdown."""
    code: RunName | None = None
    """The code of a run."""
    output: RunName | None = None
    """What a run printed, with a time beside each line."""
    replay: RunName | None = None
    """What a run printed, arriving as it arrived, beside its code."""
    race: Annotated[tuple[RunName, ...], Meta(min_length=2, max_length=4)] | None = None
    """Runs side by side on one clock."""
    timeline: RunName | None = None
    """What the processes, threads and tasks of a run did, and when."""
    compare: RunName | Compared | dict[str, Compared] | None = None
    """Measured bars of up to twelve runs, with every take: a list, or a list under each title of a group. The name of a
    matrix stands for all of its runs."""
    diff: Annotated[tuple[RunName, ...], Meta(min_length=2, max_length=2)] | None = None
    """What changed from the code of one run to the code of another."""
    claims: Literal[True] | tuple[int, ...] | None = None
    """The claims of the scenario: all, or by number from 1."""
    environment: Literal[True] | None = None
    """What machine and which interpreters the recordings of the deck come from."""
    template: Annotated[str, Meta(pattern=NAME_PATTERN)] | None = None
    """A layout of the author's own: `templates/slides/<name>.html.j2`."""
    columns: Annotated[tuple[Column, ...], Meta(min_length=2, max_length=3)] | None = None
    """Two or three columns side by side."""
    sketch: Sketch | None = None
    """A picture of lanes by the author's own hand, which looks like one: `#` runs, `.` waits, at a blank it is not
    there."""
    agenda: Literal[True] | None = None
    """The sections of the deck, with the one that the slide stands in marked."""
    decision: Annotated[tuple[Choice, ...], Meta(min_length=1, max_length=8)] | None = None
    """Rows that say in which case to take what, and why."""
    exercise: str | None = None
    """A task for the room: prose."""

    title: str | None = None
    """Left out, the scenario's title on its first slide, and what the kind suggests on the others."""
    caption: str = ""
    """Prose under the picture of any kind but `body`."""
    notes: str = ""
    """Speaker notes, in Markdown with Jinja."""
    steps: Steps = ()
    """For `code`: lines highlighted one after the other by the clicker."""
    moments: Annotated[tuple[Moment, ...], Meta(max_length=9)] = ()
    """For `replay`: moments at which it pauses, in order, with a caption for each."""
    panels: tuple[Literal["code", "lanes", "output"], ...] = ()
    """For `replay` and `race`: what is shown. Left out, all of it for a replay, and for a race its lanes and output."""
    lines: str | int | None = None
    """For `code`, `replay`, `diff`: an excerpt of the code. For `output`: an excerpt of the output."""
    measure: Measure = "wall"
    """For `compare`: what the bars measure."""
    highlight: RunName | tuple[RunName, ...] | None = None
    """For `compare`: the runs whose bars stand out; left out, the least of each group, but for `cores`."""
    one_by_one: bool = False
    """For `decision`: each row comes at a press of the clicker."""
    timer: Duration | None = None
    """For `exercise`: how long the room has; the clicker starts a countdown."""
    starter: RunName | None = None
    """For `exercise`: the run whose code is shown beside the task."""
    solution: str = ""
    """For `exercise`: the name of a run, or prose. It is not on the slide; the handout has it, folded."""
    with_: dict[str, Any] = msgspec.field(default_factory=dict, name="with")
    """For `template`: the values it is given."""
    class_: str = msgspec.field(default="", name="class")
    """CSS classes for the slide."""
    background: str = ""
    """A CSS colour."""
    transition: Literal["none", "fade", "slide", "convex", "concave", "zoom"] | None = None
    """How reveal.js brings it on; left out, as the deck says."""
    auto_animate: bool = False
    """Whether what stands on the slide before, too, moves to its new place."""

    @property
    def kind(self) -> str:
        """The name of the slide's one kind key."""
        return next(kind for kind in SLIDE_KINDS if getattr(self, kind) is not None)

    @property
    def run_names(self) -> tuple[RunName, ...]:
        """The runs that the slide shows, as written."""
        value = getattr(self, self.kind)
        if self.kind in ("code", "output", "replay", "timeline"):
            return (value,)
        if self.columns:
            return tuple(column.run_name for column in self.columns if column.run_name is not None)
        if self.kind == "exercise":
            return () if self.starter is None else (self.starter,)
        if self.kind == "compare":
            return tuple(name for _, names in self.compared for name in names)
        return tuple(value) if self.kind in ("race", "diff") else ()

    @property
    def compared(self) -> tuple[tuple[str, tuple[RunName, ...]], ...]:
        """The groups of a comparison, each with its title; a plain list is one without."""
        if isinstance(self.compare, dict):
            return tuple(self.compare.items())
        names = (self.compare,) if isinstance(self.compare, str) else self.compare
        return (("", names),) if names else ()

    @property
    def texts(self) -> Iterator[tuple[KeyPath, str]]:
        """All prose of the slide, each with the way to it from the slide."""
        for key in ("title", "caption", "notes", "body", "exercise", "solution"):
            yield (key,), getattr(self, key) or ""
        for index, moment in enumerate(self.moments):
            yield ("moments", index, "say"), moment.say
        for title, _ in self.compared:
            yield ("compare", title), title
        for index, choice in enumerate(self.decision or ()):
            for key in ("when", "use", "because"):
                yield ("decision", index, key), getattr(choice, key)
        for index, column in enumerate(self.columns or ()):
            for key in ("title", "body"):
                yield ("columns", index, key), getattr(column, key) or ""


SLIDE_KINDS = (
    "body",
    "code",
    "output",
    "replay",
    "race",
    "timeline",
    "compare",
    "diff",
    "claims",
    "environment",
    "template",
    "columns",
    "sketch",
    "agenda",
    "decision",
    "exercise",
)
"""The kinds of slides; each is a field of Slide and a file `templates/slides/<kind>.html.j2`."""


class ScenarioFile(RunKeys, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A scenario as its YAML says it. The keys of a run directly under the title are one run named `main`."""

    title: str
    """What it is about: the title of its first slide, in Markdown with Jinja."""
    runs: dict[Annotated[str, Meta(pattern=NAME_PATTERN)], Run] = {}
    """What is run, by name; claims, prose and slides call a run by it."""
    claims: tuple[str | Claim, ...] = ()
    """What must be true of the recordings: each build checks it, and fails where it is not."""
    slides: tuple[Slide, ...] | UnsetType = UNSET
    """Left out: the code and a replay of each run, and a race if there are two or three that end well."""
    handout: str = ""
    """Optional reading for the handout, where it follows what the slides show."""
    sources: tuple[str, ...] = ()
    """Where facts come from, a line of prose each; the handout lists them at its end."""


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A part of a deck: a slide with its title, then the slides of its scenarios."""

    title: str
    """The title of its opening slide. The first section may have an empty one, and then has no such slide."""
    scenarios: tuple[str, ...] = ()
    """Its scenarios, by name, in order."""
    subtitle: str = ""
    """A line below the title."""
    notes: str = ""
    """Speaker notes of its opening slide."""
    slide: bool = True
    """Whether it has an opening slide; without one it is in agendas and the handout all the same."""

    @property
    def has_slide(self) -> bool:
        """Whether it has an opening slide."""
        return bool(self.title) and self.slide


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """How a deck behaves on stage."""

    transition: Literal["none", "fade", "slide", "convex", "concave", "zoom"] = "none"
    """How slides come on."""
    slide_number: bool = True
    """Whether each slide says its number."""
    progress: bool = True
    """Whether a bar at the lower edge says how far it is."""
    controls: bool = False
    """Whether there are arrows to click on."""
    max_replay: Duration = Duration(12)
    """A replay of a longer run is sped up to this length, and says by how much."""


class DeckFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A deck as its YAML says it: `sections`, or `scenarios` for a deck without sections."""

    title: str
    """The title of the deck, on its first slide."""
    subtitle: str = ""
    """A line below the title."""
    author: str = ""
    """Who gives it."""
    language: str = "en"
    """The language of the slides, such as en, de or pt-BR."""
    notes: str = ""
    """Speaker notes of the title slide."""
    handout: str = ""
    """The handout's introduction: Jinja, then Markdown."""
    theme: Annotated[str, Meta(pattern=NAME_PATTERN)] = "light"
    """A style sheet: `templates/themes/<name>.css`."""
    sections: tuple[Section, ...] = ()
    """Its parts, each with a slide of its own before its scenarios."""
    scenarios: tuple[str, ...] = ()
    """For a deck without sections: its scenarios, by name, in order."""
    options: Options = Options()
    """How it behaves on stage."""


def decode_hook(type_: type, value: object) -> object:
    """msgspec's hook for the types that YAML does not have. Raises ValueError with a message for the author."""
    if type_ is Duration:
        if not isinstance(value, str):
            raise ValueError(f"{value!r} is not a duration: write it with its unit, such as 250ms, 8s or 1m30s")
        return parse_duration(value)
    raise NotImplementedError(type_)


class Mark(msgspec.Struct, frozen=True):
    """Where the text of a YAML value begins, from 1: after its quote, on the line below a `|`."""

    line: int
    column: int
    indent: int = 0
    """How many columns the further lines of a block (`|` or `>`) are indented in the file."""
    raw: str = ""
    """The value as it stands in the file, where that is not its text letter by letter: `no`, folded lines, escapes."""
    quote: str = ""
    text: str = ""
    """What `raw` stands for, where that is a text."""


class Source(msgspec.Struct, frozen=True, eq=False):
    """A YAML file as it was read, and where each of its values stands."""

    file: str
    """The path relative to the project, with forward slashes."""
    text: str
    marks: dict[KeyPath, Mark]
    keys: dict[KeyPath, Mark] = {}
    """Where the key of each value of a mapping stands."""

    def place(self, *path: str | int, line: int = 1, column: int = 1) -> Place:
        """The place of the value at `path`, or the nearest one around it.

        `line` and `column`, from 1, count within the value's text.
        """
        while path and path not in self.marks:
            path, line, column = path[:-1], 1, 1
        mark = self.marks.get(path, Mark(1, 1))
        if mark.text:
            offset = sum(len(before) + 1 for before in mark.text.split("\n")[: line - 1]) + column - 1
            before = split_lines(mark.raw[: find_written(mark.text, mark.raw, offset, mark.quote)] + ".")
            line, column = len(before), len(before[-1])
            return Place(self.file, mark.line + line - 1, column + (mark.column - 1 if line == 1 else 0))
        return Place(self.file, mark.line + line - 1, column + (mark.column - 1 if line == 1 else mark.indent))

    def mistake(self, message: str, *path: str | int, hint: str = "", line: int = 1, column: int = 1) -> Mistake:
        """A mistake at the value at `path`, with the line of the file that it is on."""
        place = self.place(*path, line=line, column=column)
        return self.mistake_at(message, place.line, place.column, hint)

    def key_mistake(self, message: str, *path: str | int, hint: str = "") -> Mistake:
        """A mistake at the key of the value at `path`, or at the nearest key around it."""
        while path and path not in self.keys:
            path = path[:-1]
        mark = self.keys.get(path, Mark(1, 1))
        return self.mistake_at(message, mark.line, mark.column, hint)

    def mistake_at(self, message: str, line: int, column: int, hint: str = "") -> Mistake:
        """A mistake at a line and a column of the file, from 1."""
        lines = _lines(self.text)
        if line > len(lines):  # the end of the file, as a parser sees it
            line = max(len(lines), 1)
            column = len(lines[-1]) + 1 if lines else 1
        return Mistake(Place(self.file, line, column), message, lines[line - 1] if lines else "", hint)


# A file can have thousands of mistakes, and each of them shows its line.
_lines = lru_cache(maxsize=8)(split_lines)


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario that was checked, with its shorthands resolved."""

    name: str
    source: Source
    folder: Path
    """The absolute folder that `file` and `files` are relative to."""
    title: str
    runs: dict[str, Run]
    claims: tuple[Claim, ...]
    slides: tuple[Slide, ...]
    default_slides: bool
    """True where the author wrote no slides: their places are the scenario's own."""
    handout: str
    sources: tuple[str, ...] = ()

    def run_path(self, name: str) -> KeyPath:
        """The way to a run in the YAML: the file itself for the shorthand."""
        path: KeyPath = ("runs", split_run(name)[0])
        return path if path in self.source.marks else ()

    def runs_of(self, name: str) -> tuple[str, ...]:
        """The runs that a name stands for: all of a matrix, or the one run; none where there is no such run."""
        return tuple(run for run in self.runs if run == name or split_run(run)[0] == name)

    def slide_path(self, index: int) -> KeyPath:
        """The way to a slide in the YAML: the file itself for default slides."""
        return () if self.default_slides else ("slides", index)

    def claim_path(self, index: int) -> KeyPath:
        """The way to a claim's expression in the YAML, counted from 0."""
        path: KeyPath = ("claims", index, "that")
        return path if path in self.source.marks else path[:-1]


class Deck(msgspec.Struct, frozen=True, kw_only=True):
    """A deck that was checked. A deck without sections has one, without a title."""

    name: str
    source: Source | None
    """None for the implied deck of a project that has no deck file."""
    title: str
    subtitle: str = ""
    author: str = ""
    language: str = "en"
    notes: str = ""
    handout: str = ""
    theme: str = "light"
    sections: tuple[Section, ...] = ()
    options: Options = Options()

    @property
    def scenario_names(self) -> tuple[str, ...]:
        """The scenarios of the deck, in order, each once."""
        return tuple(dict.fromkeys(name for section in self.sections for name in section.scenarios))


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the authors of a project wrote."""

    root: Path
    """The absolute folder of the project."""
    scenarios: dict[str, Scenario]
    decks: dict[str, Deck]
    warnings: tuple[Mistake, ...] = ()

    def find_run(self, scenario: Scenario, name: RunName) -> tuple[Scenario, str, Run] | None:
        """The run that `name` means in `scenario`, with the scenario it belongs to and its name there."""
        owner, run_name = split_owner(name)
        found = self.scenarios.get(owner) if owner else scenario
        if found is None or run_name not in found.runs:
            return None
        return found, run_name, found.runs[run_name]
