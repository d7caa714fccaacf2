"""The agents of the method ``costs``: Alice prices changes, Eve is solved, and a code is Bob."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...backend import keras, tf
from ...config import RunConfig
from ...steganalysis.high_pass import HighPass
from ..layers import sigmoid
from ..method import Agents
from . import changes
from .fisher import Discriminant, Statistics
from .net_eve import NetEve

#: Dilations of Alice's blocks.
_DILATIONS = (1, 2, 1, 2, 1)

#: Brings a logarithm of a cost, and a truncated residual, to about 1.
_PRICE_UNIT, _RESIDUAL_UNIT = 2.0, 3.0


@dataclass(frozen=True)
class CostsAgents(Agents):
    """Alice and Eve, with the run, and the statistics that Eve is solved from."""

    run: Any = None
    statistics: Any = None
    net_eve: NetEve | None = None

    def prices(self, cover: Any, training: bool = False) -> Any:
        """Return Alice's logarithms of costs; ``cover``: [batch, H, W, 1] in [0, 1]."""
        start = changes.hill_prices(tf.round(255.0 * cover))
        return self.alice([cover, start], training=training)

    def simulated(self, cover_u8: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
        made = []
        for number, image_u8 in enumerate(cover_u8):
            image = tf.constant(image_u8[None], tf.float32)
            prices = self.prices(image / 255.0)
            change = changes.probabilities(prices, self.run.agents.bits_per_pixel)
            stego = changes.changed(image, change, [seed, number])
            made.append(np.rint(stego.numpy()[0]).astype(np.uint8))
        return np.stack(made)

    def memory(self) -> dict[str, Any]:
        kept = {"statistics": self.statistics}
        if self.net_eve:
            kept.update(net=self.net_eve.net, net_optimizer=self.net_eve.optimizer)
        return kept


def build_costs(run: RunConfig) -> CostsAgents:
    """Build fresh agents; at first, Alice's costs are those that she starts from."""
    image = keras.Input((None, None, 1), name="image")
    logit = Discriminant(name="innocent_logits")(image)
    settings, net_eve = run.settings, None
    if settings.net_weight:
        net_eve = NetEve.build(run.training.seed, settings.net_front == "high_pass")
        logit = keras.layers.Add(name="both_logits")([logit, net_eve.innocent_logit(image)])
    eve = keras.Model(image, sigmoid(logit, "innocent"), name="eve")
    eve_logits = keras.Model(image, logit, name="eve_logits")
    alice = build_alice(settings.filters, settings.reach, settings.start == "flat")
    own: dict[str, Any] = {"run": run, "statistics": Statistics(), "net_eve": net_eve}
    return CostsAgents(alice, None, eve, None, eve_logits, **own)


def build_alice(filters: int, reach: float, flat: bool = False) -> Any:
    """Build Alice, who corrects logarithms of costs.

    Args:
        filters: of a convolution.
        reach: largest correction.
        flat: she makes nothing of the costs that she is given, and begins with equal ones.

    Returns:
        A model with the inputs ``cover`` [batch, H, W, 1] in [0, 1] and ``price`` of the same
        shape, logarithms of costs less their mean, and the output ``costs``, the corrected ones.
    """
    layers = keras.layers
    cover = keras.Input((None, None, 1), name="cover")
    price = keras.Input((None, None, 1), name="price")
    begun = layers.Rescaling(0.0, name="flat")(price) if flat else price
    residuals = HighPass(255.0, name="high_pass")(cover)
    residuals = layers.Rescaling(1 / _RESIDUAL_UNIT, name="residuals")(residuals)
    start = layers.Rescaling(1 / _PRICE_UNIT, name="start")(begun)
    x = layers.Concatenate(name="seen")([residuals, start])
    x = layers.Conv2D(filters, 3, padding="same", activation="relu", name="first")(x)
    for number, dilation in enumerate(_DILATIONS, 1):
        y = layers.Conv2D(
            filters, 3, padding="same", activation="relu", dilation_rate=dilation,
            name=f"block_{number}_wide",
        )(x)  # fmt: skip
        y = layers.Conv2D(filters, 1, name=f"block_{number}_mix")(y)
        x = layers.Add(name=f"block_{number}")([x, y])
    x = layers.Conv2D(1, 3, padding="same", kernel_initializer="zeros", name="correction")(x)
    x = layers.Activation("tanh", dtype="float32", name="bounded")(x)
    x = layers.Rescaling(reach, name="within_reach")(x)
    return keras.Model([cover, price], layers.Add(name="costs")([begun, x]), name="alice")
