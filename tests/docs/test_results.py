"""Measured figures in the documents are those of the files that they come from."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest
from documents import ROOT, documents, read
from PIL import Image

sys.path.insert(0, str(ROOT / "docs"))

pytest.importorskip("matplotlib", reason="the report needs matplotlib: pip install '.[evaluation]'")

import fill_results
import measured_messenger
import measured_tables
import measured_traces

NOTHING = fill_results.NOTHING


@pytest.mark.parametrize("page", fill_results.DOCUMENTS)
def test_documents_hold_what_was_measured(page: str) -> None:
    assert read(page) == fill_results.filled(read(page)), "run: make docs-fill"


def test_pages_of_questions_hold_what_was_measured() -> None:
    folder = ROOT / "docs" / "results"
    found = {path.name: path.read_text("utf-8") for path in folder.glob("*.md")}
    assert found == fill_results.result_pages(), "run: make docs-fill"


def test_every_block_is_in_a_document_that_is_filled() -> None:
    names = {match[2] for page in documents() for match in fill_results.BLOCK.finditer(read(page))}
    assert names == set(fill_results.MAKERS)
    for page in set(documents()) - set(fill_results.DOCUMENTS):
        assert not fill_results.MARK.search(read(page)), page


def test_stale_figures_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    before = read("docs/results.md")
    stale = before.replace("| keyed-symmetric-0.5 | ", "| keyed-symmetric-0.5 | 1")
    assert stale != before and fill_results.filled(stale) == before
    card = json.loads(json.dumps(next(iter(fill_results.shipped().values()))))
    card["figures"]["right_key"]["value"] = 0.5
    monkeypatch.setattr(fill_results, "shipped", lambda: {"a-model": card})
    assert "| a-model | 50.000 %" in fill_results.filled(before)
    with pytest.raises(ValueError, match="'nothing'"):
        fill_results.filled("<!-- nothing:begin --><!-- nothing:end -->")
    with pytest.raises(ValueError, match="alone"):
        fill_results.filled("<!-- claims:begin -->")


def test_what_was_not_measured_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fill_results, "RESULTS", tmp_path)
    for name in ("best", "claims", "export", "learning", "robustness", "startup", "syndrome"):
        empty = f"<!-- {name}:begin --><!-- {name}:end -->"
        assert NOTHING in fill_results.filled(empty), name
    assert "`detection`" in fill_results.MAKERS["missing"]()


def test_methods_show_both_payloads() -> None:
    figure = {"value": 0.5, "low": 0.4, "high": 0.6, "images": 1}
    figures = {"right_key": figure, "wrong_key": figure, "psnr": {"value": 41.26}}
    card = {"method": "keyed", "scheme": "symmetric", "bits_per_pixel": 0.5, "channels": 3}
    cards = {
        "gray": {**card, "channels": 1, "figures": {}},
        "colour": {**card, "figures": figures},
    }
    syndrome = {"by": {"colour 0.0625": {"rows": {"embedder": {"PSNR, dB": 77.0}}}}}
    row = {"psnr": 46.76, "right": {measured_tables.CHANNEL: 1.0, "wrong key": 0.5003}}
    results = {"syndrome": syndrome, "lattice": {"rows": {measured_tables.QIM: row}}}
    text = measured_tables.methods_text(cards, results)
    assert "| – / 41.3 dB | – / 50.00 % | – / 50.0 % |" in text
    assert "| 46.8 / – dB | 100.00 / – % | 50.0 / – % |" in text
    assert "| 77.0 / – dB | all | – |" in text and "| – | – | – |" in text


def test_benchmarks_become_tables() -> None:
    own = {"samples changed, %": 0.25, "PSNR, dB": 74.04}
    simulator = {**own, "PSNR, dB": 74.6, measured_tables.OVER: 1.086}
    part = {
        "rows": {"embedder": own, "simulator, all samples": simulator},
        "seconds a tile, wall and processor, median": [0.2, 0.05],
    }
    results = {"tiles": 24, "command": "python x.py", "by": {"colour 0.0625": part}}
    row = (
        "| colour 0.0625 | 0.25 % (0.25 %) | 74.0 dB (74.6 dB) | 1.09 times the simulator's | 50 |"
    )
    assert row in measured_tables.syndrome_text(results)
    steps = {"1": {"right_key": 0.5, "wrong_key": 0.49, "psnr": 40.04}}
    learning = {
        "steps": steps,
        "foreign": {"hidden": 9, "shipped bundle": 9, "bundle of one step": 0},
        "weight": {"20": {"1": 40.0, "2": 41.0}, "60": {"1": 43.0, "2": 44.0}},
        "texture": {"own photo": 0.5, "another photo": 0.1},
        "command": "python y.py",
    }
    text = measured_tables.learning_text(learning)
    assert "| 1 | 50.00 % | 49.00 % | 40.0 dB |" in text
    assert "reveals 9 and a bundle of one step 0." in text
    assert "from 40.0, 41.0 dB to 43.0, 44.0 dB" in text


def test_detection_of_the_embedder_and_its_openings_become_tables() -> None:
    own = {"accuracy, %": 54.04, "AUC": 0.55, "less the simulator's, points": [0.5, -0.6, 1.6]}
    results = {
        "covers": 1400,
        "photos": 700,
        "folds": 5,
        "command": "python x.py",
        "SRMQ1, FLD ensemble": {"syndrome": own, "sham": own},
        "convolutional net": {"syndrome": own},
    }
    text = measured_tables.syndrome_detection_text(results)
    cell = "54.0 % (+0.5; -0.6 to +1.6 points)"
    assert f"| syndrome | {cell} | {cell} |" in text and f"| sham | {cell} | – |" in text
    net = {**results, "command": "python z.py"}
    del results["convolutional net"], net["SRMQ1, FLD ensemble"]
    both = measured_tables.syndrome_detection_text(results, net)
    assert both == text.replace("`python x.py`", "`python x.py`; `python z.py`")
    source = {
        "decoded points of order component 1, 2, 4, 8": [2500, 2500, 5000, 10000],
        "top two bits": [5000] * 4,
        "p of bytes": 0.25,
    }
    openings = {
        "count": 20000,
        "command": "python y.py",
        "sources": {"openings": source},
        "AUC against random": {"as a plain key": {"openings": 0.5}},
    }
    row = "| openings | 2,500, 2,500, 5,000, 10,000 | 5,000, 5,000, 5,000, 5,000 | 0.250 | 0.500 |"
    assert row in measured_tables.openings_text(openings)


def report(subject: str, value: float, holds: bool, paper: str = "50.71 %") -> dict[str, Any]:
    estimate = {"value": value, "low": value - 0.01, "high": value + 0.01, "images": 20}
    claim = {
        "subject": subject,
        "what": "C reads",
        "where": "Table III",
        "paper": paper,
        "ours": estimate,
        "goal": [0.49, None],
        "unit": "%",
        "expected": "",
        "holds": holds,
    }
    known = {**claim, "what": "known answer: sham, SPAM", "where": "control"}
    column = {"name": "accuracy", "title": "right | bits", "unit": "%", "digits": 1}
    table = {
        "name": "best-0.5-gray",
        "title": "What C reads",
        "columns": [column],
        "rows": [{"accuracy": estimate}, {"accuracy": None}],
        "paper": "Table III",
        "note": "",
        "file": "tables/t.csv",
    }
    section = {
        "name": "integrity",
        "title": "Integrity",
        "question": "Does it arrive?",
        "settings": {},
        "tables": [table, {**table, "name": "other", "title": "Not the best"}],
        "plots": [{"name": "p", "title": "A", "paper": "", "file": "p.png", "series": [[1, 2]]}],
        "pictures": [],
        "claims": [claim, known],
        "notes": [],
        "command": "keystego-tf evaluate a --covers photos --sections integrity",
        "seconds": 1.0,
    }
    return {"meta": {"command": "keystego-tf evaluate a --covers photos"}, "sections": [section]}


def test_reports_become_tables() -> None:
    reports = {
        "a": report("net", 0.502, True),
        "b": report("gray net", 0.6, False),
        "c": report("net", 0.3, False, paper="not measured"),
    }
    claims = measured_tables.claims_text(reports)
    assert "| claim | paper | net | gray net |" in claims and "sham" not in claims
    assert "| C reads | 50.71 % (Table III) | 50.20 % (49.20 to 51.20) | 60.00 % " in claims
    assert "| not measured (Table III) | **30.00 % (29.00 to 31.00)** |" in claims
    assert "keystego-tf evaluate a --covers photos" in claims
    summary = measured_tables.summary_text(reports)
    assert "not measured" not in summary and "50.20 %" in summary
    best = measured_tables.best_text(reports)
    assert best.count("### What C reads") == 3 and "Not the best" not in best
    assert "50.2 (49.2 to 51.2)" in best and r"right \| bits" in best
    missing = measured_tables.missing_text(reports)
    assert "`detection`" in missing and "`integrity`" not in missing


def test_reports_and_cards_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fill_results, "RESULTS", tmp_path)
    monkeypatch.setattr(fill_results, "WEIGHTS", tmp_path / "weights")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "report.json").write_text(json.dumps(report("net", 0.5, True)))
    fill_results.keep("mine", tmp_path / "run")
    (name, kept), *others = fill_results.every("evaluation").items()
    assert (name, others) == ("mine", []) and kept["sections"][0]["plots"][0]["series"] == []
    (page,) = fill_results.result_pages().items()
    assert page[0] == "integrity.md" and page[1].startswith("# Integrity\n")
    assert "| 50.0 (49.0 to 51.0) |" in page[1] and "--sections integrity" in page[1]
    assert fill_results.links() == "[Integrity](results/integrity.md)"
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "card.json").write_text('{"method": "paper"}')
    fill_results.keep("paper-0.5", tmp_path / "bundle")
    assert fill_results.cards()["paper-0.5"] == {"method": "paper"}


def test_pictures_can_be_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("skimage", reason="the photos are in scikit-image's wheel")
    monkeypatch.setattr(sys, "argv", ["make_picture.py", "--out", str(tmp_path)])
    runpy.run_path(str(ROOT / "docs" / "make_picture.py"), run_name="__main__")
    for name in ("comparison.png", "messenger.png"):
        committed = ROOT / "docs" / "assets" / name
        with Image.open(tmp_path / name) as made, Image.open(committed) as shown:
            assert made.size == shown.size


def test_simple_tests_stand_beside_their_controls() -> None:
    row = {"detector": "rs", "auc": 0.5, "low": 0.4, "high": 0.6}
    rows = [
        {**row, "way": "JPEG, short"},
        {**row, "way": "JPEG, full", "detector": "asymmetry"},
        {**row, "way": "control: one"},
        {**row, "way": "control: LSB", "auc": 1.0},
    ]
    runs = {
        "a": {"covers": "as they are", "rows": [{**each, "images": 9} for each in rows]},
        "b": {
            "covers": "quality 60",
            "rows": [
                {**row, "images": 7, "way": "JPEG, short"},
                {**row, "images": 7, "way": "JPEG, short", "detector": "rs", "auc": 0.51},
            ],
        },
    }
    lines = measured_traces.simple_text({"runs": runs}).splitlines()
    assert lines[0] == "| test | JPEG, short | JPEG, full | its control |"
    assert lines[2].startswith("| rs | 0.500 (0.400 to 0.600) | – | 1.000 (")
    assert lines[3] == "| asymmetry | – | 0.500 (0.400 to 0.600) | – |"
    assert lines[-1] == "| quality 60 | 7 | 0.500 to 0.510 | – |"


def test_openings_are_counted_on_both_sides() -> None:
    text = measured_traces.openings_text({"nets": {"covers": 0, "stego images": 19, "of": 20}})
    assert text.splitlines()[2] == "| nets | 0 of 20 | 19 of 20 |"


def test_detection_in_jpeg_files_structure_and_scales() -> None:
    own = {"accuracy, %": [51.0, 49.0, 53.0], "AUC": 0.51}
    own["less the simulator's, points"] = [-0.5, -2.0, 1.0]
    found = {"crops": 2000, "photos": 800, "quality": 75, "bpnzAC": {"0.4": {"hide": own}}}
    text = measured_traces.jpeg_detection_text(found)
    assert "| 0.4 | hide | 51.0 % (49.0 to 53.0) | 0.510 | -0.5 (-2.0 to +1.0) |" in text
    assert text.endswith("2,000 crops of 800 photos, quality 75.")
    counts = {"a": {"all bytes equal": 2}, "b": {"all bytes equal": 1, "FAILED: x": 1}}
    sentence = measured_traces.structure_text({"outcomes": counts})
    assert sentence == "4 files: 3 all bytes equal, 1 FAILED: x"
    rows = [{"factor": f, "found": s, "images": 4} for f, s in ((1.0, 1.0), (0.9, 0.0), (1.0, 0.5))]
    text = measured_traces.scale_text({"rows": rows})
    assert text.splitlines()[2] == "| past found | 6 of 8 | 0 of 4 |"


def test_lattices_are_compared_with_qim_at_equal_psnr() -> None:
    right = dict.fromkeys(measured_messenger.SHOWN, 0.999)
    net = {"bits": 256, "psnr": 50.0, "right": right}
    # in logarithms, halfway between 0.1 and 0.4 % lies 0.2 %
    qim = {"QIM, 1 a block": [[51.0, 0.004], [49.0, 0.001]]}
    results = {
        "images": 9,
        "command": "python x.py",
        "rows": {"net, strength 1.00": net, "net, strength 0.89": net},
        "curves": {"as written": {}, "Q50 to Q95": {"net": [[50.0, 0.001]], **qim}},
        "stranger": {"net, strength 1.00": {"right": 0.5}},
    }
    lines = measured_messenger.lattice_text(results).splitlines()
    assert lines[2] == "| net, strength 1.00 | 256 | 50.0 dB |" + " 99.90 |" * len(right)
    assert lines[-1] == "| net, strength 1.00 | 0.50 |" and "0.89" not in "".join(lines)


def test_what_attackers_find_of_messengers_images_becomes_a_table() -> None:
    found = {"accuracy": 0.61, "low": 0.55, "high": 0.66}
    results = {"photos": 200, "command": "python x.py", "ways": {"full": {"spam": found}}}
    text = measured_messenger.detection_text(results)
    assert "| full | 61.0 % (55.0 to 66.0) | – | – |" in text and "200 photos, 5 folds" in text


def test_speed_is_told_beside_what_it_could_be() -> None:
    row = {"configuration": {"precision": "float32", "eve_interval": 8}, "efficiency": 0.514}
    other = {"configuration": {"side": 32}, "images_per_second": 90.0}
    steps = {"rows": [{**row, "images_per_second": 5.2}, other], "command": "python a"}
    large = {"files": 80_000, "seconds_from_start_of_process": 12.3, "peak_memory_gib": 1.26}
    rates = [("jpeg", 1, 200.0), ("jpeg", 2, 390.0), ("png", 1, 400.0)]
    names = ("files", "cores", "images_per_second")
    rows = [*(dict(zip(names, each)) for each in rates), large]
    text = measured_tables.speed_text(steps, {"rows": rows, "command": "python b"})
    assert "| float32 | in every 8th step | 5 | 51 % |" in text and "| 90 |" not in text
    assert "200 crops a second of JPEG files on one core, 390 on 2, which is 75 times" in text
    assert "folder of 80,000 files, the first batch comes 12 s after the start" in text
