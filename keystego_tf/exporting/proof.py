"""Prove that an exported file is right: signature, weights, bits, speed."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..bundles.convert import VARIABLES, operations
from ..data.bits import random_bits
from ..io.quiet import quiet_stderr
from ..methods import Signature
from .artefacts import Artefact, ExportFailed, Tensor
from .samples import Floats, Sample, ask, to_01, to_u8

Hits = NDArray[np.bool_]
#: Number of answers before timing starts, to allocate buffers and fill caches.
WARM_UP = 3
#: Number of keys that the pK generator is measured with.
KEYS = 1000


@dataclass(frozen=True)
class Measured:
    """How an artefact's bits compare.

    ``differing`` of its ``bits`` differ from Keras; ``right`` are those that were embedded (None if
    nothing was); ``median_ms`` is the time for an answer in milliseconds.
    """

    bits: int
    differing: int
    right: int | None
    median_ms: float

    @property
    def share_differing(self) -> float:
        return self.differing / self.bits

    def to_dict(self) -> dict[str, Any]:
        accuracy = None if self.right is None else self.right / self.bits
        return {
            "bits": self.bits,
            "bits_differing_from_keras": self.differing,
            "share_differing": self.share_differing,
            "bit_accuracy": accuracy,
            "median_ms": round(self.median_ms, 3),
        }


class Reference:
    """Questions to an agent, and its answers in Keras."""

    def __init__(
        self, agent: str, signature: Signature, bob: Signature, samples: list[Sample], seed: int
    ) -> None:
        """Ask the agent of ``signature``; ``bob`` is the ``read`` that reads an exported Alice.

        ``seed`` is for the pK generator's keys, which replace the samples.
        """
        self.agent, self._bob, self._letters = agent, bob, samples
        if agent == "pk_generator":
            rows, columns, _ = signature[0]["secret_key"]
            keys = random_bits(np.random.default_rng(seed), KEYS, (rows, columns))
            self.questions = [{"secret_key": key[None]} for key in keys]
        else:
            self.questions = [sample.inputs(signature[0]) for sample in samples]
        answers = list(ask(signature, self.questions))
        self.output_shape = answers[0].shape
        self._bits = self.bits(answers)

    def bits(self, answers: list[Floats]) -> Hits:
        """Return the bits in answers, one row for each question: [questions, bits]."""
        if self.agent == "alice":
            return self._read([to_u8(answer)[0] for answer in answers])
        threshold = 0.0 if self.agent == "pk_generator" else 0.5
        return np.stack([answer.reshape(-1) > threshold for answer in answers])

    def _read(self, stego: list[NDArray[np.uint8]]) -> Hits:
        inputs = self._bob[0]
        questions = [
            {**sample.inputs(inputs), "stego": to_01(each)[None]}
            for sample, each in zip(self._letters, stego)
        ]
        return np.stack([answer.reshape(-1) > 0.5 for answer in ask(self._bob, questions)])

    def measure(self, artefact: Artefact) -> Measured:
        """Ask an artefact all questions, one at a time."""
        with quiet_stderr():
            for question in self.questions[:WARM_UP]:
                artefact.answer(question)
        answers, seconds = [], []
        for question in self.questions:
            start = time.perf_counter()
            answer = artefact.answer(question)
            seconds.append(time.perf_counter() - start)
            if answer.shape != self.output_shape:
                raise ExportFailed(f"its answer is {answer.shape}, not {self.output_shape}")
            answers.append(np.array(answer))
        bits = self.bits(answers)
        right = None
        if self.agent != "pk_generator":
            truth = np.stack([sample.message.reshape(-1) > 0 for sample in self._letters])
            right = int(np.sum(bits == truth))
        differing = int(np.sum(bits != self._bits))
        return Measured(bits.size, differing, right, 1000 * float(np.median(seconds)))


def check_weights(content: bytes) -> None:
    """Raise ExportFailed if a TFLite file has variables: its weights are then missing."""
    found = sorted({kind for kind, _ in operations(content)} & VARIABLES)
    if found:
        raise ExportFailed(f"it has unresolved variables ({', '.join(found)}), not weights")


def check_signature(artefact: Artefact, signature: Signature, dynamic: bool) -> None:
    """Raise ExportFailed unless inputs and output match the signature: names, shapes, float32."""
    inputs, model = signature
    # an int8 file's output may have lost its free dimensions: answers are checked later
    wanted = {
        name: [-1, -1, -1, shape[-1]] if dynamic else [1, *shape] for name, shape in inputs.items()
    }
    _compare("inputs", artefact.inputs, wanted)
    names = {each["name"] for each in artefact.outputs}
    if names != {model.output_names[0]}:
        raise ExportFailed(f"its outputs are {_listed(names)}, not {model.output_names[0]}")
    _check_floats(artefact.outputs)


def check_bits(measured: Measured, bar: float) -> None:
    """Raise ExportFailed if more than a share ``bar`` of the bits differs from Keras."""
    if measured.share_differing > bar:
        raise ExportFailed(
            f"{measured.differing:,} of {measured.bits:,} bits "
            f"({100 * measured.share_differing:.3g} %) differ from Keras, "
            f"but at most {100 * bar:g} % may"
        )


def _compare(what: str, found: list[Tensor], wanted: dict[str, list[int]]) -> None:
    names = {each["name"] for each in found}
    if names != set(wanted):
        raise ExportFailed(f"its {what} are {_listed(names)}, not {_listed(wanted)}")
    for each in found:
        if each["shape"] != wanted[each["name"]]:
            raise ExportFailed(
                f"its input {each['name']} is {each['shape']}, not {wanted[each['name']]}"
            )
    _check_floats(found)


def _check_floats(tensors: list[Tensor]) -> None:
    for each in tensors:
        if each["dtype"] != "float32":
            raise ExportFailed(f"its tensor {each['name']} is {each['dtype']}, not float32")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
