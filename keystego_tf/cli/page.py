"""The command page: serve the browser page that comes with the package, on this machine only."""

from __future__ import annotations

import mimetypes
import threading
import webbrowser
import zipfile
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click

from .errors import Failed

#: The page's files, which `make web` makes.
ARCHIVE = Path(__file__).parents[1] / "page.zip"

#: Python's own types, whatever the machine's say.
TYPES = mimetypes.MimeTypes()


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8642,
    show_default=True,
    help="Port on this machine; 0 for any that is free.",
)
@click.option("--no-browser", is_flag=True, help="Print the address and open nothing.")
def page(port: int, no_browser: bool) -> None:
    """Open the browser page: hide and reveal without typing commands.

    It is served from this machine to this machine alone, until Ctrl-C. Nothing leaves it.
    """
    server = server_of(ARCHIVE, port)
    address = f"http://127.0.0.1:{server.server_port}/"
    click.echo(f"{address}  (Ctrl-C stops it)")
    if not no_browser:
        # a browser in the terminal waits for the page
        threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()
    with server:
        server.serve_forever()


def server_of(archive: Path, port: int) -> ThreadingHTTPServer:
    """Make a server that serves the files in an archive and nothing else."""
    if not archive.is_file():
        raise FileNotFoundError(
            "this installation has no page: in a clone, run `make web` (it needs Node 20.19 or "
            "later), then install again"
        )
    with zipfile.ZipFile(archive) as file:
        files = {f"/{name}": file.read(name) for name in file.namelist()}

    class Handler(BaseHTTPRequestHandler):
        """Answers requests for the files' exact paths."""

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            path = "/index.html" if path == "/" else path
            content = files.get(path)
            if content is None:
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            self.send_response(HTTPStatus.OK)
            kind = TYPES.guess_type(path)[0] or "application/octet-stream"
            charset = "; charset=utf-8" if kind.startswith("text/") else ""
            self.send_header("Content-Type", kind + charset)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-cache")
            self.send_header("X-Content-Type-Options", "nosniff")
            with suppress(ConnectionError):  # the page was closed or loaded again
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    try:
        return ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except OSError as error:
        rule = "give another one, or --port 0 for any that is free"
        raise Failed(f"port {port} cannot be used ({error.strerror}): {rule}") from error
