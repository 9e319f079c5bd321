"""The deck as a whole: it starts, is silent, asks for nothing, and a clicker reaches everything in it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.stage import Open, Stage, steps_of


def test_deck_starts_on_its_title(stage: Stage) -> None:
    """Opened from disk, the deck shows its title slide."""
    assert stage.page.evaluate("Reveal.isReady()")
    assert stage.title == "A sample & a <deck>"
    assert stage.step == (0, 0)


def test_page_says_what_it_is(stage: Stage) -> None:
    """The page has the deck's title and language, and names its author."""
    assert stage.page.title() == "A sample & a <deck>"
    assert stage.page.locator("html").get_attribute("lang") == "en-GB"
    assert stage.page.locator("meta[name=author]").get_attribute("content") == "Somebody"


def test_zoom_is_allowed(stage: Stage) -> None:
    """Nothing keeps a reader from making the page larger."""
    contents = stage.page.locator("meta[name=viewport]").evaluate_all("(metas) => metas.map((meta) => meta.content)")
    assert len(contents) == 1
    assert "user-scalable" not in contents[0]
    assert "maximum-scale" not in contents[0]


def test_policy_refuses_what_is_not_in_the_file(stage: Stage) -> None:
    """A script that did not come with the page, an image from elsewhere and a connection are refused by the browser."""
    refused = stage.page.evaluate(
        """async () => {
          const refused = [];
          document.addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.body.append(script);
          const image = document.createElement("img");
          image.src = "http://127.0.0.1:9/x.png";
          document.body.append(image);
          await fetch("http://127.0.0.1:9/").catch(() => {});
          await new Promise((resolve) => setTimeout(resolve, 50));
          return [window.ran, ...refused.sort()];
        }"""
    )
    assert refused == [None, "connect-src", "img-src", "script-src-elem"]
    assert sum("violates" in complaint for complaint in stage.complaints) >= 3, "each is told on the console"
    stage.complaints.clear()


def test_next_alone_visits_every_step(open_deck: Open) -> None:
    """A clicker's *next*, from the first slide on, shows every slide and every fragment once, in order."""
    stage = open_deck(clock=True)  # time stands still: no replay finishes by itself
    expected = steps_of(stage)
    assert len(expected) > stage.count > 20
    seen = [stage.step]
    for _ in expected[1:]:
        stage.next()
        seen.append(stage.step)
    assert seen == expected
    stage.next()
    assert stage.step == expected[-1], "after the last step there is none"


def test_back_alone_visits_every_slide(open_deck: Open) -> None:
    """A clicker's *back*, from the last step on, reaches every slide, every code step and the start of every replay."""
    stage = open_deck(clock=True)
    expected = steps_of(stage)
    stage.go_to(*expected[-1])
    seen = [stage.step]
    while seen[-1] != (0, 0) and len(seen) <= len(expected):
        stage.back()
        seen.append(stage.step)
    assert seen == sorted(seen, reverse=True)
    # The last stretch of a replay, in which it plays to its end, is for the way forward only.
    counts = "Reveal.getSlides().map((s) => s.querySelector('.replay') ? s.querySelectorAll('.fragment').length : 0)"
    playing = {(index, count - 1) for index, count in enumerate(stage.page.evaluate(counts)) if count}
    assert set(seen) == set(expected) - playing
    assert playing


def test_keys_step_there_and_back(stage: Stage) -> None:
    """Every pair of keys for next and back steps, also over fragments, and comes back to where it began."""
    for forth, back in (("Space", "Shift+Space"), ("ArrowRight", "ArrowLeft"), ("n", "p"), ("l", "h")):
        stage.go("Code in steps")
        start = stage.step
        for visible in range(1, 5):
            stage.press(forth)
            assert stage.step == (start[0], visible)
        stage.press(forth)
        assert stage.step == (start[0] + 1, 0)
        stage.press(*[back] * 5)
        assert stage.step == start


def test_home_and_end(stage: Stage) -> None:
    """Home and End lead to the first and the last slide."""
    stage.press("End")
    assert stage.step[0] == stage.count - 1
    stage.press("Home")
    assert stage.step[0] == 0


def test_overview_opens_and_closes(stage: Stage) -> None:
    """The key o shows all slides at once, arrows choose one there, and Enter or o shows it alone."""
    stage.press("o")
    assert stage.page.evaluate("Reveal.isOverview()")
    stage.press("ArrowRight", "ArrowRight", "o")
    assert not stage.page.evaluate("Reveal.isOverview()")
    assert stage.step[0] == 2


def test_help_names_the_keys(stage: Stage) -> None:
    """The key ? lists the keys, those of the replay too; Escape closes the list, and the deck goes on."""
    stage.press("Shift+?")
    overlay = stage.page.locator(".r-overlay, .overlay-help")
    overlay.first.wait_for(state="visible")
    assert "replay" in (overlay.first.text_content() or "")
    stage.press("Escape")
    overlay.first.wait_for(state="detached")
    stage.next()
    assert stage.step[0] == 1


def test_any_key_on_any_kind_is_harmless(open_deck: Open) -> None:
    """A key that somebody hits by accident, and again, on a slide with or without a replay, breaks nothing."""
    stage = open_deck(clock=True)
    for key in ("b", ".", "k", "r", "f", "Escape", "m", "Tab", "Enter", "0", "ArrowUp", "ArrowDown"):
        for title in ("A sample & a <deck>", "A replay"):
            stage.go(title)
            stage.press(key, key)
            stage.pass_time(0.1)
    stage.go("A replay")
    stage.next()
    assert stage.state == "playing"


def test_address_leads_to_a_slide(open_deck: Open) -> None:
    """A slide has an address of its own, which a reload or a link leads back to."""
    first = open_deck()
    name = first.go("A race of two").get_attribute("id")
    expect(first.page).to_have_url(re.compile(f"#/{name}$"))
    assert open_deck(query=first.page.evaluate("location.hash")).title == "A race of two"


def test_what_is_said_is_large(stage: Stage) -> None:
    """Claims are set as large as prose needs to be read from the last row."""
    sizes = stage.page.locator(".kind-claims .said").evaluate_all(
        "(claims) => claims.map((claim) => parseFloat(getComputedStyle(claim).fontSize))"
    )
    assert sizes
    assert min(sizes) >= 24
