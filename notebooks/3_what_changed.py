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
# Cover and stego image side by side, their difference magnified, where the changes fall and how
# large they are, and how PSNR and SSIM follow from the length of the message and, where `hide`
# takes an effort, from that. LSB matching at the same payload stands beside it.

# %%
import inspect

import common
import numpy as np

import keystego_tf
from keystego_tf import plots
from keystego_tf.baselines.lsb import LsbMatching
from keystego_tf.evaluation import closing
from keystego_tf.evaluation.results import Plot, Series

# %% [markdown]
# ## One tile, filled to the brim
#
# A random message of the model's whole capacity goes into one tile of 128 x 128 pixels.

# %%
MODELS = ("symmetric-0.0625", "symmetric-0.5")
# How hard `hide` searches for an image with fewer changes; None: as it does by default.
TAKES_EFFORT = "effort" in inspect.signature(keystego_tf.hide).parameters
EFFORTS = common.either((0, 1, 2, 3), (0, 1)) if TAKES_EFFORT else (None,)

tile = common.covers(1, seed=3)[0]
rng = np.random.default_rng(0)


def capacity(cover: np.ndarray, model: str) -> int:
    """Bytes that a model hides in a cover."""
    (found,) = keystego_tf.capacity(common.as_image(cover), model)
    return found.message or 0


def hidden(cover: np.ndarray, model: str, share: float = 1.0, effort: int | None = None):
    """A stego image, uint8 [H, W, 3], and the payload in bits per pixel.

    share: of the model's capacity that the message fills.
    """
    message = rng.bytes(max(1, int(share * capacity(cover, model))))
    options = {} if effort is None else {"effort": effort}
    made = keystego_tf.hide(common.as_image(cover), message, passphrase="a", model=model, **options)
    return made.picture.rgb_u8, 8 * len(message) / cover[..., 0].size


def label(model: str, effort: int | None) -> str:
    return model if effort is None else f"{model}, effort {effort}"


stegos = {
    (model, effort): hidden(tile, model, effort=effort)[0] for model in MODELS for effort in EFFORTS
}

# %%
first, last = EFFORTS[0], EFFORTS[-1]
plots.trio(tile, stegos["symmetric-0.5", first], magnified=(5, 50))

# %% [markdown]
# The third image is magnified as in Table I of the paper. The paper finds that the changes follow
# complexity and texture of the image; how far they do here is what comes next.
#
# ## Where the changes fall

# %%
plots.changes(tile, stegos["symmetric-0.0625", first])

# %%
plots.changes(tile, stegos["symmetric-0.5", last])

# %% [markdown]
# A steganalyser models what is smooth better than what is rough, so changes are hidden best in
# texture. Here the pixels are put into four groups of one size, from the smoothest to the roughest
# (by the standard deviation around each). LSB matching takes no notice of texture.

# %%


def roughness(image: np.ndarray) -> np.ndarray:
    """Standard deviation of luminance in the 5 x 5 pixels around each, [H, W]."""
    luma = np.pad(image.mean(axis=-1), 2, mode="reflect")
    return np.lib.stride_tricks.sliding_window_view(luma, (5, 5)).std(axis=(2, 3))


def by_texture(cover: np.ndarray, stego: np.ndarray) -> list[float]:
    """Percent of samples changed in each quarter of the pixels, the smoothest first."""
    order = np.argsort(roughness(cover), axis=None, kind="stable")
    changed = (cover != stego).reshape(-1, cover.shape[-1])
    return [100 * float(changed[part].mean()) for part in np.array_split(order, 4)]


lsb = LsbMatching(0.5).embed(tile, rng)
series = [
    Series(label(*each), [1, 2, 3, 4], by_texture(tile, stego)) for each, stego in stegos.items()
]
series.append(Series("LSB matching, 0.5", [1, 2, 3, 4], by_texture(tile, lsb)))
plots.draw(
    Plot("texture", "", "quarter of the pixels, smooth to rough", "samples changed (%)", series)
)

# %% [markdown]
# ## How large they are

# %%
plots.sizes(tile, stegos["symmetric-0.5", first])

# %% [markdown]
# ## PSNR and SSIM against the payload
#
# Messages of several lengths in one cover of two tiles. `hide` spends what a short message leaves
# free on error correction, and uses as many tiles as it needs. LSB matching has neither error
# correction nor encryption, so at the same message length it has less to hide.

# %%
cover = common.picture(256, 128)
SHARES = common.either((0.1, 0.5, 1.0), (0.5,))


def quality(image: np.ndarray) -> tuple[float, float]:
    """PSNR (dB) and SSIM of an image against the cover."""
    figures = closing.invisibility(cover[None], image[None])
    return figures["psnr"].value, figures["ssim"].value


points: dict[str, list[tuple[float, float, float]]] = {}
for model in MODELS:
    for effort in EFFORTS:
        for share in SHARES:
            image, payload = hidden(cover, model, share, effort)
            points.setdefault(label(model, effort), []).append((payload, *quality(image)))
payloads = sorted({payload for each in points.values() for payload, _, _ in each})
points["LSB matching"] = [
    (payload, *quality(LsbMatching(payload).embed(cover, rng))) for payload in payloads
]


def against_payload(column: int, y_label: str):
    """A plot of one column of the points against the first."""
    lines = [
        Series(name, [each[0] for each in rows], [each[column] for each in rows])
        for name, rows in points.items()
    ]
    return plots.draw(Plot("p", "", "message bits per pixel", y_label, lines, x_scale="log"))


against_payload(1, "PSNR (dB)")

# %%
against_payload(2, "SSIM")
