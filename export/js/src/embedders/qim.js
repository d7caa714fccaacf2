// Quantisation index modulation in blocks of 8 x 8, for what is recompressed (docs/format.md, section
// 11).

import { QIM } from '../channel/data.js';
import { NothingThere } from '../errors.js';
import { SOFT } from '../payload/correction.js';
import { chosen, stream } from '../payload/derivation.js';
import { codeOpening, openingBits, readOpening } from '../payload/layout.js';

/** Coefficients (row, column) that carry bits. */
const PLACES = QIM.places;
const BITS = PLACES.length;

/** The lattices that a reader tries: steps of a table at PLACES, and how many of them points are apart. */
const LATTICES = QIM.multiples.flatMap((multiple) =>
  Object.values(QIM.lattices).map((steps) => ({ steps, multiple })),
);

/**
 * The lattices to write with, the weakest first: of the finest table that is nowhere finer than
 * these, or of the coarsest.
 * @param {ArrayLike<number>[]} tables luma's, row by row
 * @returns {{steps: number[], multiple: number}[]}
 */
export function latticesFor(tables) {
  const least = PLACES.map(([row, column]) => Math.max(...tables.map((table) => table[8 * row + column])));
  const size = (steps) => steps.reduce((sum, step) => sum + step);
  const all = Object.values(QIM.lattices).sort((one, other) => size(one) - size(other));
  const steps = all.find((each) => each.every((step, at) => step >= least[at])) ?? all.at(-1);
  return QIM.multiples.map((multiple) => ({ steps, multiple }));
}

const SURE = 4;
const NAME = 'qim';

/** Largest size of a quantised coefficient. */
const MOST = 1023;

/** @implements {import('./samples.js').Embedder} */
export class QimEmbedder {
  name = NAME;
  identity = NAME;
  scheme = null;
  channels = null;
  correction = SOFT;

  /** Height and width in pixels, and the coefficients of every block, [blocks, BITS]. */
  samplesOf(picture) {
    const { height, width } = picture;
    return { height, width, channels: 1, values: picture.components ? ofFile(picture) : ofPixels(picture) };
  }

  holds({ height, width, values }, opening) {
    if (values?.length === 0) return -1;
    const blocks = Math.floor(height / 8) * Math.floor(width / 8);
    return (blocks - openingBlockCount(opening)) * BITS;
  }

  async *openings({ values }, locator, length) {
    const phases = stream(locator, `${NAME} opening phases`, 0, values.length);
    const slots = slotsOf(openingBlocksOf(values, locator, length));
    const found = [];
    for (const [place, lattice] of LATTICES.entries()) {
      const all = probabilitiesOf(values, phases, slots, lattice);
      const probabilities = all.subarray(0, openingBits(length, SOFT));
      try {
        const content = readOpening(probabilities, locator, NAME, SOFT, length);
        const coded = codeOpening(content, locator, NAME, SOFT);
        const wrong = coded.reduce((sum, bit, at) => sum + (bit !== Number(probabilities[at] > 0.5)), 0);
        found.push({ content, place, wrong });
      } catch (error) {
        if (!(error instanceof NothingThere)) throw error;
      }
    }
    // lattices that share steps read each other's openings, with more errors
    yield* found.sort((one, other) => one.wrong - other.wrong);
  }

  async read({ values }, opening, locator, root, first, count) {
    const blocks = openingBlocksOf(values, locator, opening.content.length);
    const slots = freeSlots(values, blocks, root, first + count).subarray(first);
    const phases = stream(root, `${NAME} phases`, 0, values.length);
    return probabilitiesOf(values, phases, slots, LATTICES[opening.place]);
  }

  /**
   * The coefficients with bits in them: each that carries one is on the nearest point of the lattice.
   * @param {{values: Float32Array}} samples as of samplesOf
   * @param {{steps: number[], multiple: number}} lattice one of latticesFor
   * @returns {Float32Array} NaN where no bit is
   */
  place({ values }, lattice, opening, locator, root, bits) {
    const placed = new Float32Array(values.length).fill(NaN);
    const put = (slots, phases, all) =>
      all.forEach((bit, at) => {
        placed[slots[at]] = nearestPoint(values[slots[at]], bit, slots[at], phases, lattice);
      });
    const blocks = openingBlocksOf(values, locator, opening.length);
    const coded = codeOpening(opening, locator, NAME, SOFT);
    put(slotsOf(blocks), stream(locator, `${NAME} opening phases`, 0, values.length), coded);
    const slots = freeSlots(values, blocks, root, bits.length);
    put(slots, stream(root, `${NAME} phases`, 0, values.length), bits);
    return placed;
  }
}

