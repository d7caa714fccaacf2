"""The method ``keyed``, the default: learned from images, with a key that matters."""

from __future__ import annotations

from typing import Any

from ...channel.settings import ChannelConfig
from ...config import RunConfig
from ...config.checked import require
from ...config.sections import crops_text
from ..method import Agents, Batch, Channel, Method, Progress, Transmission, no_progress
from .settings import KeyedSettings

#: Settings for gray at 0.5 bits per pixel, where two samples carry a bit: it takes larger changes
#: to stand out from a rough photo, and longer until Bob reads well.
DENSE_GRAY = {
    "residual_scale": 0.3,
    "crops": ((1.0, 32, 8),),
    "steps": 14000,
    "image_weight": 10000.0,
    "image_weight_ramp": 0.5,
    "initial_message_goal": 0.1,
}


class Keyed(Method):
    """Alice and Bob learn from images; the masked target makes Bob depend on his key."""

    name = "keyed"
    summary = "the paper's four agents, trained so that the key matters (masked target)"
    settings = KeyedSettings
    rates = (0.0625, 0.5)
    masked = True
    # Values may lie near a threshold: int8 flipped 0.2 % of the bits of the mask that Bob computes.
    kept_in_float = ("mask",)

    def defaults(self) -> RunConfig:
        return RunConfig(self.name, KeyedSettings(), ChannelConfig())

    def complete(self, values: dict[str, Any]) -> dict[str, Any]:
        rate = values.get("bits_per_pixel", self.defaults().agents.bits_per_pixel)
        dense = values.get("channels") == 1 and rate == max(self.rates)
        return {**DENSE_GRAY, **values} if dense else values

    def check(self, run: RunConfig) -> None:
        super().check(run)
        least = min(batch for _, _, batch in run.training.crops)
        rule = "each batch needs 2 images or more: Bob gets a wrong key for one"
        require(least > 1, "crops", crops_text(run.training.crops), rule)
        steps = run.settings.pretraining_steps
        if self._reads_mask(run):
            require(steps > 0, "pretraining_steps", steps, "must be above 0: asymmetric scheme")

    @staticmethod
    def _reads_mask(run: RunConfig) -> bool:
        """Whether Bob learns in advance to compute the fixed generator's public key."""
        return run.agents.asymmetric and not run.settings.train_generator

    def build(self, run: RunConfig) -> Agents:
        from .agents import build_keyed

        return build_keyed(run)

    def pretrain(self, agents: Agents, run: RunConfig, progress: Progress = no_progress) -> None:
        from .pretraining import learn_public_key

        if self._reads_mask(run):
            self._set_trainable(agents, True)
            seed, steps = run.training.seed, run.settings.pretraining_steps
            learn_public_key(agents, steps, seed, progress)
            self._set_trainable(agents, False)

    def freeze(self, agents: Agents, run: RunConfig) -> None:
        if self._reads_mask(run):
            self._set_trainable(agents, False)

    @staticmethod
    def _set_trainable(agents: Agents, trainable: bool) -> None:
        for layer in agents.mask_logits.layers:  # type: ignore[attr-defined]
            layer.trainable = trainable

    def trained(self, agents: Agents, run: RunConfig) -> list[Any]:
        generator = [agents.pk_generator] if run.settings.train_generator else []
        return [agents.alice, agents.bob, *filter(None, generator)]

    def transmit(
        self, agents: Agents, run: RunConfig, batch: Batch, channel: Channel
    ) -> Transmission:
        from ...backend import tf
        from .masking import masked_target, message_cross_entropy

        training = run.settings.train_generator
        right = batch["right"]  # [batch, 1, 1, 1]
        bob_key = tf.where(right > 0, batch["secret_key"], batch["other_key"])
        mask = agents.mask(batch["secret_key"], training=training)
        # A generator in training makes two masks of one key in two batches: equal keys, one mask.
        other_mask = agents.mask(batch["other_key"], training=training)
        bob_mask = tf.where(right > 0, mask, other_mask)
        target = masked_target(batch["message"], mask, bob_mask)
        saved, received = channel(
            agents.alice([batch["cover"], batch["message"], mask], training=True)
        )
        inputs = agents.bob_inputs(received, bob_key, mask)
        logits = agents.bob_logits(inputs, training=True)
        loss = tf.reduce_mean(message_cross_entropy(target, logits))
        return Transmission(saved, target, logits, loss, tf.reshape(right, [-1]))


KEYED = Keyed()
