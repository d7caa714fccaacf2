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
# Steganalysers against the nets and against classical methods, on the same covers: an attacker who
# learns from images of the very method (as in Table II of the paper, but with the same weights),
# StegExpose's four estimators (Fig. 7), and an attacker who has nothing but the images under test.
# You will see ROC curves, accuracies with 95 % intervals, and which test is worth something.
#
# This notebook needs the extra `evaluation` (`pip install '.[evaluation]'` in a clone). Its covers
# are synthetic and few, so that it is done in two minutes: the figures show how the tools work.
# Those on photos are in `docs/results.md`, and `keystego-tf evaluate` makes them for covers of your
# own.

# %%
from functools import partial

import common
import numpy as np

from keystego_tf.baselines.nets import Net
from keystego_tf.baselines.table import open_method
from keystego_tf.bundles.catalogue import find_model
from keystego_tf.report import plots
from keystego_tf.steganalysis import ats, classifier, features, fusion, roc
from keystego_tf.steganalysis.scores import scores

# %% [markdown]
# ## Covers, and stego images of each method
#
# All hide half a bit per pixel (8,192 bits in a tile), but for the first model. `syndrome` is the
# code that `hide` uses by default. `sham` hides nothing: what the tests say of it is what chance
# looks like.

# %%
METHODS = {
    "LSB replacement": ("lsb-replacement", 0.5),
    "LSB matching": ("lsb-matching", 0.5),
    "HILL": ("hill", 0.5),
    "S-UNIWARD": ("s-uniward", 0.5),
    "syndrome": ("syndrome", 0.5),
    "sham": ("sham", None),
}
methods = {name: open_method(*each) for name, each in METHODS.items()}
for model in map(find_model, ("keyed-symmetric-0.0625", "keyed-symmetric-0.5")):
    ours = model.name
    methods[ours] = Net(model)
covers = common.covers(common.either(120, 8), seed=20)
stegos = {
    name: np.stack(ats.embed_all(method, covers, seed=0, round_number=0))
    for name, method in methods.items()
}
for name, images in stegos.items():
    print(f"{name:26} {100 * np.mean(images != covers):6.2f} % of the samples changed")

# %%
shown = common.either(7, 0)
plots.gallery(
    {
        "cover": covers[shown],
        **{
            name: np.where((stegos[name][shown] != covers[shown]).any(axis=-1), 0, 255).astype(
                np.uint8
            )
            for name in ("LSB matching", "S-UNIWARD", ours)
        },
    }
)

# %% [markdown]
# Where each method changes samples (dark). S-UNIWARD and HILL choose the textured places.
#
# ## An attacker who learns
#
# He has covers of his own and the method itself, so he makes stego images, takes SPAM features
# (Pevny, Bas and Fridrich, 2010) of both and learns to tell them apart with an ensemble of linear
# discriminants (Kodovsky, Fridrich and Holub, 2012). Each image is judged by an attacker who never
# saw it or its cover.

# %%
ensemble = partial(
    classifier.fld_ensemble, subspace=common.either(120, 20), learners=common.either(41, 3)
)
of_covers = features.extract(covers)
learned = {
    name: classifier.cross_validate(
        of_covers, features.extract(images), ensemble, count=common.either(3, 2)
    )
    for name, images in stegos.items()
}
plots.roc(learned)

# %%
plots.bars(
    {name: roc.accuracy(each) for name, each in learned.items()},
    "images told right (%)",
    factor=100,
    chance=50,
)

# %% [markdown]
# 50 % is chance, and the black lines are 95 % intervals. This is the test that matters: whoever has
# the models can train such an attacker, and with more covers than these he gets better at it.
#
# ## StegExpose
#
# Primary Sets, chi-square, sample pairs and RS analysis estimate how much of an image was
# overwritten by *LSB replacement*, and StegExpose takes their mean (here as `fusion`).

# %%
rates_of_covers = list(map(fusion.estimates, covers))


def stegexpose(name: str) -> dict:
    """Scores of each estimator and of their fusion on a method's images."""
    rates = list(map(fusion.estimates, stegos[name]))
    return {
        estimator: scores([e[estimator] for e in rates_of_covers], [e[estimator] for e in rates])
        for estimator in rates[0]
    }


plots.roc(stegexpose("LSB replacement"), "StegExpose: LSB replacement")

# %%
plots.roc(stegexpose(ours), f"StegExpose: {ours}")

# %%
plots.roc(stegexpose("LSB matching"), "StegExpose: LSB matching")

# %% [markdown]
# They are made for LSB replacement, and what they miss may be found by an attacker who learns,
# given covers enough. Not to be found by StegExpose, which is what Fig. 7 of the paper shows, is
# weak evidence.
#
# ## An attacker with nothing but the images
#
# ATS without supervision (Lerch-Hostalot and Megias, 2016): embed once more in the images under
# test, and once more in those, learn to tell the first from the last, and judge what is between.

# %%
blind = {
    name: roc.accuracy(ats.unsupervised(covers, methods[name], fit=ensemble))
    for name in ("LSB matching", ours, "sham")
}
plots.bars(blind, "images told right (%)", factor=100, chance=50)
