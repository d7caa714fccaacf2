"""Measure size, speed and bits of the exported files against Keras, on one thread.

Each model is exported as `keystego-tf export` does, on real photos where there are any. Then its
Bob is timed in Keras (a traced tf.function) and as each of his files on LiteRT. They take turns, so
that other work on the machine slows all alike. Ratios are those of the medians. TensorFlow and
LiteRT have one thread each.

    python benchmarks/export.py --out benchmarks/results/export.json [--quick]
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import tempfile
import time
from pathlib import Path
from typing import Any, Callable

import numpy as np
from _photos import photos

#: Number of turns, and of answers in a row per turn, as for the tiles of an image.
TURNS, IN_A_ROW = 20, 10


def measure(model: Any, folder: Path, turns: int) -> dict[str, Any]:
    """Export a model and time its Bob."""
    from keystego_tf.exporting.export import ExportConfig, export

    manifest = export(model, folder, ExportConfig(photos=photos()))
    artefacts = [
        {"file": each["file"], "bytes": each["bytes"], **each["measured"]}
        for each in manifest["artefacts"]
    ]
    milliseconds = race(contestants(model, folder), turns)
    keras, float32 = milliseconds["keras"], milliseconds["float32"]
    return {
        "model": model.name,
        "measured_on": {name: manifest["measured_on"][name] for name in ("covers", "images")},
        "artefacts": artefacts,
        "median_ms": milliseconds,
        "of_float32": {name: value / float32 for name, value in milliseconds.items()},
        "of_keras": {name: value / keras for name, value in milliseconds.items()},
    }


def contestants(model: Any, folder: Path) -> dict[str, Callable[[], Any]]:
    """Return Bob's answers to one tile, in Keras and from his files."""
    from keystego_tf.backend import tf
    from keystego_tf.bundles.bundles import load_bundle
    from keystego_tf.bundles.catalogue import TILE
    from keystego_tf.exporting.artefacts import TFLiteFile
    from keystego_tf.exporting.formats import FORMATS
    from keystego_tf.methods import method_of

    agents, run = load_bundle(model.folder)
    inputs, bob = method_of(run).signatures(agents, run, TILE)["bob"]["read"]
    rng = np.random.default_rng(0)
    tile = {name: rng.random((1, *shape), np.float32) for name, shape in inputs.items()}
    read = tf.function(lambda *values: bob(list(values), training=False))

    def keras() -> Any:  # NumPy arrays in and out, as on LiteRT
        return read(*[tf.constant(value) for value in tile.values()]).numpy()

    answers: dict[str, Callable[[], Any]] = {"keras": keras}
    for name in FORMATS:
        file = TFLiteFile((folder / f"bob-{name}.tflite").read_bytes(), "read")
        answers[name] = lambda file=file: file.answer(tile)
    return answers


def race(answers: dict[str, Callable[[], Any]], turns: int) -> dict[str, float]:
    """Measure the median milliseconds of each, taking turns."""
    for answer in answers.values():  # trace, allocate and warm up
        for _ in range(IN_A_ROW):
            answer()
    seconds: dict[str, list[float]] = {name: [] for name in answers}
    for _ in range(turns):
        for name, answer in answers.items():
            for _ in range(IN_A_ROW):
                start = time.perf_counter()
                answer()
                seconds[name].append(time.perf_counter() - start)
    return {name: 1000 * float(np.median(each)) for name, each in seconds.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="JSON file for the results")
    parser.add_argument("--quick", action="store_true", help="the first model alone")
    options = parser.parse_args()

    from _machine import describe

    from keystego_tf.backend import tf
    from keystego_tf.bundles.catalogue import bundled

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    rows = []
    for model in bundled()[:1] if options.quick else bundled():
        with tempfile.TemporaryDirectory() as folder:
            rows.append(measure(model, Path(folder) / model.name, TURNS))
        print(json.dumps(rows[-1]), flush=True)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        about = describe()
        about["versions"]["ai-edge-litert"] = importlib.metadata.version("ai-edge-litert")
        options.out.write_text(json.dumps({**about, "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
