"""Methods by name, and trained schemes as methods."""

from __future__ import annotations

import numpy as np
import pytest

from keystego_tf.baselines.method import Readable
from keystego_tf.baselines.nets import Net
from keystego_tf.baselines.table import CLASSICAL
from keystego_tf.bundles.catalogue import bundled
from keystego_tf.bundles.runner import Runner
from keystego_tf.config import AgentsConfig
from keystego_tf.data.synthetic import dead_leaves


def test_every_name_makes_a_method_of_that_name() -> None:
    for name, make in CLASSICAL.items():
        method = make(0.25)
        assert (method.name, method.bits_per_pixel) == (name, 0.25)
    for model in bundled():
        assert Net(model).name == model.name


@pytest.mark.parametrize("scheme", ["symmetric", "asymmetric"])
def test_a_bundled_net_hides_what_its_bob_reads(scheme: str) -> None:
    net = next(Net(model) for model in bundled() if model.agents.scheme == scheme)
    image = dead_leaves(np.random.default_rng(1), 128)
    stego = net.embed(image, np.random.default_rng(2))
    assert np.mean(stego != image) > 0
    assert net.bits_read(stego, np.random.default_rng(2)) > 0.85
    assert 0.4 < net.bits_read(stego, np.random.default_rng(3)) < 0.6


def test_the_syndrome_embedder_is_a_method_that_is_read() -> None:
    method = CLASSICAL["syndrome"](0.5)
    image = dead_leaves(np.random.default_rng(1), 64)
    for cover in (image, image[..., :1]):
        stego = method.embed(cover, np.random.default_rng(2))
        assert isinstance(method, Readable)
        assert method.bits_read(stego, np.random.default_rng(2)) == 1
        assert np.abs(stego.astype(int) - cover).max() == 1
        # Fewer than LSB matching changes, which is one sample for two bits.
        assert 0.02 < np.count_nonzero(stego != cover) / 64**2 < 0.25


def test_a_large_cover_is_hidden_in_tile_by_tile() -> None:
    net = Net(bundled()[0])
    image = dead_leaves(np.random.default_rng(1), 256)[:128]
    stego = net.embed(image, np.random.default_rng(2))
    rng = np.random.default_rng(2)
    left, right = (net.embed(image[:, side], rng) for side in (np.s_[:128], np.s_[128:]))
    np.testing.assert_array_equal(stego, np.concatenate([left, right], axis=1))


def test_covers_that_do_not_fit_a_net_are_refused() -> None:
    net = Net(bundled()[0])
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="cover is 100 x 128, but must be whole tiles of 128"):
        net.embed(np.zeros((128, 100, 3), np.uint8), rng)
    with pytest.raises(ValueError, match="cover has 1 channels, but model"):
        net.embed(np.zeros((128, 128, 1), np.uint8), rng)


def test_a_grayscale_net_takes_grayscale_covers(monkeypatch: pytest.MonkeyPatch) -> None:
    """No bundled one is grayscale: an Alice that answers with the cover stands in for it."""

    class Echo(Runner):
        def answer(self, agent: str, signature: str, inputs: dict) -> np.ndarray:
            return inputs["cover"]

    agents = AgentsConfig(channels=1)

    class Model:
        name = "gray"

        def modulator(self) -> None:
            return None

    Model.agents = agents
    monkeypatch.setattr("keystego_tf.baselines.nets.lite_runner", lambda model: Echo(agents))
    image = dead_leaves(np.random.default_rng(1), 128)[..., :1]
    np.testing.assert_array_equal(Net(Model()).embed(image, np.random.default_rng(0)), image)
