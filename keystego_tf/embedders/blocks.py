"""Put bits into 8 x 8 blocks, to survive recompression (docs/format.md, section 11).

All blocks of the image can carry bits. A *modulator* puts bits into one block: QIM (``qim``) is
one, nets that read lattices are another. This module decides which block carries which bit, and
under which key.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..io.jpeg import transform
from ..payload.code import Bits, Probabilities
from ..payload.correction import SOFT
from ..payload.derivation import chosen, stream
from ..payload.frame import NothingThere
from ..payload.layout import code_opening, opening_doubt, read_opening
from ..payload.ldpc import STRONGEST, Ldpc
from .embedder import Opening, Pixels

#: Side of a block in pixels, that of JPEG.
SIDE = 8

#: For ``settled``: how far random noise spreads samples, how often it rounds, and the share of the
#: missing change that it adds each time.
PARTED, ROUNDS, STRIDE = 0.25, 8, 0.6

#: Numbers from a key stream, float32 [blocks, Modulator.phases], multiples of 1/256 in [0, 1).
Phases = NDArray[np.float32]
#: Numbers of blocks, row by row from the upper left corner: int64 [n].
Blocks = NDArray[np.int64]
Floats = NDArray[np.float32]


class Modulator(Protocol):
    """Puts bits into blocks, and reads them with their certainty. Its only key is the phases.

    ``name``: for users; ``identity``: used in every derivation of keys; ``channels``: 1, 3, or None
    for either; ``bits``: that a block carries; ``phases``: how many numbers of the key stream each
    block takes; ``readings``: ways to read (with different steps, say) that a reader tries, from 0.
    """

    name: str
    identity: str
    channels: int | None
    bits: int
    phases: int
    readings: int

    def see(self, image_u8: Pixels) -> Floats:
        """Compute what reading needs of every block, whatever the key: float32 [blocks, ...].

        ``image_u8`` is uint8 [H, W, C]. Rows and columns beyond multiples of SIDE are ignored.
        """

    def read(self, seen: Floats, phases: Phases, blocks: Blocks, reading: int) -> Floats:
        """Return log-likelihood ratios, above 0 for a 1: float32 [n, bits].

        ``seen``: from ``see``, all blocks; ``phases``: float32 [all blocks, phases]; ``blocks``:
        the ones to read.
        """

    def write(self, image_u8: Pixels, wanted: NDArray[np.int8], phases: Phases) -> Floats:
        """Put bits into an image; return float32 [H, W, C], not yet rounded.

        The samples lie in [0, 255], apart from small excesses that are clipped. Samples that need
        not change are left exactly as they are: a JPEG file then keeps their coefficients. Strength
        and reading are fixed when the modulator is made.

        ``wanted``: int8 [blocks, bits], 1 for a 1, -1 for a 0, 0 for no bit; ``phases``: as in
        ``read``.
        """

    def filters(self, channels: int) -> Floats:
        """Return filters whose products with a block's samples carry its bits.

        float32 [64 channels, n], ordered by rows of a block, then columns, then channels.
        """


class BlockEmbedder:
    """A modulator over the blocks of an image: an ``embedder.Embedder``."""

    scheme: str | None = None
    correction = SOFT

    def __init__(self, modulator: Modulator) -> None:
        self.modulator = modulator
        self.name, self.identity = modulator.name, modulator.identity
        self.channels = modulator.channels
        self._last: tuple[Any, Any] = (None, None)

    def holds(self, shape: tuple[int, ...], opening: int) -> int:
        blocks = (shape[0] // SIDE) * (shape[1] // SIDE)
        return (blocks - self._opening_blocks(opening)) * self.modulator.bits

    def embed(
        self, image: Pixels, opening: bytes, locator: bytes, root: bytes, bits: Bits
    ) -> Pixels:
        samples = self.place(image, opening, locator, root, bits)
        return settled(samples, image, self.modulator.filters(image.shape[-1]))

    def place(
        self, image: Pixels, opening: bytes, locator: bytes, root: bytes, bits: Bits
    ) -> Floats:
        """Do what ``embed`` does, but without rounding: float32 [H, W, C]."""
        count = _count(image)
        first, slots = self._layout(count, len(opening), locator, root, len(bits))
        coded = code_opening(opening, locator, self.identity, SOFT).astype(np.int8)
        wanted = np.zeros((count, self.modulator.bits), np.int8)
        here = np.zeros(len(first) * self.modulator.bits, np.int8)
        here[: len(coded)] = 2 * coded - 1
        wanted[first] = here.reshape(len(first), -1)
        wanted.reshape(-1)[slots] = 2 * bits.astype(np.int8) - 1
        phases = self._phases(root, "phases", count)
        phases[first] = self._phases(locator, "opening phases", count)[first]
        return self.modulator.write(image, wanted, phases)

    def openings(self, image: Pixels, locator: bytes, length: int) -> Iterator[Opening]:
        seen, count = self._seen(image), SOFT.opening.coded(length)
        blocks = self._first(len(seen), length, locator)
        phases = self._phases(locator, "opening phases", len(seen))
        found = []
        for reading in range(self.modulator.readings):
            odds = self.modulator.read(seen, phases, blocks, reading).reshape(-1)[:count]
            likely = _probabilities(odds)
            doubt = opening_doubt(likely, locator, self.identity, Ldpc(STRONGEST), length)
            found.append((doubt, reading, likely))
        # lattices with common steps read each other's openings, with more errors
        for _, reading, likely in sorted(found, key=lambda each: each[0]):
            try:
                content, _ = read_opening(likely, locator, self.identity, SOFT, length)
            except NothingThere:
                continue
            yield Opening(content, reading)

    def read(
        self,
        image: Pixels,
        opening: Opening,
        locator: bytes,
        root: bytes,
        first: int,
        count: int,
    ) -> Probabilities:
        seen, bits = self._seen(image), self.modulator.bits
        length = len(opening.content)
        slots = self._layout(len(seen), length, locator, root, first + count)[1][first:]
        blocks, places = np.unique(slots // bits, return_inverse=True)
        phases = self._phases(root, "phases", len(seen))
        odds = self.modulator.read(seen, phases, blocks, opening.place)
        return _probabilities(odds[places, slots % bits])

    def _seen(self, image: Pixels) -> Floats:
        """Return what the modulator sees, computed once for all parts of an image."""
        if self._last[0] is not image:
            self._last = image, self.modulator.see(image)
        seen: Floats = self._last[1]
        return seen

    def _opening_blocks(self, length: int) -> int:
        return -(-SOFT.opening.coded(length) // self.modulator.bits)

    def _first(self, blocks: int, length: int, locator: bytes) -> Blocks:
        """Return the blocks of the opening."""
        label = f"{self.identity} opening blocks"
        return chosen(locator, label, blocks, self._opening_blocks(length))

    def _layout(
        self, blocks: int, length: int, locator: bytes, root: bytes, count: int
    ) -> tuple[Blocks, NDArray[np.int64]]:
        """Return the opening's blocks, and the slots of header and body: block * bits + number."""
        first, bits = self._first(blocks, length, locator), self.modulator.bits
        taken = np.zeros(blocks, bool)
        taken[first] = True
        order = chosen(root, f"{self.identity} slots", blocks * bits, count + len(first) * bits)
        return first, order[~taken[order // bits]][:count]

    def _phases(self, secret: bytes, label: str, blocks: int) -> Phases:
        content = stream(secret, f"{self.identity} {label}", 0, blocks * self.modulator.phases)
        numbers = np.frombuffer(content, np.uint8).astype(np.float32) / np.float32(256)
        return numbers.reshape(blocks, self.modulator.phases)


def settled(
    samples: Floats, cover_u8: Pixels, filters: Floats, rng: np.random.Generator | None = None
) -> Pixels:
    """Round samples so that the blocks keep the coefficients that they were given.

    Plain rounding removes small changes, and moves a coefficient by up to two, as far as JPEG at a
    high quality does. So the missing change is added and the sum rounded again, a few times.
    Samples that change alike would all be rounded alike, so random noise spreads them first.

    Args:
        samples: float32 [H, W, C], from ``Modulator.write``.
        cover_u8: uint8 [H, W, C]. Blocks that equal the cover's are not changed.
        filters: float32 [64 C, n], for the coefficients.
        rng: source of the noise.
    """
    rng = np.random.default_rng() if rng is None else rng
    found = np.clip(np.rint(samples), 0, 255).astype(np.uint8)
    flat, cover = (transform.flattened(each).astype(np.float32) for each in (samples, cover_u8))
    changed = np.flatnonzero((flat != cover).any(axis=1))
    flat, back = flat[changed], np.linalg.pinv(filters).astype(np.float32)
    wanted = flat @ filters
    flat = flat + rng.uniform(-PARTED, PARTED, flat.shape).astype(np.float32)
    best, least = np.empty_like(flat), np.full(len(flat), np.inf, np.float32)
    for _ in range(ROUNDS):
        whole = np.clip(np.rint(flat), 0, 255)
        lacks = wanted - whole @ filters
        away = np.abs(lacks).max(axis=1, initial=0)
        better = away < least
        best[better], least[better] = whole[better], away[better]
        flat += STRIDE * lacks @ back
    whole = cover.copy()
    whole[changed] = best
    rows, columns = samples.shape[0] // SIDE, samples.shape[1] // SIDE
    parts = whole.reshape(rows, columns, SIDE, SIDE, -1)
    found[: rows * SIDE, : columns * SIDE] = transform.joined(parts)
    return found


def _count(image: Pixels) -> int:
    return (image.shape[0] // SIDE) * (image.shape[1] // SIDE)


def _probabilities(odds: Floats) -> Probabilities:
    return (1 / (1 + np.exp(-np.clip(odds, -15, 15)))).astype(np.float32)
