"""The attacks on one scheme, each from the cache where it has been made before."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import Any, Callable, TypeVar

from ... import key_attacks as u
from ...baselines.nets import Net
from ...bundles.bundles import load_bundle
from ...bundles.catalogue import Model
from ...bundles.runner import lite_runner
from ...key_attacks.user_key import UserKeys, one_bit_off
from ...metrics import closing
from ...metrics.closing import Figures
from ...metrics.statistics import Estimate
from ..cache import digest_of
from ..suite import Context

T = TypeVar("T")


class Attacks:
    """What the evaluation's context asks of a scheme; results have texts as keys."""

    def __init__(self, context: Context, model: Model) -> None:
        self.context, self.model, self.config = context, model, model.agents
        covers, sizes = context.covers.of(model.agents.channels), context.sizes
        self.tiles = covers.test[: sizes.recovery_images]
        self.train = covers.train
        self.options = u.AttackConfig(
            attackers=sizes.attackers,
            steps=sizes.attack_steps,
            side=sizes.attack_side,
            batch=sizes.attack_batch,
            key_pairs=sizes.key_pairs,
            inversion_steps=sizes.inversion_steps,
            test_keys=sizes.test_keys,
        )

    @cached_property
    def agents(self) -> Any:
        return load_bundle(self.model.folder)[0]

    @cached_property
    def _common(self) -> dict[str, Any]:
        return {
            "model": Net(self.model).identity,
            "tiles": digest_of([self.tiles]),
            "seed": self.context.seed,
        }

    def _cached(self, attack: str, make: Callable[[], T], *options: Any) -> T:
        key = {"what": "unrecoverability", "attack": attack, "options": options, **self._common}
        return self.context.cache.get(key, make)

    def keys(self) -> Figures:
        """The closing evaluation's figures of keys."""

        def make() -> Figures:
            figures, _ = closing.evaluate(self.agents, self.config, self.tiles, seed=self._seed)
            return {name: figures[name] for name in u.KEYS if name in figures}

        return self._cached("keys", make)

    def flipped(self) -> dict[str, u.Flipped]:
        """By the number of wrong bits of the nets' key."""
        rows, columns = self.config.key_shape(*self.tiles.shape[1:3])
        flips = [count for count in u.FLIPS if count <= rows * columns]

        def make() -> dict[str, u.Flipped]:
            found = u.flipped_bits(self.agents, self.config, self.tiles, flips, *self._rest)
            return {str(count): each for count, each in found.items()}

        return self._cached("flipped bits", make, flips)

    def user_keys(self) -> dict[str, UserKeys]:
        """By the kind of the user's key."""

        def make() -> dict[str, UserKeys]:
            runner, quiet = lite_runner(self.model), self.context.quiet
            return one_bit_off(runner, self.model.generator, self.tiles, self._seed, quiet=quiet)

        return self._cached("user's key", make)

    @property
    def knowledge(self) -> tuple[str, str]:
        return u.knowledge(self.config)

    def decoders(self, knows: str) -> u.Attack:
        """Trained decoders; one attacker only where he is there for comparison: with Bob's own
        secret key, or with less than he could have."""
        main = "public key" if self.config.asymmetric else "nothing"
        options = self.options
        if knows != main:
            options = dataclasses.replace(options, attackers=1)

        def make() -> u.Attack:
            return u.train_decoders(
                self.agents, self.config, list(self.train), self.tiles, knows, options, *self._rest
            )

        train = digest_of([self.train])
        return self._cached("decoder", make, knows, dataclasses.asdict(options), train)

    def reuse(self) -> u.Reuse:
        """Known plaintext."""
        known = [count for count in u.KNOWN if count < len(self.tiles)]

        def make() -> u.Reuse:
            found = u.known_plaintext(self.agents, self.config, self.tiles, known, *self._rest)
            images: Any = {str(count): each for count, each in found.images.items()}
            return dataclasses.replace(found, images=images)

        return self._cached("known plaintext", make, known)

    def inversion(self) -> dict[str, u.Inversion]:
        """By method; empty in the symmetric scheme."""
        if not self.config.asymmetric:
            return {}

        def make() -> dict[str, u.Inversion]:
            return u.invert(self.agents, self.config, self.tiles, self.options, *self._rest)

        return self._cached("inversion", make, dataclasses.asdict(self.options))

    def under_public_key(self) -> Estimate | None:
        """With the public key in the place of Bob's reading of it."""

        def make() -> Estimate | None:
            return u.under_public_key(self.agents, self.config, self.tiles, self._seed)

        return self._cached("under public key", make)

    @property
    def _seed(self) -> int:
        return self.context.seed

    @property
    def _rest(self) -> tuple[int, bool]:
        return self.context.seed, self.context.quiet
