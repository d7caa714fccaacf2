"""Control the weight of the image loss: Bob learns first, then the image changes less."""

from __future__ import annotations

import math

from ..backend import tf
from ..config.sections import LossConfig

#: Share of a run after which the message goal is at its tightest.
TIGHT = 0.7


class ImageWeight(tf.Module):
    """Weight of the image loss: small until Bob can read, then as large as his accuracy allows.

    The message comes first, or the two agents can settle on a perfect image without a message
    (docs/deviations.md). The weight rises steadily while the message loss (right key) is below its
    goal, and falls while it is above. The goal itself tightens over the run, so the run ends at the
    least visible image from which Bob still reads well enough.
    """

    def __init__(self, config: LossConfig, steps: int) -> None:
        super().__init__(name="image_weight")
        self.low = math.log(config.initial_image_weight)
        self.high = math.log(config.image_weight)
        ramp = config.image_weight_ramp * steps
        self.pace = (self.high - self.low) / ramp if ramp else 0.0
        self.loose = math.log(config.initial_message_goal)
        self.tight = math.log(config.message_goal)
        self.steps = steps
        self.log_weight = tf.Variable(self.low if ramp else self.high, name="log_weight")
        self.loss = tf.Variable(math.log(2.0), name="smoothed_message_loss")
        self.taken = tf.Variable(0.0, name="steps_taken")

    def value(self) -> tf.Tensor:
        return tf.exp(self.log_weight)

    def follow(self, message_loss: tf.Tensor) -> None:
        """Move by one step's pace, in the direction that the smoothed message loss requires."""
        self.loss.assign(0.95 * self.loss + 0.05 * message_loss)
        self.taken.assign_add(1.0)
        part = tf.minimum(self.taken / (TIGHT * self.steps), 1.0)
        goal = self.loose + part * (self.tight - self.loose)
        pressure = tf.clip_by_value(2.0 * (goal - tf.math.log(self.loss + 1e-9)), -1.0, 1.0)
        moved = self.log_weight + self.pace * pressure
        self.log_weight.assign(tf.clip_by_value(moved, self.low, self.high))
