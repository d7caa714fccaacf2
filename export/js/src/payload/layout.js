// The flat string of coded bits (docs/format.md, sections 5 and 6): the coded header, then the coded
// body, whitened. An embedder places its bits, and gives probabilities back.

import { concat, toBits, xor } from '../bytes.js';
import { NothingThere } from '../errors.js';
import { stream } from './derivation.js';
import { HEADER_BYTES, MAX_SEALED, TAG_BYTES, seal, unpackHeader, unseal } from './frame.js';

/** @typedef {import('./correction.js').Correction} Correction */

/** Bits of a coded opening of so many bytes. @param {number} length @param {Correction} code */
export const openingBits = (length, code) => code.opening.coded(length);

/** Bits of the coded header. @param {Correction} code */
export const headerBits = (code) => code.header.coded(HEADER_BYTES);

/** Bits of the coded body of a sealed body of so many bytes. */
export const bodyBits = (length, level, code) => code.body[level].coded(length);

/** The longest message, as packed, whose coded body fits into so many bits, or below 0. */
export const room = (bits, level, code) =>
  Math.min(code.body[level].room(bits), MAX_SEALED) - TAG_BYTES;

/**
 * An opening as it is placed. @param {Uint8Array} opening @param {Uint8Array} locator
 * @param {string} embedder @param {Correction} code @returns {Uint8Array} bits
 */
export function codeOpening(opening, locator, embedder, code) {
  const coded = code.opening.encode(opening);
  return xor(coded, maskOf(locator, `${embedder} opening`, 0, coded.length));
}

/**
 * The opening; NothingThere if it cannot be corrected.
 * @param {ArrayLike<number>} probabilities that its coded bits are 1
 * @param {Uint8Array} locator
 * @param {string} embedder
 * @param {Correction} code
 * @param {number} length of the opening in bytes
 * @returns {Uint8Array}
 */
export function readOpening(probabilities, locator, embedder, code, length) {
  const mask = maskOf(locator, `${embedder} opening`, 0, probabilities.length);
  return decoded(probabilities, mask, code.opening, length);
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
  const coded = concat(code.header.encode(header), code.body[level].encode(sealed));
  return xor(coded, maskOf(root, 'whitening', 0, coded.length));
}

/**
 * The header; NothingThere unless there is one.
 * @param {ArrayLike<number>} probabilities of the header's bits
 * @param {Uint8Array} root
 * @param {Correction} code
 * @returns {import('./frame.js').Header}
 */
export function readHeader(probabilities, root, code) {
  const mask = maskOf(root, 'whitening', 0, probabilities.length);
  const header = unpackHeader(decoded(probabilities, mask, code.header, HEADER_BYTES));
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
  const mask = maskOf(root, 'whitening', headerBits(code), probabilities.length);
  const body = code.body[header.level];
  return unseal(header, decoded(probabilities, mask, body, header.length), root);
}

/** `count` bits of a stream from the bit `first` on. */
function maskOf(secret, label, first, count) {
  const content = stream(secret, label, 0, Math.ceil((first + count) / 8));
  return toBits(content).subarray(first, first + count);
}

/** The data of whitened coded bits. */
function decoded(probabilities, mask, code, length) {
  const likely = Float32Array.from(mask, (bit, at) => (bit ? 1 - probabilities[at] : probabilities[at]));
  return code.decode(likely, length);
}
