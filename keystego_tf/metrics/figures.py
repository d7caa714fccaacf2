"""What a scheme does to photos that it has not seen: bits right, PSNR, SSIM, samples changed.

Everything is measured on the real artefact: each stego image is rounded to 8 bits, written as a
PNG and read again before Bob sees it.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Callable, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..backend import tf
from ..data.bits import random_bits
from . import statistics
from .statistics import Estimate

#: Images that go through the agents at a time.
BATCH = 10

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Figures = dict[str, Estimate]

#: What happens to a stego image on its way: uint8 [H, W, C] in and out; the generator draws.
Disturbance = Callable[[Pixels, np.random.Generator], Pixels]


class Scheme(Protocol):
    """What the figures need to know of a scheme: the sides of its maps, and whether pk differs."""

    @property
    def asymmetric(self) -> bool: ...

    def message_shape(self, height: int, width: int) -> tuple[int, int]: ...

    def key_shape(self, height: int, width: int) -> tuple[int, int]: ...


def measure(
    agents: Any,
    scheme: Scheme,
    tiles: Iterable[Pixels],
    disturbances: Mapping[str, Disturbance] | None = None,
    seed: int = 0,
) -> tuple[Figures, dict[str, Pixels]]:
    """Measure a scheme on cover tiles; returns figures and the first example.

    Args:
        agents: with ``alice``, ``mask`` and ``decode``, as of a bundle.
        scheme: gives the shapes of message and key.
        tiles: uint8 [H, W, C], all of one size.
        disturbances: by name, each adds a figure of the right key after it.
        seed: of messages and keys.

    Returns:
        Figures, shares of 1, MSE in squared 8-bit steps, PSNR in dB; and ``cover`` and ``stego``
        of the first tile, uint8 [H, W, C].

    Raises:
        ValueError: if there are no tiles.
    """
    covers = [np.asarray(tile) for tile in tiles]
    if not covers:
        raise ValueError("measuring needs at least one cover, but there is none")
    rng = np.random.default_rng([seed, len(covers)])
    reads: dict[str, list[NDArray[np.bool_]]] = {}
    stegos: list[Pixels] = []
    for start in range(0, len(covers), BATCH):
        batch = np.stack(covers[start : start + BATCH])
        sides = batch.shape[1:3]
        message = random_bits(rng, len(batch), scheme.message_shape(*sides))
        secret_key, wrong_key = (
            random_bits(rng, len(batch), scheme.key_shape(*sides)) for _ in range(2)
        )
        public_key = np.asarray(agents.mask(secret_key))
        stego = stego_of(agents, batch, message, public_key)
        stegos.extend(stego)
        for name, key in _bob_keys(secret_key, wrong_key, public_key, rng):
            if name != "public_key_alone" or scheme.asymmetric:
                reads.setdefault(name, []).append(_read(agents, stego, key, public_key, message))
        for name, disturb in (disturbances or {}).items():
            arrived = np.stack([disturb(image, rng) for image in stego])
            hits = _read(agents, arrived, secret_key, public_key, message)
            reads.setdefault(f"right_key, {name}", []).append(hits)
    correct = {name: np.concatenate(each) for name, each in reads.items()}
    figures = {name: statistics.bit_accuracy(each) for name, each in correct.items()}
    perfect = correct["right_key"].all(axis=1)
    figures["images_without_error"] = statistics.share(int(perfect.sum()), len(perfect))
    figures.update(invisibility(np.stack(covers), np.stack(stegos)))
    return figures, {"cover": covers[0], "stego": stegos[0]}


def invisibility(cover: Pixels, stego: Pixels) -> Figures:
    """MSE, PSNR (dB) and SSIM as means over images, and the share of samples changed.

    cover, stego: uint8 [images, H, W, C]. PSNR is the mean of the images' own; of an image that
    is not changed at all it is infinite, and then so is the mean.
    """
    difference = cover.astype(np.float64) - stego
    axes = (1, 2, 3)
    mse = np.mean(difference**2, axis=axes)
    with np.errstate(divide="ignore"):
        psnr = 10 * np.log10(255**2 / mse)
    ssim = [
        tf.image.ssim(tf.constant(a[None]), tf.constant(b[None]), 255)[0].numpy()
        for a, b in zip(cover, stego)
    ]
    return {
        "mse": statistics.mean(mse),
        "psnr": statistics.mean(psnr),
        "ssim": statistics.mean(ssim),
        "samples_changed": statistics.mean(np.mean(difference != 0, axis=axes)),
    }


def stego_of(agents: Any, cover: Pixels, message: Floats, key: Floats) -> Pixels:
    """Alice's stego images as they come back from PNG files, uint8 [batch, H, W, C]."""
    images = agents.alice([cover.astype(np.float32) / 255, message, key], training=False)
    return np.stack([_through_png(each) for each in np.round(np.asarray(images) * 255)])


def _through_png(image: Floats) -> Pixels:
    pixels = image.astype(np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stego.png"
        Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(path)
        with Image.open(path) as file:
            return np.asarray(file).reshape(pixels.shape)


def _bob_keys(
    secret_key: Floats, wrong_key: Floats, public_key: Floats, rng: np.random.Generator
) -> list[tuple[str, Floats]]:
    """The keys that Bob is given in place of the secret one, by the name of their figure."""
    changed = secret_key.copy()
    rows, columns = (rng.integers(0, side, len(changed)) for side in changed.shape[1:3])
    changed[np.arange(len(changed)), rows, columns] *= -1
    return [
        ("right_key", secret_key),
        ("wrong_key", wrong_key),
        ("one_bit_changed", changed),
        ("inverted_key", -secret_key),
        ("public_key_alone", public_key),
    ]


def _read(
    agents: Any, stego: Pixels, key: Floats, public_key: Floats, message: Floats
) -> NDArray[np.bool_]:
    """Which message bits Bob reads right with ``key``: [batch, bits]."""
    bits = np.asarray(agents.decode(stego.astype(np.float32) / 255, key, public_key)) > 0.5
    return (bits == (message > 0)).reshape(len(stego), -1)


LABELS = {
    "right_key": "bits right, right key",
    "wrong_key": "bits right, wrong key",
    "one_bit_changed": "bits right, key with one bit changed",
    "inverted_key": "bits right, inverted key",
    "public_key_alone": "bits right, public key in place of the secret one",
    "images_without_error": "images without one wrong bit",
    "mse": "MSE (squared 8-bit steps)",
    "psnr": "PSNR (dB)",
    "ssim": "SSIM",
    "samples_changed": "samples changed",
}


def table(figures: Figures) -> str:
    """Figures as an aligned text table, a row each, with 95 % intervals."""
    rows = [("figure", "value", "95 % interval")]
    for name, estimate in figures.items():
        label = LABELS.get(name) or name.replace("right_key", LABELS["right_key"])
        percent = name not in ("mse", "psnr", "ssim")
        shown = estimate.scaled(100) if percent else estimate
        unit = " %" if percent else ""
        digits = 4 if name == "ssim" or shown.value > 99 else 3 if name == "mse" else 2
        value, low, high = (f"{x:.{digits}f}" for x in (shown.value, shown.low, shown.high))
        rows.append((label, f"{value}{unit}", f"{low} to {high}{unit}"))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(line.rstrip() for line in lines)


def to_dict(figures: Figures) -> dict[str, dict[str, Any]]:
    """Figures for JSON: value, low, high, images of each; what is not finite is None."""
    return {
        name: {key: n if math.isfinite(n) else None for key, n in asdict(estimate).items()}
        for name, estimate in figures.items()
    }
