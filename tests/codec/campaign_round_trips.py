"""Part one of the campaign: whatever hide wrote, a fresh process reveals, byte for byte."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import numpy as np
from campaign_covers import random_cover
from campaign_keys import Keyring, Secret
from campaign_reader import reveal_afresh
from PIL import Image

from keystego_tf.codec import DoesNotFit, Stego, capacity, hide

#: Images that one fresh process reveals.
BATCH = 50

#: Lossless suffixes that keep transparency, and the one that does not.
WITH_ALPHA, ALSO = (".png", ".png", ".webp", ".tiff"), ".bmp"


@dataclass(frozen=True)
class Trip:
    """One image that was hidden in, and what its reader should find."""

    what: dict[str, Any]
    job: dict[str, Any]
    digest: str


def round_trips(
    count: int, photos: list[Path], folder: Path, rng: np.random.Generator, tick: Callable[[], Any]
) -> dict[str, Any]:
    """Hide ``count`` times; ``failed`` lists images that were refused or not revealed exactly."""
    keyring, made, failed, exact = Keyring(folder), [], [], 0
    kinds: Counter[str] = Counter()
    pending: list[Trip] = []
    for number in range(count):
        cover_name, cover = random_cover(rng, photos)
        what, arguments, message, secret = _plan(cover, rng, keyring)
        what.update(number=number, cover=cover_name)
        kinds[f"{secret.kind}, {what['model']}"] += 1
        path = folder / f"{number}{_suffix(cover, rng)}"
        try:
            stego = hide(cover, message, path, **arguments)
        except DoesNotFit as error:
            failed.append({**what, "outcome": f"refused: {error}"})
        else:
            made.append(stego)
            named = {"model": arguments["model"]} if rng.random() < 0.3 else {}
            job = {"image": str(path), **secret.reveal, **named}
            pending.append(Trip(what, job, hashlib.sha256(message).hexdigest()))
        if len(pending) == BATCH or number == count - 1:
            wrong = _check(pending)
            exact += len(pending) - len(wrong)
            failed += wrong
            pending = []
        tick()
    return {
        "tried": count,
        "hidden": len(made),
        "revealed exactly by a fresh process": exact,
        "failed": failed,
        "kinds": dict(kinds),
        **_figures(made),
    }


def _plan(
    cover: Image.Image, rng: np.random.Generator, keyring: Keyring
) -> tuple[dict[str, Any], dict[str, Any], bytes, Secret]:
    """What is hidden, how, and in which words a failure is told of."""
    secret = keyring.draw(rng)
    rate = rng.choice(["0.0625", "0.5"])
    model = None if rng.random() < 0.15 else f"{secret.scheme}-{rate}"
    rooms = [
        each.message or 0
        for each in capacity(cover, model)
        if each.model.startswith(secret.scheme + "-")
    ]
    message = _message(max(rooms), rng)
    what = {
        "size": list(cover.size),
        "mode": cover.mode,
        "kind": secret.kind,
        "model": model,
        "bytes": len(message),
        "capacity": max(rooms),
    }
    return what, {**secret.hide, "model": model}, message, secret


def _message(room: int, rng: np.random.Generator) -> bytes:
    """Chance bytes, from none to as many as fit; now and then a text that deflates."""
    if rng.random() < 0.1:
        return b"never odd or even, " * int(rng.integers(1, room + 2))
    draw = rng.random()
    length = 0 if draw < 0.1 else room if draw < 0.2 else int(rng.integers(0, room + 1))
    return rng.bytes(length)


def _suffix(cover: Image.Image, rng: np.random.Generator) -> str:
    suffixes = WITH_ALPHA if cover.mode == "RGBA" else (*WITH_ALPHA, ALSO)
    return str(rng.choice(suffixes))


def _check(trips: list[Trip]) -> list[dict[str, Any]]:
    """The trips that did not arrive; the files of the others are deleted."""
    failed = []
    for trip, found in zip(trips, reveal_afresh([trip.job for trip in trips])):
        if found != trip.digest:
            failed.append({**trip.what, "outcome": f"not revealed: {found}", "job": trip.job})
        else:
            Path(trip.job["image"]).unlink()
    return failed


def _figures(made: list[Stego]) -> dict[str, Any]:
    if not made:
        return {}
    spent = np.array([each.spent for each in made])
    parity = Counter(each.parity for each in made)
    by_model: dict[str, list[float]] = {}
    for each in made:
        if np.isfinite(each.psnr):
            by_model.setdefault(each.model, []).append(each.psnr)
    return {
        "parity": {str(level): parity[level] for level in sorted(parity)},
        "spent": {
            "mean": float(spent.mean()),
            "p95": float(np.quantile(spent, 0.95)),
            "max": float(spent.max()),
            "above 0.5": int((spent > 0.5).sum()),
        },
        "tiles": int(sum(each.tiles for each in made)),
        "psnr": {
            name: {"mean": float(np.mean(values)), "least": float(np.min(values))}
            for name, values in sorted(by_model.items())
        },
    }
