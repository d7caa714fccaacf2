"""Copy the bundled models' TFLite files for the page: python models.py FOLDER

Writes FOLDER/models.json too, with what a reader must know of each model.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from keystego_tf.bundles.catalogue import TILE, Model, bundled


def entry(model: Model, folder: Path) -> dict[str, Any]:
    """Copy a model's files to ``folder``, and return what models.json says of it."""
    agents = model.agents
    names = ["bob", "pk_generator"] if agents.asymmetric else ["bob"]
    folder.mkdir(parents=True)
    hashes = {}
    for name in names:
        content = model.tflite(name)  # checked against the card
        (folder / f"{name}.tflite").write_bytes(content)
        hashes[f"{name}.tflite"] = hashlib.sha256(content).hexdigest()
    return {
        "name": model.name,
        "scheme": agents.scheme,
        "message_shape": agents.message_shape(TILE, TILE),
        "channels": agents.channels,
        "sha256": hashes,
    }


def main(folder: Path) -> None:
    # in the order in which a reader tries them
    entries = [entry(model, folder / model.name) for model in bundled()]
    text = json.dumps({"format": 2, "models": entries}, indent=1) + "\n"
    (folder / "models.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
