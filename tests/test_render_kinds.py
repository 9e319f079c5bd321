"""Every kind of slide says what it is there to say."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from asrun.errors import AuthorError
from asrun.model import Claim, Deck, Options, Run, Section, Slide
from asrun.parts import Column
from asrun.recording import Ended, Recording
from tests import making
from tests.rendering import CODE, elements, printed, render, scenario, slide, texts

PAIR = {"slow": Run(code="x", title="one by one"), "at_once": Run(code="x")}


def pair(*slow: float, at_once: float = 5.0) -> list[Recording]:
    """Recordings of the two runs, which print at their beginning and at their end."""
    return [
        making.recording("slow", walls=slow or (8.0,), lines=[(0.0, "begun"), (7.5, "ended")]),
        making.recording("at_once", walls=[at_once], lines=[(0.0, "begun")]),
    ]


def ended(recording: Recording, how: str = "exit", **fields: object) -> Recording:
    """The recording, ended in another way."""
    end = msgspec.convert({"how": how, **fields}, Ended)
    takes = tuple(msgspec.structs.replace(take, ended=end) for take in recording.takes)
    return msgspec.structs.replace(recording, takes=takes)


def test_body_is_prose_with_values() -> None:
    """A body slide is Markdown with the values of recordings in it."""
    html = render(scenario(Slide(body="It took **{{ main.wall | seconds }}**.")), [making.recording(walls=[2.5])])
    assert "<p>It took <strong>2.50\xa0s</strong>.</p>" in slide(html)


def test_code_is_numbered_and_highlighted() -> None:
    """A code slide has a line for each line of the file, with its number, and names the file."""
    html = slide(render(scenario(Slide(code="main"))))
    lines = list(elements(html, "span.ln"))
    assert [line.attributes["data-n"] for line in lines] == ["1", "2", "3", "4", "5"]
    assert "".join(line.text for line in lines) == CODE
    assert '<span class="kn">import</span>' in html
    assert texts(html, "p.footer") == ["main.py 2 / 2"]


def test_code_hides_what_is_hidden() -> None:
    """Lines between `# hide` and `# show` are not on the slide, and the others keep the file's numbers."""
    code = "# hide\nimport secret\n# show\n\na = 1\n# hide\nb = 2\n# show\nc = 3\n\n"
    html = slide(render(scenario(Slide(code="main")), codes={"main": code}))
    assert [line.attributes["data-n"] for line in elements(html, "span.ln")] == ["5", "9"]
    assert "secret" not in html


def test_an_excerpt_of_code() -> None:
    """`lines:` chooses lines by the file's numbers."""
    html = slide(render(scenario(Slide(code="main", lines="3-4"))))
    assert [line.attributes["data-n"] for line in elements(html, "span.ln")] == ["3", "4"]


def test_steps_are_fragments_and_rules() -> None:
    """Each step is a fragment before the code, and a rule that marks its lines while it is the last one visible."""
    html = render(scenario(Slide(code="main", steps=("1-3", 3))))
    fragments = [one.attributes["data-k"] for one in elements(slide(html), "i.fragment")]
    marked = {one.attributes["data-n"]: one.classes[1:] for one in elements(slide(html), "span.ln")}
    assert fragments == ["1", "2"]
    assert marked == {"1": ["k1"], "2": ["k1"], "3": ["k1", "k2"], "4": [], "5": []}
    assert '[data-k="2"].visible):not(:has(>[data-k="3"].visible)) .k2' in html


def test_lines_have_names_for_auto_animate() -> None:
    """On slides that animate, the same line has the same name, and equal lines are told apart."""
    runs = {"main": Run(code="x"), "other": Run(code="x")}
    slides = (Slide(code="main", auto_animate=True), Slide(code="other", auto_animate=True))
    html = render(scenario(*slides, runs=runs), codes={"main": "a\nb\na\n", "other": "c\na\n"})
    names = [[one.attributes["data-id"] for one in elements(slide(html, number), "span.ln")] for number in (1, 2)]
    assert len(set(names[0])) == 3
    assert names[1][1] == names[0][0]
    assert html.count('" data-auto-animate=""') == 2


