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
# What becomes of a message when the key is not quite the right one: wrong keys, keys with some bits
# turned over, and where in the message the damage is. Then the attacks that the paper left out: a
# decoder trained without the secret key, and the inversion of the pK generator. At the end, what
# `hide` does on top so that it need not rely on the nets for any of this (Table III of the paper).

# %%
import common
import numpy as np
from keystego_tf.payload.root import root_of

import keystego_tf
from keystego_tf.bundles.bundles import load_bundle
from keystego_tf.bundles.catalogue import find_model
from keystego_tf.bundles.runner import lite_runner
from keystego_tf.embedders.nets import BODY_KEY, tile_keys
from keystego_tf.key_attacks import AttackConfig, flipped_bits, inversion, scheme
from keystego_tf.key_attacks.decoders import knowledge, train_decoders
from keystego_tf.metrics.figures import measure
from keystego_tf.payload.keys import Passphrase, SecretKey
from keystego_tf.payload.schedule import root_of
from keystego_tf.report import plots

# %%
NAMES = ("keyed-symmetric-0.0625", "keyed-asymmetric-0.0625")
schemes = {name: (load_bundle(find_model(name).folder)[0], find_model(name)) for name in NAMES}
tiles = common.covers(common.either(20, 2), seed=30)

# %% [markdown]
# ## Right and wrong keys
#
# What counts are Bob's raw bits here, before error correction and decryption, from stego images
# that were PNG files. A wrong key is, in the asymmetric scheme, a wrong secret key beside the right
# public one.

# %%
KEYS = {
    "right key": "right_key",
    "wrong key": "wrong_key",
    "one bit changed": "one_bit_changed",
    "inverted key": "inverted_key",
    "public key as secret key": "public_key_alone",
}
found = {}
for agents, model in schemes.values():
    figures, _ = measure(agents, model.agents, tiles)
    scheme_name = model.agents.scheme
    found.update({f"{scheme_name}: {k}": figures[v] for k, v in KEYS.items() if v in figures})
plots.bars(found, "bits right (%)", factor=100, chance=50, digits=2)

# %% [markdown]
# ## A few bits of the key
#
# The nets' key is a map of 1,024 bits. Here some of them are turned over.

# %%
FLIPS = common.either((0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512), (0, 64))
flips = {
    model.agents.scheme: flipped_bits(agents, model.agents, tiles, FLIPS)
    for agents, model in schemes.values()
}
plots.flipped_bits(flips, total=1024)

# %% [markdown]
# A key that is nearly right reads nearly everything. The reason is that convolutions are local: a
# wrong key bit spoils the message bits at its place and no others. Turn a square of the key over
# and the same square of the message is inverted.

# %%
agents, model = schemes[NAMES[0]]
rng = np.random.default_rng(31)
message = scheme.random_messages(rng, model.agents, tiles[:1])
key = scheme.random_keys(rng, model.agents, tiles[:1])
stego = scheme.hide(agents, tiles[:1], message, key)
changed = key.copy()
changed[:, 8:20, 8:20] *= -1


def as_image(bits: np.ndarray) -> np.ndarray:
    """A map of bits, white where they are set."""
    return np.where(bits[0, ..., 0], 255, 0).astype(np.uint8)


plots.gallery(
    {
        "stego": stego[0],
        "key bits turned over": as_image(changed != key),
        "message bits read wrong": as_image(
            scheme.read(agents, stego, changed, key) != (message > 0)
        ),
    }
)

# %% [markdown]
# ## A decoder without the secret key
#
# Alice is public, so an attacker can make as many pairs of stego image and message as he likes, and
# train a decoder of his own that never sees a secret key. In the symmetric scheme it knows nothing
# but the image. In the asymmetric scheme it is given the public key, as everybody may be.

