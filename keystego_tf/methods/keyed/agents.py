"""The keyed agents: Alice adds to the cover, Bob removes a mask from what he reads.

Alice's blocks, Bob's blocks and Eve are the paper's (``methods/paper``). Two things differ. Alice
outputs a small change instead of painting the image anew, and the asymmetric Bob computes the
public key at key resolution.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...backend import keras
from ...config import RunConfig
from ...config.sections import AgentsConfig
from ...steganalysis.high_pass import HighPass
from ..layers import Residual, bit_map, concat, conv, conv_block, logits, sigmoid, transposed_block
from ..method import Agents
from ..paper.alice import inputs, trunk
from ..paper.bob import read
from ..paper.eve import build_eve
from ..paper.pk_generator import build_pk_generator
from .generator import set_fixed_weights


@dataclass(frozen=True)
class KeyedAgents(Agents):
    """Keyed agents, with ``mask_logits`` in the asymmetric scheme.

    ``mask_logits`` is Bob's reading of the public key that belongs to his secret key, from
    [secret_key, public_key] to [batch, H/4, W/4, 1] logits.
    """

    mask_logits: Any = None


def build_keyed(run: RunConfig) -> KeyedAgents:
    """Build fresh agents; the asymmetric scheme's pK generator already has its fixed weights."""
    config, settings = run.agents, run.settings
    alice = build_alice(config, settings.filters, settings.residual_scale)
    front = HighPass(255.0, name="high_pass") if settings.eve_front == "high_pass" else None
    eve, eve_logits = build_eve(
        config.channels, settings.filters, None, front, settings.spectral_norm
    )
    if not config.asymmetric:
        bob, bob_logits = _symmetric_bob(config, settings.filters)
        return KeyedAgents(alice, bob, eve, bob_logits, eve_logits)
    generator = build_pk_generator()
    if not settings.train_generator:
        set_fixed_weights(generator)
    bob, bob_logits, mask_logits, under_mask = _asymmetric_bob(
        config, settings.filters, settings.key_filters
    )
    return KeyedAgents(alice, bob, eve, bob_logits, eve_logits, generator, under_mask, mask_logits)


def build_alice(config: AgentsConfig, filters: int, scale: float) -> Any:
    """Build Alice as cover + scale * tanh(change), clipped.

    Returns:
        A model with the inputs and the output of the paper's Alice (``paper.alice.build_alice``).
    """
    cover, message, key = inputs(config)
    x = conv(trunk(cover, message, key, config, filters), config.channels, "paint")
    change = keras.layers.Activation("tanh", dtype="float32", name="change")(x)
    stego = Residual(scale, name="stego")([cover, change])
    return keras.Model([cover, message, key], stego, name="alice")


def _symmetric_bob(config: AgentsConfig, filters: int) -> tuple[Any, Any]:
    stego, key = keras.Input((None, None, config.channels), name="stego"), bit_map("secret_key")
    values = read(concat(stego, _key_map(key)), config, filters)
    bob = keras.Model([stego, key], sigmoid(values, "message"), name="bob")
    return bob, keras.Model([stego, key], values, name="bob_logits")


def _asymmetric_bob(
    config: AgentsConfig, filters: int, key_filters: int
) -> tuple[Any, Any, Any, Any]:
    """Build Bob, Bob up to his logits, his reading of the mask, and Bob with the mask as input."""
    stego = keras.Input((None, None, config.channels), name="stego")
    secret_key, public_key = bit_map("secret_key"), bit_map("public_key")
    mask_values = _work_out_mask(secret_key, public_key, key_filters)
    mask = keras.layers.Activation("tanh", name="mask")(mask_values)
    values = read(concat(stego, _key_map(mask)), config, filters)
    inputs = [stego, secret_key, public_key]
    message = sigmoid(values, "message")
    bob = keras.Model(inputs, message, name="bob")
    bob_logits = keras.Model(inputs, values, name="bob_logits")
    mask_logits = keras.Model(inputs[1:], mask_values, name="mask_logits")
    return bob, bob_logits, mask_logits, keras.Model([stego, mask], message, name="under_mask")


def _key_map(key: Any) -> Any:
    """Enlarge a key map by two transposed blocks of one filter: [batch, H, W, 1] in [0, 1]."""
    x = transposed_block(key, 1, "key_1_1")
    return transposed_block(x, 1, "key_1_2", bounded=True)


def _work_out_mask(secret_key: Any, public_key: Any, filters: int) -> Any:
    """Compute logits, at key resolution, of the mask that Bob removes from the message.

    The mask is pK(secret_key), which Bob computes from his secret key. The public key helps him
    where the generator's value lies near its threshold, and it can mislead him only there.
    """
    x = conv_block(secret_key, filters, "mask_1")
    x = conv_block(x, filters, "mask_2")
    x = conv_block(x, filters, "mask_3", kernel=1)
    x = keras.layers.Concatenate(name="mask_concat")([x, public_key])
    x = conv_block(x, filters, "mask_4", kernel=1)
    return logits(conv(x, 1, "mask", kernel=1), "mask_logits")
