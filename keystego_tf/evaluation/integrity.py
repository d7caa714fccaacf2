"""Does the message arrive, and with whom? The paper's e-mail experiment (section V, table III).

Three machines are three processes: A has Alice and B's public key (or a key shared with B), B has
Bob, the pK generator and the secret key, C has the same Bob and sees every mail, but has no key and
makes some up. A real SMTP server on the loopback carries MIME mails with the PNG attached. The same
message is sent in one mail for each cover.
"""

from __future__ import annotations

import json
import mailbox
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..bundles.catalogue import TILE, Model
from ..codec.tiles import to_bits
from ..io.extras import evaluation_package
from ..io.images import Pixels
from ..metrics import statistics
from ..metrics.statistics import Estimate
from ..payload.keys import NEURAL_BYTES, SECRET_BYTES
from .integrity_mail import INTERVAL
from .integrity_roles import PAYLOAD, RAW

#: 128 characters, 1,024 bits, as many as in the paper's example.
TEXT = (
    "The boat leaves at six from the pier, so bring the blue suitcase, "
    "your brother's coat and both tickets, and don't be late again."
)

LAYERS = (RAW, PAYLOAD)


@dataclass(frozen=True)
class Reading:
    """What one of the receivers reads in all mails.

    ``bits_right``: share of the message bits, None in the payload layer, which gives all or
    nothing; ``mails_exact``: share of the mails that are read without one wrong bit; ``text``: the
    first mail's, None where nothing is found.
    """

    bits_right: Estimate | None
    mails_exact: Estimate
    text: str | None


@dataclass(frozen=True)
class Exchange:
    """One run. ``c_under_public_key``: C with the public key in the place of Bob's mask (raw layer
    of the asymmetric scheme, wide key path), else None. ``bytes_sent``: of each PNG."""

    model: str
    layer: str
    text: str
    mails: int
    b: Reading
    c: Reading
    c_under_public_key: Reading | None
    bytes_sent: list[int]
    seconds: float


def run(
    model: Model,
    covers: Sequence[Pixels],
    text: str | None = None,
    layer: str = RAW,
    seed: int | None = 0,
    timeout: float = 300.0,
) -> Exchange:
    """Send a message to B in a mail for each cover, and say what B and C read.

    covers: uint8 [height, width, C], from TILE x TILE pixels on; layer: ``raw`` hides the text's
    bytes as the bits of the tile in the middle, which must be as many, ``payload`` goes through
    ``hide`` and ``reveal`` and takes the whole image; text: by default TEXT, repeated to fill the
    tile; seed: of the raw layer's keys, None draws them from the system; timeout: seconds.

    Raises ValueError for a text or covers that will not do, and with what a process says that
    cannot go on; TimeoutError; ImportError without the extra ``evaluation``. No process is left.
    """
    if layer not in LAYERS:
        raise ValueError(f"layer is {layer!r}, but must be one of {', '.join(LAYERS)}")
    evaluation_package("aiosmtpd.smtp")  # a missing one is named here and not by the server
    _check(model, covers)
    text, message = _message(model, text, layer)
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = [str(_write(folder, number, each, layer)) for number, each in enumerate(covers)]
        orders = _orders(model, layer, seed, timeout, paths, message)
        answers = _converse(folder, orders, start + timeout)
    read = {name: _reading(found, message, layer) for name, found in _readings(answers)}
    seconds = time.monotonic() - start
    sizes = answers["a"]["bytes_sent"]
    under = read.get("c_under_public_key")
    return Exchange(
        model.name, layer, text, len(covers), read["b"], read["c"], under, sizes, seconds
    )


def _orders(
    model: Model, layer: str, seed: int | None, timeout: float, covers: list[str], message: bytes
) -> dict[str, dict[str, Any]]:
    """What each machine is told: integrity_roles.Role, but for the port and the mailbox."""
    common = {
        "model": str(model.folder.resolve()),
        "layer": layer,
        "seed": seed,
        "timeout": timeout,
        "mails": len(covers),
    }
    shared = "" if model.agents.asymmetric else _shared_key(layer, seed).hex()
    own: dict[str, dict[str, Any]] = {
        "a": {"covers": covers, "message": message.hex(), "shared": shared},
        "b": {"shared": shared},
        "c": {},
    }
    return {name: {**common, **each} for name, each in own.items()}


def _check(model: Model, covers: Sequence[Pixels]) -> None:
    if not len(covers):
        raise ValueError("the e-mail run needs at least one cover, but there is none")
    for cover in covers:
        fits = cover.ndim == 3 and cover.shape[2] == model.agents.channels
        if not fits or min(cover.shape[:2]) < TILE:
            channels = model.agents.channels
            raise ValueError(
                f"a cover has the shape {cover.shape}, but must be [height, width, {channels}] "
                f"with {TILE} pixels a side or more"
            )


