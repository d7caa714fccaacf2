"""The lattice agents: Bob reads phases, and Alice moves them so that he reads her bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable

from ...backend import keras
from ...config import RunConfig
from ...config.sections import AgentsConfig
from ..keyed.generator import set_fixed_weights
from ..layers import SLOPE, activation, bit_map, logits, sigmoid
from ..method import Agents
from ..paper.eve import build_eve
from ..paper.pk_generator import build_pk_generator
from . import layers
from .settings import LatticeSettings

#: A function of symbolic tensors that returns a symbolic tensor.
Graph = Callable[..., Any]


@dataclass(frozen=True)
class LatticeAgents(Agents):
    """Lattice agents, with ``alice_at`` and ``bob_at``, which take offsets and a strength.

    ``alice_at``: from [cover, message, turns, strength] to stego; ``bob_at``: from
    [stego, turns, strength] to logits, like those of ``bob_logits``; ``pair``: both in one model,
    with each weight once. turns: [batch, H/8, W/8, lattices] in [0, 1); strength: [batch, 1, 1, 1],
    1 with a key.
    """

    alice_at: Any = None
    bob_at: Any = None
    pair: Any = None


def bits_of_block(config: AgentsConfig) -> int:
    """Return the message bits of a block of 8 x 8 pixels."""
    return round(64 * config.bits_per_pixel)


def build_lattice(run: RunConfig) -> LatticeAgents:
    """Build fresh agents; the asymmetric scheme's pK generator already has its fixed weights."""
    config, settings = run.agents, run.settings
    begin = settings.lattices, settings.lattice_step, settings.lattice_start, run.training.seed
    lattices = layers.Lattices(*begin, name="lattices")
    change = layers.Change(*begin, settings.sees_room, name="stego")
    read, hide = _bob(config, settings, lattices), _alice(config, settings, lattices, change)
    image = (None, None, config.channels)
    cover, stego = keras.Input(image, name="cover"), keras.Input(image, name="stego")
    message, key = bit_map("message"), bit_map("key")
    turns = keras.Input((None, None, settings.lattices), name="turns")
    strength = keras.Input((1, 1, 1), name="strength")
    offsets = layers.KeyTurns(settings.lattices, name="offsets")

    hidden, values = hide(cover, message, turns, strength), read(stego, turns, strength)
    alice_at = keras.Model([cover, message, turns, strength], hidden, name="alice_at")
    bob_at = keras.Model([stego, turns, strength], values, name="bob_at")
    arrived = keras.Input(image, name="arrived")
    both = [hidden, read(arrived, turns, strength)]
    pair = keras.Model([cover, message, arrived, turns, strength], both, name="pair")
    alice = keras.Model([cover, message, key], hide(cover, message, *offsets(key)), name="alice")

    keys, generator = [bit_map("secret_key")], None
    mask = keys[0]
    if config.asymmetric:
        generator = build_pk_generator()
        set_fixed_weights(generator)
        generator.trainable = False
        # His secret key already tells Bob everything that his public key does.
        keys.append(bit_map("public_key"))
        mask = generator(keys[0])
    values = read(stego, *offsets(mask))
    bob = keras.Model([stego, *keys], sigmoid(values, "message"), name="bob")
    bob_logits = keras.Model([stego, *keys], values, name="bob_logits")
    eve, eve_logits = build_eve(config.channels, settings.eve_filters, None)
    agents = (alice, bob, eve, bob_logits, eve_logits, generator)
    return LatticeAgents(*agents, alice_at=alice_at, bob_at=bob_at, pair=pair)


def _small() -> Any:
    """Initialise a last layer with small weights."""
    return keras.initializers.VarianceScaling(0.05)


def _dense(width: int, name: str, **options: Any) -> Any:
    """Make a dense layer that is applied to each block."""
    return keras.layers.Conv2D(width, 1, dtype="float32", name=name, **options)


def _bob(config: AgentsConfig, settings: LatticeSettings, lattices: Any) -> Graph:
    """Build Bob, from a stego image, turns and strength to logits of the message map."""
    bits = bits_of_block(config)
    waves, spread = layers.Waves(name="waves"), layers.Spread(name="read_strength")
    room = layers.Room(name="read_room")
    gate = _dense(settings.lattices, "read_gate", kernel_initializer=_small())
    gated = layers.Gated(name="read_gated")
    linear = _dense(bits, "reading", kernel_initializer=layers.Reading())
    hidden = _dense(settings.read_width, "read_hidden")
    correction = _dense(bits, "read_correction", kernel_initializer=_small())
    regroup = layers.Regroup(bits, into_blocks=False, name="message_map")

    def read(stego: Any, turns: Any, strength: Any) -> Any:
        seen = waves(lattices([stego, turns, strength])[0])
        light = [room(stego)] if settings.sees_room else []
        if light:  # a block's room decides which lattices are read
            seen = gated([seen, gate(*light)])
        beside = _concat("read_seen")([seen, spread([strength, seen]), *light])
        x = activation(hidden(beside), SLOPE, "read_hidden", dtype="float32")
        values = keras.layers.Add(dtype="float32", name="read_sum")([linear(seen), correction(x)])
        return logits(regroup(values), "message_logits")

    return read


def _alice(config: AgentsConfig, settings: LatticeSettings, lattices: Any, change: Any) -> Graph:
    """Build Alice, from a cover, message, turns and strength to a stego image."""
    bits = bits_of_block(config)
    regroup = layers.Regroup(bits, into_blocks=True, name="block_bits")
    waves, texture = layers.Waves(name="cover_waves"), layers.LogScale(name="texture")
    spread, room = layers.Spread(name="hide_strength"), layers.Room(name="hide_room")
    distance = layers.Distance(name="distance")
    first = _dense(settings.hide_width, "hide_1")
    second = _dense(settings.hide_width, "hide_2")
    shifts = config.channels if settings.sees_room else 0
    qim = settings.lattice_start == "qim"
    start = layers.Moving(settings.lattices, bits) if qim else _small()
    amplitudes = settings.lattices + shifts
    last = _dense(amplitudes, "amplitudes", activation="tanh", kernel_initializer=start)

    def hide(cover: Any, message: Any, turns: Any, strength: Any) -> Any:
        phase, coefficients = lattices([cover, turns, strength])
        signs = regroup(message)
        off = [distance([phase, signs])] if settings.sees_distance else []
        light = [room(cover)] if settings.sees_room else []
        texts = [waves(phase), texture(coefficients), signs, spread([strength, phase])]
        features = _concat("hide_seen")([*texts, *off, *light])
        x1 = activation(first(features), SLOPE, "hide_1", dtype="float32")
        x2 = activation(second(x1), SLOPE, "hide_2", dtype="float32")
        amplitudes = last(_concat("hide_all")([x1, x2, *off]))
        return change([cover, amplitudes, strength])

    return hide


def _concat(name: str) -> Any:
    return keras.layers.Concatenate(dtype="float32", name=name)
