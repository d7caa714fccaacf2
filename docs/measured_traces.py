"""What tests without training and retrained attackers see of JPEG files, as the documents show it.

Each function takes what a benchmark wrote and gives Markdown; empty if there is nothing to show.
"""

from __future__ import annotations

from typing import Any

from measured_tables import table


def simple_text(results: dict[str, Any]) -> str:
    """Each simple test on the photos as they are, then every run's extremes."""
    runs = results["runs"].values()
    plain = [row for run in runs if run["covers"] == "as they are" for row in run["rows"]]
    plain.sort(key=lambda row: row["images"])  # the most photos come last, and count
    own = {(row["way"], row["detector"]): row for row in plain}
    return (
        f"{_tests_text([*own.values()])}\n\nAll covers that were measured, with the lowest and the "
        f"highest AUC of these tests:\n\n{_covers_text(runs)}"
    )


def _covers_text(runs: Any) -> str:
    ways = list(dict.fromkeys(row["way"] for run in runs for row in _hidden(run)))
    rows = []
    for run in runs:
        cells = []
        for way in ways:
            own = [row["auc"] for row in _hidden(run) if row["way"] == way]
            cells.append(f"{min(own):.3f} to {max(own):.3f}" if own else "–")
        rows.append([run["covers"], f"{max(row['images'] for row in run['rows'])}", *cells])
    return table(["covers", "photos", *ways], rows)


def _hidden(run: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for row in run["rows"] if not row["way"].startswith("control")]


def _tests_text(measured: list[dict[str, Any]]) -> str:
    """AUC of each simple test for what ``hide`` writes, beside that for its control."""
    known: dict[str, dict[str, Any]] = {}
    ways: dict[str, dict[str, dict[str, Any]]] = {}
    for row in measured:
        if not row["way"].startswith("control"):
            ways.setdefault(row["way"], {})[row["detector"]] = row
        elif row["detector"] not in known or row["auc"] > known[row["detector"]]["auc"]:
            known[row["detector"]] = row
    names = list(dict.fromkeys(name for own in ways.values() for name in own))
    rows = [
        [name, *(_area(own.get(name)) for own in ways.values()), _area(known.get(name))]
        for name in names
    ]
    return table(["test", *ways, "its control"], rows)


def _area(row: dict[str, Any] | None) -> str:
    return f"{row['auc']:.3f} ({row['low']:.3f} to {row['high']:.3f})" if row else "–"


def openings_text(found: dict[str, dict[str, int]]) -> str:
    """In how many images the holder of a public key reads an opening."""
    rows = [
        [way, *(f"{counts[side]} of {counts['of']}" for side in ("covers", "stego images"))]
        for way, counts in found.items()
    ]
    return table(["hidden", "covers", "stego images"], rows)


def jpeg_detection_text(results: dict[str, Any]) -> str:
    """Accuracy of retrained attackers by payload, and the difference to the simulator."""
    head = ["bpnzAC", "method", "accuracy", "AUC", "less the simulator's, points"]
    rows = []
    for rate, methods in results["bpnzAC"].items():
        for name, own in methods.items():
            value, low, high = own["accuracy, %"]
            share = f"{value:.1f} % ({low:.1f} to {high:.1f})"
            value, low, high = own["less the simulator's, points"]
            apart = f"{value:+.1f} ({low:+.1f} to {high:+.1f})"
            rows.append([rate, name, share, f"{own['AUC']:.3f}", apart])
    crops, photos = results["crops"], results["photos"]
    return (
        f"{table(head, rows)}\n\n{crops:,} crops of {photos} photos, quality {results['quality']}."
    )


def structure_text(results: dict[str, Any]) -> str:
    """How many stego files jpegtran leaves as they are, in a sentence."""
    counts: dict[str, int] = {}
    for own in results["outcomes"].values():
        for outcome, count in own.items():
            counts[outcome] = counts.get(outcome, 0) + count
    total = sum(counts.values())
    return f"{total} files: " + ", ".join(f"{count} {what}" for what, count in counts.items())


def scale_text(results: dict[str, Any]) -> str:
    """In how many scaled photos a JPEG past was found, by factor."""
    found: dict[float, list[int]] = {}
    for row in results["rows"]:
        own = found.setdefault(row["factor"], [0, 0])
        own[0] += round(row["found"] * row["images"])
        own[1] += row["images"]
    head = ["factor", *(f"{factor:g}" for factor in found)]
    return table(head, [["past found", *(f"{a} of {b}" for a, b in found.values())]])
