"""The report's files: what is in them, and what happens to those of an earlier report."""

from __future__ import annotations

import csv
import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("matplotlib")
from report_sections import HOSTILE, META, invisibility, sections, undetectability

from keystego_tf import report
from keystego_tf.evaluation.results import Plot, Series

FILES = [
    "empty.html",
    "index.html",
    "invisibility.html",
    "pictures/invisibility-example.png",
    "plots/invisibility-psnr.png",
    "plots/undetectability-accuracy.png",
    "plots/undetectability-roc.png",
    "report.json",
    "results.md",
    "tables/invisibility-table1.csv",
    "undetectability.html",
]


def files(folder: Path) -> list[str]:
    return sorted(
        each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()
    )


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "new" / "report"
    report.write(sections(), folder, META)
    return folder


def test_the_files(out: Path) -> None:
    assert files(out) == FILES
    assert (out / "results.md").read_text("utf-8") == report.markdown(sections())


def test_json_has_everything(out: Path) -> None:
    def strict(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    content = json.loads((out / "report.json").read_text("utf-8"), parse_constant=strict)
    assert content["meta"] == META
    first, second, last = content["sections"]
    assert first["tables"][0]["rows"][0]["psnr"] == {
        "value": 54.12,
        "low": 53.7,
        "high": 54.51,
        "images": 200,
    }
    sham = first["tables"][0]["rows"][1]["psnr"]
    assert (sham["value"], sham["low"], sham["images"]) == (None, None, 100)
    assert first["claims"][0]["goal"] == [30.0, None]
    assert [each["holds"] for each in second["claims"]] == [True, False, True, False]
    assert "pixels" not in first["pictures"][0]
    named = [part["file"] for each in (first, second) for part in each["plots"]]
    assert named == [
        "plots/invisibility-psnr.png",
        "plots/undetectability-roc.png",
        "plots/undetectability-accuracy.png",
    ]
    assert {*content["files"], "report.json"} == set(FILES)
    assert last == {**last, "name": "empty", "tables": [], "claims": []}
    fields = {field.name for field in dataclasses.fields(invisibility())}
    assert fields <= set(first)


def test_csv_keeps_what_was_measured(out: Path) -> None:
    with (out / "tables" / "invisibility-table1.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0] == {
        "method": "ours, 0.0625 bpp",
        "psnr": "54.12",
        "psnr_low": "53.7",
        "psnr_high": "54.51",
        "psnr_images": "200",
        "changed": "0.1634",
        "changed_low": "0.16",
        "changed_high": "0.17",
        "changed_images": "200",
        "paper": "38.2",
        "count": "1024",
    }
    assert rows[1]["psnr"] == "inf" and rows[1]["paper"] == ""
    assert rows[2]["method"] == HOSTILE and rows[2]["changed"] == ""


def test_pictures_are_exact_and_plots_are_pictures(out: Path) -> None:
    with Image.open(out / "pictures/invisibility-example.png") as image:
        np.testing.assert_array_equal(np.asarray(image), invisibility().pictures[0].pixels)
    for name in [each for each in FILES if each.startswith("plots")]:
        with Image.open(out / name) as image:
            shades = np.asarray(image.convert("RGB"))
        assert min(shades.shape[:2]) > 300 and len(np.unique(shades.reshape(-1, 3), axis=0)) > 20


def test_a_new_report_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    report.write(sections(), tmp_path, META)
    own = tmp_path / "plots" / "mine.png"
    own.write_bytes(b"mine")
    report.write([undetectability()], tmp_path, META)
    kept = [name for name in FILES if "invisibility" not in name and "empty" not in name]
    assert files(tmp_path) == sorted([*kept, "plots/mine.png"])


def test_only_files_of_a_report_are_removed(tmp_path: Path) -> None:
    precious = tmp_path / "precious.csv"
    precious.write_text("mine", "utf-8")
    out = tmp_path / "out"
    out.mkdir()
    (out / "photo.png").write_bytes(b"mine")
    listed = ["../precious.csv", "tables/../../precious.csv", str(precious), "photo.png"]
    (out / "report.json").write_text(json.dumps({"files": listed}), "utf-8")
    report.write([], out, META)
    assert precious.exists() and (out / "photo.png").exists()


@pytest.mark.parametrize("broken", ["", "[]", '{"files": 3}', '{"files": [[]]}'])
def test_a_damaged_earlier_report_is_no_hindrance(tmp_path: Path, broken: str) -> None:
    (tmp_path / "report.json").write_text(broken, "utf-8")
    report.write([], tmp_path, {})
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["sections"] == []


@pytest.mark.parametrize(
    "part",
    [
        {"plots": [Plot("p", "p", "x", "y", [], kind="pie")]},
        {"plots": [Plot("p", "p", "x", "y", [Series("s", [1.0], [])])]},
    ],
)
def test_what_cannot_be_drawn_writes_nothing(tmp_path: Path, part: dict) -> None:
    with pytest.raises(ValueError, match="must"):
        report.write([dataclasses.replace(invisibility(), **part)], tmp_path / "out", META)
    assert not (tmp_path / "out").exists()


def test_names_that_are_no_file_names(tmp_path: Path) -> None:
    table = invisibility().tables[0]
    tables = [dataclasses.replace(table, name=name) for name in ("../a", "A", "a", "ä / ö", "")]
    section = dataclasses.replace(invisibility(), name="..", tables=tables, plots=[], pictures=[])
    report.write([section], tmp_path / "out", META)
    assert files(tmp_path / "out" / "tables") == [
        "A-2.csv",
        "a-3.csv",
        "a.csv",
        "unnamed-2.csv",
        "unnamed.csv",
    ]


def test_it_loads_no_tensorflow() -> None:
    code = (
        "import sys; from keystego_tf import report; from pathlib import Path\n"
        "loaded = {'matplotlib', 'tensorflow', 'keras'} & set(sys.modules)\n"
        "sys.exit(repr(loaded) if loaded else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
