// Quantisation index modulation in blocks of 8 x 8, for what is recompressed (docs/format.md, section
// 11). It reads alone: hiding plays the platforms, which Python does.

import { NothingThere } from '../errors.js';
import { SOFT } from '../payload/correction.js';
import { chosen, stream } from '../payload/derivation.js';
import { codeOpening, openingBits, readOpening } from '../payload/layout.js';

/** Coefficients (row, column) that carry bits. */
const PLACES = [[0, 1], [1, 0], [2, 0], [1, 1]];
const BITS = PLACES.length;

/** Quantisation steps at these: WhatsApp's, Meta's, and libjpeg's at quality 50. */
const PLATFORMS = [[6, 6, 6, 7], [6, 6, 11, 8]];
const STANDARD = [11, 12, 14, 12];
const QUALITIES = [50, 55, 60, 65, 70, 75, 80, 85];

/** The lattices that a reader tries. */
const LATTICES = [1, 2, 3].flatMap((multiple) =>
  [...PLATFORMS, ...QUALITIES.map(stepsOf)].map((steps) => ({ steps, multiple })),
);

const SURE = 4;
const NAME = 'qim';

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
    if (values.length === 0) return -1;
    const blocks = Math.floor(height / 8) * Math.floor(width / 8);
    return (blocks - openingBlocks(opening)) * BITS;
  }

  async *openings({ values }, locator, length) {
    const blocks = values.length / BITS;
    const phases = stream(locator, `${NAME} opening phases`, 0, values.length);
    const slots = slotsOf(chosen(locator, `${NAME} opening blocks`, blocks, openingBlocks(length)));
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
    const taken = openingBlocks(opening.content.length);
    const blocks = chosen(locator, `${NAME} opening blocks`, values.length / BITS, taken);
    const isTaken = new Set(blocks);
    const order = chosen(root, `${NAME} slots`, values.length, first + count + BITS * taken);
    const free = order.filter((slot) => !isTaken.has(Math.floor(slot / BITS)));
    const phases = stream(root, `${NAME} phases`, 0, values.length);
    return probabilitiesOf(values, phases, free.subarray(first, first + count), LATTICES[opening.place]);
  }
}

const openingBlocks = (length) => Math.ceil(openingBits(length, SOFT) / BITS);

const slotsOf = (blocks) =>
  Uint32Array.from({ length: BITS * blocks.length }, (_, at) => BITS * blocks[Math.floor(at / BITS)] + (at % BITS));

/** libjpeg's steps at a quality from 50 on. */
function stepsOf(quality) {
  return STANDARD.map((step) => Math.max(1, Math.floor((step * (200 - 2 * quality) + 50) / 100)));
}

/** Probabilities that slots carry a 1, under a lattice. */
function probabilitiesOf(values, phases, slots, { steps, multiple }) {
  return Float32Array.from(slots, (slot) => {
    const step = steps[slot % BITS];
    const offset = step * Math.floor((2 * multiple * phases[slot]) / 256);
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
    const from = 64 * (Math.floor(block / columns) * luma.stride + (block % columns));
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
