"""Attacks on schemes whose strength is known, and on tiny and bundled agents."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools

import numpy as np
import pytest
from block_scheme import Blocks, flat_tiles

from keystego_tf import key_attacks as u
from keystego_tf.config import AgentsConfig
from keystego_tf.key_attacks import decoders, inversion
from keystego_tf.methods import Agents, build, run_config
from keystego_tf.metrics.statistics import Estimate

SYMMETRIC, DENSE = AgentsConfig(), AgentsConfig(bits_per_pixel=0.5)
ASYMMETRIC = AgentsConfig(scheme="asymmetric")
#: Fewer message bits than key bits.
SPARSE = AgentsConfig(bits_per_pixel=1 / 64)
#: What the attackers' decoders are built after.
RUN = run_config("keyed", filters=8)
SHORT = u.AttackConfig(
    attackers=2,
    steps=100,
    side=16,
    batch=8,
    learning_rate=0.01,
    key_pairs=40,
    inversion_steps=60,
    test_keys=40,
)


def holds(estimate: Estimate, value: float) -> bool:
    """Whether a value lies in an estimate's interval, made twice as wide: one test in 10,000
    then fails by chance, and the seeds are fixed."""
    half = estimate.high - estimate.low
    return abs(estimate.value - value) <= half


def test_flipped_bits_of_a_pad_and_of_a_sham() -> None:
    flips = (0, 1, 2, 16, 64)
    pad = u.flipped_bits(Blocks(SYMMETRIC), SYMMETRIC, flat_tiles(12), flips)
    for count, found in pad.items():
        assert found.value == 1 - count / 64
    sham = u.flipped_bits(Blocks(SYMMETRIC, keyed=False), SYMMETRIC, flat_tiles(12), flips)
    assert {found.value for found in sham.values()} == {1.0}


def test_flipped_bits_when_a_key_bit_masks_eight() -> None:
    found = u.flipped_bits(Blocks(DENSE), DENSE, flat_tiles(4), (1, 32))
    assert [each.value for each in found.values()] == [1 - 1 / 64, 0.5]


@pytest.mark.parametrize("flips", [(65,), (-1,)])
def test_flips_that_a_key_does_not_have(flips: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"flips has -?\d+, but each must be in \[0, 64\]"):
        u.flipped_bits(Blocks(SYMMETRIC), SYMMETRIC, flat_tiles(2), flips)


def test_one_known_message_opens_a_pad() -> None:
    found = u.known_plaintext(Blocks(SYMMETRIC), SYMMETRIC, flat_tiles(30), (0, 1, 2))
    assert holds(found.images[0], 0.5)
    assert found.images[1].value == found.images[2].value == 1.0
    assert found.inside_one_image is None


@pytest.mark.parametrize("config", [SYMMETRIC, SPARSE])
def test_a_sham_needs_no_known_message(config: AgentsConfig) -> None:
    sham = Blocks(config, keyed=False)
    found = u.known_plaintext(sham, config, flat_tiles(6), (0, 1))
    assert found.images[0].value == found.images[1].value == 1.0


def test_known_bits_of_an_image_open_the_others_under_the_same_key_bit() -> None:
    found = u.known_plaintext(Blocks(DENSE), DENSE, flat_tiles(10), (0,))
    assert found.inside_one_image is not None and holds(found.images[0], 0.5)
    assert found.inside_one_image.value == 1.0


def majority_right(error: float, votes: int) -> float:
    """How often most of some votes are right, over all outcomes; ties are a coin's."""
    chance = 0.0
    for outcome in itertools.product((0, 1), repeat=votes):  # 1: wrong
        weight = error ** sum(outcome) * (1 - error) ** (votes - sum(outcome))
        chance += weight * (np.sign(votes - 2 * sum(outcome)) + 1) / 2
    return chance


@pytest.mark.parametrize("config", [SYMMETRIC, DENSE])
def test_a_bob_who_errs_follows_the_closed_form(config: AgentsConfig) -> None:
    """A turned bit is right if the majority of votes and Bob himself are, or neither."""
    found = u.known_plaintext(Blocks(config, errors=0.2), config, flat_tiles(60), (1, 2))
    bits_a_key_bit = 1 if config is SYMMETRIC else 8
    for count, estimate in found.images.items():
        chance = majority_right(0.2, count * bits_a_key_bit)
        assert holds(estimate, chance * 0.8 + (1 - chance) * 0.2)
    if found.inside_one_image is not None:
        assert holds(found.inside_one_image, 0.68)


def test_as_many_known_images_as_there_are() -> None:
    with pytest.raises(ValueError, match=r"known has 4, but each must be in \[0, 3\]"):
        u.known_plaintext(Blocks(SYMMETRIC), SYMMETRIC, flat_tiles(4), (4,))


@pytest.mark.ci
def test_trained_decoders_read_a_sham_and_not_a_pad() -> None:
    train, test = flat_tiles(8, 20), flat_tiles(60, 16)
    sham = Blocks(SYMMETRIC, keyed=False)
    found = u.train_decoders(sham, RUN, train, test, decoders.NOTHING, SHORT)
    assert found.value > 0.99
    pad, alone = Blocks(SYMMETRIC), dataclasses.replace(SHORT, attackers=1)
    found = u.train_decoders(pad, RUN, train, test, decoders.NOTHING, alone)
    assert holds(found, 0.5)
    # the same training with the key shows that the one without it was no failure of the training
    found = u.train_decoders(pad, RUN, train, test, decoders.SECRET_KEY, alone)
    assert found.value > 0.95


