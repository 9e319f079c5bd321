"""A preview from its beginning to its end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
import webbrowser
from collections.abc import Iterator

from asrun.errors import AsRunError
from asrun.pipeline import Settings
from asrun.progress import Progress
from asrun.serve.board import Board, cut
from asrun.serve.preview import Preview
from asrun.serve.server import HOST, make_app, make_server
from asrun.serve.watch import watch_project

PORT = 8765
"""Where a preview is served, unless something else is there."""

_TRIED = 20
"""How many ports are tried where none was asked for."""


class PortTaken(AsRunError):
    """The port that was asked for cannot be used."""

    exit_code = 1


def serve(settings: Settings, port: int | None, open_browser: bool, progress: Progress) -> None:
    """Serve a preview of a project until SIGINT or SIGTERM. `port` None is the usual one, or the next that is free.

    Raises PortTaken.
    """
    with _listen(port) as listening:
        number = listening.getsockname()[1]
        board = Board()
        slides = settings.root / "slides"
        board.publish(pages={path.name: cut(path.read_text(encoding="utf-8")) for path in _made_earlier(settings)})
        preview = Preview(settings, board, progress)
        stop = threading.Event()
        threads = [
            threading.Thread(target=preview.run, name="preview"),
            threading.Thread(
                target=watch_project, args=(settings.root, preview.folders, preview.changed, stop), name="watch"
            ),
        ]
        server = make_server(make_app(board, slides, number))

        def end() -> None:
            board.close()
            server.should_exit = True

        async def run() -> None:
            loop = asyncio.get_running_loop()
            for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(name, end)
            for thread in threads:
                thread.start()
            address = f"http://{HOST}:{number}/"
            progress.note(f"the preview is at {address} (Ctrl-C ends it)")
            if open_browser:
                threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
            await server.serve(sockets=[listening])

        try:
            asyncio.run(run())
        finally:
            stop.set()
            preview.stop()
            for thread in threads:
                if thread.ident is not None:
                    thread.join()


def _made_earlier(settings: Settings) -> Iterator:  # type: ignore[type-arg]
    """The pages that the last build made: shown until there are newer ones."""
    for path in sorted((settings.root / "slides").glob("*.html")):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            if '<meta name="generator" content="AsRun' in path.read_text(encoding="utf-8")[:4000]:
                yield path


def _listen(port: int | None) -> socket.socket:
    wanted = range(PORT, PORT + _TRIED) if port is None else (port,)
    for number in wanted:
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, number))
            listening.listen(64)
        except OSError as error:
            listening.close()
            problem = error
        else:
            return listening
    told = f"port {port}" if port is not None else f"every port from {PORT} to {PORT + _TRIED - 1}"
    hint = "another preview may be there; choose another one with --port, or 0 for any that is free"
    raise PortTaken(f"{told} cannot be used: {(problem.strerror or str(problem)).lower()}; {hint}")
