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
# A small scheme of the method `keyed` learns to hide, from images. You will see the bits that Bob
# reads rise from a coin's toss, the image get better, where the changes come to lie, and what a
# wrong key gives, beside a control.
#
# The nets are smaller, and the training is far shorter, than those of the models that come with the
# package: a minute or two. `keystego-tf train` does the real thing.

# %%
from pathlib import Path
from tempfile import TemporaryDirectory

import common
import numpy as np
from IPython.display import display

from keystego_tf.bundles.bundles import load_bundle
from keystego_tf.bundles.catalogue import find_model
from keystego_tf.data.folder import FolderCovers
from keystego_tf.methods import run_config
from keystego_tf.metrics import agents as scheme
from keystego_tf.metrics import statistics
from keystego_tf.metrics.figures import measure
from keystego_tf.report import plots
from keystego_tf.training.distribution import build_strategy
from keystego_tf.training.loop import Trainer

# %% [markdown]
# ## What the nets are asked for
#
# Alice gets a cover, a message $M$ and the key $k$. Bob gets her image and a key $k'$, and has to
# return
#
# $$M \oplus k \oplus k'$$
#
# With the right key the two cancel, and he returns the message. Most keys in training are wrong
# ones, so he cannot do without.

# %%
STEPS = common.either(500, 4)
LOOK = common.either(50, 2)  # steps between two points of the curves

run = run_config(
    "keyed",
    filters=common.either(32, 4),
    crops=((1.0, common.either(32, 16), 8),),
    steps=STEPS,
    learning_rate=0.002,
    precision="float32",
)
home = TemporaryDirectory()
own = common.tiles(common.either(300, 16), 64, of=slice(2, None))
training_covers = FolderCovers(common.saved(own, Path(home.name) / "covers"), 3, least_side=64)
# Of the first two photos, which the training does not see.
unseen = common.tiles(common.either(10, 2), common.either(64, 16), of=slice(2))
tiles = common.tiles(common.either(10, 2), common.either(128, 16), of=slice(2))

# %% [markdown]
# ## It learns
#
# Every few steps the agents are tried on covers that they have not seen. Each stego image is
# rounded to 8 bits and written as a PNG file on its way. The first point is before the first step.

# %%
lines: list[dict[str, float]] = []


def look(step: int) -> None:
    """Add a point to the curves."""
    figures, _ = measure(trainer.agents, run.agents, unseen)
    lines.append({"step": step, **{name: each.value for name, each in figures.items()}})


trainer = Trainer(run, training_covers, Path(home.name) / "run", build_strategy("none"), quiet=True)
look(0)
live = display(plots.curves(lines), display_id=True)
for number, batch in enumerate(trainer.batches(0), 1):
    trainer.train_step(number, batch)
    if number % LOOK == 0 or number == STEPS:
        look(number)
        live.update(plots.curves(lines))
    if number == STEPS:
        break
agents = trainer.agents

# %% [markdown]
# Until the last two fifths of the training the curves jump: there, batch normalisation still works
# with the statistics of each batch, and only then with those that hiding uses.
#
# The weight of the image loss starts low, so that Bob learns to read before Alice learns to be
# discreet, and rises as long as he reads well.

# %%
plots.curves(lines, {"psnr": "PSNR"}, y_label="PSNR (dB)", factor=1)

# %%
shipped, model = load_bundle(find_model("keyed-symmetric-0.0625").folder)[0], "keyed, shipped"
pair = measure(shipped, run.agents, tiles)[1]
short = measure(agents, run.agents, tiles)[1]
plots.trio(short["cover"], short["stego"], magnified=(5, 50))

# %% [markdown]
# Above: after this training. Below: the model that comes with the package, trained far longer.

# %%
plots.trio(pair["cover"], pair["stego"], magnified=(5, 50))

# %% [markdown]
# ## Where the changes lie
#
# Does Alice look at the photo? If so, her changes are larger where the photo is rough. The
# correlation of their size with the photo's local deviation tells, beside the same with the local
# deviation of *another* photo, which is what a pattern that ignores the photo would have. Bob comes
# first: after so short a training Alice hardly looks at all. Following the photo comes late, when
# the image weight presses for it.


# %%
def smoothed(x: np.ndarray, side: int = 7) -> np.ndarray:
    """Mean over side x side pixels, where they all fit."""
    return np.lib.stride_tricks.sliding_window_view(x, (side, side)).mean(axis=(-1, -2))


def correlations(hider: object) -> list[float]:
    """Mean correlation of |change| with local deviation: of the same photo, and of another."""
    rng = np.random.default_rng(8)
    message, key = (
        draw(rng, run.agents, tiles) for draw in (scheme.random_messages, scheme.random_keys)
    )
    stego = scheme.hide(hider, tiles, message, key).astype(float)
    changes = [smoothed(each) for each in np.abs(stego - tiles).mean(axis=-1)]
    gray = tiles.astype(float).mean(axis=-1)
    rough = [np.sqrt(np.maximum(smoothed(x * x) - smoothed(x) ** 2, 0)) for x in gray]
    return [
        float(np.mean([np.corrcoef(c.ravel(), r.ravel())[0, 1] for c, r in zip(changes, others)]))
        for others in (rough, rough[1:] + rough[:1])
    ]


for name, hider in (("after this training", agents), (model, shipped)):
    own, other = correlations(hider)
    print(f"{name:20} same photo {own:5.2f}, another photo {other:5.2f}")

# %% [markdown]
# ## Right and wrong keys
#
# Half of the bits right with a wrong key is what one hopes for, but by itself it proves little. As
# a control, the same nets get one key that everybody knows, so that they keep no secret at all, and
# the message is XORed with a pad *outside* of them. With a wrong pad that reads 50 %, too, and so
# would any net.


# %%
def control(pad_is_right: bool) -> statistics.Estimate:
    """Bits read where a known key goes to the nets, and the secret is a pad outside."""
    rng = np.random.default_rng(9)
    message, pad, other = (scheme.random_messages(rng, run.agents, tiles) for _ in range(3))
    known = np.ones_like(scheme.random_keys(rng, run.agents, tiles))
    stego = scheme.hide(agents, tiles, message * pad, known)  # with -1 and +1, XOR is a product
    read = np.where(scheme.read(agents, stego, known, known), 1, -1)
    return statistics.bit_accuracy(
        scheme.hits(read * (pad if pad_is_right else other) > 0, message)
    )


figures, _ = measure(agents, run.agents, tiles)
plots.bars(
    {
        "right key": figures["right_key"],
        "wrong key": figures["wrong_key"],
        "control, right pad": control(True),
        "control, wrong pad": control(False),
    },
    "bits right (%)",
    factor=100,
    chance=50,
)

# %% [markdown]
# What tells the two apart is an attacker who trains a decoder without any key, and what happens as
# a few bits of the key are wrong: notebook 5.

# %%
home.cleanup()
