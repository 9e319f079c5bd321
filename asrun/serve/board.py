"""What is shown at this moment: the pages, what is wrong, what is being done."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

_SLIDE = re.compile(r'^<section id="([^"]*)" data-place="[^"]*"([^>]*)>$', re.MULTILINE)
_SLIDE_END = "\n</section>\n"
_REMEMBERED = 32
"""How many earlier versions of each page are known, so that one that is open somewhere can be brought up to date."""


class Page(msgspec.Struct, frozen=True):
    """A page of the project, and the slides in it."""

    html: str
    version: str
    shell: str
    """A hash of all that is around the insides of the slides; without where their author wrote them."""
    slides: dict[str, str]
    """The insides of the slides, by id, in order. Empty for a page that is no deck."""


class State(msgspec.Struct, frozen=True):
    """All that a browser can be shown."""

    pages: Mapping[str, Page] = {}
    """By the name of the file, such as `concurrency.html`."""
    problems: tuple[str, ...] = ()
    """What is wrong, each in lines of which the first begins with the place."""
    activity: str = ""
    """What is being done and takes its time; empty when all is done."""


def cut(html: str) -> Page:
    """A page from its HTML."""
    shell = hashlib.sha256()
    slides: dict[str, str] = {}
    at = 0
    for opening in _SLIDE.finditer(html):
        end = html.find(_SLIDE_END, opening.end())
        if end < 0 or opening.start() < at:
            break
        shell.update(html[at : opening.start()].encode())
        shell.update(f"\0{opening[1]}\0{opening[2]}\0".encode())
        slides[opening[1]] = html[opening.end() : end]
        at = end
    shell.update(html[at:].encode())
    version = hashlib.sha256(html.encode()).hexdigest()[:16]
    return Page(html, version, shell.hexdigest(), slides)


def changed_slides(old: Page, new: Page) -> dict[str, str] | None:
    """The insides of the slides that differ, by id; None where more than that differs."""
    if old.shell != new.shell or list(old.slides) != list(new.slides):
        return None
    return {name: inside for name, inside in new.slides.items() if old.slides[name] != inside}


class Board:
    """Holds the state. Every method may be called from any thread."""

    def __init__(self) -> None:
        self.state = State()
        self.closed = False
        self._lock = threading.Lock()
        self._listeners: set[Callable[[], None]] = set()
        self._earlier: dict[str, OrderedDict[str, Page]] = {}

    def publish(self, **changes: Any) -> None:
        """Change fields of the state, and tell who listens."""
        with self._lock:
            state = msgspec.structs.replace(self.state, **changes)
            if state == self.state:
                return
            self.state = state
            for name, page in state.pages.items():
                known = self._earlier.setdefault(name, OrderedDict())
                known[page.version] = page
                known.move_to_end(page.version)
                while len(known) > _REMEMBERED:
                    known.popitem(last=False)
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener()

    def earlier(self, name: str, version: str) -> Page | None:
        """A version of a page that was shown before, if it is still known."""
        with self._lock:
            return self._earlier[name].get(version) if name in self._earlier else None

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` at every change, from the thread that made it."""
        with self._lock:
            self._listeners.add(listener)

    def forget(self, listener: Callable[[], None]) -> None:
        """Call `listener` no more."""
        with self._lock:
            self._listeners.discard(listener)

    def close(self) -> None:
        """Tell all who listen that there is no more to come."""
        with self._lock:
            self.closed = True
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener()
