"""Puts measured figures into the documents: what stands between `<!-- NAME:begin -->` and its end.

Each block is made of files that commands wrote (cards of bundles, benchmarks/results/), so nobody
types a figure by hand. tests/docs/test_results.py fails where a document differs from its files.

    python docs/fill_results.py            # mend the documents
    python docs/fill_results.py --check    # say which would change, and mend nothing
    python docs/fill_results.py --keep NAME FOLDER   # take up a report of evaluate, or a bundle
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any, Callable

import measured_messenger as messenger
import measured_tables as tables
import measured_traces as traces

from keystego_tf.report import markdown

ROOT = Path(__file__).parents[1]
RESULTS, WEIGHTS = ROOT / "benchmarks" / "results", ROOT / "benchmarks" / "weights"

#: Documents that have such blocks.
DOCUMENTS = (
    "README.md",
    "docs/results.md",
    "docs/messenger.md",
    "docs/security.md",
    "export/README.md",
)

BLOCK = re.compile(r"(<!-- ([a-z0-9-]+):begin -->)(.*?)(<!-- \2:end -->)", re.DOTALL)
MARK = re.compile(r"<!-- ([a-z0-9-]+):(?:begin|end) -->")

#: What a block says whose file is not there.
NOTHING = "*not measured yet*"


def filled(text: str) -> str:
    """A document with its blocks as the files have them; ValueError for a block nobody makes."""

    def fill(match: re.Match[str]) -> str:
        begin, name, _, end = match.groups()
        if name not in MAKERS:
            raise ValueError(f"block is {name!r}, but must be one of {', '.join(MAKERS)}")
        try:
            made = MAKERS[name]() or NOTHING
        except FileNotFoundError:
            made = NOTHING
        around = "\n\n" if "\n" in made else ""
        return f"{begin}{around}{made}{around}{end}"

    outside = BLOCK.sub("", text)
    if MARK.search(outside):
        raise ValueError(f"block {MARK.search(outside)[1]!r} has a beginning or an end alone")
    return BLOCK.sub(fill, text)


def load(name: str) -> Any:
    return json.loads((RESULTS / name).read_text("utf-8"))


def every(folder: str) -> dict[str, Any]:
    """The JSON files of a folder of results, by name."""
    paths = sorted((RESULTS / folder).glob("*.json"))
    return {path.stem: json.loads(path.read_text("utf-8")) for path in paths}


def shipped() -> dict[str, dict[str, Any]]:
    """Name and card of every bundled model."""
    from keystego_tf.bundles.catalogue import bundled

    return {model.name: model.card for model in bundled()}


def cards() -> dict[str, dict[str, Any]]:
    """Cards of the bundled models, and of those that the evaluation needs and nobody ships."""
    kept = {path.parent.name: path for path in sorted(WEIGHTS.glob("*/card.json"))}
    return {**shipped(), **{name: json.loads(kept[name].read_text("utf-8")) for name in kept}}


def keep(name: str, folder: Path) -> None:
    """Take up under a name the report in a folder, without the points of its plots, or a bundle."""
    if (folder / "card.json").is_file():
        shutil.copytree(folder, WEIGHTS / name, dirs_exist_ok=True)
        return
    content = json.loads((folder / "report.json").read_text("utf-8"))
    for section in content["sections"]:
        for plot in section["plots"]:
            plot["series"] = []
    (RESULTS / "evaluation").mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    (RESULTS / "evaluation" / f"{name}.json").write_text(text, "utf-8")


def psnr() -> str:
    """PSNR of full tiles, from the worst to the best bundled model."""
    values = [card["figures"]["psnr"]["value"] for card in shipped().values()]
    return f"{min(values):.0f} to {max(values):.0f} dB"


def presence() -> str:
    values = [row["auc"] for row in load("presence.json")["rows"] if row["model"] in shipped()]
    return f"{min(values):.3f} to {max(values):.3f}"


def presence_beside() -> str:
    """AUC of Bob's certainty for codes that survive JPEG, under their names."""
    rows = load("presence.json")["rows"]
    found = (f"{row['model']}: {row['auc']:.3f}" for row in rows if row["model"] not in shipped())
    return ", ".join(found)


def startup() -> str:
    row = next(each for each in load("startup.json")["rows"] if "--help" in each["command"])
    return f"{row['seconds']:.2f} s"


