"""Cards, benchmarks and reports of `keystego-tf evaluate`, as the documents show them.

Each function takes what was read from files and gives Markdown; empty if there is nothing to show.
"""

from __future__ import annotations

import re
from typing import Any

from keystego_tf.evaluation.results import Claim, Column, Section, Table
from keystego_tf.metrics.statistics import Estimate
from keystego_tf.report import pages
from keystego_tf.report.values import claims_of, tabled

#: Whatever is read from JSON, by the name of its file.
Files = dict[str, dict[str, Any]]

#: Most rows and methods of the README's table of claims.
ROWS, METHODS = 10, 4

RATES = (0.0625, 0.5)

#: What the benchmark of the syndrome embedder calls its cost over the simulator's.
OVER = "embedder's cost over this, mean"

#: What hides without a method, and the methods, with what each is for.
WHEN = {
    "syndrome": "default of `hide`: a file that arrives as it was sent; changes least",
    "qim": "`hide --for whatsapp` and others: survives their recompression",
    "keyed": "default of `train`, `tune` and the demo; `hide --model keyed-…`",
    "lattice": "science: nets that learn to survive JPEG; begin as a code and learn little beyond",
    "costs": "`hide --model costs-0.4`: nets set the costs of `syndrome`; simulated, attackers are "
    "right 2 percentage points less often (gray, 0.4 bpp)",
    "paper-code": "science: the paper's agents as the authors' code trains them",
    "paper": "science: the losses as printed (Eve's is corrected), and what they lead to",
}

#: Files of Bob whose speed is shown, by the name of the format in the benchmark.
FORMATS = ("float32", "float16", "dynamic-int8", "int8")


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def formatted(columns: dict[str, str], rows: list[dict[str, Any]]) -> str:
    """A table of cells by heading, as ``str.format`` takes them; a row gives what they name."""
    cells = [[cell.format(**row) for cell in columns.values()] for row in rows]
    return re.sub(r"(?<=\d)%", " %", table(list(columns), cells))


def percent(estimate: dict[str, Any], digits: int) -> str:
    value, low, high = (f"{100 * estimate[key]:.{digits}f}" for key in ("value", "low", "high"))
    return f"{value} % ({low} to {high})"


#: The weakest that `hide --for whatsapp` uses, as benchmarks/lattice.py calls it, and the channel
#: whose bits are counted.
QIM, CHANNEL = "QIM, 4 a block, 1 x WhatsApp's steps", "whatsapp"


def methods_text(cards: Files, results: Files) -> str:
    """What hides, and when: the symmetric scheme in colour, at both payloads."""
    rates = " / ".join(map(str, RATES))
    head = ["", "use it for", f"PSNR at {rates} bpp", "bits, right key", "bits, wrong key"]
    rows = []
    for name, use in WHEN.items():
        own = [_measured(name, rate, cards, results) for rate in RATES]
        psnr, right, wrong = (
            _pair([figures.get(part) for figures in own], digits, unit)
            for part, digits, unit in (("psnr", 1, "dB"), ("right", 2, "%"), ("wrong", 1, "%"))
        )
        kind = "a code, no net" if name in ("syndrome", "qim") else "nets"
        right = "all" if name == "syndrome" else right
        rows.append([f"`{name}`: {kind}", use, psnr, right, wrong])
    return table(head, rows)


def _measured(name: str, rate: float, cards: Files, results: Files) -> dict[str, float]:
    """PSNR in dB, and percent of the bits with the right key and with a wrong one, where measured.

    Those of a method are from the card of its first symmetric colour model at this payload.
    """
    if name == "syndrome":
        own = results.get("syndrome", {}).get("by", {}).get(f"colour {rate}")
        return {"psnr": own["rows"]["embedder"]["PSNR, dB"]} if own else {}
    if name == "qim":
        own = results.get("lattice", {}).get("rows", {}).get(QIM)
        if not own or rate != RATES[0]:
            return {}
        right, wrong = (100 * own["right"][part] for part in (CHANNEL, "wrong key"))
        return {"psnr": own["psnr"], "right": right, "wrong": wrong}
    wanted = {"method": name, "scheme": "symmetric", "bits_per_pixel": rate, "channels": 3}
    for card in cards.values():
        if wanted.items() <= card.items():
            own = {part: figure["value"] for part, figure in card["figures"].items()}
            right, wrong = 100 * own["right_key"], 100 * own["wrong_key"]
            return {"psnr": own["psnr"], "right": right, "wrong": wrong}
    return {}


