"""What really happens to a stego image on its way from Alice to Bob, with Pillow and NumPy.

The counterparts, on 8-bit images and without TensorFlow, of what channel.py only imitates in
training: a model that has learnt the imitation must still show what it can on these.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from ..config import ChannelConfig

#: [height, width, channels] uint8, 1 (grayscale) or 3 (RGB) channels.
ImageU8 = NDArray[np.uint8]
Travel = Callable[[ImageU8, np.random.Generator], ImageU8]


@dataclass(frozen=True)
class Road:
    """One way from Alice to Bob.

    ``travel(image_u8, rng)`` takes and returns [height, width, channels] uint8, 1 or 3 channels,
    the same size; ``rng`` draws what is random about the road.
    """

    name: str
    travel: Travel


def roads(config: ChannelConfig) -> list[Road]:
    """One road for each part that ``config`` sets, and one with all of them if it sets several.

    Blur, noise, dropout and JPEG have the configured strength, not one up to it: the worst that
    training knew. Shift and rotation are drawn, uniformly up to the configured value either way.
    """
    single = []
    for field, (name, apply) in _PARTS.items():
        value = getattr(config, field)
        if value:
            single.append(Road(name.format(value), _bind(apply, value)))
    if len(single) < 2:
        return single
    return [*single, Road("all together", _in_turn([road.travel for road in single]))]


def _bind(apply: Callable[..., ImageU8], value: float) -> Travel:
    return lambda image_u8, rng: apply(image_u8, value, rng)


def _in_turn(travels: Sequence[Travel]) -> Travel:
    def travel(image_u8: ImageU8, rng: np.random.Generator) -> ImageU8:
        for each in travels:
            image_u8 = each(image_u8, rng)
        return image_u8

    return travel


def _shift(image_u8: ImageU8, most: float, rng: np.random.Generator) -> ImageU8:
    right, down = rng.uniform(-most, most, 2)
    margin = math.ceil(most) + 1

    def move(padded: Image.Image) -> Image.Image:
        matrix = (1, 0, -right, 0, 1, -down)  # an output pixel's place in the input
        return padded.transform(
            padded.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR
        )

    return _with_margin(image_u8, margin, move)


def _rotate(image_u8: ImageU8, most: float, rng: np.random.Generator) -> ImageU8:
    angle = rng.uniform(-most, most)
    # Turning moves a corner by no more than half the diagonal times the angle.
    reach = math.hypot(*image_u8.shape[:2]) / 2 * math.radians(most)
    return _with_margin(
        image_u8,
        math.ceil(reach) + 1,
        lambda padded: padded.rotate(angle, Image.Resampling.BILINEAR),
    )


def _with_margin(
    image_u8: ImageU8, margin: int, edit: Callable[[Image.Image], Image.Image]
) -> ImageU8:
    """Edit with the edges repeated outwards: Pillow would bring in black from outside."""
    padded = np.pad(image_u8, ((margin, margin), (margin, margin), (0, 0)), mode="edge")
    edited = _from_pillow(edit(_to_pillow(padded)))
    return edited[margin:-margin, margin:-margin]


def _blur(image_u8: ImageU8, sigma: float, rng: np.random.Generator) -> ImageU8:
    return _from_pillow(_to_pillow(image_u8).filter(ImageFilter.GaussianBlur(sigma)))


def _add_noise(image_u8: ImageU8, sigma: float, rng: np.random.Generator) -> ImageU8:
    noisy = np.rint(image_u8 + rng.normal(0, sigma, image_u8.shape))
    return np.clip(noisy, 0, 255).astype(np.uint8)


def _drop(image_u8: ImageU8, share: float, rng: np.random.Generator) -> ImageU8:
    kept = rng.random(image_u8.shape[:2]) >= share
    return image_u8 * kept[..., None].astype(np.uint8)


def _compress(image_u8: ImageU8, quality: int, rng: np.random.Generator) -> ImageU8:
    file = io.BytesIO()
    _to_pillow(image_u8).save(file, "JPEG", quality=quality)
    return _from_pillow(Image.open(file))


#: In the order of channel.py: the field of ChannelConfig, the road's name, what is done.
_PARTS: dict[str, tuple[str, Callable[..., ImageU8]]] = {
    "shift": ("shift up to {:g} px", _shift),
    "rotation": ("rotation up to {:g} degrees", _rotate),
    "blur": ("blur sigma {:g} px", _blur),
    "noise": ("noise sigma {:g} steps", _add_noise),
    "dropout": ("dropout {:.0%} of pixels", _drop),
    "jpeg": ("JPEG quality {}", _compress),
}


def _to_pillow(image_u8: ImageU8) -> Image.Image:
    """Grayscale or RGB by the number of channels; ValueError for any other."""
    if image_u8.ndim != 3 or image_u8.shape[-1] not in (1, 3):
        raise ValueError(f"image has shape {image_u8.shape}, but must be [height, width, 1 or 3]")
    return Image.fromarray(image_u8[..., 0] if image_u8.shape[-1] == 1 else image_u8)


def _from_pillow(image: Any) -> ImageU8:
    samples = np.asarray(image, np.uint8)
    return samples[..., None] if samples.ndim == 2 else samples
