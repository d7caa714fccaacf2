"""The command export: write a model as files for devices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from ..io.files import check_folder
from .errors import Failed
from .listing import aligned
from .options import FOLDER
from .terminal import say


@click.command()
@click.option(
    "--model", required=True, metavar="NAME|FOLDER", help="A bundled model, or a bundle's folder."
)
@click.option("--out", type=FOLDER, required=True, help="New folder for the files.")
@click.option("--alice", is_flag=True, help="Export Alice too, for devices that hide.")
@click.option("--side", type=int, default=128, help="Height and width of a tile, by default 128.")
@click.option(
    "--dynamic-shape",
    is_flag=True,
    help="Leave batch, height and width free. Runtimes for browsers and GPUs need fixed shapes.",
)
@click.option(
    "--calibration",
    metavar="FOLDER",
    default="synthetic",
    help="64 or more photos to calibrate int8 on; by default synthetic covers.",
)
@click.option(
    "--photos",
    metavar="FOLDER",
    default="synthetic",
    help="100 or more photos to measure the files on; by default synthetic covers.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the manifest.")
def export(model: str, out: Path, dynamic_shape: bool, as_json: bool, **options: Any) -> None:
    """Export a model for devices: SavedModel and TFLite files with a manifest.

    The command compares each file with Keras on stego images. It fails, and leaves nothing behind,
    if a file decodes differently or lacks its weights.
    """
    from ..bundles.catalogue import find_model
    from ..exporting.artefacts import ExportFailed
    from ..exporting.export import ExportConfig, export

    check_folder(out)
    try:
        manifest = export(
            find_model(model),
            out,
            ExportConfig(dynamic=dynamic_shape, **options),
            lambda text: say(text, err=True),
        )
    except ExportFailed as error:
        raise Failed(str(error)) from error
    say(json.dumps(manifest, indent=2) if as_json else figures(manifest))
    say(f"manifest and files are in {out}", err=True)


def figures(manifest: dict[str, Any]) -> str:
    """Format a line for each artefact: size, differences from Keras, right bits, speed."""
    lines = [["file", "bytes", "differs from Keras", "bits right", "median"]]
    for each in manifest["artefacts"]:
        measured = each["measured"]
        right = measured["bit_accuracy"]
        lines.append(
            [
                each["file"],
                f"{each['bytes']:,}",
                f"{100 * measured['share_differing']:.4f} %",
                "-" if right is None else f"{100 * right:.3f} %",
                f"{measured['median_ms']:.2f} ms",
            ]
        )
    return aligned(lines)
