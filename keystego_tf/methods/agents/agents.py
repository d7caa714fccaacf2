"""The agents of one scheme, together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...config.run import AgentsConfig
from .alice import build_alice
from .bob import build_bob
from .eve import build_eve
from .pk_generator import build_pk_generator


@dataclass(frozen=True)
class Agents:
    """Alice, Bob, Eve and, in the asymmetric scheme, the pK generator."""

    alice: Any
    bob: Any
    eve: Any
    pk_generator: Any = None

    def items(self) -> list[tuple[str, Any]]:
        """(name, model) of each agent there is."""
        return [(name, model) for name, model in vars(self).items() if model is not None]

    def mask(self, secret_key: Any, training: bool = False) -> Any:
        """The key that Alice takes: the secret key itself, or the public key made from it.

        secret_key: [batch, H/4, W/4, 1] float32, each -1 or +1; same shape returned.
        """
        if self.pk_generator is None:
            return secret_key
        return self.pk_generator(secret_key, training=training)

    def decode(self, stego: Any, secret_key: Any, public_key: Any, training: bool = False) -> Any:
        """Bob's probabilities [batch, h, w, 1] that a message bit is 1 (shapes: ``build_bob``)."""
        return self.bob(self.bob_inputs(stego, secret_key, public_key), training=training)

    def bob_inputs(self, stego: Any, secret_key: Any, public_key: Any) -> list[Any]:
        """Bob's inputs in his order; the symmetric Bob has no use for ``public_key``."""
        keys = [secret_key] if self.pk_generator is None else [secret_key, public_key]
        return [stego, *keys]


def build_agents(config: AgentsConfig) -> Agents:
    """All agents of ``config.scheme``, with fresh weights from Keras's seeded generator."""
    pk_generator = build_pk_generator() if config.asymmetric else None
    return Agents(build_alice(config), build_bob(config), build_eve(config), pk_generator)
