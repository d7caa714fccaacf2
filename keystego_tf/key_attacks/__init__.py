"""Attack a scheme: can the message be read without the secret key?

The attacks work on the nets' raw bits, not on the encrypted payload (docs/security.md). Everything
is measured on 8-bit images that were written as PNG files and read again.
"""

from __future__ import annotations

from .decoders import knowledge, train_decoders
from .inversion import Inversion, invert, under_public_key
from .keys import FLIPS, flipped_bits
from .learning import AttackConfig
from .reuse import KNOWN, Reuse, known_plaintext

__all__ = [
    "FLIPS",
    "KNOWN",
    "AttackConfig",
    "Inversion",
    "Reuse",
    "flipped_bits",
    "invert",
    "knowledge",
    "known_plaintext",
    "train_decoders",
    "under_public_key",
]