def _message(model: Model, text: str | None, layer: str) -> tuple[str, bytes]:
    rows, columns = model.agents.message_shape(TILE, TILE)
    length = rows * columns // 8
    if text is None:
        text = TEXT * (length // len(TEXT) if layer == RAW else 1)
    message = text.encode("utf-8")
    if layer == RAW and len(message) != length:
        raise ValueError(
            f"the text has {len(message)} bytes, but a tile of {model.name} takes exactly {length}"
        )
    return text, message


def _write(folder: Path, number: int, cover: Pixels, layer: str) -> Path:
    """A cover's file for A; of the raw layer's, the tile in the middle."""
    if layer == RAW:
        top, left = ((side - TILE) // 2 for side in cover.shape[:2])
        cover = cover[top : top + TILE, left : left + TILE]
    path = folder / f"cover-{number:04}.png"
    Image.fromarray(cover[..., 0] if cover.shape[-1] == 1 else cover).save(path)
    return path


def _shared_key(layer: str, seed: int | None) -> bytes:
    if layer == PAYLOAD:
        return secrets.token_bytes(SECRET_BYTES)
    if seed is None:
        return secrets.token_bytes(NEURAL_BYTES)
    return np.random.default_rng([seed, 12]).bytes(NEURAL_BYTES)


def _converse(folder: Path, orders: dict[str, dict[str, Any]], end: float) -> dict[str, Any]:
    """Let the machines work until all have answered; their answers by name."""
    for name in orders:
        mailbox.Maildir(folder / name, create=True)
    with ExitStack() as running:
        server = running.enter_context(_started(folder, "server", {"folder": str(folder)}))
        port = int(_first_line(server, folder, end))
        waiting = {}
        for name, order in orders.items():
            own = {**order, "port": port, "box": str(folder / name)}
            waiting[name] = running.enter_context(_started(folder, name, own))
        answers: dict[str, Any] = {}
        while waiting:
            for name, process in list(waiting.items()):
                if process.poll() is not None:
                    answers[name] = _answer(folder, name, waiting.pop(name).returncode)
            if waiting:
                _wait(end, f"machine {', '.join(waiting).upper()}")
    return answers


@contextmanager
def _started(folder: Path, role: str, order: dict[str, Any]) -> Iterator[subprocess.Popen[bytes]]:
    """A role's process, which is killed if it has not ended by itself.

    What it prints goes to files, so that no full pipe can hold it up. Its standard input stays
    open: that it ends, as it also does when this process dies, ends the server.
    """
    package = str(Path(__file__).resolve().parents[2])
    paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
    command = [sys.executable, "-m", "keystego_tf.evaluation.integrity_roles", role]
    with _file(folder, role, "out").open("wb") as out, _file(folder, role, "err").open("wb") as err:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=err,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
    stdin: Any = process.stdin
    try:
        with suppress(BrokenPipeError):  # it has failed already, and its answer says why
            stdin.write(json.dumps(order).encode() + b"\n")
            stdin.flush()
        yield process
    finally:
        process.kill()  # nothing happens to one that has ended
        process.wait()
        with suppress(BrokenPipeError):
            stdin.close()


def _file(folder: Path, role: str, stream: str) -> Path:
    return folder / f"{role}.{stream}"


def _first_line(server: subprocess.Popen[bytes], folder: Path, end: float) -> str:
    path = _file(folder, "server", "out")
    while not path.read_bytes().endswith(b"\n"):
        if server.poll() is not None:
            _answer(folder, "server", server.returncode)
        _wait(end, "the mail server")
    return path.read_text()


def _wait(end: float, whom: str) -> None:
    if time.monotonic() > end:
        raise TimeoutError(f"the e-mail run took too long: {whom} did not finish in time")
    time.sleep(INTERVAL)


def _answer(folder: Path, role: str, code: int) -> Any:
    """What a process answered; ValueError, naming it, if it could not do its work."""
    name = "the mail server" if role == "server" else f"machine {role.upper()}"
    try:
        answer = json.loads(_file(folder, role, "out").read_text())
    except ValueError:  # a bug of ours, or it was killed: its last words say more
        words = _file(folder, role, "err").read_text(errors="replace").strip().splitlines()
        raise RuntimeError(
            f"{name} ended with code {code}: {words[-1] if words else 'it says nothing'}"
        ) from None
    if code:
        raise ValueError(f"{name}: {answer['error']}")
    return answer


def _readings(answers: dict[str, Any]) -> Iterator[tuple[str, list[str | None]]]:
    yield "b", answers["b"]["read"]
    yield "c", answers["c"]["read"]
    if answers["c"]["under_public_key"]:
        yield "c_under_public_key", answers["c"]["under_public_key"]


def _reading(found: list[str | None], message: bytes, layer: str) -> Reading:
    read = [None if each is None else bytes.fromhex(each) for each in found]
    exact = statistics.share(sum(each == message for each in read), len(read))
    text = None if read[0] is None else read[0].decode("utf-8", "replace")
    if layer == PAYLOAD:
        return Reading(None, exact, text)
    correct = np.stack([to_bits(each or b"") == to_bits(message) for each in read])
    return Reading(statistics.bit_accuracy(correct), exact, text)
