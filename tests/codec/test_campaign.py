"""The campaign, small: campaign.py says how to run it for real."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from campaign import main
from stub import photo


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real photos where there are some, else smooth ones of chance."""
    beside = Path(__file__).parents[3] / "shared" / "data"
    folder = Path(os.environ.get("KEYSTEGO_PHOTOS", beside))
    if folder.is_dir() and any(folder.iterdir()):
        return folder
    folder = tmp_path_factory.mktemp("photos")
    for seed in range(6):
        photo(300, 400, seed=seed).save(folder / f"{seed}.png")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "count"),
    [("round-trips", 20), ("wrong", 150), ("raw", 40), ("fuzz", 60), ("kill", 8)],
)
def test_a_small_campaign(
    part: str, count: int, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "summary.json"
    words = ["--photos", str(photos), f"--{part}", str(count), "--seed", "1", "--out", str(out)]
    code = main(words)
    summary = json.loads(capsys.readouterr().out)
    assert summary == json.loads(out.read_text())
    found = summary[part.replace("-", "_")]
    assert found["tried"] == count
    if part == "raw":  # a small sample: four standard errors, not the campaign's half percent
        interval = found["one bit off"]
        assert abs(interval["percent"] - 50) < 2 * interval["interval_95"] + 0.5
    else:
        assert (code, found["failed"]) == (0, [])
