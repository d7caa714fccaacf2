"""Key pairs: drawn until Bob reads their openings."""

from __future__ import annotations

import os

import numpy as np
import pytest
from stub import Faults, Stub, install, photo, stub_model

from keystego_tf.bundles.catalogue import bundled
from keystego_tf.bundles.runner import Bits, Pixels, Probabilities, lite_runner
from keystego_tf.codec import hide, new_pair, pairs, reveal
from keystego_tf.codec.tiles import to_bits, to_bytes


def test_the_public_half_is_what_the_generator_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    model = stub_model("asymmetric")
    runner = install(monkeypatch, model)
    secret, public = new_pair(model)
    assert secret.generator == public.generator == "stub"
    assert public.x25519 == secret.x25519_public
    np.testing.assert_array_equal(to_bits(public.neural), runner.mask(to_bits(secret.neural)))
    assert new_pair(model)[0] != secret


class Choosy(Stub):
    """Misreads every opening under secret keys whose first bit is 1."""

    def read(
        self, stego_u8: Pixels, secret_key: Bits, public_key: Bits | None = None
    ) -> Probabilities:
        probabilities = super().read(stego_u8, secret_key, public_key)
        return 1 - probabilities if secret_key[0] else probabilities


def test_pairs_whose_openings_are_misread_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    model = stub_model("asymmetric")
    monkeypatch.setattr(pairs, "lite_runner", runner := lambda _: Choosy(model))
    monkeypatch.setattr("keystego_tf.codec.sender.lite_runner", runner)
    for _ in range(8):
        assert not to_bits(new_pair(model)[0].neural)[0]


@pytest.mark.parametrize(
    "faults", [Faults(openings={128: 10**9}), Faults(logits={128: 0.5})], ids=["misread", "unsure"]
)
def test_a_bob_that_reads_no_opening_has_no_pairs(
    monkeypatch: pytest.MonkeyPatch, faults: Faults
) -> None:
    model = stub_model("asymmetric")
    # the easy cover is noise, so that its mark may be anything
    faults = Faults(
        openings={mark: each for mark in range(256) for each in faults.openings.values()},
        logits={mark: each for mark in range(256) for each in faults.logits.values()},
    )
    install(monkeypatch, model, faults)
    monkeypatch.setattr(pairs, "DRAWS", 3)
    with pytest.raises(ValueError, match="Bob misreads the openings of 3 key pairs: train stub"):
        new_pair(model)


def test_the_symmetric_scheme_has_no_pairs() -> None:
    with pytest.raises(ValueError, match="needs a model of the asymmetric scheme"):
        new_pair(stub_model())


def test_a_pair_is_good_for_every_bundled_model() -> None:
    secret, public = new_pair()
    models = [model for model in bundled() if model.agents.asymmetric]
    assert {model.generator for model in models} == {secret.generator}
    for model in models:
        neural = to_bytes(lite_runner(model).mask(to_bits(secret.neural)))
        assert neural == public.neural
        message = os.urandom(20)
        stego = hide(photo(128, 128), message, to=public, model=model.name)
        assert reveal(stego.file, key=secret) == message
