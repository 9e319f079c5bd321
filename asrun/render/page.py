"""What surrounds the slides: reveal.js, styles and scripts put into one file, and the policy that allows only them."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import msgspec
from markupsafe import Markup, escape

from asrun.assets import reveal_folder
from asrun.model import Options

_CLOSES_SCRIPT = re.compile(r"<(?=!--|/?script)", re.IGNORECASE)
_CLOSES_STYLE = re.compile(r"</(?=style)", re.IGNORECASE)


class Reveal(msgspec.Struct, frozen=True):
    """reveal.js as it goes into a page."""

    css: str
    scripts: tuple[str, ...]
    license: str
    speaker_hash: str
    """The hash of the script of the speaker window, which takes over the page's policy."""


@cache
def load_reveal(folder: Path | None = None) -> Reveal:
    """reveal.js from the package. Raises AsRunError where it is not there."""
    folder = folder or reveal_folder()
    reset, css, script, notes, license_text = (
        (folder / name).read_text(encoding="utf-8")
        for name in ("reset.css", "reveal.css", "reveal.js", "notes.js", "LICENSE")
    )
    # reveal.css prints an outline in black; these slides print as they are (templates/base.css).
    css = css.replace("@media print{html:not(.print-pdf)", "@media not all{html:not(.print-pdf)")
    return Reveal(reset + css, (safe_script(script), safe_script(notes)), license_text.strip(), _speaker_hash(notes))


def safe_script(script: str) -> str:
    """A script that an HTML parser reads to its end: `<` of `<!--`, `<script` and `</script` is written as \\x3C.

    In JavaScript these stand only in strings, templates and regular expressions, where both mean the same.
    """
    return _CLOSES_SCRIPT.sub(r"\\x3C", script)


def safe_style(css: str) -> str:
    """A style sheet that an HTML parser reads to its end."""
    return _CLOSES_STYLE.sub(r"<\\/", css)


def safe_comment(text: str) -> str:
    """Text that stays inside an HTML comment."""
    return re.sub("-(?=-)", "- ", text).replace(">", "›")


def json_block(value: object) -> Markup:
    """JSON for a `<script type="application/json">`: without anything that an HTML parser would see."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


def policy(scripts: list[str], speaker_hash: str) -> str:
    """The Content-Security-Policy: these scripts, styles within the page, images within the page, and nothing else.

    The speaker view shows the deck in frames, from `file:` as well.
    """
    hashes = " ".join([*(f"'{script_hash(script)}'" for script in scripts), f"'{speaker_hash}'"])
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; font-src data:; "
        "frame-src 'self' file:; base-uri 'none'; form-action 'none'"
    )


_POLICY = re.compile(r"(<meta http-equiv=\"Content-Security-Policy\" content=\"[^\"]*?script-src )([^\"]*)")


def with_script(html: str, script: str, allow: str = "", **data: str) -> str:
    """A page with one more script at its end, allowed by the page's own policy; `data` are attributes of its tag.

    `allow` is one more directive of the policy, such as `connect-src 'self'`.
    """
    script = safe_script(script)
    more = f"; {allow}" if allow else ""
    html = _POLICY.sub(lambda found: f"{found[1]}'{script_hash(script)}' {found[2]}{more}", html, count=1)
    attributes = "".join(f' data-{name}="{escape(value)}"' for name, value in data.items())
    before, end, after = html.rpartition("</body>")
    element = f"<script{attributes}>{script}</script>"
    return f"{before}{element}{end}{after}" if end else f"{html}{element}"


def reading_policy(scripts: Sequence[str]) -> str:
    """The Content-Security-Policy of a page to read: the same, without a speaker view."""
    hashes = " ".join(f"'{script_hash(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; font-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def script_hash(script: str) -> str:
    """The hash of an inline script as policies name it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


def _speaker_hash(notes: str) -> str:
    """The hash of the script that notes.js writes into the speaker window, from a template literal of its own."""
    begin = notes.index("<script>") + len("<script>")
    end = notes.index("<\\/script>", begin)
    return script_hash(re.sub(r"\\(.)", r"\1", notes[begin:end]))


def reveal_options(options: Options) -> dict[str, object]:
    """The configuration that Reveal.initialize() is given."""
    return {
        "width": 1280,
        "height": 720,
        "margin": 0,
        "maxScale": 8.0,
        "center": False,
        "hash": True,
        "fragmentInURL": False,
        "transition": options.transition,
        "backgroundTransition": "none",
        "progress": options.progress,
        "controls": options.controls,
        "controlsLayout": "edges",
        "slideNumber": False,
        "scrollActivationWidth": None,
        "pdfSeparateFragments": True,
        "pdfMaxPagesPerSlide": 1,
    }
