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
# # By messenger
#
# Messengers shrink photos and compress them again. Here you see which messages survive that, down
# to which JPEG quality, and what surviving costs.
#
# The platforms are played on this machine, from published figures: nothing is sent anywhere, and no
# phone was asked. Apps change; `keystego-tf channel measure` tells what yours does. The photo comes
# with scikit-image.

# %%
from io import BytesIO

import common
from PIL import Image

import keystego_tf
from keystego_tf.channel.platforms import PLATFORMS, prepared
from keystego_tf.evaluation.results import Plot, Series
from keystego_tf.report import plots

# %% [markdown]
# ## The same message, hidden in two ways
#
# For a file that arrives as it is, and for a photo that WhatsApp recompresses.

# %%
photo = common.as_image(common.photos(384, 384)[0])
message = b"Meet me at noon, where the two rivers meet."
key = keystego_tf.SharedKey.generate()

cover = BytesIO()
photo.save(cover, "JPEG", quality=90)
stegos = {
    "for a file": keystego_tf.hide(cover.getvalue(), message, key=key),
    "for WhatsApp": keystego_tf.hide(photo, message, key=key, destination="whatsapp"),
}
for name, stego in stegos.items():
    share = 100 * stego.changed / stego.samples
    print(f"{name:14} {share:6.2f} % of the coefficients changed, {stego.psnr:.1f} dB to the cover")

# %%
whatsapp = stegos["for WhatsApp"].picture.rgb_u8
plots.trio(prepared(photo, [PLATFORMS["whatsapp"]]), whatsapp, magnified=(5, 255))

# %% [markdown]
# From the left: the photo in WhatsApp's size, the stego image, their difference amplified 5 times,
# and every changed sample. Much of the difference is the JPEG compression itself.
#
# ## Which way each survives


# %%
def arrives(file: bytes) -> str:
    """Whether the message is in a file."""
    try:
        return "yes" if keystego_tf.reveal(file, key=key) == message else "no"
    except keystego_tf.NothingThere:
        return "no"


names = common.either(list(PLATFORMS), ["whatsapp"])
print(f"{'sent by':14}{'for a file':>12}{'for WhatsApp':>14}")
for name in names:
    answers = []
    for stego in stegos.values():
        with Image.open(BytesIO(stego.file)) as image:
            sent = PLATFORMS[name].send(image.convert("RGB"))
        answers.append(arrives(sent))
    print(f"{name:14}{answers[0]:>12}{answers[1]:>14}")

# %% [markdown]
# A message for WhatsApp need not survive what another app does: name every app that it will pass
# (`--for whatsapp,signal`). An app that compresses less does no harm.
#
# ## The quality slider
#
# The same photo, saved again at falling JPEG quality. The last row was made for quality 60.

# %%
stegos["for jpeg:60"] = keystego_tf.hide(photo, message, key=key, destination="jpeg:60")
qualities = common.either((95, 90, 80, 70, 65, 60, 50, 40), (95, 60))
print(f"{'saved again at':14}" + "".join(f"{quality:>5}" for quality in qualities))
for name, stego in stegos.items():
    answers = []
    for quality in qualities:
        again = BytesIO()
        with Image.open(BytesIO(stego.file)) as image:
            image.save(again, "JPEG", quality=quality)
        answers.append(arrives(again.getvalue()))
    print(f"{name:14}" + "".join(f"{answer:>5}" for answer in answers))

# %% [markdown]
# ## What surviving costs
#
# The lower the quality that a message has to survive, the larger the steps that carry it. The lines
# show PSNR of the stego image, and of the same photo saved once at that quality with nothing in it.

# %%
floors = common.either([90, 80, 70, 60], [90, 60])
costs = {"with the message": [], "nothing hidden": []}
for floor in floors:
    stego = keystego_tf.hide(photo, message, key=key, destination=f"jpeg:{floor}")
    plain = BytesIO()
    photo.save(plain, "JPEG", quality=floor)
    with Image.open(BytesIO(stego.file)) as one, Image.open(plain) as other:
        for name, image in (("with the message", one), ("nothing hidden", other)):
            costs[name].append(common.psnr(photo, image))
lines = [Series(name, [float(each) for each in floors], values) for name, values in costs.items()]
plots.draw(Plot("cost", "", "least JPEG quality to survive", "PSNR to the photo (dB)", lines))

# %% [markdown]
# Robust images change more than those for a file.
# Where you can, send a file.
