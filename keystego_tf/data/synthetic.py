"""Make photo-like covers from a seed, for runs without any photographs.

The dead-leaves model: leaves of power-law sizes that hide each other give edges, flat areas and the
power spectrum of natural images (Lee, Mumford & Huang, "Occlusion models for natural images", IJCV
41, 2001). The leaves have 1/f texture, shading and shadows, the scene has a depth of field, and the
sensor adds noise. So an embedding finds the smooth and the busy places of a photograph.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

#: Generated images are cached up to this many bytes.
CACHE_BYTES = 256 * 2**20

#: Rec. 601 luma, as Pillow converts to grayscale.
LUMA = np.array([0.299, 0.587, 0.114], np.float32)

#: Rows: the amounts that luminance, orange-blue and green-magenta add to red, green and blue.
OPPONENT = np.array([[1, 1, 1], [0.85, 0.05, -0.9], [-0.5, 0.7, -0.5]], np.float32)

#: Number of points of a leaf's outline.
POINTS = 28


class SyntheticCovers:
    """``count`` images of ``side`` x ``side`` pixels, each a function of (seed, index, side)."""

    def __init__(self, channels: int, side: int = 160, seed: int = 0, count: int = 2000) -> None:
        """channels: 1 or 3; side: pixels, from 8; count: how many. ValueError otherwise."""
        for name, value, least in (("side", side, 8), ("count", count, 1), ("seed", seed, 0)):
            if value < least:
                raise ValueError(f"{name} is {value}, but must be at least {least}")
        if channels not in (1, 3):
            raise ValueError(f"channels is {channels}, but must be 1 or 3")
        self.name = "synthetic"
        self.channels, self.side, self.seed, self.count = channels, side, seed, count
        self._made: dict[int, Pixels] = {}

    def __len__(self) -> int:
        return self.count

    def label(self, index: int) -> str:
        """Return the name of image ``index`` for messages."""
        return f"synthetic image {index} of seed {self.seed}"

    def file_size(self, index: int) -> int:
        """Always 0, as there are no files."""
        return 0

    def digest(self, index: int) -> bytes:
        """Return the image's digest: its seed, index and side, which determine the pixels."""
        return hashlib.sha256(f"{self.label(index)}, side {self.side}".encode()).digest()

    def image(self, index: int) -> Pixels:
        """Return image ``index``, uint8 [side, side, channels], read-only; or IndexError."""
        if not 0 <= index < self.count:
            raise IndexError(f"index is {index}, but there are {self.count} synthetic images")
        image = self._made.get(index)
        if image is None:
            image = dead_leaves(np.random.default_rng([self.seed, index]), self.side)
            if self.channels == 1:
                image = np.rint(image @ LUMA)[..., np.newaxis].astype(np.uint8)
            image.setflags(write=False)
            if (len(self._made) + 1) * image.nbytes <= CACHE_BYTES:
                self._made[index] = image
        return image


def dead_leaves(rng: np.random.Generator, side: int) -> Pixels:
    """Draw a random scene, uint8 [side, side, 3]: leaves before a sharp or blurred background."""
    textures = np.stack([fractal_noise(rng, side) for _ in range(2)])
    palette = rng.normal(0, (0.12, 0.05, 0.02), 3)
    power = rng.uniform(2.0, 2.8)
    # A small background that is enlarged looks out of focus.
    coarse = side // int(rng.choice([1, 2, 4]))
    leaves = _leaf_map(rng, coarse, 100, power, max(2.0, coarse / 40))
    scene = _lens(_scene(rng, textures[:, :coarse, :coarse], leaves, palette), 0.2)
    scene = _resized(scene, side)

    leaves = _leaf_map(rng, side, 120, power, side / 40, centre=rng.uniform(0.2, 0.8, 2))
    scene += _softened(leaves > 0, 0.5) * (_scene(rng, textures, leaves, palette) - scene)
    # Light falls in one direction over the whole scene.
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j].astype(np.float32)
    slope = rng.normal(0, 0.1, 2).astype(np.float32)
    scene += (slope[0] * y + slope[1] * x)[..., np.newaxis]
    return _photograph(rng, scene)


def fractal_noise(rng: np.random.Generator, side: int) -> Floats:
    """Draw a Gaussian field of about 1/f amplitude, mean 0, deviation 1, float32 [side, side].

    One direction is stretched by a random factor. This gives fur, wood and water besides stone and
    cloud.
    """
    y = np.fft.fftfreq(side)[:, np.newaxis]
    x = np.fft.rfftfreq(side)[np.newaxis, :]
    turn, stretch = rng.uniform(0, np.pi), np.exp(rng.uniform(0, 1.2))
    along = np.cos(turn) * x + np.sin(turn) * y
    across = np.cos(turn) * y - np.sin(turn) * x
    frequency = np.hypot(along * stretch, across)
    frequency[0, 0] = np.inf
    white = np.fft.rfft2(rng.standard_normal((side, side)))
    field = np.fft.irfft2(white * frequency ** -rng.uniform(0.7, 1.3), s=(side, side))
    return (field / field.std()).astype(np.float32)


