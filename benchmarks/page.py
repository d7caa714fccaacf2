"""Measure the browser page in headless Chromium: its first paint, and how long it takes to hide.

A photo of 12 megapixels (a mosaic of synthetic covers, JPEG) carries 40 bytes for WhatsApp, and
the page reads them. The page is the wheel's (``make web``), on this machine's own address. Times
are medians. ``--lighthouse`` also runs Lighthouse's accessibility audit through ``npx``, which
downloads it.

    python benchmarks/page.py [--repeat 3] [--lighthouse] [--out benchmarks/results/page.json]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any

from _machine import describe
from hiding import mosaic

from keystego_tf.cli.page import ARCHIVE, server_of
from keystego_tf.io.files import to_json, write_whole

DRIVER = Path(__file__).parents[1] / "export" / "web" / "test" / "drive.mjs"
SIZE, MESSAGE, PASSPHRASE = (4000, 3000), "x" * 40, "correct horse battery staple"


def asked(driver: Any, command: str, **given: Any) -> dict[str, Any]:
    driver.stdin.write(json.dumps({"ask": command, **given}) + "\n")
    driver.stdin.flush()
    answer: dict[str, Any] = json.loads(driver.stdout.readline())
    if answer.get("failed") or answer.get("error"):
        raise RuntimeError(f"{command}: {answer}")
    return answer


def measured(driver: Any, folder: Path, repeat: int) -> dict[str, float]:
    photo, sent = str(folder / "photo.jpg"), str(folder / "sent.jpg")
    mosaic(*SIZE).save(photo, quality=90)
    seconds: dict[str, list[float]] = {"first paint": [], "hide": [], "reveal": []}
    key = {"passphrase": PASSPHRASE}
    for _ in range(repeat):
        seconds["first paint"].append(asked(driver, "open")["paint"] / 1000)
        given = {"message": MESSAGE, "destination": "whatsapp", "saveAs": sent}
        seconds["hide"].append(asked(driver, "hide", image=photo, **given, **key)["seconds"])
        asked(driver, "open")
        found = asked(driver, "reveal", image=sent, **key)
        if found["message"] != MESSAGE:
            raise RuntimeError(f"the page reads {found['message']!r}")
        seconds["reveal"].append(found["seconds"])
    return {name: statistics.median(each) for name, each in seconds.items()}


def audited(url: str, chromium: str) -> float:
    """Return Lighthouse's score for accessibility, in percent."""
    command = ["npx", "--yes", "lighthouse", url, "--quiet", "--output=json"]
    command += ["--only-categories=accessibility", "--chrome-flags=--headless --no-sandbox"]
    environment = {**os.environ, "CHROME_PATH": chromium}
    done = subprocess.run(command, env=environment, check=True, capture_output=True)
    return 100 * float(json.loads(done.stdout)["categories"]["accessibility"]["score"])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--lighthouse", action="store_true")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    server = server_of(ARCHIVE, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    command = ["node", str(DRIVER), str(chromium), url]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with tempfile.TemporaryDirectory() as folder, subprocess.Popen(command, **pipes) as driver:
        result: dict[str, Any] = {"seconds": measured(driver, Path(folder), options.repeat)}
        assert driver.stdin is not None
        driver.stdin.close()
    if options.lighthouse:
        result["accessibility, %"] = audited(url, str(chromium))
    server.shutdown()
    server.server_close()
    print(json.dumps(result, indent=2))
    if options.out:
        write_whole(options.out, to_json({**describe(), "pixels": SIZE, **result}))


if __name__ == "__main__":
    main()
