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
# # On the device
#
# A decoder that fits on a phone: a model of the asymmetric scheme is exported to TFLite in several
# precisions. You will see how large the files are, how long they take, how many bits they read
# differently from Keras, and the int8 decoder at work on LiteRT.
#
# `keystego-tf export --model keyed-asymmetric-0.0625 --out exported` does the same on the command
# line.

# %%
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import common
import numpy as np
from ai_edge_litert.interpreter import Interpreter

from keystego_tf.backend import tf
from keystego_tf.bundles.catalogue import find_model
from keystego_tf.bundles.runner import lite_runner
from keystego_tf.exporting.export import ExportConfig, export
from keystego_tf.io.quiet import quiet_stderr
from keystego_tf.report import plots

# %% [markdown]
# ## Export
#
# Each file is checked before it is kept: same signature, no weights lost, and answers that agree
# with those of the Keras model.

# %%
tf.get_logger().setLevel("WARNING")  # or it names each folder that it writes
model = find_model("keyed-asymmetric-0.0625")
home = TemporaryDirectory()
folder = Path(home.name) / "exported"
options = ExportConfig(images=common.either(40, 2), calibration_images=common.either(32, 2))
photos = common.tiles(options.images, of=slice(4))
others = common.tiles(options.calibration_images, of=slice(4, None))
options = replace(
    options,
    photos=str(common.saved(photos, Path(home.name) / "photos")),
    calibration=str(common.saved(others, Path(home.name) / "calibration")),
)
manifest = export(model, folder, options)
print(f"{'':26}{'bytes':>10}{'ms':>8}{'differs from Keras':>24}")
for each in manifest["artefacts"]:
    measured = each["measured"]
    name = f"{each['agent']}, {each['format']}"
    share = 100 * measured["share_differing"]
    print(f"{name:26}{each['bytes']:10,}{measured['median_ms']:8.2f}{share:22.4f} %")

# %% [markdown]
# ## The decoder's files side by side

# %%
files = {
    each["format"]: each
    for each in manifest["artefacts"]
    if each["agent"] == "bob" and each["format"] != "saved_model"
}
plots.bars({name: each["bytes"] / 1000 for name, each in files.items()}, "size (kB)", digits=0)

# %%
plots.bars(
    {name: each["measured"]["median_ms"] for name, each in files.items()},
    "time for a tile on this machine (ms)",
    digits=2,
)

# %%
plots.bars(
    {name: each["measured"]["share_differing"] for name, each in files.items()},
    "bits read differently from Keras (%)",
    factor=100,
    digits=4,
)

# %% [markdown]
# ## The decoder on LiteRT
#
# What an app does: load the file, pass the tile and two key maps, compare with a threshold. It
# needs no TensorFlow. Alice hides a picture of 32 x 32 black and white dots here, to show what
# comes out.

# %%
rng = np.random.default_rng(40)
runner = lite_runner(model)
rows, columns = runner.message_shape
y, x = np.mgrid[:rows, :columns] / rows - 0.47
disc = np.hypot(x, y) < 0.4
mouth = (np.abs(np.hypot(x, y) - 0.25) < 0.04) & (y > 0.06)
eyes = np.hypot(np.abs(x) - 0.14, y + 0.12) < 0.05
message = (disc & ~mouth & ~eyes).astype(np.uint8)

cover = common.tiles(1)[0]
secret_key, other_key = (rng.integers(0, 2, rows * columns, np.uint8) for _ in range(2))
public_key = runner.mask(secret_key)
stego = runner.hide(cover, message.reshape(-1), public_key)


# %%
def decode(form: str, secret: np.ndarray) -> np.ndarray:
    """The bits that the exported decoder reads: bool [rows, columns]."""
    with quiet_stderr():  # where LiteRT names its delegate
        interpreter = Interpreter(model_content=(folder / files[form]["file"]).read_bytes())
        read = interpreter.get_signature_runner("read")
    maps = {"secret_key": secret, "public_key": public_key}
    inputs = {
        name: (2.0 * bits - 1.0).astype(np.float32).reshape(1, *runner.key_shape, 1)
        for name, bits in maps.items()
    }
    (answer,) = read(stego=(stego / 255).astype(np.float32)[None], **inputs).values()
    return answer.reshape(rows, columns) > 0.5


int8, wrong = decode("int8", secret_key), decode("int8", other_key)
print(f"int8, right key: {100 * np.mean(int8 == message):.2f} % of the bits")
print(f"int8, wrong key: {100 * np.mean(wrong == message):.2f} % of the bits")
plots.gallery(
    {
        "stego": stego,
        "message": 255 * message,
        "int8 decoder": 255 * int8.astype(np.uint8),
        "with a wrong key": 255 * wrong.astype(np.uint8),
    }
)

# %%
home.cleanup()
