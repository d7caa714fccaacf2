// Reading: which tile has an opening, and the message behind it. The order in which models and
// tiles are tried is that of keystego_tf/codec/reader.py.

import { concatFloats, toBits, toBytes } from './bytes.js';
import { NothingThere, Refused } from './errors.js';
import { Grid } from './image.js';
import { cost } from './payload/frame.js';
import { neuralSecret } from './payload/keys.js';
import { furtherTiles, readBody, readHeader } from './payload/places.js';
import { OPENING_BYTES, OPENING_KEY, candidates, rootOf, schemeOf, stream } from './payload/root.js';

// Certainty (least absolute logit) of an opening's bits: from CERTAIN on an opening is tried at
// once, below FLOOR never.
export const CERTAIN = 2.0;
const FLOOR = 0.5;

/**
 * @typedef {(step: 'looking' | 'stretching' | 'reading', share: number) => void} Progress
 * @typedef {{reader: Reader, tile: number, content: Uint8Array, certainty: number}} Opening
 */

/** The least absolute logit of some bits. @param {Float32Array} probabilities */
export function certaintyOf(probabilities) {
  return probabilities.reduce((least, probability) => {
    const inside = Math.min(Math.max(probability, 1e-12), 1 - 1e-12);
    return Math.min(least, Math.abs(Math.log(inside / (1 - inside))));
  }, Infinity);
}

/**
 * How a model's tile is shared out between an opening and the body.
 * @param {import('./nets.js').Entry} entry
 * @returns {{opening: number, keyRows: number, first: number, total: number}} bits of the opening,
 *   rows of the key map that are its own, the first bit of the body, bits of the message map
 */
export function shapeOf(entry) {
  const [rows, columns] = entry.message_shape;
  const opening = 8 * OPENING_BYTES[entry.scheme];
  const ofKeyRow = (rows * columns) / 32;
  const keyRows = Math.ceil(opening / ofKeyRow);
  return { opening, keyRows, first: keyRows * ofKeyRow, total: rows * columns };
}

/** Reads what is hidden for one key, through one model. */
export class Reader {
  /** @param {import('./nets.js').Model} model @param {import('./payload/keys.js').ReadingKey} key */
  constructor(model, key) {
    this.model = model;
    this.key = key;
    this.shape = shapeOf(model.entry);
    this.openingKey = toBits(key.kind === 'secret' ? neuralSecret(key) : OPENING_KEY);
  }

  /**
   * What stands in a tile, whether or not it is an opening.
   * @param {Float32Array} pixels of the tile
   * @param {number} tile its number
   * @returns {Promise<Opening>}
   */
  async opening(pixels, tile) {
    const found = await this.#under(pixels, this.openingKey);
    const probabilities = found.subarray(0, this.shape.opening);
    const certainty = certaintyOf(probabilities);
    return { reader: this, tile, content: toBytes(probabilities), certainty };
  }

  /**
   * The message behind an opening; NothingThere if there is none.
   * @param {Grid} grid
   * @param {Opening} opening
   * @param {Progress} progress
   * @returns {Promise<Uint8Array>}
   */
  async message(grid, opening, progress) {
    const root = await rootOf(this.key, opening.content, (share) => progress('stretching', share));
    const { first, total } = this.shape;
    const layout = {
      openingSlots: total - first,
      tileSlots: total,
      tiles: grid.count,
      openingTile: opening.tile,
    };
    const slots = [(await this.#body(grid, root, opening.tile)).subarray(first)];
    const header = readHeader(slots[0], root, layout);
    const tiles = furtherTiles(root, layout, cost(header));
    for (const tile of tiles) {
      progress('reading', slots.length / (tiles.length + 1));
      slots.push(await this.#body(grid, root, tile));
    }
    return readBody(concatFloats(slots), header, root, layout);
  }

  #body(grid, root, tile) {
    const pixels = grid.tile(tile, this.model.entry.channels);
    return this.#under(pixels, toBits(stream(root, 'neural', tile, OPENING_KEY.length)));
  }

  async #under(pixels, key) {
    return this.model.read(pixels, key, await this.model.mask(key));
  }
}

/** The models that a key is good for. Refused if there is none. @returns {Model[]} */
export function modelsFor(models, key) {
  const found = models.filter(
    ({ entry }) =>
      entry.scheme === schemeOf(key) &&
      (key.kind !== 'secret' || entry.generator === key.generator),
  );
  if (found.length === 0) {
    throw new Refused('This key belongs to models that this page does not have.');
  }
  return found;
}

/**
 * The message in a picture; NothingThere if there is none for the key.
 * @param {import('./png.js').Picture} picture
 * @param {import('./payload/keys.js').ReadingKey} key
 * @param {import('./nets.js').Model[]} models
 * @param {Progress} progress
 * @returns {Promise<Uint8Array>}
 */
export async function reveal(picture, key, models, progress) {
  const grid = new Grid(picture);
  const readers = modelsFor(models, key)
    .filter(({ entry }) => entry.channels === 3 || picture.gray)
    .map((model) => new Reader(model, key));
  const tiles = candidates(picture.width, picture.height, grid.count);
  const doubtful = [];
  let looked = 0;
  // every model's first candidate, then every model's second, and so on
  for (const [place, tile] of tiles.entries()) {
    for (const reader of readers) {
      // a code makes any tile carry an opening, so the first one is always it
      if (place > 0 && reader.model.entry.coding === 'trellis') continue;
      progress('looking', looked++ / (tiles.length * readers.length));
      const pixels = grid.tile(tile, reader.model.entry.channels);
      const opening = await reader.opening(pixels, tile);
      if (opening.certainty < CERTAIN) {
        doubtful.push(opening);
        continue;
      }
      const message = await messageOrNull(grid, opening, progress);
      if (message !== null) return message;
    }
  }
  doubtful.sort((one, other) => other.certainty - one.certainty);
  for (const opening of doubtful.filter(({ certainty }) => certainty >= FLOOR)) {
    const message = await messageOrNull(grid, opening, progress);
    if (message !== null) return message;
  }
  throw new NothingThere();
}

async function messageOrNull(grid, opening, progress) {
  try {
    return await opening.reader.message(grid, opening, progress);
  } catch (error) {
    if (error instanceof NothingThere) return null;
    throw error;
  }
}
