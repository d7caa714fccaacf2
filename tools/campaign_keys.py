"""Make keys for the campaign, in files as users have them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from keystego_tf.payload.keys import SecretKey, SharedKey, write_pair, write_secret

#: How often each kind of secret is drawn. A passphrase costs a scrypt or more each way.
KINDS = {"shared": 0.45, "pair": 0.45, "passphrase": 0.1}

_WORDS = ["amber", "bishop", "cedar", "delta", "ember", "grüße", "harbor", "ivory", "中文", "lemon"]


@dataclass(frozen=True)
class Secret:
    """Keyword arguments of ``hide`` and ``reveal``, of types that JSON can hold."""

    kind: str
    hide: dict[str, str]
    reveal: dict[str, str]

    @property
    def scheme(self) -> str:
        return "asymmetric" if self.kind == "pair" else "symmetric"


@dataclass
class Keyring:
    """Draw fresh keys below a folder; a key pair serves some images before the next is drawn."""

    folder: Path
    images_a_pair: int = 25
    _made: int = 0
    _pair: list[Secret] = field(default_factory=list)

    def draw(self, rng: np.random.Generator, kinds: dict[str, float] = KINDS) -> Secret:
        return self.make(str(rng.choice([*kinds], p=[*kinds.values()])), rng)

    def make(self, kind: str, rng: np.random.Generator) -> Secret:
        self._made += 1
        if kind == "passphrase":
            words = " ".join(rng.choice(_WORDS, 4)) + f" {secrets.randbelow(10**6)}"
            given: dict[str, Any] = {"passphrase": words}
            return Secret(kind, given, given)
        if kind == "shared":
            path = self.folder / f"{self._made}.shared.key"
            write_secret(path, SharedKey.generate().to_text())
            given = {"key": str(path)}
            return Secret(kind, given, given)
        if not self._pair or self._made % self.images_a_pair == 0:
            self._pair = [self.new_pair()]
        return self._pair[0]

    def new_pair(self) -> Secret:
        self._made += 1
        key, pub = write_pair(self.folder / str(self._made), SecretKey.generate())
        return Secret("pair", {"to": str(pub)}, {"key": str(key)})
