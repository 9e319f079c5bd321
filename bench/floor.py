"""The least that could be called a deck builder, to hold AsRun against: what these few lines take, nobody can go under.

    python bench/floor.py FOLDER

YAML scenarios, a fresh process for each, as many at a time as there are cores, a cache by hash, Pygments, one file. No
timestamps, no lanes, no claims, no limits, no escaping of what was printed beyond HTML's own.
"""

from __future__ import annotations

import hashlib
import html
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jinja2
import yaml
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

PAGE = "<!doctype html><style>{{ css }}</style>{% for slide in slides %}<section>{{ slide }}</section>{% endfor %}"


def main(folder: Path) -> None:
    """Run what has changed, and write deck.html."""
    store = folder / "cache.json"
    cache: dict[str, str] = json.loads(store.read_text()) if store.exists() else {}
    found: list[dict[str, Any]] = [
        yaml.load(path.read_text(), yaml.CSafeLoader) for path in sorted((folder / "scenarios").glob("*.yaml"))
    ]
    programs = [scenario["code"] for scenario in found if "code" in scenario]
    codes = {code: hashlib.sha256(code.encode()).hexdigest() for code in programs}

    def run(code: str) -> str:
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    stale = [code for code, key in codes.items() if key not in cache]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        cache.update(zip((codes[code] for code in stale), pool.map(run, stale), strict=True))
    lexer: Any = PythonLexer()
    formatter: Any = HtmlFormatter()
    slides = [
        highlight(code, lexer, formatter) + f"<pre>{html.escape(cache[key])}</pre>" for code, key in codes.items()
    ]
    bodies = [slide["body"] for scenario in found for slide in scenario["slides"] if "body" in slide]
    slides += [f"<p>{html.escape(body)}</p>" for body in bodies]
    page = jinja2.Environment().from_string(PAGE).render(css=formatter.get_style_defs(), slides=slides)
    (folder / "deck.html").write_text(page)
    store.write_text(json.dumps(cache))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
