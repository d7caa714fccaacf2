"""Eve as Fisher's linear discriminant, solved in closed form at every step.

A net as Eve has to learn first, and at the payloads that matter she is too weak a teacher. Fisher's
discriminant over co-occurrences of high-pass residuals is strong from the first step on, as it
needs only means and a covariance. Steganalysers count such co-occurrences in whole numbers. Here
the residuals fall into soft bins, so that there is a gradient. Source of residuals and
co-occurrences: Fridrich and Kodovsky, "Rich models for steganalysis of digital images", 2012.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...backend import compiled, keras, tf
from .settings import KINDS

#: Bins of a residual, and neighbours of a co-occurrence.
_BINS, _NEIGHBOURS = 5, 4

#: Most that a new batch counts for in the running means: of what changes move, and of covers.
_PACE, _SLOW_PACE = 0.005, 0.001

#: Batches before Eve judges: with fewer, her features seem to vary less than they do.
_FIRST = 100


def _symmetric() -> NDArray[np.float32]:
    """Return the matrix that adds co-occurrences that are mirrored or negative of each other."""
    patterns = np.stack(np.unravel_index(np.arange(_BINS**_NEIGHBOURS), (_BINS,) * _NEIGHBOURS), 1)
    turned = (patterns, patterns[:, ::-1], _BINS - 1 - patterns, _BINS - 1 - patterns[:, ::-1])
    codes = [np.ravel_multi_index(tuple(each.T), (_BINS,) * _NEIGHBOURS) for each in turned]
    _, merged = np.unique(np.min(codes, axis=0), return_inverse=True)
    return np.eye(merged.max() + 1, dtype=np.float32)[merged]


_MERGED = _symmetric()

FEATURES = KINDS * _MERGED.shape[1]


@compiled
def features(image: tf.Tensor) -> tf.Tensor:
    """Return shares of co-occurrences, float32 [batch, FEATURES].

    Args:
        image: [batch, H, W] in 8-bit steps, whole numbers or not, sides from 9.
    """
    across, down = image[:, :, 1:] - image[:, :, :-1], image[:, 1:] - image[:, :-1]
    second = (across[:, :, 1:] - across[:, :, :-1]) / 2, (down[:, 1:] - down[:, :-1]) / 2
    third = tuple(
        each * 2 / 3
        for each in (
            second[0][:, :, 1:] - second[0][:, :, :-1],
            second[1][:, 1:] - second[1][:, :-1],
        )
    )
    square = second[1][:, :, 1:] - second[1][:, :, :-1]
    square = (square[:, :, 1:] - square[:, :, :-1]) / 2
    parts = []
    for one, other in ((across, down), second, third):
        binned = _binned(one), _binned(other)
        parts.append(_counted(binned[0], 2) + _counted(binned[1], 1))
        parts.append(_counted(binned[0], 1) + _counted(binned[1], 2))
    binned_square = _binned(square)
    parts.append(_counted(binned_square, 2) + _counted(binned_square, 1))
    return tf.concat(parts, axis=1) / 2


def _binned(residual: tf.Tensor) -> tf.Tensor:
    """Return the membership in each bin, -2 to 2, the last ones open: [..., 5], sums of 1.

    Bins are quadratic B-splines, as wide as three whole numbers.
    """

    def bump(x: tf.Tensor) -> tf.Tensor:
        size = tf.abs(x)
        outer = tf.where(size < 1.5, 0.5 * tf.square(1.5 - size), 0.0)
        return tf.where(size < 0.5, 0.75 - size * size, outer)

    def beyond(x: tf.Tensor) -> tf.Tensor:
        x = tf.clip_by_value(x, 0.5, 2.5)
        return tf.where(x < 1.5, 0.5 * tf.square(x - 0.5), 1 - 0.5 * tf.square(2.5 - x))

    inner = [bump(residual + 1), bump(residual), bump(residual - 1)]
    return tf.stack([beyond(-residual), *inner, beyond(residual)], axis=-1)


def _counted(binned: tf.Tensor, axis: int) -> tf.Tensor:
    """Return the shares of four neighbours along an axis, those alike added: [batch, merged]."""

    def shifted(x: tf.Tensor, by: int) -> tuple[tf.Tensor, tf.Tensor]:
        return (x[:, :-by], x[:, by:]) if axis == 1 else (x[:, :, :-by], x[:, :, by:])

    first, next = shifted(binned, 1)
    pairs = first[..., :, None] * next[..., None, :]
    pairs = tf.reshape(pairs, tf.concat([tf.shape(first)[:3], [_BINS**2]], 0))
    one, other = (
        tf.reshape(each, [tf.shape(binned)[0], -1, _BINS**2]) for each in shifted(pairs, 2)
    )
    together = tf.matmul(one, other, transpose_a=True) / tf.cast(tf.shape(one)[1], tf.float32)
    return tf.reshape(together, [-1, _BINS**_NEIGHBOURS]) @ _MERGED


@keras.saving.register_keras_serializable("keystego_tf")
class Discriminant(keras.layers.Layer):
    """Map images [batch, H, W, 1] in [0, 1] to the logit that they are innocent, [batch, 1].

    Its weights are no gradient's: ``Statistics`` sets them.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(dtype="float32", trainable=False, **options)

    def build(self, shape: Any) -> None:
        for name in ("direction", "centre"):
            weight = self.add_weight(
                name=name, shape=(FEATURES,), initializer="zeros", trainable=False
            )
            setattr(self, name, weight)
        self.built = True

    def call(self, image: Any) -> Any:
        found = features(255.0 * image[..., 0])
        centre, direction = (tf.convert_to_tensor(each) for each in (self.centre, self.direction))
        return tf.reduce_sum((centre - found) * direction, axis=-1, keepdims=True)


