"""The four agents of the paper as functional Keras models, one builder a file."""

from .agents import Agents, build_agents
from .alice import build_alice
from .bob import build_bob
from .eve import build_eve
from .pk_generator import build_pk_generator

__all__ = [
    "Agents",
    "build_agents",
    "build_alice",
    "build_bob",
    "build_eve",
    "build_pk_generator",
]
