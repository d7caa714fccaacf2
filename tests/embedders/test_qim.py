"""QIM: on a platform's own lattice its encoder changes nothing, and no key means no bits."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from keystego_tf.channel.jpeg_codec import encode, tables_of_quality
from keystego_tf.channel.platforms import META, PLATFORMS, WHATSAPP
from keystego_tf.data.synthetic import dead_leaves
from keystego_tf.embedders.qim import LATTICES, PLACES, TABLES, Lattice, Qim, table_for

Blocks = np.ndarray


def cover() -> np.ndarray:
    image = dead_leaves(np.random.default_rng(5), 256)
    return np.clip(np.rint(image), 8, 247).astype(np.uint8)


def bits_and_phases(modulator: Qim, blocks: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    wanted = rng.choice(np.array([-1, 1], np.int8), (blocks, modulator.bits))
    phases = rng.integers(0, 256, (blocks, modulator.phases)) / 256
    return wanted, phases.astype(np.float32)


def recompressed(image: np.ndarray, *tables: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    for luma, chroma in tables:
        image = np.asarray(Image.open(io.BytesIO(encode(Image.fromarray(image), luma, chroma))))
    return image


def errors(modulator: Qim, *tables: tuple[np.ndarray, np.ndarray], key: int = 0) -> float:
    image = cover()
    wanted, phases = bits_and_phases(modulator, 32 * 32)
    samples = modulator.write(image, wanted, phases)
    arrived = recompressed(np.clip(np.rint(samples), 0, 255).astype(np.uint8), *tables)
    if key:
        phases = np.random.default_rng(key).integers(0, 256, phases.shape) / np.float32(256)
    odds = modulator.read(modulator.see(arrived), phases, np.arange(1024), 0)
    return float(((odds > 0) != (wanted > 0)).mean())


@pytest.mark.parametrize("name", ["whatsapp", "meta", "q50", "q75"])
def test_a_tables_own_lattice_survives_the_table_twice(name: str) -> None:
    tables = {"whatsapp": (WHATSAPP, WHATSAPP), "meta": (META, META)}
    table = tables.get(name) or tables_of_quality(int(name[1:]))
    assert errors(Qim(LATTICES[name, 1]), table, table) < 0.02


def test_a_coarser_table_destroys_it_and_a_larger_multiple_survives() -> None:
    table = tables_of_quality(50)
    assert errors(Qim(LATTICES["q75", 1]), table) > 0.2
    assert errors(Qim(LATTICES["q75", 3]), table) < 0.06


def test_free_steps_survive_any_finer_table() -> None:
    modulator = Qim(Lattice.free(30))
    assert modulator.bits == len(PLACES)
    assert errors(modulator, tables_of_quality(60)) < 0.03
    assert errors(Qim(Lattice.free(5)), tables_of_quality(60)) > 0.1


@pytest.mark.parametrize("lattice", [LATTICES["whatsapp", 1], Lattice.free(20)])
def test_a_wrong_key_reads_half(lattice: Lattice) -> None:
    assert 0.47 < errors(Qim(lattice), key=7) < 0.53


def test_bits_that_are_not_wanted_leave_their_samples() -> None:
    image, modulator = cover(), Qim(LATTICES["q60", 1])
    wanted, phases = bits_and_phases(modulator, 1024)
    wanted[5:] = 0
    away = modulator.write(image, wanted, phases) - image
    assert np.abs(away[:8, :40]).max() > 1 and not away[8:].any() and not away[:, 40:].any()


def test_the_lattice_for_some_tables() -> None:
    assert table_for([WHATSAPP]) == "whatsapp" and table_for([META]) == "meta"
    assert table_for([tables_of_quality(72)[0]]) == "q70"
    assert table_for([PLATFORMS["x"].luma]) == "q85"
    both = table_for([WHATSAPP, META])
    for place in PLACES:
        assert TABLES[both][place] >= max(WHATSAPP[place], META[place])
    assert table_for([np.full((8, 8), 99)]) == "q50", "the coarsest there is"
