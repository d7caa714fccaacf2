"""Part three of the campaign: the raw bits of the nets under a user's key that is one bit off.

The tag and the error correction are left out: what counts is the share of the hidden bits that Bob
reads right, under the neural keys that follow from the wrong key and the right opening.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import numpy as np
from campaign_covers import random_cover
from campaign_wrong import flipped

from keystego_tf.bundles.catalogue import Model, bundled
from keystego_tf.bundles.runner import lite_runner
from keystego_tf.codec import DoesNotFit, capacity, hide, new_pair
from keystego_tf.codec.choice import samples
from keystego_tf.codec.reader import Opening, Reader
from keystego_tf.codec.tiles import Grid, body_key
from keystego_tf.io import images
from keystego_tf.payload.frame import PARITY, pack
from keystego_tf.payload.keys import SecretKey, SharedKey
from keystego_tf.payload.places import compose
from keystego_tf.payload.root import root_of

#: What the share must lie within, in percent; images of a tile or two give 1,000 bits and more.
EXPECTED, MARGIN = 50.0, 0.5


def raw(
    count: int, photos: list[Path], folder: Path, rng: np.random.Generator, tick: Callable[[], Any]
) -> dict[str, Any]:
    """Shares of right bits over ``count`` images, all models in turn; ``failed`` if off 50 %."""
    pair = new_pair()
    right: dict[str, list[tuple[float, float, int]]] = {}
    models, refused = bundled(), []
    for number in range(count):
        model = models[number % len(models)]
        shared = SharedKey.generate()
        to, key = (pair[1], pair[0]) if model.agents.asymmetric else (shared, shared)
        cover_name, cover = random_cover(rng, photos, 400)
        room = capacity(cover, model.name)[0].message or 0
        message = rng.bytes(room)  # as many known bits as there can be
        given = {"to": to} if model.agents.asymmetric else {"key": to}
        tick()
        try:
            stego = hide(cover, message, model=model.name, **given)
        except DoesNotFit:
            refused.append({"number": number, "cover": cover_name, "model": model.name})
            continue
        grid = Grid(samples(images.read_exact(stego.file), model))
        hidden = _Hidden(model, key, grid, message, PARITY.index(stego.parity))
        off = flipped(key, int(rng.integers(256)))
        found = right.setdefault(model.name, [])
        found.append((hidden.share(off), hidden.share(key), hidden.bits))
    every = [each for found in right.values() for each in found]
    summary = _interval([share for share, _, _ in every])
    failed = [] if abs(summary["percent"] - EXPECTED) <= MARGIN else [summary]
    return {
        "tried": count,
        "refused": refused,
        "failed": failed,
        "bits": sum(bits for _, _, bits in every),
        "one bit off": summary,
        "right key": _interval([share for _, share, _ in every]),
        "models": {name: _interval([each[0] for each in found]) for name, found in right.items()},
    }


class _Hidden:
    """The bits that stand in an image's tiles, as far as the message settles them."""

    def __init__(
        self, model: Model, key: SharedKey | SecretKey, grid: Grid, message: bytes, level: int
    ) -> None:
        self.runner, self.grid = lite_runner(model), grid
        reader = Reader(self.runner, key)
        self.opening, self.first = _true_opening(reader, grid, message), reader.shape.first
        root = root_of(key, self.opening.content)
        layout = reader.shape.layout(grid.count, self.opening.tile)
        # slots that chance fills differ between these two
        zeros, ones = (
            compose(pack(message), root, level, layout, lambda n, b=byte: bytes([b]) * n)
            for byte in (0, 255)
        )
        self.tiles = [(tile, bits, bits == other) for (tile, bits), (_, other) in zip(zeros, ones)]
        self.bits = int(sum(known.sum() for _, _, known in self.tiles))

    def share(self, key: SharedKey | SecretKey) -> float:
        """The share of the known bits that Bob reads right, in percent."""
        root, right = root_of(key, self.opening.content), 0
        for tile, bits, known in self.tiles:
            read = self.runner.read(self.grid[tile], *body_key(self.runner, root, tile)) > 0.5
            inside = read[self.first :] if tile == self.opening.tile else read
            right += int((inside == bits)[known].sum())
        return 100 * right / self.bits


def _true_opening(reader: Reader, grid: Grid, message: bytes) -> Opening:
    for opening in reader.openings(grid):
        try:
            if reader.message(grid, opening)[0] == message:
                return opening
        except ValueError:
            continue
    raise RuntimeError("the right key does not read the image")


def _interval(shares: list[float]) -> dict[str, float]:
    """The mean over images in percent, and half the width of its 95 % confidence interval."""
    values = np.array(shares)
    half = 1.96 * values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else float("nan")
    return {"percent": float(values.mean()), "interval_95": float(half), "images": len(values)}
