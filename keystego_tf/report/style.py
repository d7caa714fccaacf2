"""How the page looks: calm, light or dark as the reader has it, narrow on a phone."""

from __future__ import annotations

from .plots.canvas import LIGHT

#: The lines of a plot on dark paper, in the order of plots.canvas.LIGHT.
DARK_LINES = (
    "#6cb2f0",
    "#f0a05a",
    "#4fc7a8",
    "#ec86bd",
    "#b9a0ee",
    "#d8bd4a",
    "#b4c0cb",
    "#3f8fc4",
)


def _lines(colours: tuple[str, ...]) -> str:
    return " ".join(f"--s{index}: {colour};" for index, colour in enumerate(colours))


_COLOURS = f"""
:root {{
  color-scheme: light dark;
  --paper: #ffffff; --raised: #f5f7f9; --ink: #1f2429; --muted: #5c6670; --line: #dde2e7;
  --grid: #e4e8ec; --accent: #1b62a0; --good: #17693f; --good-paper: #e6f4ec; --bad: #9a3412;
  --bad-paper: #fdf0e9;
  {_lines(LIGHT.lines)}
}}
@media (prefers-color-scheme: dark) {{
  :root {{
    --paper: #15191d; --raised: #1d2329; --ink: #e3e8ec; --muted: #9aa6b1; --line: #323b44;
    --grid: #2a323a; --accent: #7cb8ee; --good: #7bd1a4; --good-paper: #16302a; --bad: #f4a67c;
    --bad-paper: #38241b;
    {_lines(DARK_LINES)}
  }}
}}
"""

_LAYOUT = """
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; max-width: 66rem; padding: 1.5rem 1.1rem 4rem;
  background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0.6rem 0 0.3rem; }
h2 { font-size: 1.28rem; line-height: 1.3; margin: 0 0 0.3rem; }
h3 { font-size: 1rem; margin: 1.8rem 0 0.4rem; }
p { margin: 0.4rem 0 0.8rem; max-width: 46rem; }
a { color: var(--accent); }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 0.86em; }
pre {
  margin: 0.6rem 0; padding: 0.7rem 0.9rem; overflow-x: auto; border-radius: 6px;
  background: var(--raised);
}
section { margin-top: 2.2rem; padding-top: 1.6rem; border-top: 1px solid var(--line); }
.warning {
  padding: 0.5rem 0.9rem; border-left: 3px solid var(--bad); background: var(--bad-paper);
  color: var(--bad); font-weight: 600;
}
.lead { color: var(--muted); }
.facts {
  display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1.2rem; margin: 1rem 0;
  font-size: 0.92rem;
}
.facts dt { color: var(--muted); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; padding: 0; list-style: none; }
.sum { font-size: 1.05rem; }
.notes { color: var(--muted); max-width: 46rem; padding-left: 1.1rem; font-size: 0.93rem; }
.notes li { margin: 0.25rem 0; }
details { margin: 0.8rem 0; }
summary { cursor: pointer; color: var(--muted); font-size: 0.92rem; }
@media (max-width: 34rem) {
  .facts { grid-template-columns: 1fr; gap: 0; }
  .facts dd { margin-bottom: 0.5rem; }
  body { padding: 1rem 0.9rem 3rem; }
}
@media print { section { break-inside: auto; } figure, tr { break-inside: avoid; } }
"""

_TABLES = """
.wide {
  overflow-x: auto; margin: 0.4rem 0 0.6rem;
  /* a shade at the right edge while there is more: many systems hide their scroll bars */
  background:
    linear-gradient(to left, var(--paper) 1rem, transparent) right / 3rem 100% no-repeat local,
    linear-gradient(to left, var(--line), transparent) right / 1rem 100% no-repeat scroll;
}
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.42rem 0.65rem; text-align: left; vertical-align: top; }
th { font-weight: 600; color: var(--muted); border-bottom: 1px solid var(--line); }
td { border-bottom: 1px solid var(--line); }
tr:last-child td { border-bottom: 0; }
td.number, th.number { text-align: right; white-space: nowrap; }
td:first-child, th:first-child { padding-left: 0; }
.interval { display: block; color: var(--muted); font-size: 0.84em; }
.missing { color: var(--muted); }
.wide td:first-child, .wide th:first-child {
  position: sticky; left: 0; background: var(--paper); max-width: 60vw;
}
.caption { color: var(--muted); font-size: 0.88rem; margin: 0; }
.from { color: var(--muted); font-weight: 400; font-size: 0.88rem; }
.claims { width: 100%; }
.claims td:first-child { padding-left: 0.7rem; border-left: 3px solid var(--good); }
.claims .fails td:first-child { border-left-color: var(--bad); }
.claims .fails td { background: var(--bad-paper); }
.claims .unknown td:first-child { border-left-color: var(--muted); }
.claims td .what { font-weight: 600; }
.verdict {
  display: inline-block; padding: 0.05rem 0.55rem; border-radius: 1rem; white-space: nowrap;
  font-weight: 600; color: var(--good); background: var(--good-paper);
}
.fails .verdict { color: var(--bad); background: none; outline: 1px solid var(--bad); }
.unknown .verdict { color: var(--muted); background: none; outline: 1px solid var(--line); }
@media (max-width: 44rem) {
  .claims thead { display: none; }
  .claims, .claims tbody, .claims tr, .claims td { display: block; }
  .claims tr { border-left: 3px solid var(--good); margin-bottom: 0.9rem; }
  .claims .fails { border-left-color: var(--bad); }
  .claims .unknown { border-left-color: var(--muted); }
  .claims td, .claims td:first-child { border: 0; padding: 0.1rem 0.7rem; }
  .claims td[data-head]::before {
    content: attr(data-head) ": "; color: var(--muted); font-size: 0.88rem;
  }
  .claims .interval { display: inline; margin-left: 0.4rem; }
}
"""

_FIGURES = """
.figures {
  display: grid; gap: 1.2rem 2rem; margin: 1rem 0; align-items: start;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr));
}
figure { margin: 0; max-width: 34rem; }
figure.square { max-width: 27rem; }
figure svg { display: block; width: 100%; height: auto; }
figure img { display: block; max-width: 100%; height: auto; image-rendering: pixelated; }
figure.picture img { outline: 1px solid var(--line); }
figure.picture { max-width: none; }
.pictures { display: grid; gap: 1.2rem; margin: 1rem 0; }
figcaption { font-size: 0.92rem; margin-bottom: 0.4rem; font-weight: 600; }
.note { color: var(--muted); font-size: 0.88rem; margin: 0.3rem 0 0; }
"""

CSS = _COLOURS + _LAYOUT + _TABLES + _FIGURES