# %%
attack = AttackConfig(
    attackers=1, steps=common.either(250, 2), side=common.either(32, 16), batch=common.either(16, 2)
)
own_covers = common.covers(common.either(60, 2), side=64, seed=32)
read_by = {}
for agents, model in schemes.values():
    nothing, public_key = knowledge(model.agents)
    knows = public_key if model.agents.asymmetric else nothing
    attacked = train_decoders(agents, model.config, own_covers, tiles[:10], knows, attack)
    read_by[f"{model.agents.scheme}: decoder that knows {knows}"] = attacked.bits_right
plots.bars(read_by, "bits right (%)", factor=100, chance=50)

# %% [markdown]
# The symmetric scheme keeps what it promises: without the key there is nothing to learn. The
# asymmetric one cannot: what Alice does with the public key alone, a decoder can learn to undo with
# the public key alone. It is no public-key encryption, and no training of such nets makes it one.
#
# ## Inverting the pK generator
#
# The generator that makes public keys from secret ones is a tiny net, and public as well. From
# pairs of keys that he makes himself, an attacker fits the simplest thing there is, least squares
# on 5 x 5 patches of the public key, and guesses secret keys that he has never seen.

# %%
agents, model = schemes[NAMES[1]]
shape = model.agents.key_shape(128, 128)


def public(secret_key: np.ndarray) -> np.ndarray:
    """The public keys of secret keys."""
    return scheme.masks(agents, secret_key)


guess = inversion.least_squares(public, shape, pairs=common.either(256, 4), seed=33)
secret_key = scheme.random_keys(rng, model.agents, tiles)
public_key = public(secret_key)
message = scheme.random_messages(rng, model.agents, tiles)
stego = scheme.hide(agents, tiles, message, public_key)
guessed = guess(public_key)
read = scheme.read(agents, stego, guessed, public_key)
plots.bars(
    {
        "secret key bits guessed": float(np.mean(guessed == secret_key)),
        "message bits read with the guess": float(np.mean(read == (message > 0))),
    },
    "bits right (%)",
    factor=100,
    chance=50,
)

# %%
wrong = guessed[0, ..., 0] != secret_key[0, ..., 0]
plots.gallery(
    {
        "secret key": as_image(secret_key > 0),
        "public key": as_image(public_key > 0),
        "guess": as_image(guessed > 0),
        "guessed wrong": np.where(wrong, 255, 0).astype(np.uint8),
    }
)

# %% [markdown]
# ## What the cipher adds
#
# `hide` takes none of that on trust. The message is encrypted with a key that comes from the
# passphrase (a slow derivation) or from an X25519 key pair, and the nets' keys are drawn from the
# same root, fresh for each image and tile. So one wrong letter gives unrelated key maps:

# %%
opening = bytes(range(16))  # 16 random bytes in a real image
runner = lite_runner(find_model(NAMES[0]))
right, wrong = (
    tile_keys(runner, root_of(Passphrase(words), "nets", opening), BODY_KEY, 0)[0]
    for words in ("correct horse", "correct horsa")
)
message_bits = rng.integers(0, 2, runner.message_shape[0] * runner.message_shape[1], np.uint8)
tile = runner.hide(tiles[0], message_bits, right)
one_off = right.copy()
one_off[517] ^= 1


def bits_right(key_bits: np.ndarray) -> float:
    """Share of the tile's message bits that a key reads."""
    return float(np.mean((runner.read(tile, key_bits) > 0.5) == message_bits))


plots.bars(
    {
        "the right passphrase": bits_right(right),
        "one bit of the nets' key is wrong": bits_right(one_off),
        "one letter of the passphrase is wrong": bits_right(wrong),
    },
    "bits right (%)",
    factor=100,
    chance=50,
)

# %% [markdown]
# And even who reads every raw bit, as the decoder above does in the asymmetric scheme, holds
# ciphertext: `reveal` gives the message or nothing.

# %%
secret, other = SecretKey.generate(), SecretKey.generate()
from_sender = keystego_tf.hide(common.as_image(tiles[1]), b"For your eyes only", to=secret.public)
for name, each in (("the owner", secret), ("somebody else", other)):
    try:
        print(f"{name}: {keystego_tf.reveal(from_sender.file, key=each).decode()}")
    except keystego_tf.NothingThere:
        print(f"{name}: nothing")
