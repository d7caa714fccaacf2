"""Methods by name, and trained schemes as methods."""

from __future__ import annotations

import numpy as np
import pytest

from keystego_tf.baselines.nets import Net
from keystego_tf.baselines.table import CLASSICAL, CONTROLS, names, open_method
from keystego_tf.bundles.catalogue import bundled
from keystego_tf.bundles.runner import Runner, lite_runner
from keystego_tf.config.run import AgentsConfig
from keystego_tf.data.synthetic import dead_leaves


def test_every_name_opens_a_method_of_that_name() -> None:
    for name in names():
        method = open_method(name, 0.25 if name in CLASSICAL else None)
        assert method.name == name
        if name in CLASSICAL:
            assert method.bits_per_pixel == 0.25
    assert set(names()) == {*CLASSICAL, *CONTROLS, *(model.name for model in bundled())}


def test_names_and_payloads_are_checked() -> None:
    with pytest.raises(ValueError, match="bits_per_pixel is None, but wow needs a payload"):
        open_method("wow")
    with pytest.raises(ValueError, match="method is 'none', which is none of lsb-replacement"):
        open_method("none")
    with pytest.raises(ValueError, match=r"bits_per_pixel is 0.4, but symmetric-0.5 hides 0.5"):
        open_method("symmetric-0.5", 0.4)


@pytest.mark.parametrize("name", ["symmetric-0.0625", "asymmetric-0.5"])
def test_a_bundled_net_hides_what_its_bob_reads(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    net = open_method(name)
    assert isinstance(net, Net)
    runner = lite_runner(net.model)
    seen = {}

    def watch(cover_u8: np.ndarray, message: np.ndarray, mask: np.ndarray) -> np.ndarray:
        seen.update(message=message, mask=mask)
        return Runner.hide(runner, cover_u8, message, mask)

    monkeypatch.setattr(runner, "hide", watch)
    image = dead_leaves(np.random.default_rng(1), 128)
    stego = net.embed(image, np.random.default_rng(2))
    assert 0 < np.mean(stego != image) < 0.9
    read = runner.read_under(stego, seen["mask"]) > 0.5
    assert np.mean(read == seen["message"]) > 0.98
    assert 0.45 < seen["message"].mean() < 0.55


def test_a_large_cover_is_hidden_in_tile_by_tile() -> None:
    net = open_method("symmetric-0.0625")
    image = dead_leaves(np.random.default_rng(1), 256)[:128]
    stego = net.embed(image, np.random.default_rng(2))
    rng = np.random.default_rng(2)
    left, right = (net.embed(image[:, side], rng) for side in (np.s_[:128], np.s_[128:]))
    np.testing.assert_array_equal(stego, np.concatenate([left, right], axis=1))


def test_covers_that_do_not_fit_a_net_are_refused() -> None:
    net = open_method("symmetric-0.5")
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

    Model.agents = agents
    monkeypatch.setattr("keystego_tf.baselines.nets.lite_runner", lambda model: Echo(agents))
    image = dead_leaves(np.random.default_rng(1), 128)[..., :1]
    np.testing.assert_array_equal(Net(Model()).embed(image, np.random.default_rng(0)), image)
