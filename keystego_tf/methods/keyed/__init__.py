"""The paper's agents, trained so that the key matters: Bob must fail with a wrong one."""

from .method import KEYED

__all__ = ["KEYED"]
