"""Hide and reveal: exact bytes in any photo, through a model that comes with the package.

What lies where is in docs/format.md, what it protects in docs/security.md. Neither TensorFlow nor
the network is needed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable, Union

import numpy as np

from . import images
from .images import Picture, Pixels
from .models.bundles import write_whole
from .models.catalogue import TILE, Model, bundled, find_model
from .models.runner import Runner, lite_runner
from .payload.frame import PARITY, TAG_BYTES, NothingThere, Packed, cost, pack, room
from .payload.keys import Passphrase, PublicKey, SecretKey, SharedKey, load_key, load_public
from .payload.places import Spent, compose
from .payload.root import Key, begin, root_of, scheme_of
from .tiles import (
    CERTAIN,
    FLOOR,
    Grid,
    Opening,
    Reader,
    body_key,
    opening_mask,
    opening_reader,
    shape_of,
    to_bits,
)

Source = Union[str, Path, bytes, "images.Image.Image"]
Progress = Callable[[int, int], None]

#: Level of error correction that capacities are reckoned with, one above the least: so there is
#: room for more correction where an image turns out to need it.
CAPACITY_LEVEL = 1

#: Share of the correction's power that a stego image may need when it is made, the rest being for
#: what other processors read otherwise; and what is put up with where no more correction fits.
SPARE, AT_MOST = 0.5, 0.8

#: Openings tried in each candidate tile.
TRIES = 12


class DoesNotFit(ValueError):
    """The message, or the opening, does not fit into the image."""


@dataclass(frozen=True)
class Stego:
    """A stego image and how it came about.

    ``picture``: its samples; ``file``: the bytes of its file; ``tiles``: how many were used;
    ``psnr``: against the cover, dB; ``changed``: share of its samples; ``parity``: bytes of a
    block of up to 255; ``spent``: share of the error correction that reading it back took.
    """

    picture: Picture
    file: bytes
    model: str
    tiles: int
    psnr: float
    changed: float
    parity: int
    spent: float


@dataclass(frozen=True)
class Capacity:
    """What fits: ``message`` bytes of a message that does not deflate, None where nothing does."""

    model: str
    tiles: int
    message: int | None


def hide(
    image: Source,
    message: bytes,
    out: str | Path | None = None,
    *,
    passphrase: str | None = None,
    key: SharedKey | str | Path | None = None,
    to: PublicKey | str | Path | None = None,
    model: str | None = None,
    progress: Progress | None = None,
) -> Stego:
    """Hide a message in an image, and make sure that it can be read.

    image: a path, the bytes of a file or a Pillow image, from 128 x 128 pixels on; message: any
    bytes; out: where to write the stego image, with a lossless suffix (images.LOSSLESS); one of
    passphrase, key (a shared key, or its file) and to (the receiver's public key, or its file);
    model: name or folder, by default the one of the key's scheme that changes the image least and
    holds the message; progress: called with tiles done and tiles in all.

    Raises ValueError for what will not do: DoesNotFit, with what would fit, for a message that is
    too long; OSError for files that cannot be read or written.
    """
    secret = _sender_key(passphrase, key, to)
    packed = pack(message)
    picture = images.read(image)
    format = images.check_output(out, picture) if out is not None else "PNG"
    stego = _Sender(_model_for(secret, model, picture, packed), secret, progress).hide(
        picture, packed, message, format
    )
    if out is not None:
        write_whole(Path(out), stego.file)
    return stego


def reveal(
    image: Source,
    *,
    passphrase: str | None = None,
    key: SharedKey | SecretKey | str | Path | None = None,
    model: str | None = None,
) -> bytes:
    """The message that is hidden in an image.

    passphrase, or key: a shared key, one's own secret key, or the file of either; model: name or
    folder, by default whichever of the bundled ones it takes. Raises NothingThere, and never says
    why, for a wrong key, a changed image and an image with nothing in it; ValueError for a file
    that holds no image or no key; OSError for files that cannot be read.
    """
    secret = _receiver_key(passphrase, key)
    models = [find_model(model)] if model else _models_of(secret)
    for each in models:
        _check_scheme(each, secret)
    picture = images.read_exact(image)
    readers = [
        (Reader(lite_runner(each), secret), Grid(_samples(picture, each)))
        for each in models
        if min(picture.rgb_u8.shape[:2]) >= TILE and _fits_channels(each, picture)
    ]
    return _first_message(readers)


def capacity(image: Source, model: str | None = None) -> list[Capacity]:
    """What an image holds, for each bundled model or the one that is named."""
    picture = images.read(image)
    models = [find_model(model)] if model else bundled()
    return [_capacity(each, picture) for each in models]


def _first_message(readers: list[tuple[Reader, Grid]]) -> bytes:
    """The first message there is, the likely openings first; NothingThere if there is none."""
    doubtful: list[tuple[float, Reader, Grid, Opening]] = []
    for reader, grid, opening in _openings(readers):
        if opening.certainty < CERTAIN:
            doubtful.append((opening.certainty, reader, grid, opening))
            continue
        try:
            return reader.message(grid, opening)[0]
        except NothingThere:
            pass
    for certainty, reader, grid, opening in sorted(doubtful, key=lambda each: -each[0]):
        if certainty < FLOOR:
            break
        try:
            return reader.message(grid, opening)[0]
        except NothingThere:
            pass
    raise NothingThere


def _openings(readers: list[tuple[Reader, Grid]]) -> Iterator[tuple[Reader, Grid, Opening]]:
    """Every model's first candidate, then every model's second, and so on."""
    ways = [(reader, grid, iter(reader.openings(grid))) for reader, grid in readers]
    while ways:
        for way in list(ways):
            reader, grid, openings = way
            opening = next(openings, None)
            if opening is None:
                ways.remove(way)
            else:
                yield reader, grid, opening


class _Sender:
    """Hides one message."""

    def __init__(self, model: Model, key: Key, progress: Progress | None) -> None:
        self.model, self.key = model, key
        self.runner: Runner = lite_runner(model)
        self.shape = shape_of(model.agents)
        self.progress = progress or (lambda done, total: None)
        self.mask = opening_mask(self.runner, key)
        self.reader_of_opening = opening_reader(self.runner, key)

    def hide(self, picture: Picture, packed: Packed, message: bytes, format: str) -> Stego:
        cover = Grid(_samples(picture, self.model))
        for opening, root in self._openings(cover):
            best: tuple[Spent, Stego] | None = None
            for level in range(len(PARITY)):
                layout = self.shape.layout(cover.count, opening.tile)
                if cost(packed.length, level) > layout.body_bits:
                    break
                tiles = compose(packed, root, level, layout)
                pixels = self._embed(cover, opening, root, tiles)
                stego = _finish(self.model, picture, pixels, format, len(tiles), PARITY[level])
                spent = self._spent(stego, opening, root, message)
                if spent is not None and (best is None or spent.share < best[0].share):
                    best = spent, stego
                if spent is not None and spent.share <= SPARE:
                    break
            if best is not None and best[0].share <= AT_MOST:
                return replace(best[1], spent=best[0].share)
        raise DoesNotFit(
            f"the image cannot carry this message with {self.model.name}: too many bits are read "
            "wrong in it, as happens in flat black or white; try a shorter message or another image"
        )

    def _openings(self, cover: Grid) -> Iterator[tuple[Opening, bytes]]:
        """Openings that can be read, one a candidate tile, with their roots; certain ones first."""
        doubtful = []
        for tile in cover.candidates():
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
        rest = to_bits(os.urandom(self.shape.total // 8))[self.shape.first :]
        body = to_bits(os.urandom(len(self.mask) // 8))
        stego = self._hide_opening(cover[tile], content, rest, body)
        reader = Reader(self.runner, self.key, lambda opening: root)
        found = reader.opening(Grid(stego), 0)
        return (replace(found, tile=tile) if found.content == content else None), root

    def _root(self, opening: Opening, root: bytes) -> bytes:
        # scrypt is slow, so a passphrase is turned into a root for a chosen opening only
        if isinstance(self.key, PublicKey):
            return root
        return root_of(self.key, opening.content)

    def _embed(
        self, cover: Grid, opening: Opening, root: bytes, tiles: list[tuple[int, np.ndarray]]
    ) -> Pixels:
        stego = Grid(cover.pixels.copy())
        for done, (tile, bits) in enumerate(tiles):
            self.progress(done, len(tiles))
            _, mask = body_key(self.runner, root, tile)
            if tile == opening.tile:
                stego[tile] = self._hide_opening(cover[tile], opening.content, bits, mask)
            else:
                stego[tile] = self.runner.hide(cover[tile], bits, mask)
        self.progress(len(tiles), len(tiles))
        return stego.pixels

    def _hide_opening(
        self, cover: Pixels, content: bytes, bits: np.ndarray, mask: np.ndarray
    ) -> Pixels:
        """The opening tile; bits: of its body slots; mask: of the body, all over the key map."""
        shape = self.shape
        message = to_bits(os.urandom(shape.total // 8))
        message[: shape.opening] = to_bits(content)
        message[shape.first :] = bits
        share = shape.key_rows * self.runner.key_shape[1]
        mixed = np.concatenate([self.mask[:share], mask[share:]])
        return self.runner.hide(cover, message, mixed)

    def _spent(self, stego: Stego, opening: Opening, root: bytes, message: bytes) -> Spent | None:
        """What reading the file takes, by the receiver's own way; None if it does not read."""

        def known(content: bytes) -> bytes:
            if content != opening.content:
                raise NothingThere
            return root

        reader = Reader(self.runner, self.key, known)
        grid = Grid(_samples(images.read_exact(stego.file), self.model))
        found = reader.opening(grid, opening.tile)
        try:
            revealed, spent = reader.message(grid, found)
        except NothingThere:
            return None
        return spent if revealed == message and found.certainty >= FLOOR else None


def _finish(
    model: Model, cover: Picture, pixels: Pixels, format: str, tiles: int, parity: int
) -> Stego:
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
        tiles,
        float(psnr),
        float(np.mean(difference != 0)),
        parity,
        1.0,
    )


