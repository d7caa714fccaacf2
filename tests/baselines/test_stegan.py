"""ste-GAN-ography: shapes, limits, and that a short training teaches Bob to read."""

from __future__ import annotations

import numpy as np
import pytest

from keystego_tf.baselines import stegan
from keystego_tf.baselines.stegan import SIDE, Stegan, SteganConfig, train
from keystego_tf.data.synthetic import SyntheticCovers

TINY = SteganConfig(filters=2, steps=2, batch=4)


def covers(count: int, channels: int = 3, side: int = 64) -> list[np.ndarray]:
    made = SyntheticCovers(channels, side, 0, count)
    return [made.image(index) for index in range(count)]


@pytest.fixture(scope="module")
def tiny() -> Stegan:
    return Stegan(TINY, train(covers(3), TINY))


def test_the_nets_have_the_papers_shape() -> None:
    config = SteganConfig(bits_per_pixel=0.5, channels=1)
    assert config.bits == 512 and SteganConfig().bits == 64
    alice = stegan.build_alice(config)
    assert alice.get_layer("dense").get_weights()[0].shape == (SIDE**2 + 512, 16 * 128)
    assert alice.output_shape == (None, SIDE, SIDE, 1)
    ups = [layer for layer in alice.layers if type(layer).__name__ == "Conv2DTranspose"]
    assert len(ups) == 4
    assert stegan.build_reader(config, 512, "bob").output_shape == (None, 512)


def test_a_cover_is_hidden_in_tile_by_tile(tiny: Stegan) -> None:
    cover = covers(1)[0]
    stego = tiny.embed(cover, np.random.default_rng(0))
    assert stego.shape == cover.shape and stego.dtype == np.uint8
    np.testing.assert_array_equal(stego, tiny.embed(cover, np.random.default_rng(0)))
    assert (stego != tiny.embed(cover, np.random.default_rng(1))).any()
    tiles = stegan._tiles(cover)
    for row, column in np.ndindex(2, 2):
        corner = cover[row * SIDE : (row + 1) * SIDE, column * SIDE : (column + 1) * SIDE]
        np.testing.assert_array_equal(tiles[2 * row + column], corner)
    assert tiny.read(stego).shape == (4, 64)
    assert 0.2 < tiny.bits_read(stego, np.random.default_rng(0)) < 0.8


def test_the_message_goes_where_bob_looks(monkeypatch: pytest.MonkeyPatch, tiny: Stegan) -> None:
    """An Alice who writes bits into the first samples of a tile, and a Bob who looks there."""

    def alice(inputs: list, training: bool) -> np.ndarray:
        cover, message = (np.array(each) for each in inputs)
        cover[:, :8, :8, 0] = message.reshape(-1, 8, 8)
        return cover

    def bob(stego: np.ndarray, training: bool) -> np.ndarray:
        return stego[:, :8, :8, 0].reshape(-1, 64)

    own = Stegan(tiny.config, tiny.weights)
    own.__dict__["_models"] = (alice, bob)
    kept = own.embed(covers(1)[0], np.random.default_rng(0))
    assert own.bits_read(kept, np.random.default_rng(0)) == 1
    assert 0.3 < own.bits_read(kept, np.random.default_rng(1)) < 0.7
    np.testing.assert_array_equal(kept[..., 1:], covers(1)[0][..., 1:])


@pytest.mark.ci
def test_a_training_repeats_and_tells_itself_from_others(tiny: Stegan) -> None:
    again, other = Stegan(TINY, train(covers(3), TINY)), Stegan(TINY, train(covers(3), TINY, 1))
    assert again.identity == tiny.identity != other.identity
    assert (tiny.name, tiny.bits_per_pixel) == ("ste-gan-ography", 0.0625)


@pytest.mark.parametrize(
    "values, rule",
    [
        ({"bits_per_pixel": 0.0001}, "bits_per_pixel is 0.0001, but must give whole bits"),
        ({"steps": 0}, "steps is 0, but must be above 0"),
        ({"image": -1.0}, "image is -1.0, but must not be negative"),
    ],
)
def test_options_that_will_not_do(values: dict[str, float], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        SteganConfig(**values)  # type: ignore[arg-type]


def test_covers_that_will_not_do(tiny: Stegan) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="cover is 40 x 64, but must be whole tiles of 32"):
        tiny.embed(covers(1)[0][:, :40], rng)
    with pytest.raises(ValueError, match="cover has 1 channels, but must have 3"):
        tiny.embed(covers(1, channels=1)[0], rng)
    with pytest.raises(ValueError, match=r"a cover is \(16, 64, 3\)"):
        train([covers(1)[0][:16]], TINY)
    with pytest.raises(ValueError, match="at least one cover"):
        train([], TINY)


@pytest.mark.slow
def test_bob_learns_to_read() -> None:
    config = SteganConfig(bits_per_pixel=8 / SIDE**2, filters=8, steps=250, batch=16)
    found = Stegan(config, train(covers(20), config))
    stegos = [found.embed(cover, np.random.default_rng(0)) for cover in covers(8)]
    read = [found.bits_read(stego, np.random.default_rng(0)) for stego in stegos]
    assert np.mean(read) > 0.9
