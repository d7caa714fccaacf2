"""One step of the adversarial training: Alice, Bob and the generator, then Eve.

A step computes and updates; it never logs, saves or prints. Under a distribution strategy it runs
once per replica. Losses are divided by the number of replicas, and gradients summed over them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..backend import apply_gradients, keras, tf
from ..channel import distortions as channel
from ..config import RunConfig
from ..config.sections import TrainingConfig
from ..methods import Agents, Method, Transmission
from ..methods.paper import losses
from .controller import ImageWeight

#: Keeps float16 gradients out of the subnormal range.
FLOAT16_LOSS_SCALE = 1024.0


def build_optimizer(config: TrainingConfig, updates: int) -> Any:
    """Build Adam with the config's learning rate over ``updates`` updates."""
    rate: Any = config.learning_rate
    if config.schedule == "cosine":
        warmup = min(100, max(1, updates // 20))
        rate = keras.optimizers.schedules.CosineDecay(
            0.0, max(1, updates - warmup), alpha=0.0, warmup_target=rate, warmup_steps=warmup
        )
    return keras.optimizers.Adam(rate, beta_1=config.beta_1)


@dataclass(frozen=True)
class Step:
    """The two updates, each for one replica's share of a batch."""

    method: Method
    agents: Agents
    run: RunConfig
    optimizer: Any
    eve_optimizer: Any
    image_weight: ImageWeight
    replicas: int = 1
    half: bool = False

    @cached_property
    def variables(self) -> list[Any]:
        """List everything that Alice's, Bob's and the generator's step changes during a run."""
        models = self.method.trained(self.agents, self.run)
        return [variable for model in models for variable in model.trainable_variables]

    def communicate(
        self, batch: dict[str, tf.Tensor], against_eve: tf.Tensor
    ) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        """Update Alice, Bob and the generator.

        Args:
            batch: ``cover`` [batch, H, W, C] in [0, 1]; ``message``, ``secret_key``, ``other_key``
                as -1/+1 maps; ``right`` [batch, 1, 1, 1], 1 if Bob decodes with the secret key and
                0 if with the other one; ``seed`` [2] int32.
            against_eve: bool scalar, whether this step includes the adversarial loss.

        Returns:
            Scalars by name, and the stego images: rounded if the channel rounds, else unrounded.
        """
        weights, cover = self.run.loss, batch["cover"]
        with tf.GradientTape() as tape:
            sent = self.method.transmit(
                self.agents, self.run, batch, lambda images: self._channel(images, batch["seed"])
            )
            image_term = losses.image_loss(
                cover, sent.stego, weights.mse_weight, weights.ssim_weight
            )
            adversary_term = tf.cond(against_eve, lambda: self._adversary(sent.stego), lambda: 0.0)
            total = losses.communication_loss(
                self.image_weight.value() * image_term,
                sent.message_loss,
                adversary_term,
                weights.message_weight,
                weights.adversary_weight,
            )
            scaled = total * self._scale
        norm = self._update(tape, scaled, self.variables, self.optimizer)
        scalars = {
            "loss": total,
            "image_loss": image_term,
            "adversary_loss": adversary_term,
            "psnr": tf.reduce_mean(tf.image.psnr(cover, sent.stego, 1.0)),
            "gradient_norm": norm,
            **(self._reading(sent, batch["message"]) if sent.logits is not None else {}),
        }
        return scalars, sent.stego

    def _channel(self, images: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return stego images as they are saved, and as they arrive."""
        config = self.run.channel
        saved = channel.round_to_8_bits(images) if config.rounding else images
        return saved, channel.distort(saved, config, seed)

    def _reading(self, sent: Transmission, message: tf.Tensor) -> dict[str, tf.Tensor]:
        """Measure Bob's accuracy with the right key and, if the method tries them, wrong ones."""
        cross_entropy = tf.nn.sigmoid_cross_entropy_with_logits(
            (sent.target + 1.0) / 2.0, sent.logits
        )
        correct = tf.cast(tf.equal(sent.logits > 0, message > 0), tf.float32)
        axes = [1, 2, 3]
        found = {
            "message_loss": self._mean_where(tf.reduce_mean(cross_entropy, axes), sent.right),
            "right_key": self._mean_where(tf.reduce_mean(correct, axes), sent.right),
        }
        if self.method.masked:
            wrong = 1.0 - sent.right
            found["wrong_key"] = self._mean_where(tf.reduce_mean(correct, axes), wrong)
        return found

    def _adversary(self, stego: tf.Tensor) -> tf.Tensor:
        # Eve runs in inference mode: this step changes nothing of hers, not even moving statistics.
        return self.method.adversary_loss(self.agents.eve(stego, training=False))

    def detect(self, cover: tf.Tensor, stego: tf.Tensor) -> dict[str, tf.Tensor]:
        """Update Eve on covers and stego images, [batch, H, W, C] each; return scalars."""
        solved = self.method.solve_eve(self.agents, cover, stego)
        if solved is not None:
            return solved
        images = tf.concat([cover, tf.stop_gradient(stego)], axis=0)
        with tf.GradientTape() as tape:
            on_cover, on_stego = tf.split(self.agents.eve_logits(images, training=True), 2)
            loss = losses.eve_loss(on_cover, on_stego)
            scaled = loss * self._scale
        norm = self._update(tape, scaled, self.agents.eve.trainable_variables, self.eve_optimizer)
        hits = tf.concat([on_cover > 0, on_stego <= 0], axis=0)
        accuracy = tf.reduce_mean(tf.cast(hits, tf.float32))
        return {"eve_loss": loss, "eve_accuracy": accuracy, "eve_gradient_norm": norm}

    def _mean_where(self, values: tf.Tensor, chosen: tf.Tensor) -> tf.Tensor:
        """Average the chosen values, both [batch], over all replicas; 0 if none is chosen."""
        sums = [tf.reduce_sum(values * chosen), tf.reduce_sum(chosen)]
        if self.replicas > 1:
            sums = tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, sums)
        return tf.math.divide_no_nan(*sums)

    @property
    def _scale(self) -> float:
        """Factor on a loss before its gradient: the mean over replicas, in float16's range."""
        return (FLOAT16_LOSS_SCALE if self.half else 1.0) / self.replicas

    def _update(
        self, tape: Any, loss: tf.Tensor, variables: list[Any], optimizer: Any
    ) -> tf.Tensor:
        """Apply the gradients of the scaled loss, summed and clipped; return their norm."""
        gradients = tape.gradient(loss, variables)
        if self.replicas > 1:
            context = tf.distribute.get_replica_context()
            gradients = context.all_reduce(tf.distribute.ReduceOp.SUM, gradients)
        if self.half:
            gradients = [gradient / FLOAT16_LOSS_SCALE for gradient in gradients]
        norm = tf.linalg.global_norm(gradients)
        if self.run.training.clip_norm:
            clip = self.run.training.clip_norm
            gradients, _ = tf.clip_by_global_norm(gradients, clip, use_norm=norm)
        apply_gradients(optimizer, gradients, variables)
        return norm