def _pair(values: list[Any], digits: int, unit: str) -> str:
    """One figure for each payload; a dash where it is not measured."""
    if not any(values):
        return "–"
    cells = ("–" if value is None else f"{value:.{digits}f}" for value in values)
    return f"{' / '.join(cells)} {unit}"


def bundles_text(cards: Files) -> str:
    """What the training of each model with a Bob measured at its end."""
    rows, images = [], set()
    for name, card in cards.items():
        own = card["figures"]
        if "right_key" not in own:
            continue
        images.add(own["psnr"]["images"])
        right, wrong = percent(own["right_key"], 3), percent(own["wrong_key"], 2)
        rows.append({"name": name, "right": right, "wrong": wrong, **own})
    columns = {
        "model": "{name}",
        "right key": "{right}",
        "wrong key": "{wrong}",
        "inverted key": "{inverted_key[value]:.2%}",
        "images without a wrong bit": "{images_without_error[value]:.0%}",
        "PSNR": "{psnr[value]:.1f} dB ({psnr[low]:.1f} to {psnr[high]:.1f})",
    }
    counts = " or ".join(map(str, sorted(images)))
    note = f"In brackets the 95 % interval over {counts} unseen photos; one training each."
    return f"{formatted(columns, rows)}\n\n{note}"


def progress_text(cards: Files) -> str:
    """Right key and PSNR of each model at the start of its training, halfway and at its end."""
    rows = []
    for name, card in cards.items():
        if "right_key" not in card["figures"]:
            continue
        steps = sorted((int(step), own) for step, own in card.get("progress", {}).items())
        points = [
            f"{step:,}: {100 * own['right_key']:.2f} %, {own['psnr']:.1f} dB" for step, own in steps
        ]
        if len(points) == 3:
            rows.append([name, *points])
    head = ["model", "start (step: bits, PSNR)", "halfway", "at the end"]
    return table(head, rows) if rows else ""


def syndrome_text(results: dict[str, Any]) -> str:
    """The syndrome embedder beside a simulator of optimal coding, a row a payload."""
    columns = {
        "payload, bits per pixel": "{name}",
        "samples changed": "{own[samples changed, %]:.2f} % ({other[samples changed, %]:.2f} %)",
        "PSNR": "{own[PSNR, dB]:.1f} dB ({other[PSNR, dB]:.1f} dB)",
        "cost of the changes": f"{{other[{OVER}]:.2f}} times the simulator's",
        "ms a tile": "{ms:.0f}",
    }
    rows = []
    for name, part in results["by"].items():
        own, other = part["rows"]["embedder"], part["rows"]["simulator, all samples"]
        ms = 1000 * part["seconds a tile, wall and processor, median"][1]
        rows.append({"name": name, "own": own, "other": other, "ms": ms})
    note = f"{results['tiles']} tiles of 128 x 128; in brackets the simulator; processor time."
    return f"{formatted(columns, rows)}\n\n{note} `{results['command']}`"


def syndrome_detection_text(*files: dict[str, Any]) -> str:
    """Attackers retrained on each method, beside HILL's simulator and a control.

    The files are of the same covers, and each has attackers of its own.
    """
    results = {key: value for each in files for key, value in each.items()}
    attackers = [name for name in ("SRMQ1, FLD ensemble", "convolutional net") if name in results]
    head = ["method", *(f"{name}: accuracy (difference from HILL's)" for name in attackers)]
    rows = []
    for method in results[attackers[0]]:
        cells = [
            f"{own['accuracy, %']:.1f} %"
            + (f" ({apart:+.1f}; {low:+.1f} to {high:+.1f} points)" if low < high else "")
            for own in (results[name].get(method) for name in attackers)
            if own
            for apart, low, high in [own["less the simulator's, points"]]
        ]
        rows.append([method, *cells, *["–"] * (len(attackers) - len(cells))])
    commands = "; ".join(f"`{each['command']}`" for each in files)
    return (
        f"{table(head, rows)}\n\n{results['covers']:,} covers of {results['photos']:,} photos, "
        f"{results['folds']} folds by photo. {commands}"
    )


def campaign_text(results: dict[str, Any]) -> str:
    """Round trips, and what came of wrong keys and damaged files, a sentence each."""
    trips, wrong = results["round_trips"], results["wrong"]
    found = wrong["outcomes"]
    exact = trips["revealed exactly by a fresh process"]
    return (
        f"Of {trips['tried']:,} messages, {trips['hidden']:,} were hidden and {exact:,} revealed "
        "exactly by a fresh process, over all embedders for files and all kinds of keys. Of "
        f"{wrong['tried']:,} attempts with wrong keys, damaged files and innocent photos, "
        f"{found['nothing there']:,} found nothing, {found['refused']:,} were refused before "
        f"anything was read, {found['exact']:,} gave the exact message in spite of light damage, "
        f"and {len(wrong['failed']):,} gave anything else.{_jpeg_trips(results)}{_fuzz(results)} "
        f"`{results['command']}`"
    )


