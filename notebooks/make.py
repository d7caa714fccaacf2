"""Run notebooks from their sources, and write them with what came of it.

    python notebooks/make.py                 # all of them, beside their sources
    python notebooks/make.py 5_keys --out /tmp

The sources are the percent scripts N_name.py; N_name.ipynb is never edited by hand (but it may be:
`jupytext --sync` carries changes back).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parent

#: A cell that takes longer than this, in seconds, hangs.
TIMEOUT = 600


def sources() -> list[Path]:
    """The notebooks' sources, in the order to be read."""
    return sorted(FOLDER.glob("[0-9]_*.py"))


def read(source: Path) -> Any:
    """A source as a notebook without outputs; cells are numbered, so that runs can be compared."""
    notebook = jupytext.read(source)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
    return notebook


def execute(source: Path, folder: Path | None = None) -> Any:
    """The notebook with its outputs, run in ``folder`` (default: where its source is).

    Raises nbclient.exceptions.CellExecutionError, with the traceback, for a cell that fails.
    """
    notebook = read(source)
    where = {"metadata": {"path": str(folder or source.parent)}}
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        # Or the kernel warns, each time, that it listens on this machine's own address.
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        timeout=TIMEOUT,
        resources=where,
        record_timing=False,
    )
    client.execute()
    return notebook


def write(notebook: Any, path: Path) -> None:
    """Write a notebook as a file; nothing of the machine goes into it but Python's version."""
    notebook.metadata.pop("widgets", None)
    nbformat.validate(notebook)
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="sources without .py (default: all)")
    parser.add_argument("--out", type=Path, default=FOLDER, help="where to (default: here)")
    options = parser.parse_args()
    known = {source.stem: source for source in sources()}
    strange = sorted(set(options.names) - set(known))
    if strange:
        parser.error(f"{strange[0]!r} is no notebook: choose from {', '.join(known)}")
    for name in options.names or known:
        print(name, file=sys.stderr)
        write(execute(known[name]), options.out / f"{name}.ipynb")


if __name__ == "__main__":
    main()