def int8() -> str:
    """Size, relative time and disagreement of the first model's int8 decoder."""
    row = load("export.json")["rows"][0]
    bob = next(each for each in row["artefacts"] if each["file"] == "bob-int8.tflite")
    return (
        f"{row['model']}'s int8 decoder has {bob['bytes'] / 1000:.0f} kB, takes "
        f"{row['of_float32']['int8']:.2f} of the float32 one's time and disagrees with Keras on "
        f"{100 * bob['share_differing']:.3f} % of the bits"
    )


def result_pages() -> dict[str, str]:
    """A page for each question that a kept report answers, with all of its tables, by file name."""
    kept = [part for each in every("evaluation").values() for part in tables.sections(each)]
    questions = {part.name: part.title for part in kept}
    return {
        f"{name}.md": f"# {title}\n\n{markdown([part for part in kept if part.name == name])}"
        for name, title in questions.items()
    }


def links() -> str:
    """To the pages of the questions."""
    titles = {name: text.partition("\n")[0][2:] for name, text in result_pages().items()}
    return ", ".join(f"[{title}](results/{name})" for name, title in titles.items())


#: What makes each block; a file that is missing, or an empty text, is "not measured yet".
MAKERS: dict[str, Callable[[], str]] = {
    "best": lambda: tables.best_text(every("evaluation")),
    "bundles": lambda: tables.bundles_text(cards()),
    "costs-curve": lambda: tables.syndrome_detection_text(load("costs_curve.json")),
    "costs-detection": lambda: tables.syndrome_detection_text(
        load("costs_detection.json"), load("costs_detection_net.json")
    ),
    "costs-front": lambda: tables.syndrome_detection_text(
        load("costs_front.json"), load("costs_front_net.json")
    ),
    "campaign": lambda: tables.campaign_text(load("campaign.json")),
    "claims": lambda: tables.claims_text(every("evaluation")),
    "destinations": lambda: messenger.destinations_text(load("messenger.json")),
    "export": lambda: tables.export_text(load("export.json")),
    "int8": int8,
    "jpeg-detection": lambda: traces.jpeg_detection_text(load("jpeg_detection.json")),
    "jpeg-structure": lambda: traces.structure_text(load("jpeg_structure.json")),
    "lattice": lambda: messenger.lattice_text(load("lattice.json")),
    "lattice-ablation": lambda: messenger.ablation_text(load("lattice_ablation.json")),
    "learning": lambda: tables.learning_text(load("learning.json")),
    "messenger": lambda: messenger.messenger_text(load("messenger.json")),
    "messenger-detection": lambda: messenger.detection_text(load("messenger_detection.json")),
    "messenger-times": lambda: messenger.times_text(load("messenger_times.json")),
    "methods": lambda: tables.methods_text(cards(), every(".")),
    "missing": lambda: tables.missing_text(every("evaluation")),
    "page": lambda: messenger.page_text(load("page.json")),
    "pages": links,
    "openings": lambda: tables.openings_text(load("openings.json")),
    "presence": presence,
    "presence-beside": presence_beside,
    "presence-openings": lambda: traces.openings_text(load("presence.json")["openings"]),
    "progress": lambda: tables.progress_text(cards()),
    "psnr": psnr,
    "robustness": lambda: tables.robustness_text(load("robustness.json")),
    "scale": lambda: traces.scale_text(load("scale.json")),
    "simple": lambda: traces.simple_text(load("simple_detectors.json")),
    "speed": lambda: tables.speed_text(load("step.json"), load("input_pipeline.json")),
    "startup": startup,
    "syndrome": lambda: tables.syndrome_text(load("syndrome.json")),
    "syndrome-detection": lambda: tables.syndrome_detection_text(load("syndrome_detection.json")),
    "summary": lambda: tables.summary_text(every("evaluation")),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if stale")
    parser.add_argument("--keep", nargs=2, metavar=("NAME", "FOLDER"), help="a report or a bundle")
    options = parser.parse_args()
    if options.keep:
        keep(options.keep[0], Path(options.keep[1]))
    stale = []
    wanted = {ROOT / name: filled((ROOT / name).read_text("utf-8")) for name in DOCUMENTS}
    made = {ROOT / "docs" / "results" / name: text for name, text in result_pages().items()}
    for path, after in {**wanted, **made}.items():
        if not path.exists() or path.read_text("utf-8") != after:
            stale.append(path.relative_to(ROOT).as_posix())
            if not options.check:
                path.parent.mkdir(exist_ok=True)
                path.write_text(after, "utf-8")
    print("\n".join(f"{name} has changed" for name in stale) or "nothing has changed")
    if stale and options.check:
        sys.exit(1)


if __name__ == "__main__":
    main()