def _jpeg_trips(results: Files) -> str:
    """Say what came of JPEG files, where the campaign had them."""
    trips = results.get("jpeg_trips")
    if not trips:
        return ""
    hidden, exact = trips["hidden"], trips["revealed exactly by a fresh process"]
    return (
        f" Of {trips['tried']:,} messages in JPEG files, {hidden:,} were hidden and {exact:,} "
        "revealed exactly."
    )


def _fuzz(results: Files) -> str:
    """Say what came of mutated images, keys and bundles, where the campaign had them."""
    fuzz = results.get("fuzz")
    if not fuzz:
        return ""
    return (
        f" Of {fuzz['tried']:,} mutated images, keys and bundles, {len(fuzz['failed']):,} gave a "
        f"crash or a traceback; a bundle took {fuzz['peak_mib']['bundle']:.0f} MiB and "
        f"{fuzz['longest_seconds']['bundle']:.1f} s at most."
    )


def openings_text(results: dict[str, Any]) -> str:
    """Openings beside random bytes, and beside plain X25519 keys, a row a source."""
    head = ["bytes", "decoded points, order component 1, 2, 4, 8"]
    head += ["bits 255 and 254: 00, 01, 10, 11", "p of byte frequencies"]
    head.append("AUC of the test for a plain key")
    plain = results["AUC against random"]["as a plain key"]
    rows = []
    for name, own in results["sources"].items():
        kinds = ("decoded points of order component 1, 2, 4, 8", "top two bits")
        counts = [", ".join(f"{n:,}" for n in own[kind]) for kind in kinds]
        rows.append([name, *counts, f"{own['p of bytes']:.3f}", f"{plain[name]:.3f}"])
    return f"{table(head, rows)}\n\n{results['count']:,} of each. `{results['command']}`"


def learning_text(results: dict[str, Any]) -> str:
    """A training of 1, 300 and more steps, and what else tells that it learned."""
    columns = {"steps": "{steps}", "right key": "{right_key:.2%}", "wrong key": "{wrong_key:.2%}"}
    columns["PSNR"] = "{psnr:.1f} dB"
    rows = [{"steps": steps, **own} for steps, own in results["steps"].items()]
    foreign, texture = results["foreign"], results["texture"]
    low, high = (
        ", ".join(f"{own:.1f}" for own in seeds.values()) for seeds in results["weight"].values()
    )
    lines = [
        f"Of {foreign['hidden']} messages that the shipped bundle hid, the shipped bundle reveals "
        f"{foreign['shipped bundle']} and a bundle of one step {foreign['bundle of one step']}.",
        f"Three times the image weight moves the PSNR from {low} dB to {high} dB (three seeds "
        "each).",
        "The size of a change correlates with the photo's own local deviation by "
        f"{texture['own photo']:.2f}, with another photo's by {texture['another photo']:.2f}.",
    ]
    listed = "\n".join(f"- {line}" for line in lines)
    return f"{formatted(columns, rows)}\n\n{listed}\n\n`{results['command']}`"


def speed_text(steps: dict[str, Any], pipeline: dict[str, Any]) -> str:
    """Speed of a step by precision and Eve's interval, and of the input pipeline."""
    columns = {
        "arithmetic": "{precision}",
        "Eve learns": "{eve}",
        "images a second": "{images_per_second:.0f}",
        "of the convolutions' own speed": "{efficiency:.0%}",
    }
    rows = []
    for row in steps["rows"]:
        own = row["configuration"]
        if set(own) == {"precision", "eve_interval"}:
            every = own["eve_interval"]
            eve = "in every step" if every == 1 else f"in every {every}th step"
            rows.append({**row, "precision": own["precision"], "eve": eve})
    *rates, large = pipeline["rows"]
    one, many = ([row for row in rates if row["files"] == "jpeg"][end] for end in (0, -1))
    needed = max(row["images_per_second"] for row in rows)
    return (
        f"{formatted(columns, rows)}\n\n"
        f"The input pipeline alone makes {one['images_per_second']:.0f} crops a second of JPEG "
        f"files on one core, {many['images_per_second']:.0f} on {many['cores']}, which is "
        f"{many['images_per_second'] / needed:.0f} times what the fastest step takes. From a "
        f"folder of {large['files']:,} files, the first batch comes "
        f"{large['seconds_from_start_of_process']:.0f} s after the start, with "
        f"{large['peak_memory_gib']:.1f} GiB at most. `{steps['command']}` `{pipeline['command']}`"
    )


