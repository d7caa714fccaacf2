"""Attackers who learn, run for an evaluation: what they scored is kept, and so are stego images.

Each attacker takes covers with their sources and a method. ``POWER`` says, of any table that shows
them, on how many covers they were tried, what they could have found, and what they do find where
the answer is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
from tqdm import tqdm

from ..baselines.lsb import LsbMatching
from ..baselines.method import Method
from ..metrics import statistics
from ..metrics.statistics import Estimate
from ..steganalysis import ats, cnn, roc
from ..steganalysis.classifier import Features, Fit, cross_validate, fld_ensemble
from ..steganalysis.cnn import Schedule
from ..steganalysis.scores import Scores
from .cache import digest_of
from .context import Context
from .covers import Integers, Tiles
from .results import Column, Value
from .stegos import Group, embedded, features, identity

#: The ensemble. With hundreds of photos, small subspaces do as well as those that sealwatch's
#: search finds in minutes; subspaces are smaller still where there are few photos.
SUBSPACE = 200

#: Discriminants: more of them where there are more features to draw from.
LEARNERS = {"spam": 51, "srmq1": 101}

#: Share of the photos that the net is tested on.
TEST_SHARE = 0.3

#: Columns of every row of detection by an attacker who learns.
POWER = [
    Column("method", "Method"),
    Column("attacker", "Attacker"),
    Column("covers", "Covers", digits=0),
    Column("accuracy", "Detection accuracy", "%", 1),
    Column("area", "AUC", digits=3),
    Column("error", "P_E", "%", 1),
    Column("detectable", "Detectable from", "%", 1),
    Column("control", "Control", "%", 1),
    Column("sham", "Sham", "%", 1),
    Column("result", "Result"),
]

#: What the columns mean.
EXPLAINED = (
    "Detection accuracy counts a cover called innocent and a stego image called stego, half of "
    "each; 50 % is chance. P_E is the least mean of false alarms and misses over thresholds, "
    "picked on the same images. Detectable from: the smallest accuracy that so many covers show "
    "(95 % interval above 50 %, power 80 %). Control: the same attacker on the same covers against "
    "LSB matching at twice the payload; where he does not find that, the row says no power, "
    "whatever it shows. Sham: covers of half of the photos against covers of the other half, which "
    "nobody can tell apart."
)


def control_of(group: Group) -> Method:
    """LSB matching at twice the payload, or a bit in every sample where that is less."""
    return LsbMatching(min(float(group.channels), 2 * group.bits_per_pixel))


def row(method: str, attacker: str, own: Scores, control: Scores, sham: Scores) -> dict[str, Value]:
    """A row of POWER: what an attacker scored on a method, on the control and on the sham."""
    accuracy, known = roc.accuracy(own), roc.accuracy(control)
    answers = sum(np.unique(side).size for side in (own.cover_sources, own.stego_sources))
    return {
        "method": method,
        "attacker": attacker,
        "covers": own.numbered()[2],
        "accuracy": accuracy,
        "area": roc.area(own),
        "error": roc.error(own),
        "detectable": statistics.detectable(answers),
        "control": known,
        "sham": roc.accuracy(sham),
        "result": result(accuracy, known),
    }


def result(figure: Estimate, control: Estimate) -> str:
    """What a figure with chance at 0.5 says, given the same attacker's on the control."""
    if figure.low > 0.5:
        return "found"
    return "not found" if control.low > 0.5 else "no power"


def trained(
    context: Context,
    method: Method,
    covers: Tiles,
    sources: Integers,
    name: str,
    attacker: Method | None = None,
) -> Scores:
    """``ats.trained``: scores of covers and stego images by attackers who have not seen the photo.

    covers, sources: of the method's channels; name: of the features; attacker: what he learns
    from, None for the method itself.
    """

    def make() -> Scores:
        fit, folds, seed = ensemble(len(covers), name), context.sizes.folds, context.seed
        tools = _tools(context, name)
        return ats.trained(
            list(covers), method, attacker, tools[0], fit, folds, seed, sources, tools[1]
        )

    methods = {"user": method, "attacker": attacker}
    return _cached(context, "trained", covers, sources, methods, make, name)


