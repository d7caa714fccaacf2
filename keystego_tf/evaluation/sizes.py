"""Say how much an evaluation measures: one table of sample sizes and training lengths."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

from ..config.checked import require

#: Names of sizes, which take minutes, about an hour on two cores, a night.
NAMES = ("quick", "reduced", "full")

#: What a report in size quick opens with.
SAYS_NOTHING = "size quick: a few images each, the figures say nothing"


def _size(quick: int, reduced: int, full: int, text: str) -> Any:
    return field(default=reduced, metadata={"quick": quick, "full": full, "text": text})


@dataclass(frozen=True)
class Sizes:
    """Sample sizes, a row each: for quick, for reduced (the default), for full, and what it counts.

    Images are counted as covers; each of them has a stego image beside it.
    """

    name: str = "reduced"
    tiles: int = _size(12, 900, 4000, "Tiles cut at most, of test and attackers' photos each.")
    pictures: int = _size(1, 2, 4, "Covers shown with stego image and difference.")
    invisibility_images: int = _size(8, 200, 2000, "Images of MSE, PSNR, SSIM (the paper: 200).")
    spam_images: int = _size(16, 320, 2000, "Images of attackers with SPAM features.")
    srmq1_images: int = _size(18, 64, 1000, "Colour images with SRMQ1; three times as many gray.")
    dctr_images: int = _size(16, 200, 2000, "Gray JPEG images with DCTR.")
    ats_images: int = _size(8, 80, 1000, "Images of ATS with SPAM (the paper: 500).")
    ats_srmq1_images: int = _size(8, 24, 500, "Images of ATS with SRMQ1.")
    folds: int = _size(2, 5, 5, "Parts of the images: an attacker learns from all but one.")
    stegexpose_images: int = _size(8, 400, 2000, "Images of the four estimators (paper: 2,000).")
    simple_images: int = _size(2, 100, 500, "Images of the tests that need no training.")
    cnn_images: int = _size(8, 400, 2000, "Images of the convolutional steganalyser.")
    cnn_steps: int = _size(4, 120, 6000, "Its training steps.")
    cnn_side: int = _size(32, 64, 64, "Side of the crops it learns from, pixels.")
    control_images: int = _size(24, 200, 1000, "Images of each known answer.")
    control_steps: int = _size(3, 120, 600, "Training steps of the net that finds a watermark.")
    recovery_images: int = _size(4, 60, 200, "Test tiles of unrecoverability.")
    attackers: int = _size(1, 2, 5, "Attackers' decoders trained, each with its own seed.")
    attack_steps: int = _size(3, 300, 3000, "Training steps of an attacker's decoder.")
    attack_side: int = _size(16, 32, 32, "Side of the crops it is trained on, pixels.")
    attack_batch: int = _size(2, 16, 16, "Crops a step of an attacker's decoder.")
    key_pairs: int = _size(32, 512, 4096, "Key pairs to invert the pK generator from.")
    inversion_steps: int = _size(3, 400, 3000, "Training steps of the net that inverts it.")
    test_keys: int = _size(4, 100, 400, "Keys that the inversions are tested on.")
    sent_images: int = _size(4, 40, 200, "Images sent through JPEG and platforms.")
    mails: int = _size(1, 50, 100, "Mails of the e-mail run.")
    stegan_steps: int = _size(3, 600, 20000, "Training steps of the baseline ste-GAN-ography.")

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            least = 2 if name == "folds" else 1
            if name != "name":
                require(value >= least, name, value, f"must be {least} or more")

    def images(self, features: str, channels: int) -> int:
        """Return the images for attackers with "spam", or "srmq1", which is slow per channel."""
        return self.srmq1_images * 3 // channels if features == "srmq1" else self.spam_images

    @property
    def net(self) -> str:
        return f"{self.cnn_images} images, {self.cnn_steps} steps"

    def attackers_see(self) -> dict[str, Any]:
        """Return the settings of questions whose attackers learn in folds from sample features."""
        counts = f"{self.images('srmq1', 3)} in colour, {self.images('srmq1', 1)} in grayscale"
        return {"images, SPAM": self.spam_images, "images, SRMQ1": counts, "folds": self.folds}


def sizes(name: str = "reduced", /, **changed: int) -> Sizes:
    """Return the sizes of one of NAMES, some changed; ValueError for what is unknown or unfit."""
    require(name in NAMES, "size", name, f"must be one of {', '.join(NAMES)}")
    known = {each.name: each for each in fields(Sizes) if each.name != "name"}
    for wrong in set(changed) - set(known):
        raise ValueError(f"there is no size {wrong!r}, only {', '.join(known)}")
    base = {each: column.metadata.get(name, column.default) for each, column in known.items()}
    return replace(Sizes(), name=name, **{**base, **changed})
