"""The losses once more, sample by sample in plain Python and NumPy: slow, and easy to believe.

Arguments are arrays as the losses take them; see keystego_tf/methods/paper/losses.py and
keystego_tf/methods/keyed/masking.py. Each function says which equation of the paper (section III-C)
it writes out.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = Any


def mse(cover: Array, stego: Array) -> float:
    """Equation 1."""
    pairs = list(zip(np.ravel(cover), np.ravel(stego)))
    return sum((float(x) - float(y)) ** 2 for x, y in pairs) / len(pairs)


def ssim(cover: Array, stego: Array) -> float:
    """Equation 2 in every 11 x 11 window that fits (Wang et al., 2004), mean of the images."""
    window = [
        [math.exp(-((i - 5) ** 2 + (j - 5) ** 2) / (2 * 1.5**2)) for j in range(11)]
        for i in range(11)
    ]
    weights = np.array(window) / np.sum(window)
    batch, height, width, channels = np.shape(cover)
    values = []
    for image in range(batch):
        for channel in range(channels):
            x, y = (np.array(each[image, ..., channel], float) for each in (cover, stego))
            for top in range(height - 10):
                for left in range(width - 10):
                    place = np.s_[top : top + 11, left : left + 11]
                    values.append(_ssim_of_window(x[place], y[place], weights))
    return float(np.mean(values))


def _ssim_of_window(x: Array, y: Array, weights: Array) -> float:
    c1, c2 = 0.01**2, 0.03**2
    mean_x, mean_y = (weights * x).sum(), (weights * y).sum()
    var_x = (weights * (x - mean_x) ** 2).sum()
    var_y = (weights * (y - mean_y) ** 2).sum()
    covariance = (weights * (x - mean_x) * (y - mean_y)).sum()
    luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    return luminance * (2 * covariance + c2) / (var_x + var_y + c2)


def image_loss(cover: Array, stego: Array, alpha: float, beta: float) -> float:
    """Equation 3."""
    return alpha * mse(cover, stego) + beta * (1 - ssim(cover, stego))


def adversary_loss(innocent: Array) -> float:
    """Equation 4, mean of the images."""
    return sum(math.log(1 - p) for p in np.ravel(innocent)) / np.size(innocent)


def adversary_loss_non_saturating(innocent: Array) -> float:
    """-log p(I'), mean of the images."""
    return sum(-math.log(p) for p in np.ravel(innocent)) / np.size(innocent)


def message_l1(message: Array, probability: Array) -> float:
    """Equation 5, mean of the images; message bits as -1 and +1."""
    total = 0.0
    for sign, p in zip(np.ravel(message), np.ravel(probability)):
        total += abs((1 if sign > 0 else 0) - float(p))
    return total / len(message)


def communication_loss(
    image: float, message: float, adversary: float, gamma: float, delta: float
) -> float:
    """Equation 6."""
    return image + gamma * message + delta * adversary


def eve_loss(cover_logits: Array, stego_logits: Array) -> float:
    """Binary cross-entropy, covers being 1 and stego images 0."""
    right = [_sigmoid(z) for z in np.ravel(cover_logits)]
    right += [_sigmoid(-z) for z in np.ravel(stego_logits)]
    return sum(-math.log(p) for p in right) / len(right)


def message_cross_entropy(message: Array, logits: Array) -> list[float]:
    """Mean over an image's bits of -log of the probability given to the bit that is sent."""
    images = []
    for signs, own in zip(message, logits):
        losses = [-math.log(_sigmoid(s * z)) for s, z in zip(np.ravel(signs), np.ravel(own))]
        images.append(sum(losses) / len(losses))
    return images


def masked_target(message: Array, mask: Array, bob_mask: Array) -> Array:
    """XOR of bits, each key bit for the block of message bits that it lies over."""
    batch, rows, columns, _ = np.shape(message)
    tall, wide = rows // np.shape(mask)[1], columns // np.shape(mask)[2]
    target = np.zeros(np.shape(message))
    for b in range(batch):
        for i in range(rows):
            for j in range(columns):
                place = (b, i // tall, j // wide, 0)
                bits = _bit(message[b, i, j, 0]) ^ _bit(mask[place]) ^ _bit(bob_mask[place])
                target[b, i, j, 0] = 1 if bits else -1
    return target


def _bit(sign: float) -> int:
    return 1 if sign > 0 else 0


def _sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-float(logit)))
