"""Run part one of the campaign: a fresh process reveals whatever hide wrote, byte for byte."""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from campaign_covers import random_cover, random_jpeg
from campaign_keys import Keyring
from campaign_reader import reveal_afresh
from campaign_setting import Setting
from PIL import Image

from keystego_tf.codec import DoesNotFit, Stego, capacity, hide
from keystego_tf.codec.selection import all_names
from keystego_tf.embedders.embedder import Embedder
from keystego_tf.embedders.syndrome.samples import SampleEmbedder

#: Number of images that one fresh process reveals.
BATCH = 50

#: The longest random message for the syndrome embedder, whose search slows down with the length.
MOST_BYTES = 4000

#: Embedders that reveal finds without --model.
KNOWN = set(all_names())

#: Lossless suffixes that keep transparency, and the one that does not.
WITH_ALPHA, ALSO = (".png", ".png", ".webp", ".tiff"), ".bmp"


@dataclass(frozen=True)
class Trip:
    """An image that holds a message, and what its reader should find."""

    what: dict[str, Any]
    job: dict[str, Any]
    digest: str


def round_trips(count: int, setting: Setting, jpeg: bool = False) -> dict[str, Any]:
    """Hide ``count`` times, in lossless files or in JPEG files.

    ``failed`` lists images that were refused or not revealed exactly.
    """
    keyring, made, failed, exact = Keyring(setting.folder), [], [], 0
    kinds: Counter[str] = Counter()
    pending: list[Trip] = []
    for number in range(count):
        secret = keyring.draw(setting.rng)
        name, embedder = SampleEmbedder.name, SampleEmbedder()
        if not jpeg:
            name, embedder = setting.embedder(secret.scheme)
        most = None
        while most is None:  # a flat JPEG holds nothing
            if jpeg:
                cover_name, source = random_jpeg(setting.rng, setting.photos)
                cover, suffix = Image.open(BytesIO(source)), ".jpg"
            else:
                cover_name, source = _cover(embedder, setting)
                cover, suffix = source, _suffix(source, setting.rng)
            most = capacity(source, name)[0].message
        message = _message(most, embedder, setting.rng)
        what = {
            "number": number,
            "cover": cover_name,
            "size": list(cover.size),
            "mode": cover.mode,
            "kind": secret.kind,
            "embedder": embedder.name,
            "bytes": len(message),
        }
        kinds[f"{secret.kind}, {embedder.name}"] += 1
        path = setting.folder / f"{number}{suffix}"
        try:
            made.append(hide(source, message, path, model=name, **secret.hide))
        except DoesNotFit as error:
            failed.append({**what, "outcome": f"refused: {error}"})
        else:
            named = {} if name in KNOWN and setting.rng.random() < 0.7 else {"model": name}
            job = {"image": str(path), **secret.reveal, **named}
            pending.append(Trip(what, job, hashlib.sha256(message).hexdigest()))
        if len(pending) == BATCH or number == count - 1:
            wrong = _check(pending)
            exact += len(pending) - len(wrong)
            failed += wrong
            pending = []
        setting.tick()
    return {
        "tried": count,
        "hidden": len(made),
        "revealed exactly by a fresh process": exact,
        "failed": failed,
        "kinds": dict(kinds),
        **_figures(made),
    }


def _cover(embedder: Embedder, setting: Setting) -> tuple[str, Image.Image]:
    if embedder.name == SampleEmbedder.name and setting.rng.random() < 0.5:
        return random_cover(setting.rng, setting.photos, most=128, least=64)
    return random_cover(setting.rng, setting.photos)


def _message(room: int, embedder: Embedder, rng: np.random.Generator) -> bytes:
    """Draw random bytes, from none to as many as fit; now and then a text that deflates."""
    if embedder.name == SampleEmbedder.name:
        room = min(room, MOST_BYTES)
    text = b"never odd or even, " * int(rng.integers(1, room + 2))
    if rng.random() < 0.1 and len(zlib.compress(text, 9)) <= room:
        return text
    draw = rng.random()
    length = 0 if draw < 0.1 else room if draw < 0.2 else int(rng.integers(0, room + 1))
    return rng.bytes(length)


def _suffix(cover: Image.Image, rng: np.random.Generator) -> str:
    suffixes = WITH_ALPHA if cover.mode == "RGBA" else (*WITH_ALPHA, ALSO)
    return str(rng.choice(suffixes))


def _check(trips: list[Trip]) -> list[dict[str, Any]]:
    """Return the trips that did not arrive, and delete the files of the others."""
    failed = []
    for trip, found in zip(trips, reveal_afresh([trip.job for trip in trips])):
        if found != trip.digest:
            failed.append({**trip.what, "outcome": f"not revealed: {found}", "job": trip.job})
        else:
            Path(trip.job["image"]).unlink()
    return failed


def _figures(made: list[Stego]) -> dict[str, Any]:
    spent = np.array([each.spent for each in made] or [0.0])
    levels = Counter(each.level for each in made)
    psnr: dict[str, list[float]] = {}
    for each in made:
        psnr.setdefault(each.embedder, []).append(min(each.psnr, 100.0))
    return {
        "levels": {str(level): levels[level] for level in sorted(levels)},
        "spent": {"p95": float(np.quantile(spent, 0.95)), "max": float(spent.max())},
        "psnr": {
            name: {"mean": float(np.mean(values)), "least": float(np.min(values))}
            for name, values in sorted(psnr.items())
        },
    }
