"""One step of the adversarial training: Alice, Bob and the generator, then Eve.

A step computes and updates; it never logs, saves or prints. Under a distribution strategy it runs
once a replica: losses are divided by the number of replicas, gradients summed over them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..backend import apply_gradients, keras, tf
from ..channel import distortions as channel
from ..config.run import LossConfig, RunConfig, TrainingConfig
from ..methods.agents import Agents
from . import losses

#: Keeps float16 gradients out of the subnormal range.
FLOAT16_LOSS_SCALE = 1024.0

#: Share of a run after which the message goal is at its tightest.
TIGHT = 0.7


def build_optimizer(config: TrainingConfig, updates: int) -> Any:
    """Adam with the config's learning rate over ``updates`` updates."""
    rate: Any = config.learning_rate
    if config.schedule == "cosine":
        warmup = min(100, max(1, updates // 20))
        rate = keras.optimizers.schedules.CosineDecay(
            0.0, max(1, updates - warmup), alpha=0.0, warmup_target=rate, warmup_steps=warmup
        )
    return keras.optimizers.Adam(rate)


class ImageWeight(tf.Module):
    """Weight of the image loss: small until Bob can read, then as large as his reading allows.

    Message first, or the two agents can settle on a perfect image and no message
    (docs/deviations.md). The weight rises at a steady pace while the message loss (right key) is
    below its goal and falls while it is above; the goal itself tightens over the run, so that the
    run ends at the least visible image from which Bob still reads that well.
    """

    def __init__(self, config: LossConfig, steps: int) -> None:
        super().__init__(name="image_weight")
        self.low, self.high = math.log(config.image_weight_start), math.log(config.image_weight)
        ramp = config.image_weight_ramp * steps
        self.pace = (self.high - self.low) / ramp if ramp else 0.0
        self.loose, self.tight = math.log(config.message_goal_start), math.log(config.message_goal)
        self.steps = steps
        self.log_weight = tf.Variable(self.low if ramp else self.high, name="log_weight")
        self.loss = tf.Variable(math.log(2.0), name="smoothed_message_loss")
        self.taken = tf.Variable(0.0, name="steps_taken")

    def value(self) -> tf.Tensor:
        return tf.exp(self.log_weight)

    def follow(self, message_loss: tf.Tensor) -> None:
        """Move by one step's pace, the way that the smoothed message loss points."""
        self.loss.assign(0.95 * self.loss + 0.05 * message_loss)
        self.taken.assign_add(1.0)
        part = tf.minimum(self.taken / (TIGHT * self.steps), 1.0)
        goal = self.loose + part * (self.tight - self.loose)
        pressure = tf.clip_by_value(2.0 * (goal - tf.math.log(self.loss + 1e-9)), -1.0, 1.0)
        moved = self.log_weight + self.pace * pressure
        self.log_weight.assign(tf.clip_by_value(moved, self.low, self.high))


@dataclass(frozen=True)
class Step:
    """The two updates, each for one replica's share of a batch."""

    agents: Agents
    config: RunConfig
    optimizer: Any
    eve_optimizer: Any
    image_weight: ImageWeight
    replicas: int = 1

    @cached_property
    def bob_logits(self) -> Any:
        """Bob up to the logits of the message bits."""
        return _up_to(self.agents.bob, "message_logits")

    @cached_property
    def eve_logits(self) -> Any:
        """Eve up to the logit of innocence."""
        return _up_to(self.agents.eve, "innocent_logits")

    @property
    def variables(self) -> list[Any]:
        """What Alice's, Bob's and the generator's step changes."""
        agents = [self.agents.alice, self.agents.bob]
        if self.agents.pk_generator is not None and self.config.training.train_generator:
            agents.append(self.agents.pk_generator)
        return [variable for agent in agents for variable in agent.trainable_variables]

    def communicate(
        self, batch: dict[str, tf.Tensor], against_eve: tf.Tensor
    ) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        """Update Alice, Bob and the generator; returns scalars and the stego images.

        batch: ``cover`` [batch, H, W, C] in [0, 1]; ``message``, ``secret_key``, ``other_key``
        as -1/+1 maps; ``right`` [batch, 1, 1, 1], 1 where Bob decodes with the secret key and 0
        where with the other one; ``seed`` [2] int32. against_eve: bool scalar, whether the
        adversarial loss takes part in this step. The stego images are rounded if the channel
        rounds, else as Alice made them.
        """
        loss, cover = self.config.loss, batch["cover"]
        train_generator = self.config.training.train_generator
        with tf.GradientTape() as tape:
            mask = self.agents.mask(batch["secret_key"], training=train_generator)
            message, bob_key, lifted = batch["message"], batch["secret_key"], mask
            right = batch["right"] if loss.masked_target else tf.ones_like(batch["right"])
            if loss.masked_target:
                bob_key = tf.where(right > 0, batch["secret_key"], batch["other_key"])
                lifted = self.agents.mask(bob_key, training=train_generator)
            target = losses.masked_target(message, mask, lifted)

            painted = self.agents.alice([cover, message, mask], training=True)
            stego = painted
            if self.config.channel.rounding:
                stego = channel.round_to_8_bits(painted)
            if self.config.agents.coding == "trellis":
                received = painted  # a parity has no slope at whole steps
            else:
                received = channel.distort(stego, self.config.channel, batch["seed"])
            inputs = self.agents.bob_inputs(received, bob_key, mask)
            logits = self.bob_logits(inputs, training=True)

            image_term = losses.image_loss(cover, stego, loss.mse, loss.ssim)
            cross_entropy = losses.message_cross_entropy(target, logits)
            message_term = tf.reduce_mean(cross_entropy)
            if loss.message_form == "l1":
                message_term = losses.message_l1(target, tf.sigmoid(logits))
            adversary_term = tf.cond(against_eve, lambda: self._adversary(stego), lambda: 0.0)
            total = losses.communication_loss(
                self.image_weight.value() * image_term,
                message_term,
                adversary_term,
                loss.message,
                loss.adversary,
            )
            scaled = total * self._scale
        norm = self._update(tape, scaled, self.variables, self.optimizer)
        images_right = tf.reshape(right, [-1])
        correct = tf.cast(tf.equal(logits > 0, message > 0), tf.float32)
        correct = tf.reduce_mean(correct, axis=[1, 2, 3])
        scalars = {
            "loss": total,
            "image_loss": image_term,
            "message_loss": self._mean_where(cross_entropy, images_right),
            "adversary_loss": adversary_term,
            "right_key": self._mean_where(correct, images_right),
            "wrong_key": self._mean_where(correct, 1.0 - images_right),
            "psnr": tf.reduce_mean(tf.image.psnr(cover, stego, 1.0)),
            "gradient_norm": norm,
        }
        return scalars, stego

    def _adversary(self, stego: tf.Tensor) -> tf.Tensor:
        # Eve in inference mode: this step leaves her untouched, moving statistics included.
        innocent = self.agents.eve(stego, training=False)
        if self.config.loss.adversary_form == "non_saturating":
            return losses.adversary_loss_non_saturating(innocent)
        return losses.adversary_loss(innocent)

    def detect(self, cover: tf.Tensor, stego: tf.Tensor) -> dict[str, tf.Tensor]:
        """Update Eve on covers and stego images, [batch, H, W, C] each; returns scalars."""
        images = tf.concat([cover, tf.stop_gradient(stego)], axis=0)
        with tf.GradientTape() as tape:
            on_cover, on_stego = tf.split(self.eve_logits(images, training=True), 2)
            loss = losses.eve_loss(on_cover, on_stego)
            scaled = loss * self._scale
        norm = self._update(tape, scaled, self.agents.eve.trainable_variables, self.eve_optimizer)
        hits = tf.concat([on_cover > 0, on_stego <= 0], axis=0)
        accuracy = tf.reduce_mean(tf.cast(hits, tf.float32))
        return {"eve_loss": loss, "eve_accuracy": accuracy, "eve_gradient_norm": norm}

    def _mean_where(self, values: tf.Tensor, chosen: tf.Tensor) -> tf.Tensor:
        """Mean of the chosen values, both [batch], over all replicas; 0 if none is chosen."""
        sums = [tf.reduce_sum(values * chosen), tf.reduce_sum(chosen)]
        if self.replicas > 1:
            sums = tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, sums)
        return tf.math.divide_no_nan(*sums)

    @property
    def _half_scale(self) -> float:
        half = self.agents.bob.get_layer("block_2_conv").compute_dtype == "float16"
        return FLOAT16_LOSS_SCALE if half else 1.0

    @property
    def _scale(self) -> float:
        """Of a loss before its gradient: the mean over replicas, in float16's range."""
        return self._half_scale / self.replicas

    def _update(
        self, tape: Any, loss: tf.Tensor, variables: list[Any], optimizer: Any
    ) -> tf.Tensor:
        """Apply the gradients of the scaled loss, summed and clipped; returns their norm."""
        gradients = tape.gradient(loss, variables)
        if self.replicas > 1:
            context = tf.distribute.get_replica_context()
            gradients = context.all_reduce(tf.distribute.ReduceOp.SUM, gradients)
        if self._half_scale != 1.0:
            gradients = [gradient / self._half_scale for gradient in gradients]
        norm = tf.linalg.global_norm(gradients)
        if self.config.training.clip_norm:
            clip = self.config.training.clip_norm
            gradients, _ = tf.clip_by_global_norm(gradients, clip, use_norm=norm)
        apply_gradients(optimizer, gradients, variables)
        return norm


def _up_to(agent: Any, layer: str) -> Any:
    """The part of a functional model that ends in one of its layers."""
    return keras.Model(agent.inputs, agent.get_layer(layer).output)
