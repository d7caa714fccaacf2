"""Run attackers who learn; an evaluation keeps what they scored, and their stego images.

An attacker takes a method, or None for the sham, and a pool: covers with their sources. ``POWER``
are the columns of every such table: on how many covers attackers were tried, what they could have
found, and what they find where the answer is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Callable, Optional

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from ..baselines.controls import Sham
from ..baselines.lsb import LsbMatching
from ..baselines.method import Method
from ..metrics import statistics
from ..metrics.statistics import Estimate
from ..steganalysis import ats, roc
from ..steganalysis.classifier import Fit, cross_validate, fld_ensemble
from ..steganalysis.scores import Scores
from .context import Context
from .covers import Integers, Tiles
from .results import Column, Value
from .stegos import Group, embedded, features

#: Features of a discriminant, fewer where there are few photos. With hundreds of photos, this many
#: do as well as the number that sealwatch's search finds in minutes.
SUBSPACE = 200

#: Discriminants; fewer where there are fewer features to draw from.
LEARNERS, LEARNERS_SPAM = 101, 51

#: Share of the photos on which the net is tested.
TEST_SHARE = 0.3

#: Columns of every table of detection by attackers who learn.
POWER = [
    Column("method", "Method"),
    Column("attacker", "Attacker"),
    Column("covers", "Photos", digits=0),
    Column("accuracy", "Detection accuracy", "%", 1),
    Column("area", "AUC", digits=3),
    Column("error", "P_E", "%", 1),
    Column("detectable", "Detectable from", "%", 1),
    Column("control", "Control", "%", 1),
    Column("sham", "Sham", "%", 1),
    Column("result", "Result"),
]

#: Columns of a table that names the best attacker on each method.
BEST = [each for each in POWER if each.name in ("method", "attacker", "accuracy", "area", "result")]

#: What the columns mean.
EXPLAINED = (
    "Detection accuracy counts a cover called innocent and a stego image called stego, half of "
    "each; 50 % is chance. P_E is the least mean of false alarms and misses over thresholds, "
    "picked on the same images. Found: the 95 % interval of accuracy or AUC is above chance, as it "
    "is by luck in one row of twenty, and more often for the best of several attackers. "
    "Detectable from: the smallest accuracy that so many covers show (with a power of 80 %). "
    "Control: the same attacker on the same covers against a plain method at twice the payload; "
    "where he does not find that, his not finding a method says no power. Sham: covers of half of "
    "the photos against covers of the other half, which nobody can tell apart."
)

#: Covers and their sources, as ``Covers.pool`` gives them.
Pool = tuple[NDArray[Any], Integers]

#: Scores of an attacker on a method, or on the sham.
Attack = Callable[[Context, Optional[Method]], Scores]


def control_of(group: Group) -> Method:
    """Return LSB matching at twice the payload, or at a bit in every sample where that is less."""
    return LsbMatching(min(float(group.channels), 2 * group.bits_per_pixel))


def rows(
    context: Context, name: str, attack: Attack, methods: Sequence[Method], control: Method
) -> list[dict[str, Value]]:
    """Return a row of POWER for each method: what an attacker of a name scored."""
    known, sham, *scored = context.each(attack, [control, None, *methods], name)
    return [row(each.name, name, own, known, sham) for each, own in zip(methods, scored)]


def row(method: str, attacker: str, own: Scores, control: Scores, sham: Scores) -> dict[str, Value]:
    """Return a row of POWER: an attacker's scores on a method, on the control and on the sham."""
    answers = sum(np.unique(side).size for side in (own.cover_sources, own.stego_sources))
    found: dict[str, Value] = {"method": method, "attacker": attacker, "covers": own.numbered()[2]}
    found.update(accuracy=roc.accuracy(own), area=roc.area(own), error=roc.error(own))
    found.update(control=roc.accuracy(control), sham=roc.accuracy(sham))
    found["result"] = result(*(surest(roc.accuracy(x), roc.area(x)) for x in (own, control)))
    return {**found, "detectable": statistics.detectable(answers)}


def surest(*figures: Estimate) -> Estimate:
    """Return the figure whose interval begins highest."""
    return max(figures, key=lambda each: each.low)


def result(figure: Estimate, control: Estimate) -> str:
    """Say what a figure means (0.5 is chance), given the same attacker's on the control."""
    if figure.low > 0.5:
        return "found"
    return "not found" if control.low > 0.5 else "no power"


