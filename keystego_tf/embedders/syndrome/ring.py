"""The trellis of a whole message, which is a ring, and its search by windows.

First the search looks at the blocks on both sides of each cut, to find the best state there. Then
it solves all windows side by side (``viterbi``), each from one cut's state to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .code import HEIGHT, block_samples, block_starts, columns_for
from .states import Index
from .trits import Trits
from .viterbi import EXACT, FAST, Result, Windows


class Cutting(NamedTuple):
    """How to cut a ring.

    ``windows``: pairs of a number of windows and the least number of blocks for each; ``reach``:
    number of blocks on each side of a cut that decide which state is best there; ``lanes``: number
    of windows that are searched side by side.
    """

    windows: tuple[tuple[int, int], ...]
    reach: int
    lanes: int

    def number(self, blocks: int) -> int:
        """Return the number of windows, a power of 2, since NumPy moves such lanes faster."""
        number = max(min(blocks // least, most) for most, least in self.windows)
        return 1 << (max(number, 1).bit_length() - 1)


#: Tried one after the other. The last is for samples most of which must not change.
CUTTINGS = (
    Cutting(((32, 80), (64, 160), (1 << 30, 512)), 40, 32),
    Cutting(((1 << 30, 2048),), 256, 2),
)

Nats = NDArray[np.float32]


@dataclass(frozen=True)
class Blocks:
    """The cheapest samples of some blocks, [B, G] with G columns, to add 1 to or take 1 from.

    Their costs are in nats, inf for forbidden changes.
    """

    up: Nats
    down: Nats
    up_at: Index
    down_at: Index


@dataclass(frozen=True)
class Ring:
    """The problem to solve.

    Args:
        values, cost: [n], samples and the costs of changing them by one.
        limits: least and greatest value of a sample.
        wanted: uint8 [blocks], the required change of each trit, modulo 3.
        price: nats per unit of cost.
    """

    values: NDArray[Any]
    cost: NDArray[np.floating]
    limits: tuple[int, int]
    wanted: Trits
    price: float

    def changes(self) -> NDArray[np.int8] | None:
        """Return the changes, int8 [n] of -1, 0, 1, or None if there is no solution."""
        for cutting in CUTTINGS:
            found = _Search(self, cutting).changes()
            if found is not None:
                return found
        return None


class _Search:
    """The search of a ring that is cut in one way."""

    def __init__(self, ring: Ring, cutting: Cutting) -> None:
        self.ring, self.cutting = ring, cutting
        self.columns = columns_for(ring.values.size, ring.wanted.size)
        self.starts = block_starts(ring.values.size, ring.wanted.size)
        self.size = ring.wanted.size
        self.powers = 3 ** np.arange(HEIGHT - 1)

    def changes(self) -> NDArray[np.int8] | None:
        """See ``Ring.changes``."""
        windows = self.cutting.number(self.size)
        cuts = np.arange(windows + 1) * self.size // windows
        parts = _parts(windows, self.cutting.lanes)
        states = [self._state_at(cuts[:-1][part]) for part in parts]
        if any(part is None for part in states):
            return None
        state = np.concatenate([*states])
        changes = np.zeros(self.ring.values.size, np.int8)
        done = [self._solve(cuts, state, part, changes) for part in parts]
        return changes if all(done) else None

    def _state_at(self, cuts: Index) -> Index | None:
        """Return the best states at cuts, [cuts], or None if one of them cannot be passed."""
        reach = self.cutting.reach
        numbers = (cuts - reach + np.arange(2 * reach)[:, None]) % self.size
        start, pending = self._start(numbers, np.zeros(cuts.size, bool))
        result = self._search(self._nats(self._blocks(numbers), start), until=reach)
        if not result.fits.all():
            return None
        return self._add(result.state, pending[reach])

    def _solve(self, cuts: Index, state: Index, part: slice, changes: NDArray[np.int8]) -> bool:
        """Write the changes of some windows, and return whether there is a solution."""
        length = int(np.diff(cuts).max())
        late = (np.diff(cuts) < length)[part]
        numbers = (cuts[1:][part] - length + np.arange(length)[:, None]) % self.size
        start, pending = self._start(numbers, late)
        blocks = self._blocks(numbers)
        ends = self._add(np.roll(state, -1)[part], pending[-1], -1)
        result = self._search(self._nats(blocks, start), state[part], ends, late)
        if not result.fits.all():
            return False
        made = result.changes.astype(np.int8)
        made[:, 0] = (made[:, 0] + start) % 3
        made[0, :, late] = 0
        made = made.transpose(0, 2, 1).reshape(-1, made.shape[1])
        changes[blocks.up_at[made == 1]] = 1
        changes[blocks.down_at[made == 2]] = -1
        return True

    def _search(
        self,
        nats: Nats,
        start: Index | None = None,
        end: Index | None = None,
        late: NDArray[np.bool_] | None = None,
        until: int = 0,
    ) -> Result:
        """Call ``Windows.solve``, with exact distances if 8-bit ones allow a forbidden change."""
        result = Windows(FAST.costs(nats), FAST).solve(start, end, late, until)
        wrong = np.flatnonzero(~result.fits)
        for at in range(0, wrong.size, CUTTINGS[-1].lanes):
            lanes = wrong[at : at + CUTTINGS[-1].lanes]
            exact = Windows(EXACT.costs(nats[..., lanes]), EXACT)
            again = exact.solve(_of(start, lanes), _of(end, lanes), _of(late, lanes), until)
            result.changes[..., lanes], result.state[lanes] = again.changes, again.state
            result.fits[lanes] = again.fits
        return result

    def _start(
        self, numbers: Index, late: NDArray[np.bool_]
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Change the first samples so that blocks [B, lanes] carry their trits.

        Returns the changes, uint8 [B, lanes], and the digits that they add to the states,
        [B + 1, HEIGHT - 1, lanes].
        """
        wanted = self.ring.wanted[numbers]
        digits = np.zeros((HEIGHT, numbers.shape[1]), np.uint8)
        start, pending = np.zeros(numbers.shape, np.uint8), [digits[:-1].copy()]
        for block, trit in enumerate(wanted):
            start[block] = (trit + 3 - digits[0]) % 3
            digits = (digits + start[block] * self.columns[0][:, None]) % 3
            digits[:-1] = digits[1:]
            digits[-1] = 0
            if block == 0:
                digits[:, late] = 0
            pending.append(digits[:-1].copy())
        return start, np.array(pending)

    def _add(self, state: Index, digits: Any, sign: int = 1) -> Index:
        """Add states and digits [HEIGHT - 1, lanes] modulo 3."""
        return self.powers @ ((state // self.powers[:, None] + sign * digits.astype(int)) % 3)

    def _blocks(self, numbers: Index) -> Blocks:
        """Return the blocks with these numbers."""
        ring, (low, high) = self.ring, self.ring.limits
        flat = numbers.reshape(-1)
        shape = (flat.size, len(self.columns))
        up, down = np.full(shape, np.inf, np.float32), np.full(shape, np.inf, np.float32)
        up_at, down_at = np.zeros(shape, np.intp), np.zeros(shape, np.intp)
        for index, there in block_samples(self.starts[flat], self.starts[flat + 1], shape[1]):
            values, cost = ring.values[index], ring.cost[index]
            for allowed, best, at in (
                (values < high, up, up_at),
                (values > low, down, down_at),
            ):
                new = np.where(there & allowed, cost, np.inf)
                better = new < best
                np.copyto(best, new, where=better, casting="same_kind")
                np.copyto(at, index, where=better)
        price = np.float32(ring.price)
        return Blocks(up * price, down * price, up_at, down_at)

    def _nats(self, blocks: Blocks, start: NDArray[np.uint8]) -> Nats:
        """Return what each change costs: float32 [B, G, 3, lanes]; ``start`` is [B, lanes]."""
        size, lanes = start.shape
        ways = [np.zeros_like(blocks.up), blocks.up, blocks.down]
        nats = np.stack([way.reshape(size, lanes, -1).transpose(0, 2, 1) for way in ways], axis=2)
        turned = (np.arange(3)[:, None] + start[:, None]) % 3  # [B, 3, lanes]
        nats[:, 0] = np.take_along_axis(nats[:, 0], turned, axis=1)
        return np.ascontiguousarray(nats)


def _of(array: NDArray[Any] | None, lanes: Index) -> Any:
    """Take the entries of some lanes, if there is an array."""
    return None if array is None else array[lanes]


def _parts(windows: int, lanes: int) -> list[slice]:
    """Divide windows into even parts of at most ``lanes``.

    There are no threads: NumPy's calls are so short that threads would mostly wait for the
    interpreter.
    """
    count = -(-windows // lanes)
    edges = [number * windows // count for number in range(count + 1)]
    return [slice(*edge) for edge in zip(edges, edges[1:])]