def test_output_has_a_time_beside_each_line() -> None:
    """An output slide has every line with its time, in seconds."""
    recording = making.recording(walls=[8.0], lines=[(0.0, "one"), (1.25, "two")])
    html = slide(render(scenario(Slide(output="main")), [recording]))
    assert texts(html, "div.line") == ["0.00 sone", "1.25 stwo"]
    assert texts(html, "p.footer") == ["CPython 3.11.7 · Linux 6.1, 2 cores · one take 2 / 2"]


def test_short_runs_are_timed_in_milliseconds() -> None:
    """Times of a run of a few milliseconds are told in milliseconds."""
    html = slide(render(scenario(Slide(output="main")), [making.recording(walls=[0.012], lines=[(0.0034, "one")])]))
    assert texts(html, "div.line") == ["3.4 msone"]


def test_standard_error_is_named() -> None:
    """The first line of standard error says in words what it is, and every one says it to a screen reader."""
    recording = printed("out\n", "err 1\n", "err 2\n")
    events = (recording.events[0], *(msgspec.structs.replace(one, stream="stderr") for one in recording.events[1:]))
    html = slide(render(scenario(Slide(output="main")), [msgspec.structs.replace(recording, events=events)]))
    assert texts(html, "span.tx") == ["out", "stderrerr 1", "stderrerr 2"]
    assert len(texts(html, "span.tag")) == 1


@pytest.mark.parametrize(
    ("run", "recording", "kind", "said"),
    [
        (Run(code="x", exit=3), ended(making.recording(), status=3), "good", "✓ exit status 3, as declared"),
        (Run(code="x"), ended(making.recording(), status=3), "bad", "✗ ended with exit status 3; declared is 0"),
        (
            Run(code="x", raises="KeyError"),
            msgspec.structs.replace(ended(making.recording(), status=1), raised="KeyError"),
            "good",
            "✓ ended with KeyError, as declared",
        ),
        (Run(code="x"), ended(making.recording(), "signal", signal="SIGKILL"), "bad", "✗ was killed by SIGKILL"),
        (Run(code="x"), ended(making.recording(), "timeout"), "bad", "✗ was still running after 60 s and was ended"),
        (
            Run(code="x"),
            ended(making.recording(), "never ran", reason="no such file"),
            "bad",
            "✗ never ran: no such file",
        ),
    ],
)
def test_an_end_is_told_in_words(run: Run, recording: Recording, kind: str, said: str) -> None:
    """How a run ended is the last line, where it did not simply end well; what was declared looks different."""
    html = slide(render(scenario(Slide(output="main"), runs={"main": run}), [recording]))
    assert [text.partition("s")[2].strip() for text in texts(html, f"div.{kind}")] == [said]


def test_a_run_that_ends_well_says_nothing_about_it() -> None:
    """The exit status 0 that was expected is not shown; that nothing was printed is."""
    html = slide(render(scenario(Slide(output="main")), [making.recording()]))
    assert texts(html, "div.line") == ["nothing was printed"]


def test_long_output_is_cut_in_the_middle() -> None:
    """Of long output the beginning and the end are shown, with a mark that counts what is between."""
    recording = printed(*(f"line {number}\n" for number in range(1000)))
    html = slide(render(scenario(Slide(output="main")), [recording]))
    shown = [int(found) for found in re.findall(r"line (\d+)", html)]
    [mark] = texts(html, "div.mark")
    assert shown[0] == 0
    assert shown[-1] == 999
    assert mark == f"… {1000 - len(shown)} more lines"
    assert 15 < len(shown) < 30


