"""The campaign, small: tools/campaign.py says how to run it for real."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests" / "embedders")]
from campaign import main  # noqa: E402
from net_stub import photo  # noqa: E402


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real photos where there are some, else smooth ones of chance."""
    beside = ROOT.parent / "shared" / "data"
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
    [("round-trips", 20), ("jpeg-trips", 10), ("wrong", 100), ("fuzz", 60), ("kill", 8)],
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
    assert (code, found["failed"]) == (0, [])
