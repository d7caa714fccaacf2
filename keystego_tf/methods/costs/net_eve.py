"""A convolutional Eve, trained along, beside Fisher's discriminant, which is solved.

A net finds few and small changes only if it has seen more of them first. So it begins with LARGE
bits per pixel, and Alice hears of it only when it has gone on to her own payload.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...backend import apply_gradients, keras, tf
from ...config import RunConfig
from ...steganalysis.xunet import build_xunet
from . import changes

#: Bits per pixel that the net begins with, for a share of the training, and the share over which
#: Alice then comes to listen to it.
LARGE, BEGINNING, OPENING = 1.0, 0.3, 0.1

_LEARNING_RATE = 0.001


@dataclass(frozen=True)
class NetEve:
    """XuNet, its optimizer, and the gate through which Alice hears it: shut at first."""

    net: Any
    optimizer: Any
    gate: Any

    @classmethod
    def build(cls, seed: int, front: bool) -> NetEve:
        net = build_xunet(1, seed, front)
        optimizer = keras.optimizers.Adam(_LEARNING_RATE)
        optimizer.build(net.trainable_variables)
        gate = keras.layers.Dense(
            1, use_bias=False, kernel_initializer="zeros", trainable=False, name="net_gate"
        )
        return cls(net, optimizer, gate)

    def innocent_logit(self, image: Any) -> Any:
        """Return a Keras tensor [batch, 1], high for a cover; ``image``: in [0, 1]."""
        return self.gate(self.net(keras.layers.Rescaling(255.0, name="steps")(image)))

    def learn(self, run: RunConfig, steps: Any, cover: Any, prices: Any) -> dict[str, Any]:
        """Take a step against changes at Alice's prices, and open the gate as far as it is time.

        Args:
            run: of the training.
            steps: of Eve, taken so far, float32.
            cover: [batch, H, W, 1] in [0, 1].
            prices: Alice's logarithms of costs, as ``cover``.

        Returns:
            The loss, and the share of covers and changed images told right in this batch.
        """
        share = steps * run.training.eve_interval / run.training.steps
        payload = tf.where(share < BEGINNING, LARGE, run.agents.bits_per_pixel)
        image = tf.round(255.0 * cover)
        seed = tf.stack([tf.cast(steps, tf.int32), (run.training.seed + 1) % 2**31])
        change = changes.probabilities(tf.stop_gradient(prices), payload)
        stego = tf.stop_gradient(changes.changed(image, change, seed))
        labels = tf.repeat([[0.0], [1.0]], tf.shape(image)[0], axis=0)
        with tf.GradientTape() as tape:
            logits = self.net(tf.concat([image, stego], 0), training=True)
            losses = tf.nn.sigmoid_cross_entropy_with_logits(labels, logits)
            loss = tf.reduce_mean(losses)
        variables = self.net.trainable_variables
        apply_gradients(self.optimizer, tape.gradient(loss, variables), variables)
        opened = tf.clip_by_value((share - BEGINNING) / OPENING, 0.0, 1.0)
        self.gate.kernel.assign(tf.reshape(-run.settings.net_weight * opened, [1, 1]))
        right = tf.reduce_mean(tf.cast((logits > 0) == (labels > 0.5), tf.float32))
        return {"net_loss": loss, "net_right": right}