def best(given: Sequence[dict[str, Value]]) -> list[dict[str, Value]]:
    """Return each method's row of the most accurate attacker, of those who find it, if any does, or
    else of those with power."""
    chosen = []
    for name in dict.fromkeys(each["method"] for each in given):
        own = [each for each in given if each["method"] == name]
        able = [each for each in own if each["result"] != "no power"] or own
        able = [each for each in own if each["result"] == "found"] or able
        chosen.append(max(able, key=lambda each: getattr(each["accuracy"], "value", 0.0)))
    return chosen


def trained(
    context: Context, method: Method | None, pool: Pool, name: str, attacker: Method | None = None
) -> Scores:
    """Return scores of covers and stego images by attackers who have not seen the photo.

    Args:
        context: of the evaluation.
        method: hides. None sets covers of some photos against covers of others, where only a leak
            between training and test could show. (On equal images any attacker is at 50 %.)
        pool: covers, as the method takes them, and their sources.
        name: of the features.
        attacker: the method to learn from; by default the method itself.
    """
    folds, seed = context.sizes.folds, context.seed

    def make() -> Scores:
        covers, stegos, own = _sides(context, method, pool)
        first, second = (features(context, each, name) for each in (covers, stegos))
        fit, learnt = ensemble(len(pool[0]), name), None
        if attacker is not None:
            learnt = features(context, embedded(context, attacker, covers, 1), name)
        return cross_validate(first, second, fit, folds, seed, own, learnt)

    return context.kept("trained", make, method, attacker, pool, name, folds)


def unsupervised(context: Context, method: Method | None, pool: Pool, name: str) -> Scores:
    """Run ``ats.unsupervised``: half of the photos get a message; the attacker learns from all."""
    (covers, sources), own = pool, method or Sham()

    def make() -> Scores:
        extract, embed = partial(features, context, name=name), partial(embedded, context)
        fit = ensemble(len(covers), name)
        return ats.unsupervised(covers, own, extract, fit, context.seed, sources, embed)

    return context.kept("unsupervised", make, own, pool, name)


def net(
    context: Context,
    method: Method | None,
    pool: Pool,
    shown: Callable[[Tiles], Tiles] = lambda images: images,
    **schedule: Any,
) -> Scores:
    """Run ``cnn.detect`` with a progress bar; method, pool: as for ``trained``.

    shown: makes uint8 [images, H, W, C] of covers and stego images; schedule: changes to the
    ``cnn.Schedule`` of the sizes."""
    plan = {"steps": context.sizes.cnn_steps, "side": context.sizes.cnn_side, **schedule}
    plan.setdefault("interval", max(5, plan["steps"] // 10))

    def make() -> Scores:
        from ..steganalysis import cnn  # loads TensorFlow

        covers, stegos, own = _sides(context, method, pool)
        name = f"XuNet: {method.name if method else 'sham'}"
        with tqdm(total=plan["steps"], desc=name, disable=context.quiet, leave=False) as bar:

            def report(step: int, loss: float) -> None:
                bar.update(step - bar.n)
                bar.set_postfix_str(f"loss {loss:.3f}")

            how, seed = cnn.Schedule(**plan), context.seed
            return cnn.detect(shown(covers), shown(stegos), how, TEST_SHARE, seed, own, report)

    return context.kept("net", make, method, pool, plan)


def ensemble(photos: int, name: str = "spam") -> Fit:
    """Return the classifier of all questions, for so many photos and these features."""
    learners = LEARNERS_SPAM if name == "spam" else LEARNERS
    return partial(fld_ensemble, subspace=min(SUBSPACE, max(2, photos)), learners=learners)


def _sides(context: Context, method: Method | None, pool: Pool) -> tuple[Tiles, Tiles, Integers]:
    """Return covers, stego images and sources; without a method, a cover of each photo of either of
    two halves drawn at random."""
    covers, sources = pool
    if method is not None:
        return covers, embedded(context, method, covers), sources
    photos = np.unique(sources, return_index=True)[1]
    drawn = np.random.default_rng(context.seed).permutation(photos)
    half = len(drawn) // 2
    return covers[drawn[:half]], covers[drawn[half : 2 * half]], np.arange(half)
