"""Ways to hide with nets: one folder per method, and the registry that names them.

Read ``paper`` first. Nothing here loads TensorFlow.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..channel.settings import ChannelConfig
from ..config import RunConfig
from ..config.checked import require
from ..io.files import read_object
from .costs import COSTS
from .keyed import KEYED
from .lattice import LATTICE
from .method import Agents, Method, Progress, Signature, Transmission
from .paper import PAPER, PAPER_CODE

__all__ = [
    "DEFAULT",
    "METHODS",
    "Agents",
    "Method",
    "Progress",
    "Signature",
    "Transmission",
    "build",
    "load_run",
    "method_of",
    "parse_run",
    "run_config",
]

METHODS: dict[str, Method] = {
    each.name: each for each in (KEYED, LATTICE, COSTS, PAPER, PAPER_CODE)
}

#: The method that is trained by default.
DEFAULT = KEYED.name


def method_of(run: RunConfig | str) -> Method:
    """Return the method of a run or a name; the ValueError lists the existing ones."""
    name = run if isinstance(run, str) else run.method
    require(name in METHODS, "method", name, f"must be one of {', '.join(METHODS)}")
    return METHODS[name]


def run_config(name: str = DEFAULT, **values: Any) -> RunConfig:
    """Make a method's default run, with fields of any section set by name.

    Raises:
        ValueError: the method or a field is unknown, or a value breaks a rule; the error has both.
    """
    method = method_of(name)
    run = method.defaults().replace(**method.complete(values))
    method.check(run)
    return run


def load_run(path: Path) -> RunConfig:
    """Load the run in a ``config.json``; ValueError with the path and the rule if it holds none."""
    what = "a run's configuration"
    values = read_object(path, what)
    try:
        return parse_run(values)
    except (ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise ValueError(f"{path} is not {what}: {error}") from error


def parse_run(values: dict[str, Any]) -> RunConfig:
    """Make a run from the output of ``dataclasses.asdict``.

    Raises:
        ValueError, TypeError or AttributeError: the values do not describe a run.
    """
    method = method_of(str(values.get("method")))
    run = RunConfig.from_dict(values, method.settings, ChannelConfig)
    method.check(run)
    return run


def build(run: RunConfig) -> Agents:
    """Build fresh agents of a run's method; loads TensorFlow."""
    return method_of(run).build(run)
