// The frame: from a header and a ciphertext to the message (docs/format.md, section 4).

import { chacha20poly1305 } from '@noble/ciphers/chacha.js';

import { concat, integer } from '../bytes.js';
import { NothingThere } from '../errors.js';
import { inflate } from './inflate.js';
import { derive } from './root.js';

const VERSION = 1;
const TAG_BYTES = 16;

/** Parity bytes of a block, by level of error correction. */
export const PARITY = [16, 32, 48, 64, 96, 128, 160, 192];

export const HEADER_BYTES = 4;

/** The longest message in bytes, also after inflating. */
export const MAX_MESSAGE = 64 * 2 ** 20;

/** @typedef {{deflated: boolean, level: number, length: number}} Header length: of the ciphertext */

/** @param {Uint8Array} content 4 bytes @returns {Header} NothingThere for what is none */
export function unpackHeader(content) {
  const length = (content[1] << 16) | (content[2] << 8) | content[3];
  if (content[0] >> 4 !== VERSION || length < TAG_BYTES) throw new NothingThere();
  return { deflated: (content[0] & 0x08) !== 0, level: content[0] & 0x07, length };
}

/** @param {Header} header @returns {Uint8Array} 4 bytes */
export const packHeader = ({ deflated, level, length }) =>
  concat(Uint8Array.of((VERSION << 4) | (deflated ? 0x08 : 0) | level), integer(length, 3));

/** Bits of the coded body. @param {Header} header @returns {number} */
export function cost({ length, level }) {
  const parity = PARITY[level];
  return 8 * (length + parity * Math.ceil(length / (255 - parity)));
}

/**
 * The message of a header and a ciphertext; NothingThere unless they were made with this root.
 * @param {Header} header
 * @param {Uint8Array} ciphertext
 * @param {Uint8Array} root
 * @returns {Promise<Uint8Array>}
 */
export async function unseal(header, ciphertext, root) {
  const packed = packHeader(header);
  const cipher = chacha20poly1305(derive(root, 'frame'), concat(packed, new Uint8Array(8)), packed);
  let content;
  try {
    content = cipher.decrypt(ciphertext);
  } catch {
    throw new NothingThere();
  }
  return header.deflated ? inflated(content) : content;
}

async function inflated(content) {
  const message = await inflate([content], 'deflate-raw', MAX_MESSAGE);
  // Something follows the end if the end is there without the last byte too. Browsers find that
  // themselves, some versions of Node do not.
  const early = await inflate([content.subarray(0, -1)], 'deflate-raw', MAX_MESSAGE);
  if (message === null || early !== null) throw new NothingThere();
  return message;
}
