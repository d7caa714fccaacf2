"""The fixed pK generator of every shipped asymmetric model.

Its weights are small whole numbers and its threshold lies between the values that it can take, so
float32 computes the same public key everywhere. The weights were drawn at random and kept because
their threshold is fair. No choice of weights makes it a one-way function (docs/security.md).
"""

from __future__ import annotations

from typing import Any

import numpy as np

#: Kernels of the two convolutions, and the values that their normalisations subtract.
FIRST = ((2, -2, -4), (-5, 2, 2), (-3, -2, 3))
SECOND = ((1, -2, 2), (4, -3, -1), (5, 1, 3))
FIRST_MEAN, SECOND_MEAN = 4.0, 3.7
#: Approximate standard deviation of the second convolution's values over random keys.
SECOND_DEVIATION = 34.0
#: Keras's batch normalisation adds this to the variance.
EPSILON = 1e-3


def set_fixed_weights(pk_generator: Any) -> None:
    """Give a fresh pK generator (``build_pk_generator``) the fixed weights, in place."""
    for block, kernel, mean, deviation in (
        ("block_1", FIRST, FIRST_MEAN, 1.0),
        ("block_2", SECOND, SECOND_MEAN, SECOND_DEVIATION),
    ):
        weights = np.asarray(kernel, np.float32).reshape(3, 3, 1, 1)
        pk_generator.get_layer(f"{block}_conv").set_weights([weights])
        variance = np.float32(deviation**2 - EPSILON)
        pk_generator.get_layer(f"{block}_bn").set_weights(
            [np.ones(1), np.zeros(1), np.full(1, mean), np.full(1, variance)]
        )
