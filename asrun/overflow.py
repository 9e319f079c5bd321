"""Slides that do not fit, found by drawing the deck in Chromium and measuring what is on each slide.

The deck is shown in a frame of exactly a slide's size, since a headless window's own size differs between versions.
"""

from __future__ import annotations

import hashlib
import html as html_module
import os
import re
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from asrun.assets import templates_folder
from asrun.chromium import CannotLook, dump_dom
from asrun.render.page import with_script

__all__ = ["CannotLook", "Overflow", "find_overflows", "overflows_of"]

_VERDICTS = 64
"""How many verdicts are kept: one for each deck and state of it."""

_PLACE = re.compile(r"<section\b[^>]*\bdata-place=")
_ANSWER = re.compile(r"<pre id=\"asrun-answer\">(.*?)</pre>", re.DOTALL)

_PAGE = """<!doctype html><meta charset="utf-8"><title>Measuring</title>
<style>body { margin: 0 } iframe { width: 1280px; height: 720px; border: 0; display: block }</style>
<pre id="asrun-answer"></pre>
<script>addEventListener("message", (event) => {
  if (event.data?.asrun) document.getElementById("asrun-answer").textContent = JSON.stringify(event.data.asrun);
});</script>
<iframe src="deck.html"></iframe>
"""


class Overflow(msgspec.Struct, frozen=True):
    """A slide that does not fit, and in what way."""

    place: str
    """Where the author wrote the slide, as `file:line:column`; empty for a slide that no author wrote."""
    slide: str
    """Its title, or its id where it has none."""
    message: str


class _Fault(msgspec.Struct, frozen=True):
    """One way in which a slide does not fit, as templates/measure.js found it."""

    kind: Literal["edge", "cut", "panel", "footer", "overlap", "small code", "small text"]
    side: str
    px: float
    """How far it reaches, or the type size that is too small."""
    lines: int
    pictures: int
    boxes: int
    text: str
    """The beginning of the first line that is concerned."""


class _Slide(msgspec.Struct, frozen=True):
    place: str
    id: str
    title: str
    faults: tuple[_Fault, ...]


class _Answer(msgspec.Struct, frozen=True):
    slides: tuple[_Slide, ...] = ()
    failure: str = ""


def overflows_of(
    html: str, cache_folder: Path | None, chromium: str | None, *, stop: threading.Event | None = None
) -> tuple[Overflow, ...]:
    """The slides of a deck that do not fit, from the verdict kept in `cache_folder` where nothing drawn has changed.

    A page without slides has none. Raises CannotLook, also when `stop` is set while Chromium looks.
    """
    if not chromium:
        raise CannotLook("no Chromium was found")
    if not _PLACE.search(html):
        return ()  # a page to read: it is as long as it is
    if cache_folder is None:
        return find_overflows(html, chromium, stop=stop)
    verdict = cache_folder / f"{_key(html, chromium)}.json"
    with suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode(verdict.read_bytes(), type=tuple[Overflow, ...])
    found = find_overflows(html, chromium, stop=stop)
    _keep(verdict, found)
    return found


def find_overflows(html: str, chromium: str, *, stop: threading.Event | None = None) -> tuple[Overflow, ...]:
    """The slides of a deck that do not fit, looked at in one start of Chromium. Raises CannotLook."""
    count = len(_PLACE.findall(html))
    with tempfile.TemporaryDirectory(prefix=f"asrun-overflow-{os.getpid()}-") as name:
        folder = Path(name)
        (folder / "deck.html").write_text(_with_script(html), encoding="utf-8")
        (folder / "measure.html").write_text(_PAGE, encoding="utf-8")
        dom = dump_dom(folder / "measure.html", chromium, timeout_s=30 + count / 10, stop=stop)
    answer = _answer(dom)
    if len(answer.slides) < count:
        raise CannotLook(f"of {count} slides {len(answer.slides)} could be looked at")
    return tuple(
        Overflow(slide.place, slide.title or slide.id, _message(fault))
        for slide in answer.slides
        for fault in _worst(slide.faults)
    )


def _answer(dom: str) -> _Answer:
    found = _ANSWER.search(dom)
    if not found or not found[1]:
        raise CannotLook("Chromium drew the deck, but no measure came back")
    try:
        answer = msgspec.json.decode(html_module.unescape(found[1]), type=_Answer)
    except msgspec.DecodeError as error:
        raise CannotLook(f"Chromium measured something that cannot be read: {error}") from error
    if answer.failure:
        raise CannotLook(f"the deck could not be measured: {answer.failure}")
    return answer


def _with_script(html: str) -> str:
    """The deck with the measuring script at its end."""
    return with_script(html, (templates_folder() / "measure.js").read_text(encoding="utf-8"))


def _worst(faults: tuple[_Fault, ...]) -> list[_Fault]:
    """The faults to tell: what passes an edge also lies over other things, and both have one cause."""
    rest = [fault for fault in faults if fault.kind in ("footer", "panel", "overlap")]
    told = [fault for fault in faults if fault not in rest]
    if not any(fault.kind == "edge" for fault in told):
        told += sorted(rest, key=lambda fault: ("footer", "panel", "overlap").index(fault.kind))[:1]
    return told


def _message(fault: _Fault) -> str:
    """A fault in words."""
    counted = [_count(fault.lines, "line"), _count(fault.pictures, "picture")]
    what = " and ".join(part for part in counted if part) or _count(fault.boxes, "box")
    side = {"above": "above", "below": "below", "left": "left of", "right": "right of"}.get(fault.side, "")
    begins = f", at “{fault.text}”" if fault.text else ""
    match fault.kind:
        case "edge":
            return f"{what} ({fault.px:.0f} px) {side} the slide's edge at 1280 × 720{begins}"
        case "cut":
            return f"{what} cut off ({fault.px:.0f} px {side} what is visible){begins}"
        case "panel":
            return f"{what} ({fault.px:.0f} px) {side} the panel around{begins}"
        case "footer":
            return f"{what} over the footer{begins}"
        case "overlap":
            return f"{what} over other text or a panel{begins}"
        case "small code":
            return f"{what} of code at {fault.px:.3g} px, and 20 px is the least{begins}"
        case "small text":
            return f"{what} of text at {fault.px:.3g} px, and 14 px is the least{begins}"


def _count(number: int, noun: str) -> str:
    plural = "boxes" if noun == "box" else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}" if number else ""


def _key(html: str, chromium: str) -> str:
    """A hash of all that a verdict depends on. Chromium's file stands for its version, which takes long to ask for."""
    digest = hashlib.sha256()
    with suppress(OSError):
        found = Path(chromium).stat()
        digest.update(f"{chromium} {found.st_size} {found.st_mtime_ns}\n".encode())
    digest.update(Path(__file__).read_bytes())
    digest.update(_with_script(html).encode())
    return digest.hexdigest()[:32]


def _keep(verdict: Path, found: tuple[Overflow, ...]) -> None:
    """Write a verdict, and forget the oldest of many. A cache that cannot be written costs time and nothing else."""
    with suppress(OSError):
        verdict.parent.mkdir(parents=True, exist_ok=True)
        fresh = verdict.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(found))
        fresh.replace(verdict)
        kept = sorted(verdict.parent.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        for old in kept[:-_VERDICTS]:
            old.unlink()
