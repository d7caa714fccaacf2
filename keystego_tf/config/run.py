"""What a run is made of: frozen dataclasses, validated, to and from JSON.

Each field carries its help text (and choices) in its metadata; the command line makes its options
from them, so that a field is described in one place. ``preset("paper")`` is section IV-A of the
paper to the letter, ``preset("keyed")`` the objective under which the key matters
(docs/deviations.md).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .channel import ChannelConfig
from .checked import Checked, from_dict, option, require

#: Side lengths of covers must be multiples of this: two transposed blocks of stride 2.
GRID = 4


@dataclass(frozen=True)
class AgentsConfig(Checked):
    """The four agents (paper, section III-B). C, H and W are a cover's channels and sides."""

    scheme: str = option("symmetric", "Who holds which key.", choices=("symmetric", "asymmetric"))
    bits_per_pixel: float = option(
        0.0625, "Payload: H*W/16 or H*W/2 message bits.", choices=(0.0625, 0.5)
    )
    channels: int = option(3, "C: 3 for colour, 1 for grayscale.", choices=(1, 3))
    filters: int = option(64, "Filters of a block.")
    coding: str = option(
        "trellis",
        "How bits lie in samples: trellis has each as the parity of many, so that few need to "
        "change; none leaves it to the nets (the paper).",
        choices=("trellis", "none"),
    )
    alice: str = option(
        "residual",
        "residual adds a small change to the cover; paper paints the stego image anew.",
        choices=("residual", "paper"),
    )
    residual_scale: float = option(
        0.1, "Largest change of a sample by the residual Alice, of 1, without coding."
    )
    key_path: str = option(
        "wide",
        "How Bob takes his keys in: paper is two one-filter transposed blocks a key; wide settles "
        "the mask of the asymmetric scheme at key resolution first, and keeps key maps in [0, 1].",
        choices=("wide", "paper"),
    )
    key_filters: int = option(32, "Filters of the wide key path (asymmetric scheme).")
    eve: str = option(
        "pooled",
        "Eve's head: dense (the paper's, for one image size) or pooled (any size).",
        choices=("pooled", "dense"),
    )
    eve_front: str = option(
        "none",
        "What Eve looks at: the image, or what fixed high-pass filters leave of it, as "
        "steganalysers do.",
        choices=("none", "high_pass"),
    )
    eve_size: int = option(128, "Height and width that the dense Eve is built for, pixels.")
    spectral_norm: bool = option(False, "Spectral normalisation of Eve's convolutions.")

    def check(self) -> None:
        for name in ("filters", "key_filters", "eve_size"):
            require(getattr(self, name) > 0, name, getattr(self, name), "must be above 0")
        require(
            0 < self.residual_scale <= 1, "residual_scale", self.residual_scale, "must be in (0, 1]"
        )
        require(
            self.eve_size % GRID == 0, "eve_size", self.eve_size, f"must be a multiple of {GRID}"
        )
        if self.coding == "trellis":
            for name, value in (("alice", "residual"), ("key_path", "wide")):
                rule = f"must be {value} with coding trellis"
                require(getattr(self, name) == value, name, getattr(self, name), rule)

    @property
    def asymmetric(self) -> bool:
        return self.scheme == "asymmetric"

    def message_shape(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of the message map of an H x W cover.

        0.0625 bits per pixel is an H/4 x W/4 map, 0.5 an H x W/2 map.
        """
        if self.bits_per_pixel == 0.5:
            return height, width // 2
        return height // 4, width // 4

    @staticmethod
    def key_shape(height: int, width: int) -> tuple[int, int]:
        """Rows and columns of a key map of an H x W cover: H/4 x W/4 (1,024 bits at 128 x 128)."""
        return height // GRID, width // GRID


@dataclass(frozen=True)
class LossConfig(Checked):
    """Weights and forms of the losses (paper, section III-C; docs/deviations.md)."""

    mse: float = option(50.0, "alpha: weight of the mean squared error (equation 3).", search=10)
    ssim: float = option(0.5, "beta: weight of 1 - SSIM (equation 3).", search=10)
    message: float = option(1.0, "gamma: weight of the message loss (equation 6).", search=10)
    adversary: float = option(
        0.01, "delta: weight of the adversarial loss (equation 6).", search=10
    )
    message_form: str = option(
        "cross_entropy",
        "Message loss: mean cross-entropy, or the sum of absolute errors of equation 5.",
        choices=("cross_entropy", "l1"),
    )
    adversary_form: str = option(
        "non_saturating",
        "Adversarial loss: equation 4 as printed (minimax), or its non-saturating form.",
        choices=("non_saturating", "minimax"),
    )
    masked_target: bool = option(
        True, "Bob must read message XOR mask XOR his key's mask: what makes the key matter."
    )
    image_weight: float = option(1000.0, "Largest weight of the image loss, before equation 6.")
    image_weight_start: float = option(0.01, "Weight of the image loss while Bob cannot read yet.")
    image_weight_ramp: float = option(
        0.2,
        "Share of all steps from the start weight to the largest; 0 has it fixed at the largest.",
    )
    message_goal_start: float = option(
        0.05, "Where the goal below starts; it tightens at a steady rate."
    )
    message_goal: float = option(
        0.001,
        "Message loss (nats a bit, right key) that the image weight yields to: above it the "
        "weight falls, below it the weight rises.",
    )

    def check(self) -> None:
        for name in ("mse", "ssim", "message", "adversary"):
            require(getattr(self, name) >= 0, name, getattr(self, name), "must not be negative")
        start, end = self.image_weight_start, self.image_weight
        require(0 < start <= end, "image_weight_start", start, f"must be in (0, {end}]")
        ramp = self.image_weight_ramp
        require(0 <= ramp <= 1, "image_weight_ramp", ramp, "must be in [0, 1]")
        loose = self.message_goal_start
        rule = f"must be in (0, message_goal_start {loose}]"
        require(0 < self.message_goal <= loose, "message_goal", self.message_goal, rule)


def crops_text(crops: Iterable[Sequence[float]]) -> str:
    """A curriculum in the form of its option, such as 0.9:32:8,0.1:64:4."""
    return ",".join(":".join(map(str, stage)) for stage in crops)


@dataclass(frozen=True)
class TrainingConfig(Checked):
    """How long, how fast, on what, and how often to look."""

    steps: int = option(2000, "Training steps; 0 takes them from epochs.")
    epochs: int = option(0, "Passes over the covers, where steps is 0.")
    crops: tuple[tuple[float, int, int], ...] = option(
        ((0.9, 32, 8), (0.1, 64, 2)),
        "Curriculum: share of steps, side of the square crops in pixels, images a batch; "
        'as "0.9:32:8,0.1:64:4".',
    )
    learning_rate: float = option(0.001, "Adam's learning rate (the peak, with the cosine).")
    schedule: str = option("cosine", "Learning rate over time.", choices=("cosine", "constant"))
    clip_norm: float = option(5.0, "Largest global norm of a gradient; 0 does not clip.")
    fit: str = option(
        "crop",
        "Covers are cropped at random places, or resized whole (the paper).",
        choices=("crop", "resize"),
    )
    mask_steps: int = option(
        6000,
        "Steps in which the asymmetric Bob (wide key path) learns to work out the public key, "
        "before the others start.",
    )
    code_steps: int = option(
        400,
        "Steps in which Bob and Alice learn what to make of the bits that an image carries anyhow, "
        "before the training on images (coding trellis).",
    )
    right_share: float = option(
        0.125,
        "Share of a batch that Bob decodes with the right key (masked target); with many more he "
        "learns to do without the key first.",
    )
    eve_interval: int = option(8, "Steps of Alice and Bob for one that is against Eve, and hers.")
    train_generator: bool = option(
        False, "Train the pK generator along (the paper); else it stays as drawn and calibrated."
    )
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
        for name in (
            "steps",
            "epochs",
            "seed",
            "image_interval",
            "clip_norm",
            "patience",
            "mask_steps",
            "code_steps",
        ):
            require(getattr(self, name) >= 0, name, getattr(self, name), "must not be negative")
        require(
            self.steps > 0 or self.epochs > 0,
            "steps",
            self.steps,
            "steps or epochs must be above 0",
        )
        for name in ("learning_rate", "eve_interval", "log_interval", "checkpoint_interval"):
            require(getattr(self, name) > 0, name, getattr(self, name), "must be above 0")
        require(0 < self.right_share <= 1, "right_share", self.right_share, "must be in (0, 1]")
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

    def resolve_steps(self, covers: int) -> TrainingConfig:
        """Steps worked out from epochs over ``covers`` images, where they are not given."""
        if self.steps:
            return self
        per_epoch = -(-covers // self.largest_batch)
        return dataclasses.replace(self, steps=self.epochs * per_epoch)

    def stages(self) -> list[tuple[int, int, int]]:
        """(first step after the stage, side, batch) of each stage of the curriculum."""
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
        "", "Covers for the closing evaluation; without it, a part of the covers is held out."
    )
    test_share: float = option(0.1, "Share of the covers that is held out.")
    evaluation_images: int = option(200, "Most images of the closing evaluation.")
    evaluation_side: int = option(128, "Side of its images, pixels.")

    def check(self) -> None:
        require(0 < self.test_share < 1, "test_share", self.test_share, "must be in (0, 1)")
        require(
            self.evaluation_images > 0,
            "evaluation_images",
            self.evaluation_images,
            "must be above 0",
        )
        side = self.evaluation_side
        require(
            side >= 12 and side % GRID == 0,
            "evaluation_side",
            side,
            f"must be a multiple of {GRID} from 12",
        )


@dataclass(frozen=True)
class RunConfig(Checked):
    """One training run, resolved: what ``config.json`` beside the checkpoints holds."""

    agents: AgentsConfig = field(default_factory=AgentsConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    channel: ChannelConfig = field(default_factory=ChannelConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    data: DataConfig = field(default_factory=DataConfig)
    preset: str = "keyed"

    def check(self) -> None:
        if self.agents.eve == "dense":
            sides = {side for _, side, _ in self.training.crops}
            require(
                sides == {self.agents.eve_size},
                "crops",
                crops_text(self.training.crops),
                f"the dense Eve takes eve_size {self.agents.eve_size} only: take eve pooled",
            )

        if self.agents.coding == "trellis":
            rule = "must be 0 with coding trellis, where any changed sample turns bits over"
            for spec in dataclasses.fields(self.channel):
                value = getattr(self.channel, spec.name)
                if spec.name == "rounding":
                    require(value, "rounding", value, "must be true with coding trellis")
                else:
                    require(not value, spec.name, value, f"{rule}: take preset dense")
            rule = "must be true with coding trellis, which is learned under masks in advance"
            masked = self.loss.masked_target
            require(masked, "masked_target", masked, f"{rule}: take preset dense")
        self._check_rehearsal()

    def _check_rehearsal(self) -> None:
        """What is learned in advance is fixed afterwards, so it must be learned."""
        training = self.training
        if self.learns_code:
            rule = "must be above 0 with coding trellis"
            require(training.code_steps > 0, "code_steps", training.code_steps, rule)
        if self.learns_mask:
            rule = "must be above 0 in the asymmetric scheme"
            require(training.mask_steps > 0, "mask_steps", training.mask_steps, rule)

    @property
    def learns_mask(self) -> bool:
        """True if Bob learns to work out the public key in advance, in mask_steps."""
        wide = self.agents.asymmetric and self.agents.key_path == "wide"
        return wide and self.loss.masked_target and not self.training.train_generator

    @property
    def learns_code(self) -> bool:
        """True if Bob and Alice learn the code in advance, in code_steps each."""
        return self.agents.coding == "trellis"

    @property
    def least_side(self) -> int:
        """Covers must have sides of at least so many pixels."""
        return max(self.training.largest_side, self.data.evaluation_side)

    def replace(self, **values: Any) -> RunConfig:
        """A copy with fields of its sections set by their own names, which are unique."""
        sections: dict[str, Any] = {}
        for name, section in self.sections().items():
            fields = {each.name for each in dataclasses.fields(section)}
            own = {key: values.pop(key) for key in fields & set(values)}
            sections[name] = dataclasses.replace(section, **own) if own else section
        if values:
            raise ValueError(f"unknown field {sorted(values)[0]!r} of a run's configuration")
        return dataclasses.replace(self, **sections)

    def sections(self) -> dict[str, Any]:
        return {
            "agents": self.agents,
            "loss": self.loss,
            "channel": self.channel,
            "training": self.training,
            "data": self.data,
        }

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> RunConfig:
        return from_dict(cls, json.loads(text))

    @classmethod
    def load(cls, path: Path) -> RunConfig:
        """Read ``path``; ValueError with the path and the rule if it does not hold a run."""
        try:
            return cls.from_json(path.read_text(encoding="utf-8"))
        except (ValueError, TypeError, AttributeError) as error:
            raise ValueError(f"{path} is not a run's configuration: {error}") from error


PRESETS = ("keyed", "dense", "paper")


def preset(name: str, **values: Any) -> RunConfig:
    """One of PRESETS, with fields replaced.

    ``keyed`` is the default, ``dense`` the same without coding: the nets alone decide how bits lie
    in samples. ``paper`` is section IV-A.
    """
    if name not in PRESETS:
        raise ValueError(f"preset is {name!r}, but must be one of {', '.join(PRESETS)}")
    if name == "keyed":
        return RunConfig().replace(**values)
    if name == "dense":
        dense = RunConfig(
            agents=AgentsConfig(coding="none"),
            loss=LossConfig(message_goal=0.003),
            training=TrainingConfig(steps=6000, mask_steps=1500),
            preset="dense",
        )
        return dense.replace(**values)
    paper = RunConfig(
        agents=AgentsConfig(coding="none", alice="paper", key_path="paper", eve="dense"),
        loss=LossConfig(
            mse=0.5,
            message=0.03,
            adversary=0.1,
            message_form="l1",
            adversary_form="minimax",
            masked_target=False,
            image_weight=1.0,
            image_weight_ramp=0.0,
        ),
        channel=ChannelConfig(rounding=False),
        training=TrainingConfig(
            steps=0,
            epochs=100,
            crops=((1.0, 128, 64),),
            learning_rate=0.001,
            schedule="constant",
            clip_norm=0.0,
            fit="resize",
            eve_interval=1,
            train_generator=True,
        ),
        preset="paper",
    )
    return paper.replace(**values)
