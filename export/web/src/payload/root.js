// What follows from a key and an image's opening: the root, streams and orders
// (docs/format.md, sections 2 and 3).

import { chacha20 } from '@noble/ciphers/chacha.js';
import { scryptAsync } from '@noble/hashes/scrypt.js';
import { shake256 } from '@noble/hashes/sha3.js';

import { ascii, concat, integer } from '../bytes.js';
import { NothingThere } from '../errors.js';
import { expand, exported, hkdf } from './hpke.js';
import { DOMAIN, x25519Secret } from './keys.js';

/** Bytes of an opening by scheme. */
export const OPENING_BYTES = { symmetric: 16, asymmetric: 32 };

/** The key map of every opening in the symmetric scheme, known to everybody: 128 bytes. */
export const OPENING_KEY = shake256(ascii(DOMAIN + 'opening'), { dkLen: 128 });

/** Tiles among which the sender chooses the opening tile. */
const CANDIDATES = 4;

const INFO = ascii(DOMAIN.trimEnd());
const ROOT_BYTES = 32;
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, dkLen: 32 };

/** @param {import('./keys.js').ReadingKey} key @returns {'symmetric' | 'asymmetric'} */
export const schemeOf = (key) => (key.kind === 'secret' ? 'asymmetric' : 'symmetric');

/**
 * The root of the image with this opening. NothingThere for an opening that no sender makes.
 * @param {import('./keys.js').ReadingKey} key
 * @param {Uint8Array} opening
 * @param {(share: number) => void} [progress] of a passphrase, which takes 128 MiB and a moment
 * @returns {Promise<Uint8Array>} 32 bytes
 */
export async function rootOf(key, opening, progress = () => {}) {
  if (opening.length !== OPENING_BYTES[schemeOf(key)]) {
    throw new RangeError(`the opening has ${opening.length} bytes`);
  }
  if (key.kind === 'secret') {
    try {
      return exported(opening, x25519Secret(key), INFO, ascii('root'), ROOT_BYTES);
    } catch {
      throw new NothingThere(); // a point of low order
    }
  }
  if (key.kind === 'shared') {
    return hkdf(key.secret, opening, ascii(DOMAIN + 'shared'), ROOT_BYTES);
  }
  const text = new TextEncoder().encode(key.text);
  const stretched = await scryptAsync(text, opening, { ...SCRYPT, onProgress: progress });
  return hkdf(stretched, opening, ascii(DOMAIN + 'passphrase'), ROOT_BYTES);
}

/** The 32-byte key for one purpose. @returns {Uint8Array} */
export const derive = (root, label) => expand(root, ascii(DOMAIN + label), 32);

/**
 * The first `count` bytes of the ChaCha20 key stream number `index` of a label.
 * @param {Uint8Array} root
 * @param {string} label
 * @param {number} index below 2^32: tiles are numbered
 * @param {number} count
 * @returns {Uint8Array}
 */
export function stream(root, label, index, count) {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setUint32(0, index, true);
  return chacha20(derive(root, label), nonce, new Uint8Array(count));
}

/** A secret order of `count` things: the numbers 0 to count - 1. @returns {Uint32Array} */
export const order = (root, label, count) => sorted(stream(root, label, 0, 8 * count));

/**
 * The tiles that may be the opening tile, first choice first.
 * @param {number} width of the image, pixels
 * @param {number} height
 * @param {number} tiles how many it has
 * @returns {number[]}
 */
export function candidates(width, height, tiles) {
  const seed = concat(ascii(DOMAIN + 'candidates'), integer(width, 4), integer(height, 4));
  return [...sorted(shake256(seed, { dkLen: 8 * tiles })).subarray(0, CANDIDATES)];
}

/**
 * The numbers of 64-bit little-endian words, the smallest word's first. A radix sort: a float has
 * no room for 64 bits, and equal words keep their order.
 */
function sorted(words) {
  const count = words.length / 8;
  const digits = new DataView(words.buffer, words.byteOffset, words.length);
  let found = Uint32Array.from({ length: count }, (_, index) => index);
  let next = new Uint32Array(count);
  for (let at = 0; at < 8; at += 2) {
    const starts = new Uint32Array(0x10001);
    for (let index = 0; index < count; index++) starts[digits.getUint16(8 * index + at, true) + 1]++;
    for (let digit = 0; digit < 0x10000; digit++) starts[digit + 1] += starts[digit];
    for (const index of found) next[starts[digits.getUint16(8 * index + at, true)]++] = index;
    [found, next] = [next, found];
  }
  return found;
}