def test_output_that_was_cut_when_it_was_recorded_says_so() -> None:
    """What the recording dropped is told, with its size."""
    recording = printed("one\n")
    takes = (msgspec.structs.replace(recording.take, dropped_bytes=12_345_678),)
    html = slide(render(scenario(Slide(output="main")), [msgspec.structs.replace(recording, takes=takes)]))
    assert texts(html, "div.mark") == ["… output was cut here: 12.3 MB more came"]


def test_an_excerpt_of_output() -> None:
    """`lines:` chooses lines of the output; one that is not there is the author's mistake."""
    recording = printed("a\n", "b\n", "c\n")
    html = slide(render(scenario(Slide(output="main", lines="2")), [recording]))
    assert texts(html, "span.tx") == ["b"]
    with pytest.raises(AuthorError, match="1 mistake") as caught:
        render(scenario(Slide(output="main", lines="2-4")), [recording])
    assert "there is no line 4" in caught.value.mistakes[0].message


def test_a_replay_has_all_that_its_script_needs() -> None:
    """A replay holds its final state, when each line came, and two fragments to be driven by."""
    recording = making.recording(walls=[5.003], lines=[(0.0, "one"), (1.000001, "two")])
    html = slide(render(scenario(Slide(replay="main")), [recording]))
    [root] = elements(html, "div.replay")
    assert (root.attributes["data-state"], root.attributes["data-total"]) == ("finished", "5.003")
    assert (root.attributes["data-rate"], root.attributes["data-digits"]) == ("1", "2")
    assert [one.attributes["data-at"] for one in elements(html, "div.line")] == ["0", "1.000001"]
    assert [one.classes for one in elements(html, "i.fragment")] == [["fragment", "play"]] * 2
    assert texts(html, "span.clock") == ["5.00"]
    assert [one.attributes["data-at"] for one in elements(html, "i.tick")] == ["0", "1.000001"]
    assert len(list(elements(html, "span.ln"))) == 5


@pytest.mark.parametrize(("wall", "rate"), [(12.0, "1"), (12.1, "1.1"), (31.4, "2.7"), (250.0, "21")])
def test_a_long_replay_is_faster_and_says_so(wall: float, rate: str) -> None:
    """A run beyond `max_replay` is sped up to that length or less, and the slide says by how much."""
    html = slide(render(scenario(Slide(replay="main")), [making.recording(walls=[wall])]))
    [root] = elements(html, "div.replay")
    assert root.attributes["data-rate"] == rate
    assert wall / float(rate) <= 12
    assert texts(html, "span.faster") == ([] if rate == "1" else [f"shown {rate}× as fast"])


def test_a_race_has_every_run_on_one_clock() -> None:
    """A race has a lane for each run, as long as its share of the whole, its time and its output, and the ratio."""
    html = slide(render(scenario(Slide(race=("slow", "at_once")), runs=PAIR), pair()))
    assert texts(html, "p.label") == ["one by one", "at once"] * 2
    assert texts(html, "span.clock") == ["8.00", "5.00"]
    assert [re.findall(r"--p:([\d.]+)", lane.attributes["style"]) for lane in elements(html, "div.lane")] == [
        ["1"],
        ["0.625"],
    ]
    assert texts(html, "p.ratio") == ["1.60×as fast: at once against one by one"]
    assert [one.attributes["data-at"] for one in elements(html, "p.ratio")] == ["8"]
    assert texts(html, "p.footer") == ["CPython 3.11.7 · Linux 6.1, 2 cores · one take each 2 / 2"]


def test_a_race_that_nobody_won_has_no_ratio() -> None:
    """Two runs that differ by less than takes of one program do are not told to be of different speed."""
    html = slide(render(scenario(Slide(race=("slow", "at_once")), runs=PAIR), pair(5.2)))
    assert texts(html, "p.ratio") == [""]


def test_a_race_with_a_run_that_failed_has_no_ratio() -> None:
    """Runs that did not end as declared are not compared."""
    slow, at_once = pair()
    html = slide(render(scenario(Slide(race=("slow", "at_once")), runs=PAIR), [slow, ended(at_once, status=1)]))
    assert texts(html, "p.ratio") == [""]


