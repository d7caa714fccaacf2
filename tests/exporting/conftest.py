"""One small export of a bundled model, and a bundle of tiny agents for what must fail."""

from __future__ import annotations

import json

import numpy as np
import pytest
from exports import SIDE, Exported, Tile
from tiny import tiny_run

from keystego_tf.backend import keras
from keystego_tf.bundles.bundles import load_bundle, save_bundle
from keystego_tf.bundles.catalogue import Model, find_model, open_model
from keystego_tf.data.synthetic import SyntheticCovers
from keystego_tf.exporting.export import ExportConfig, export
from keystego_tf.methods import build


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """The asymmetric model at 0.0625, with Alice, in an empty folder by way of a link to it."""
    model = find_model("keyed-asymmetric-0.0625")
    folder = tmp_path_factory.mktemp("exports") / "model"
    folder.symlink_to(tmp_path_factory.mktemp("empty"))
    config = ExportConfig(alice=True, side=SIDE, images=8, calibration_images=8)
    manifest = export(model, folder, config)
    assert json.loads((folder / "manifest.json").read_text()) == manifest
    return Exported(model, folder, manifest, load_bundle(model.folder)[0])


@pytest.fixture(scope="session")
def tiles(exported: Exported) -> list[Tile]:
    """Tiles with random messages and keys: cover and stego uint8, maps [1, rows, columns, 1]."""
    rng, agents, side = np.random.default_rng(11), exported.agents, SIDE // 4
    covers, found = SyntheticCovers(3, SIDE, seed=77, count=4), []
    for cover in map(covers.image, range(4)):
        message, secret = (2 * rng.integers(0, 2, (2, 1, side, side, 1)) - 1).astype("f4")
        public = np.where(np.asarray(agents.pk_generator(secret)) > 0, 1, -1).astype("f4")
        stego = np.asarray(agents.alice([cover[None] / np.float32(255), message, public]))
        found.append(Tile(cover, np.rint(stego[0] * 255).astype("u1"), message, secret, public))
    return found


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A bundle of tiny agents that were never trained."""
    keras.utils.set_random_seed(0)  # some untrained Bobs answer all alike
    config = tiny_run(scheme="symmetric")
    folder = tmp_path_factory.mktemp("bundles") / "tiny"
    save_bundle(folder, build(config), config, {})
    return open_model(folder)
