"""The server of a preview: on this machine alone, for its own pages alone."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import jinja2
import uvicorn
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from asrun.assets import templates_folder
from asrun.render.page import with_script
from asrun.serve.board import Board, changed_slides

HOST = "127.0.0.1"

_BESIDE = (".pdf", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg", ".cast", ".json")
"""What is served of `slides/` besides the pages, by the ends of names."""

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_PING_S = 15.0
"""A line is sent at least this often, so that both ends notice when the other one is gone."""


def make_app(board: Board, slides: Path, port: int) -> ASGIApp:
    """The application: `/` lists what there is, `/NAME` is a page or a file of `slides`, `/events` tells of changes."""
    folder = templates_folder()
    client = (folder / "preview.js").read_text(encoding="utf-8")
    listing = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True).from_string(
        (folder / "preview.html.j2").read_text(encoding="utf-8")
    )

    def live(html: str, name: str, version: str) -> Response:
        """A page with the client in it; what is on disk has none."""
        html = with_script(html, client, "connect-src 'self'", page=name, version=version)
        return HTMLResponse(html, headers=_HEADERS)

    async def index(_: Request) -> Response:
        pages = board.state.pages
        beside = sorted(path.name for path in _files(slides) if path.name not in pages)
        html = listing.render(pages=sorted(pages), beside=beside, titles={n: _title(p.html) for n, p in pages.items()})
        version = " ".join(f"{name}:{_title(page.html)}" for name, page in sorted(pages.items()))
        return live(html, "", version)

    async def page(request: Request) -> Response:
        name = request.path_params["name"]
        shown = board.state.pages.get(name)
        if shown is not None:
            return live(shown.html, name, shown.version)
        if name.endswith(".html") and not board.state.pages:
            return live(listing.render(pages=[], beside=[], titles={}), name, "")
        found = next((path for path in _files(slides) if path.name == name and not name.endswith(".html")), None)
        if found is None:
            return PlainTextResponse("There is no such page; / lists those that there are.", 404, headers=_HEADERS)
        strict = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:"}
        return FileResponse(found, headers=_HEADERS | (strict if name.endswith(".svg") else {}))

    async def events(request: Request) -> Response:
        query = request.query_params
        stream = _events(board, query.get("page", ""), query.get("version", ""))
        return StreamingResponse(stream, media_type="text/event-stream", headers=_HEADERS)

    routes = [Route("/", index), Route("/events", events), Route("/{name}", page)]
    return _OnlyHere(Starlette(routes=routes), port)


def _title(html: str) -> str:
    return Markup(html.partition("<title>")[2].partition("</title>")[0]).unescape()


def _files(slides: Path) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        for path in slides.iterdir():
            if path.name.endswith(_BESIDE) and not path.name.startswith(".") and path.is_file():
                yield path


async def _events(board: Board, name: str, version: str) -> AsyncIterator[str]:
    """What a page must know, whenever it changes: what is wrong, what is being done, what it does not show yet."""
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def listener() -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(changed.set)

    board.listen(listener)
    try:
        yield "retry: 300\n\n"
        told = ""
        while not board.closed:
            changed.clear()
            state = board.state
            message: dict[str, Any] = {"problems": state.problems, "activity": state.activity}
            current = " ".join(f"{each}:{_title(page.html)}" for each, page in sorted(state.pages.items()))
            page = state.pages.get(name)
            if page is not None:
                current = page.version
            elif name:
                current = version  # a page that went away: what is open stays
            if current != version:
                earlier = board.earlier(name, version)
                message["version"] = current
                message["slides"] = changed_slides(earlier, page) if earlier and page else None
                version = current
            text = json.dumps(message, ensure_ascii=False)
            if text != told:
                # A page that is told of new slides has them then; the next message says only the rest.
                told = json.dumps({"problems": state.problems, "activity": state.activity}, ensure_ascii=False)
                yield f"data: {text}\n\n"
            try:
                await asyncio.wait_for(changed.wait(), _PING_S)
            except TimeoutError:
                yield ": still here\n\n"
    finally:
        board.forget(listener)


class _OnlyHere:
    """Answers only what was asked of this machine by its own pages.

    A page of another site may make a browser ask this server under a name of that site's own (DNS rebinding), so the
    name that was asked for must be this machine's; and it may not read along from elsewhere.
    """

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._hosts = {f"{host}:{port}" for host in (HOST, "localhost")}
        self._hosts |= {HOST, "localhost"} if port == 80 else set()
        self._origins = {f"http://{host}" for host in self._hosts}
        self._address = f"http://{HOST}:{port}/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(name, value.decode("latin-1").lower()) for name, value in scope.get("headers", ())]
        hosts = [value for name, value in headers if name == b"host"]
        origins = [value for name, value in headers if name == b"origin"]
        if len(hosts) == 1 and hosts[0] in self._hosts and self._origins.issuperset(origins):
            await self._app(scope, receive, send)
            return
        answer = PlainTextResponse(f"This preview is at {self._address} and nowhere else.", 403, headers=_HEADERS)
        await answer(scope, receive, send)


class Server(uvicorn.Server):
    """Uvicorn without handlers of its own for signals: who starts it ends it, with `should_exit`."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals as they are."""
        yield


def make_server(app: ASGIApp) -> Server:
    """A server for the application, that says nothing by itself."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        loop="asyncio",
        http="h11",
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    return Server(config)
