"""The package's own names: there, lazy, and the same things as in their modules."""

from __future__ import annotations

import subprocess
import sys

import pytest

import keystego_tf
from keystego_tf.codec import hide
from keystego_tf.payload.frame import NothingThere


def test_every_name_is_there() -> None:
    for name in keystego_tf.__all__:
        assert getattr(keystego_tf, name).__name__ == name
    assert set(keystego_tf.__all__) <= set(dir(keystego_tf))
    assert keystego_tf.hide is hide and keystego_tf.NothingThere is NothingThere
    with pytest.raises(AttributeError, match="strange"):
        keystego_tf.strange  # noqa: B018


def test_the_package_loads_nothing_and_its_names_no_tensorflow() -> None:
    code = """
import sys
import keystego_tf
heavy = ["tensorflow", "keras"]
for name in [*heavy, "numpy", "PIL", "ai_edge_litert", "cryptography", "click"]:
    assert name not in sys.modules, name
from keystego_tf import *
assert callable(hide)
for name in heavy:
    assert name not in sys.modules, name
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
