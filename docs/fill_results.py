"""Puts measured figures into the documents: what stands between `<!-- NAME:begin -->` and its end.

Each block is made of files that commands wrote (cards of bundles, benchmarks/results/), so that no
figure is typed by hand. tests/docs/test_results.py fails where a document differs from its files.

    python docs/fill_results.py            # mend the documents
    python docs/fill_results.py --check    # say which would change, and mend nothing
    python docs/fill_results.py --keep reduced runs/evaluation    # take up a report of evaluate
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any, Callable

from evaluation_tables import best_text, claims_text, figures_text, sections_text

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
EVALUATION = RESULTS / "evaluation"

FIGURES = ROOT / "docs" / "assets" / "results"

#: Plots and pictures that the documents show, by report and name, of all that a report has.
SHOWN = (
    "reduced/training-training-right-key",
    "reduced/invisibility-psnr-0.5-colour",
    "reduced/invisibility-symmetric-0.5-0.5-colour-1",
    "reduced/stegexpose-stegexpose-0.5-colour",
    "reduced/detection-detection-0.5-colour",
    "reduced/unrecoverability-flipped-bits",
)

#: Documents that have such blocks.
DOCUMENTS = ("README.md", "docs/results.md", "docs/security.md", "export/README.md")

BLOCK = re.compile(r"(<!-- ([a-z0-9-]+):begin -->)(.*?)(<!-- \2:end -->)", re.DOTALL)
MARK = re.compile(r"<!-- ([a-z0-9-]+):(?:begin|end) -->")

#: Files of Bob whose speed is shown, by the name of the format in the benchmark.
FORMATS = ("float32", "float16", "dynamic-int8", "int8")

#: A photo of this size is what the documents give capacities for.
WIDTH, HEIGHT = 1024, 768


def filled(text: str) -> str:
    """A document with its blocks as the files have them; ValueError for a block nobody makes."""

    def fill(match: re.Match[str]) -> str:
        begin, name, _, end = match.groups()
        if name not in MAKERS:
            raise ValueError(f"block is {name!r}, but must be one of {', '.join(MAKERS)}")
        made = MAKERS[name]()
        around = "\n\n" if "\n" in made else ""
        return f"{begin}{around}{made}{around}{end}"

    outside = BLOCK.sub("", text)
    if MARK.search(outside):
        raise ValueError(f"block {MARK.search(outside)[1]!r} has a beginning or an end alone")
    return BLOCK.sub(fill, text)


def load(name: str) -> Any:
    return json.loads((RESULTS / name).read_text("utf-8"))


def cards() -> list[tuple[str, dict[str, Any]]]:
    """Name and card of every bundled model."""
    from keystego_tf.bundles.catalogue import bundled

    return [(each.name, each.card) for each in bundled()]


def evaluations() -> list[dict[str, Any]]:
    """Reports of `keystego-tf evaluate`, each with the name of its file."""
    return [
        {"file": path.stem, **json.loads(path.read_text("utf-8"))}
        for path in sorted(EVALUATION.glob("*.json"))
    ]


def keep(name: str, report: Path) -> None:
    """Take up the report in a folder under a name, without the points of its plots, and its
    figures that are SHOWN."""
    content = json.loads((report / "report.json").read_text("utf-8"))
    for section in content["sections"]:
        for plot in section["plots"]:
            plot["series"] = []
        for part in [*section["plots"], *section["pictures"]]:
            path = report / part["file"]
            if f"{name}/{path.stem}" in SHOWN:
                (FIGURES / name).mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, FIGURES / name / path.name)
    EVALUATION.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    (EVALUATION / f"{name}.json").write_text(text, "utf-8")


def percent(estimate: dict[str, Any], digits: int, interval: bool = True) -> str:
    value, low, high = (100 * estimate[key] for key in ("value", "low", "high"))
    spread = f" ({low:.{digits}f} to {high:.{digits}f})" if interval else ""
    return f"{value:.{digits}f} %{spread}"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def bundled() -> str:
    """What the training of each bundled model measured at its end."""
    head = ["model", "right key", "wrong key", "inverted key", "images without a wrong bit", "PSNR"]
    rows, images = [], set()
    for name, card in cards():
        figures = card["figures"]
        psnr = figures["psnr"]
        images.add(psnr["images"])
        rows.append(
            [
                name,
                percent(figures["right_key"], 3),
                percent(figures["wrong_key"], 2),
                percent(figures["inverted_key"], 2, interval=False),
                percent(figures["images_without_error"], 0, interval=False),
                f"{psnr['value']:.1f} dB ({psnr['low']:.1f} to {psnr['high']:.1f})",
            ]
        )
    counts = " or ".join(str(count) for count in sorted(images))
    note = (
        f"In brackets the 95 % interval over {counts} unseen photos; one training each. "
        "`keystego-tf models --json` prints all figures, with the command that trained each model."
    )
    return f"{table(head, rows)}\n\n{note}"


def psnr() -> str:
    """PSNR of full tiles by Alice alone, from the worst to the best bundled model."""
    values = [card["figures"]["psnr"]["value"] for _, card in cards()]
    return f"{min(values):.0f} to {max(values):.0f} dB"


def presence() -> str:
    values = [row["auc"] for row in load("presence.json")["rows"]]
    return f"{min(values):.3f} to {max(values):.3f}"


def capacity() -> str:
    """Bytes that fit into a photo of 1,024 x 768, for the smaller and the larger payload."""
    import numpy as np
    from PIL import Image

    import keystego_tf

    gray = Image.fromarray(np.full((HEIGHT, WIDTH, 3), 128, np.uint8))
    found = [each.message for each in keystego_tf.capacity(gray) if each.message is not None]
    return f"about {min(found) / 1000:.0f} kB or {max(found) / 1000:.0f} kB"


def robustness() -> str:
    """Share of messages that are still read after damage, a row for each model and effort."""
    rows = load("robustness.json")["rows"]
    kinds = list(dict.fromkeys((row["damage"], row["size"]) for row in rows))
    titles = {"samples": "{} samples", "spot": "a spot of {0} x {0}"}
    head = ["model", "effort", *(titles[kind].format(size) for kind, size in kinds)]
    shares: dict[tuple[str, int], list[str]] = {}
    for row in rows:
        own = shares.setdefault((row["model"], row["effort"]), [])
        own.append(f"{100 * row['share_read']:.0f} %")
    return table(head, [[name, str(effort), *own] for (name, effort), own in shares.items()])


def startup() -> str:
    row = next(each for each in load("startup.json")["rows"] if "--help" in each["command"])
    return f"{row['seconds']:.2f} s"


def int8() -> str:
    """Size, relative time and disagreement of the first model's int8 decoder."""
    row = load("export.json")["rows"][0]
    bob = artefact(row, "int8")
    return (
        f"the int8 decoder of {row['model']} has {bob['bytes'] / 1000:.0f} kB, takes "
        f"{row['of_float32']['int8']:.2f} of the float32 one's time and differs from Keras in "
        f"{100 * bob['share_differing']:.3f} % of the bits"
    )


