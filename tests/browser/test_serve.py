"""The preview: a real `asrun serve`, real saves, and a real Chromium that looks."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.leftovers import MARK, gone

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent.parent

TALK = """\
title: A talk
runs:
  greet: {file: code/greet.py}
claims:
  - greet.lines | length == 1
slides:
  - title: Words
    body: The first words.
  - title: Code
    code: greet
    steps: [1, 2]
  - title: Output
    output: greet
  - title: Replay
    replay: greet
    notes: Say nothing.
"""
OTHER = "title: The other one\ncode: print('other')\nslides:\n  - body: Nothing much.\n"
FILES = {
    "scenarios/deck.deck.yaml": "title: Two talks\nscenarios: [talk, other]\n",
    "scenarios/talk.yaml": TALK,
    "scenarios/other.yaml": OTHER,
    "scenarios/code/greet.py": "from words import HELLO\nprint(HELLO)\n",
    "scenarios/code/words.py": "HELLO = 'hello'\n",
}
DECK = "deck.html"


class Served:
    """A project with a preview of it."""

    def __init__(self, root: Path, **environment: str) -> None:
        self.root = root
        self.port = 0
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT), "ASRUN_CHROMIUM": "", **environment}
        self.process: subprocess.Popen[bytes] | None = None

    def write(self, name: str, text: str) -> None:
        """Save a file as most editors do: a new file takes the place of the old one."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_text(text)
        fresh.replace(path)

    def start(self) -> None:
        """Serve, on the port that was served on before, and wait until it answers."""
        argv = [sys.executable, "-m", "asrun", "serve", str(self.root), "--port", str(self.port)]
        log = (self.root / "serve.log").open("w")
        self.process = subprocess.Popen(argv, env=self._environment, stderr=log)
        log.close()
        told = wait_for(lambda: re.search(r"http://127\.0\.0\.1:(\d+)/", self.log()), "an address")
        assert told is not None
        self.port = int(told[1])

    def end(self, name: signal.Signals = signal.SIGINT) -> int:
        """End it as Ctrl-C does, and return its exit status."""
        if self.process is None:
            return 0
        self.process.send_signal(name)
        status = self.process.wait(20)
        self.process = None
        return status

    def log(self) -> str:
        """What it said so far."""
        return (self.root / "serve.log").read_text()

    def get(self, path: str = "/", **headers: str) -> tuple[int, str]:
        """The status and the content of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.putrequest("GET", path, skip_host=True)
            for name, value in {"Host": f"127.0.0.1:{self.port}", **headers}.items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            is_endless = answer.status == 200 and path.startswith("/events")
            return answer.status, "" if is_endless else answer.read().decode()
        finally:
            connection.close()

    def recorded(self, scenario: str = "talk", run: str = "greet") -> bytes:
        """The approved recording of a run."""
        return (self.root / "slides" / "recordings" / scenario / f"{run}.json").read_bytes()


Found = TypeVar("Found")


def wait_for(look: Callable[[], Found], what: str) -> Found:
    """What `look` returns as soon as it is true."""
    give_up = time.monotonic() + 40
    while not (found := look()):
        assert time.monotonic() < give_up, f"{what} did not come"
        time.sleep(0.02)
    return found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as a build leaves it."""
    root = tmp_path_factory.mktemp("built")
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ASRUN_CHROMIUM": ""}
    subprocess.run([sys.executable, "-m", "asrun", "build", str(root)], env=environment, check=True)
    return root


@pytest.fixture
def started(built: Path, tmp_path: Path) -> Iterator[Served]:
    """The project with a preview of its own. At the end no process of it may be left."""
    yield from _serve(built, tmp_path)


