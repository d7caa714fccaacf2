"""Makes the modules beside this file importable from the tests' folders; photos for all of them."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of twelve small colour photos; read only."""
    from tiny import write_photos

    return write_photos(tmp_path_factory.mktemp("data") / "photos")
