// Key derivation, streams and secret orders (docs/format.md, section 1).

import { chacha20 } from '@noble/ciphers/chacha.js';
import { expand, hkdf as plainHkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';

import { ascii, concat } from '../bytes.js';

/** What every derivation of the format, version 2, begins with. */
export const DOMAIN = ascii('keystego-tf 2 ');

export const NO_SALT = new Uint8Array(0);

/** Bytes of a key stream that are made at a time: whole blocks of ChaCha20, of 64 bytes. */
const CHUNK = 2 ** 20;

/** HKDF-SHA-256: 32 bytes. @param {string | Uint8Array} info @returns {Uint8Array} */
export const hkdf = (secret, salt, info) =>
  plainHkdf(sha256, secret, salt, concat(DOMAIN, bytesOf(info)), 32);

/** The 32-byte key for one purpose. @returns {Uint8Array} */
export const derive = (secret, label) => expand(sha256, secret, concat(DOMAIN, ascii(label)), 32);

/**
 * The first `count` bytes of the ChaCha20 key stream number `index` of a label.
 * @param {Uint8Array} secret
 * @param {string} label
 * @param {number} index below 2^32: tiles are numbered
 * @param {number} count
 * @returns {Uint8Array}
 */
export function stream(secret, label, index, count) {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setUint32(0, index, true);
  return chacha20(derive(secret, label), nonce, new Uint8Array(count));
}

/**
 * The first `count` of the numbers below `total` in a secret order.
 * @param {Uint8Array} secret
 * @param {string} label
 * @param {number} total
 * @param {number} count
 * @returns {Uint32Array}
 */
export function chosen(secret, label, total, count) {
  // Only words below this bound are sorted. All but never are they too few.
  const bound = Math.floor((2 ** 32 / Math.max(total, 1)) * (count + 8 * Math.sqrt(count) + 16));
  let found = below(secret, label, total, bound);
  if (found.size < count) found = below(secret, label, total, 2 ** 32);
  return sorted(found).subarray(0, count);
}

/** The numbers whose words lie below a bound, ascending, and these words. */
function below(secret, label, total, bound) {
  const key = derive(secret, label);
  const nonce = new Uint8Array(12);
  const zeros = new Uint8Array(Math.min(CHUNK, 64 * Math.ceil(total / 16)));
  const content = new Uint8Array(zeros.length);
  const view = new DataView(content.buffer);
  const expected = Math.min(1, bound / 2 ** 32) * total;
  const most = Math.min(total, Math.ceil(expected + 10 * Math.sqrt(expected) + 100));
  const numbers = new Uint32Array(most);
  const words = new Uint32Array(most);
  let size = 0;
  for (let first = 0; first < total; first += CHUNK / 4) {
    chacha20(key, nonce, zeros, content, first / 16);
    const count = Math.min(CHUNK / 4, total - first);
    for (let index = 0; index < count; index++) {
      const word = view.getUint32(4 * index, true);
      if (word >= bound) continue;
      numbers[size] = first + index;
      words[size++] = word;
    }
  }
  return { numbers, words, size };
}

/** The numbers by their words, equal words by number: a radix sort keeps their order. */
function sorted({ numbers, words, size }) {
  let [from, keys] = [numbers.subarray(0, size), words.subarray(0, size)];
  let [to, nextKeys] = [new Uint32Array(size), new Uint32Array(size)];
  for (let shift = 0; shift < 32; shift += 11) {
    const starts = new Uint32Array(2049);
    for (let at = 0; at < size; at++) starts[((keys[at] >>> shift) & 2047) + 1]++;
    for (let digit = 0; digit < 2048; digit++) starts[digit + 1] += starts[digit];
    for (let at = 0; at < size; at++) {
      const place = starts[(keys[at] >>> shift) & 2047]++;
      to[place] = from[at];
      nextKeys[place] = keys[at];
    }
    [from, to] = [to, from];
    [keys, nextKeys] = [nextKeys, keys];
  }
  return from;
}

const bytesOf = (info) => (typeof info === 'string' ? ascii(info) : info);
