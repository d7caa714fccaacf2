"""Draw covers, stego images and figures, one line each, for notebooks and the report.

    from keystego_tf.report import plots
    plots.trio(cover, stego)

Every function returns a matplotlib Figure, which a notebook shows and ``savefig`` writes. The
functions need matplotlib, of the extra ``evaluation``, and load it when the first plot is drawn.
"""

from __future__ import annotations

from .canvas import png
from .images import gallery, sizes, trio
from .lines import bars, curves, draw, flipped_bits, roc

__all__ = ["bars", "curves", "draw", "flipped_bits", "gallery", "png", "roc", "sizes", "trio"]
