"""The user's key, one bit off, on runners whose strength is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from block_scheme import flat_tiles

from keystego_tf.config import AgentsConfig
from keystego_tf.key_attacks.user_key import flipped, one_bit_off
from keystego_tf.payload.keys import Passphrase, SecretKey, SharedKey


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


@pytest.mark.parametrize("scheme", ["symmetric", "asymmetric"])
def test_one_bit_of_a_users_key_makes_another_key(scheme: str) -> None:
    agents = AgentsConfig(scheme=scheme)
    runner: Any = Parities(agents)
    figures = one_bit_off(runner, flat_tiles(6), passphrases=1)
    assert set(figures) == {"key file"} | ({"passphrase"} if scheme == "symmetric" else set())
    for kind in figures.values():
        assert kind.right.value == 1 and kind.one_bit_off.value == pytest.approx(0.5, abs=0.05)
    sham: Any = Parities(agents, keyed=False)
    figures = one_bit_off(sham, flat_tiles(1), passphrases=0)
    assert figures["key file"].one_bit_off.value == 1


@pytest.mark.parametrize("key", [SharedKey(bytes(32)), SecretKey(bytes(32))])
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
