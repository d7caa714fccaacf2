# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What changed?
#
# The changes that the nets make (`keyed`), those of the syndrome embedder, and those of LSB
# matching, at the same payload in the same covers: what they look like, where they fall, how large
# they are, and PSNR against the payload.

# %%
import common
import numpy as np

from keystego_tf.baselines.lsb import LsbMatching
from keystego_tf.baselines.nets import Net
from keystego_tf.baselines.syndrome import Syndrome
from keystego_tf.bundles.catalogue import find_model
from keystego_tf.evaluation.results import Plot, Series
from keystego_tf.io.comparison import difference
from keystego_tf.metrics.figures import invisibility
from keystego_tf.report import plots

# %% [markdown]
# ## Every bit of a tile used
#
# Random messages of 0.5 and of 0.0625 bits per pixel: 8,192 and 1,024 bits in a tile of 128 x 128
# pixels. `keyed` and LSB matching hide these bits as they are; so does the syndrome embedder here,
# without the header that `hide` adds.

# %%
PAYLOADS = (0.0625, 0.5)
methods = {}
for payload in PAYLOADS:
    methods["keyed", payload] = Net(find_model(f"keyed-symmetric-{payload}"))
    methods["syndrome", payload] = Syndrome(payload)
    methods["LSB matching", payload] = LsbMatching(payload)

tiles = common.tiles(common.either(10, 2))
stegos = {
    each: np.stack([method.embed(t, np.random.default_rng(n)) for n, t in enumerate(tiles)])
    for each, method in methods.items()
}
quality = {each: invisibility(tiles, images) for each, images in stegos.items()}

print(f"{'':28}{'samples changed':>16}{'PSNR (dB)':>12}{'SSIM':>9}")
for (name, payload), own in quality.items():
    changed, psnr, ssim = (own[key].value for key in ("samples_changed", "psnr", "ssim"))
    print(f"{name + f', {payload} bpp':28}{100 * changed:14.2f} %{psnr:12.1f}{ssim:9.4f}")

# %% [markdown]
# The differences at 0.5 bits per pixel, amplified 50 times, and which pixels were changed (dark).

# %%
names = {name: (name, 0.5) for name in ("keyed", "syndrome", "LSB matching")}
plots.gallery(
    {
        "cover": tiles[0],
        **{name: difference(tiles[0], stegos[each][0], 50) for name, each in names.items()},
    }
)

# %%
plots.gallery(
    {
        "cover": tiles[0],
        **{
            name: np.where((stegos[each][0] != tiles[0]).any(axis=-1), 0, 255).astype(np.uint8)
            for name, each in names.items()
        },
    }
)

# %% [markdown]
# ## Smooth and rough places
#
# A steganalyser models what is smooth better than what is rough, so changes are hidden best in
# texture. Here the pixels of each tile are put into four groups of one size, from the smoothest to
# the roughest (by the standard deviation around each). The lines show how much of the change falls
# in each group: LSB matching takes no notice of texture and stays at 25 %.


# %%
def roughness(image: np.ndarray) -> np.ndarray:
    """Standard deviation of luminance in the 5 x 5 pixels around each, [H, W]."""
    luma = np.pad(image.mean(axis=-1), 2, mode="reflect")
    return np.lib.stride_tricks.sliding_window_view(luma, (5, 5)).std(axis=(2, 3))


def by_texture(images: np.ndarray) -> list[float]:
    """Percent of the change (sum of absolute differences) in each quarter, the smoothest first."""
    shares = []
    for cover, stego in zip(tiles, images):
        order = np.argsort(roughness(cover), axis=None, kind="stable")
        change = np.abs(stego.astype(float) - cover).sum(axis=-1).reshape(-1)
        parts = [change[part].sum() for part in np.array_split(order, 4)]
        shares.append(np.array(parts) / change.sum())
    return [100 * float(each) for each in np.mean(shares, axis=0)]


quarters = [1.0, 2.0, 3.0, 4.0]
series = [
    Series(f"{name}, {payload} bpp", quarters, by_texture(images))
    for (name, payload), images in stegos.items()
]
plots.draw(
    Plot("texture", "", "quarter of the pixels, smooth to rough", "share of the change (%)", series)
)

# %% [markdown]
# ## How large they are
#
# The syndrome embedder and LSB matching change a sample by one step or not at all. Alice may do as
# she likes.

# %%
plots.sizes(tiles[0], stegos["keyed", 0.5][0])

# %% [markdown]
# ## PSNR against the payload
#
# Nets are trained for one payload each; the others take any.

# %%
SHARES = common.either((0.0625, 0.125, 0.25, 0.5), PAYLOADS)


def line(name: str, make) -> Series:
    """PSNR of a method in every tile, by payload."""
    values = []
    for payload in SHARES:
        images = [make(payload).embed(t, np.random.default_rng(n)) for n, t in enumerate(tiles)]
        values.append(invisibility(tiles, np.stack(images))["psnr"].value)
    return Series(name, list(SHARES), values)


nets = [quality["keyed", payload]["psnr"].value for payload in PAYLOADS]
lines = [
    Series("keyed", list(PAYLOADS), nets),
    line("syndrome", Syndrome),
    line("LSB matching", LsbMatching),
]
plots.draw(Plot("psnr", "", "message bits per pixel", "PSNR (dB)", lines, x_scale="log"))
