// The frame: from a message to a header and a sealed body, and back (docs/format.md, section 4).

import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';

import { concat, equal, xor } from '../bytes.js';
import { NothingThere, Refused } from '../errors.js';
import { deflate, inflate } from './deflate.js';
import { derive, stream } from './derivation.js';

const VERSION = 2;

export const HEADER_BYTES = 4;
export const TAG_BYTES = 32;

/** The longest message in bytes, also after inflating. */
export const MAX_MESSAGE = 64 * 2 ** 20;

/** The longest sealed body: the header has 24 bits for the length. */
export const MAX_SEALED = 2 ** 24 - 1;

/**
 * @typedef {{deflated: boolean, level: number, length: number}} Header length: of the sealed body
 * @typedef {{content: Uint8Array, deflated: boolean}} Packed a message as it will be encrypted
 */

/** @param {Uint8Array} content 4 bytes @returns {Header} NothingThere for what is none */
export function unpackHeader(content) {
  const length = (content[1] << 16) | (content[2] << 8) | content[3];
  if (content[0] >> 4 !== VERSION || length < TAG_BYTES) throw new NothingThere();
  return { deflated: (content[0] & 0x08) !== 0, level: content[0] & 0x07, length };
}

/** @param {Header} header @returns {Uint8Array} 4 bytes */
export const packHeader = ({ deflated, level, length }) =>
  Uint8Array.of(
    (VERSION << 4) | (deflated ? 0x08 : 0) | level,
    length >> 16,
    (length >> 8) & 0xff,
    length & 0xff,
  );

/**
 * Deflate a message if that makes it shorter. Refused for one that is too long.
 * @param {Uint8Array} message
 * @returns {Promise<Packed>}
 */
export async function pack(message) {
  if (message.length > MAX_MESSAGE) {
    throw new Refused(`The message has ${message.length} bytes, but at most ${MAX_MESSAGE} are hidden.`);
  }
  const shorter = await deflate([message], 'deflate-raw');
  const deflated = shorter.length < message.length;
  const content = deflated ? shorter : message;
  if (content.length + TAG_BYTES > MAX_SEALED) {
    const most = MAX_SEALED - TAG_BYTES;
    throw new Refused(`The message has ${content.length} bytes, but at most ${most} are hidden.`);
  }
  return { content, deflated };
}

/**
 * The header and the sealed body of a message.
 * @param {Packed} packed
 * @param {Uint8Array} root of an image whose opening is used for this message alone
 * @param {number} level of error correction
 * @returns {{header: Uint8Array, sealed: Uint8Array}}
 */
export function seal({ content, deflated }, root, level) {
  const header = packHeader({ deflated, level, length: content.length + TAG_BYTES });
  const ciphertext = ciphered(content, root);
  return { header, sealed: concat(ciphertext, tag(header, ciphertext, root)) };
}

/**
 * The message of a header and a sealed body; NothingThere unless they were made with this root.
 * @param {Header} header
 * @param {Uint8Array} sealed
 * @param {Uint8Array} root
 * @returns {Promise<Uint8Array>}
 */
export async function unseal(header, sealed, root) {
  const ciphertext = sealed.subarray(0, -TAG_BYTES);
  const expected = tag(packHeader(header), ciphertext, root);
  if (sealed.length !== header.length || !equal(sealed.subarray(-TAG_BYTES), expected)) {
    throw new NothingThere();
  }
  const content = ciphered(ciphertext, root);
  return header.deflated ? inflated(content) : content;
}

// one message a root, so there is one stream; the same again takes it off
const ciphered = (content, root) => xor(content, stream(root, 'message', 0, content.length));

const tag = (header, ciphertext, root) =>
  hmac(sha256, derive(root, 'tag'), concat(header, ciphertext));

async function inflated(content) {
  const message = await inflate([content], 'deflate-raw', MAX_MESSAGE);
  // Something follows the end if the end is there without the last byte too. Browsers find that
  // themselves, some versions of Node do not.
  const early = await inflate([content.subarray(0, -1)], 'deflate-raw', MAX_MESSAGE);
  if (message === null || early !== null) throw new NothingThere();
  return message;
}
