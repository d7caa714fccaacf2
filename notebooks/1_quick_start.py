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
# A message goes into an image and comes out again. You will see the image before and after, what
# was changed (hardly anything, magnified it shows), and what becomes of the message with a wrong
# passphrase, after JPEG, and with a key pair.
#
# Everything runs on the models that come with the package. The cover is synthetic; to take a photo
# of your own, set `KEYSTEGO_COVERS` to a folder of photos before you start Jupyter.

# %%
from io import BytesIO

import common
from PIL import Image

import keystego_tf
from keystego_tf.report import plots

# %% [markdown]
# ## The cover, and how much it holds
#
# Any photo of 128 x 128 pixels or more will do. A model hides a fixed number of bits in each tile
# of 128 x 128 pixels; a part of them goes into error correction and the seal.

# %%
cover = common.as_image(common.picture(384, 256))
for each in keystego_tf.capacity(cover):
    print(f"{each.model:18} {each.tiles} tiles, {each.message or 0:,} bytes")
plots.gallery({"cover": cover})

# %% [markdown]
# ## Hide
#
# `hide` reads its own work back before it returns: there is no stego image that does not reveal.

# %%
message = "Meet me at noon, where the two rivers meet. Bring the map."
stego = keystego_tf.hide(cover, message.encode(), passphrase="correct horse")
print(f"model {stego.model}, {stego.tiles} tiles")
print(f"{100 * stego.changed:.2f} % of the samples changed, PSNR {stego.psnr:.1f} dB")
plots.trio(cover, stego.picture.rgb_u8, magnified=(5, 255))

# %% [markdown]
# The third image is what the paper shows, the difference five times as large. In the fourth it is
# 255 times as large: whatever was changed at all is as bright as can be. Only tiles that the
# message needs are touched.
#
# ## Reveal

# %%
revealed = keystego_tf.reveal(stego.file, passphrase="correct horse")
assert revealed == message.encode()
print(revealed.decode())


# %% [markdown]
# ## What reveals nothing
#
# A wrong passphrase, an image that was changed, and an image with nothing in it are one and the
# same error: it says nothing about which of them it was.


# %%
def attempt(what: str, image: object, passphrase: str) -> None:
    """Print what comes of reading an image."""
    try:
        found = keystego_tf.reveal(image, passphrase=passphrase).decode()
    except keystego_tf.NothingThere as error:
        found = f"nothing: {error}"
    print(f"{what:30} {found}")


jpeg = BytesIO()
Image.fromarray(stego.picture.rgb_u8).save(jpeg, "JPEG", quality=95)

attempt("right passphrase", stego.file, "correct horse")
attempt("one letter of it is wrong", stego.file, "correct horsa")
attempt("saved as JPEG", jpeg.getvalue(), "correct horse")
attempt("the cover", cover, "correct horse")

# %% [markdown]
# ## Without a shared secret
#
# With a key pair, whoever has the public half can hide, and only the owner of the secret half
# reads. `keystego-tf keygen me` writes such a pair as `me.key` and `me.pub`.

# %%
secret, public = keystego_tf.new_pair()
letter = keystego_tf.hide(cover, b"For your eyes only", to=public)
print(keystego_tf.reveal(letter.file, key=secret).decode())
plots.changes(cover, letter.picture.rgb_u8)

# %% [markdown]
# The map shows which pixels were changed. A stego image can be sent as PNG, lossless WebP, TIFF or
# BMP; a messenger that scales or compresses it destroys the message. Delete the cover: whoever has
# both images sees every change.
