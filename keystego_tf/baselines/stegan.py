"""Ste-GAN-ography: the first steganography by adversarial nets, as a baseline.

Hayes and Danezis, "Generating steganographic images via adversarial training", NIPS 2017, built
from its description. Alice takes the flattened cover and the message together through a dense layer
and paints the image anew with four transposed convolutions. Bob reads the message with convolutions
and a dense layer. Eve has Bob's shape and one logit. There is no key: anyone with Bob can read
everything. Alice and Bob minimise

    lambda_A d(C, C') + lambda_B d(M, M') + lambda_E L(Eve takes C' for a cover)

with Euclidean distances. They take turns with Eve, who minimises her cross-entropy.

Differences from the paper, and why: The dense layers fix the image's size, so a cover is cut into
tiles of 32 x 32, each with a message of its own. Payloads are those of the schemes compared (64 or
512 bits a tile). The smallest maps are 4 x 4, because 512 bits would not fit through smaller ones.
Distances are means, so that the weights hold for every size. The weights, the filters and the
length of the training are ours, chosen for minutes on a processor; days on a graphics card would do
better. To make so short a training converge at all, the message enters ``LOUD`` times as large as
the samples, and image and adversary count little until Bob can read. Bob learns on images rounded
to 8 bits, as files hold them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from ..config.checked import Checked, option, require
from .method import Pixels, check_cover

#: Height and width of the images that the nets are built for, pixels.
SIDE = 32
#: Side of the map that the dense layer of Alice makes, and Bob's and Eve's end in.
SMALLEST = 4
#: A message bit is -LOUD or +LOUD beside samples in [-1, 1]. At the samples' own size, a fresh
#: dense layer would lose some hundred bits among 3,072 samples.
LOUD = 24.0
#: How the weights of image and adversary rise to their full values: the share they start at, the
#: factor by which they grow or shrink a step, and the share of bits (smoothed over 20 steps) that
#: Bob must read for them to grow.
LEAST, PACE, READS = 1e-4, 1.03, 0.97
#: Share of the steps after which the learning rate starts to fall, down to 0.
STEADY = 0.5

Weights = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class SteganConfig(Checked):
    """Configure the nets and their training."""

    bits_per_pixel: float = option(0.0625, "Payload, message bits over pixels.")
    channels: int = option(3, "C: 3 for colour, 1 for grayscale.", choices=(1, 3))
    filters: int = option(16, "Filters of the largest maps; the smallest have 8 times as many.")
    steps: int = option(2500, "Training steps.")
    batch: int = option(32, "Images a step.")
    learning_rate: float = option(0.001, "Adam's learning rate at its highest.")
    image: float = option(30.0, "lambda_A: weight of the distance of cover and stego image.")
    message: float = option(1.0, "lambda_B: weight of the distance of the messages.")
    adversary: float = option(0.01, "lambda_E: weight of Eve's doubt.")

    def check(self) -> None:
        for name in ("filters", "steps", "batch", "learning_rate"):
            require(getattr(self, name) > 0, name, getattr(self, name), "must be above 0")
        for name in ("image", "message", "adversary"):
            require(getattr(self, name) >= 0, name, getattr(self, name), "must not be negative")
        bits = self.bits_per_pixel * SIDE**2
        fits = bits >= 1 and bits == int(bits)
        rule = f"must give whole bits for {SIDE} x {SIDE} pixels, one at least"
        require(fits, "bits_per_pixel", self.bits_per_pixel, rule)

    @property
    def bits(self) -> int:
        """Return the message bits of a tile."""
        return int(self.bits_per_pixel * SIDE**2)


def build_alice(config: SteganConfig) -> Any:
    """Build Alice: ``cover`` [batch, 32, 32, C] in [-1, 1], ``message`` [batch, bits]."""
    from ..backend import keras

    cover = keras.Input((SIDE, SIDE, config.channels), name="cover")
    message = keras.Input((config.bits,), name="message")
    x = keras.layers.Flatten(name="flat")(cover)
    loud = keras.layers.Rescaling(LOUD, name="loud")(message)
    x = keras.layers.Concatenate(name="concat")([x, loud])
    width = 8 * config.filters
    x = keras.layers.Dense(SMALLEST**2 * width, use_bias=False, name="dense")(x)
    x = keras.layers.Reshape((SMALLEST, SMALLEST, width), name="map")(x)  # [batch, 4, 4, 8 f]
    x = _norm_relu(x, "dense")
    for number, times in enumerate((4, 2, 1), 1):
        layer = keras.layers.Conv2DTranspose(
            times * config.filters, 5, 2, padding="same", use_bias=False, name=f"up_{number}"
        )
        x = _norm_relu(layer(x), f"up_{number}")
    x = keras.layers.Conv2DTranspose(
        config.channels, 5, padding="same", activation="tanh", name="stego"
    )(x)  # [batch, 32, 32, C]
    return keras.Model([cover, message], x, name="stegan_alice")


def build_reader(config: SteganConfig, outputs: int, name: str) -> Any:
    """Build Bob (``outputs`` bits) or Eve (1): an image in [-1, 1] to logits [batch, outputs]."""
    from ..backend import keras
    from ..methods.layers import LeakyReLU

    image = keras.Input((SIDE, SIDE, config.channels), name="image")
    x = image
    for number, times in enumerate((1, 2, 4, 8), 1):
        x = keras.layers.Conv2D(
            times * config.filters,
            5,
            2 if number < 4 else 1,
            padding="same",
            use_bias=False,
            name=f"down_{number}",
        )(x)
        if number > 1:
            x = keras.layers.BatchNormalization(momentum=0.9, name=f"down_{number}_bn")(x)
        x = LeakyReLU(name=f"down_{number}_lrelu")(x)
    x = keras.layers.Flatten(name="flat")(x)
    return keras.Model(image, keras.layers.Dense(outputs, name="logits")(x), name=name)


def _norm_relu(x: Any, name: str) -> Any:
    from ..backend import keras

    x = keras.layers.BatchNormalization(momentum=0.9, name=f"{name}_bn")(x)
    return keras.layers.ReLU(name=f"{name}_relu")(x)


class _Training:
    """Update Alice and Bob, then Eve, once a step."""

    def __init__(self, config: SteganConfig) -> None:
        from ..backend import keras, tf

        self.config = config
        self.alice, self.bob = build_alice(config), build_reader(config, config.bits, "stegan_bob")
        self.eve = build_reader(config, 1, "stegan_eve")
        self.both = [*self.alice.trainable_variables, *self.bob.trainable_variables]
        self.optimizer = keras.optimizers.Adam(config.learning_rate)
        self.eve_optimizer = keras.optimizers.Adam(config.learning_rate)
        self.optimizer.build(self.both)
        self.eve_optimizer.build(self.eve.trainable_variables)
        self.step = tf.function(self._step)

    def _step(self, cover: Any, message: Any, part: Any) -> Any:
        """Update once; image and adversary have ``part`` of their full weights.

        Returns the share of bits read and the mean squared error of samples in [-1, 1].
        """
        from ..backend import apply_gradients, tf

        config = self.config
        with tf.GradientTape() as tape:
            painted = self.alice([cover, message], training=True)
            rounded = tf.round((painted + 1) * 127.5) / 127.5 - 1
            stego = painted + tf.stop_gradient(rounded - painted)
            logits = self.bob(stego, training=True)
            image = tf.reduce_mean(tf.square(cover - painted))
            distance = tf.reduce_mean(tf.square(message - tf.tanh(logits)))
            doubt = tf.reduce_mean(tf.nn.softplus(-self.eve(stego, training=False)))
            loss = config.message * distance
            loss += part * (config.image * image + config.adversary * doubt)
        apply_gradients(self.optimizer, tape.gradient(loss, self.both), self.both)
        with tf.GradientTape() as tape:
            on_cover = self.eve(cover, training=True)
            on_stego = self.eve(tf.stop_gradient(stego), training=True)
            loss = tf.reduce_mean(tf.nn.softplus(-on_cover) + tf.nn.softplus(on_stego)) / 2
        variables = self.eve.trainable_variables
        apply_gradients(self.eve_optimizer, tape.gradient(loss, variables), variables)
        return tf.reduce_mean(tf.cast((logits > 0) == (message > 0), tf.float32)), image


def train(
    covers: Sequence[Pixels], config: SteganConfig, seed: int = 0, quiet: bool = True
) -> Weights:
    """Train from scratch on random crops; seeds Keras.

    Args:
        covers: uint8 [H, W, C], SIDE pixels a side or more; else a ValueError.
        config: the nets and their training.
        seed: of weights, crops and messages.
        quiet: show no progress bar.

    Returns:
        The weights of Alice and Bob, for ``Stegan``.
    """
    from ..backend import keras, tf

    _check_covers(covers, config)
    keras.utils.set_random_seed(seed)
    training, rng = _Training(config), np.random.default_rng([seed, 14])
    part, reads = LEAST, 0.5
    bar = tqdm(range(config.steps), desc="ste-GAN-ography", unit="step", disable=quiet, leave=False)
    for number in bar:
        left = (1 - number / config.steps) / (1 - STEADY)
        for optimizer in (training.optimizer, training.eve_optimizer):
            optimizer.learning_rate.assign(config.learning_rate * min(1.0, left))
        chosen = rng.integers(len(covers), size=config.batch)
        cover = _signed(np.stack([_crop(covers[index], rng) for index in chosen]))
        message = _message(rng, config.batch, config.bits)
        right, image = training.step(*map(tf.constant, (cover, message, np.float32(part))))
        reads = 0.95 * reads + 0.05 * float(right)
        part = min(1.0, max(LEAST, part * (PACE if reads > READS else 1 / PACE)))
        bar.set_postfix_str(f"bits {reads:.1%}, PSNR {10 * np.log10(4 / float(image)):.1f} dB")
    models = {"alice": training.alice, "bob": training.bob}
    return {
        f"{name}/{index}": np.asarray(value)
        for name, model in models.items()
        for index, value in enumerate(model.get_weights())
    }


@dataclass(frozen=True, eq=False)
class Stegan:
    """Treat the trained nets as a method; ``weights`` come from ``train`` with the same config."""

    config: SteganConfig
    weights: Weights
    name: str = "ste-gan-ography"

    @property
    def bits_per_pixel(self) -> float:
        return self.config.bits_per_pixel

    @property
    def identity(self) -> dict[str, Any]:
        """Return what tells its stego images from those of any other weights."""
        digest = hashlib.sha256()
        for name in sorted(self.weights):
            digest.update(name.encode() + np.ascontiguousarray(self.weights[name]).tobytes())
        return {"name": self.name, "weights": digest.hexdigest(), "config": asdict(self.config)}

    def embed(self, cover_u8: Pixels, rng: np.random.Generator) -> Pixels:
        """See ``Method.embed``; H and W must be multiples of SIDE."""
        check_cover(cover_u8)
        height, width, channels = cover_u8.shape
        if height % SIDE or width % SIDE or not height or not width:
            raise ValueError(f"cover is {width} x {height}, but must be whole tiles of {SIDE}")
        if channels != self.config.channels:
            raise ValueError(f"cover has {channels} channels, but must have {self.config.channels}")
        cover = _signed(_tiles(cover_u8))
        message = _message(rng, len(cover), self.config.bits)
        stego = np.asarray(self._models[0]([cover, message], training=False))
        pixels = np.clip(np.rint((stego + 1) * 127.5), 0, 255).astype(np.uint8)
        rows, columns = height // SIDE, width // SIDE
        blocks = pixels.reshape(rows, columns, SIDE, SIDE, channels)
        return blocks.swapaxes(1, 2).reshape(cover_u8.shape)

    def read(self, stego_u8: Pixels) -> NDArray[np.bool_]:
        """Return the bits that Bob reads: bool [tiles, bits], tiles row by row. There is no key."""
        logits = self._models[1](_signed(_tiles(stego_u8)), training=False)
        return np.asarray(np.asarray(logits) > 0)

    def bits_read(self, stego_u8: Pixels, rng: np.random.Generator) -> float:
        """See ``Readable.bits_read``."""
        message = _message(rng, len(_tiles(stego_u8)), self.config.bits)
        return float(np.mean(self.read(stego_u8) == (message > 0)))

    @cached_property
    def _models(self) -> tuple[Any, Any]:
        models = build_alice(self.config), build_reader(self.config, self.config.bits, "stegan_bob")
        for name, model in zip(("alice", "bob"), models):
            count = len(model.get_weights())
            model.set_weights([self.weights[f"{name}/{index}"] for index in range(count)])
        return models


def _tiles(image: Pixels) -> Pixels:
    """Cut [H, W, C] into [tiles, SIDE, SIDE, C], row by row."""
    height, width, channels = image.shape
    blocks = image.reshape(height // SIDE, SIDE, width // SIDE, SIDE, channels)
    return blocks.swapaxes(1, 2).reshape(-1, SIDE, SIDE, channels)


def _signed(pixels_u8: Pixels) -> NDArray[np.float32]:
    return pixels_u8.astype(np.float32) / np.float32(127.5) - 1


def _message(rng: np.random.Generator, count: int, bits: int) -> NDArray[np.float32]:
    return (2 * rng.integers(0, 2, (count, bits)) - 1).astype(np.float32)


def _crop(cover: Pixels, rng: np.random.Generator) -> Pixels:
    top, left = (int(rng.integers(side - SIDE + 1)) for side in cover.shape[:2])
    return cover[top : top + SIDE, left : left + SIDE]


def _check_covers(covers: Sequence[Pixels], config: SteganConfig) -> None:
    if not len(covers):
        raise ValueError("a training needs at least one cover, but there is none")
    for cover in covers:
        check_cover(cover)
        if min(cover.shape[:2]) < SIDE or cover.shape[2] != config.channels:
            raise ValueError(
                f"a cover is {cover.shape}, but must be [height, width, {config.channels}] with "
                f"{SIDE} pixels a side or more"
            )