def test_a_diff_marks_lines_by_signs() -> None:
    """A diff has both codes side by side under their names, with minus and plus signs."""
    codes = {"slow": "import time\nsame\n", "at_once": "import asyncio\nsame\n"}
    html = slide(render(scenario(Slide(diff=("slow", "at_once")), runs=PAIR), codes=codes))
    assert texts(html, "th") == ["one by one", "at once"]
    assert texts(html, "td.del") == ["−import time"]
    assert texts(html, "td.add") == ["+import asyncio"]


def test_claims_are_told_with_their_verdicts() -> None:
    """A claims slide has the prose of each claim, or the expression, and whether it holds."""
    claims = [
        Claim(that="main.wall < 2", say="It takes **{{ main.wall | seconds }}**"),
        Claim(that="main.exit == 0 "),
        Claim(that="main.wall > 2"),
    ]
    of = scenario(Slide(claims=True), Slide(claims=(2,)), claims=claims)
    html = render(of, [making.recording()])
    assert texts(slide(html, 1), "li.held") == ["✓ holds:It takes 1.00 s", "✓ holds:main.exit == 0"]
    assert texts(slide(html, 1), "li.failed") == ["✗ does not hold:main.wall > 2"]
    assert texts(slide(html, 2), "li") == ["✓ holds:main.exit == 0"]


def test_the_environment_counts_the_recordings() -> None:
    """An environment slide tells interpreters and machines, and how many recordings of the deck come from each."""
    slow, at_once = pair()
    html = slide(
        render(
            scenario(Slide(environment=True), runs=PAIR),
            [slow, msgspec.structs.replace(at_once, python=None)],
        )
    )
    assert texts(html, "td") == [
        *("CPython 3.11.7", "Linux 6.1, 2 cores", "A processor", "1", "1"),
        *("not Python", "Linux 6.1, 2 cores", "A processor", "1", "1"),
    ]


def own_template(folder: Path, text: str) -> Path:
    """A folder of templates with a layout `mine`."""
    (folder / "slides").mkdir()
    (folder / "slides" / "mine.html.j2").write_text(text)
    return folder


def test_a_template_has_values_and_runs(tmp_path: Path) -> None:
    """A layout of the author's own has the values given with it, the runs and the filters of prose, all escaped."""
    folder = own_template(tmp_path, "<div class='mine'>{{ text }} {{ main.output }} {{ 0.25 | ms }}</div>")
    of = scenario(Slide(template="mine", with_={"text": "<i>a</i>"}))
    html = slide(render(of, [printed("<b>b</b>")], templates=[folder]))
    assert texts(html, "div.mine") == ["<i>a</i> <b>b</b> 250 ms"]
    assert "<b>b</b>" not in html


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<p>\n{{ nothing }}", "mine.html.j2: line 2: 'nothing' is undefined"),
        ("{% if %}", "line 1: Expected an expression"),
        (None, "mine.html.j2"),
    ],
)
def test_a_mistake_in_a_template_is_the_authors(tmp_path: Path, text: str | None, message: str) -> None:
    """What is wrong with a layout is told at the slide that uses it."""
    folders = [own_template(tmp_path, text)] if text is not None else []
    with pytest.raises(AuthorError) as caught:
        render(scenario(Slide(body="x"), Slide(template="mine")), templates=folders)
    [mistake] = caught.value.mistakes
    assert message in mistake.message
    assert str(mistake.place) == "scenarios/one.yaml:11:5"


def test_a_project_may_override_a_kind_and_the_theme(tmp_path: Path) -> None:
    """Templates, themes and styles of the project come before the built-in ones."""
    (tmp_path / "slides").mkdir()
    (tmp_path / "slides" / "body.html.j2").write_text("<div class=own>{{ html }}</div>")
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / "dark.css").write_text(":root { --paper: #000 } /* </style><script> */")
    deck = Deck(name="d", source=None, title="T", theme="dark", sections=(Section(title="", scenarios=("one",)),))
    html = render(scenario(Slide(body="x")), deck=deck, templates=[tmp_path])
    assert '<div class="own">' in html or "<div class=own>" in html
    assert "--paper: #000" in html
    assert "</style><script>" not in html


