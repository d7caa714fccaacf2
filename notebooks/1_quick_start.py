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
# # Quick start
#
# Hide a message in an image and reveal it again, twice: with the syndrome embedder, which `hide`
# uses by default and which is classical coding without a net, and with trained nets. You will see
# what each of them changes, and what a wrong passphrase, a JPEG and a key pair do.
#
# Everything here comes with the package; the photo comes with scikit-image. To use your own photos,
# set `KEYSTEGO_COVERS` to their folder before you start Jupyter.

# %%
from io import BytesIO

import common
from PIL import Image

import keystego_tf
from keystego_tf.report import plots

# %% [markdown]
# ## How much a cover holds

# %%
MODEL = "keyed-symmetric-0.0625"

cover = common.as_image(common.photos(384, 384)[0])
for each in keystego_tf.capacity(cover):
    if each.destination != "file":
        continue
    room = "nothing" if each.message is None else f"{each.message:,} bytes"
    print(f"{each.embedder:26} {room}")
plots.gallery({"cover": cover})

# %% [markdown]
# Models for grayscale hold nothing in a colour image.
#
# ## Hide
#
# `hide` reads its own work back before it returns, so there is no stego image that does not
# reveal. A seal (authenticated encryption) is part of it.

# %%
message = (
    "Meet me at noon, where the two rivers meet. Bring the map, the long rope and food for "
    "three days. If the ferry does not run, take the path along the northern bank."
)
stegos = {
    "syndrome embedder": keystego_tf.hide(cover, message.encode(), passphrase="correct horse"),
    "nets": keystego_tf.hide(cover, message.encode(), passphrase="correct horse", model=MODEL),
}
for name, stego in stegos.items():
    share = 100 * stego.changed / stego.samples
    print(f"{name:18} {share:6.2f} % of the samples changed, PSNR {stego.psnr:.1f} dB")

# %%
plots.trio(cover, stegos["syndrome embedder"].picture.rgb_u8, magnified=(5, 255))

# %%
plots.trio(cover, stegos["nets"].picture.rgb_u8, magnified=(5, 255))

# %% [markdown]
# First row: the syndrome embedder. It changes few samples, each by one step, where texture hides
# them. Second row: the nets, which paint over all of the tiles that they use. The third image of a
# row is the difference amplified 5 times, as in the paper; the fourth shows every change that there
# is.
#
# ## Reveal

# %%
for name, stego in stegos.items():
    revealed = keystego_tf.reveal(stego.file, passphrase="correct horse").decode()
    assert revealed == message
    print(f"{name}: {revealed[:43]} ...")


# %% [markdown]
# ## What reveals nothing
#
# A wrong passphrase, a changed image and an image without a message give the same error. It does
# not say which of them it was.


# %%
def attempt(what: str, image: object, passphrase: str) -> None:
    """Print what comes of reading an image."""
    try:
        found = keystego_tf.reveal(image, passphrase=passphrase, model="syndrome").decode()
    except keystego_tf.NothingThere as error:
        found = type(error).__name__
    print(f"{what:26} {found}")


stego = stegos["syndrome embedder"]
jpeg = BytesIO()
Image.fromarray(stego.picture.rgb_u8).save(jpeg, "JPEG", quality=95)

attempt("one letter is wrong", stego.file, "correct horsa")
attempt("saved as JPEG", jpeg.getvalue(), "correct horse")
attempt("the cover", cover, "correct horse")

# %% [markdown]
# ## Without a shared secret
#
# Anyone with the public half of a key pair can hide; only the owner of the secret half can reveal.
# `keystego-tf keygen me` writes such a pair as `me.key` and `me.pub`. A pair needs no model, and
# serves the syndrome embedder and every asymmetric model alike.

# %%
secret = keystego_tf.SecretKey.generate()
letter = keystego_tf.hide(cover, b"For your eyes only", to=secret.public)
print(keystego_tf.fingerprint(secret.public))
print(keystego_tf.reveal(letter.file, key=secret, model="syndrome").decode())

# %% [markdown]
# Send a stego image as it is: as a PNG or another lossless file, by a way that does not recompress
# it. Delete the cover: anyone with both images can see every change.
