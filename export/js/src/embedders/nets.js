// A model's Bob over the tiles of an image (docs/format.md, section 8). It reads alone: Alice is not
// among the files of the page.

import { toBits } from '../bytes.js';
import { NothingThere } from '../errors.js';
import { REED_SOLOMON } from '../payload/correction.js';
import { chosen, stream } from '../payload/derivation.js';
import { headerBits, openingBits, readOpening } from '../payload/layout.js';

/** Height and width of a tile, pixels, and of a key map. */
export const TILE = 128;
export const KEY_SIDE = 32;

/** Tiles among which the sender chooses the opening tile. */
const CANDIDATES = 4;

/**
 * @typedef {object} Model the nets of one bundle
 * @property {{name: string, scheme: 'symmetric' | 'asymmetric', channels: 1 | 3,
 *   message_shape: number[]}} entry
 * @property {(tile: Float32Array, key: Uint8Array, mask: Uint8Array) => Promise<Float32Array>} read
 *   the probabilities that message bits are 1; tile: [TILE, TILE, channels] in [0, 1]
 * @property {(key: Uint8Array) => Promise<Uint8Array>} mask of a key: itself, or its public key
 */

/** The embedder of a model. @implements {import('./samples.js').Embedder} */
export class NetEmbedder {
  /** @param {Model} model */
  constructor(model) {
    const [rows, columns] = model.entry.message_shape;
    this.model = model;
    this.name = model.entry.name;
    this.identity = 'nets';
    this.scheme = model.entry.scheme;
    this.channels = model.entry.channels;
    this.correction = REED_SOLOMON;
    this.tileBits = rows * columns;
  }

  holds({ height, width }, opening) {
    const tiles = Math.floor(height / TILE) * Math.floor(width / TILE);
    return tiles * this.tileBits - openingSlots(this.tileBits, openingBits(opening, REED_SOLOMON));
  }

  async *openings(samples, locator, length, progress) {
    const tiles = tilesOf(samples);
    const count = Math.min(CANDIDATES, tiles);
    for (const [done, tile] of chosen(locator, 'nets opening tiles', tiles, count).entries()) {
      progress(done / count);
      const read = await this.#read(samples, tile, locator, 'nets opening key');
      const coded = read.subarray(0, openingBits(length, REED_SOLOMON));
      const content = openingOrNull(coded, locator, length);
      if (content !== null) yield { content, place: tile };
    }
  }

  async read(samples, opening, locator, root, first, count, progress) {
    const coded = openingBits(opening.content.length, REED_SOLOMON);
    const tiles = tilesOf(samples);
    const all = slotsOf(this.tileBits, tiles, opening.place, root, coded, first + count);
    const slots = all.subarray(first);
    const probabilities = new Float32Array(count);
    const numbers = [...new Set(slots.map((slot) => Math.floor(slot / this.tileBits)))].sort(
      (one, other) => one - other,
    );
    for (const [done, tile] of numbers.entries()) {
      progress(done / numbers.length);
      const read = await this.#read(samples, tile, root, 'key');
      slots.forEach((slot, bit) => {
        const place = slot - tile * this.tileBits;
        if (place >= 0 && place < this.tileBits) probabilities[bit] = read[place];
      });
    }
    return probabilities;
  }

  async #read(samples, tile, secret, label) {
    const key = toBits(stream(secret, label, tile, KEY_SIDE ** 2 / 8));
    return this.model.read(cut(samples, tile), key, await this.model.mask(key));
  }
}

function openingOrNull(coded, locator, length) {
  try {
    return readOpening(coded, locator, 'nets', REED_SOLOMON, length);
  } catch (error) {
    if (error instanceof NothingThere) return null;
    throw error;
  }
}

/** Rows of the opening tile's key map that an opening of so many coded bits takes. */
export const openingRows = (tileBits, opening) => Math.ceil((opening * KEY_SIDE) / tileBits);

/** Slots of the opening tile that are under these rows. */
const openingSlots = (tileBits, opening) =>
  (openingRows(tileBits, opening) * tileBits) / KEY_SIDE;

/**
 * The slots of the first `count` bits of the flat string.
 * @param {number} tileBits
 * @param {number} tiles of the image
 * @param {number} tile of the opening
 * @param {Uint8Array} root
 * @param {number} opening coded bits of it
 * @param {number} count
 * @returns {Float64Array}
 */
export function slotsOf(tileBits, tiles, tile, root, opening, count) {
  const head = headerBits(REED_SOLOMON);
  const above = openingSlots(tileBits, opening);
  const free = Array.from({ length: tileBits - above }, (_, at) => tile * tileBits + above + at);
  const heads = chosen(root, 'header slots', free.length, head);
  const isHead = new Set(heads);
  const body = free.filter((_, at) => !isHead.has(at));
  const further = Math.ceil(Math.max(0, count - head - body.length) / tileBits);
  const order = [...chosen(root, 'tiles', tiles, tiles)].filter((number) => number !== tile);
  for (const number of order.slice(0, further)) {
    for (let at = 0; at < tileBits; at++) body.push(number * tileBits + at);
  }
  const places = chosen(root, 'body slots', body.length, Math.max(0, count - head));
  const slots = [...heads].map((place) => free[place]);
  for (const place of places) slots.push(body[place]);
  return Float64Array.from(slots.slice(0, count));
}

const tilesOf = ({ height, width }) => Math.floor(height / TILE) * Math.floor(width / TILE);

/** A tile as the nets take it: [TILE, TILE, channels] in [0, 1]. */
function cut({ width, channels, values }, number) {
  const columns = Math.floor(width / TILE);
  const top = TILE * Math.floor(number / columns);
  const left = TILE * (number % columns);
  const tile = new Float32Array(TILE * TILE * channels);
  const stride = TILE * channels;
  for (let row = 0; row < TILE; row++) {
    const from = ((top + row) * width + left) * channels;
    for (let at = 0; at < stride; at++) tile[row * stride + at] = values[from + at] / 255;
  }
  return tile;
}
