"""How much an evaluation measures: sample sizes and lengths of trainings, a field each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..config.checked import Checked, option, require


@dataclass(frozen=True)
class Sizes(Checked):
    """The default is ``reduced``: all sections, four schemes, about an hour on two cores.

    Images are counted as covers; each of them has a stego image beside it.
    """

    name: str = option("reduced", "What these sizes are called.")
    tiles: int = option(900, "Tiles that are cut at most, of test and of attackers' photos each.")
    pictures: int = option(2, "Covers that are shown with stego image and difference.")
    invisibility_images: int = option(200, "Images of MSE, PSNR and SSIM (the paper: 200).")
    spam_images: int = option(500, "Images of attackers with SPAM features, in training and test.")
    srmq1_images: int = option(
        100, "Colour images of attackers with SRMQ1 features; three times as many in grayscale."
    )
    ats_images: int = option(150, "Images of unsupervised ATS with SPAM features (the paper: 500).")
    ats_srmq1_images: int = option(40, "Images of unsupervised ATS with SRMQ1 features.")
    effort_images: int = option(300, "Images that hiding with an effort above 0 is measured on.")
    folds: int = option(5, "Parts that images are split in: an attacker learns from all but one.")
    stegexpose_images: int = option(500, "Images of the four estimators (the paper: 2,000).")
    cnn_images: int = option(400, "Images of the convolutional steganalyser, training and test.")
    cnn_steps: int = option(250, "Training steps of the convolutional steganalyser.")
    cnn_side: int = option(
        64, "Side of the crops that it learns from, pixels; it is tested on whole tiles."
    )
    control_images: int = option(200, "Images of each known answer.")
    control_steps: int = option(120, "Training steps of the net that looks for a watermark.")
    recovery_images: int = option(100, "Test tiles of unrecoverability.")
    attackers: int = option(3, "Attackers' decoders that are trained, each with its own seed.")
    attack_steps: int = option(400, "Training steps of an attacker's decoder.")
    attack_side: int = option(32, "Side of the crops that it is trained on, pixels.")
    attack_batch: int = option(16, "Crops a step of an attacker's decoder.")
    key_pairs: int = option(512, "Key pairs that an attacker inverts the pK generator from.")
    inversion_steps: int = option(400, "Training steps of the net that inverts the pK generator.")
    test_keys: int = option(100, "Keys that the inversions are tested on.")
    mails: int = option(50, "Mails of the e-mail run.")
    stegan_steps: int = option(2500, "Training steps of the baseline ste-GAN-ography.")
    training_steps: int = option(600, "Steps of a training whose curve is shown.")

    def check(self) -> None:
        for name, value in vars(self).items():
            if name == "name":
                continue
            require(value > 0, name, value, "must be above 0")
        require(self.folds >= 2, "folds", self.folds, "must be 2 or more")

    def srmq1(self, channels: int) -> int:
        """Images for SRMQ1, which takes a while for each channel."""
        return self.srmq1_images * 3 // channels


#: What a report in size quick opens with.
SAYS_NOTHING = "size quick: a few images each, the figures say nothing"

#: To see that all works, in a few minutes.
QUICK: dict[str, int] = {
    "tiles": 12,
    "pictures": 1,
    "invisibility_images": 8,
    "spam_images": 10,
    "srmq1_images": 4,
    "ats_images": 8,
    "ats_srmq1_images": 4,
    "effort_images": 6,
    "folds": 2,
    "stegexpose_images": 8,
    "cnn_images": 8,
    "cnn_steps": 4,
    "cnn_side": 32,
    "control_images": 24,
    "control_steps": 3,
    "recovery_images": 4,
    "attackers": 1,
    "attack_steps": 3,
    "attack_side": 16,
    "attack_batch": 2,
    "key_pairs": 32,
    "inversion_steps": 3,
    "test_keys": 4,
    "mails": 1,
    "stegan_steps": 3,
    "training_steps": 3,
}

#: As many images as the paper has, and more patient attackers: a night.
FULL: dict[str, int] = {
    "tiles": 4000,
    "pictures": 4,
    "invisibility_images": 2000,
    "spam_images": 2000,
    "srmq1_images": 1000,
    "ats_images": 1000,
    "ats_srmq1_images": 500,
    "effort_images": 1000,
    "stegexpose_images": 2000,
    "cnn_images": 2000,
    "cnn_steps": 6000,
    "control_images": 1000,
    "control_steps": 600,
    "recovery_images": 200,
    "attackers": 5,
    "attack_steps": 3000,
    "key_pairs": 4096,
    "inversion_steps": 3000,
    "test_keys": 400,
    "mails": 100,
    "stegan_steps": 20000,
    "training_steps": 6000,
}

PRESETS: dict[str, dict[str, int]] = {"quick": QUICK, "reduced": {}, "full": FULL}


def sizes(name: str = "reduced", /, **changed: Any) -> Sizes:
    """The sizes of a preset, some of them changed; ValueError for what is unknown or does not fit.

    name: "quick", "reduced" or "full".
    """
    if name not in PRESETS:
        raise ValueError(f"size is {name!r}, but must be one of {', '.join(PRESETS)}")
    base = replace(Sizes(), name=name, **PRESETS[name])
    unknown = sorted(set(changed) - set(vars(base)) | ({"name"} & set(changed)))
    if unknown:
        known = ", ".join(each for each in vars(base) if each != "name")
        raise ValueError(f"there is no size {unknown[0]!r}, only {known}")
    return replace(base, **changed)