@pytest.mark.parametrize(
    ("slides", "title"),
    [
        ((Slide(body="x"),), "A scenario"),
        ((Slide(body="x", title="Mine: `x` and {{ 1 + 1 }}"),), "Mine: x and 2"),
        ((Slide(body="x"), Slide(body="y")), "A scenario"),
        ((Slide(body="x"), Slide(code="at_once")), "At once"),
        ((Slide(body="x"), Slide(output="slow")), "What one by one prints"),
        ((Slide(body="x"), Slide(replay="slow")), "One by one"),
        ((Slide(body="x"), Slide(race=("slow", "at_once"))), "One by one and at once on one clock"),
        ((Slide(body="x"), Slide(compare=("slow", "at_once"), measure="cores")), "Cores in use"),
        ((Slide(body="x"), Slide(diff=("slow", "at_once"))), "From one by one to at once"),
        ((Slide(body="x"), Slide(claims=True)), "What this build has checked"),
        ((Slide(body="x"), Slide(environment=True)), "Where this was recorded"),
    ],
)
def test_every_slide_has_a_title(slides: tuple[Slide, ...], title: str) -> None:
    """A slide's title is its own, or the scenario's on the first slide, or what its kind suggests."""
    html = render(scenario(*slides, runs=PAIR), pair())
    assert texts(slide(html, len(slides)), "h2") == [title]


def test_an_empty_title_is_no_title() -> None:
    """A title that the author left empty is not replaced."""
    assert "<h2" not in slide(render(scenario(Slide(body="x", title=""))))


def test_slide_numbers_can_be_left_out() -> None:
    """The option `slide_number` decides whether slides are numbered."""
    html = render(scenario(Slide(body="x")), options=Options(slide_number=False))
    assert texts(slide(html), "p.footer") == [""]


def test_a_run_that_was_not_recorded_is_a_mistake() -> None:
    """A slide that shows a run without a recording is told at its place."""
    with pytest.raises(AuthorError) as caught:
        render(scenario(Slide(output="main")))
    assert caught.value.mistakes[0].message == "one.main has not been recorded"


def test_an_interpreter_that_was_not_there_leaves_a_gap_that_says_so() -> None:
    """Its bar is empty, its replay is a sentence, its claim is marked as not judged; the others are as ever."""
    runs = {f"square[{version}]": Run(code=CODE, python=version, optional=True) for version in ("3.13", "3.14t")}
    of = scenario(
        Slide(compare=("square[3.13]", "square[3.14t]")),
        Slide(replay="square[3.14t]"),
        Slide(code="square[3.14t]"),
        Slide(claims=True),
        Slide(columns=(Column(output="square[3.13]"), Column(output="square[3.14t]"))),
        runs=runs,
        claims=[Claim(that='square["3.14t"].wall < 1', say="{{ square['3.14t'].wall }}")],
    )
    html = render(of, [making.recording("square[3.13]", walls=(2.0,))])
    assert texts(slide(html, 1), "p.label") == ["Python 3.13", "Python 3.14t"]
    assert texts(slide(html, 1), "span.value") == ["2.00 s", "not installed where this was recorded"]
    gap = "Python 3.14t was not there when this was recorded."
    assert gap in slide(html, 2)
    assert texts(slide(html, 2), "h2") == ["Square, Python 3.14t"]
    assert texts(slide(html, 3), "h2") == ["Square"]
    assert "".join(texts(slide(html, 3), "span.ln")) != ""
    (claim,) = texts(slide(html, 4), "li.absent")
    assert "not judged here" in claim
    assert gap in slide(html, 5)
