"""Code in steps: the clicker marks the lines that the author named, one step after the other, there and back."""

from __future__ import annotations

from tests.browser.sample import CHORES
from tests.browser.stage import Open, Stage

STEPS = [{6}, {7, 8}, {9, 10, 11}, {14, 15, 17}]
"""What the sample's scenario says under `steps`."""


def marked(stage: Stage) -> set[int]:
    """The numbers of the lines that look unlike most."""
    backgrounds: dict[str, str] = stage.current.locator(".ln").evaluate_all(
        "(lines) => Object.fromEntries(lines.map((line) => [line.dataset.n, getComputedStyle(line).backgroundColor]))"
    )
    assert len(backgrounds) == 17
    usual = max(backgrounds.values(), key=list(backgrounds.values()).count)
    return {int(number) for number, background in backgrounds.items() if background != usual}


def test_steps_mark_the_lines_of_the_scenario(stage: Stage) -> None:
    """At the start no line is marked; each *next* marks exactly the lines of its step; each *back* those before."""
    stage.go("Code in steps")
    seen = [marked(stage)]
    for _ in STEPS:
        stage.next()
        seen.append(marked(stage))
    assert seen == [set(), *STEPS]
    for step in [*STEPS[-2::-1], set()]:
        stage.back()
        assert marked(stage) == step


def test_code_is_shown_as_it_was_written(stage: Stage) -> None:
    """All lines are there with their text, blanks at the beginning and all, and what is copied has no numbers in it."""
    lines = stage.go("Code in steps").locator(".ln").all_text_contents()
    assert [line.rstrip("\n") for line in lines] == CHORES.strip("\n").split("\n")
    select = "(pre) => { getSelection().selectAllChildren(pre); return getSelection().toString(); }"
    assert stage.current.locator("pre.code").evaluate(select).strip("\n") == CHORES.strip("\n")


def test_excerpt_keeps_its_numbers(stage: Stage) -> None:
    """An excerpt shows its lines alone, with the numbers that they have in the file."""
    numbers = stage.go("An excerpt").locator(".ln").evaluate_all("(lines) => lines.map((line) => line.dataset.n)")
    assert numbers == ["6", "7", "8", "9", "10", "11"]


def test_every_kind_of_token_is_visible(stage: Stage) -> None:
    """Code in prose is shown whole, regular expressions too, whose class is named as others are."""
    fence = stage.go("Two chores").locator(".fence")
    assert stage.visible_text(fence).strip() == 'if (/ab+c/.test(word)) print("fenced")'


_MOVES = "(one) => `${getComputedStyle(one).transitionProperty} ${getComputedStyle(one).transitionDuration}`"
_CHANGE = "From one after the other to overlapped"


def changes(stage: Stage) -> tuple[int, int]:
    """How many lines of the right side of a diff can be seen, and how many lines are marked, once nothing moves."""
    seen, marked = stage.current.locator(".diff").evaluate(
        """(diff) => {
          for (const animation of document.getAnimations()) animation.finish();
          const right = [...diff.querySelectorAll(".src.right")];
          const marks = [...diff.querySelectorAll(".del, .add")];
          return [
            right.filter((cell) => getComputedStyle(cell).opacity === "1").length,
            marks.filter((cell) => getComputedStyle(cell).backgroundColor !== "rgba(0, 0, 0, 0)").length,
          ];
        }"""
    )
    return seen, marked


def test_diff_begins_with_the_code_that_was(stage: Stage) -> None:
    """A diff shows the old code alone; *next* moves its lines over and marks what changed; *back* undoes that."""
    stage.go(_CHANGE)
    slide = stage.step[0]
    assert changes(stage) == (0, 0)
    stage.next()
    assert stage.step[0] == slide
    assert "transform" in stage.current.locator(".src.right > div").first.evaluate(_MOVES)
    assert changes(stage) == (17, 2)
    stage.back()
    assert changes(stage) == (0, 0)


def test_diff_is_whole_where_nothing_moves(open_deck: Open) -> None:
    """With reduced motion a diff appears at once at its step; on paper and without JavaScript it is there, once."""
    stage = open_deck(reduced_motion="reduce")
    stage.go(_CHANGE)
    stage.next()
    assert "0s" in stage.current.locator(".src.right > div").first.evaluate(_MOVES)
    assert changes(stage) == (17, 2)
    paper = open_deck(query="?print-pdf")
    paper.page.wait_for_selector(".pdf-page")
    assert paper.page.locator(".pdf-page", has_text=_CHANGE).count() == 1
    plain = open_deck(java_script_enabled=False)
    hidden = "(all) => all.filter((one) => getComputedStyle(one).opacity !== '1').length"
    for shown in (paper, plain):
        assert shown.page.locator(".diff .src.right").evaluate_all(hidden) == 0
