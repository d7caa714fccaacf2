"""Run agents on single tiles, through the same calls on LiteRT and Keras.

Bits are uint8 arrays of 0 and 1 here. The nets' -1 and +1 stay inside.
"""

from __future__ import annotations

import math
import os
from functools import cache
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import AgentsConfig
from ..io.quiet import quiet_stderr
from .catalogue import TILE, Model

Bits = NDArray[np.uint8]
Pixels = NDArray[np.uint8]
Probabilities = NDArray[np.float32]

#: Largest total size of a TFLite file's tensors in bytes. Our agents' take 20 to 40 MB.
MOST_TENSORS = 2**28


class Runner:
    """Alice, Bob and the pK generator of a model; subclasses implement ``answer``."""

    def __init__(self, agents: AgentsConfig) -> None:
        self.agents = agents
        self.message_shape = agents.message_shape(TILE, TILE)
        self.key_shape = agents.key_shape(TILE, TILE)

    def answer(self, agent: str, signature: str, inputs: dict[str, Any]) -> Any:
        """Return an agent's output for a signature (``Method.signatures``), with a batch of one."""
        raise NotImplementedError

    def hide(self, cover_u8: Pixels, message: Bits, mask: Bits) -> Pixels:
        """Make Alice's stego tile, rounded to 8 bits.

        ``cover_u8``: uint8 [TILE, TILE, C]; ``message``: bits of the message map, row by row;
        ``mask``: bits of the key map that she takes: the secret key, or the public one
        (asymmetric).
        """
        inputs = {
            "cover": _image(cover_u8),
            "message": _map(message, self.message_shape),
            "key": _map(mask, self.key_shape),
        }
        stego_01 = self._values("alice", "hide", inputs, cover_u8.size).reshape(cover_u8.shape)
        return np.clip(np.rint(stego_01 * 255), 0, 255).astype(np.uint8)

    def read(
        self, stego_u8: Pixels, secret_key: Bits, public_key: Bits | None = None
    ) -> Probabilities:
        """Return Bob's probabilities that message bits are 1: float32, row by row.

        ``public_key`` belongs to ``secret_key``. Only the asymmetric scheme uses it.
        """
        inputs = {"stego": _image(stego_u8), "secret_key": _map(secret_key, self.key_shape)}
        if self.agents.asymmetric:
            if public_key is None:
                raise ValueError("public_key is None, but the asymmetric Bob needs one")
            inputs["public_key"] = _map(public_key, self.key_shape)
        return self._values("bob", "read", inputs, math.prod(self.message_shape))

    def read_under(self, stego_u8: Pixels, mask: Bits) -> Probabilities:
        """Return what Bob reads if he computes ``mask`` without an error: a sender's view."""
        if not self.agents.asymmetric:
            return self.read(stego_u8, mask)
        inputs = {"stego": _image(stego_u8), "mask": _map(mask, self.key_shape)}
        return self._values("bob", "read_under_mask", inputs, math.prod(self.message_shape))

    def price(self, cover_u8: Pixels, prices: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return Alice's logarithms of costs for a tile, where she only prices changes.

        Args:
            cover_u8: uint8 [TILE, TILE, 1].
            prices: logarithms of costs that she corrects, float32 of the same shape.
        """
        inputs = {"cover": _image(cover_u8), "price": prices[None]}
        return self._values("alice", "price", inputs, prices.size).reshape(prices.shape)

    def mask(self, secret_key: Bits) -> Bits:
        """Return Alice's bits for a secret key: the key itself, or its public key."""
        if not self.agents.asymmetric:
            return secret_key
        inputs = {"secret_key": _map(secret_key, self.key_shape)}
        made = self._values("pk_generator", "make", inputs, math.prod(self.key_shape))
        return (made > 0).astype(np.uint8)

    def _values(
        self, agent: str, signature: str, inputs: dict[str, Any], count: int
    ) -> NDArray[np.float32]:
        """Return an answer's numbers, flat; ValueError if they are not ``count`` finite ones."""
        values = np.asarray(self.answer(agent, signature, inputs), np.float32).reshape(-1)
        if values.size != count or not np.isfinite(values).all():
            raise ValueError(f"{agent}'s {signature} must give {count} finite numbers")
        return values


class LiteRunner(Runner):
    """Runs the bundle's TFLite files on LiteRT, without TensorFlow; agents load on first use.

    Threads may share one. It answers them one after the other.
    """

    def __init__(self, model: Model, threads: int | None = None) -> None:
        super().__init__(model.agents)
        self._model = model
        self._threads = threads or os.cpu_count() or 1
        self._interpreters: dict[str, Any] = {}
        self._lock = Lock()

    def answer(self, agent: str, signature: str, inputs: dict[str, Any]) -> Any:
        try:
            with self._lock:
                if agent not in self._interpreters:
                    content = self._model.tflite(agent)
                    self._interpreters[agent] = _interpreter(content, self._threads)
                outputs = self._interpreters[agent].get_signature_runner(signature)(**inputs)
                (output,) = outputs.values()
        except Exception as error:  # on a damaged file, LiteRT raises nearly anything
            name = self._model.folder / f"{agent}.tflite"
            raise ValueError(f"{name} cannot be run: {error}") from error
        return output


@cache
def lite_runner(model: Model) -> LiteRunner:
    """Return the LiteRT runner of a model, one per process."""
    return LiteRunner(model)


def _interpreter(content: bytes, threads: int) -> Any:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        where = "Linux, and with Python 3.10 or later Windows (x86) and Macs with Apple silicon"
        raise ImportError(
            f"nets need ai-edge-litert, which has packages for {where}: "
            f"pip install ai-edge-litert ({error})"
        ) from error

    with quiet_stderr():
        interpreter = Interpreter(model_content=content, num_threads=threads)
        size = sum(
            math.prod(map(int, each["shape"])) * np.dtype(each["dtype"]).itemsize
            for each in interpreter.get_tensor_details()
        )
        if size > MOST_TENSORS:
            raise ValueError(f"its tensors take {size} bytes, but at most {MOST_TENSORS} are taken")
        interpreter.allocate_tensors()
    return interpreter


def _image(pixels_u8: Pixels) -> NDArray[np.float32]:
    return (pixels_u8.astype(np.float32) / 255)[None]  # [1, TILE, TILE, C]


def _map(bits: Bits, shape: tuple[int, int]) -> NDArray[np.float32]:
    return (2.0 * bits.astype(np.float32) - 1.0).reshape(1, *shape, 1)
