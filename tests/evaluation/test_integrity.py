"""The e-mail run: three processes, a real SMTP server, the bundled models and hide and reveal."""

from __future__ import annotations

import multiprocessing
import shutil
from pathlib import Path

import numpy as np
import pytest
from contexts import context

from keystego_tf.bundles.catalogue import bundled, open_model
from keystego_tf.data.synthetic import dead_leaves
from keystego_tf.evaluation import integrity

pytest.importorskip("aiosmtpd.smtp", reason="the e-mail run needs aiosmtpd")


def covers(count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    return [dead_leaves(rng, 128) for _ in range(count)]


def left() -> list[multiprocessing.process.BaseProcess]:
    """Processes that the run left behind; joblib's workers stay on purpose."""
    running = multiprocessing.active_children()
    return [each for each in running if not type(each).__name__.startswith("Loky")]


def bits_right(message: bytes, read: bytes | None) -> float:
    given, right = (np.unpackbits(np.frombuffer(each or b"", np.uint8)) for each in (read, message))
    return float(np.mean(given == right))


def test_b_reads_what_hide_wrote_and_c_finds_nothing() -> None:
    message, read = integrity.exchange(None, covers(2))
    assert message == integrity.TEXT.encode() and len(message) == 128
    assert read == {"b": [message, message], "c": [None, None]}
    assert not left()


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["symmetric", "asymmetric"])
def test_b_reads_the_raw_bits_of_a_model_and_c_does_not(scheme: str) -> None:
    model = next(each for each in bundled() if each.agents.scheme == scheme)
    message, read = integrity.exchange(model, covers(2), seed=1)
    assert set(read) == {"b", "c"} and len(read["b"]) == len(read["c"]) == 2
    assert min(bits_right(message, each) for each in read["b"]) > 0.85
    assert all(0.42 < bits_right(message, each) < 0.58 for each in read["c"])
    assert integrity.exchange(model, covers(2), seed=1)[1] == read, "a seed repeats it"


def test_a_machine_that_cannot_go_on_ends_the_run(tmp_path: Path) -> None:
    folder = tmp_path / "no-bob"
    shutil.copytree(bundled()[0].folder, folder)
    (folder / "bob.tflite").unlink()
    with pytest.raises(ValueError, match=r"cannot hide or reveal: it has no bob\.tflite"):
        integrity.exchange(open_model(folder), covers(1))
    assert not left()


def test_a_run_that_takes_too_long() -> None:
    with pytest.raises(TimeoutError, match="took too long"):
        integrity.exchange(None, covers(1), timeout=0.1)
    assert not left()


def test_what_was_read_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """B reads 1,020 of 1,024 bits, C half of them; hide and reveal give all or nothing."""
    message = integrity.TEXT.encode()
    bits = np.unpackbits(np.frombuffer(message, np.uint8))
    good, bad = (np.packbits(bits ^ (np.arange(1024) % n == 0)).tobytes() for n in (256, 2))

    def exchanged(model: object, images: list, seed: int) -> tuple[bytes, integrity.Read]:
        whole: integrity.Read = {"b": [message], "c": [None]}
        return message, {"b": [good], "c": [bad]} if model else whole

    monkeypatch.setattr(integrity, "exchange", exchanged)
    section = integrity.run(context(models=bundled()[:1]))
    (table,) = section.tables
    assert [row["text"] for row in table.rows][-1] == "(nothing found)"
    assert str(table.rows[2]["text"]).startswith("The boat leaves at six")
    claims = {(claim.subject, claim.what): claim for claim in section.claims}
    model = bundled()[0].name
    # 99.6 % are fewer than the paper's 99.8 %.
    assert (
        not claims[model, "by mail, the receiver, B, with the key reads"].holds
        and claims[model, "by mail, an eavesdropper, C, with another key reads"].holds
    )
    assert {subject for subject, _ in claims} == {model}, "the paper has no hide and reveal"
    assert [row["mails_exact"].value for row in table.rows[2:]] == [1, 0]  # type: ignore[union-attr]


def test_letters_that_cannot_be_printed_have_a_sign() -> None:
    assert integrity.shown(b"a\x00b\xff") == "a\ufffdb\ufffd"