def unsupervised(
    context: Context, method: Method, covers: Tiles, sources: Integers, name: str
) -> Scores:
    """``ats.unsupervised``: half of the photos get a message, and the attacker learns from all."""

    def make() -> Scores:
        fit, tools = ensemble(len(covers), name), _tools(context, name)
        return ats.unsupervised(
            list(covers), method, None, tools[0], fit, context.seed, sources, tools[1]
        )

    return _cached(context, "unsupervised", covers, sources, {"user": method}, make, name)


def strangers(context: Context, tiles: Tiles, sources: Integers, name: str) -> Scores:
    """Covers of some photos against covers of others: there is nothing to learn but the photos.

    A leak between training and test would show here; where cover and stego image are the same, as
    of a sham method, both get the same answer and any attacker is at 50 %.
    """

    def make() -> Scores:
        mixed = features(context, tiles[_halves(context, sources)], name)
        half = len(mixed) // 2
        fit = ensemble(half, name)
        return cross_validate(mixed[:half], mixed[half:], fit, context.sizes.folds, context.seed)

    return _cached(context, "strangers", tiles, sources, {}, make, name)


def net(
    context: Context,
    method: Method | None,
    tiles: Tiles,
    sources: Integers,
    plan: Schedule | None = None,
) -> Scores:
    """``cnn.detect`` with a progress bar; without a method, strangers' covers as above."""
    steps = context.sizes.cnn_steps
    plan = plan or Schedule(steps, interval=max(5, steps // 10), side=context.sizes.cnn_side)

    def make() -> Scores:
        if method is None:
            mixed = tiles[_halves(context, sources)]
            half = len(mixed) // 2
            covers, stegos, own = mixed[:half], mixed[half:], np.arange(half)
        else:
            covers, stegos, own = tiles, embedded(context, method, tiles), sources
        name = f"XuNet: {method.name if method else 'sham'}"
        with tqdm(total=plan.steps, desc=name, disable=context.quiet, leave=False) as bar:

            def report(step: int, loss: float) -> None:
                bar.update(step - bar.n)
                bar.set_postfix_str(f"loss {loss:.3f}")

            return cnn.detect(covers, stegos, plan, TEST_SHARE, context.seed, own, report)

    return _cached(context, "net", tiles, sources, {"user": method}, make, asdict(plan))


def ensemble(photos: int, name: str = "spam") -> Fit:
    """The classifier of all questions, for so many photos and these features."""
    return partial(fld_ensemble, subspace=min(SUBSPACE, max(2, photos)), learners=LEARNERS[name])


def _halves(context: Context, sources: Integers) -> Integers:
    """Places of one tile of each photo, of an even number of them, in a random order."""
    photos = np.unique(sources, return_index=True)[1]
    drawn = np.random.default_rng(context.seed).permutation(photos)
    return np.asarray(drawn[: len(drawn) // 2 * 2])


def _tools(context: Context, name: str) -> tuple[ats.Extract, ats.Embed]:
    """Features and stego images, as ``ats`` asks for them, from the cache."""

    def extract(images: Sequence[Tiles]) -> Features:
        return features(context, np.stack(images), name)

    def embed(method: Any, images: Sequence[Tiles], seed: int, turn: int) -> list[Tiles]:
        return list(embedded(context, method, np.stack(images), turn))

    return extract, embed


def _cached(
    context: Context,
    protocol: str,
    tiles: Tiles,
    sources: Integers,
    methods: dict[str, Method | None],
    make: Any,
    how: Any,
) -> Scores:
    key = {
        "what": protocol,
        "methods": {role: each and identity(each) for role, each in methods.items()},
        "covers": digest_of([tiles, sources]),
        "how": how,
        "folds": context.sizes.folds,
        "seed": context.seed,
    }
    scores: Scores = context.cache.get(key, make)
    return scores
