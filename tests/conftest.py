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
    """Not for fixtures of a module: those come first, and take ``steps.uncompiled`` themselves."""
    from steps import uncompiled

    with uncompiled():
        yield


# Tests run side by side: the threads of many small products would wait for each other.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