class Statistics(tf.Module):
    """Running means of what Eve's discriminant is made of; a checkpoint keeps them."""

    def __init__(self) -> None:
        super().__init__(name="statistics")
        self.steps = tf.Variable(0.0, name="steps")
        self.centre = tf.Variable(tf.zeros([FEATURES]), name="centre")
        self.moved = tf.Variable(tf.zeros([FEATURES]), name="moved")
        self.covariance = tf.Variable(tf.zeros([FEATURES, FEATURES]), name="covariance")

    def follow(self, cover: tf.Tensor, stego: tf.Tensor) -> None:
        """Take a batch into account; ``cover``, ``stego``: features [batch, FEATURES]."""
        self.steps.assign_add(1.0)
        pace, slow = (tf.maximum(1 / self.steps, each) for each in (_PACE, _SLOW_PACE))
        self.centre.assign_add(slow * (tf.reduce_mean(cover, 0) - self.centre))
        self.moved.assign_add(pace * (tf.reduce_mean(stego - cover, 0) - self.moved))
        apart = cover - self.centre
        spread = tf.matmul(apart, apart, transpose_a=True) / tf.cast(tf.shape(cover)[0], tf.float32)
        self.covariance.assign_add(slow * (spread - self.covariance))

    def direction(self, shrinkage: float, kinds: int = KINDS) -> tf.Tensor:
        """Return Fisher's direction, [FEATURES]: from covers to stego images.

        Only the first ``kinds`` of co-occurrences count.
        """
        diagonal = tf.linalg.diag_part(self.covariance)
        added = shrinkage * (diagonal + 1e-3 * tf.reduce_mean(diagonal) + 1e-12)
        whole = tf.linalg.set_diag(self.covariance, diagonal + added)
        count = kinds * (FEATURES // KINDS)
        found = tf.linalg.solve(whole[:count, :count], self.moved[:count, None])[:, 0]
        found = tf.pad(found, [[0, FEATURES - count]])
        return tf.where(self.steps < _FIRST, 0.0, found)
