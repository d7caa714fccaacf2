"""The method ``costs`` against NumPy and closed forms: prices, changes, and Eve."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from steps import build_step, covers_of, first_batch
from tiny import tiny_run, write_photos

from keystego_tf.backend import tf
from keystego_tf.bundles.bundles import load_bundle, weights_of
from keystego_tf.bundles.catalogue import open_model
from keystego_tf.codec import hide, reveal
from keystego_tf.embedders.syndrome import costs as plain
from keystego_tf.embedders.syndrome.learned import MARGIN, LearnedCosts
from keystego_tf.methods import build, run_config
from keystego_tf.methods.costs import changes, fisher
from keystego_tf.methods.costs.agents import build_alice
from keystego_tf.training.run import BUNDLE, train

RNG = np.random.default_rng(3)


def photo(side: int = 48) -> Any:
    """A rough gray photo, uint8 [side, side, 1], with clipped samples."""
    smooth = np.cumsum(np.cumsum(RNG.normal(0, 1.5, (side, side)), 0), 1) / side
    noise = RNG.normal(0, 1 + 4 * (np.arange(side) > side // 2), (side, side))
    image = np.clip(120 + 30 * smooth + noise, 0, 255)
    image[:3, :3] = 255
    return image.astype(np.uint8)[..., None]


def batch_of(images: Any) -> Any:
    return tf.constant(np.stack(images), tf.float32)


def entropy(change: Any) -> Any:
    """Bits of a sample, each sign having half the probability of a change."""
    change = np.clip(change.astype(np.float64), 1e-12, 1 - 1e-12)
    return -change * np.log2(change / 2) - (1 - change) * np.log2(1 - change)


def test_tensorflow_prices_as_numpy_does() -> None:
    images = [photo(), photo()]
    ours = changes.hill_prices(batch_of(images)).numpy()
    for image, price in zip(images, ours):
        expected = np.log(plain.of_samples(image))
        np.testing.assert_allclose(price, expected - expected.mean(), atol=1e-3)


@pytest.mark.parametrize("payload", [0.2, 0.4, 1.0])
def test_probabilities_carry_the_payload_and_follow_the_costs(payload: float) -> None:
    prices = changes.hill_prices(batch_of([photo(), photo()]))
    change = changes.probabilities(prices, payload).numpy()
    np.testing.assert_allclose(entropy(change).mean(axis=(1, 2, 3)), payload, atol=1e-3)
    # p / (1 - p) = 2 exp(-lambda cost)
    seen = change[0] > 1e-5
    probable, cost = change[0][seen].astype(np.float64), np.exp(prices.numpy()[0][seen])
    weights = -np.log(probable / 2 / (1 - probable)) / cost
    np.testing.assert_allclose(weights, weights.mean(), rtol=1e-3)


def test_a_cost_that_rises_drives_its_changes_elsewhere() -> None:
    prices = changes.hill_prices(batch_of([photo()]))
    with tf.GradientTape() as tape:
        tape.watch(prices)
        watched = changes.probabilities(prices, 0.4)[0, 20, 20, 0]
    gradient = tape.gradient(watched, prices).numpy()[0, ..., 0]
    assert gradient[20, 20] < 0 and gradient.sum() - gradient[20, 20] > 0
    # the payload stays, so a rise of all costs alike moves nothing
    assert abs(gradient.sum()) < 1e-3 * abs(gradient[20, 20])


def test_changes_are_as_probable_as_told_and_stay_in_range() -> None:
    image = batch_of([photo(64)])
    change = tf.fill(image.shape, 0.3)
    by = np.concatenate(
        [(changes.changed(image, change, [seed, 1]) - image).numpy() for seed in range(9)]
    )
    inside = np.broadcast_to(((image > 0) & (image < 255)).numpy(), by.shape)
    assert set(np.unique(by)) == {-1.0, 0.0, 1.0}
    assert np.mean(by[inside] != 0) == pytest.approx(0.3, abs=0.01)
    assert np.mean(by[inside]) == pytest.approx(0, abs=0.01)
    assert (image + by).numpy().max() == 255


def test_the_reward_is_that_of_policy_gradients() -> None:
    """The loss's gradient times the change, over the probability of it."""
    image, change = batch_of([photo(16)]), tf.Variable(tf.fill([1, 16, 16, 1], 0.4))
    slope = tf.constant(RNG.normal(size=(1, 16, 16, 1)).astype(np.float32))
    with tf.GradientTape() as tape:
        stego = changes.changed(image, change, [1, 2])
        loss = tf.reduce_sum(slope * stego)
    gradient = tape.gradient(loss, change).numpy()
    np.testing.assert_allclose(gradient, slope * (stego - image) / 0.4, rtol=1e-4, atol=1e-5)


def test_features_are_shares_and_alike_for_mirrored_and_inverted_images() -> None:
    image = batch_of([photo(40)])[..., 0]
    own = fisher.features(image).numpy()
    assert own.shape == (1, fisher.FEATURES)
    np.testing.assert_allclose(own.reshape(fisher.KINDS, -1).sum(axis=1), 1, rtol=1e-5)
    for other in (image[:, ::-1], image[:, :, ::-1], tf.transpose(image, [0, 2, 1]), 255 - image):
        np.testing.assert_allclose(fisher.features(other).numpy(), own, atol=1e-6)


