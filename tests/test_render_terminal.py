"""What a program printed, by the text cases in cases/render/terminal.txt: events, and the lines that are drawn."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrun.lanes import Stream
from asrun.recording import Event
from asrun.render.ansi import PANEL, Look, contrast, to_html
from asrun.render.clock import seconds
from asrun.render.terminal import MOST_DRAFTS, Line, Screen
from asrun.render.text import cells, clean
from tests.test_render_prose import read_cases

CASES = Path(__file__).parent / "cases" / "render" / "terminal.txt"
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "\\": "\\"}


def parse_event(line: str) -> Event:
    """The event that a line such as `0.5 out text` stands for."""
    at, stream, text = line.split(" ", 2)
    names: dict[str, Stream] = {"out": "stdout", "err": "stderr"}
    text = re.sub(
        r"\\(?:x(..)|u(....)|(.))",
        lambda match: chr(int(match[1] or match[2], 16)) if match[1] or match[2] else _ESCAPES[match[3]],
        text,
    )
    return Event(round(float(at) * 1e9), names[stream], 0, text)


def show(line: Line) -> str:
    """A drawn line as the cases have it."""
    parts = [f"[{seconds(segment.at_ns)}]{segment.html}" for segment in line.segments]
    text = "".join(parts) if len(parts) > 1 else str(line.segments[0].html)
    drafts = [f"  was {seconds(one.at_ns)} to {seconds(one.until_ns)}: {one.html}" for one in line.drafts]
    return "\n".join([f"{seconds(line.at_ns)} {line.stream[3:]} {text}", *drafts])


@pytest.mark.parametrize(("title", "blocks"), [pytest.param(*case, id=case[0]) for case in read_cases(CASES)])
def test_events_become_lines(title: str, blocks: dict[str, str]) -> None:
    """Events are drawn as the lines that their case says."""
    screen = Screen([parse_event(line) for line in blocks["events"].splitlines()])
    shown = [show(line) for line in screen.lines(0, len(screen), 100)]
    assert "\n".join(shown) + "\n" == blocks["expected"]


def line_of(*texts: str, longest: int = 100) -> Line:
    """The one line that these texts, a second apart, make."""
    screen = Screen([Event(index * 1_000_000_000, "stdout", 0, text) for index, text in enumerate(texts)])
    return next(screen.lines(0, 1, longest))


def test_a_colour_that_was_set_before_is_known_at_an_excerpt() -> None:
    """Lines in the middle have the colour that an earlier line has set."""
    screen = Screen([Event(0, "stdout", 0, "\x1b[31ma\n"), Event(1, "stdout", 0, "b\n"), Event(2, "stdout", 0, "c\n")])
    assert [line.segments[0].html for line in screen.lines(2, 3, 10)] == ['<span class="t-1">c</span>']


def test_a_long_line_is_cut_and_says_by_how_much() -> None:
    """Of a long line as much is shown as was asked for, and the rest is counted: plain, coloured, or far too long."""
    assert (len(line_of("a" * 300 + "\n").text), line_of("a" * 300 + "\n").more) == (100, 200)
    coloured = line_of("\x1b[1m" + "a" * 300 + "\n")
    assert (len(coloured.text), coloured.more) == (100, 200)
    assert line_of("\x1b[1m" + "a" * 1_000_000 + "\n").more == 999_900


def test_a_progress_bar_has_a_few_states_one_after_the_other() -> None:
    """Of a line that is overwritten very often some states are kept, each until the next one."""
    line = line_of(*(f"\r{count}" for count in range(1000)))
    assert 20 < len(line.drafts) <= MOST_DRAFTS
    ends = [draft.until_ns for draft in line.drafts]
    assert [*(draft.at_ns for draft in line.drafts[1:]), line.at_ns] == ends


@given(st.lists(st.text(), min_size=1), st.integers(1, 50))
def test_any_text_is_drawn_safely(texts: list[str], longest: int) -> None:
    """Whatever was printed, in whatever pieces: no control character, and no tag but our own spans."""
    screen = Screen([Event(index, "stdout", 0, text) for index, text in enumerate(texts)])
    for line in screen.lines(0, len(screen), longest):
        html = "".join(segment.html for segment in line.segments) + "".join(draft.html for draft in line.drafts)
        assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", html)
        assert "<" not in re.sub(r'</span>|<span(?: class="[a-z0-9 -]+")?(?: style="[a-z0-9:;#-]+")?>', "", html)
        assert len(re.sub(r"<[^>]*>", "", line.segments[0].html)) <= 6 * longest


ansi_pieces = st.lists(
    st.one_of(
        st.text(alphabet="ab <&\"'\t", max_size=5),
        st.sampled_from(["\r", "\b", "\n", "\x1b[K", "\x1b[2K", "\x1b[0m", "\x1b[", "\x1b]0;", "\x1b", "\x1bP"]),
        st.lists(st.integers(0, 300), max_size=6).map(lambda codes: f"\x1b[{';'.join(map(str, codes))}m"),
    ),
    max_size=12,
)


@given(ansi_pieces)
def test_any_sequence_is_drawn_safely(pieces: list[str]) -> None:
    """Escape sequences, whole and broken, leave no control character and no tag but our own spans."""
    html = "".join(segment.html for segment in line_of(".", *pieces).segments)
    assert not re.search("[\x00-\x1f\x7f-\x9f]", html)
    assert "<" not in re.sub(r'</span>|<span(?: class="[a-z0-9 -]+")?(?: style="[a-z0-9:;#-]+")?>', "", html)


rgb = st.tuples(*[st.integers(0, 255)] * 3)


@given(st.one_of(st.none(), st.integers(0, 15), rgb), st.one_of(st.none(), st.integers(0, 15), rgb), st.booleans())
def test_any_colours_can_be_read(text: object, back: object, inverse: bool) -> None:
    """Text that has a colour of its own, or a background, reaches a contrast of 4.5 to 1 (WCAG 2.1, 1.4.3)."""
    html = to_html("x", Look(text=text, back=back, inverse=inverse))  # type: ignore[arg-type]
    found = re.search(r'style="color:#(\w{6})(?:;background:#(\w{6}))?"', html)
    if found:
        front, behind = ([int(part[at : at + 2], 16) for at in (0, 2, 4)] if part else PANEL for part in found.groups())
        assert contrast(tuple(front), tuple(behind)) >= 4.5  # type: ignore[arg-type]
    else:
        assert back is None and not inverse and not isinstance(text, tuple)


def test_widths_are_those_of_a_terminal() -> None:
    """East Asian wide characters take two columns, combining marks and joiners none."""
    assert [cells(text) for text in ("abc", "漢字", "e\u0301", "👩\u200d👧", "")] == [3, 4, 1, 4, 0]


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    """Clean text stays as it is."""
    assert clean(clean(text)) == clean(text)
