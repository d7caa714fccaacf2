"""The section unrecoverability, on schemes whose strength is known."""

from __future__ import annotations

import dataclasses
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from block_scheme import Blocks, flat_tiles

from keystego_tf.bundles.catalogue import Model
from keystego_tf.config.run import AgentsConfig, RunConfig
from keystego_tf.evaluation.cache import Cache
from keystego_tf.evaluation.covers import Covers
from keystego_tf.evaluation.results import Section
from keystego_tf.evaluation.sections import unrecoverability, unrecoverability_attacks
from keystego_tf.evaluation.sizes import sizes
from keystego_tf.evaluation.suite import Context
from keystego_tf.key_attacks.user_key import flipped, one_bit_off
from keystego_tf.payload.keys import Passphrase, SecretKey, SharedKey

SIZES = sizes("quick", recovery_images=12, attack_steps=2, inversion_steps=2, test_keys=4)
GENERATOR = "0123456789abcdef"


class Parities:
    """A runner: message XOR mask lies in the lowest bits of red. ``keyed`` False: the message."""

    message_shape = key_shape = (32, 32)

    def __init__(self, agents: AgentsConfig, keyed: bool = True) -> None:
        self.agents, self.keyed = agents, keyed

    def mask(self, secret_key: Any) -> Any:
        return secret_key

    def hide(self, cover: Any, message: Any, mask: Any) -> Any:
        stego = cover.copy()
        bits = (message ^ mask if self.keyed else message).reshape(32, 32)
        stego[..., 0] = (stego[..., 0] & 0xFE) | bits
        return stego

    def read(self, stego: Any, secret_key: Any, public_key: Any = None) -> Any:
        bits = (stego[..., 0] & 1).reshape(-1)
        return (bits ^ secret_key if self.keyed else bits).astype(np.float32)


def model_of(scheme: str) -> Model:
    config = RunConfig().replace(scheme=scheme, filters=4, coding="none")
    model = Model(f"{scheme}-test", Path("nowhere"), config)
    model.__dict__["generator"] = GENERATOR
    return model


class Named:
    """What stands for a model in the cache: there are no files here to tell them apart."""

    def __init__(self, model: Model) -> None:
        self.identity = {"name": model.name}


def patched(monkeypatch: pytest.MonkeyPatch, models: list[Model], keyed: bool) -> None:
    schemes = {each.folder: Blocks(each.agents, keyed) for each in models}
    attacks = unrecoverability_attacks
    monkeypatch.setattr(attacks, "Net", Named)
    monkeypatch.setattr(attacks, "load_bundle", lambda folder: (schemes[folder], None))
    monkeypatch.setattr(attacks, "lite_runner", lambda model: Parities(model.agents, keyed))
    monkeypatch.setattr(attacks, "one_bit_off", partial(one_bit_off, passphrases=1))
    # Blocks has no layers to put a public key into
    monkeypatch.setattr(attacks.u, "under_public_key", lambda *_: None)


def context_of(models: list[Model], cache: Path | None) -> Context:
    tiles = np.stack(flat_tiles(20))
    covers = Covers(tiles[:12], np.arange(12), tiles[12:], np.arange(12, 20))
    return Context(models, covers, SIZES, cache=Cache(cache))


