// The flat string of coded bits (docs/format.md, sections 5 and 6): the coded header, then the coded
// body, whitened. An embedder places its bits, and gives probabilities back.

import { concat, toBits, toBytes, xor } from '../bytes.js';
import { NothingThere } from '../errors.js';
import { BLOCK, blocksOf, decode, encode } from './correction.js';
import { stream } from './derivation.js';
import { HEADER_BYTES, MAX_SEALED, TAG_BYTES, seal, unpackHeader, unseal } from './frame.js';

/** @typedef {import('./correction.js').Correction} Correction */

/** Bits of a coded opening of so many bytes. @param {number} length @param {Correction} code */
export const openingBits = (length, code) => 8 * (length + code.opening);

/** Bits of the coded header. @param {Correction} code */
export const headerBits = (code) => 8 * (HEADER_BYTES + code.header);

/** Bits of the coded body of a sealed body of so many bytes. @param {Correction} code */
export function bodyBits(length, level, code) {
  const parity = code.body[level];
  return 8 * (length + parity * blocksOf(length, parity));
}

/** The longest message, as packed, whose coded body fits into so many bits, or below 0. */
export function room(bits, level, code) {
  const parity = code.body[level];
  const bytes = Math.floor(Math.max(bits, 0) / 8);
  const whole = Math.floor(bytes / BLOCK) * (BLOCK - parity);
  return Math.min(whole + Math.max(0, (bytes % BLOCK) - parity), MAX_SEALED) - TAG_BYTES;
}

/**
 * An opening as it is placed. @param {Uint8Array} opening @param {Uint8Array} locator
 * @param {string} embedder @param {Correction} code @returns {Uint8Array} bits
 */
export function codeOpening(opening, locator, embedder, code) {
  const coded = encode(opening, code.opening);
  return toBits(xor(coded, stream(locator, `${embedder} opening`, 0, coded.length)));
}

/**
 * The opening; NothingThere if it cannot be corrected.
 * @param {ArrayLike<number>} probabilities that its coded bits are 1
 * @param {Uint8Array} locator
 * @param {string} embedder
 * @param {Correction} code
 * @returns {Uint8Array}
 */
export function readOpening(probabilities, locator, embedder, code) {
  const mask = stream(locator, `${embedder} opening`, 0, probabilities.length / 8);
  return decoded(probabilities, mask, code.opening);
}

/**
 * The flat string of a message.
 * @param {import('./frame.js').Packed} packed
 * @param {Uint8Array} root
 * @param {number} level
 * @param {Correction} code
 * @returns {Uint8Array} bits
 */
export function compose(packed, root, level, code) {
  const { header, sealed } = seal(packed, root, level);
  const coded = concat(encode(header, code.header), encode(sealed, code.body[level]));
  return toBits(xor(coded, stream(root, 'whitening', 0, coded.length)));
}

/**
 * The header; NothingThere unless there is one.
 * @param {ArrayLike<number>} probabilities of the header's bits
 * @param {Uint8Array} root
 * @param {Correction} code
 * @returns {import('./frame.js').Header}
 */
export function readHeader(probabilities, root, code) {
  const mask = stream(root, 'whitening', 0, probabilities.length / 8);
  const header = unpackHeader(decoded(probabilities, mask, code.header));
  if (header.level >= code.body.length) throw new NothingThere();
  return header;
}

/**
 * The message; NothingThere unless there is one of this root.
 * @param {ArrayLike<number>} probabilities of the body's bits
 * @param {import('./frame.js').Header} header
 * @param {Uint8Array} root
 * @param {Correction} code
 * @returns {Promise<Uint8Array>}
 */
export async function readBody(probabilities, header, root, code) {
  const start = headerBits(code) / 8;
  const mask = stream(root, 'whitening', 0, start + probabilities.length / 8).subarray(start);
  return unseal(header, decoded(probabilities, mask, code.body[header.level]), root);
}

/** The data of whitened coded bits; a byte is as doubtful as the least certain of its bits. */
function decoded(probabilities, mask, parity) {
  const doubt = new Float32Array(mask.length);
  for (let bit = 0; bit < probabilities.length; bit++) {
    const certain = 2 * Math.abs(probabilities[bit] - 0.5) || 0; // NaN: not known
    doubt[bit >> 3] = Math.max(doubt[bit >> 3], 1 - certain);
  }
  return decode(xor(toBytes(probabilities), mask), parity, doubt);
}
