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

import evaluation_tables
import fill_results


@pytest.mark.parametrize("page", fill_results.DOCUMENTS)
def test_documents_hold_what_was_measured(page: str) -> None:
    assert read(page) == fill_results.filled(read(page)), "run: make docs-fill"


def test_every_block_is_in_a_document_that_is_filled() -> None:
    names = {match[2] for page in documents() for match in fill_results.BLOCK.finditer(read(page))}
    assert names == set(fill_results.MAKERS)
    for page in set(documents()) - set(fill_results.DOCUMENTS):
        assert not fill_results.MARK.search(read(page)), page


def test_stale_figures_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    before = read("README.md")
    card = json.loads(json.dumps(fill_results.cards()[0][1]))
    card["figures"]["right_key"]["value"] = 0.5
    monkeypatch.setattr(fill_results, "cards", lambda: [("a-model", card)])
    assert "| a-model | 50.000 %" in fill_results.filled(before)
    with pytest.raises(ValueError, match="'nothing'"):
        fill_results.filled("<!-- nothing:begin --><!-- nothing:end -->")
    with pytest.raises(ValueError, match="alone"):
        fill_results.filled("<!-- results:begin -->")


def report(scheme: str, value: float, holds: bool) -> dict[str, Any]:
    estimate = {"value": value, "low": value - 0.01, "high": value + 0.01, "images": 20}
    claim = {
        "subject": scheme,
        "what": "C reads",
        "expected": "",
        "where": "Table III",
        "paper": "50.71 %",
        "ours": estimate,
        "goal": [0.49, 0.51],
        "unit": "%",
        "holds": holds,
    }
    known = {**claim, "subject": "sham", "what": "known answer, SPAM", "where": "control"}
    plot = {"name": "p", "title": "A curve", "paper": "Fig. 4", "file": "plots/curve.png"}
    column = {"name": "accuracy", "title": "right | bits", "unit": "%", "digits": 1}
    table = {
        "name": "t",
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
        "tables": [table],
        "plots": [plot],
        "pictures": [],
        "claims": [claim, known],
        "notes": [],
        "command": "keystego-tf evaluate a --covers photos --sections integrity",
        "seconds": 1.0,
    }
    return {"meta": {"command": "keystego-tf evaluate a --covers photos"}, "sections": [section]}


def test_reports_become_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fill_results, "EVALUATION", tmp_path)
    assert fill_results.MAKERS["results"]() == evaluation_tables.NOTHING
    for name, scheme, value, holds in (("a", "net", 0.502, True), ("c", "other", 0.6, False)):
        (tmp_path / f"{name}.json").write_text(json.dumps(report(scheme, value, holds)))
    claims = fill_results.MAKERS["results"]()
    assert "| claim | paper | net | other |" in claims and "sham" not in claims
    assert "| C reads | 50.71 % (Table III) | 50.20 % (49.20 to 51.20) | **60.00 % " in claims
    sections = fill_results.MAKERS["sections"]()
    assert "\n### c\n" in sections and "\n#### Integrity\n" in sections
    assert "##### What C reads" in sections and r"right \| bits" in sections
    assert "60.0 (59.0 to 61.0)" in sections and "--sections integrity" in sections
    reports = fill_results.evaluations()
    assert evaluation_tables.best_text(reports) == evaluation_tables.NOTHING
    for each in reports:
        each["sections"][0]["tables"][0]["name"] = "best-0.5-gray"
    best = evaluation_tables.best_text(reports)
    assert best.startswith("### What C reads") and best.count("###") == 2
    assert evaluation_tables.figures_text(reports, tmp_path) == evaluation_tables.NOTHING
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "curve.png").touch()
    assert evaluation_tables.figures_text(reports[:1], tmp_path) == (
        "![A curve (Fig. 4 of the paper)](assets/results/a/curve.png)\n"
        "*A curve (Fig. 4 of the paper)*"
    )


def test_a_report_is_kept_without_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fill_results, "EVALUATION", tmp_path)
    monkeypatch.setattr(fill_results, "FIGURES", tmp_path / "figures")
    monkeypatch.setattr(fill_results, "SHOWN", ("mine/curve", "another/other"))
    content = report("net", 0.5, True)
    content["sections"][0]["plots"] = [
        {"name": "p", "title": "A", "paper": "", "file": f"plots/{stem}.png", "series": [[1, 2]]}
        for stem in ("other", "curve")
    ]
    (tmp_path / "run" / "plots").mkdir(parents=True)
    for each in content["sections"][0]["plots"]:
        (tmp_path / "run" / each["file"]).touch()
    (tmp_path / "run" / "report.json").write_text(json.dumps(content))
    fill_results.keep("mine", tmp_path / "run")
    (kept,) = fill_results.evaluations()
    assert kept["file"] == "mine" and kept["sections"][0]["plots"][0]["series"] == []
    assert [path.name for path in (tmp_path / "figures" / "mine").iterdir()] == ["curve.png"]


def test_the_picture_can_be_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "picture.png"
    monkeypatch.setattr(sys, "argv", ["make_picture.py", "--out", str(out)])
    runpy.run_path(str(ROOT / "docs" / "make_picture.py"), run_name="__main__")
    committed = ROOT / "docs" / "assets" / "comparison.png"
    with Image.open(out) as made, Image.open(committed) as shown:
        assert made.size == shown.size
