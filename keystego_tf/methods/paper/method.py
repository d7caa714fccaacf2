"""The methods ``paper`` and ``paper-code``: two readings of one scheme."""

from __future__ import annotations

from typing import Any

from ...channel.settings import ChannelConfig
from ...config import RunConfig
from ...config.checked import require
from ...config.sections import LossConfig, TrainingConfig, crops_text
from ..method import Agents, Batch, Channel, Method, Transmission
from .settings import PaperCodeSettings, PaperSettings


class Paper(Method):
    """The agents as sections III-B and III-C print them, trained as in section IV-A."""

    name = "paper"
    summary = "the four agents, equations 1 to 6 as printed and 7 corrected"
    settings: type[PaperCodeSettings] = PaperSettings
    rates = (0.0625, 0.5)
    reading = "text"

    def defaults(self) -> RunConfig:
        return RunConfig(
            self.name,
            self.settings(),
            ChannelConfig(rounding=False),
            loss=LossConfig(
                mse_weight=0.5,
                ssim_weight=0.5,
                message_weight=0.03,
                adversary_weight=0.1,
                image_weight=1.0,
                image_weight_ramp=0.0,
            ),
            training=TrainingConfig(
                steps=0,
                epochs=100,
                crops=((1.0, 128, 64),),
                schedule="constant",
                clip_norm=0.0,
                finishing_share=0.0,
                fit="resize",
                eve_interval=1,
            ),
        )

    def complete(self, values: dict[str, Any]) -> dict[str, Any]:
        """Set the size of Eve's dense layer to the side of the crops."""
        if "crops" not in values or "eve_size" in values:
            return values
        return {**values, "eve_size": max(side for _, side, _ in values["crops"])}

    def check(self, run: RunConfig) -> None:
        super().check(run)
        size = run.settings.eve_size
        sides = {side for _, side, _ in run.training.crops}
        rule = f"must have sides of eve_size {size} only, which Eve's dense layer is built for"
        require(sides == {size}, "crops", crops_text(run.training.crops), rule)

    def build(self, run: RunConfig) -> Agents:
        from ..layers import SLOPE
        from .alice import CODE_SLOPE, build_alice
        from .bob import build_bob
        from .eve import build_eve
        from .pk_generator import build_pk_generator

        code = self.reading == "code"
        filters, slope = run.settings.filters, CODE_SLOPE if code else SLOPE
        bob, bob_logits = build_bob(run.agents, filters, self.reading)
        eve_size = None if code else run.settings.eve_size
        eve, eve_logits = build_eve(run.agents.channels, filters, eve_size, slope=slope)
        generator = build_pk_generator(not code, slope) if run.agents.asymmetric else None
        alice = build_alice(run.agents, filters, self.reading)
        return Agents(alice, bob, eve, bob_logits, eve_logits, generator)

    def trained(self, agents: Agents, run: RunConfig) -> list[Any]:
        return [agents.alice, agents.bob, *filter(None, [agents.pk_generator])]

    def transmit(
        self, agents: Agents, run: RunConfig, batch: Batch, channel: Channel
    ) -> Transmission:
        from ...backend import tf

        message, secret_key = batch["message"], batch["secret_key"]
        public_key = agents.mask(secret_key, training=True)
        saved, received = channel(
            agents.alice([batch["cover"], message, public_key], training=True)
        )
        inputs = agents.bob_inputs(received, secret_key, public_key)
        logits = agents.bob_logits(inputs, training=True)
        loss = self.message_loss(message, tf.sigmoid(logits))
        right = tf.ones_like(batch["right"][:, 0, 0, 0])
        return Transmission(saved, message, logits, loss, right)

    def message_loss(self, message: Any, probability: Any) -> Any:
        """Return equation 5: the sum over an image's bits."""
        from . import losses

        return losses.message_l1(message, probability)

    def adversary_loss(self, innocent: Any) -> Any:
        from . import losses

        return losses.adversary_loss(innocent)


class PaperCode(Paper):
    """The paper's method as in the authors' code, which weights the message 300 times less."""

    name = "paper-code"
    summary = "the four agents as the authors' published code trains them"
    settings = PaperCodeSettings
    reading = "code"

    def defaults(self) -> RunConfig:
        run = super().defaults()
        return run.replace(message_weight=0.1, adversary_weight=0.03, beta_1=0.5)

    def complete(self, values: dict[str, Any]) -> dict[str, Any]:
        return values  # Eve pools, so she takes any size

    def check(self, run: RunConfig) -> None:
        Method.check(self, run)

    def message_loss(self, message: Any, probability: Any) -> Any:
        """Return the mean over all bits."""
        from . import losses

        return losses.message_l1_mean(message, probability)

    def adversary_loss(self, innocent: Any) -> Any:
        """Return the cross-entropy of Eve's answer with "innocent"."""
        return Method.adversary_loss(self, innocent)


PAPER, PAPER_CODE = Paper(), PaperCode()
