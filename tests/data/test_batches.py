"""Batches: functions of seed and step, in the curriculum's sizes, split evenly among replicas."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from keystego_tf.config import RunConfig
from keystego_tf.data.batches import (
    build_dataset,
    check_enough,
    evaluation_tiles,
    naming_data_errors,
    position,
)
from keystego_tf.data.covers import UnusableCover
from keystego_tf.methods import run_config


class Numbered:
    """Covers whose every sample is the image's number: a batch tells which covers it holds."""

    name, channels, skipped = "numbered", 3, 0

    def __init__(self, count: int, height: int = 20, width: int = 24, broken=()) -> None:
        self.count, self.size, self.broken = count, (height, width), broken

    def __len__(self) -> int:
        return self.count

    def image(self, index: int) -> np.ndarray:
        if index in self.broken:
            raise UnusableCover(f"number {index} is broken")
        return np.full((*self.size, 3), index, np.uint8)

    def label(self, index: int) -> str:
        return f"number {index}"

    def file_size(self, index: int) -> int:
        return index

    def digest(self, index: int) -> bytes:
        return bytes([index])


class Plane(Numbered):
    """Covers whose red is the row and green the column: a crop tells where it was taken."""

    def image(self, index: int) -> np.ndarray:
        rows, columns = np.indices(self.size)
        return np.stack([rows, columns, np.full(self.size, index)], axis=-1).astype(np.uint8)


def run(**values) -> RunConfig:
    tiny = {"steps": 8, "crops": ((0.5, 12, 4), (0.5, 16, 2)), "seed": 3}
    return run_config(**{**tiny, **values})


def batches(covers, config, first_step=0, **replicas) -> list[dict[str, np.ndarray]]:
    dataset = build_dataset(covers, config, first_step, **replicas)
    return list(dataset.as_numpy_iterator())


def numbers(batch: dict[str, np.ndarray]) -> list[int]:
    return [round(255 * float(cover[0, 0, 2])) for cover in batch["cover"]]


def assert_same(some: list[dict], others: list[dict]) -> None:
    assert len(some) == len(others)
    for one, other in zip(some, others):
        assert one.keys() == other.keys()
        for key in one:
            np.testing.assert_array_equal(one[key], other[key], err_msg=key)


