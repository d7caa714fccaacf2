// Where the bits of a payload lie (docs/format.md, section 6). *Flat* counts the body slots of the
// opening tile first, then those of the further tiles in their order.

import { toBytes, xor } from '../bytes.js';
import { NothingThere } from '../errors.js';
import { decode } from './correction.js';
import { HEADER_BYTES, PARITY, cost, unpackHeader, unseal } from './frame.js';
import { order, stream } from './root.js';

const HEADER_PARITY = 8;
export const HEADER_BITS = 8 * (HEADER_BYTES + HEADER_PARITY);

/**
 * @typedef {object} Layout the slots of an image
 * @property {number} openingSlots body slots of the opening tile
 * @property {number} tileSlots of any other tile
 * @property {number} tiles how many the image has
 * @property {number} openingTile the number of the opening tile
 */

/** Bits of the longest coded body that the image can hold. @param {Layout} layout */
const bodyBits = (layout) =>
  layout.openingSlots - HEADER_BITS + (layout.tiles - 1) * layout.tileSlots;

/** How many tiles besides the opening tile a coded body takes. @param {Layout} layout */
const tilesNeeded = (layout, bits) =>
  Math.max(0, Math.ceil((bits - layout.openingSlots + HEADER_BITS) / layout.tileSlots));

/** The numbers of the further tiles that a coded body of `bits` takes. @returns {Uint32Array} */
export const furtherTiles = (root, layout, bits) =>
  order(root, 'tiles', layout.tiles)
    .filter((tile) => tile !== layout.openingTile)
    .subarray(0, tilesNeeded(layout, bits));

/** The slot in the opening tile of each bit of the coded header. @returns {Uint32Array} */
export const headerPlaces = (root, layout) =>
  order(root, 'header places', layout.openingSlots).subarray(0, HEADER_BITS);

/** The flat slot of each bit of the coded body. @returns {Uint32Array} */
export function bodyPlaces(root, layout, bits) {
  const slots = layout.openingSlots + tilesNeeded(layout, bits) * layout.tileSlots;
  const taken = new Set(headerPlaces(root, layout));
  const free = Uint32Array.from({ length: slots - taken.size });
  for (let slot = 0, at = 0; slot < slots; slot++) if (!taken.has(slot)) free[at++] = slot;
  return order(root, 'body places', free.length)
    .subarray(0, bits)
    .map((number) => free[number]);
}

/**
 * The header, from the opening tile; NothingThere unless there is one whose body fits the image.
 * @param {Float32Array} probabilities that each of the opening tile's body slots is a 1
 * @param {Uint8Array} root
 * @param {Layout} layout
 * @returns {import('./frame.js').Header}
 */
export function readHeader(probabilities, root, layout) {
  const placed = headerPlaces(root, layout);
  const { coded, doubt } = read(probabilities, placed, root, 'header');
  const header = unpackHeader(decode(coded, HEADER_PARITY, doubt));
  if (cost(header) > bodyBits(layout)) throw new NothingThere();
  return header;
}

/**
 * The message; NothingThere unless there is one of this root.
 * @param {Float32Array} probabilities of the flat slots
 * @param {import('./frame.js').Header} header
 * @param {Uint8Array} root
 * @param {Layout} layout
 * @returns {Promise<Uint8Array>}
 */
export async function readBody(probabilities, header, root, layout) {
  const placed = bodyPlaces(root, layout, cost(header));
  const { coded, doubt } = read(probabilities, placed, root, 'body');
  return unseal(header, decode(coded, PARITY[header.level], doubt), root);
}

/** Coded bytes, and the doubt of each in [0, 1]. */
function read(probabilities, places, root, label) {
  const placed = Float32Array.from(places, (place) => probabilities[place]);
  const mask = stream(root, label, 0, placed.length / 8);
  const doubt = new Float32Array(mask.length);
  placed.forEach((probability, bit) => {
    const certain = Number.isNaN(probability) ? 0 : 2 * Math.abs(probability - 0.5);
    // a byte is as doubtful as the least certain of its bits
    doubt[bit >> 3] = Math.max(doubt[bit >> 3], 1 - certain);
  });
  return { coded: xor(toBytes(placed), mask), doubt };
}
