"""Hiding: an opening that reads well, the body under its keys, and a look at what came of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ..bundles.catalogue import Model
from ..bundles.runner import Bits, Pixels, Runner, lite_runner
from ..io import images
from ..io.images import Picture
from ..payload.frame import PARITY, NothingThere, Packed, cost
from ..payload.keys import PublicKey
from ..payload.places import Spent, compose, needed
from ..payload.root import Key, begin, root_of
from .choice import DoesNotFit, samples
from .embedding import effort_for, embed_tile, paint
from .reader import CERTAIN, FLOOR, Opening, Progress, Reader, no_progress
from .tiles import Grid, body_key, opening_mask, shape_of, to_bits

#: Share of the correction's power that a stego image may need when it is made, the rest being for
#: what other processors read otherwise; and what is put up with where no more correction fits.
SPARE, AT_MOST = 0.5, 0.8

#: Probability that Bob is to give a right bit, and the share of a tile's bits that may fall short:
#: the error correction is there for something.
SURE, SPARE_BITS = 0.7, 0.002

#: The same for the bits of an opening, which has no error correction: a logit just above CERTAIN.
VERY_SURE = 0.89

#: Tiles that are searched in at a time, at most: each takes some 50 MB.
THREADS = 8

#: Openings tried in each candidate tile.
TRIES = 12


@dataclass(frozen=True)
class Stego:
    """A stego image and how it came about.

    ``picture``: its samples; ``file``: the bytes of its file; ``tiles``: how many were used;
    ``psnr``: against the cover, dB; ``changed``: share of its samples; ``parity``: bytes of a
    block of up to 255; ``spent``: share of the error correction that reading it back took;
    ``effort``: of the search for few changes.
    """

    picture: Picture = field(repr=False)  # both are megabytes, which would flood a prompt
    file: bytes = field(repr=False)
    model: str
    tiles: int
    psnr: float
    changed: float
    parity: int
    spent: float
    effort: int


@dataclass(frozen=True)
class TileBits:
    """What goes into the body slots of a tile: uint8 [slots], and which of them matter."""

    number: int
    bits: Bits
    needed: NDArray[np.bool_]


@dataclass(frozen=True)
class _Made:
    """How a stego image was made: fields of Stego."""

    tiles: int
    parity: int
    effort: int


class Sender:
    """Hides one message with one model; effort: of ``embedding.EFFORTS``, None the model's own."""

    def __init__(
        self,
        model: Model,
        key: Key,
        progress: Progress = no_progress,
        effort: int | None = None,
    ) -> None:
        self.model, self.key = model, key
        self.effort = effort_for(model.agents, effort)
        self.runner: Runner = lite_runner(model)
        self.shape = shape_of(model.agents)
        self.progress = progress
        self.mask = opening_mask(self.runner, key)
        self.reader = Reader(self.runner, key, self._known_root, progress)
        self._known: tuple[bytes, bytes] = b"", b""

    def hide(self, picture: Picture, packed: Packed, message: bytes, format: str) -> Stego:
        cover = Grid(samples(picture, self.model))
        for opening, root in self._openings(cover):
            best: tuple[Spent, Stego] | None = None
            for level in range(len(PARITY)):
                layout = self.shape.layout(cover.count, opening.tile)
                bits = cost(packed.length, level)
                if bits > layout.body_bits:
                    break
                tiles = [
                    TileBits(number, values, needs)
                    for (number, values), needs in zip(
                        compose(packed, root, level, layout), needed(root, layout, bits)
                    )
                ]
                pixels = self._embed(cover, opening, root, tiles)
                made = _Made(len(tiles), PARITY[level], self.effort)
                stego = _finish(self.model, picture, pixels, format, made)
                spent = self._spent(stego, opening, root, message)
                if spent is not None and (best is None or spent.share < best[0].share):
                    best = spent, stego
                if spent is not None and spent.share <= SPARE:
                    break
            if best is not None and best[0].share <= AT_MOST:
                return replace(best[1], spent=best[0].share)
        raise DoesNotFit(
            f"the image cannot carry this message with {self.model.name}: too many bits are read "
            "wrong in it; try a shorter message, another image or another model"
        )

    def _openings(self, cover: Grid) -> Iterator[tuple[Opening, bytes]]:
        """Openings that can be read, one a candidate tile, with their roots; certain ones first."""
        doubtful = []
        for tile in cover.candidates(self.model.agents):
            best: tuple[Opening, bytes] | None = None
            for _ in range(TRIES):
                found, root = self._try_opening(cover, tile)
                if found is not None and (best is None or found.certainty > best[0].certainty):
                    best = found, root
                if best is not None and best[0].certainty >= CERTAIN:
                    break
            if best is None:
                continue
            if best[0].certainty >= CERTAIN:
                yield best[0], self._root(*best)
            elif best[0].certainty >= FLOOR:
                doubtful.append(best)
        for best in sorted(doubtful, key=lambda each: -each[0].certainty):
            yield best[0], self._root(*best)

    def _try_opening(self, cover: Grid, tile: int) -> tuple[Opening | None, bytes]:
        """An opening in a tile whose other bits are chance, if it reads; and its root, if known."""
        if isinstance(self.key, PublicKey):
            content, root = begin(self.key)
        else:
            content, root = os.urandom(self.shape.opening // 8), b""
        stego = self.hide_opening(cover[tile], content)
        found = self.reader.opening(Grid(stego), 0)
        return (replace(found, tile=tile) if found.content == content else None), root

    def _root(self, opening: Opening, root: bytes) -> bytes:
        # scrypt is slow, so a passphrase is turned into a root for a chosen opening only
        if isinstance(self.key, PublicKey):
            return root
        return root_of(self.key, opening.content)

    def _embed(self, cover: Grid, opening: Opening, root: bytes, tiles: list[TileBits]) -> Pixels:
        def embedded(tile: TileBits) -> Pixels:
            _, mask = body_key(self.runner, root, tile.number)
            here = cover[tile.number]
            if tile.number == opening.tile:
                return self.hide_opening(here, opening.content, tile, mask)
            if self.effort:
                return embed_tile(self.runner, here, tile.bits, mask, self.effort, tile.needed)
            return paint(self.runner, here, tile.bits, mask, SURE, SPARE_BITS)

        stego = Grid(cover.pixels.copy())
        # The search for a tile is NumPy's work, which leaves other threads be.
        pool = ThreadPoolExecutor(min(os.cpu_count() or 1, THREADS))
        try:
            for done, (tile, pixels) in enumerate(zip(tiles, pool.map(embedded, tiles))):
                self.progress("hiding", done, len(tiles))
                stego[tile.number] = pixels
        finally:
            pool.shutdown(cancel_futures=True)  # an interrupt does not wait for tiles to come
        self.progress("hiding", len(tiles), len(tiles))
        return stego.pixels

    def hide_opening(
        self,
        cover: Pixels,
        content: bytes,
        body: TileBits | None = None,
        mask: Bits | None = None,
    ) -> Pixels:
        """The opening tile; body: its body slots, by default chance; mask: of the body, all over
        the key map, by default chance, too."""
        shape = self.shape
        message = to_bits(os.urandom(shape.total // 8))
        message[: shape.opening] = to_bits(content)
        needs = np.zeros(shape.total, bool)
        needs[: shape.opening] = True
        if body is not None:
            message[shape.first :] = body.bits
            needs[shape.first :] = body.needed
        if mask is None:
            mask = to_bits(os.urandom(len(self.mask) // 8))
        share = shape.key_rows * self.runner.key_shape[1]
        mixed = np.concatenate([self.mask[:share], mask[share:]])
        if self.effort:
            return embed_tile(self.runner, cover, message, mixed, self.effort, needs)
        sure = np.full(shape.total, SURE)
        sure[: shape.opening] = VERY_SURE
        return paint(self.runner, cover, message, mixed, sure)

    def _spent(self, stego: Stego, opening: Opening, root: bytes, message: bytes) -> Spent | None:
        """What reading the file takes, by the receiver's own way; None if it does not read."""

        self._known = opening.content, root
        grid = Grid(samples(images.read_exact(stego.file), self.model))
        found = self.reader.opening(grid, opening.tile)
        try:
            revealed, spent = self.reader.message(grid, found)
        except NothingThere:
            return None
        return spent if revealed == message and found.certainty >= FLOOR else None

    def _known_root(self, content: bytes) -> bytes:
        """Stands in for the receiver's way to the root, which is slow or needs his secret key."""
        opening, root = self._known
        if content != opening:
            raise NothingThere
        return root


def _finish(model: Model, cover: Picture, pixels: Pixels, format: str, made: _Made) -> Stego:
    gray = pixels.shape[-1] == 1
    rgb = np.repeat(pixels, 3, axis=-1) if gray else pixels
    picture = Picture(rgb, cover.alpha_u8, gray)
    difference = rgb.astype(np.int16) - cover.rgb_u8
    mse = float(np.mean(np.square(difference, dtype=np.int32)))
    psnr = 10 * np.log10(255**2 / mse) if mse else float("inf")
    return Stego(
        picture,
        images.encode(picture, format),
        model.name,
        made.tiles,
        float(psnr),
        float(np.mean(difference != 0)),
        made.parity,
        1.0,
        made.effort,
    )
