"""Measure progress on unseen covers, at the start, halfway and at the end."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Optional

from ..config import RunConfig
from ..data.batches import evaluation_tiles
from ..data.covers import Covers
from ..io.files import to_json, write_whole
from ..methods import Agents
from ..metrics import figures as measured

PROGRESS = "progress.json"
#: Number of unseen covers at the start and halfway. The end is measured on all of them.
IMAGES = 20
#: Figures of a row, as far as a method has them: bit accuracy with the right key, in [0, 1], and
#: PSNR in dB.
SHOWN = ("right_key", "psnr")
#: Figures by number of steps; None for what is not finite.
Rows = dict[int, dict[str, Optional[float]]]


class Progress:
    """The rows of a run, kept in a file so that a resumed run has them all.

    With several workers, all have to measure together. ``writes=False`` keeps nothing.
    """

    def __init__(self, path: Path, run: RunConfig, test: Covers, writes: bool = True) -> None:
        self._path, self._run, self._test, self._writes = path, run, test, writes

    def rows(self) -> Rows:
        """Return the figures by number of steps, in order."""
        if not self._path.is_file():
            return {}
        rows = json.loads(self._path.read_text(encoding="utf-8"))
        return {int(step): row for step, row in rows.items()}

    def measure(self, step: int, agents: Agents) -> None:
        """Add a row for the agents after ``step`` steps."""
        data, run = self._run.data, self._run
        tiles = evaluation_tiles(
            self._test, data.evaluation_side, min(IMAGES, data.evaluation_images)
        )
        self._add(step, measured.measure(agents, run.agents, tiles, seed=run.training.seed)[0])

    def finish(self, step: int, figures: measured.Figures) -> Rows:
        """Add the last row, from the final evaluation; return all rows."""
        self._add(step, figures)
        return self.rows()

    def _add(self, step: int, figures: measured.Figures) -> None:
        if not self._writes:
            return
        values = {name: figures[name].value for name in SHOWN if name in figures}
        # JSON has no infinity, which is the PSNR of images that did not change
        shown = {name: each if math.isfinite(each) else None for name, each in values.items()}
        rows = {**self.rows(), step: shown}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self._path, to_json({str(each): rows[each] for each in sorted(rows)}))


def table(rows: Rows) -> str:
    """Format rows of figures as an aligned text table."""
    columns = {
        "right_key": ("bits right", "{:.2%}"),
        "psnr": ("PSNR", "{:.1f} dB"),
    }
    names = [name for name in columns if all(name in row for row in rows.values())]
    lines = ["".join([f"{'steps':>8}", *(f"  {columns[name][0]:>10}" for name in names)])]
    for step, row in rows.items():
        values = {name: row[name] for name in names}
        cells = [
            "-" if each is None else columns[name][1].format(each) for name, each in values.items()
        ]
        lines.append("".join([f"{step:>8,}", *(f"  {cell:>10}" for cell in cells)]))
    return "\n".join(lines)
