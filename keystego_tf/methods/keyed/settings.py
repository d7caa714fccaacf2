"""Settings of the keyed agents."""

from __future__ import annotations

from dataclasses import dataclass

from ...config.checked import Checked, option, require


@dataclass(frozen=True)
class KeyedSettings(Checked):
    """Agents and training of the method ``keyed``."""

    filters: int = option(64, "Filters of a block.")
    residual_scale: float = option(0.1, "Largest change of a sample by Alice, of 1.")
    key_filters: int = option(32, "Filters of Bob's reading of the public key (asymmetric).")
    pretraining_steps: int = option(
        6000,
        "Steps in which the asymmetric Bob learns to work out the public key, before he meets "
        "Alice; they cost little.",
    )
    train_generator: bool = option(
        False, "Train the pK generator along (the paper); else every model has the same fixed one."
    )
    eve_front: str = option(
        "none",
        "What Eve looks at: the image, or the image through fixed high-pass filters, as "
        "steganalysers do.",
        choices=("none", "high_pass"),
    )
    spectral_norm: bool = option(False, "Spectral normalisation of Eve's convolutions.")

    def check(self) -> None:
        for name in ("filters", "key_filters"):
            require(getattr(self, name) > 0, name, getattr(self, name), "must be above 0")
        steps, scale = self.pretraining_steps, self.residual_scale
        require(steps >= 0, "pretraining_steps", steps, "must not be negative")
        require(0 < scale <= 1, "residual_scale", scale, "must be in (0, 1]")
