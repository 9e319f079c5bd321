"""A deck with a slide of every kind, from recordings made by hand: what is on it at which moment is known exactly."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from textwrap import dedent

import msgspec

from asrun import __version__
from asrun.assets import templates_folder
from asrun.claims import judge
from asrun.inputs import read_inputs
from asrun.lanes import Stream
from asrun.load import load_project
from asrun.recording import Ended, Event, Machine, Python, Recording, Take
from asrun.render import render_deck
from tests import making, traced

Line = tuple[float, str] | tuple[float, str, Stream]
"""Seconds, text, and the stream if it is not standard output. The text ends its line unless it ends with `…`."""

HOSTILE = (
    "<script>alert(1)</script>",
    "</textarea></script><img src=x onerror=alert(2)>",
    "]]> --> <!-- </style></pre></section></main>",
    "{{ 7 * 7 }} {% raw %} {# #}",
    "```` *stars* [link](javascript:alert(3)) `ticks`",
    "&lt;b&gt; &amp; &#60;",
    "a\x07bell \x1b]0;title\x07 \x1b[31mred\x1b[0m \x1b[2J\x00nul \x9b1m \x7f",
    "\u202ereversed\u202c \ufffd \u2028 end",
)
"""What a program could print to break a page, line by line."""

CHORES = '''
"""Two chores."""

import time


def upload_files():
    print("Preparing files...")
    time.sleep(0.5)
    print("Files prepared.")
    time.sleep(1)
    print("Files uploaded.")


upload_files()
print("Sending emails...")
time.sleep(0.5)
print("Emails sent.")
'''

SCENARIOS = {
    "chores": """
        title: Two chores
        runs:
          sync: {title: one after the other, file: chores.py, repeat: 3}
          overlapped: {file: overlapped.py, repeat: 3}
          third: {file: chores.py}
          fourth: {file: chores.py}
          long: {code: "import time\\nfor n in range(31): print(n); time.sleep(1)\\n"}
        claims:
          - that: sync.wall / overlapped.wall > 1.2
            say: "**{{ (sync.wall / overlapped.wall) | times }}** as fast, with `gather`"
          - sync.before("Files uploaded.", "Sending emails...")
        slides:
          - body: |
              Text with *emphasis*, `code`, a [link](https://example.org/) and {{ sync.wall | seconds }}.

              1. one
              2. two
                 - nested

              > A quotation

              | a | b |
              |---|---|
              | 1 | 2 |

              ```js
              if (/ab+c/.test(word)) print("fenced")
              ```
            notes: |
              Remember to **smile**. It took {{ sync.wall | seconds }}.
          - code: sync
            title: Code in steps
            steps: [6, "7-8", "9-11", "14-15,17"]
            caption: A caption with `code`
            notes: Ask the room how long this takes.
          - code: sync
            title: An excerpt
            lines: 6-11
          - replay: sync
            title: A replay
            caption: What they print
            notes: Press next, and wait.
          - race: [sync, overlapped]
            title: A race of two
          - race: [sync, overlapped, third, fourth]
            title: A race of four
          - compare: [sync, overlapped, third]
          - diff: [sync, overlapped]
          - output: sync
          - replay: long
            title: Longer than it may be
          - claims: true
          - environment: true
          - template: own
            with: {word: "<b>own</b>"}
            title: A layout of the author's
            background: "#eef"
    """,
    "ends": """
        title: Ends of all kinds
        runs:
          words: {shell: "echo one; echo two >&2; exit 3", exit: 3}
          raising: {code: "raise SystemExit(ValueError('no'))", raises: ValueError}
          silent: {code: "pass"}
          colours: {command: [colours, --all]}
          flood: {code: "for n in range(5000): print(n)"}
          parts: {code: "dots()"}
        slides:
          - replay: words
          - output: raising
          - output: silent
          - replay: silent
          - output: colours
            title: The sixteen colours
          - output: flood
          - replay: parts
            title: Dots that come one by one
    """,
    "lanes": """
        title: Code, lanes and output
        runs:
          chores: {code: CHORES}
          threads: {code: "work()", title: two threads}
          processes: {code: "work()", title: two processes}
          many: {code: MANY}
          files: {code: FILES, files: [helper.py]}
          brief: {code: CHORES}
          untold: {code: "print(1)"}
          instant: {code: CHORES}
          minutes: {code: CHORES}
        slides:
          - replay: chores
          - replay: chores
            title: Moments
            moments:
              - {at: "Sending emails...", say: "Both have begun, and both wait"}
              - {at: "Files prepared.", say: "`upload_files` goes on, to its next `await`"}
              - {at: "3.5s", say: "The emails are sent: {{ chores.at('Emails sent...') | seconds }}"}
          - race: [chores, untold]
            title: A race with lanes
          - race: [threads, processes]
            title: Who gets a core?
            caption: Two threads share one
          - race: [chores, files]
            title: A race with code
            panels: [code, lanes, output]
          - replay: chores
            title: Code and lanes
            panels: [code, lanes]
          - replay: chores
            title: Code and output
            panels: [code, output]
          - replay: chores
            title: Only lanes
            panels: [lanes]
          - timeline: chores
            title: Lanes alone
          - timeline: threads
            title: Half a core each
          - timeline: many
            title: Three hundred
          - replay: many
            title: Three hundred, replayed
          - replay: files
            title: Two files
          - replay: brief
            title: Brief, in a long code
          - timeline: untold
            title: Nothing known
          - timeline: instant
            title: Three milliseconds
          - replay: minutes
            title: Ten minutes
          - replay: chores
            title: On a dark background
            background: "#2a1440"
          - timeline: threads
            title: On black
            background: black
    """,
    "parts": """
        title: Slides made of parts
        runs:
          chores: {code: CHORES}
          threads: {code: "work()", title: two threads}
        slides:
          - columns:
              - title: What it says
                body: "- It yields\\n- It took {{ chores.wall | seconds }}"
              - {title: "`chores`", code: chores, lines: 1-19}
          - agenda: true
            title: Agenda
          - title: A decision
            decision:
              - {when: It waits, use: "`asyncio`", because: "{{ chores.wall | seconds }}, on *one* thread"}
              - {when: It computes, use: processes}
          - title: A decision, row by row
            one_by_one: true
            decision:
              - {when: It waits, use: asyncio}
              - {when: It computes, use: processes, because: Each has a GIL of its own}
          - exercise: |
              Make the **chores** overlap.

              1. Which lines have to change?
            title: An exercise
            timer: 5m
            starter: chores
            lines: 1-12
            solution: threads
          - exercise: Talk to your neighbour.
            title: An exercise without code
            timer: 20s
            solution: There is none.
          - title: A sketch
            sketch: {main: "##......##", upload_files: "  ##..#", send_emails: "  .#...##"}
            caption: Drawn, not measured
          - title: Sketches in columns
            columns:
              - {title: They take turns, sketch: {A: "####....####", B: "....####...."}}
              - {title: At once, sketch: {A: "########", B: "########"}}
              - {title: Three, sketch: {A: "#.#.", B: ".#.#"}}
          - title: Bars in groups
            compare:
              "waiting: {{ chores.wall | seconds }}": [chores, chores.sync, chores.overlapped]
              computing: [threads, chores.third]
            highlight: [chores.sync, threads]
          - title: Columns of what was recorded
            columns: [{output: chores}, {timeline: chores, title: Tasks}, {timeline: threads, title: Threads}]
            caption: A caption
    """,
    "hostile": """
        title: "Hostile </title><script>alert(4)</script> {% raw %}{{ 7 }}{% endraw %}"
        code: |
          print("</script><script>alert(5)</script> </pre></section>")  # <!-- {{ 7 * 7 }}
        slides:
          - body: |
              <script>alert(6)</script> <img src=x onerror=alert(7)> {{ main.output }}
            notes: |
              <script>alert(8)</script></aside></section> {{ main.output }}
          - code: main
          - output: main
            title: "</h2><script>alert(9)</script>"
          - columns: [{title: "</h3><script>alert(12)</script>", body: "{{ main.output }} <script>"}, {output: main}]
            title: Hostile columns
          - decision: [{when: "<script>alert(14)</script>", use: "{{ main.output }}", because: "</dd></dl>"}]
            title: Hostile choices
          - exercise: "<script>alert(15)</script> {{ main.output }}"
            title: A hostile exercise
          - sketch: {"</text></svg><script>alert(13)</script>": "#."}
            title: A hostile sketch
          - replay: main
            caption: "<script>alert(10)</script> {{ main.lines[0].text }}"
    """,
}

DECK = """
    title: A sample & a <deck>
    subtitle: Every kind of slide
    author: Somebody
    language: en-GB
    notes: Welcome everybody.
    sections:
      - title: The kinds
        subtitle: One after the other
        notes: A section begins.
        scenarios: [chores, ends]
      - title: Lanes
        scenarios: [lanes]
      - title: Parts
        scenarios: [parts]
      - title: Hostile output
        scenarios: [hostile]
"""

HELPER = "import asyncio\n\n\nasync def fetch():\n    await asyncio.sleep(1)\n    print('fetched')\n"
MANY = "async def download():\n\n    await asyncio.sleep(1)\n\n    await asyncio.gather(*tasks)\n"
LONG = traced.CHORES.replace("asyncio.run", "\n" * 60 + "asyncio.run")


def _two_files() -> Recording:
    """The chores as if `send_emails` were in another file."""
    found = traced.chores("files", "lanes")
    spans = tuple(
        msgspec.structs.replace(span, file="helper.py", line=5) if span.lane == 4 and span.line else span
        for span in found.spans
    )
    events = tuple(
        msgspec.structs.replace(event, file="helper.py", line=6) if event.lane == 4 else event for event in found.events
    )
    return msgspec.structs.replace(found, spans=spans, events=events)


def _own(found: Recording) -> Recording:
    """The recording with the name that its run's script has."""
    spans = tuple(
        msgspec.structs.replace(span, file=f"{found.run}.py") if span.file == "main.py" else span
        for span in found.spans
    )
    return msgspec.structs.replace(found, spans=spans)


LANES: dict[str, Recording] = {
    "chores": _own(traced.chores("chores", "lanes")),
    "threads": _own(traced.burners("thread", 0.49, queued=0.1, run="threads", scenario="lanes")),
    "processes": _own(traced.burners("process", 0.98, run="processes", scenario="lanes")),
    "many": _own(traced.many(300, "many", "lanes")),
    "files": _own(_two_files()),
    "brief": _own(traced.chores("brief", "lanes", times=0.05)),
    "instant": _own(traced.chores("instant", "lanes", times=0.0006)),
    "minutes": _own(traced.chores("minutes", "lanes", times=120)),
    "untold": making.recording("untold", scenario="lanes", walls=[8.0], lines=[(1.0, "1"), (7.0, "2")]),
}
"""The recordings of the runs of the scenario `lanes`."""

PARTS: dict[str, Recording] = {
    "chores": _own(traced.chores("chores", "parts")),
    "threads": _own(traced.burners("thread", 0.49, queued=0.1, run="threads", scenario="parts")),
}
"""The recordings of the runs of the scenario `parts`."""

_SYNC = ((0.0, "Preparing files..."), (0.5, "Files prepared."), (1.5, "Files uploaded."), (1.5, "Sending emails..."))
RUNS: dict[tuple[str, str], tuple[float, Sequence[Line]]] = {
    ("chores", "sync"): (2.02, (*_SYNC, (2.0, "Emails sent."))),
    ("chores", "overlapped"): (
        1.51,
        (
            (0.0, "Preparing files..."),
            (0.0, "Sending emails..."),
            (0.5, "Files prepared."),
            (0.5, "Emails sent."),
            (1.5, "Files uploaded."),
        ),
    ),
    ("chores", "third"): (0.9, ((0.4, "A"), (0.8, "B"))),
    ("chores", "fourth"): (1.8, ((0.1, "A"), (1.7, "B"))),
    ("chores", "long"): (31.05, tuple((float(second), str(second)) for second in range(31))),
    ("ends", "words"): (0.004, ((0.001, "one"), (0.002, "two", "stderr"))),
    ("ends", "raising"): (
        0.05,
        (
            (0.01, "begun"),
            (0.04, "Traceback (most recent call last):", "stderr"),
            (0.04, '  File "raising.py", line 1, in <module>', "stderr"),
            (0.04, "ValueError: no", "stderr"),
        ),
    ),
    ("ends", "silent"): (0.3, ()),
    ("ends", "colours"): (
        0.2,
        tuple(
            (0.01 * number, f"\x1b[{code}mcolour {code}\x1b[0m \x1b[1;{code}mbold\x1b[0m \x1b[2mdim\x1b[0m")
            for number, code in enumerate([*range(30, 38), *range(90, 98)])
        ),
    ),
    ("ends", "flood"): (2.5, tuple((number / 2000, f"{number} " + "x" * 200) for number in range(5000))),
    ("ends", "parts"): (1.0, ((0.1, ".…"), (0.3, ".…"), (0.6, ".…"), (0.9, " done"))),
    ("hostile", "main"): (0.8, tuple((0.1 * number, text) for number, text in enumerate(HOSTILE))),
}
"""For each run its wall time in seconds and what it printed."""


def recording(scenario: str, run: str, status: int = 0, raised: str | None = None, takes: int = 1) -> Recording:
    """The recording of a run of RUNS."""
    wall, lines = RUNS[scenario, run]
    events = []
    for at, text, *stream in lines:
        ended = text[:-1] if text.endswith("…") else f"{text}\n"
        events.append(Event(round(at * 1e9), stream[0] if stream else "stdout", 0, ended))
    shown = takes // 2
    return Recording(
        scenario=scenario,
        run=run,
        key={"code": "0123456789abcdef"},
        machine=Machine("A processor with a long name, 3.20 GHz", 2, "Linux 6.1"),
        python=None if run in ("words", "colours") else Python("3.11.7", "CPython"),
        takes=tuple(
            Take(
                wall_ns=round(wall * (1 + 0.05 * (number - shown)) * 1e9),
                cpu_ns=20_000_000,
                rss_bytes=9_000_000,
                startup_ns=20_000_000,
                ended=Ended("exit", status=status),
            )
            for number in range(takes)
        ),
        shown=shown,
        raised=raised,
        events=tuple(events),
    )


def render_sample(root: Path, make: Callable[..., str] = render_deck, theme: str = "light") -> str:
    """The sample deck as HTML, from a project written to `root`; with `render_handout`, its handout."""
    recordings = {key: recording(*key) for key in RUNS}
    recordings["ends", "words"] = recording("ends", "words", status=3)
    recordings["ends", "raising"] = recording("ends", "raising", status=1, raised="ValueError")
    for run in ("sync", "overlapped"):
        recordings["chores", run] = recording("chores", run, takes=3)
    recordings |= {("lanes", run): found for run, found in LANES.items()}
    recordings |= {("parts", run): found for run, found in PARTS.items()}
    lanes = dedent(SCENARIOS["lanes"]).replace("brief: {code: CHORES}", f"brief: {{code: {json.dumps(LONG)}}}")
    for name, code in (("CHORES", traced.CHORES), ("MANY", MANY), ("FILES", traced.CHORES)):
        lanes = lanes.replace(f"code: {name}", f"code: {json.dumps(code)}")
    parts = dedent(SCENARIOS["parts"]).replace("code: CHORES", f"code: {json.dumps(traced.CHORES)}")
    files = {
        "scenarios/helper.py": HELPER,
        "scenarios/chores.py": CHORES.lstrip("\n"),
        "scenarios/overlapped.py": CHORES.lstrip("\n").replace("def upload", "async def upload"),
        "templates/slides/own.html.j2": "<p class=own>{{ word }} took {{ sync.wall }}</p>",
        "scenarios/sample.deck.yaml": f"{dedent(DECK)}theme: {theme}\n",
        **{f"scenarios/{name}.yaml": dedent(text) for name, text in SCENARIOS.items()},
        "scenarios/lanes.yaml": lanes,
        "scenarios/parts.yaml": parts,
    }
    return render(root, files, recordings, make)


def render(
    root: Path,
    files: Mapping[str, str],
    recordings: Mapping[tuple[str, str], Recording],
    make: Callable[..., str] = render_deck,
) -> str:
    """The only deck of a project with these files, by path."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    project = load_project(root)
    (deck,) = project.decks.values()
    folders = [folder for folder in (root / "templates", templates_folder()) if folder.is_dir()]
    return make(
        deck,
        project,
        recordings,
        {key: read_inputs(project.scenarios[key[0]], key[1]).code for key in recordings},
        {name: judge(scenario, project, recordings) for name, scenario in project.scenarios.items()},
        templates=folders,
        version=__version__,
    )