def test_a_co_occurrence_against_a_slow_count() -> None:
    """Residuals far from the bins' edges fall into one bin up to its spline's weights."""
    image = photo(12)[..., 0].astype(float)
    across = np.diff(image, axis=1)

    def member(value: float) -> Any:
        bump = np.zeros(41)
        for bin in range(-20, 21):
            size = abs(value - bin)
            bump[bin + 20] = 0.75 - size**2 if size < 0.5 else 0.5 * max(0, 1.5 - size) ** 2
        return np.array([bump[:19].sum(), *bump[19:22], bump[22:].sum()])

    total = np.zeros((5,) * 4)
    clipped = np.clip(across, -18, 18)
    for row in clipped:
        bins = [member(value) for value in row]
        for start in range(len(bins) - 3):
            total += np.einsum("a,b,c,d->abcd", *bins[start : start + 4])
    total /= total.sum()
    found = fisher._counted(fisher._binned(tf.constant(across[None], tf.float32)), 2).numpy()[0]
    expected = total.reshape(-1) @ fisher._MERGED
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_eve_is_fishers_discriminant() -> None:
    """Two made-up clouds of features: the direction is that of the closed form."""
    statistics = fisher.Statistics()
    moved = np.zeros(fisher.FEATURES, np.float32)
    moved[:2] = 0.3, 0.1
    scale = np.full(fisher.FEATURES, 1.0, np.float32)
    scale[0] = 3.0  # varies most, so it counts least
    for _ in range(120):
        cover = (RNG.normal(size=(8, fisher.FEATURES)) * scale).astype(np.float32)
        statistics.follow(tf.constant(cover), tf.constant(cover + moved))
        if statistics.steps < 100:
            assert not np.any(statistics.direction(1.0))
    direction = statistics.direction(1.0).numpy()
    # shrinkage 1 halves what is off the diagonal; 960 samples of 1,183 leave noise
    assert direction[0] / direction[1] == pytest.approx(0.3 / 9 / 0.1, rel=0.3)
    assert abs(direction[2:]).max() < 0.5 * direction[1]
    few, count = statistics.direction(1.0, kinds=2).numpy(), 2 * fisher.FEATURES // fisher.KINDS
    assert few[0] / few[1] == pytest.approx(0.3 / 9 / 0.1, rel=0.3)
    assert np.all(few[:count]) and not np.any(few[count:])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A short training on photos of noise, and its folder."""
    folder = tmp_path_factory.mktemp("costs")
    data = write_photos(folder / "photos", 16, 56)
    config = tiny_run("costs", data=str(data), crops=((1.0, 40, 4),), steps=8)
    return train(config, folder / "run", quiet=True), folder / "run"


@pytest.mark.ci
def test_a_run_makes_a_bundle_that_hides(run: Any, tmp_path: Path) -> None:
    trained, folder = run
    assert set(trained.figures) == {"mse", "psnr", "ssim", "samples_changed"}
    assert [*trained.progress] == [0, 4, 8] and trained.figures["psnr"].value > 50
    agents, _ = load_bundle(folder / BUNDLE)
    model = open_model(folder)
    assert model.prices and [name for name, _ in agents.items()] == ["alice", "eve"]
    write_photos(tmp_path / "photos", 1, 200)
    (cover,) = (tmp_path / "photos").iterdir()
    stego = hide(cover, b"where it shows least", passphrase="right", model=str(folder))
    assert stego.embedder == f"syndrome, {model.name}"
    (tmp_path / "stego.png").write_bytes(stego.file)
    assert reveal(tmp_path / "stego.png", passphrase="right") == b"where it shows least"


@pytest.mark.ci
def test_nobody_asks_a_model_without_a_bob_to_read(run: Any, tmp_path: Path) -> None:
    from keystego_tf.exporting.export import export

    with pytest.raises(ValueError, match=r"needs no export"):
        export(open_model(run[1]), tmp_path / "exported")
    assert not (tmp_path / "exported").exists()


@pytest.mark.usefixtures("eagerly")
def test_a_step_changes_alice_by_what_eve_saw(tmp_path: Path) -> None:
    data = write_photos(tmp_path / "photos", 8, 48)
    config = tiny_run("costs", crops=((1.0, 40, 4),), schedule="constant")
    step = build_step(config)
    batch = first_batch(covers_of(data, 1, 40), config)
    before = weights_of(step.agents)
    _, stego = step.communicate(batch, tf.constant(True))
    after = weights_of(step.agents)
    assert all(np.array_equal(after[name], before[name]) for name in before)  # no Eve yet
    by = np.rint(255 * (stego - batch["cover"]).numpy())
    assert set(np.unique(by)) <= {-1.0, 0.0, 1.0} and np.any(by)
    step.agents.statistics.steps.assign(99.0)  # as if covers had been seen
    step.agents.statistics.covariance.assign(1e-4 * tf.eye(fisher.FEATURES))
    step.detect(batch["cover"], stego)
    assert np.any(step.agents.eve_logits.layers[-1].direction)
    step.communicate(batch, tf.constant(True))
    moved = {
        name for name, value in weights_of(step.agents).items() if np.any(value != after[name])
    }
    assert "alice/correction/0" in moved


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize("front", ["high_pass", "none"])
def test_alice_hears_of_a_convolutional_eve_when_it_has_learned(front: str, tmp_path: Path) -> None:
    data = write_photos(tmp_path / "photos", 8, 48)
    config = tiny_run(
        "costs",
        crops=((1.0, 40, 4),),
        schedule="constant",
        steps=200,
        eve_interval=2,
        net_weight=3.0,
        net_front=front,
    )
    step = build_step(config)
    batch = first_batch(covers_of(data, 1, 40), config)
    agents, cover = step.agents, batch["cover"]
    filtered = any(layer.name == "high_pass" for layer in agents.net_eve.net.layers)
    assert filtered == (front == "high_pass")
    fisher_logits = agents.eve_logits.get_layer("innocent_logits")
    # opens from step 60 to 80 of 200: from 30 to 40 of hers
    for steps, weight in ((0, 0.0), (34, 1.5), (98, 3.0)):
        before = weights_of(agents)
        agents.statistics.steps.assign(float(steps))
        _, stego = step.communicate(batch, tf.constant(True))
        found = step.detect(cover, stego)
        assert 0 < found["net_loss"] < 9 and 0 <= found["net_right"] <= 1
        after = weights_of(agents)
        assert any(np.any(after[name] != before[name]) for name in after if "/xunet/" in name)
        heard = agents.eve_logits(cover) - fisher_logits(cover)
        suspicion = agents.net_eve.net(255 * cover)
        assert np.all(np.abs(suspicion) > 1e-3)
        np.testing.assert_allclose(heard, -weight * suspicion, atol=1e-3)
    fisher_logits.direction.assign(tf.zeros_like(fisher_logits.direction))
    for weight in (3.0, 0.0):  # the net alone tells Alice something, and nothing when shut
        agents.net_eve.gate.kernel.assign([[-weight]])
        with tf.GradientTape() as tape:
            tape.watch(cover)
            logits = agents.eve_logits(cover)
        assert np.any(tape.gradient(logits, cover)) == bool(weight)


def test_alice_begins_with_the_costs_that_she_is_given_and_stays_within_her_reach() -> None:
    alice = build_alice(4, 0.5)
    cover, price = RNG.random((1, 24, 24, 1), np.float32), RNG.normal(size=(1, 24, 24, 1))
    given = [cover, price.astype(np.float32)]
    np.testing.assert_allclose(alice(given), price, atol=1e-6)
    alice.get_layer("correction").set_weights([RNG.normal(size=(3, 3, 4, 1)) * 9, np.ones(1)])
    apart = np.abs(alice(given) - price)
    assert 0.1 < apart.max() <= 0.5 + 1e-5


def test_flat_costs_begin_the_same_everywhere() -> None:
    """And ``hide``, which gives Alice HILL's costs, begins as the training did."""
    agents = build(tiny_run("costs", start="flat"))
    assert not np.any(agents.prices(tf.constant(photo()[None] / 255.0, tf.float32)))

    def corrected(tile: Any, price: Any) -> Any:
        return agents.alice([tile[None] / np.float32(255), price[None]])[0].numpy()

    assert np.all(LearnedCosts(corrected, 48)(photo(60)) == 1)