@pytest.fixture(scope="module")
def shared(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The project with a preview for several tests."""
    yield from _serve(built, tmp_path_factory.mktemp("shared"))


def _serve(built: Path, root: Path) -> Iterator[Served]:
    mark = uuid.uuid4().hex
    shutil.copytree(built, root, dirs_exist_ok=True)
    project = Served(root, **{MARK: mark})
    project.start()
    try:
        yield project
    finally:
        project.end()
        assert gone(mark)


@pytest.fixture
def served(shared: Served) -> Served:
    """The project as it was at first, with the preview that is there."""
    for name, text in FILES.items():
        shared.write(name, text)
    wait_for(lambda: b"hello" in shared.recorded(), "the first recording")
    return shared


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    """The deck of the project, on its slide with words."""
    yield from _open(browser, served)


@pytest.fixture
def own_page(browser: Browser, started: Served) -> Iterator[Page]:
    """The same, with a preview of its own."""
    yield from _open(browser, started)


def _open(browser: Browser, served: Served) -> Iterator[Page]:
    # Nothing but the loss of the server may be complained of.
    complaints: list[str] = []
    with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
        context.set_default_timeout(20_000)
        expect.set_options(timeout=20_000)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "ERR_" not in said.text else None)
        wait_for(lambda: "The first words." in served.get(f"/{DECK}")[1], "the deck")
        page.goto(f"http://127.0.0.1:{served.port}/{DECK}#/talk-1")
        page.wait_for_selector("html.asrun-ready", state="attached")
        page.evaluate("window.isSame = true")
        yield page
    assert complaints == []


def test_prose_shows_on_the_slide_that_is_open_and_nothing_runs(served: Served, page: Page) -> None:
    """New words come into the slide without the page being loaded again, the step stays, and no run is taken."""
    before, count = served.recorded(), served.log().count("recording")
    served.write("scenarios/talk.yaml", TALK.replace("The first words.", "Better words."))
    expect(page.locator("section.present")).to_contain_text("Better words.")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("Reveal.getState().indexf") == 0
    served.write("scenarios/talk.yaml", TALK.replace("title: Code", "title: The best code"))
    expect(page.locator("section.present h2")).to_have_text("The best code")
    assert page.evaluate("Reveal.getState().indexf") == 0
    assert page.locator("section.present .visible").count() == 1
    assert page.evaluate("window.isSame")
    assert served.recorded() == before
    assert served.log().count("recording") == count


def test_a_save_of_code_records_what_became_stale(served: Served, page: Page) -> None:
    """A save of a program, or of a module beside it, records the run that it belongs to, and no other one."""
    other = served.recorded("other", "main")
    page.goto(f"http://127.0.0.1:{served.port}/{DECK}#/talk-3")
    served.write("scenarios/code/words.py", "HELLO = 'good day'\n")
    expect(page.locator("section.present")).to_contain_text("good day")
    wait_for(lambda: b"good day" in served.recorded(), "the recording")
    served.write("scenarios/code/greet.py", "print('good night')\n# Sleep well.\n")
    expect(page.locator("section.present")).to_contain_text("good night")
    wait_for(lambda: b"good night" in served.recorded(), "the recording")
    wait_for(lambda: "good night" in (served.root / "slides" / DECK).read_text(), "the deck on disk")
    assert served.recorded("other", "main") == other


def test_what_is_wrong_stands_over_the_deck_until_it_is_mended(served: Served, page: Page) -> None:
    """A mistake, a claim that fails and a run that fails are told with file and line, and the last good deck stays."""
    on_disk = (served.root / "slides" / DECK).read_bytes()
    panel = page.locator("#asrun-preview section")
    for wrong, told in (
        (TALK.replace("body:", "bodi:"), r"scenarios/talk\.yaml:8:5.*unknown key: bodi"),
        (TALK.replace("== 1", "== 2"), r"scenarios/talk\.yaml:5:5.*this claim does not hold"),
        (TALK.replace("greet.py}", "greet.py, args: [a], exit: 3}"), r"scenarios/talk\.yaml:3:49.*greet.*exit"),
        ("title: [", r"scenarios/talk\.yaml:\d+:\d+"),
    ):
        served.write("scenarios/talk.yaml", wrong)
        expect(panel).to_contain_text(re.compile(told, re.DOTALL))
        expect(page.locator("section.present")).to_contain_text("The first words.")
        served.write("scenarios/talk.yaml", TALK)
        expect(panel).to_be_hidden()
    assert (served.root / "slides" / DECK).read_bytes() == on_disk
    assert page.evaluate("window.isSame")


def test_prose_shows_also_while_something_is_wrong_or_recorded(served: Served, page: Page) -> None:
    """Words are shown at once beside a claim that fails and while a run is taken, whose last recording is shown."""
    served.write("scenarios/talk.yaml", TALK.replace("== 1", "== 2"))
    expect(page.locator("#asrun-preview section")).to_be_visible()
    served.write("scenarios/talk.yaml", TALK.replace("== 1", "== 2").replace("first", "second"))
    expect(page.locator("section.present")).to_contain_text("The second words.")
    served.write("scenarios/code/greet.py", "import time\nprint('slow', flush=True)\ntime.sleep(30)\n")
    expect(page.locator("#asrun-preview .badge")).to_contain_text("recording talk.greet")
    served.write("scenarios/talk.yaml", TALK.replace("first", "third"))
    expect(page.locator("section.present")).to_contain_text("The third words.")
    expect(page.locator("#asrun-preview section")).to_be_hidden()
    assert "hello" in str(page.locator("#talk-3").text_content())


def test_an_outdated_recording_is_ended_and_taken_again(served: Served, page: Page) -> None:
    """A program that is saved while it is recorded is ended, and the new one recorded; many saves end in the last."""
    served.write("scenarios/code/greet.py", "import time\nprint('slow', flush=True)\ntime.sleep(50)\n")
    expect(page.locator("#asrun-preview .badge")).to_contain_text("recording talk.greet")
    for number in range(12):
        served.write("scenarios/code/greet.py", f"print('version {number}')\n# Number {number}\n")
        time.sleep(0.03)
    wait_for(lambda: b"version 11" in served.recorded(), "the last version")
    expect(page.locator("#talk-3")).to_contain_text("version 11")
    expect(page.locator("#asrun-preview .badge")).to_be_hidden()


def test_the_browser_comes_back_to_the_same_slide_and_step(served: Served, page: Page) -> None:
    """Where slides are added the page is loaded again: the slide is the same by what it is, not by its number."""
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expect(page.locator("section.present h2")).to_have_text("Code")
    served.write("scenarios/talk.yaml", TALK.replace("slides:\n", "slides:\n  - body: One more.\n"))
    expect(page.locator("#talk-5")).to_be_attached()
    page.wait_for_selector("html.asrun-ready", state="attached")
    expect(page.locator("section.present h2")).to_have_text("Code")
    assert page.evaluate("Reveal.getState().indexf") == 0
    assert not page.evaluate("window.isSame")


def test_the_server_may_go_and_come_again(started: Served, own_page: Page) -> None:
    """A page outlives its server, says that it waits, and catches up with what was saved meanwhile."""
    assert started.end() == 0
    expect(own_page.locator("#asrun-preview .badge")).to_contain_text("has ended")
    started.write("scenarios/talk.yaml", TALK.replace("first", "newest"))
    started.start()
    expect(own_page.locator("section.present")).to_contain_text("The newest words.")
    expect(own_page.locator("#asrun-preview .badge")).to_be_hidden()


def test_files_come_and_go(served: Served, page: Page) -> None:
    """Scenarios, templates and decks are seen as they are made, changed and removed; so is the folder as a whole."""
    served.write("templates/slides/mine.html.j2", "<p>{{ word }}</p>\n")
    served.write("scenarios/other.yaml", OTHER + "  - {template: mine, with: {word: Mine}}\n")
    expect(page.locator("#other-2")).to_contain_text("Mine")
    served.write("templates/slides/mine.html.j2", "<p>All {{ word }}</p>\n")
    expect(page.locator("#other-2")).to_contain_text("All Mine")
    served.write("scenarios/deck.deck.yaml", "title: Two talks\nscenarios: [talk]\n")
    (served.root / "scenarios" / "other.yaml").unlink()
    expect(page.locator("#other-2")).not_to_be_attached()
    (served.root / "scenarios").rename(served.root / "elsewhere")
    expect(page.locator("#asrun-preview section")).to_contain_text("scenarios")
    (served.root / "elsewhere").rename(served.root / "scenarios")
    expect(page.locator("#asrun-preview section")).to_be_hidden()
    served.write("scenarios/talk.yaml", TALK.replace("first", "later"))
    expect(page.locator("section.present")).to_contain_text("The later words.")


def test_only_this_machine_and_its_own_pages_are_answered(served: Served) -> None:
    """Any other name of the host is refused, and so is any other origin: no site can read along."""
    own = f"127.0.0.1:{served.port}"
    assert served.get("/")[0] == 200
    assert served.get("/", Host=f"localhost:{served.port}")[0] == 200
    assert served.get("/events", Origin=f"http://{own}")[0] == 200
    for host in (
        "evil.example",
        f"evil.example:{served.port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "localhost",
        f"{own}.evil",
        "",
    ):
        assert served.get(f"/{DECK}", Host=host)[0] == 403, host
    for origin in ("http://evil.example", "null", f"https://{own}", "http://127.0.0.1:1", f"http://{own}.evil", ""):
        assert served.get("/events", Origin=origin)[0] == 403, origin
    assert served.get("/../scenarios/talk.yaml")[0] == 404
    assert served.get("/%2e%2e%2fscenarios%2ftalk.yaml")[0] == 404
    with Path("/proc/net/tcp").open() as sockets:
        listening = {line.split()[1] for line in sockets if line.split()[3] == "0A"}
    assert f"0100007F:{served.port:04X}" in listening
    assert f"00000000:{served.port:04X}" not in listening


def test_the_policy_allows_the_client_and_no_more(served: Served) -> None:
    """What is served is the file on disk with one more script, which the policy names, and its own server to ask."""
    wait_for(lambda: (served.root / "slides" / DECK).read_text() in _undone(served.get(f"/{DECK}")[1]), "the same deck")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', served.get(f"/{DECK}")[1])
    plain = re.search(r'Content-Security-Policy" content="([^"]*)"', (served.root / "slides" / DECK).read_text())
    assert policy and plain
    more = [part for part in re.split("[ ;]+", policy[1]) if part not in re.split("[ ;]+", plain[1])]
    assert more[0].startswith("'sha256-")
    assert more[1:] == ["connect-src", "'self'"]
    assert policy[1].endswith("; connect-src 'self'")


def _undone(html: str) -> str:
    """A served page without what serving put into it."""
    html = re.sub(r"(script-src )'sha256-[^']*' ", r"\1", html, count=1).replace("; connect-src 'self'", "", 1)
    before, _, after = html.rpartition("<script")
    return before + after.partition("</script>")[2]


def test_a_project_may_be_broken_when_the_preview_begins(started: Served, browser: Browser) -> None:
    """Without any page to show, what is wrong is told all the same, and the deck comes when it is mended."""
    assert started.end(signal.SIGTERM) == 0
    shutil.rmtree(started.root / "slides")
    started.write("scenarios/talk.yaml", "title: Bad\nslide: []\n")
    started.start()
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{started.port}/{DECK}")
        expect(page.locator("#asrun-preview section")).to_contain_text("scenarios/talk.yaml:2:1")
        started.write("scenarios/talk.yaml", TALK)
        expect(page.locator("#talk-1")).to_contain_text("The first words.")
        assert 'href="/deck.html">Two talks<' in started.get("/")[1]


def test_its_end_is_the_end_of_all(started: Served) -> None:
    """Ctrl-C ends the preview at once, with the run that is being recorded; the last good deck stays."""
    before = started.recorded()
    started.write("scenarios/code/greet.py", "import time\ntime.sleep(50)\n")
    wait_for(lambda: "recording talk.greet" in started.log(), "the recording")
    assert started.end() == 0
    assert "Traceback" not in started.log(), started.log()
    assert started.recorded() == before


def test_a_slide_that_overflows_is_told_and_not_written(started: Served, own_page: Page, chromium: str) -> None:
    """Slides that overflow are looked for when it is quiet; the deck is shown meanwhile, and written when well."""
    started.end()
    started._environment["ASRUN_CHROMIUM"] = chromium
    started.start()
    started.write("scenarios/talk.yaml", TALK.replace("The first words.", "|\n" + "      Words.\n\n" * 40))
    expect(own_page.locator("#asrun-preview section")).to_contain_text("this slide overflows")
    assert "Words." not in (started.root / "slides" / DECK).read_text()
    started.write("scenarios/talk.yaml", TALK.replace("first", "few"))
    expect(own_page.locator("#asrun-preview section")).to_be_hidden()
    wait_for(lambda: "The few words." in (started.root / "slides" / DECK).read_text(), "the deck on disk")
