"""Can a convolutional steganalyser find it, trained for the very method?"""

from __future__ import annotations

from dataclasses import asdict

from tqdm import tqdm

from ...baselines.method import Method
from ...baselines.nets import Net
from ...steganalysis import cnn
from ...steganalysis.attack import figures
from ...steganalysis.cnn import Schedule
from ...steganalysis.scores import Scores
from ..cache import digest_of
from ..covers import Integers, Tiles
from ..results import Column, Plot, Section, Table, Value
from ..stegos import Group, embedded, groups, identity, limit
from ..suite import Context
from .stegexpose import roc_series

#: Classical methods that it is trained for, too: each training takes a while.
BESIDE = ("lsb-matching", "s-uniward")

#: Share of the photos that it is tested on.
TEST_SHARE = 0.3

COLUMNS = [
    Column("method", "Method"),
    Column("images", "Images in all", digits=0),
    Column("tested", "Photos tested", digits=0),
    Column("accuracy", "Detection accuracy", "%", 1),
    Column("error", "P_E", "%", 1),
    Column("area", "AUC", digits=3),
]


def run(context: Context) -> Section:
    """A net trained for every scheme and effort, and two classical methods of each payload."""
    tables, plots = [], []
    for group in groups(context, baseline=False):
        found = {method: detect(context, group, method) for method in _chosen(group)}
        rows: list[dict[str, Value]] = [
            {
                "method": method.name,
                "images": _count(context, group, method),
                "tested": each.numbered()[2],
                **figures(each),
            }
            for method, each in found.items()
        ]
        title = f"XuNet, trained for the very method, {group.title}"
        tables.append(Table(f"cnn-{group.key}", title, COLUMNS, rows))
        series = [roc_series(method.name, each) for method, each in found.items()]
        plots.append(Plot(f"cnn-{group.key}", title, "false alarms", "detections", series, "roc"))
    sizes = context.sizes
    return Section(
        "cnn",
        "Detection by a convolutional net",
        "Can a steganalyser with learnt features find it?",
        settings={
            "images": sizes.cnn_images,
            "steps": sizes.cnn_steps,
            "side of crops": sizes.cnn_side,
            "seed": context.seed,
        },
        tables=tables,
        plots=plots,
        notes=[
            "After Xu, Wu and Shi (2016), with a fixed front end of high-pass filters whose output "
            "is truncated. It learns from pairs of cover and stego image, stops by photos held "
            "out, and is tested on others: no photo is in two of the three parts.",
            "Steganalysers in the literature train on tens of thousands of images for days. What "
            "this one finds is a lower bound.",
        ],
    )


def _chosen(group: Group) -> list[Method]:
    return [each for each in group.methods if each.name in BESIDE or isinstance(each, Net)]


def _count(context: Context, group: Group, method: Method) -> int:
    tiles = len(context.covers.of(group.channels).pool[0])
    return min(tiles, limit(context, method, context.sizes.cnn_images))


def detect(context: Context, group: Group, method: Method) -> Scores:
    """Scores of the photos tested, by a net trained for the method."""
    count = _count(context, group, method)
    tiles, sources = context.covers.of(group.channels).pool
    sizes = context.sizes
    plan = Schedule(sizes.cnn_steps, interval=max(5, sizes.cnn_steps // 10), side=sizes.cnn_side)
    return steganalyse(context, method, tiles[:count], sources[:count], plan)


def steganalyse(
    context: Context, method: Method, tiles: Tiles, sources: Integers, plan: Schedule
) -> Scores:
    """``cnn.detect``, cached and with a progress bar."""
    key = {
        "what": "cnn",
        "method": identity(method),
        "covers": digest_of([tiles, sources]),
        "schedule": asdict(plan),
        "test_share": TEST_SHARE,
        "seed": context.seed,
    }

    def make() -> Scores:
        stego = embedded(context, method, tiles)
        name = f"XuNet: {method.name}"
        with tqdm(total=plan.steps, desc=name, disable=context.quiet, leave=False) as bar:

            def report(step: int, loss: float) -> None:
                bar.update(step - bar.n)
                bar.set_postfix_str(f"loss {loss:.3f}")

            return cnn.detect(tiles, stego, plan, TEST_SHARE, context.seed, sources, report)

    found: Scores = context.cache.get(key, make)
    return found
