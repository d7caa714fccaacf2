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
# # Can it be found?
#
# Steganalysis of the nets (`keyed`) and of the syndrome embedder on the same covers: an attacker
# who learns from images of the very method, as in Table II of the paper but with the same weights,
# and StegExpose (Fig. 7). Each test comes with a positive control, which it has to find, and a
# sham, which it must not.
#
# This notebook needs the extra `evaluation` (`pip install '.[evaluation]'` in a clone). Its covers
# are a hundred pieces of six photos, so the attacker trains and is tried on pieces of the same
# photos: the figures show how the tools work. `docs/results.md` has those on many photos, and
# `keystego-tf evaluate` makes them for your own.

# %%
from functools import partial

import common
import numpy as np

from keystego_tf.baselines.lsb import LsbMatching, LsbReplacement
from keystego_tf.baselines.nets import Net
from keystego_tf.baselines.syndrome import Syndrome
from keystego_tf.bundles.catalogue import find_model
from keystego_tf.report import plots
from keystego_tf.steganalysis import ats, classifier, estimators, features, roc
from keystego_tf.steganalysis.scores import scores

# %% [markdown]
# ## Covers, and stego images of each method

# %%
METHODS = {
    "keyed, 0.0625 bpp": Net(find_model("keyed-symmetric-0.0625")),
    "keyed, 0.5 bpp": Net(find_model("keyed-symmetric-0.5")),
    "syndrome, 0.5 bpp": Syndrome(0.5),
    "LSB matching, 0.5 bpp": LsbMatching(0.5),
    "control: LSB matching, 1 bpp": LsbMatching(1.0),
}
covers = common.tiles(common.either(100, 8))
stegos = {name: ats.embed_all(method, covers, round_number=0) for name, method in METHODS.items()}
for name, images in stegos.items():
    print(f"{name:30} {100 * np.mean(images != covers):6.2f} % of the samples changed")

# %% [markdown]
# ## An attacker who learns
#
# The attacker has covers of their own and the method itself, makes stego images, takes SPAM
# features of both (Pevny, Bas and Fridrich, 2010) and learns to tell them apart with an ensemble of
# linear discriminants (Kodovsky, Fridrich and Holub, 2012). Each image is judged by an attacker who
# never saw it or its cover. Sham: covers of one half against covers of the other.

# %%
ensemble = partial(
    classifier.fld_ensemble, subspace=common.either(120, 20), learners=common.either(41, 3)
)
validate = partial(classifier.cross_validate, fit=ensemble, count=common.either(3, 2))
of_covers = features.extract(covers)
learned = {name: validate(of_covers, features.extract(images)) for name, images in stegos.items()}
half = len(covers) // 2
learned["sham"] = validate(of_covers[:half], of_covers[half : 2 * half])
plots.roc(learned)

# %%
plots.bars(
    {name: roc.accuracy(each) for name, each in learned.items()},
    "images told right (%)",
    factor=100,
    chance=50,
)

# %% [markdown]
# 50 % is chance, and the black lines are 95 % intervals. Where the control is not found, covers
# were too few to say anything. What is not found here may be found with more covers or better
# features: these are lower bounds.
#
# ## StegExpose
#
# Four estimators (Primary Sets, chi-square, sample pairs, RS) say how much of an image was
# overwritten by *LSB replacement*, and StegExpose takes their mean. The control is LSB replacement
# itself.

# %%
images = {
    "control: LSB replacement, 0.5 bpp": ats.embed_all(LsbReplacement(0.5), covers, round_number=0),
    **{name: stegos[name] for name in ("keyed, 0.5 bpp", "syndrome, 0.5 bpp")},
    "LSB matching, 1 bpp": stegos["control: LSB matching, 1 bpp"],
}


def fused(tiles: np.ndarray) -> list[float]:
    """StegExpose's estimate for each image."""
    return [estimators.estimates(each)["fusion"] for each in tiles]


rates = fused(covers)
plots.roc({name: scores(rates, fused(each)) for name, each in images.items()}, "StegExpose")

# %% [markdown]
# StegExpose looks for LSB replacement and for nothing else: compare LSB matching here and above,
# which changes as many samples at the same payload. Not to be found by StegExpose, which is what
# Fig. 7 of the paper shows, is weak evidence.
