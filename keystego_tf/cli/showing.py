"""Show what hide and reveal did: progress on a terminal, and figures in words or as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ..codec import Stego

#: Number of tiles from which a progress bar is shown. Fewer are done before anyone could read one.
MANY = 12


@contextmanager
def progress_bars(quiet: bool) -> Iterator[Any]:
    """Make the codec's progress report: a bar for each stage, if standard error is a terminal."""
    bars: dict[str, Any] = {}

    def report(stage: str, done: int, total: int) -> None:
        if total < MANY:
            return
        if stage not in bars:
            from tqdm import tqdm

            off = True if quiet else None  # None: off unless standard error is a terminal
            bars[stage] = tqdm(
                desc=stage, total=total, disable=off, dynamic_ncols=True, leave=False, unit="tile"
            )
        bars[stage].update(done - bars[stage].n)

    try:
        yield report
    finally:
        for bar in bars.values():
            bar.close()


def figures_of(out: Path, length: int, stego: Stego) -> dict[str, Any]:
    return {
        "out": click.format_filename(out),
        "embedder": stego.embedder,
        "bytes": length,
        "bits": stego.bits,
        "samples": stego.samples,
        "samples_changed": stego.changed,
        "bits_per_nonzero_ac": stego.rate,
        "file_bytes": len(stego.file),
        "psnr": stego.psnr if math.isfinite(stego.psnr) else None,
        "correction_level": stego.level,
        "correction_spent": stego.spent,
    }


def in_words(figures: dict[str, Any]) -> str:
    changed, samples = figures["samples_changed"], figures["samples"]
    rate, psnr = figures["bits_per_nonzero_ac"], figures["psnr"]
    what = "samples" if rate is None else "coefficients"
    more = "" if rate is None else f"{rate:.2g} bits per non-zero AC coefficient, "
    more += f"{math.inf if psnr is None else psnr:.1f} dB to the cover"
    size, file = in_bytes(figures["bytes"]), in_bytes(figures["file_bytes"])
    return (
        f"{figures['out']}: {size}, {changed:,} of {samples:,} {what} changed "
        f"({_percent(changed / samples)}), {more}, a file of {file} ({figures['embedder']})"
    )


def in_bytes(length: int) -> str:
    return f"{length:,} byte{'s' * (length != 1)}"


def _percent(share: float) -> str:
    """Format with two significant digits, as a short message changes little: 0.025 %."""
    return f"{100 * share:.2g} %" if share < 0.0995 else f"{100 * share:.0f} %"
