"""The method ``lattice``, which survives JPEG."""

from __future__ import annotations

import math
from typing import Any, Callable

from ...channel.settings import ChannelConfig
from ...config import RunConfig
from ...config.checked import require
from ...config.sections import LossConfig, TrainingConfig
from ..method import Agents, Batch, Channel, Method, Transmission
from .settings import LatticeSettings

#: JPEG's chroma comes in blocks of this many pixels.
UNIT = 16


class Lattice(Method):
    """Alice and Bob learn lattices that JPEG preserves; the key is the lattices' phase."""

    name = "lattice"
    summary = "nets with periodic layers that learn to be read after JPEG; the key is their phase"
    settings = LatticeSettings
    rates = (0.015625, 0.0625)
    grid = UNIT  # of 4:2:0
    # Coefficients are hundreds of phases large, and offsets are bytes that must stay exact.
    kept_in_float = ("lattices", "offsets", "waves")
    # which makes int8 of the filters, too: after recompression 1.5 % of the bits come out otherwise
    spoiled_by = ("dynamic-int8",)

    def defaults(self) -> RunConfig:
        return RunConfig(
            self.name,
            LatticeSettings(),
            # hide rounds so that the coefficients are preserved (embedders.blocks.settled)
            ChannelConfig(rounding=False, recompression=40),
            loss=LossConfig(
                ssim_weight=0.0,
                image_weight=5000.0,
                initial_image_weight=0.3,
                initial_message_goal=0.15,
                message_goal=0.035,
            ),
            training=TrainingConfig(
                crops=((1.0, 64, 8),),
                learning_rate=0.002,
                clip_norm=1.0,
                finishing_share=0.0,
                eve_interval=32,
                precision="float32",
            ),
        )

    def check(self, run: RunConfig) -> None:
        super().check(run)
        precision = run.training.precision
        require(precision == "float32", "precision", precision, "must be float32: phases are fine")
        lattices, bits = run.settings.lattices, round(64 * run.agents.bits_per_pixel)
        require(lattices >= bits, "lattices", lattices, f"must be at least {bits}, bits of a block")

    def build(self, run: RunConfig) -> Agents:
        from .agents import build_lattice

        return build_lattice(run)

    def trained(self, agents: Agents, run: RunConfig) -> list[Any]:
        return [agents.pair]  # type: ignore[attr-defined]

    def transmit(self, agents: Any, run: RunConfig, batch: Batch, channel: Channel) -> Transmission:
        from ...backend import tf
        from ..keyed.masking import message_cross_entropy
        from .offsets import random_turns

        message, cover = batch["message"], batch["cover"]
        turns = random_turns(cover, run.settings.lattices, batch["seed"])
        spread = math.log(run.settings.strength_spread)
        shape = [tf.shape(message)[0], 1, 1, 1]
        strength = tf.exp(tf.random.stateless_uniform(shape, batch["seed"], -spread, spread))
        saved, received = channel(agents.alice_at([cover, message, turns, strength], training=True))
        logits = agents.bob_at([received, turns, strength], training=True)
        loss = tf.reduce_mean(message_cross_entropy(message, logits))
        return Transmission(saved, message, logits, loss, tf.ones_like(batch["right"][:, 0, 0, 0]))

    def modulator(
        self, name: str, weights: Callable[[], Any], run: RunConfig, strength: float = 1.0
    ) -> Any:
        from .plain import PlainLattice

        return PlainLattice(name, weights(), run, strength)


LATTICE = Lattice()
