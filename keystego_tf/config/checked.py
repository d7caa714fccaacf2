"""Make frozen dataclasses that validate themselves and load from JSON."""

from __future__ import annotations

import dataclasses
import math
import typing
from dataclasses import field
from typing import Any, TypeVar

Config = TypeVar("Config")


def option(default: Any, help: str, choices: tuple[Any, ...] = (), search: float = 0) -> Any:
    """Make a dataclass field with the text (and choices) that the command line shows for it.

    ``tune`` searches from the field's value divided by ``search`` to its value times ``search``. 0
    means no search.
    """
    return field(default=default, metadata={"help": help, "choices": choices, "search": search})


def require(condition: bool, name: str, value: Any, rule: str) -> None:
    if not condition:
        raise ValueError(f"{name} is {value!r}, but {rule}")


class Checked:
    """Checks types and choices of every field; subclasses add rules in ``check``."""

    def __post_init__(self) -> None:
        hints = typing.get_type_hints(type(self))
        for spec in dataclasses.fields(self):  # type: ignore[arg-type]
            value = getattr(self, spec.name)
            hint = hints[spec.name]
            if hint is float and isinstance(value, int) and not isinstance(value, bool):
                object.__setattr__(self, spec.name, float(value))
            elif typing.get_origin(hint) is tuple and isinstance(value, list):
                object.__setattr__(self, spec.name, _as_tuple(value))
            elif hint in (int, float, str, bool):
                fits = type(value) is hint
                require(fits, spec.name, value, f"must be of type {hint.__name__}")
            if hint is float:
                require(math.isfinite(value), spec.name, value, "must be finite")
            choices = spec.metadata.get("choices")
            if choices:
                listed = ", ".join(map(str, choices))
                require(value in choices, spec.name, value, f"must be one of {listed}")
        self.check()

    def check(self) -> None:
        """Raise ValueError if a value breaks a rule of the class."""


def _as_tuple(value: Any) -> Any:
    return tuple(_as_tuple(item) for item in value) if isinstance(value, (list, tuple)) else value


def section_from_dict(cls: type[Config], values: dict[str, Any]) -> Config:
    """Make a section from ``dataclasses.asdict``'s output; unknown fields raise ValueError."""
    unknown = sorted(set(values) - {each.name for each in dataclasses.fields(cls)})  # type: ignore[arg-type]
    if unknown:
        raise ValueError(f"unknown field {unknown[0]!r} in {cls.__name__}")
    return cls(**values)
