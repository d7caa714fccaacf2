"""The sections of a run's configuration: frozen dataclasses, one per question.

Each field has its help text (and choices) in its metadata. The command line makes its options from
them, so a field is described in one place. Settings that only one method needs are in that method's
own settings.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .checked import Checked, option, require

#: Side lengths of covers must be multiples of this: two transposed blocks of stride 2.
GRID = 4


@dataclass(frozen=True)
class AgentsConfig(Checked):
    """The settings of every method's agents (paper, section III-B). C, H and W are a cover's."""

    scheme: str = option("symmetric", "Who holds which key.", choices=("symmetric", "asymmetric"))
    bits_per_pixel: float = option(0.0625, "Payload, message bits for each pixel.")
    channels: int = option(3, "C: 3 for colour, 1 for grayscale.", choices=(1, 3))

    def check(self) -> None:
        rate = self.bits_per_pixel
        require(2**-10 <= rate <= 1, "bits_per_pixel", rate, "must be in [1/1024, 1]")

    @property
    def asymmetric(self) -> bool:
        return self.scheme == "asymmetric"

    def message_shape(self, height: int, width: int) -> tuple[int, int]:
        """Return rows and columns of the message map of an H x W cover.

        0.5 bits per pixel make an H x W/2 map. Every other rate has one bit per square of pixels,
        whose side is rounded: 0.0625 makes H/4 x W/4.
        """
        if self.bits_per_pixel == 0.5:
            return height, width // 2
        side = round(self.bits_per_pixel**-0.5)
        return height // side, width // side

    @staticmethod
    def key_shape(height: int, width: int) -> tuple[int, int]:
        """Return rows and columns of a key map: H/4 x W/4 (1,024 bits at 128 x 128)."""
        return height // GRID, width // GRID


@dataclass(frozen=True)
class LossConfig(Checked):
    """Weights of the losses (paper, section III-C), and the rule for the image weight."""

    mse_weight: float = option(
        50.0, "alpha: weight of the mean squared error (equation 3).", search=10
    )
    ssim_weight: float = option(0.5, "beta: weight of 1 - SSIM (equation 3).", search=10)
    message_weight: float = option(
        1.0, "gamma: weight of the message loss (equation 6).", search=10
    )
    adversary_weight: float = option(
        0.01, "delta: weight of the adversarial loss (equation 6).", search=10
    )
    image_weight: float = option(1000.0, "Largest weight of the image loss, before equation 6.")
    initial_image_weight: float = option(
        0.01, "Weight of the image loss while Bob cannot read yet."
    )
    image_weight_ramp: float = option(
        0.2,
        "Share of all steps that the image weight takes from its initial to its largest value; "
        "0 keeps it at the largest.",
    )
    initial_message_goal: float = option(
        0.05, "Where the message goal starts; it tightens at a steady rate."
    )
    message_goal: float = option(
        0.003,
        "Message loss (nats a bit, right key) that the image weight yields to: above it the "
        "weight falls, below it the weight rises.",
    )

    def check(self) -> None:
        for name in ("mse_weight", "ssim_weight", "message_weight", "adversary_weight"):
            require(getattr(self, name) >= 0, name, getattr(self, name), "must not be negative")
        start, end = self.initial_image_weight, self.image_weight
        require(0 < start <= end, "initial_image_weight", start, f"must be in (0, {end}]")
        ramp = self.image_weight_ramp
        require(0 <= ramp <= 1, "image_weight_ramp", ramp, "must be in [0, 1]")
        loose = self.initial_message_goal
        rule = f"must be in (0, initial_message_goal {loose}]"
        require(0 < self.message_goal <= loose, "message_goal", self.message_goal, rule)


def crops_text(crops: Iterable[Sequence[float]]) -> str:
    """Format a curriculum in the form of its option, such as 0.9:32:8,0.1:64:4."""
    return ",".join(":".join(map(str, stage)) for stage in crops)


@dataclass(frozen=True)
class TrainingConfig(Checked):
    """How long, how fast and on what to train, and how often to record."""

    steps: int = option(6000, "Training steps; 0 takes them from epochs.")
    epochs: int = option(0, "Passes over the covers, where steps is 0.")
    crops: tuple[tuple[float, int, int], ...] = option(
        ((0.9, 32, 8), (0.1, 64, 2)),
        "Curriculum: share of steps, side of the square crops in pixels, images a batch; "
        'as "0.9:32:8,0.1:64:4".',
    )
    learning_rate: float = option(0.001, "Adam's learning rate (the peak, with the cosine).")
    beta_1: float = option(0.9, "Adam's decay of the mean gradient.")
    schedule: str = option("cosine", "Learning rate over time.", choices=("cosine", "constant"))
    clip_norm: float = option(5.0, "Largest global norm of a gradient; 0 does not clip.")
    fit: str = option(
        "crop",
        "Covers are cropped at random places, or resized whole (the paper).",
        choices=("crop", "resize"),
    )
    right_key_share: float = option(
        0.125,
        "Share of a batch that Bob decodes with the right key, where a method trains him with "
        "wrong ones too; with many more he learns to do without the key first.",
    )
    finishing_share: float = option(
        0.4,
        "Share of the steps, at the end, in which Alice and Bob are trained as they hide and "
        "reveal: in float32, and with the statistics that their batch normalisations, if there "
        "are any, have kept.",
    )
    eve_interval: int = option(8, "Update Eve, and apply the adversarial loss, once every N steps.")
    precision: str = option(
        "auto",
        "Arithmetic of the convolutions; auto takes bfloat16 where the processor has it.",
        choices=("auto", "float32", "bfloat16", "float16"),
    )
    seed: int = option(0, "Everything random follows from it.")
    log_interval: int = option(20, "Steps between two lines of metrics.")
    checkpoint_interval: int = option(200, "Steps between two checkpoints.")
    patience: int = option(
        2000, "Steps after which Bob must read better than chance, or training stops; 0: never."
    )
    image_interval: int = option(500, "Steps between two image grids in TensorBoard; 0: none.")
    strategy: str = option(
        "none",
        "Distribution: none, mirrored (all local devices), multiworker (TF_CONFIG).",
        choices=("none", "mirrored", "multiworker"),
    )

    def check(self) -> None:
        for name in ("steps", "epochs", "seed", "image_interval", "clip_norm", "patience"):
            require(getattr(self, name) >= 0, name, getattr(self, name), "must not be negative")
        rule = "steps or epochs must be above 0"
        require(self.steps > 0 or self.epochs > 0, "steps", self.steps, rule)
        for name in ("learning_rate", "eve_interval", "log_interval", "checkpoint_interval"):
            require(getattr(self, name) > 0, name, getattr(self, name), "must be above 0")
        require(0 <= self.beta_1 < 1, "beta_1", self.beta_1, "must be in [0, 1)")
        finishing = self.finishing_share
        require(0 <= finishing <= 1, "finishing_share", finishing, "must be in [0, 1]")
        share = self.right_key_share
        require(0 < share < 1, "right_key_share", share, "must be in (0, 1)")
        require(self.seed < 2**32, "seed", self.seed, "must be below 2**32")
        self._check_crops()

    def _check_crops(self) -> None:
        rule = (
            "each stage must be SHARE:SIDE:BATCH, the share of the steps in (0, 1], the side a "
            f"multiple of {GRID} from 12, the batch above 0"
        )
        shown = crops_text(self.crops)
        for stage in self.crops:
            share, side, batch = stage if len(stage) == 3 else (0, 0, 0)
            fits = 0 < share <= 1 and side >= 12 and side % GRID == 0 and batch > 0
            require(fits, "crops", shown, rule)
        total = sum(stage[0] for stage in self.crops)
        require(abs(total - 1) < 1e-6, "crops", shown, "the shares must add up to 1")

    @property
    def largest_batch(self) -> int:
        return max(batch for _, _, batch in self.crops)

    @property
    def largest_side(self) -> int:
        return max(side for _, side, _ in self.crops)

    @property
    def finishing_from(self) -> int:
        """The step, counted from 0, from which Alice and Bob are trained as they are used."""
        return self.steps - round(self.finishing_share * self.steps)

    def resolve_steps(self, covers: int) -> TrainingConfig:
        """Compute steps from epochs over ``covers`` images, unless they are given."""
        if self.steps:
            return self
        batch = sum(share * images for share, _, images in self.crops)  # of the mean step
        return dataclasses.replace(self, steps=math.ceil(self.epochs * covers / batch))

    def stages(self) -> list[tuple[int, int, int]]:
        """List (first step after the stage, side, batch) for each stage of the curriculum."""
        ends, share = [], 0.0
        for part, side, batch in self.crops:
            share += part
            ends.append((round(share * self.steps), side, batch))
        return ends


@dataclass(frozen=True)
class DataConfig(Checked):
    """Where covers come from: a folder, tfds:NAME, or synthetic (made on the fly)."""

    data: str = option("synthetic", "Covers for training.")
    test_data: str = option(
        "", "Covers for the final evaluation; without it, a part of the covers is held out."
    )
    test_share: float = option(0.1, "Share of the covers that is held out.")
    evaluation_images: int = option(200, "Most images of the final evaluation.")
    evaluation_side: int = option(128, "Side of its images, pixels.")
    data_terms: str = option("", "Terms that the covers come under, for the bundle's card.")
    weights_licence: str = option("", "Licence of the trained weights, for the bundle's card.")

    def check(self) -> None:
        require(0 < self.test_share < 1, "test_share", self.test_share, "must be in (0, 1)")
        images, side = self.evaluation_images, self.evaluation_side
        require(images > 0, "evaluation_images", images, "must be above 0")
        fits = side >= 12 and side % GRID == 0
        require(fits, "evaluation_side", side, f"must be a multiple of {GRID} from 12")
