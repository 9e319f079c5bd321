"""From a deck and its recordings to one HTML file: pure, and byte-identical for equal input."""

from __future__ import annotations

from asrun.render.deck import render_deck

__all__ = ["render_deck"]
