"""The e-mail run: real processes, a real SMTP server, the bundled models."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from keystego_tf.bundles.catalogue import find_model, open_model
from keystego_tf.data.synthetic import dead_leaves
from keystego_tf.evaluation import integrity

Started = list["subprocess.Popen[bytes]"]


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[Started]:
    """Processes that the run has started; after each test, all have ended."""
    found: Started = []

    class Watched(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            found.append(self)

    monkeypatch.setattr(subprocess, "Popen", Watched)
    yield found
    assert all(process.returncode is not None for process in found)


def covers(count: int, side: int = 144) -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    return [dead_leaves(rng, side) for _ in range(count)]


@pytest.fixture
def has_smtp() -> None:
    pytest.importorskip("aiosmtpd.smtp", reason="the e-mail run needs aiosmtpd")


@pytest.mark.usefixtures("has_smtp")
@pytest.mark.parametrize("scheme", ["symmetric", "asymmetric"])
def test_b_reads_the_raw_bits_and_c_does_not(scheme: str, started: Started) -> None:
    found = integrity.run(find_model(f"{scheme}-0.0625"), covers(3))
    assert len(started) == 4 and all(process.returncode == 0 for process in started[1:])
    assert (found.text, found.mails) == (integrity.TEXT, 3) and len(integrity.TEXT) == 128
    assert found.b.bits_right is not None and found.b.bits_right.value > 0.99
    assert found.b.text is not None and found.b.text[:12] == "The boat lea"
    assert found.c.bits_right is not None and 0.46 < found.c.bits_right.value < 0.54
    assert found.c.mails_exact.value == 0
    under = found.c_under_public_key
    assert (under is not None) == (scheme == "asymmetric")
    if under is not None:  # what an eavesdropper can do who does not play by the paper's rules
        assert under.bits_right is not None and under.bits_right.value > 0.99
    assert len(found.bytes_sent) == 3 and min(found.bytes_sent) > 1000
    json.dumps(dataclasses.asdict(found), allow_nan=False)


@pytest.mark.usefixtures("has_smtp")
@pytest.mark.parametrize("scheme", ["symmetric", "asymmetric"])
def test_the_payload_layer_gives_b_every_letter_and_c_nothing(scheme: str) -> None:
    model, text = find_model(f"{scheme}-0.0625"), "Ünder the bridge, at six"
    found = integrity.run(model, covers(1, 400), text, layer="payload")
    assert found.b.text == text and found.b.mails_exact.value == 1
    assert found.c.text is None and found.c.mails_exact.value == 0
    assert found.b.bits_right is None and found.c_under_public_key is None


@pytest.mark.slow
@pytest.mark.usefixtures("has_smtp")
def test_a_seed_repeats_the_raw_layer() -> None:
    model = find_model("symmetric-0.5")
    first, second, other = (integrity.run(model, covers(1), seed=seed) for seed in (1, 1, 2))
    assert len(first.text) == 1024
    assert (first.b, first.c) == (second.b, second.c) != (other.b, other.c)


@pytest.mark.usefixtures("has_smtp")
def test_a_machine_that_cannot_go_on_ends_the_run(tmp_path: Path, started: Started) -> None:
    folder = tmp_path / "no-bob"
    shutil.copytree(find_model("symmetric-0.0625").folder, folder)
    (folder / "bob.tflite").unlink()
    with pytest.raises(ValueError, match=r"machine [BC]: .*cannot hide or reveal"):
        integrity.run(open_model(folder), covers(1))
    assert len(started) == 4


@pytest.mark.usefixtures("has_smtp")
def test_a_message_too_long_for_the_cover_is_told(started: Started) -> None:
    with pytest.raises(ValueError, match=r"machine A: the message takes .* larger image"):
        integrity.run(find_model("symmetric-0.0625"), covers(1), layer="payload")
    assert started[0].returncode != 0  # the server was ended, not left to run


@pytest.mark.usefixtures("has_smtp")
def test_a_run_that_takes_too_long() -> None:
    with pytest.raises(TimeoutError, match="took too long"):
        integrity.run(find_model("symmetric-0.0625"), covers(1), timeout=0.3)


@pytest.mark.parametrize(
    "values, rule",
    [
        ({"layer": "neural"}, "layer is 'neural', but must be one of raw, payload"),
        ({"covers": []}, "at least one cover"),
        ({"covers": covers(1, 100)}, r"shape \(100, 100, 3\), but must be .* 128 pixels a side"),
        ({"text": "short"}, "the text has 5 bytes, but a tile of .* takes exactly 128"),
    ],
)
def test_what_will_not_do(values: dict[str, Any], rule: str, started: Started) -> None:
    pytest.importorskip("aiosmtpd.smtp")
    with pytest.raises(ValueError, match=rule):
        integrity.run(find_model("symmetric-0.0625"), **{"covers": covers(1), **values})
    assert not started


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, started: Started) -> None:
    for name in ("aiosmtpd", "aiosmtpd.smtp"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"aiosmtpd.*keystego-tf\[evaluation\]"):
        integrity.run(find_model("symmetric-0.0625"), covers(1))
    assert not started


def test_the_machines_load_no_tensorflow() -> None:
    program = (
        "import sys; import keystego_tf.evaluation.integrity; "
        "print({'tensorflow', 'keras'} & set(sys.modules) or 'none')"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.stdout.strip() == "none", result
