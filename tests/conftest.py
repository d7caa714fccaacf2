"""Makes the modules beside this file importable from the tests' folders; photos for all of them."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of twelve small colour photos; read only."""
    from tiny import write_photos

    return write_photos(tmp_path_factory.mktemp("data") / "photos")


@pytest.fixture
def eagerly() -> Iterator[None]:
    """TensorFlow's functions run as they are: a few steps take less than compiling them."""
    from keystego_tf.backend import tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


# Tests run side by side: the threads of many small products would wait for each other.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