def both() -> list[Model]:
    return [model_of("symmetric"), model_of("asymmetric")]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def section(cache: Path) -> Section:
    """Of a one-time pad, in both schemes."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        patched(monkeypatch, both(), keyed=True)
        return unrecoverability.run(context_of(both(), cache))


def rows(section: Section, table: str, column: str) -> dict[str, Any]:
    (found,) = [each for each in section.tables if each.name == table]
    return {str(row[column]): row for row in found.rows}


def test_a_pad_gives_chance_to_wrong_keys(section: Section) -> None:
    keys = rows(section, "keys", "key")
    assert keys["the right key"]["symmetric-test"].value == 1
    assert keys["the inverted key"]["asymmetric-test"].value == 0
    assert keys["a wrong key"]["symmetric-test"].value == pytest.approx(0.5, abs=0.1)
    off = keys["the user's key file, one bit of it wrong"]
    assert off["asymmetric-test"].value == pytest.approx(0.5, abs=0.02)
    assert set(keys["the user's passphrase, one bit of it wrong"]) == {"key", "symmetric-test"}
    known = rows(section, "known-plaintext", "knows")
    assert known["1 other message under the same key"]["symmetric-test"].value == 1
    curve = section.plots[0].series[0]
    assert curve.x == [1, 2, 4, 8, 16, 32, 64]
    assert curve.y == pytest.approx([100 * (1 - count / 64) for count in curve.x])


def test_claims_stand_beside_the_papers(section: Section) -> None:
    claims = {claim.what: claim for claim in section.claims}
    assert len(claims) == 7
    assert "50.71" in claims["symmetric-test: a wrong key reads"].paper
    own = claims["symmetric-test: the user's key, one bit off, reads"]
    assert own.goal == (0.495, 0.505) and own.ours.images == 12


def test_a_sham_holds_no_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    models = [model_of("symmetric")]
    patched(monkeypatch, models, keyed=False)
    section = unrecoverability.run(context_of(models, None))
    for row in rows(section, "keys", "key").values():
        assert row["symmetric-test"].value == 1
    trained = (
        "symmetric-test: a decoder trained with no key reads"  # in two steps: it learns nothing
    )
    assert all(not claim.holds for claim in section.claims if claim.what != trained)


def test_tables_name_the_attackers(section: Section) -> None:
    decoders = rows(section, "decoders", "knows")
    assert set(decoders) == {"nothing", "secret key", "public key"}
    assert "asymmetric-test" not in decoders["secret key"]
    (table,) = [each for each in section.tables if each.name == "attackers"]
    assert len(table.rows) == 4 and all(row["loss"] > 0 for row in table.rows)  # type: ignore[operator]
    (inverted,) = [each for each in section.tables if each.name == "inversion"]
    assert {row["how"] for row in inverted.rows} == {"least squares", "net"}
    assert {row["model"] for row in inverted.rows} == {"asymmetric-test"}


def test_a_second_run_attacks_nothing(
    section: Section, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise AssertionError("an attack was made again")

    for name in ("train_decoders", "invert", "flipped_bits", "known_plaintext", "under_public_key"):
        monkeypatch.setattr(unrecoverability_attacks.u, name, fails)
    monkeypatch.setattr(unrecoverability_attacks, "Net", Named)
    monkeypatch.setattr(unrecoverability_attacks, "one_bit_off", fails)
    monkeypatch.setattr(unrecoverability_attacks.closing, "evaluate", fails)
    again = unrecoverability.run(context_of(both(), cache))
    assert dataclasses.asdict(again) == dataclasses.asdict(section)


@pytest.mark.parametrize("scheme", ["symmetric", "asymmetric"])
def test_one_bit_of_a_users_key_makes_another_key(scheme: str) -> None:
    agents = AgentsConfig(scheme=scheme)
    runner: Any = Parities(agents)
    found = one_bit_off(runner, GENERATOR, flat_tiles(6), passphrases=1)
    assert set(found) == {"key file"} | ({"passphrase"} if scheme == "symmetric" else set())
    for each in found.values():
        assert each.right.value == 1 and each.one_bit_off.value == pytest.approx(0.5, abs=0.05)
    sham: Any = Parities(agents, keyed=False)
    found = one_bit_off(sham, GENERATOR, flat_tiles(1), passphrases=0)
    assert found["key file"].one_bit_off.value == 1


@pytest.mark.parametrize("key", [SharedKey(bytes(32)), SecretKey(bytes(32), GENERATOR)])
def test_one_bit_is_turned_over(key: Any) -> None:
    name = "seed" if isinstance(key, SecretKey) else "secret"
    for seed in range(5):
        other = getattr(flipped(key, np.random.default_rng(seed)), name)
        assert bin(int.from_bytes(other, "big")).count("1") == 1


def test_one_bit_of_a_passphrase_is_turned_over() -> None:
    other = flipped(Passphrase("horse"), np.random.default_rng(0))
    assert isinstance(other, Passphrase)
    changes = [ord(a) ^ ord(b) for a, b in zip("horse", other.text)]
    assert sorted(changes) == [0, 0, 0, 0, 1]
