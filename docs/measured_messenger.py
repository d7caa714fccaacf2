"""What survives JPEG: the messengers' campaign, and learned lattices beside QIM."""

from __future__ import annotations

from typing import Any

import numpy as np
from measured_tables import table

from keystego_tf.channel.platforms import LEAST_QUALITY, MOST_QUALITY, PLATFORMS


def messenger_text(results: dict[str, Any]) -> str:
    """Trips that arrived, by destination: played, and by mozjpeg."""
    head = [
        *("for", "images", "refused", "read", "by mozjpeg", "wrong bytes"),
        *("PSNR, mean", "PSNR, least"),
    ]
    rows = [
        [f"`{name}`" if name != "all" else name, *_row(found)]
        for name, found in (*results["destinations"].items(), ("all", results["all"]))
        if found["hides"]
    ]
    return table(head, rows)


def _row(found: dict[str, Any]) -> list[str]:
    played, other = found["trips"], found["trips by mozjpeg"]
    psnr = found.get("psnr")
    wrong = played.get("wrong", 0) + other.get("wrong", 0)
    values = [f"{psnr[name]:.1f} dB" for name in ("mean", "least")] if psnr else ["-", "-"]
    counts = [str(found["hides"]), str(found["refused"]), _share(played), _share(other)]
    return [*counts, str(wrong), *values]


def _share(trips: dict[str, int]) -> str:
    return f"{trips.get('exact', 0):,} of {sum(trips.values()):,}"


def destinations_text(results: dict[str, Any]) -> str:
    """What ``--for`` takes, and whether the campaign tried it."""
    head = ["for", "app", "long edge, pixels", "source of", "tried below"]
    rows = []
    for each in PLATFORMS.values():
        edge = f"{each.long_edge:,}{', a square' if each.square else ''}"
        tried = "yes" if each.name in results["destinations"] else "no"
        rows.append([f"`{each.name}`", each.title, edge, each.date, tried])
    any_jpeg = f"any JPEG of quality Q or better, Q from {LEAST_QUALITY} to {MOST_QUALITY}"
    return table(head, [*rows, ["`jpeg:Q`", any_jpeg, "as it is", "–", "yes"]])


#: Channels of the table of lattices, as the benchmark calls them, and what they are.
SHOWN = {
    "PNG": "PNG",
    "Q75": "Q75",
    "Q60": "Q60",
    "Q50": "Q50",
    "whatsapp twice": "WhatsApp twice",
    "wrong key": "wrong key",
}


#: Strengths of a model that the table shows; the plot has all.
STRENGTHS = ("0.80", "1.00", "1.25", "0.71", "1.40")


def lattice_text(results: dict[str, Any]) -> str:
    """Bits right by channel, a row a code and operating point."""
    shown = {
        name: row
        for name, row in results["rows"].items()
        if ", strength" not in name or name.endswith(STRENGTHS)
    }
    read = (
        f"{name}: {100 * found['right']:.0f} %"
        for name, found in results["stranger"].items()
        if name.endswith("strength 1.00") and not name.startswith("untrained")
    )
    stranger = (
        "A stranger with the model and no key, who searches each block's offsets, reads 50 % by "
        f"chance; {', '.join(read)}."
    )
    equal = (
        "Errors of a model at strength 1, as a multiple of those of QIM with a step that gives the "
        "same PSNR:"
    )
    return "\n\n".join(
        [
            table(["code", *HEAD], _rights(shown)),
            f"{results['images']} photos. {stranger} `{results['command']}`",
            equal,
            _ratios(results["rows"], results["curves"]),
        ]
    )


def _ratios(rows: dict[str, Any], curves: dict[str, Any]) -> str:
    """Errors of each model over QIM's, whose logarithm is interpolated, by set of channels."""
    sets = [title for title in curves if title != "as written"]
    lines = []
    for name, row in rows.items():
        if not name.endswith("strength 1.00"):
            continue
        cells = []
        for title in sets:
            kinds = curves[title]
            qim = np.array(sorted(kinds[f"QIM, {row['bits'] // 256} a block"])).T
            own = dict(kinds[name.split(", strength")[0]])
            errors = np.log(np.maximum(qim[1], FEWEST))
            cells.append(f"{own[row['psnr']] / np.exp(np.interp(row['psnr'], qim[0], errors)):.2f}")
        lines.append([name, *cells])
    return table(["model", *sets], lines)


#: Least share of wrong bits of which ratios are made.
FEWEST = 1e-5
HEAD = ["bits", "PSNR", *(f"{title}, %" for title in SHOWN.values())]


def _rights(rows: dict[str, Any]) -> list[list[str]]:
    return [
        [
            name,
            str(row["bits"]),
            f"{row['psnr']:.1f} dB",
            *(f"{100 * row['right'][way]:.2f}" for way in SHOWN),
        ]
        for name, row in rows.items()
    ]


def ablation_text(results: dict[str, Any]) -> str:
    """Bits right by channel for each variant of the training, and for QIM of about their PSNR."""
    alike = dict.fromkeys(row["equal_psnr"] for row in results["rows"].values())
    rows = _rights({**results["rows"], **{name: results["qim"][name] for name in alike}})
    note = (
        f"{results['steps']:,} steps each, one operating point, {results['images']} photos; below, "
        f"QIM with the steps whose PSNR is nearest to a variant's. `{results['command']}`"
    )
    return f"{table(['variant', *HEAD], rows)}\n\n{note}"


def detection_text(results: dict[str, Any]) -> str:
    """What retrained attackers find of images that survive JPEG."""
    kinds = ("SPAM", "DCTR", "SRMQ1")
    rows = []
    for name, found in results["ways"].items():
        by_kind = {kind.upper(): each for kind, each in found.items()}
        cells = (_accuracy(by_kind[kind]) if kind in by_kind else "–" for kind in kinds)
        rows.append([name, *cells])
    count = f"{results['photos']} photos, 5 folds"
    return f"{table(['images', *kinds], rows)}\n\n{count}. `{results['command']}`"


def _accuracy(found: dict[str, float]) -> str:
    value, low, high = (f"{100 * found[key]:.1f}" for key in ("accuracy", "low", "high"))
    return f"{value} % ({low} to {high})"


def times_text(results: dict[str, Any]) -> str:
    """What a photo holds for a messenger, and seconds of fresh processes."""
    head = ["for", "photo", "sent", "holds", "message", "PSNR", "hide", "reveal"]
    rows = [
        [
            f"`{row['for']}`",
            *("{} x {}".format(*row[part]) for part in ("photo", "sent")),
            *(f"{row[part]:,} bytes" for part in ("capacity", "message")),
            f"{row['psnr']:.1f} dB",
            *(f"{row['seconds'][part]:.1f} s" for part in ("hide", "reveal")),
        ]
        for row in results["rows"]
    ]
    cores = results["machine"]["cores"]
    return f"{table(head, rows)}\n\nFresh processes, {cores} cores. `{results['command']}`"


def page_text(results: dict[str, Any]) -> str:
    """Seconds of the browser page."""
    took, cores = results["seconds"], results["machine"]["cores"]
    megapixels = results["pixels"][0] * results["pixels"][1] / 1e6
    return (
        f"first paint after {took['first paint']:.1f} s; for WhatsApp, a photo of "
        f"{megapixels:.0f} megapixels takes {took['hide']:.1f} s to hide in and "
        f"{took['reveal']:.1f} s to reveal from ({cores} cores); Lighthouse gives "
        f"{results['accessibility, %']:.0f} of 100 for accessibility"
    )
