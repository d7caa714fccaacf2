"""Test whether openings look like random bytes to a stranger who can read them.

Holders of a public key can. The tests are curve and subgroup membership, top bits and the
frequencies of bytes. Beside the openings stand equally many random strings, and plain X25519 public
keys, which would be the obvious openings of key pairs.

    python benchmarks/openings.py [--count 20000] [--out benchmarks/results/openings.json]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from _machine import describe
from scipy import stats
from tqdm import tqdm

from keystego_tf.payload.exchange import encapsulate, public_of

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "payload"))
import curve

RECEIVER = public_of(bytes(range(32)))

SOURCES: dict[str, Callable[[], bytes]] = {
    "openings": lambda: encapsulate(RECEIVER)[0],
    "random bytes": lambda: os.urandom(32),
    "plain X25519 keys": lambda: public_of(os.urandom(32)),
}


def is_plain(content: bytes) -> int:
    """Tell whether a string passes for a plain X25519 key.

    It does if it is canonical, without the top bit, on the curve and in the subgroup of prime
    order.
    """
    number = int.from_bytes(content, "little")
    on_curve = number < curve.PRIME and curve.is_on_curve(number)
    return int(on_curve and curve.multiplied(curve.ORDER, number)[1] == 0)


def decoded_order(content: bytes) -> int:
    """Return the order of the low-order component of the point that an opening stands for."""
    return curve.low_order(curve.elligator(content))


def figures(contents: list[bytes], decoded: list[int]) -> dict[str, Any]:
    """Measure bits, bytes and decoded points of one source of strings."""
    count = len(contents)
    bytes_u8 = np.frombuffer(b"".join(contents), np.uint8).reshape(count, 32)
    bits = np.unpackbits(bytes_u8, axis=1)
    orders = [decoded.count(order) for order in (1, 2, 4, 8)]
    table = np.stack([np.bincount(column, minlength=256) for column in bytes_u8.T])
    places = ((table - count / 256) ** 2 / (count / 256)).sum(axis=1)
    everywhere = stats.chisquare(table.sum(axis=0))
    return {
        "decoded points of order component 1, 2, 4, 8": orders,
        "p of these orders": float(stats.chisquare(orders, count * np.array([1, 1, 2, 4]) / 8)[1]),
        "top two bits": np.bincount(bytes_u8[:, 31] >> 6, minlength=4).tolist(),
        "chi-square of bytes, 255 degrees": float(everywhere[0]),
        "p of bytes": float(everywhere[1]),
        "least p of a place's bytes, of 32": float(stats.chi2.sf(places, 255).min()),
        "largest deviation of a bit, standard errors": float(
            np.abs(bits.mean(axis=0) - 0.5).max() * 2 * count**0.5
        ),
    }


def auc(positive: list[int], negative: list[int]) -> float:
    """Return the area under the ROC curve of scores, with ties counted half."""
    above = stats.mannwhitneyu(positive, negative)[0]
    return float(above / (len(positive) * len(negative)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--out", type=Path, help="JSON file for the results")
    options = parser.parse_args()
    scores: dict[str, dict[str, list[int]]] = {"as a plain key": {}, "decoded, subgroup": {}}
    results: dict[str, Any] = {"count": options.count, "sources": {}, "AUC against random": {}}
    for name, draw in SOURCES.items():
        contents = [draw() for _ in range(options.count)]
        orders = [decoded_order(each) for each in tqdm(contents, desc=name, leave=False)]
        results["sources"][name] = figures(contents, orders)
        scores["as a plain key"][name] = [is_plain(each) for each in contents]
        scores["decoded, subgroup"][name] = [int(order == 1) for order in orders]
    for test, by_source in scores.items():
        results["AUC against random"][test] = {
            name: auc(values, by_source["random bytes"]) for name, values in by_source.items()
        }
    print(json.dumps(results, indent=2))
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps({**describe(), **results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
