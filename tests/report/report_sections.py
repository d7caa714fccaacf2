"""Sections made by hand, with everything that a report has to bear."""

from __future__ import annotations

import math

import numpy as np

from keystego_tf.evaluation.results import (
    Claim,
    Column,
    Picture,
    Plot,
    Section,
    Series,
    Table,
)
from keystego_tf.metrics.statistics import Estimate

HOSTILE = "<script>alert('x')</script> & \"quoted\" | piped"


def invisibility() -> Section:
    columns = [
        Column("method", "method"),
        Column("psnr", "PSNR", "dB", 1),
        Column("changed", "samples changed", "%"),
        Column("paper", "paper's PSNR", "dB", 1),
        Column("count", "bits"),
    ]
    rows = [
        {
            "method": "ours, 0.0625 bpp",
            "psnr": Estimate(54.12, 53.7, 54.51, 200),
            "changed": Estimate(0.1634, 0.16, 0.17, 200),
            "paper": 38.2,
            "count": 1024,
        },
        {
            "method": "sham",
            "psnr": Estimate(math.inf, -math.inf, math.inf, 100),
            "changed": Estimate(0.0, 0.0, 0.0, 100),
            "paper": None,
            "count": 12345678,
        },
        {"method": HOSTILE, "psnr": math.nan, "changed": None, "paper": -0.001},
    ]
    ramp = np.linspace(0, 255, 96, dtype=np.uint8)
    pixels = np.stack([np.tile(ramp, (32, 1))] * 3, axis=-1)
    plot = Plot(
        "psnr",
        "PSNR against payload",
        "bits per pixel",
        "PSNR (dB)",
        [
            Series("ours", [0.0625, 0.5], [54.1, 46.4], [53.7, 45.8], [54.5, 47.1]),
            Series("LSB matching", [0.0625, 0.5], [68.0, 58.9]),
        ],
        kind="points",
        x_scale="log",
        paper="Fig. 5",
        note="Means over images.",
    )
    return Section(
        "invisibility",
        "Can it be seen?",
        "How much do stego images differ from their covers?",
        {"images": 200, "seed": 0, "sizes": {"side": 128, "channels": [1, 3]}, "none": None},
        [Table("table1", "Invisibility", columns, rows, "Table I", "PSNR is a mean of images.")],
        [plot],
        [Picture("example", "cover, stego, difference x 5", pixels, "Table I")],
        [
            Claim(
                "symmetric-0.5",
                "Stego images are closer to their covers than ste-GAN-ography's",
                "Fig. 5",
                "lower MSE, higher PSNR",
                Estimate(54.1, 53.7, 54.5, 200),
                (30.0, math.inf),
                "dB",
            )
        ],
        ["Infinite PSNR is an image that is `unchanged`."],
        "keystego-tf evaluate symmetric-0.0625 --covers photos --out report",
        12.3,
    )


def undetectability() -> Section:
    rng = np.random.default_rng(0)
    alarms = np.sort(np.concatenate([[0, 1], rng.random(200)]))
    roc = Plot(
        "roc",
        "SPAM, attacker with the same weights",
        "covers taken for stego images",
        "stego images found",
        [
            Series(f"method {index}", alarms.tolist(), (alarms**power).tolist())
            for index, power in enumerate((1.0, 0.5, 0.3, 0.2))
        ],
        kind="roc",
        paper="Fig. 7",
    )
    x = list(map(float, range(0, 1000, 10)))
    y = [1 - 0.5 * math.exp(-each / 200) for each in x]
    low, high = [each - 0.02 for each in y], [each + 0.02 for each in y]
    line = Plot(
        "accuracy",
        "Accuracy over the training",
        "step",
        "accuracy",
        [Series("right key", x, y, low, high), Series("wrong key", x, [0.5] * len(x))],
        paper="Fig. 4",
    )
    endless, missing = Estimate(0.5, -math.inf, math.inf, 1), Estimate(math.nan, 0, 1, 1)
    claims = [
        Claim(
            "symmetric-0.5",
            "ATS, trained on other weights, guesses",
            "Table II",
            "about 50 %",
            Estimate(0.534, 0.501, 0.566, 200),
            (0.0, 0.55),
            expected="near chance",
        ),
        Claim(
            "symmetric-0.5",
            "StegExpose is close to guessing",
            "Fig. 7",
            "close to the diagonal",
            Estimate(0.61, 0.57, 0.65, 2000),
            (0.0, 0.55),
        ),
        Claim("gray", HOSTILE, HOSTILE, HOSTILE, endless, (0.49, 0.51)),
        Claim("gray", "No figure", "Table III", "99.8 %", missing, (0.998, 1.0)),
    ]
    return Section("undetectability", "Can it be found?", HOSTILE, plots=[roc, line], claims=claims)


def empty() -> Section:
    return Section("empty", "Nothing here", "")


def sections() -> list[Section]:
    return [invisibility(), undetectability(), empty()]


META = {
    "models": ["symmetric-0.0625", "symmetric-0.5"],
    "covers": {"name": "photos", "images": 200},
    "seed": 0,
    "machine": {"processor": "Some CPU @ 2 GHz", "cores": 2},
    "versions": {"keystego-tf": "0.1.0", "python": "3.11.2"},
    "command": "keystego-tf evaluate symmetric-0.0625 symmetric-0.5 --covers photos --out report",
    "date": "2026-01-02",
}