def test_shapes_and_ranges_follow_the_curriculum():
    made = batches(Plane(9), run())
    assert len(made) == 8
    for step, batch in enumerate(made):
        side, size = (12, 4) if step < 4 else (16, 2)
        assert batch["cover"].shape == (size, side, side, 3)
        assert batch["cover"].dtype == np.float32
        assert 0 <= batch["cover"].min() <= batch["cover"].max() <= 1
        for key in ("message", "secret_key", "other_key"):
            assert batch[key].shape == (size, side // 4, side // 4, 1)
            assert set(np.unique(batch[key])) <= {-1, 1}
        assert batch["right"].shape == (size, 1, 1, 1)
        assert batch["seed"].shape == (2,)
        assert batch["seed"].dtype == np.int32


def test_one_signature_for_the_whole_curriculum():
    spec = build_dataset(Plane(9), run(), 0).element_spec
    assert spec["cover"].shape.as_list() == [None, None, None, 3]
    assert spec["message"].shape.as_list() == [None, None, None, 1]
    assert spec["right"].shape.as_list() == [None, 1, 1, 1]
    assert spec["seed"].shape.as_list() == [2]


def test_right_share_reaches_the_batches():
    config = run(crops=((1.0, 12, 8),), steps=3)
    for share, count in ((0.25, 2), (0.75, 6)):
        made = batches(Plane(9), config.replace(right_key_share=share))
        assert [batch["right"].sum() for batch in made] == [count] * 3


@pytest.mark.parametrize("fit", ["crop", "resize"])
@pytest.mark.parametrize("first_step", [1, 4, 5, 8])
def test_resumed_data_is_the_tail(fit, first_step):
    config = run(fit=fit)
    assert_same(batches(Plane(9), config)[first_step:], batches(Plane(9), config, first_step))


def test_seeds_and_steps_differ():
    made = batches(Plane(9), run(crops=((1.0, 12, 4),))) + batches(Plane(9), run(seed=4))[:4]
    for key in ("cover", "message", "secret_key", "seed"):
        assert len({batch[key].tobytes() for batch in made}) == len(made), key


def test_an_error_about_covers_is_shown_as_it_was_raised():
    class Gone(Plane):
        def image(self, index: int) -> np.ndarray:
            raise ValueError("photos holds no usable cover any more")

    said = r"^photos holds no usable cover any more$"
    with pytest.raises(ValueError, match=said), naming_data_errors():
        batches(Gone(9), run())


@pytest.mark.parametrize("covers", [6, 7])
def test_each_cover_once_an_epoch(covers):
    config = run(steps=21, crops=((1 / 3, 12, 3), (2 / 3, 16, 5)))
    sequence = [n for batch in batches(Numbered(covers), config) for n in numbers(batch)]
    assert len(sequence) == 7 * 3 + 14 * 5
    whole = len(sequence) - len(sequence) % covers
    epochs = [sequence[i : i + covers] for i in range(0, whole, covers)]
    assert all(sorted(epoch) == list(range(covers)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) > len(epochs) // 2


def test_a_broken_cover_is_replaced_by_the_next_of_its_epoch():
    config, broken = run(steps=12, crops=((1.0, 12, 3),)), (2, 3, 7)
    whole = [n for batch in batches(Numbered(9), config) for n in numbers(batch)]
    made = batches(Numbered(9, broken=broken), config)
    expected = []
    for place in range(len(whole)):
        epoch = whole[place - place % 9 :][:9]
        after = epoch[place % 9 :] + epoch[: place % 9]
        expected.append(next(n for n in after if n not in broken))
    assert [n for batch in made for n in numbers(batch)] == expected
    assert expected != whole
    assert_same(made[5:], batches(Numbered(9, broken=broken), config, 5))


def test_positions_add_up():
    config = run(steps=21, crops=((0.3, 12, 5), (0.3, 16, 3), (0.4, 20, 2))).training
    seen = 0
    for step in range(21):
        place = position(config, step)
        assert place.seen == seen
        seen += place.batch
    for step in (-1, 21):
        with pytest.raises(ValueError, match=f"step is {step}, but must be in"):
            position(config, step)


@pytest.mark.parametrize("workers, local", [(1, 2), (2, 1)])
@pytest.mark.parametrize("first_step", [0, 3])
def test_replicas_share_the_global_batch(workers, local, first_step):
    alone = batches(Plane(9), run(), first_step)
    shares = [
        batches(Plane(9), run(), first_step, replicas=2, worker=worker, local_replicas=local)
        for worker in range(workers)
    ]
    for step, whole in enumerate(alone):
        ordered = [worker[step * local + i] for worker in shares for i in range(local)]
        for key in set(whole) - {"seed"}:
            for replica, share in enumerate(ordered):
                np.testing.assert_array_equal(share[key], whole[key][replica::2], err_msg=key)
        assert len({tuple(share["seed"]) for share in ordered}) == 2, "the same noise twice"


def test_crops_are_true_pixels_from_everywhere():
    config = run(crops=((1.0, 12, 8),), steps=40)
    places = Counter()
    for batch in batches(Plane(8), config):
        for crop in np.rint(255 * batch["cover"]).astype(int):
            top, left = crop[0, 0, 0], crop[0, :, 1].min()
            flipped = bool(crop[0, 0, 1] > crop[0, 1, 1])
            whole = Plane(8).image(crop[0, 0, 2])[top : top + 12, left : left + 12]
            np.testing.assert_array_equal(crop, whole[:, ::-1] if flipped else whole)
            places[top, left, flipped] += 1
    tops, lefts, flips = ({place[i] for place in places} for i in range(3))
    assert tops == set(range(20 - 12 + 1))
    assert lefts == set(range(24 - 12 + 1))
    assert flips == {False, True}


def test_resize_takes_the_whole_centre_square():
    config = run(fit="resize", crops=((1.0, 20, 2),), steps=2)
    for batch in batches(Plane(4, 20, 24), config):
        for image, number in zip(np.rint(255 * batch["cover"]), numbers(batch)):
            np.testing.assert_array_equal(image, Plane(4, 20, 24).image(number)[:, 2:22])


@pytest.mark.parametrize("size", [(40, 48), (13, 12)])
def test_resize_changes_size_both_ways(size):
    config = run(fit="resize", crops=((1.0, 20, 2),), steps=1)
    (batch,) = batches(Plane(4, *size), config)
    assert batch["cover"].shape == (2, 20, 20, 3)
    middle = 255 * batch["cover"].mean(axis=(1, 2))[:, :2]
    np.testing.assert_allclose(middle, [[(side - 1) / 2 for side in size]] * 2, atol=0.6)


def test_grayscale():
    covers = Numbered(4)
    covers.channels, covers.image = 1, lambda index: np.full((20, 24, 1), index, np.uint8)
    for fit in ("crop", "resize"):
        (batch,) = batches(covers, run(channels=1, fit=fit, crops=((1.0, 16, 2),), steps=1))
        assert batch["cover"].shape == (2, 16, 16, 1)


def test_too_few_covers():
    config = run(crops=((0.5, 12, 4), (0.5, 16, 6)))
    check_enough(Numbered(6), config)
    with pytest.raises(ValueError, match=r"numbered has 5 usable covers.* largest batch takes 6"):
        check_enough(Numbered(5), config)
    with pytest.raises(ValueError, match="5 usable covers"):
        build_dataset(Numbered(5), config, 0)
    with pytest.raises(ValueError, match="has 5 usable covers"):
        check_enough(Numbered(9, broken=range(4)), config)


def test_wrong_channels():
    with pytest.raises(ValueError, match="opened with 3 channels, but the agents take 1"):
        check_enough(Numbered(9), run(channels=1))


@pytest.mark.parametrize(
    "values, rule",
    [
        ({"replicas": 4}, "a batch of 2 images does not divide evenly among 4 replicas"),
        ({"first_step": 9}, r"first_step is 9, but must be in \[0, 8\]"),
    ],
)
def test_wrong_distribution_is_refused_at_once(values, rule):
    with pytest.raises(ValueError, match=rule):
        build_dataset(Plane(9), run(), **{"first_step": 0, **values})


def test_tiles_are_centre_crops():
    tiles = list(evaluation_tiles(Plane(5, 20, 25), 12))
    assert len(tiles) == 5
    for index, tile in enumerate(tiles):
        np.testing.assert_array_equal(tile, Plane(5, 20, 25).image(index)[4:16, 7:19])


def test_limited_tiles_are_a_fixed_draw():
    def drawn(seed):
        return [int(tile[0, 0, 2]) for tile in evaluation_tiles(Plane(40), 12, 6, seed)]

    assert drawn(0) == drawn(0)
    assert len(set(drawn(0))) == len(drawn(0)) == 6
    assert drawn(0) != drawn(1)
    assert len(list(evaluation_tiles(Plane(4), 12, limit=9))) == 4


def test_tiles_leave_out_what_is_broken():
    def drawn(covers, limit):
        return [int(tile[0, 0, 2]) for tile in evaluation_tiles(covers, 12, limit)]

    assert drawn(Numbered(6, broken=(0, 4)), None) == [1, 2, 3, 5]
    order = drawn(Numbered(9), 9)
    broken = order[1:3]
    assert drawn(Numbered(9, broken=broken), 4) == [order[0], *order[3:6]]


def test_images_below_the_side_are_named():
    with pytest.raises(ValueError, match="number 0 is 24 x 20, but a crop takes 32 x 32"):
        next(evaluation_tiles(Plane(2), 32))
