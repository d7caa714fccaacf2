"""Make the key matter: Bob's target is masked by his own key.

This is a learned one-time pad. With the right key, both masks are equal and the message remains.
With any other key, the result is as random as the key. Coutinho et al. (Sensors 18(5):1306, 2018)
found that adversarial neural cryptography trained against a chosen-plaintext attacker converges to
one.
"""

from __future__ import annotations

from typing import Any

from ...backend import tf


def spread(mask: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
    """Repeat a key map to the message map's size: each key bit masks a block of message bits."""
    rows = tf.shape(like)[1] // tf.shape(mask)[1]
    columns = tf.shape(like)[2] // tf.shape(mask)[2]
    return tf.repeat(tf.repeat(mask, rows, axis=1), columns, axis=2)


def masked_target(message: tf.Tensor, mask: tf.Tensor, bob_mask: tf.Tensor) -> tf.Tensor:
    """Compute the bits that Bob must read: message XOR mask XOR the mask of his own key.

    Args:
        message: [batch, h, w, 1], -1 or +1.
        mask, bob_mask: [batch, H/4, W/4, 1], -1 or +1; no gradient passes through them.

    Returns:
        [batch, h, w, 1], -1 or +1. XOR is minus the product, so XOR twice is the product.
    """
    return message * spread(tf.stop_gradient(mask * bob_mask), message)


def message_cross_entropy(message: tf.Tensor, logits: tf.Tensor) -> Any:
    """Compute the cross-entropy of Bob's logits in nats per bit, averaged per image: [batch].

    Args:
        message: [batch, h, w, 1], -1 or +1.
        logits: same shape.
    """
    labels = (message + 1.0) / 2.0
    losses = tf.nn.sigmoid_cross_entropy_with_logits(labels, logits)
    return tf.reduce_mean(losses, axis=[1, 2, 3])