def robustness_text(results: dict[str, Any]) -> str:
    """Share of messages that are still read after damage, a row an embedder."""
    rows = results["rows"]
    titles = {"samples": "{} samples", "spot": "a spot of {0} x {0}"}
    kinds = dict.fromkeys((row["damage"], row["size"]) for row in rows)
    head = ["embedder", *(titles[kind].format(size) for kind, size in kinds)]
    shares: dict[str, list[str]] = {}
    for row in rows:
        shares.setdefault(row["embedder"], []).append(f"{100 * row['share_read']:.0f} %")
    return table(head, [[name, *own] for name, own in shares.items()])


def export_text(results: dict[str, Any]) -> str:
    columns = {
        "model": "{model}",
        "file": "`{file}`",
        "bytes": "{bytes:,}",
        "bits that differ from Keras": "{share_differing:.4%}",
        "ms a tile": "{ms:.1f}",
        "of float32": "{of_float32:.2f}",
        "of Keras": "{of_keras:.2f}",
    }
    rows = []
    for row in results["rows"]:
        files = {each["file"]: each for each in row["artefacts"]}
        for name in FORMATS:
            times = {part: row[part][name] for part in ("of_float32", "of_keras")}
            own = {**files[f"bob-{name}.tflite"], **times, "ms": row["median_ms"][name]}
            rows.append({"model": row["model"], **own})
    return formatted(columns, rows)


def claims_text(reports: Files) -> str:
    """The paper's claims beside ours, a column a method. Claims about the tools are left out."""
    claims = _claims(reports)
    if not claims:
        return ""
    commands = "\n".join(report["meta"]["command"] for report in reports.values())
    return f"{pages.claims_markdown(claims)}\n\n```text\n{commands}\n```"


def summary_text(reports: Files) -> str:
    """The first claims that the paper has a figure for, of the first methods."""
    own = [each for each in _claims(reports) if any(map(str.isdigit, each.paper))]
    methods, rows = tabled(own)
    kept = {(example.what, example.paper) for example, _ in rows[:ROWS]}
    shown = [c for c in own if c.family in methods[:METHODS] and (c.what, c.paper) in kept]
    return pages.claims_markdown(shown) if shown else ""


def _claims(reports: Files) -> list[Claim]:
    return claims_of(section for report in reports.values() for section in sections(report))


def best_text(reports: Files) -> str:
    """The best attacker of each method, by payload."""
    tables = [table for r in reports.values() for each in sections(r) for table in each.tables]
    best = [table for table in tables if table.name.startswith("best-")]
    text = pages.markdown([Section("", "", "", tables=best)]).partition("###")[2]
    return f"###{text}".strip() if best else ""


def missing_text(reports: Files) -> str:
    """Questions of the evaluation that no kept report answers."""
    from keystego_tf.evaluation.runner import QUESTIONS

    answered = {part["name"] for report in reports.values() for part in report["sections"]}
    missing = [f"`{name}`" for name in QUESTIONS if name not in answered]
    return ", ".join(missing) or "none"


def sections(report: dict[str, Any]) -> list[Section]:
    """The sections as the report's writer had them, without plots and pictures."""
    return [
        Section(
            **{name: part[name] for name in ("name", "title", "question", "notes", "command")},
            tables=[_table(each) for each in part["tables"]],
            claims=[_claim(each) for each in part["claims"]],
        )
        for part in report["sections"]
    ]


def _table(part: dict[str, Any]) -> Table:
    rows = [{name: _estimate(value) for name, value in row.items()} for row in part["rows"]]
    columns = [Column(**column) for column in part["columns"]]
    return Table(part["name"], part["title"], columns, rows, part["paper"], part["note"])


def _claim(part: dict[str, Any]) -> Claim:
    """JSON has no infinite ends: they come back as null."""
    endless = (-float("inf"), float("inf"))
    goal = tuple(end if e is None else e for end, e in zip(endless, part["goal"]))
    own = {name: value for name, value in part.items() if name != "holds"}
    return Claim(**{**own, "ours": _estimate(part["ours"]), "goal": goal})


def _estimate(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    missing = {"value": float("nan"), "low": -float("inf"), "high": float("inf")}
    return Estimate(**{n: missing.get(n) if e is None else e for n, e in value.items()})
