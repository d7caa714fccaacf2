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
# # Keys
#
# What becomes of a message when the key is not quite the right one: wrong keys, inverted keys, keys
# with some bits flipped, and where in the message the damage lies. Then attacks without the secret
# key, and what `hide` does so that it need not rely on the nets for any of this (Table III of the
# paper).

# %%
import common
import numpy as np

import keystego_tf
from keystego_tf.bundles.bundles import load_bundle
from keystego_tf.bundles.catalogue import find_model
from keystego_tf.bundles.runner import lite_runner
from keystego_tf.key_attacks import AttackConfig, flipped_bits, inversion
from keystego_tf.key_attacks.decoders import NOTHING, SECRET_KEY, train_decoders
from keystego_tf.key_attacks.user_key import one_bit_off
from keystego_tf.metrics import agents as scheme
from keystego_tf.metrics.figures import measure
from keystego_tf.report import plots

# %%
NAMES = ("keyed-symmetric-0.0625", "keyed-asymmetric-0.0625")
models = {find_model(name).agents.scheme: find_model(name) for name in NAMES}
nets = {name: load_bundle(model.folder)[0] for name, model in models.items()}
tiles = common.tiles(common.either(20, 2), of=slice(2))

# %% [markdown]
# ## Right and wrong keys
#
# These are Bob's raw bits, before error correction and decryption, from stego images that were PNG
# files. In the asymmetric scheme, a wrong key is a wrong secret key beside the right public one.

# %%
KEYS = {
    "right key": "right_key",
    "wrong key": "wrong_key",
    "one bit flipped": "one_bit_changed",
    "inverted key": "inverted_key",
    "public key as secret key": "public_key_alone",
}
found = {}
for name, agents in nets.items():
    figures, _ = measure(agents, models[name].agents, tiles)
    found.update({f"{name}: {k}": figures[v] for k, v in KEYS.items() if v in figures})
plots.bars(found, "bits right (%)", factor=100, chance=50, digits=2)

# %% [markdown]
# A wrong key leaves a coin's toss, but so would an XOR outside of nets that know no key (notebook
# 2). In the symmetric scheme an inverted key flips every bit, so it is worth as much as the right
# one, and a key that is nearly right reads nearly everything.
#
# ## A few bits of the key
#
# The nets' key is a map of 1,024 bits. Here some of them are flipped.

# %%
FLIPS = common.either((0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512), (0, 64))
flips = {
    name: flipped_bits(agents, models[name].agents, tiles[: common.either(10, 2)], FLIPS)
    for name, agents in nets.items()
}
plots.flipped_bits(flips, total=1024)

# %% [markdown]
# Convolutions are local, so a wrong key bit spoils the message bits at its place and no others.
# Flip a square of the key, and the same square of the message is inverted.

# %%
agents, model = nets["symmetric"], models["symmetric"]
rng = np.random.default_rng(31)
message = scheme.random_messages(rng, model.agents, tiles[:1])
key = scheme.random_keys(rng, model.agents, tiles[:1])
stego = scheme.hide(agents, tiles[:1], message, key)
changed = key.copy()
changed[:, 8:20, 8:20] *= -1
wrong = scheme.read(agents, stego, changed, key) != (message > 0)


def as_image(bits: np.ndarray) -> np.ndarray:
    """A map of bits, white where they are set."""
    return np.where(bits[0, ..., 0], 255, 0).astype(np.uint8)


plots.gallery(
    {
        "stego": stego[0],
        "key bits flipped": as_image(changed != key),
        "message bits read wrong": as_image(wrong),
    }
)

# %% [markdown]
# ## Without the secret key
#
# Alice is public, so an attacker can make as many pairs of stego image and message as they like and
# train a decoder that never sees a key. As a control, the same training with the key: if that does
# not read well, the training was too short to say anything.

# %%
attack = AttackConfig(
    attackers=1, steps=common.either(300, 2), side=common.either(32, 16), batch=common.either(16, 2)
)
# Half of Bob's width, which is enough to learn and four times as fast.
smaller = model.config.replace(filters=common.either(32, 4))
own_covers = common.tiles(common.either(60, 2), 64, of=slice(2, None))
read_by = {
    f"symmetric: decoder that knows {knows}": train_decoders(
        agents, smaller, own_covers, tiles[: common.either(10, 2)], knows, attack
    )
    for knows in (NOTHING, SECRET_KEY)
}

# %% [markdown]
# In the asymmetric scheme everybody has the public key. Bob's net first works out the public key
# from the secret one, so an attacker puts the public key there and needs neither training nor
# secret. Another way is to invert the pK generator, a tiny net: least squares on patches of the
# public key guess the secret key, and Bob reads with the guess.

# %%
agents, model = nets["asymmetric"], models["asymmetric"]
read_by["asymmetric: Bob under the public key"] = inversion.under_public_key(
    agents, model.agents, tiles
)


def public(secret_key: np.ndarray) -> np.ndarray:
    """The public keys of secret keys."""
    return scheme.masks(agents, secret_key)


shape = model.agents.key_shape(128, 128)
guess = inversion.least_squares(public, shape, pairs=common.either(256, 4), seed=33)
message, secret_key = (
    draw(rng, model.agents, tiles) for draw in (scheme.random_messages, scheme.random_keys)
)
stego = scheme.hide(agents, tiles, message, public(secret_key))
read = scheme.read(agents, stego, guess(public(secret_key)), public(secret_key))
read_by["asymmetric: Bob with a guessed key"] = float(np.mean(read == (message > 0)))
plots.bars(read_by, "bits right (%)", factor=100, chance=50)

# %% [markdown]
# In the asymmetric scheme the nets keep nothing from anyone: what Alice does with the public key
# alone can be undone with the public key alone. It is no public-key encryption, and no training of
# such nets makes it one.
#
# ## What the user's key adds
#
# `hide` takes none of that on trust. The nets' keys come from the user's key by a key schedule,
# fresh for each image and tile. If a single bit of the user's key is flipped, or one letter of a
# passphrase replaced by the next, all of the nets' key changes with it.

# %%
kept = {}
for name, model in models.items():
    shown = one_bit_off(lite_runner(model), tiles[: common.either(10, 2)], passphrases=2)
    for kind, figure in shown.items():
        kept[f"{name}, {kind}: right"] = figure.right
        kept[f"{name}, {kind}: one bit off"] = figure.one_bit_off
plots.bars(kept, "bits right (%)", factor=100, chance=50)

# %% [markdown]
# The message itself is encrypted and sealed under another key from the same schedule, so anyone who
# reads every raw bit, as in the asymmetric scheme above, holds ciphertext. `reveal` gives the
# message or nothing, with the nets as without them.

# %%
cover = common.as_image(common.photos(256, 256)[0])
own, foreign = (keystego_tf.SecretKey.generate() for _ in range(2))
stego = keystego_tf.hide(cover, b"For your eyes only", to=own.public)
for name, key in (("the owner", own), ("someone else", foreign)):
    try:
        print(f"{name}: {keystego_tf.reveal(stego.file, key=key, model='syndrome').decode()}")
    except keystego_tf.NothingThere:
        print(f"{name}: nothing")