def _leaf_map(
    rng: np.random.Generator,
    side: int,
    leaves: int,
    power: float,
    smallest: float,
    centre: NDArray[np.float64] | None = None,
) -> NDArray[np.int32]:
    """Draw which leaf is visible at each pixel, int32 [side, side]; 0 for none.

    Radii follow a power law from ``smallest`` to half the side. If a centre (row and column as
    shares of the side) is given, the leaves gather about it.
    """
    ends = np.array([smallest, side / 2]) ** (1 - power)
    radius = (ends[0] + rng.random(leaves) * (ends[1] - ends[0])) ** (1 / (1 - power))
    place = rng.uniform(-0.1, 1.1, (leaves, 2))
    if centre is not None:
        near = rng.normal(centre, 0.2, (leaves, 2))
        place = np.where(rng.random((leaves, 1)) < 0.7, near, place)
    middle = side * (place[:, 1:] + 1j * place[:, :1])
    outlines = middle + radius[:, np.newaxis] * _outlines(rng, leaves)
    corners = np.stack([outlines.real, outlines.imag], axis=-1).reshape(leaves, -1)

    canvas = Image.new("I", (side, side))
    draw = ImageDraw.Draw(canvas)
    for number, polygon in enumerate(corners.tolist(), start=1):
        draw.polygon(polygon, fill=number)
    return np.asarray(canvas, np.int32)


def _outlines(rng: np.random.Generator, leaves: int) -> NDArray[np.complex128]:
    """Draw leaves of radius about 1 around 0, [leaves, POINTS] complex: column and row.

    They are superellipses: exponent 1 is an ellipse, near 0 a rectangle. A third harmonic makes
    blobs.
    """
    angle = np.linspace(0, 2 * np.pi, POINTS, endpoint=False)
    boxy = rng.random((leaves, 1)) < 0.3
    lobes = np.where(boxy, 0, rng.uniform(0, 0.2, (leaves, 1)))
    reach = 1 + lobes * np.sin(3 * angle + rng.uniform(0, 6, (leaves, 1)))
    aspect = np.exp(rng.uniform(0, 0.7, (leaves, 1)))
    exponent = np.where(boxy, 0.1, 1.0)
    x = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** exponent * aspect
    y = np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** exponent / aspect
    # Walls and tables stand upright; stones and leaves lie at any angle.
    turn = rng.normal(0, np.where(boxy, 0.15, 2), (leaves, 1))
    return (x + 1j * y) * reach * np.exp(1j * turn)


def _scene(
    rng: np.random.Generator,
    textures: Floats,
    leaf: NDArray[np.int32],
    palette: NDArray[np.float64],
) -> Floats:
    """Paint a leaf map: colour, shading, texture, shadow; float32 [side, side, 3] about [0, 1]."""
    side, leaves = len(leaf), int(leaf.max()) + 1
    opponent = palette + rng.normal(0, (0.17, 0.045, 0.02), (leaves, 3))
    colour = (0.47 + opponent @ OPPONENT).astype(np.float32)
    # Some leaves are smooth, others rough.
    roughness = rng.gamma(0.8, 0.08, leaves).clip(0, 0.2).astype(np.float32)
    kind = rng.integers(0, len(textures), leaves)
    shade = rng.normal(0, 0.12 / side, (2, leaves)).astype(np.float32)

    y, x = np.mgrid[:side, :side].astype(np.float32) - side / 2
    light = np.where(kind[leaf] == 0, textures[0], textures[1]) * roughness[leaf]
    light += shade[0][leaf] * y + shade[1][leaf] * x
    # Leaves in front cast a soft shadow down and to the right.
    reach = max(1, side // 50)
    caster = np.roll(leaf, (reach, reach), axis=(0, 1))
    light -= 0.16 * _softened(caster > leaf, reach / 2)[..., 0]
    return colour[leaf] + light[..., np.newaxis]


def _resized(image: Floats, side: int) -> Floats:
    """Enlarge a square, float32 [any, any, 3], to [side, side, 3]."""
    if len(image) == side:
        return image
    planes = [
        Image.fromarray(image[..., c]).resize((side, side), Image.Resampling.BICUBIC)
        for c in range(3)
    ]
    return np.stack([np.asarray(plane) for plane in planes], axis=-1)


def _softened(mask: NDArray[np.bool_], sigma: float) -> Floats:
    """Blur a mask [height, width] by a Gaussian; return float32 [height, width, 1] in [0, 1]."""
    blurred = Image.fromarray(mask.astype(np.uint8) * 255).filter(ImageFilter.GaussianBlur(sigma))
    return np.asarray(blurred, np.float32)[..., np.newaxis] / 255


def _lens(image: Floats, near: float) -> Floats:
    """Blur float32 [side, side, channels] by the kernel (near, 1 - 2 near, near), both ways."""
    for _ in range(2):
        padded = np.pad(image, ((1, 1), (0, 0), (0, 0)), mode="edge")
        image = (1 - 2 * near) * image + near * (padded[:-2] + padded[2:])
        image = image.swapaxes(0, 1)
    return image


def _photograph(rng: np.random.Generator, scene: Floats) -> Pixels:
    """Photograph a scene: soft lens, compressed highlights, noise that grows with light, 8 bits.

    ``scene``: float32 [side, side, 3] about [0, 1]. Returns uint8 of the same shape.
    """
    scene = _lens(scene, rng.uniform(0.02, 0.12))
    scene = 1 / (1 + np.exp(4.5 * (0.5 - scene)))
    deviation = rng.uniform(0.002, 0.015) * np.sqrt(0.2 + scene)
    scene = scene + deviation * rng.standard_normal(scene.shape, np.float32)
    return np.rint(255 * scene.clip(0, 1)).astype(np.uint8)
