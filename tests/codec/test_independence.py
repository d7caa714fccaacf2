"""Hiding and revealing load neither TensorFlow nor Keras, and work where there is none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "embedders"))
from net_stub import photo

WORK = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("tensorflow", "keras", "tensorflow_addons"):
            raise ImportError(f"{name} is not here")

if sys.argv[2] == "absent":
    sys.meta_path.insert(0, Absent())

from keystego_tf import SecretKey, SharedKey, capacity, hide, reveal
from keystego_tf.bundles.catalogue import bundled

cover, key, pair = sys.argv[1], SharedKey.generate(), SecretKey.generate()
assert len([each for each in capacity(cover) if each.destination == "file"]) == 1 + len(bundled())
assert reveal(hide(cover, b"", key=key, destination="instagram").file, key=key) == b""
model = bundled()[0]
own = {"to": pair.public} if model.agents.asymmetric else {"key": key}
assert hide(cover, b"with nets", model=model.name, **own).embedder == model.name
for sender, receiver in (({"key": key}, key), ({"to": pair.public}, pair)):
    assert reveal(hide(cover, b"no nets of theirs", **sender).file, key=receiver) == (
        b"no nets of theirs"
    )
loaded = {name.split(".")[0] for name in sys.modules}
print(sorted(loaded & {"tensorflow", "keras", "tensorflow_addons"}))
"""


@pytest.mark.parametrize("tensorflow", ["present", "absent"])
def test_no_tensorflow_is_loaded(tmp_path: Path, tensorflow: str) -> None:
    cover = tmp_path / "cover.png"
    photo(140, 140).save(cover)
    command = [sys.executable, "-W", "error", "-c", WORK, str(cover), tensorflow]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")