/**
 * The JPEG of a picture with coefficients of luma as `place` gives them.
 * @param {import('../jpeg/decode.js').Jpeg} jpeg
 * @param {Float32Array} placed
 * @returns {import('../jpeg/decode.js').Jpeg}
 */
export function withPlaced(jpeg, placed) {
  const [luma, ...others] = jpeg.components;
  const [columns, blocks] = [Math.floor(jpeg.width / 8), luma.blocks.slice()];
  placed.forEach((value, slot) => {
    if (Number.isNaN(value)) return;
    const [row, column] = PLACES[slot % BITS];
    const quantised = Math.round(value / jpeg.table[8 * row + column]);
    const at = startOf(Math.floor(slot / BITS), columns, luma) + 8 * row + column;
    blocks[at] = Math.min(Math.max(quantised, -MOST), MOST);
  });
  return { ...jpeg, components: [{ ...luma, blocks }, ...others] };
}

const openingBlockCount = (length) => Math.ceil(openingBits(length, SOFT) / BITS);

const openingBlocksOf = (values, locator, length) =>
  chosen(locator, `${NAME} opening blocks`, values.length / BITS, openingBlockCount(length));

/** So many slots that are in no block of the opening, in their order. */
function freeSlots(values, blocks, root, count) {
  const isTaken = new Set(blocks);
  const order = chosen(root, `${NAME} slots`, values.length, count + BITS * blocks.length);
  return order.filter((slot) => !isTaken.has(Math.floor(slot / BITS))).subarray(0, count);
}

/** Where the coefficients of a block of the picture are. */
const startOf = (block, columns, { stride }) =>
  64 * (Math.floor(block / columns) * stride + (block % columns));

const offsetOf = (phase, step, multiple) => step * Math.floor((2 * multiple * phase) / 256);

/** The point of a bit that is nearest to a coefficient. */
function nearestPoint(value, bit, slot, phases, { steps, multiple }) {
  const step = steps[slot % BITS];
  const apart = multiple * step;
  const first = offsetOf(phases[slot], step, multiple) + (bit ? apart : 0);
  return first + 2 * apart * Math.round((value - first) / (2 * apart));
}

const slotsOf = (blocks) =>
  Uint32Array.from({ length: BITS * blocks.length }, (_, at) => BITS * blocks[Math.floor(at / BITS)] + (at % BITS));

/** Probabilities that slots carry a 1, under a lattice. */
function probabilitiesOf(values, phases, slots, { steps, multiple }) {
  return Float32Array.from(slots, (slot) => {
    const step = steps[slot % BITS];
    const offset = offsetOf(phases[slot], step, multiple);
    const odds = -SURE * Math.cos((Math.PI * (values[slot] - offset)) / (multiple * step));
    return 1 / (1 + Math.exp(-odds));
  });
}

/** The coefficients of a JPEG file's luma; none of one that has no luma at full size. */
function ofFile({ height, width, components: [luma], table, rgb }) {
  const [rows, columns] = [Math.floor(height / 8), Math.floor(width / 8)];
  if (rgb || luma.rows < rows || luma.columns < columns) return new Float32Array(0);
  const values = new Float32Array(BITS * rows * columns);
  for (let block = 0; block < rows * columns; block++) {
    const from = startOf(block, columns, luma);
    PLACES.forEach(([row, column], at) => {
      const place = 8 * row + column;
      values[BITS * block + at] = luma.blocks[from + place] * table[place];
    });
  }
  return values;
}

/** The coefficients of a picture's luma. */
function ofPixels({ height, width, rgb }) {
  const [rows, columns] = [Math.floor(height / 8), Math.floor(width / 8)];
  const waves = PLACES.map(([row, column]) =>
    Float32Array.from({ length: 64 }, (_, at) => wave(row, at >> 3) * wave(column, at & 7)),
  );
  const values = new Float32Array(BITS * rows * columns);
  for (let block = 0; block < rows * columns; block++) {
    const top = 8 * Math.floor(block / columns);
    const left = 8 * (block % columns);
    for (let at = 0; at < 64; at++) {
      const from = 3 * ((top + (at >> 3)) * width + left + (at & 7));
      const luma = 0.299 * rgb[from] + 0.587 * rgb[from + 1] + 0.114 * rgb[from + 2] - 128;
      waves.forEach((each, bit) => (values[BITS * block + bit] += luma * each[at]));
    }
  }
  return values;
}

/** A sample of a DCT basis function. */
const wave = (frequency, at) =>
  Math.cos((Math.PI / 16) * frequency * (2 * at + 1)) * (frequency === 0 ? Math.SQRT1_2 : 1) * 0.5;
