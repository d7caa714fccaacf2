"""Define a method: everything that hides with nets implements these few calls.

Nothing here loads TensorFlow. A method imports it in the calls that build or train.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable

from ..config import GRID, RunConfig
from ..config.checked import Checked, require
from ..config.sections import crops_text

if TYPE_CHECKING:
    import tensorflow as tf

#: Wraps the numbers of pretraining's steps in a progress bar with a title.
Progress = Callable[[range, str], Iterable[int]]

#: Tensors by name, from ``data.batches.build_dataset``.
Batch = dict[str, Any]

#: Carries Alice's images: returns them as they are saved, and as they arrive.
Channel = Callable[[Any], tuple[Any, Any]]

#: Inputs by name, with their shapes without the batch, and the Keras model that takes them.
Signature = tuple[dict[str, tuple[int, ...]], Any]


def no_progress(steps: range, title: str) -> range:
    """Return the steps unchanged."""
    return steps


@dataclass(frozen=True)
class Agents:
    """The agents of one trained or fresh scheme, as functional Keras models.

    ``bob_logits`` and ``eve_logits`` are Bob and Eve up to their last sigmoid. ``bob_under_mask``,
    if a method has one, is Bob with the mask as an input instead of computing it from his keys.
    Where a code carries the message, there is no Bob, and Alice only prices changes.
    """

    alice: Any
    bob: Any
    eve: Any
    bob_logits: Any
    eve_logits: Any
    pk_generator: Any = None
    bob_under_mask: Any = None

    def items(self) -> list[tuple[str, Any]]:
        """Return (name, model) of each agent, in the paper's order."""
        named = {
            "alice": self.alice,
            "bob": self.bob,
            "eve": self.eve,
            "pk_generator": self.pk_generator,
        }
        return [(name, model) for name, model in named.items() if model is not None]

    def mask(self, secret_key: Any, training: bool = False) -> Any:
        """Return the key that Alice takes: the secret key itself, or the public key made from it.

        Args:
            secret_key: [batch, H/4, W/4, 1] float32, each -1 or +1.
        """
        if self.pk_generator is None:
            return secret_key
        return self.pk_generator(secret_key, training=training)

    def bob_inputs(self, stego: Any, secret_key: Any, public_key: Any) -> list[Any]:
        """Return Bob's inputs in his order; the symmetric Bob does not use ``public_key``."""
        keys = [secret_key] if self.pk_generator is None else [secret_key, public_key]
        return [stego, *keys]

    def decode(self, stego: Any, secret_key: Any, public_key: Any, training: bool = False) -> Any:
        """Return Bob's probabilities [batch, h, w, 1] that a message bit is 1."""
        return self.bob(self.bob_inputs(stego, secret_key, public_key), training=training)

    def simulated(self, cover_u8: Any, seed: int) -> Any:
        """Change covers as the code would for random bits, where there is no Bob.

        ``cover_u8`` and the result: uint8 [batch, H, W, C].
        """
        raise NotImplementedError

    def memory(self) -> dict[str, Any]:
        """Return what a checkpoint keeps beside the agents, by name, such as Eve's statistics."""
        return {}


@dataclass(frozen=True)
class Transmission:
    """The result of a batch that Alice sent to Bob in training.

    ``stego``: [batch, H, W, C] in [0, 1], as saved. If there is a Bob, ``target``: the bits that he
    had to return, -1 or +1, and ``logits`` his answer, both [batch, h, w, 1]; ``message_loss``: the
    scalar that equation 6 weights; ``right``: [batch], 1 if he had the right key.
    """

    stego: tf.Tensor
    target: Any = None
    logits: Any = None
    message_loss: Any = 0.0
    right: Any = None


