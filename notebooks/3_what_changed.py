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
# large they are, and how PSNR and SSIM follow from the length of the message and from the effort
# that `hide` makes. LSB matching at the same payload stands beside it.

# %%
import common
import numpy as np
from keystego_tf.codec.embedding import EFFORTS, effort_for

import keystego_tf
from keystego_tf.baselines.lsb import LsbMatching
from keystego_tf.bundles.catalogue import find_model
from keystego_tf.evaluation.results import Plot, Series
from keystego_tf.metrics.figures import invisibility
from keystego_tf.report import plots

# %% [markdown]
# ## One tile, nearly full
#
# A random message of four fifths of the model's capacity goes into one tile of 128 x 128 pixels.

# %%
MODELS = ("symmetric-0.0625", "symmetric-0.5")


def efforts(model: str) -> tuple[int, ...]:
    """The efforts that a model takes; one that was trained without coding only takes 0."""
    every = common.either(EFFORTS, EFFORTS[:2])
    return every if effort_for(find_model(model).agents, None) else EFFORTS[:1]


tile = common.covers(1, seed=3)[0]
rng = np.random.default_rng(0)


def capacity(cover: np.ndarray, model: str) -> int:
    """Bytes that a model hides in a cover."""
    (found,) = keystego_tf.capacity(common.as_image(cover), model)
    return found.message or 0


def hidden(cover: np.ndarray, model: str, effort: int, share: float = 0.8):
    """A stego image, uint8 [H, W, 3], and the payload in bits per pixel.

    share: of the model's capacity that the message fills.
    """
    message = rng.bytes(max(1, int(share * capacity(cover, model))))
    image = common.as_image(cover)
    made = keystego_tf.hide(image, message, passphrase="a", model=model, effort=effort)
    return made.picture.rgb_u8, 8 * len(message) / cover[..., 0].size


def label(model: str, effort: int) -> str:
    return f"{model}, effort {effort}"


stegos = {
    (model, effort): hidden(tile, model, effort)[0] for model in MODELS for effort in efforts(model)
}

# %%
most = {model: efforts(model)[-1] for model in MODELS}
plots.trio(tile, stegos["symmetric-0.5", most["symmetric-0.5"]], magnified=(5, 255))

# %% [markdown]
# The third image is magnified as in Table I of the paper; in the fourth, whatever was changed at
# all is as bright as can be. The paper finds that the changes follow complexity and texture of the
# image; how far they do here is what comes next.
#
# ## Where the changes fall

# %%
plots.changes(tile, stegos["symmetric-0.0625", most["symmetric-0.0625"]])

# %% [markdown]
# With an effort, `hide` does not leave the image to Alice alone: it searches for the one with the
# fewest changes (1), or with changes where texture hides them (2, and 3, where neighbouring
# changes also go the same way), from which Bob reads the same message. Changed pixels are dark.

# %%
plots.gallery(
    {
        label(*each): np.where((tile != stego).any(axis=-1), 0, 255).astype(np.uint8)
        for each, stego in stegos.items()
        if each[0] == "symmetric-0.5"
    }
)

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
plots.sizes(tile, stegos["symmetric-0.5", most["symmetric-0.5"]])

# %% [markdown]
# ## PSNR and SSIM against the payload
#
# Messages of several lengths in one cover of two tiles. `hide` spends what a short message leaves
# free on error correction, and uses as many tiles as it needs. LSB matching has neither error
# correction nor encryption, so at the same message length it has less to hide.

# %%
cover = common.picture(256, 128)
SHARES = common.either((0.1, 0.4, 0.8), (0.4,))


def quality(image: np.ndarray) -> tuple[float, float]:
    """PSNR (dB) and SSIM of an image against the cover."""
    figures = invisibility(cover[None], image[None])
    return figures["psnr"].value, figures["ssim"].value


points: dict[str, list[tuple[float, float, float]]] = {}
for model in MODELS:
    for effort in efforts(model):
        for share in SHARES:
            image, payload = hidden(cover, model, effort, share)
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
