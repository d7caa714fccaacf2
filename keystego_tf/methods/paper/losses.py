"""The losses of the paper (section III-C), one function per equation.

Images are [batch, height, width, channels] float32 in [0, 1]. Bits are -1 and +1, the paper's 0 and
1. Probabilities are float32 in [0, 1]. Each function returns a float32 scalar, the mean over the
batch, unless it says otherwise.
"""

from __future__ import annotations

from ...backend import tf

#: Keeps logarithms of probabilities finite.
EPSILON = 1e-7


def mse(cover: tf.Tensor, stego: tf.Tensor) -> tf.Tensor:
    """Equation 1: mean squared error of samples in [0, 1]."""
    return tf.reduce_mean(tf.square(cover - stego))


def ssim(cover: tf.Tensor, stego: tf.Tensor) -> tf.Tensor:
    """Equation 2: structural similarity (Wang et al., 2004), 11 x 11 Gaussian window."""
    return tf.reduce_mean(tf.image.ssim(cover, stego, max_val=1.0))


def image_loss(cover: tf.Tensor, stego: tf.Tensor, alpha: float, beta: float) -> tf.Tensor:
    """Equation 3: alpha MSE + beta (1 - SSIM)."""
    loss = alpha * mse(cover, stego)
    return loss + beta * (1.0 - ssim(cover, stego)) if beta else loss


def adversary_loss(innocent: tf.Tensor) -> tf.Tensor:
    """Equation 4: log(1 - p(I')), which falls as Eve takes stego images for innocent.

    ``innocent``: [batch, 1], Eve's p for stego images.
    """
    return tf.reduce_mean(tf.math.log(tf.maximum(1.0 - innocent, EPSILON)))


def adversary_loss_non_saturating(innocent: tf.Tensor) -> tf.Tensor:
    """-log p(I'): the goal of equation 4, but with a gradient while Eve is winning (p > 1e-7)."""
    return -tf.reduce_mean(tf.math.log(tf.maximum(innocent, EPSILON)))


def message_l1(message: tf.Tensor, probability: tf.Tensor) -> tf.Tensor:
    """Equation 5: the sum over an image's bits of |M_i - M'_i|, the bits being 0 and 1.

    ``message``: [batch, h, w, 1], -1 or +1; ``probability``: Bob's, same shape.
    """
    return tf.reduce_mean(tf.reduce_sum(tf.abs(bit(message) - probability), axis=[1, 2, 3]))


def message_l1_mean(message: tf.Tensor, probability: tf.Tensor) -> tf.Tensor:
    """Equation 5 in the authors' code: the mean over bits instead of the sum.

    ``message``: [batch, h, w, 1], -1 or +1; ``probability``: Bob's, same shape.
    """
    return tf.reduce_mean(tf.abs(bit(message) - probability))


def communication_loss(
    image: tf.Tensor, message: tf.Tensor, adversary: tf.Tensor, gamma: float, delta: float
) -> tf.Tensor:
    """Equation 6: the loss of Alice, Bob and the pK generator."""
    return image + gamma * message + delta * adversary


def eve_loss(cover_logits: tf.Tensor, stego_logits: tf.Tensor) -> tf.Tensor:
    """Equation 7 as intended: binary cross-entropy of Eve's logits, [batch, 1] each."""
    on_cover = tf.nn.sigmoid_cross_entropy_with_logits(tf.ones_like(cover_logits), cover_logits)
    on_stego = tf.nn.sigmoid_cross_entropy_with_logits(tf.zeros_like(stego_logits), stego_logits)
    return tf.reduce_mean(on_cover + on_stego) / 2.0


def bit(sign: tf.Tensor) -> tf.Tensor:
    """Convert -1 and +1 to the paper's 0 and 1."""
    return (sign + 1.0) / 2.0
