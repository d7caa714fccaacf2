"""The processes of the e-mail run (integrity.py): the mail server, and the machines A, B and C.

    python -m keystego_tf.evaluation.integrity_roles server|a|b|c

The first line of standard input is the order, a JSON object. The answer is a JSON object on
standard output (the server's is its port); ``{"error": text}`` and exit code 1 for what a user can
cause. TensorFlow is not loaded.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .. import codec
from ..bundles.catalogue import open_model
from ..bundles.runner import Pixels, Runner, lite_runner
from ..codec.tiles import to_bits, to_bytes
from ..io import images
from ..payload.frame import NothingThere
from ..payload.keys import PublicKey, SharedKey, parse
from . import integrity_mail as mail

#: Subjects of the mails.
KEY, PHOTO = "My public key", "A photo"

RAW, PAYLOAD = "raw", "payload"


class Role:
    """What all machines have: the model, a mailbox, and the order.

    The order has ``model`` (folder), ``layer``, ``port``, ``box``, ``timeout``, ``seed``, ``mails``
    (how many), for A ``covers`` (paths) and ``message`` (hex), for A and B ``shared`` (hex): the
    key that both have, empty in the asymmetric scheme.
    """

    def __init__(self, order: dict[str, Any]) -> None:
        self.order = order
        self.raw = order["layer"] == RAW
        self.model = open_model(Path(order["model"]))
        self.asymmetric = self.model.agents.asymmetric
        self.box = mail.Box(Path(order["box"]))

    @cached_property
    def runner(self) -> Runner:
        return lite_runner(self.model)

    def send(self, role: str, others: list[str], subject: str, name: str, file: bytes) -> None:
        mail.send(self.order["port"], role, others, subject, name, file)

    def wait(self, subject: str, count: int) -> list[bytes]:
        return self.box.wait(subject, count, self.order["timeout"])

    def tile(self, file: bytes) -> Pixels:
        return images.read_exact(file).rgb_u8[..., : self.model.agents.channels]

    def random_key(self, number: int) -> bytes:
        """A key map: by the run's seed, each number a key of its own, or else by the system."""
        rows, columns = self.runner.key_shape
        if self.order["seed"] is None:
            return os.urandom(rows * columns // 8)
        return np.random.default_rng([self.order["seed"], 11, number]).bytes(rows * columns // 8)

    def read(self, file: bytes, key: Any, public: bytes) -> str | None:
        """What Bob reads with a secret key, in hex; None where the payload layer finds nothing."""
        if self.raw:
            other = to_bits(public) if public else None
            bits = self.runner.read(self.tile(file), to_bits(key), other) > 0.5
            return to_bytes(bits).hex()
        try:
            return codec.reveal(file, key=key, model=self.order["model"]).hex()
        except NothingThere:
            return None


def role_a(role: Role) -> dict[str, Any]:
    """Alice: takes the shared key or B's public one, and sends a stego image for each cover."""
    key = bytes.fromhex(role.order["shared"])
    if role.asymmetric:
        (key,) = role.wait(KEY, 1)
    message, sizes = bytes.fromhex(role.order["message"]), []
    for path in role.order["covers"]:
        file = (_hide_raw if role.raw else _hide_payload)(role, path, message, key)
        role.send("a", ["b", "c"], PHOTO, "photo.png", file)
        sizes.append(len(file))
    return {"bytes_sent": sizes}


def _hide_raw(role: Role, path: str, message: bytes, key: bytes) -> bytes:
    cover = images.read(path).rgb_u8[..., : role.model.agents.channels]
    stego = role.runner.hide(cover, to_bits(message), to_bits(key))
    file = io.BytesIO()
    Image.fromarray(stego[..., 0] if stego.shape[-1] == 1 else stego).save(file, "PNG")
    return file.getvalue()


def _hide_payload(role: Role, path: str, message: bytes, key: bytes) -> bytes:
    if not role.asymmetric:
        return codec.hide(path, message, key=SharedKey(key), model=role.order["model"]).file
    receiver = parse(key.decode("ascii"))
    if not isinstance(receiver, PublicKey):
        raise ValueError("what B sent is a key, but not a public one")
    return codec.hide(path, message, to=receiver, model=role.order["model"]).file


def role_b(role: Role) -> dict[str, Any]:
    """Bob: makes the key pair, sends the public half to everybody, and reads with the other."""
    shared, public = bytes.fromhex(role.order["shared"]), b""
    key: Any = shared if role.raw or role.asymmetric else SharedKey(shared)
    if role.asymmetric:
        if role.raw:
            key = role.random_key(0)
            public = to_bytes(role.runner.mask(to_bits(key)))
        else:
            key, half = codec.new_pair(role.model)
            public = half.to_text().encode("ascii")
        role.send("b", ["a", "c"], KEY, "key.pub", public)
    files = role.wait(PHOTO, role.order["mails"])
    return {"read": [role.read(file, key, public) for file in files]}


def role_c(role: Role) -> dict[str, Any]:
    """The eavesdropper: the same Bob, the public key, and for each mail a secret key made up.

    In the asymmetric scheme he also puts the public key in the place of Bob's mask.
    """
    public = role.wait(KEY, 1)[0] if role.asymmetric else b""
    read, under = [], []
    for number, file in enumerate(role.wait(PHOTO, role.order["mails"]), 1):
        read.append(role.read(file, _made_up(role, number), public))
        if role.raw and role.asymmetric and role.model.agents.key_path == "wide":
            bits = role.runner.read_under(role.tile(file), to_bits(public)) > 0.5
            under.append(to_bytes(bits).hex())
    return {"read": read, "under_public_key": under}


def _made_up(role: Role, number: int) -> Any:
    if role.raw:
        return role.random_key(number)
    return codec.new_pair(role.model)[0] if role.asymmetric else SharedKey.generate()


ROLES = {"a": role_a, "b": role_b, "c": role_c}


def main(name: str) -> int:
    order = json.loads(sys.stdin.readline())
    try:
        if name == "server":
            asyncio.run(mail.serve(Path(order["folder"])))
            return 0
        answer, code = ROLES[name](Role(order)), 0
    except (ValueError, OSError, ImportError) as error:
        answer, code = {"error": str(error) or type(error).__name__}, 1
    print(json.dumps(answer))
    return code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
