"""Makes docs/assets/comparison.png: a synthetic cover, its stego image, and their difference.

python docs/make_picture.py [--model NAME] [--out docs/assets/comparison.png]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

import keystego_tf
from keystego_tf.data.synthetic import dead_leaves
from keystego_tf.io.comparison import comparison

OUT = Path(__file__).parent / "assets" / "comparison.png"
SIDE, SEED, MAGNIFIED = 256, 11, 50
#: Bytes of the message. They are random, so that they cannot be deflated.
BYTES = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--model", default="keyed-symmetric-0.0625", help='or "syndrome"')
    options = parser.parse_args()
    rng = np.random.default_rng(SEED)
    cover, message = dead_leaves(rng, SIDE), rng.bytes(BYTES)
    key = keystego_tf.SharedKey(bytes(32))
    stego = keystego_tf.hide(Image.fromarray(cover), message, key=key, model=options.model)
    if keystego_tf.reveal(stego.file, key=key, model=options.model) != message:
        raise RuntimeError("the stego image does not read")
    comparison(cover, stego.picture.rgb_u8, MAGNIFIED, scale=1).save(options.out, optimize=True)
    print(f"{options.out.name}: {BYTES} bytes, {stego.psnr:.1f} dB ({stego.embedder})")


if __name__ == "__main__":
    main()
