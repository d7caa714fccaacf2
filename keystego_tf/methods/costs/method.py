"""The method ``costs``: adversarial costs for syndrome coding."""

from __future__ import annotations

from typing import Any

from ...channel.settings import ChannelConfig
from ...config import RunConfig
from ...config.checked import require
from ...config.sections import AgentsConfig, LossConfig, TrainingConfig
from ..method import Agents, Batch, Channel, Method, Transmission
from .settings import CostsSettings


class Costs(Method):
    """Alice learns what a change costs; Eve judges simulated changes; there is no Bob and no key.

    Source:
        Yang et al., "An embedding cost learning framework using GAN", 2019, has the game; Tang et
        al., 2021, the rewards of single samples (``changes.changed``).
    """

    name = "costs"
    summary = "Alice learns where changes show least; syndrome coding carries the message"
    settings = CostsSettings
    rates = (0.2, 0.4, 0.5)
    prices = True

    def defaults(self) -> RunConfig:
        return RunConfig(
            self.name,
            CostsSettings(),
            ChannelConfig(rounding=False),
            agents=AgentsConfig(bits_per_pixel=0.4, channels=1),
            loss=LossConfig(
                mse_weight=0.0,
                ssim_weight=0.0,
                message_weight=0.0,
                adversary_weight=1.0,
                image_weight=1.0,
                image_weight_ramp=0.0,
            ),
            training=TrainingConfig(
                steps=2400,
                crops=((1.0, 64, 16),),
                clip_norm=1.0,
                finishing_share=0.0,
                eve_interval=1,
                precision="float32",
            ),
        )

    def check(self, run: RunConfig) -> None:
        super().check(run)
        of_agents = {
            "channels": (1, "must be 1: each channel of a colour image is priced alone"),
            "scheme": ("symmetric", "must be symmetric: costs need no key"),
        }
        if run.channel != ChannelConfig(rounding=False):
            raise ValueError("channel is not clean, but must be: changes are whole 8-bit steps")
        of_training = {
            "strategy": ("none", "must be none: Eve is solved from all covers"),
            "precision": ("float32", "must be float32: changes of 1 are small"),
        }
        for section, rules in ((run.agents, of_agents), (run.training, of_training)):
            for name, (value, rule) in rules.items():
                own = getattr(section, name)
                require(own == value, name, own, rule)

    def build(self, run: RunConfig) -> Agents:
        from .agents import build_costs

        return build_costs(run)

    def trained(self, agents: Agents, run: RunConfig) -> list[Any]:
        return [agents.alice]

    def transmit(self, agents: Any, run: RunConfig, batch: Batch, channel: Channel) -> Transmission:
        from ...backend import tf
        from . import changes

        cover = batch["cover"]
        prices = agents.prices(cover, training=True)
        change = changes.probabilities(prices, run.agents.bits_per_pixel)
        stego = changes.changed(tf.round(255.0 * cover), change, batch["seed"])
        saved, _ = channel(stego / 255.0)
        return Transmission(saved)

    def solve_eve(self, agents: Any, cover: Any, stego: Any) -> dict[str, Any]:
        from ...backend import tf
        from .fisher import features

        seen = [features(tf.round(255.0 * images[..., 0])) for images in (cover, stego)]
        layer = agents.eve_logits.get_layer("innocent_logits")
        moved = tf.reduce_sum((seen[1] - seen[0]) * layer.direction, axis=-1)
        agents.statistics.follow(*seen)
        own = agents.run.settings
        layer.direction.assign(agents.statistics.direction(own.shrinkage, own.kinds))
        layer.centre.assign(agents.statistics.centre)
        scalars = {"eve_moved": tf.reduce_mean(moved)}
        if agents.net_eve:
            steps, prices = agents.statistics.steps, agents.prices(cover)
            scalars.update(agents.net_eve.learn(agents.run, steps, cover, prices))
        return scalars

    def signatures(self, agents: Agents, run: RunConfig, side: int) -> dict[str, dict[str, Any]]:
        image = (side, side, 1)
        return {"alice": {"price": ({"cover": image, "price": image}, agents.alice)}}


COSTS = Costs()
