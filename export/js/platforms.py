"""Write src/channel/data.js: the platforms and lattices for JavaScript.

Run it as python platforms.py when they change; a test compares the two.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keystego_tf.channel.jpeg_codec import CHROMINANCE, LUMINANCE
from keystego_tf.channel.platforms import LEAST_QUALITY, MOST_QUALITY, PLATFORMS, Platform
from keystego_tf.embedders.qim import MULTIPLES, PLACES, TABLES

PATH = Path(__file__).parent / "src" / "channel" / "data.js"

HEAD = """\
// Made by export/js/platforms.py from what the Python package has; do not edit it here.
// Quantisation tables are row by row; `lattices` has the steps of QIM's tables at `places`.

"""


def steps(table: NDArray[Any]) -> list[int]:
    return [int(step) for step in np.asarray(table).reshape(-1)]


def entry(platform: Platform) -> dict[str, Any]:
    return {
        "name": platform.name,
        "title": platform.title,
        "longEdge": platform.long_edge,
        "square": platform.square,
        "luma": steps(platform.luma),
        "chroma": steps(platform.chroma),
    }


def text() -> str:
    """The module."""
    rows, columns = zip(*PLACES)
    exports: dict[str, Any] = {
        "PLATFORMS": [entry(each) for each in PLATFORMS.values()],
        "QUALITY_50": {"luma": steps(LUMINANCE), "chroma": steps(CHROMINANCE)},
        "QUALITIES": {"least": LEAST_QUALITY, "most": MOST_QUALITY},
        "QIM": {
            "places": [list(place) for place in PLACES],
            "multiples": list(MULTIPLES),
            "lattices": {name: steps(table[rows, columns]) for name, table in TABLES.items()},
        },
    }
    return HEAD + "".join(
        f"export const {name} = {_written(value)};\n" for name, value in exports.items()
    )


def _written(value: Any) -> str:
    """A list on one line, but a list of entries as one entry a line."""
    if isinstance(value, list):
        return "[\n" + "".join(f"  {json.dumps(each)},\n" for each in value) + "]"
    return json.dumps(value)


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
