"""From a deck and its recordings to HTML files, slides and handout: pure, and byte-identical for equal input."""

from __future__ import annotations

from asrun.render.deck import render_deck
from asrun.render.handout import render_handout

__all__ = ["render_deck", "render_handout"]
