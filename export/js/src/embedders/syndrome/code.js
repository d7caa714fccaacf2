// Bits that samples carry: syndromes of a convolutional code over the integers modulo 3
// (docs/format.md, section 7). Filler, Judas and Fridrich, "Minimizing additive distortion in
// steganography using syndrome-trellis codes", IEEE TIFS 6(3), 2011.

import { shake256 } from '@noble/hashes/sha3.js';

import { ascii } from '../../bytes.js';
import { bitsIn, toBitsOf, tritsFor } from './trits.js';

/** Trits of the message that one sample can change. */
export const HEIGHT = 8;

/** Samples of a block that act differently at most, up to so many trits, and of longer messages;
 *  the others repeat the first. */
export const COLUMNS = 32;
const MANY_TRITS = 65536;
const COLUMNS_OF_MANY = 12;

/** Seeds of the columns by their number, where that is not 0. */
const SEEDS = { 3: 24, 4: 1, 10: 12 };

/** Least number of samples for each trit. */
const LEAST_WIDTH = 3;

/** Samples a bit beyond which more hardly lower the cost. */
export const SAMPLES_PER_BIT = 64;

const known = new Map();

/** The most bits that some samples carry. @param {number} samples */
export const mostBits = (samples) => bitsIn(Math.floor(samples / LEAST_WIDTH));

/**
 * The bits that some samples carry.
 * @param {Uint8Array} values in their order
 * @param {number} count of bits
 * @param {boolean} [uniform] all bits are one group of trits
 * @returns {Uint8Array}
 */
export const extract = (values, count, uniform = false) =>
  toBitsOf(syndrome(values, tritsFor(count, uniform)), count, uniform);

/** The trits that samples carry. @param {Uint8Array} values @param {number} trits */
export function syndrome(values, trits) {
  const sums = new Int32Array(trits);
  const columns = columnsOf(values.length, trits);
  const starts = blockStarts(values.length, trits);
  for (let block = 0; block < trits; block++) {
    for (let at = starts[block]; at < starts[block + 1]; at++) {
      const residue = (values[at] + 3072) % 3; // coefficients are negative, too
      if (residue === 0) continue;
      const column = columns[(at - starts[block]) % columns.length];
      for (let reach = 0; reach < HEIGHT; reach++) {
        sums[(block + reach) % trits] += residue * column[reach];
      }
    }
  }
  return Uint8Array.from(sums, (sum) => sum % 3);
}

/** Block b is the samples from [b] up to [b + 1]. @returns {Uint32Array} [trits + 1] */
export function blockStarts(samples, trits) {
  const starts = new Uint32Array(trits + 1);
  const whole = Math.floor(samples / trits);
  const rest = samples % trits;
  // ceil(b * samples / trits) without numbers above 2^53: behind = b * rest - more * trits, <= 0
  for (let block = 1, more = 0, behind = 0; block <= trits; block++) {
    behind += rest;
    if (behind > 0) {
      behind -= trits;
      more++;
    }
    starts[block] = block * whole + more;
  }
  return starts;
}

/** The columns by which some samples carry some trits. @returns {Uint8Array[]} of HEIGHT trits */
export function columnsOf(samples, trits) {
  const most = trits > MANY_TRITS ? COLUMNS_OF_MANY : COLUMNS;
  const size = Math.min(Math.ceil(samples / Math.max(trits, 1)), most);
  if (!known.has(size)) known.set(size, makeColumns(size));
  return known.get(size);
}

function makeColumns(size) {
  const label = ascii(`keystego-tf syndrome columns ${size} ${SEEDS[size] ?? 0}`);
  const stream = shake256(label, { dkLen: 4096 });
  const found = new Map();
  for (let at = 0; at < stream.length && found.size < size; at += HEIGHT) {
    const column = stream.slice(at, at + HEIGHT).map((byte) => byte % 3);
    column[0] = 1;
    column[HEIGHT - 1] ||= 1;
    if (!found.has(column.join())) found.set(column.join(), column);
  }
  return [...found.values()];
}
