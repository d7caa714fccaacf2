"""Can the message be read without the secret key? Attacks on a scheme, and what each of them reads.

The nets' raw bits are attacked here, not the encrypted payload (docs/security.md). What is measured
is measured on 8-bit images that were written as PNG files and read again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

from ..config import AgentsConfig
from ..metrics import closing
from ..metrics.closing import Pixels
from .decoders import Attack, knowledge, train_decoders
from .inversion import Inversion, invert, under_public_key
from .keys import FLIPS, Flipped, flipped_bits
from .learning import AttackConfig
from .reuse import KNOWN, Known, Reuse, known_plaintext
from .scheme import plain, stack

__all__ = [
    "FLIPS",
    "KNOWN",
    "Attack",
    "AttackConfig",
    "Flipped",
    "Inversion",
    "Known",
    "Reuse",
    "evaluate",
    "flipped_bits",
    "invert",
    "knowledge",
    "known_plaintext",
    "plain",
    "train_decoders",
    "under_public_key",
]

#: Keys of the closing evaluation that belong here.
KEYS = ("right_key", "wrong_key", "one_bit_changed", "inverted_key", "public_key_alone")


def evaluate(
    agents: Any,
    config: AgentsConfig,
    covers: Sequence[Pixels],
    tiles: Iterable[Pixels],
    options: AttackConfig | None = None,
    seed: int = 0,
    quiet: bool = True,
) -> dict[str, Any]:
    """Every attack on a scheme, ready for JSON; shares are of 1.

    agents: of a bundle, in float32 (models.bundles.load_bundle); covers: the attackers' own, for
    training, uint8 [height, width, C]; tiles: for testing, uint8 [H, W, C], all of one size, of
    other pictures; options: by default AttackConfig's. The same seed gives the same on one
    machine and stack. Seeds Keras. Raises ValueError for covers and tiles that will not do.
    """
    options = options or AttackConfig()
    test = stack(tiles)
    total = config.key_shape(*test.shape[1:3])
    flips = [count for count in FLIPS if count <= total[0] * total[1]]
    known = [count for count in KNOWN if count < len(test)]
    figures, _ = closing.evaluate(agents, config, test, seed=seed)
    found = {
        "options": dataclasses.asdict(options),
        "seed": seed,
        "images": len(test),
        "keys": {name: figures[name] for name in KEYS if name in figures},
        "flipped_bits": flipped_bits(agents, config, test, flips, seed, quiet),
        "known_plaintext": known_plaintext(agents, config, test, known, seed, quiet),
        "decoders": {
            knows: train_decoders(agents, config, covers, test, knows, options, seed, quiet)
            for knows in knowledge(config)
        },
    }
    if config.asymmetric:
        found["inversion"] = invert(agents, config, test, options, seed, quiet)
        found["under_public_key"] = under_public_key(agents, config, test, seed)
    result: dict[str, Any] = plain(found)
    return result