def artefact(row: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in row["artefacts"] if each["file"] == f"bob-{name}.tflite")


def export() -> str:
    head = ["model", "file", "bytes", "bits that differ from Keras"]
    head += ["ms a tile", "of float32", "of Keras"]
    rows = []
    for row in load("export.json")["rows"]:
        for name in FORMATS:
            bob = artefact(row, name)
            rows.append(
                [
                    row["model"],
                    f"`{bob['file']}`",
                    f"{bob['bytes']:,}",
                    f"{100 * bob['share_differing']:.4f} %",
                    f"{row['median_ms'][name]:.1f}",
                    f"{row['of_float32'][name]:.2f}",
                    f"{row['of_keras'][name]:.2f}",
                ]
            )
    return table(head, rows)


#: What makes each block.
MAKERS: dict[str, Callable[[], str]] = {
    "bundled": bundled,
    "capacity": capacity,
    "export": export,
    "figures": lambda: figures_text(evaluations(), FIGURES),
    "best": lambda: best_text(evaluations()),
    "int8": int8,
    "presence": presence,
    "psnr": psnr,
    "robustness": robustness,
    "results": lambda: claims_text(evaluations()),
    "sections": lambda: sections_text(evaluations()),
    "startup": startup,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if stale")
    parser.add_argument("--keep", nargs=2, metavar=("NAME", "FOLDER"), help="take up a report")
    options = parser.parse_args()
    if options.keep:
        keep(options.keep[0], Path(options.keep[1]))
    stale = []
    for name in DOCUMENTS:
        path = ROOT / name
        before = path.read_text("utf-8")
        after = filled(before)
        if after != before:
            stale.append(name)
            if not options.check:
                path.write_text(after, "utf-8")
    print("\n".join(f"{name} has changed" for name in stale) or "nothing has changed")
    if stale and options.check:
        sys.exit(1)


if __name__ == "__main__":
    main()
