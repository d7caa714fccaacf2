"""Export every bundled model, each to a folder of its name.

python export/export_all.py --out exported [--photos FOLDER] [--calibration FOLDER] [--alice]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from keystego_tf.bundles.catalogue import bundled
from keystego_tf.cli.export import figures
from keystego_tf.exporting.export import ExportConfig, export


def main() -> None:
    parser = argparse.ArgumentParser(description="Export every bundled model.")
    parser.add_argument("--out", type=Path, required=True, help="folder of the models' folders")
    parser.add_argument("--photos", default="synthetic", help="what the files are measured on")
    parser.add_argument("--calibration", default="synthetic", help="what int8 is calibrated on")
    parser.add_argument("--alice", action="store_true", help="export Alice too")
    options = parser.parse_args()
    config = ExportConfig(
        alice=options.alice, photos=options.photos, calibration=options.calibration
    )
    for model in bundled():
        print(f"== {model.name}", file=sys.stderr)
        print(figures(export(model, options.out / model.name, config)), flush=True)


if __name__ == "__main__":
    main()
