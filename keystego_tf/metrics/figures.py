"""Measure a scheme on unseen photos: bit accuracy, PSNR, SSIM, samples changed.

Everything is measured on the real artefact: each stego image is rounded to 8 bits, written as a
PNG and read again before Bob sees it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..backend import tf
from ..config import AgentsConfig
from ..data.bits import BitMap
from . import statistics
from .agents import Pixels, hidden, hits, random_keys, read, stack
from .statistics import Estimate

Figures = dict[str, Estimate]

#: Changes a stego image on its way: uint8 [H, W, C] in and out; the generator gives the chance.
Disturbance = Callable[[Pixels, np.random.Generator], Pixels]


def measure(
    agents: Any,
    scheme: AgentsConfig,
    tiles: Iterable[Pixels],
    disturbances: Mapping[str, Disturbance] | None = None,
    seed: int = 0,
) -> tuple[Figures, dict[str, Pixels]]:
    """Measure a scheme on cover tiles; return figures and the first example.

    Args:
        agents: anything with ``alice``, ``mask`` and ``decode``, such as a bundle's agents. Those
            without a Bob have ``simulated`` (``methods.Agents``).
        scheme: gives the shapes of message and key.
        tiles: uint8 [H, W, C], all of one size.
        disturbances: by name; each adds a figure of the right key after it.
        seed: of messages and keys.

    Returns:
        Figures: shares of 1, MSE in squared 8-bit steps, PSNR in dB. Then ``cover`` and ``stego``
        of the first tile, uint8 [H, W, C].

    Raises:
        ValueError: there are no tiles.
    """
    given = list(tiles)
    if not given:
        raise ValueError("measuring needs at least one cover, but there is none")
    covers = stack(given)
    if getattr(agents, "bob", True) is None:
        stego = agents.simulated(covers, seed)
        return invisibility(covers, stego), {"cover": covers[0], "stego": stego[0]}
    rng = np.random.default_rng([seed, len(covers)])
    message, secret_key, public_key, stego = hidden(agents, scheme, covers, rng)
    wrong_key = random_keys(rng, scheme, covers)

    def right(images: Pixels, key: BitMap) -> NDArray[np.bool_]:
        return hits(read(agents, images, key, public_key), message)

    keys = _bob_keys(secret_key, wrong_key, public_key, rng)
    if not scheme.asymmetric:
        del keys["public_key_alone"]
    correct = {name: right(stego, key) for name, key in keys.items()}
    for name, disturb in (disturbances or {}).items():
        arrived = np.stack([disturb(image, rng) for image in stego])
        correct[f"right_key, {name}"] = right(arrived, secret_key)
    figures = {name: statistics.bit_accuracy(each) for name, each in correct.items()}
    perfect = correct["right_key"].all(axis=1)
    figures["images_without_error"] = statistics.share(int(perfect.sum()), len(perfect))
    figures.update(invisibility(covers, stego))
    return figures, {"cover": covers[0], "stego": stego[0]}


def invisibility(cover: Pixels, stego: Pixels, sources: ArrayLike | None = None) -> Figures:
    """Return MSE, PSNR and SSIM as means over images, and the share of samples changed.

    PSNR is the mean of the images' own. An unchanged image has infinite PSNR, and then so has the
    mean.

    Args:
        cover: uint8 [images, H, W, C].
        stego: uint8 [images, H, W, C].
        sources: [images], equal for tiles of one photo; by default each has its own.

    Returns:
        Figures: MSE in squared 8-bit steps, PSNR in dB, SSIM and the share of 1.
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
        "mse": statistics.mean(mse, sources),
        "psnr": statistics.mean(psnr, sources),
        "ssim": statistics.mean(ssim, sources),
        "samples_changed": statistics.mean(np.mean(difference != 0, axis=axes), sources),
    }


def _bob_keys(
    secret_key: BitMap, wrong_key: BitMap, public_key: BitMap, rng: np.random.Generator
) -> dict[str, BitMap]:
    """Return the keys that Bob is given in place of the secret one, by the name of their figure."""
    changed = secret_key.copy()
    rows, columns = (rng.integers(0, side, len(changed)) for side in changed.shape[1:3])
    changed[np.arange(len(changed)), rows, columns] *= -1
    return {
        "right_key": secret_key,
        "wrong_key": wrong_key,
        "one_bit_changed": changed,
        "inverted_key": -secret_key,
        "public_key_alone": public_key,
    }


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
    """Return figures as an aligned text table, a row each, with 95 % intervals."""
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
    """Return figures for JSON: value, low, high, images of each; what is not finite is None."""
    return {
        name: {key: n if math.isfinite(n) else None for key, n in asdict(estimate).items()}
        for name, estimate in figures.items()
    }