def test_decoders_know_what_the_scheme_has() -> None:
    assert u.knowledge(ASYMMETRIC) == ("nothing", "public key")
    for config, knows in ((SYMMETRIC, "public key"), (ASYMMETRIC, "secret key")):
        with pytest.raises(ValueError, match=f"knows is '{knows}', but must be 'nothing' or"):
            run = RUN.replace(scheme=config.scheme)
            u.train_decoders(Blocks(config), run, flat_tiles(1), flat_tiles(1), knows, SHORT)


def test_covers_smaller_than_a_crop() -> None:
    with pytest.raises(ValueError, match="a cover is 12 x 12, but a crop takes 16 x 16"):
        small = flat_tiles(1, 12)
        u.train_decoders(Blocks(SYMMETRIC), RUN, small, flat_tiles(1), "nothing", SHORT)
    with pytest.raises(ValueError, match="at least one cover"):
        u.train_decoders(Blocks(SYMMETRIC), RUN, [], flat_tiles(1), "nothing", SHORT)


def test_magnification_ends_at_the_natural_size() -> None:
    assert [decoders.magnified(done) for done in (0.0, 0.3, 0.6, 1.0)] == pytest.approx(
        [32, 32**0.5, 1, 1]
    )


def test_a_decoder_has_the_layers_of_a_symmetric_bob() -> None:
    for scheme in ("symmetric", "asymmetric"):
        decoder = decoders.build_decoder(RUN.replace(scheme=scheme))
        bob = build(RUN).bob
        assert [each.shape for each in decoder.inputs] == [each.shape for each in bob.inputs]
        assert decoder.count_params() == bob.count_params()


def test_the_public_key_in_place_of_the_mask() -> None:
    pad = Blocks(ASYMMETRIC)

    def under_mask(given: list, training: bool) -> np.ndarray:
        stego, mask = given
        return Blocks(ASYMMETRIC).decode(stego, mask, mask)

    generator = lambda key, training: oracle(key)  # noqa: E731
    agents = Agents(pad.alice, None, None, None, None, generator, under_mask)
    read = u.under_public_key(agents, ASYMMETRIC, flat_tiles(3))
    assert read is not None and read.value == 1 and read.images == 3
    assert u.under_public_key(agents, SYMMETRIC, flat_tiles(3)) is None
    without = dataclasses.replace(agents, bob_under_mask=None)
    assert u.under_public_key(without, ASYMMETRIC, flat_tiles(3)) is None


def oracle(secret_key: np.ndarray) -> np.ndarray:
    """A random function: public keys that say nothing of their secret ones."""
    found = []
    for key in secret_key:
        word = hashlib.sha256((key > 0).tobytes()).digest()
        rng = np.random.default_rng(int.from_bytes(word[:8], "big"))
        found.append(rng.integers(0, 2, key.shape) * 2.0 - 1)
    return np.stack(found).astype(np.float32)


def neighbour(secret_key: np.ndarray) -> np.ndarray:
    """Every secret bit turned over and moved one place to the right, round the edge."""
    return -np.roll(secret_key, 1, axis=2)


def test_inversions_of_the_identity() -> None:
    agents = Blocks(ASYMMETRIC, generator=lambda key: key)
    found = u.invert(agents, ASYMMETRIC, flat_tiles(6), SHORT)
    assert list(found) == ["least squares", "net"]
    for each in found.values():
        assert each.key_bits_right.value == each.public_bits_met.value == 1.0
        assert each.message_bits_right.value == 1.0


def test_inversions_of_a_random_function() -> None:
    agents = Blocks(ASYMMETRIC, generator=oracle)
    for each in u.invert(agents, ASYMMETRIC, flat_tiles(20), SHORT).values():
        assert holds(each.key_bits_right, 0.5)
        assert holds(each.public_bits_met, 0.5) and holds(each.message_bits_right, 0.5)


def test_least_squares_undoes_what_is_linear() -> None:
    guess = inversion.least_squares(neighbour, (8, 8), 50, seed=0)
    right = inversion.bits_right(guess, neighbour, (8, 8), 40, seed=1).reshape(40, 8, 8)
    assert right[:, :, :-1].all()  # the last column's bits have gone to the first, out of reach
    assert 0.4 < right[:, :, -1].mean() < 0.6


def test_patches_against_a_loop() -> None:
    key = np.random.default_rng(0).integers(0, 2, (2, 4, 3, 1)) * 2.0 - 1
    found = inversion._patches(key.astype(np.float32)).reshape(2, 4, 3, 26)
    for image, row, column in itertools.product(range(2), range(4), range(3)):
        expected = []
        for y, x in itertools.product(range(row - 2, row + 3), range(column - 2, column + 3)):
            inside = 0 <= y < 4 and 0 <= x < 3
            expected.append(key[image, y, x, 0] if inside else 0)
        assert found[image, row, column].tolist() == [*expected, 1]


@pytest.mark.parametrize(
    "values, rule",
    [
        ({"attackers": 0}, "attackers is 0, but must be above 0"),
        ({"side": 30}, "side is 30, but must be a multiple of 4 from 12"),
        ({"learning_rate": 0.0}, "learning_rate is 0.0, but must be above 0"),
    ],
)
def test_options_that_will_not_do(values: dict[str, float], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        u.AttackConfig(**values)  # type: ignore[arg-type]


def test_tiles_of_several_sizes_and_none() -> None:
    for tiles in ([], [*flat_tiles(1, 32), *flat_tiles(1, 16)]):
        with pytest.raises(ValueError, match="tiles have the shapes"):
            u.flipped_bits(Blocks(SYMMETRIC), SYMMETRIC, tiles)
