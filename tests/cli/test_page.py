"""The command page: what its server answers, and what it says where there is no page."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import run

from keystego_tf.cli import page
from keystego_tf.cli.errors import Failed


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    archive = tmp_path / "page.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.html", "<p>here")
        file.writestr("wasm/a.wasm", b"\0asm")
    with page.server_of(archive, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_files_come_with_their_types(address: str) -> None:
    for path, content, kind in (
        ("/", b"<p>here", "text/html; charset=utf-8"),
        ("/index.html?x=1", b"<p>here", "text/html; charset=utf-8"),
        ("/wasm/a.wasm", b"\0asm", "application/wasm"),
    ):
        with urllib.request.urlopen(address + path) as answer:
            assert (answer.read(), answer.headers["Content-Type"]) == (content, kind)


@pytest.mark.parametrize("path", ["/none", "/../page.zip", "/wasm", "/wasm/"])
def test_nothing_else_is_served(address: str, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(address + path)


def test_an_installation_without_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "ARCHIVE", tmp_path / "none.zip")
    run("page", "--no-browser").assert_error(1, "make web", "install again")


def test_a_port_in_use_is_named(address: str, tmp_path: Path) -> None:
    port = int(address.rpartition(":")[2])
    with pytest.raises(Failed, match=rf"port {port} cannot be used \(.+\): .*--port 0"):
        page.server_of(tmp_path / "page.zip", port)
