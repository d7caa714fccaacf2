"""What messengers do to photos: JPEG once or twice, at a quality or with a platform's tables.

The receiver has the last JPEG file, and reads its samples before they are clipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..io.pillow import saved, to_pillow
from .disturbance import Disturbance, ImageU8, draw
from .jpeg import real as save_as_jpeg

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Best quality that is drawn.
BEST = 95.0
#: Share of images that get a platform's tables, and the largest factor that scales them.
PLATFORM_SHARE, SCALE = 0.3, 1.25
#: Share of batches that are recompressed a second time.
TWICE = 0.3


def differentiable(images: Any, worst: float, seed: Any) -> Any:
    """Apply JPEG with tables drawn for each image, and for some batches again with others.

    Most tables belong to a quality between ``worst`` and 95. The others are a platform's
    (``platforms``), scaled by 0.8 to 1.25.
    """
    from ..backend import tf
    from .jpeg_codec import jpeg_with_tables

    seeds = [tf.random.experimental.stateless_fold_in(seed, number) for number in range(3)]
    first, second = (_tables(tf.shape(images)[0], worst, each) for each in seeds[:2])
    sent = tf.cond(
        draw(seeds[2], [], 0.0, 1.0) < TWICE,
        lambda: jpeg_with_tables(images, *second),
        lambda: images,
    )
    return jpeg_with_tables(sent, *first, clipped=False)


def _tables(count: Any, worst: float, seed: Any) -> tuple[Any, Any]:
    """Draw tables for each image: luma, chroma, [count, 8, 8] float32, whole numbers, 1 to 255."""
    import numpy as np

    from ..backend import tf
    from .jpeg_codec import quality_tables
    from .platforms import META, WHATSAPP, scaled_chroma

    drawn = tf.random.stateless_uniform([4, count, 1, 1], seed)
    by_quality = quality_tables(worst + (BEST - worst) * drawn[0])
    factor = SCALE ** (2.0 * drawn[1] - 1.0)
    known = np.array([[WHATSAPP, META], [WHATSAPP, scaled_chroma(META)]])
    return tuple(
        tf.where(
            drawn[2] < PLATFORM_SHARE,
            tf.clip_by_value(tf.round(factor * tf.where(drawn[3] < 0.5, *pair)), 1.0, 255.0),
            table,
        )
        for pair, table in zip(known, by_quality)
    )


def real(image_u8: ImageU8, quality: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Save an image as JPEG at ``quality`` and read it again, twice; float32, not clipped."""
    from ..io.jpeg import read, unclipped

    again = to_pillow(save_as_jpeg(image_u8, quality, rng))
    return unclipped(read(saved(again, "JPEG", quality=quality)))


DISTURBANCE = Disturbance(
    name="recompression",
    help="JPEG once or twice, as messengers do, at this quality or better",
    label="JPEG quality {} twice",
    most=95,
    order=61,
    kind=int,
    differentiable=differentiable,
    real=real,
)
