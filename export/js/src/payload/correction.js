// Error correction: Reed-Solomon blocks, or none (docs/format.md, section 5).

import { toBits, toBytes } from '../bytes.js';
import { Uncorrectable } from '../errors.js';
import { LOGS, ORDER, POWERS, over, product, times, valueAt } from './field.js';
import { LDPC } from './ldpc.js';

/** Bytes of the longest block. */
export const BLOCK = 255;

// Parity that must stay unused where bytes were erased: else nearly every block of chance bytes
// would pass.
const SLACK = 4;

/**
 * @typedef {object} Code for data of any length
 * @property {(length: number) => number} coded bits of so many bytes
 * @property {(bits: number) => number} room the most bytes that so many bits hold, or below 0
 * @property {(data: Uint8Array) => Uint8Array} encode to bits
 * @property {(probabilities: ArrayLike<number>, length: number) => Uint8Array} decode to bytes; throws
 *   Uncorrectable
 *
 * @typedef {{opening: Code, header: Code, body: Code[]}} Correction the body's by level
 */

/** Blocks with so many bytes of parity, 0 for none. @param {number} parity @returns {Code} */
export function reedSolomon(parity) {
  return {
    coded: (length) => 8 * (length + parity * blocksOf(length, parity)),
    room(bits) {
      const bytes = Math.floor(Math.max(bits, 0) / 8);
      const whole = Math.floor(bytes / BLOCK) * (BLOCK - parity);
      return whole + Math.max(0, (bytes % BLOCK) - parity);
    },
    encode: (data) => toBits(encode(data, parity)),
    decode: (probabilities) => decode(toBytes(probabilities), parity, doubtOf(probabilities)),
  };
}

/** For embedders whose bits come back exactly. @type {Correction} */
export const EXACT = { opening: reedSolomon(0), header: reedSolomon(0), body: [reedSolomon(0)] };

/** For nets. @type {Correction} */
export const REED_SOLOMON = {
  opening: reedSolomon(16),
  header: reedSolomon(8),
  body: [16, 32, 48, 64, 96, 128, 160, 192].map(reedSolomon),
};

/** For what is recompressed on its way. @type {Correction} */
export const SOFT = { opening: LDPC.at(-1), header: LDPC.at(-1), body: LDPC };

/** A byte is as doubtful as the least certain of its bits. */
function doubtOf(probabilities) {
  const doubt = new Float32Array(Math.ceil(probabilities.length / 8));
  for (let bit = 0; bit < probabilities.length; bit++) {
    const certain = 2 * Math.abs(probabilities[bit] - 0.5) || 0; // NaN: not known
    doubt[bit >> 3] = Math.max(doubt[bit >> 3], 1 - certain);
  }
  return doubt;
}

/**
 * The data of coded blocks. A block that cannot be corrected as it is, is tried again with its most
 * doubtful bytes as erasures. Throws Uncorrectable.
 * @param {Uint8Array} coded of a length that an encoding has
 * @param {number} parity bytes of a block
 * @param {Float32Array} [doubt] of each byte, larger where it is more likely wrong
 * @returns {Uint8Array}
 */
export function decode(coded, parity, doubt) {
  if (parity === 0) return coded;
  const count = Math.ceil(coded.length / BLOCK);
  const data = new Uint8Array(coded.length - count * parity);
  let from = 0;
  let to = 0;
  for (const size of sizes(data.length, count)) {
    const length = size + parity;
    const fixed = decodeBlock(
      coded.subarray(from, from + length),
      parity,
      doubt?.subarray(from, from + length),
    );
    data.set(fixed.subarray(0, -parity), to);
    from += length;
    to += length - parity;
  }
  return data;
}

/** How many blocks so many bytes of data take. */
export const blocksOf = (length, parity) => Math.ceil(length / (BLOCK - parity));

/**
 * The data's blocks, each with its parity behind it, joined.
 * @param {Uint8Array} data
 * @param {number} parity bytes of a block
 * @returns {Uint8Array}
 */
export function encode(data, parity) {
  const count = blocksOf(data.length, parity);
  if (count === 0 || parity === 0) return data;
  const coded = new Uint8Array(data.length + count * parity);
  let from = 0;
  let to = 0;
  for (const size of sizes(data.length, count)) {
    coded.set(encodeBlock(data.subarray(from, from + size), parity), to);
    from += size;
    to += size + parity;
  }
  return coded;
}

/** @param {Uint8Array} data of one block @param {number} parity @returns {Uint8Array} */
export function encodeBlock(data, parity) {
  let generator = Uint8Array.of(1);
  for (let root = 0; root < parity; root++) {
    generator = product(generator, Uint8Array.of(POWERS[root], 1));
  }
  const rest = new Uint8Array(data.length + parity);
  rest.set(data);
  for (let at = 0; at < data.length; at++) {
    const factor = rest[at];
    // the generator's highest coefficient comes first in the block
    for (let index = 0; index <= parity; index++) {
      rest[at + index] ^= times(factor, generator[parity - index]);
    }
  }
  rest.set(data);
  return rest;
}

