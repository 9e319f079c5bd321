"""The names that scenarios, decks and runs may have."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from asrun.model import NAME_PATTERN

# fmt: off
RESERVED = frozenset({
    "and", "as", "block", "call", "caller", "context", "cycler", "dict", "elif", "else", "endfor", "endif",
    "environment", "extends", "false", "False", "filter", "for", "from", "if", "import", "in", "include", "is",
    "joiner", "kwargs", "lipsum", "loop", "macro", "namespace", "none", "None", "not", "or", "range", "recursive",
    "self", "set", "super", "true", "True", "varargs", "with", "without",
})
# fmt: on
"""Words that mean something else in Jinja, the language of claims and prose."""


def wrong_name(name: str, what: Literal["a scenario", "a run", "a deck"]) -> tuple[str, str] | None:
    """What is wrong with the name of a scenario, a deck or a run, and what to call it; None where nothing is."""
    if not re.search(NAME_PATTERN, name):
        message = f"{name!r} is no name for {what}: a letter, then letters, digits and underscores"
        return message, f"call it {near_name(name)}"
    if name in RESERVED and what != "a deck":  # no expression speaks of decks
        return f"{what} cannot be called {name}: the word means something else in claims", f"for example {name}_1"
    return None


def near_name(text: str) -> str:
    """A name that is allowed, near to one that is not."""
    ascii_text = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9]+", "_", ascii_text).strip("_")
    return name if re.search(NAME_PATTERN, name) and name not in RESERVED else f"the_{name or 'first'}"
