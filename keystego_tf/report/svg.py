"""Plots as SVG in the page: they follow its colours, so that they are light and dark like it."""

from __future__ import annotations

import re
from dataclasses import replace
from io import StringIO

from ..evaluation.results import Plot
from . import plots
from .plots.canvas import LIGHT, Theme

#: Colours that stand for the page's own until the SVG is written; no plot has them otherwise.
MARKS = {
    **{f"#fe01{index:02x}": f"s{index}" for index in range(len(LIGHT.lines))},
    "#fe0180": "paper",
    "#fe0181": "ink",
    "#fe0182": "muted",
    "#fe0183": "grid",
}
_BY_NAME = {name: mark for mark, name in MARKS.items()}
MARKED = Theme(
    paper=_BY_NAME["paper"],
    ink=_BY_NAME["ink"],
    muted=_BY_NAME["muted"],
    grid=_BY_NAME["grid"],
    lines=tuple(_BY_NAME[f"s{index}"] for index in range(len(LIGHT.lines))),
)

#: What points at an id, and the id.
REFERENCE = re.compile(r'(url\(#|href="#)([\w.-]+)')


def inline(plot: Plot, prefix: str) -> str:
    """The plot as an <svg> element without a title of its own; ``prefix``: of the ids in it."""
    figure = plots.draw(replace(plot, title=""), MARKED)
    file = StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    text = file.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    text = text.replace("*{stroke-linejoin", "svg *{stroke-linejoin")
    # Ids are the whole page's, and some of matplotlib's are random.
    used = dict.fromkeys(name for _, name in REFERENCE.findall(text))
    ids = {name: f"{prefix}-{index}" for index, name in enumerate(used)}
    text = re.sub(r' id="([^"]*)"', lambda m: f' id="{ids[m[1]]}"' if m[1] in ids else "", text)
    text = REFERENCE.sub(lambda m: m[1] + ids[m[2]], text)
    for mark, name in MARKS.items():
        text = text.replace(mark, f"var(--{name})")
    return re.sub(r"\n\s*", "\n", text).strip()
