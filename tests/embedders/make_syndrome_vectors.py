"""Writes syndrome_vectors.json: samples and the bits that they carry. Run it only when the code
changes:

    python tests/embedders/make_syndrome_vectors.py
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from keystego_tf.embedders.syndrome.code import columns_for, extract, syndrome
from keystego_tf.embedders.syndrome.trits import trits_for

#: Samples, bits, whether uniform; samples / 3 trits and few columns, many columns, several rounds.
CASES = [
    (24, 12, False),
    (100, 40, False),
    (1000, 527, False),
    (1000, 100, False),
    (2000, 19, False),
    (5000, 320, False),
    (1000, 128, True),
    (3000, 256, True),
]


def main() -> None:
    rng = np.random.default_rng(13)
    cases = []
    for size, count, uniform in CASES:
        low, high = (0, 256) if size != 1000 else (-300, 300)  # coefficients are negative, too
        values = rng.integers(low, high, size)
        trits = trits_for(count, uniform)
        cases.append(
            {
                "values": values.tolist(),
                "count": count,
                "uniform": uniform,
                "columns": ["".join(map(str, row)) for row in columns_for(size, trits)],
                "trits": "".join(map(str, syndrome(values, trits))),
                "bits": "".join(map(str, extract(values, count, uniform=uniform))),
            }
        )
    text = "[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n"
    Path(__file__).with_name("syndrome_vectors.json").write_text(text)


if __name__ == "__main__":
    main()