/** Bytes of data of each block: they differ by one at most, the longer ones first. */
const sizes = (length, count) =>
  Array.from({ length: count }, (_, index) => Math.floor(length / count) + (index < length % count));

function decodeBlock(block, parity, doubt) {
  if (syndromesOf(block, parity).every((value) => value === 0)) return block;
  const doubtful = doubt ? byDoubt(doubt) : [];
  // erases only so many that some parity is left to tell right from wrong
  for (const quarters of doubt ? [0, 1, 2, 3] : [0]) {
    const erased = doubtful.slice(0, Math.floor((parity * quarters) / 4));
    const fixed = correctBlock(block, parity, erased);
    if (fixed === null) continue;
    const wrong = fixed.filter((byte, place) => byte !== block[place] && !erased.includes(place));
    if (2 * wrong.length + erased.length <= parity - (quarters ? SLACK : 0)) return fixed;
  }
  throw new Uncorrectable();
}

/** Places of a block, the most doubtful first; a doubt that is no number counts most. */
function byDoubt(doubt) {
  const known = Float32Array.from(doubt, (value) => (Number.isNaN(value) ? Infinity : value));
  return Array.from(known.keys()).sort((one, other) => known[other] - known[one] || one - other);
}

/**
 * The block with its errors corrected, or null. Syndromes, the error locator by Berlekamp and
 * Massey with the erasures put in first, its roots by trial, the values by Forney.
 * @param {Uint8Array} block
 * @param {number} parity
 * @param {number[]} erased places
 * @returns {Uint8Array | null}
 */
export function correctBlock(block, parity, erased) {
  const syndromes = syndromesOf(block, parity);
  const locator = locatorOf(syndromes, block.length, erased);
  const wrong = rootsOf(locator, block.length);
  if (wrong.length !== locator.length - 1) return null;
  const evaluator = product(syndromes, locator, parity);
  // the derivative has the odd powers only: in this field, twice anything is 0
  const slope = locator.slice(1).map((value, index) => (index % 2 ? 0 : value));
  const fixed = block.slice();
  for (const place of wrong) {
    const exponent = block.length - 1 - place;
    const inverse = POWERS[(ORDER - exponent) % ORDER];
    const below = valueAt(slope, inverse);
    if (below === 0) return null;
    const ratio = over(valueAt(evaluator, inverse), below);
    fixed[place] ^= times(POWERS[exponent], ratio); // times X, as the first root is 2^0
  }
  return syndromesOf(fixed, parity).every((value) => value === 0) ? fixed : null;
}

/** The block as a polynomial, its last byte for x^0, at 2^0, 2^1 and so on. */
function syndromesOf(block, parity) {
  const found = new Uint8Array(parity);
  for (let index = 0; index < parity; index++) {
    let value = 0;
    for (const byte of block) value = (value === 0 ? 0 : POWERS[LOGS[value] + index]) ^ byte;
    found[index] = value;
  }
  return found;
}

/** The polynomial that is 0 at the inverse of each wrong or erased place's power of 2. */
function locatorOf(syndromes, length, erased) {
  let locator = Uint8Array.of(1);
  for (const place of erased) {
    locator = product(locator, Uint8Array.of(1, POWERS[length - 1 - place]));
  }
  let before = locator;
  let degree = erased.length;
  for (let step = erased.length; step < syndromes.length; step++) {
    let discrepancy = 0;
    for (let index = 0; index < locator.length; index++) {
      if (index <= step) discrepancy ^= times(locator[index], syndromes[step - index]);
    }
    before = product(before, Uint8Array.of(0, 1));
    if (discrepancy === 0) continue;
    const grown = sum(locator, product(before, Uint8Array.of(discrepancy)));
    if (2 * degree <= step + erased.length) {
      degree = step + erased.length + 1 - degree;
      before = product(locator, Uint8Array.of(over(1, discrepancy)));
    }
    locator = grown;
  }
  return trimmed(locator);
}

function sum(one, other) {
  const found = new Uint8Array(Math.max(one.length, other.length));
  found.set(one);
  other.forEach((value, index) => (found[index] ^= value));
  return found;
}

function trimmed(polynomial) {
  let length = polynomial.length;
  while (length > 1 && polynomial[length - 1] === 0) length--;
  return polynomial.subarray(0, length);
}

/** The places of a block at which the locator is 0. */
function rootsOf(locator, length) {
  const found = [];
  for (let place = 0; place < length; place++) {
    const inverse = POWERS[(ORDER - (length - 1 - place)) % ORDER];
    if (valueAt(locator, inverse) === 0) found.push(place);
  }
  return found;
}
