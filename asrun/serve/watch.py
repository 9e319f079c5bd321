"""Watching a project's files: editors save in many ways, and every one of them is seen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from watchfiles import Change, watch

_STEP_MS = 10
"""How long nothing must follow a change for it to be told."""

_GATHER_MS = 60
"""For how long at most changes that follow one another are gathered."""

_LOOK_MS = 400
"""How often it is looked whether there are other folders to watch."""

_NEVER = frozenset({"__pycache__", "node_modules"})


def watch_project(
    root: Path, folders: Callable[[], Iterable[Path]], changed: Callable[[], None], stop: threading.Event
) -> None:
    """Call `changed` after every change to the folders, until `stop` is set. To be called in a thread of its own.

    `root` is watched itself, for folders that appear or vanish in it; of `folders` everything within. A folder that is
    removed and made again is watched again.
    """
    above = threading.Thread(target=_watch_root, args=(root, changed, stop), name="watch-root", daemon=True)
    above.start()
    while not stop.is_set():
        known = _identities(folders())
        if not known:
            stop.wait(_LOOK_MS / 1000)
            continue
        try:
            for changes in _changes(known, recursive=True, stop=stop):
                if changes:
                    changed()
                if _identities(folders()) != known:
                    changed()
                    break
        except FileNotFoundError:
            changed()
    above.join()


def _watch_root(root: Path, changed: Callable[[], None], stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            for changes in _changes({root: 0}, recursive=False, stop=stop):
                if changes:
                    changed()
        except FileNotFoundError:
            stop.wait(_LOOK_MS / 1000)


def _changes(paths: Iterable[Path], recursive: bool, stop: threading.Event) -> Iterable[set[tuple[Change, str]]]:
    return watch(
        *paths,
        watch_filter=lambda _, path: is_watched(Path(path)),
        debounce=_GATHER_MS,
        step=_STEP_MS,
        rust_timeout=_LOOK_MS,
        yield_on_timeout=True,
        stop_event=stop,
        recursive=recursive,
        raise_interrupt=False,
    )


def _identities(folders: Iterable[Path]) -> dict[Path, int]:
    """The folders that are there, each with what tells it from another one of the same name."""
    found = {}
    for folder in folders:
        try:
            found[folder] = folder.stat().st_ino
        except OSError:
            continue
    return found


def is_watched(path: Path) -> bool:
    """Whether a change to a file can be of interest: not what editors put beside it, nor what builds make."""
    if any(part in _NEVER for part in path.parts):
        return False
    name = path.name
    made = path.parent.name == "slides" and name.endswith((".html", ".pdf"))
    return not (name.startswith((".", "#")) or name.endswith(("~", ".swp", ".swx", ".tmp")) or made)
