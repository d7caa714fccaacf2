"""Hide and reveal with the nets that come with the package."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from keystego_tf.bundles.catalogue import BUNDLED, Model, bundled
from keystego_tf.codec import Capacity, DoesNotFit, capacity, hide, reveal
from keystego_tf.payload.frame import NothingThere
from keystego_tf.payload.keys import SecretKey, SharedKey

sys.path.insert(0, str(Path(__file__).parents[1] / "embedders"))
from net_stub import photo

KEY, PAIR = SharedKey(bytes(range(32))), SecretKey(bytes(range(32)))
MODELS = bundled()
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)


def given(model: Model) -> tuple[dict[str, Any], dict[str, Any]]:
    return (
        ({"to": PAIR.public}, {"key": PAIR})
        if model.agents.asymmetric
        else (
            {"key": KEY},
            {"key": KEY},
        )
    )


def cover(model: Model, width: int = 300, height: int = 260, seed: int = 0) -> Any:
    return photo(width, height, "L" if model.agents.channels == 1 else "RGB", seed)


@pytest.mark.parametrize(
    ("model", "share"),
    [(MODELS[0], 0.0), *((model, 1.0) for model in MODELS)],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_round_trips(model: Model, share: float, tmp_path: Path) -> None:
    sender, receiver = given(model)
    image, out = cover(model), tmp_path / "stego.png"
    most = capacity(image, model.name)[0].message
    assert most is not None
    message = os.urandom(round(share * most))
    stego = hide(image, message, out, model=model.name, **sender)
    assert stego.embedder == model.name and stego.psnr > 30
    assert reveal(out, **receiver) == message
    assert reveal(out, model=model.name, **receiver) == message
    with pytest.raises(NothingThere):
        reveal(out, model="syndrome", **receiver)
    with pytest.raises(DoesNotFit, match=f"but the image holds {most:,} with {model.name}"):
        hide(image, os.urandom(most + 1), model=model.name, **sender)


@each_model
def test_another_key_reads_nothing(model: Model) -> None:
    sender, _ = given(model)
    stego = hide(cover(model), b"not yours", model=model.name, **sender)
    for key in (SharedKey(bytes(32)), SecretKey(bytes(32))):
        with pytest.raises(NothingThere):
            reveal(stego.file, key=key)


@each_model
def test_what_lies_outside_the_tiles_stays(model: Model) -> None:
    sender, _ = given(model)
    image = cover(model, 150, 200)
    stego = hide(image, b"in", model=model.name, **sender)
    before = np.asarray(image.convert("RGB"))
    np.testing.assert_array_equal(stego.picture.rgb_u8[128:], before[128:])
    np.testing.assert_array_equal(stego.picture.rgb_u8[:, 128:], before[:, 128:])


def test_a_model_by_its_folder() -> None:
    model = MODELS[0]
    folder = str(BUNDLED / model.name)
    sender, receiver = given(model)
    stego = hide(cover(model), b"by folder", model=folder, **sender)
    assert stego.embedder == model.name
    assert reveal(stego.file, model=folder, **receiver) == b"by folder"


@each_model
def test_a_model_of_the_other_scheme(model: Model) -> None:
    sender, receiver = (
        ({"key": KEY}, {"key": KEY})
        if model.agents.asymmetric
        else (
            {"to": PAIR.public},
            {"key": PAIR},
        )
    )
    scheme = "asymmetric" if model.agents.asymmetric else "symmetric"
    with pytest.raises(ValueError, match=f"{model.name} is of the {scheme} scheme, which takes"):
        hide(cover(model), b"", model=model.name, **sender)
    with pytest.raises(ValueError, match=f"{model.name} is of the {scheme} scheme, which takes"):
        reveal(cover(model), model=model.name, **receiver)


def in_files(image: Image.Image) -> list[Capacity]:
    return [each for each in capacity(image) if each.destination == "file"]


def test_capacities_of_all() -> None:
    names = ["syndrome", *(model.name for model in MODELS)]
    gray = in_files(photo(300, 260, "L"))
    assert [each.embedder for each in gray] == names
    assert all(each.message for each in gray)
    colour = {each.embedder: each.message for each in in_files(photo(300, 260))}
    for model in MODELS:
        assert (colour[model.name] is None) == (model.agents.channels == 1)
    small = in_files(photo(100, 100, "L"))
    assert [each.message is None for each in small] == [False] + [True] * len(MODELS)
