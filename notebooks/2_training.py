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
# # Training
#
# Two small schemes are trained before your eyes, from the same start on the same covers: one with
# the keyed objective, one with the paper's, which has no term for wrong keys. You will see the
# share of bits that Bob reads right grow, with the right key and with a wrong one (Fig. 4 of the
# paper shows the former), what the keyed objective makes of a wrong key, and what the images look
# like after so short a training.
#
# The nets are smaller and the training is far shorter than those of the models that come with the
# package: a minute or two here. And there the nets are given a code for how bits lie in samples
# (preset `keyed`); here, as in the paper, they have to find that out alone (preset `dense`), which
# is what there is to watch. `keystego-tf train --help` has the real thing.

# %%
from pathlib import Path
from tempfile import TemporaryDirectory

import common
import numpy as np
from IPython.display import display

from keystego_tf.config.run import preset
from keystego_tf.data.synthetic import SyntheticCovers
from keystego_tf.key_attacks import scheme
from keystego_tf.metrics.figures import measure
from keystego_tf.report import plots
from keystego_tf.training.distribution import build_strategy
from keystego_tf.training.loop import Trainer

# %% [markdown]
# ## The two objectives
#
# Bob always learns to read Alice's message with the right key. In the *keyed* objective he gets
# wrong keys as well, and what he then has to return is
#
# $$M \oplus k \oplus k'$$
#
# the message, masked with Alice's key $k$ and the wrong key $k'$. With the right key the masks
# cancel. The *paper's* losses (equations 1 to 6) never show him a wrong key. Everything else is the
# same for both here: `masked_target` is the one field that differs.

# %%
STEPS = common.either(400, 4)
OBJECTIVES = ("keyed", "paper's")
SIDE = common.either(32, 16)  # of the crops, pixels
LOOK = common.either(20, 2)  # steps between two points of the curves


def config(objective: str):
    """The run of an objective: small nets, small crops, few steps."""
    return preset(
        "dense",
        masked_target=objective == "keyed",
        filters=common.either(32, 4),
        crops=((1.0, SIDE, 8),),
        steps=STEPS,
        learning_rate=0.002,
        precision="float32",
    )


training_covers = SyntheticCovers(3, side=64, seed=5, count=common.either(400, 16))
unseen = common.covers(common.either(10, 2), side=common.either(64, 16), seed=6)

# %% [markdown]
# ## The curves as they grow
#
# Every few steps both agents are tried on covers that neither has seen, each stego image rounded to
# 8 bits and written as a PNG file on its way.

# %%
metrics: dict[str, list[dict[str, float]]] = {}
agents = {}
live = display(plots.curves(metrics), display_id=True)
for objective in OBJECTIVES:
    lines = metrics[objective] = []
    with TemporaryDirectory() as folder:
        run = config(objective)
        trainer = Trainer(run, training_covers, Path(folder), build_strategy("none"), quiet=True)
        for number, batch in enumerate(trainer.batches(0), 1):
            trainer.train_step(number, batch)
            if number % LOOK == 0 or number == STEPS:
                figures, _ = measure(trainer.agents, run.agents, unseen)
                lines.append({"step": number, **{name: e.value for name, e in figures.items()}})
                live.update(plots.curves(metrics))
            if number == STEPS:
                break
    agents[objective] = trainer.agents

# %% [markdown]
# (The first points are low, and they jump, because what the nets know of their covers at large, the
# running means of batch normalisation, comes after what they do in a batch.)
#
# In both, Bob soon reads nearly all bits with the right key. The difference is the wrong key: under
# the keyed objective it leaves him at chance, under the paper's it opens the message just as well
# (its two lines lie on each other). Nothing in the paper's losses rewards using the key, so the
# nets learn to do without.
#
# ## Other wrong keys

# %%
tiles = common.covers(common.either(10, 2), side=common.either(128, 16), seed=7)
KEYS = {
    "right key": "right_key",
    "wrong key": "wrong_key",
    "inverted key": "inverted_key",
    "key with one bit changed": "one_bit_changed",
}
found, examples = {}, {}
for objective, trained in agents.items():
    figures, examples[objective] = measure(trained, config(objective).agents, tiles)
    found.update({f"{objective}: {name}": figures[key] for name, key in KEYS.items()})
plots.bars(found, "bits right (%)", factor=100, chance=50)

# %% [markdown]
# An inverted key flips every bit of the mask, so the keyed Bob reads the inverted message: as
# telling as the message itself. And a key that is nearly right reads nearly everything. That is why
# a passphrase never is the nets' key itself (notebook 5).
#
# ## What Bob reads with a wrong key
#
# One message, and what the keyed Bob makes of it with another key: exactly the bits that the
# objective asks for.

# %%
rng = np.random.default_rng(8)
bob, agents_config = agents["keyed"], config("keyed").agents
tile = tiles[:1]
message = scheme.random_messages(rng, agents_config, tile)
key, wrong_key = (scheme.random_keys(rng, agents_config, tile) for _ in range(2))
stego = scheme.hide(bob, tile, message, key)
with_right, with_wrong = (scheme.read(bob, stego, each, key) for each in (key, wrong_key))
wanted = message * key * wrong_key > 0  # with -1 and +1 for bits, XOR is a product


def as_image(bits) -> np.ndarray:
    """Bits of the first image as black and white."""
    return np.where(np.asarray(bits)[0, ..., 0] > 0, 255, 0).astype(np.uint8)


print(f"as the objective asks: {100 * np.mean(with_wrong == wanted):.2f} % of the bits")
plots.gallery(
    {
        "message": as_image(message),
        "read with the right key": as_image(with_right),
        "read with a wrong key": as_image(with_wrong),
        "message XOR both keys": as_image(wanted),
    }
)

# %% [markdown]
# ## The image
#
# The weight of the image loss starts low, so that Bob learns to read before Alice learns to be
# discreet, and rises as long as he reads well.

# %%
plots.curves({"keyed": metrics["keyed"]}, {"psnr": "PSNR"}, y_label="PSNR (dB)", factor=1)

# %%
plots.trio(examples["keyed"]["cover"], examples["keyed"]["stego"], magnified=(5, 20))
