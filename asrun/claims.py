"""Claims: expressions over recordings that must be true, and what became of them."""

from __future__ import annotations

import msgspec

from asrun.model import Claim


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one claim of a scenario."""

    scenario: str
    index: int
    """The claim's number in its scenario, from 0."""
    claim: Claim
    held: bool
    parts: tuple[tuple[str, str], ...] = ()
    """Each part of the expression as written, with its value: what a failing claim prints."""
    error: str = ""
    """Why it could not be judged, where it could not."""
    runs: frozenset[tuple[str, str]] = frozenset()
    """The runs that it speaks of, as (scenario, run)."""
    timing: bool = False
    """True where it speaks of a duration or a moment, which another take may change."""
