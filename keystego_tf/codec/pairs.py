"""Key pairs for the asymmetric scheme."""

from __future__ import annotations

import os

import numpy as np

from ..bundles.catalogue import TILE, Model, bundled
from ..bundles.runner import Pixels, lite_runner
from ..payload.keys import PublicKey, SecretKey
from ..payload.root import OPENING_BYTES
from .reader import CERTAIN, Reader
from .sender import Sender
from .tiles import Grid, to_bits, to_bytes

#: Key pairs that are drawn before giving up, and openings that each has to read.
DRAWS, OPENINGS = 200, 4


def new_pair(model: Model | None = None) -> tuple[SecretKey, PublicKey]:
    """A fresh key pair for a model's pK generator, by default that of the bundled models.

    Bob works a public key out from the secret one, and misjudges a bit of some. Since openings have
    no error correction, pairs are drawn until he reads a few openings without an error, through
    every bundled model that has the generator. Raises ValueError for a model without a generator,
    or if no such pair turns up, as with a Bob that was hardly trained.
    """
    models = [model] if model is not None else [m for m in bundled() if m.agents.asymmetric]
    models = [each for each in models if each.generator == models[0].generator]
    if not models or not models[0].generator:
        raise ValueError("a key pair needs a model of the asymmetric scheme")
    for _ in range(DRAWS):
        secret = SecretKey.generate(models[0].generator)
        neural = lite_runner(models[0]).mask(to_bits(secret.neural))
        public = secret.public(to_bytes(neural))
        if all(_reads(each, secret, public) for each in models):
            return secret, public
    raise ValueError(
        f"Bob misreads the openings of {DRAWS} key pairs: train {models[0].name} longer"
    )


def _reads(model: Model, secret: SecretKey, public: PublicKey) -> bool:
    """Whether openings that are hidden with the public half are read with the secret one."""
    sender, reader = Sender(model, public), Reader(lite_runner(model), secret)
    cover = _easy_cover(model.agents.channels)
    for _ in range(OPENINGS):
        content = os.urandom(OPENING_BYTES["asymmetric"])
        stego = sender.hide_opening(cover, content)
        found = reader.opening(Grid(stego), 0)
        if found.content != content or found.certainty < CERTAIN / 2:
            return False
    return True


def _easy_cover(channels: int) -> Pixels:
    """Half-tone gray with a little noise: whatever is misread in it is the key's fault."""
    noise = np.random.default_rng(0).normal(128, 4, (TILE, TILE, channels))
    return np.clip(noise, 0, 255).astype(np.uint8)
