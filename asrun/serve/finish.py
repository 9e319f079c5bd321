"""What a build does last, and a preview in its spare time: look for slides that overflow, and write the pages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from asrun.chromium import find_chromium
from asrun.overflow import CannotLook, overflows_of
from asrun.pipeline import Settings
from asrun.progress import Progress
from asrun.root import STATE
from asrun.write import Busy, project_lock, write_file

_QUIET_S = 0.6
"""How long nothing must have changed before Chromium is started: it takes a core for a second or two."""


class Finisher:
    """Finishes the pages that it was given last, in a thread of its own."""

    def __init__(self, settings: Settings, progress: Progress, told: Callable[[tuple[str, ...]], None]) -> None:
        self._settings = settings
        self._progress = progress
        self._told = told
        self._changed = threading.Condition()
        self._pages: Mapping[str, str] | None = None
        self._done: Mapping[str, str] | None = None
        self._stop = threading.Event()
        """Ends the look that is under way."""
        self._is_stopped = False
        self._is_unseen = False
        self._thread = threading.Thread(target=self._run, name="finisher")
        self._thread.start()

    def begin(self, pages: Mapping[str, str]) -> None:
        """Finish these pages, by name of their file, when it has been quiet for a while."""
        with self._changed:
            if pages not in (self._pages, self._done):
                self._pages = pages
                self._changed.notify_all()

    def put_off(self) -> None:
        """Something has changed: what is under way is not to be finished."""
        with self._changed:
            self._pages = None
            self._stop.set()
            self._changed.notify_all()

    def stop(self) -> None:
        """End for good, with Chromium's processes."""
        with self._changed:
            self._is_stopped = True
        self.put_off()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._pages is not None or self._is_stopped)
                while not self._is_stopped and self._changed.wait(_QUIET_S):
                    pass
                if self._is_stopped:
                    return
                pages = self._pages
                self._stop.clear()
            if pages is not None:
                self._finish(pages)

    def _finish(self, pages: Mapping[str, str]) -> None:
        try:
            overflows = self._look(pages)
        except CannotLook as reason:
            overflows = ()
            if not self._stop.is_set() and not self._is_unseen:
                self._is_unseen = True
                self._progress.note(f"nobody looked whether a slide overflows: {reason}")
        with self._changed:
            if self._stop.is_set():
                return
            self._pages = None
            self._done = pages
        if not overflows:
            self._write(pages)
        self._told(overflows)

    def _look(self, pages: Mapping[str, str]) -> tuple[str, ...]:
        chromium = find_chromium()
        cache = self._settings.root / STATE / "overflow"
        return tuple(
            f"{found.place}: this slide overflows\n    {found.slide}: {found.message}"
            for html in pages.values()
            for found in overflows_of(html, cache, chromium, stop=self._stop)
        )

    def _write(self, pages: Mapping[str, str]) -> None:
        try:
            with project_lock(self._settings.root / STATE):
                for name, html in pages.items():
                    write_file(self._settings.root / "slides" / name, html.encode())
        except Busy:
            self._done = None  # that build writes them