class Method(ABC):
    """One way to hide with nets.

    ``name``: on the command line; ``summary``: what is learned, in a line; ``settings``: the
    dataclass of its own options; ``rates``: the supported payloads, bits per pixel; ``masked``:
    whether Bob also decodes with wrong keys in training, and must fail; ``prices``: whether Alice
    only prices changes, and a code carries the message in place of Bob; ``grid``: what the sides of
    images must be multiples of, pixels; ``kept_in_float``: beginnings of the names of layers that
    int8 would spoil; ``spoiled_by``: formats of TFLite files that Bob does not stand.
    """

    name: str
    summary: str
    settings: type[Checked]
    rates: tuple[float, ...]
    masked: bool = False
    prices: bool = False
    grid: int = GRID
    kept_in_float: tuple[str, ...] = ()
    spoiled_by: tuple[str, ...] = ()

    @abstractmethod
    def defaults(self) -> RunConfig:
        """Return a run with this method's own defaults."""

    def complete(self, values: dict[str, Any]) -> dict[str, Any]:
        """Complete given settings, by name, with those that follow from them."""
        return values

    def check(self, run: RunConfig) -> None:
        """Raise ValueError if a run's settings do not fit together for this method."""
        rates = ", ".join(map(str, self.rates))
        rate = run.agents.bits_per_pixel
        require(rate in self.rates, "bits_per_pixel", rate, f"must be one of {rates}")
        shown, rule = crops_text(run.training.crops), f"multiples of {self.grid}"
        fits = all(side % self.grid == 0 for _, side, _ in run.training.crops)
        require(fits, "crops", shown, f"must have sides that are {rule}")
        side = run.data.evaluation_side
        require(side % self.grid == 0, "evaluation_side", side, f"must be one of the {rule}")

    @abstractmethod
    def build(self, run: RunConfig) -> Agents:
        """Build fresh agents, with weights from Keras's seeded generator, without training."""

    def pretrain(  # noqa: B027  nothing is a fine default
        self, agents: Agents, run: RunConfig, progress: Progress = no_progress
    ) -> None:
        """Train in place what has to be learned before the agents meet; by default nothing."""

    def freeze(self, agents: Agents, run: RunConfig) -> None:  # noqa: B027
        """Freeze in place what ``pretrain`` has taught; by default nothing."""

    def trained(self, agents: Agents, run: RunConfig) -> list[Any]:
        """List the models that Alice's and Bob's step updates."""
        return [agents.alice, agents.bob]

    @abstractmethod
    def transmit(
        self, agents: Agents, run: RunConfig, batch: Batch, channel: Channel
    ) -> Transmission:
        """Let Alice hide a batch, the channel carry it and Bob read it, all in training mode."""

    def adversary_loss(self, innocent: tf.Tensor) -> tf.Tensor:
        """Compute Alice's loss from Eve's p(innocent) of stego images, [batch, 1]: a scalar.

        By default, it is the cross-entropy of Eve's answer with "innocent".
        """
        from .paper.losses import adversary_loss_non_saturating

        return adversary_loss_non_saturating(innocent)

    def solve_eve(
        self, agents: Agents, cover: tf.Tensor, stego: tf.Tensor
    ) -> dict[str, tf.Tensor] | None:
        """Update an Eve that is solved in closed form; None, the default, if she is trained.

        ``cover``, ``stego``: [batch, H, W, C] in [0, 1]. Returns scalars for the log, by name.
        """
        return None

    def signatures(self, agents: Agents, run: RunConfig, side: int) -> dict[str, dict[str, Any]]:
        """Return what each agent answers on a device: {agent: {name: Signature}}.

        Images are side x side. The names are ``hide`` (Alice), ``read`` (Bob), ``make`` (the pK
        generator) and ``read_under_mask``, if Bob can take the mask; ``price``, if Alice only
        prices changes.
        """
        from .paper.pk_generator import inference

        config = run.agents
        image = (side, side, config.channels)
        message, key = (*config.message_shape(side, side), 1), (*config.key_shape(side, side), 1)
        alice = {"cover": image, "message": message, "key": key}
        bob = {"stego": image, "secret_key": key}
        if config.asymmetric:
            bob["public_key"] = key
        found: dict[str, dict[str, Any]] = {
            "alice": {"hide": (alice, agents.alice)},
            "bob": {"read": (bob, agents.bob)},
        }
        if agents.pk_generator is not None:
            generator = inference(agents.pk_generator)
            found["pk_generator"] = {"make": ({"secret_key": key}, generator)}
        if agents.bob_under_mask is not None:
            under_mask = ({"stego": image, "mask": key}, agents.bob_under_mask)
            found["bob"]["read_under_mask"] = under_mask
        return found

    def modulator(
        self, name: str, weights: Callable[[], Any], run: RunConfig, strength: float = 1.0
    ) -> Any:
        """Return the nets in NumPy over all blocks of an image, if the method supports it.

        Args:
            name: of the model.
            weights: reads the weights of its bundle, by ``agent/layer/index``.
            strength: the one to hide with.

        Returns:
            An ``embedders.blocks.Modulator``, or None.
        """
        return None
