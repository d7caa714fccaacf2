"""JPEG: what an encoder and a decoder do to samples, differentiable and real.

The differentiable form is baseline JPEG (ITU-T T.81) with libjpeg's defaults: JFIF's YCbCr, chroma
halved both ways (4:2:0), 8 x 8 DCT, triangle ("fancy") upsampling. The tables are those of Annex K
scaled by quality, or any others. Entropy coding is left out, since it loses nothing. Every rounding
and clipping is exact forwards and the identity backwards, as in the pseudo-differentiable JPEG of
Zhang et al. (2021, arXiv:2012.15068). The cubic rounding of Shin and Song (2017) has no gradient
where a coefficient is a multiple of its step, and in a flat image all coefficients are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..io.jpeg.changed import YCBCR
from ..io.jpeg.transform import CHROMINANCE, LUMINANCE, standard_tables
from ..io.jpeg.unclipped import RGB
from ..io.pillow import saved

#: In 4:2:0, blocks of 8 chroma samples cover 16 pixels.
UNIT = 16

#: What is added to Y, Cb and Cr, in 8-bit steps.
OFFSET = np.array([0, 128, 128], np.float32)

#: Quantisation steps, [8, 8], row by row.
Table = NDArray[np.float32]


def tables_of_quality(quality: int) -> tuple[Table, Table]:
    """Return libjpeg's luma and chroma tables at a quality in [1, 100]: integers, 1 to 255."""
    luma, chroma = standard_tables(quality)
    return luma.astype(np.float32), chroma.astype(np.float32)


def encode(image: Image.Image, luma: Table, chroma: Table) -> bytes:
    """Write a JPEG file with these tables and 4:2:0, by Pillow (libjpeg-turbo).

    ``image``: mode L or RGB; ``luma``, ``chroma``: [8, 8], whole numbers from 1 to 255.
    """
    tables = [[int(step) for step in table.reshape(64)] for table in (luma, chroma)]
    return saved(image, "JPEG", qtables=tables[: len(image.getbands())], subsampling="4:2:0")


def jpeg(images: Any, quality: Any) -> Any:
    """Pass each image through a JPEG encoder and decoder at its own quality.

    ``images``: as in ``jpeg_with_tables``; ``quality``: [batch] float32 in [1, 100].
    """
    from ..backend import tf

    return jpeg_with_tables(images, *quality_tables(tf.reshape(quality, [-1, 1, 1])))


def quality_tables(quality: Any) -> tuple[Any, Any]:
    """Compute luma and chroma tables, [batch, 8, 8] float32; qualities are [batch, 1, 1]."""
    from ..backend import tf

    percent = tf.where(quality < 50.0, 5000.0 / quality, 200.0 - 2.0 * quality)
    luma, chroma = (
        tf.clip_by_value(tf.floor((table * percent + 50.0) / 100.0), 1.0, 255.0)
        for table in (LUMINANCE, CHROMINANCE)
    )
    return luma, chroma


def jpeg_with_tables(images: Any, luma: Any, chroma: Any, clipped: bool = True) -> Any:
    """Pass images through a JPEG encoder and decoder with given quantisation tables.

    ``images``: [batch, height, width, channels] float32 in [0, 1], 1 (grayscale) or 3 (RGB)
    channels; ``luma``, ``chroma``: steps, [8, 8] or [batch, 8, 8] float32, row by row, at least 1.
    A grayscale image uses only the luma table.

    Returns whole 8-bit samples of the same shape and range. If ``clipped`` is false, returns the
    samples that the coefficients stand for, as ``io.jpeg.unclipped`` reads them. The gradient is
    that of the transforms alone.
    """
    from ..backend import pad_edges, tf

    height, width = tf.shape(images)[1], tf.shape(images)[2]
    samples = images * 255.0
    samples = tf.cond(
        tf.logical_and(height % UNIT == 0, width % UNIT == 0),
        lambda: samples,
        lambda: pad_edges(samples, (0, -height % UNIT), (0, -width % UNIT)),
    )
    luma, chroma = (tf.reshape(table, [-1, 1, 1, 64]) for table in (luma, chroma))
    gray = images.shape[-1] == 1
    finish = _whole if clipped else tf.identity
    decoded = finish(_code(samples, luma)) if gray else _colour(samples, luma, chroma, finish)
    decoded = decoded[:, :height, :width] / 255.0
    return tf.ensure_shape(decoded, images.shape)


def _colour(samples: Any, luma_steps: Any, chroma_steps: Any, finish: Any) -> Any:
    """Code RGB samples [batch, 16 h, 16 w, 3] as Y at full size and Cb, Cr at half size.

    ``finish`` is what a decoder does to samples after each of its steps.
    """
    from ..backend import tf

    ycbcr = _whole(tf.tensordot(samples, YCBCR.T, 1) + OFFSET)
    luma = finish(_code(ycbcr[..., :1], luma_steps))
    halved = _halve(ycbcr[..., 1:])  # [batch, 8 h, 8 w, 2]
    planes = tf.split(halved, 2, axis=-1)
    chroma = tf.concat([finish(_code(plane, chroma_steps)) for plane in planes], -1)
    # Bilinear resizing to twice the size weighs neighbours 3/4 and 1/4, as libjpeg does.
    chroma = tf.image.resize(chroma, tf.shape(samples)[1:3], "bilinear")
    return finish(tf.tensordot(tf.concat([luma, chroma], -1) - OFFSET, RGB.T, 1))


def _halve(chroma: Any) -> Any:
    """Average 2 x 2 samples to whole ones: halves go down in even columns and up in odd ones."""
    from ..backend import tf

    mean = tf.nn.avg_pool2d(chroma, 2, 2, "VALID")
    odd = tf.range(tf.shape(mean)[2])[:, tf.newaxis] % 2
    kept = tf.floor(mean + 0.25 * tf.cast(1 + odd, tf.float32))
    return mean + tf.stop_gradient(kept - mean)


def _code(plane: Any, steps: Any) -> Any:
    """Quantise one plane [batch, 8 h, 8 w, 1] in the DCT domain by steps [any, 1, 1, 64]."""
    from ..backend import tf

    blocks = tf.nn.space_to_depth(plane - 128.0, 8)  # [batch, h, w, 64], a block's rows in turn
    coefficients = tf.tensordot(blocks, dct().T, 1)
    # libjpeg's transform gives whole eighths, and its quantiser rounds halves away from zero.
    eighths = tf.round(8.0 * coefficients)
    kept = tf.sign(eighths) * tf.floor(tf.abs(eighths) / (8.0 * steps) + 0.5) * steps
    coefficients += tf.stop_gradient(kept - coefficients)
    return tf.nn.depth_to_space(tf.tensordot(coefficients, dct(), 1), 8) + 128.0


def _whole(samples: Any) -> Any:
    """Round samples to the bytes they are stored in, passing the gradient straight through."""
    from ..backend import tf

    kept = tf.clip_by_value(tf.round(samples), 0.0, 255.0)
    return samples + tf.stop_gradient(kept - samples)


def dct() -> Table:
    """Return the orthonormal 8 x 8 DCT-II of a block as a row of 64: [64 waves, 64 samples]."""
    frequency, sample = np.mgrid[:8, :8]
    cosine = np.cos(np.pi * frequency * (2 * sample + 1) / 16) / 2
    cosine[0] /= np.sqrt(2)
    return np.kron(cosine, cosine).astype(np.float32)