def test_an_images_costs_are_those_of_its_tiles() -> None:
    """Alice's answer for a large image equals hers for it as one tile, away from its edges."""
    alice = build_alice(4, 1.5)
    alice.get_layer("correction").set_weights([RNG.normal(size=(3, 3, 4, 1)), np.zeros(1)])

    def corrected(tile: Any, price: Any) -> Any:
        return alice([tile[None] / np.float32(255), price[None]])[0].numpy()

    image = photo(100)
    found = LearnedCosts(corrected, 48)(image)
    assert found.shape == image.shape and np.all(found > 0)
    start = np.log(plain.of_samples(image))
    whole = np.exp(corrected(image, start - start.mean()))
    inner = slice(MARGIN, -MARGIN)
    np.testing.assert_allclose(found[inner, inner], whole[inner, inner], rtol=1e-4)
    both = LearnedCosts(corrected, 48)(np.concatenate([image, image[::-1], image], axis=-1))
    np.testing.assert_allclose(both[..., :1], found, rtol=1e-6)


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"channels": 3}, "channels is 3, but must be 1"),
        ({"scheme": "asymmetric"}, "scheme is 'asymmetric', but must be symmetric"),
        ({"rounding": True}, "channel is not clean"),
        ({"strategy": "mirrored"}, "strategy is 'mirrored', but must be none"),
        ({"precision": "bfloat16"}, "precision is 'bfloat16', but must be float32"),
        ({"reach": 0.0}, "reach is 0"),
    ],
)
def test_settings_that_do_not_fit(values: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        run_config("costs", **values)