def _samples(picture: Picture, model: Model) -> Pixels:
    """The samples that a model takes: uint8 [H, W, C]."""
    return picture.rgb_u8[..., : model.agents.channels]


def _fits_channels(model: Model, picture: Picture) -> bool:
    return model.agents.channels == 3 or picture.gray


def _capacity(model: Model, picture: Picture) -> Capacity:
    height, width = picture.rgb_u8.shape[:2]
    tiles = (height // TILE) * (width // TILE)
    if tiles == 0 or not _fits_channels(model, picture):
        return Capacity(model.name, tiles, None)
    bits = shape_of(model.agents).layout(tiles).body_bits
    message = room(bits, CAPACITY_LEVEL) - TAG_BYTES
    return Capacity(model.name, tiles, message if message >= 0 else None)


def _model_for(key: Key, name: str | None, picture: Picture, packed: Packed) -> Model:
    """The model to hide with; DoesNotFit, with what would fit, if there is none."""
    height, width = picture.rgb_u8.shape[:2]
    if min(height, width) < TILE:
        raise DoesNotFit(
            f"the image has {width} x {height} pixels, but must have {TILE} x {TILE} at least"
        )
    models = [find_model(name)] if name else _models_of(key)
    for model in models:
        _check_scheme(model, key)
        if not _fits_channels(model, picture):
            raise ValueError(f"{model.name} takes grayscale images, but this one has colours")
    capacities = [_capacity(model, picture) for model in models]
    length = packed.length - TAG_BYTES
    for model, each in zip(models, capacities):
        if each.message is not None and length <= each.message:
            return model
    raise DoesNotFit(
        f"the message takes {length} bytes, but the image holds "
        + ", ".join(f"{each.message or 0} with {each.model}" for each in capacities)
        + f" ({width} x {height} pixels); take a larger image or a shorter message"
    )


def _models_of(key: Key) -> list[Model]:
    """The bundled models that a key is good for."""
    models = [model for model in bundled() if model.agents.scheme == scheme_of(key)]
    if isinstance(key, (PublicKey, SecretKey)):
        models = [model for model in models if model.generator == key.generator]
        if not models:
            raise ValueError(
                f"the key is for the pK generator {key.generator}, which no bundled model has: "
                "name the model's folder"
            )
    return models


def _check_scheme(model: Model, key: Key) -> None:
    if model.agents.scheme != scheme_of(key):
        raise ValueError(
            f"{model.name} is a model of the {model.agents.scheme} scheme, but the key is of the "
            f"{scheme_of(key)} one"
        )
    if not model.config.loss.masked_target:
        raise ValueError(f"{model.name} was trained without the masked target: any key reads it")
    if isinstance(key, (PublicKey, SecretKey)) and model.generator != key.generator:
        raise ValueError(
            f"{model.name} has the pK generator {model.generator}, but the key is for "
            f"{key.generator}"
        )


def _sender_key(
    passphrase: str | None, key: SharedKey | str | Path | None, to: PublicKey | str | Path | None
) -> Key:
    if sum(each is not None for each in (passphrase, key, to)) != 1:
        raise ValueError("one of passphrase, key and to is needed, and only one")
    if passphrase is not None:
        return Passphrase(passphrase)
    if to is not None:
        return to if isinstance(to, PublicKey) else load_public(Path(to))
    found = key if isinstance(key, SharedKey) else load_key(Path(key))  # type: ignore[arg-type]
    if not isinstance(found, SharedKey):
        raise ValueError(
            "to hide takes a shared key, a passphrase or the receiver's public key, but this is "
            "the secret half of a key pair, which only reads"
        )
    return found


def _receiver_key(
    passphrase: str | None, key: SharedKey | SecretKey | str | Path | None
) -> Passphrase | SharedKey | SecretKey:
    if (passphrase is None) == (key is None):
        raise ValueError("either passphrase or key is needed, and only one")
    if passphrase is not None:
        return Passphrase(passphrase)
    if isinstance(key, (SharedKey, SecretKey)):
        return key
    return load_key(Path(key))  # type: ignore[arg-type]
