// From a key to its locator, and to the root of one image (docs/format.md, section 3).

import { scryptAsync } from '@noble/hashes/scrypt.js';
import { sha256 } from '@noble/hashes/sha2.js';

import { ascii, concat, random } from '../bytes.js';
import { NothingThere } from '../errors.js';
import { DOMAIN, NO_SALT, hkdf } from './derivation.js';
import { decapsulate, encapsulate } from './exchange.js';
import { x25519Public, x25519Secret } from './keys.js';

/** Bytes of an opening by scheme. */
export const OPENING_BYTES = { symmetric: 16, asymmetric: 32 };

const SCRYPT = { N: 2 ** 17, r: 8, p: 1, dkLen: 32 };
const LOCATOR_SALT = concat(DOMAIN, ascii('locator'));

/**
 * @typedef {import('./keys.js').Key} Key
 * @typedef {(share: number) => void} Progress of a passphrase, which takes 128 MiB and a moment
 */

/** @param {Key} key @returns {'symmetric' | 'asymmetric'} */
export const schemeOf = ({ kind }) =>
  kind === 'secret' || kind === 'public' ? 'asymmetric' : 'symmetric';

/**
 * The locator of a key, the same for both halves of a pair.
 * @param {Key} key
 * @param {Progress} [progress]
 * @returns {Promise<Uint8Array>} 32 bytes
 */
export async function locatorOf(key, progress) {
  if (key.kind === 'passphrase') {
    return hkdf(await stretched(key, LOCATOR_SALT, progress), NO_SALT, 'locator passphrase');
  }
  if (key.kind === 'shared') return hkdf(key.secret, NO_SALT, 'locator shared');
  return hkdf(x25519Public(key), NO_SALT, 'locator pair');
}

/**
 * The root of the image with this opening. NothingThere for an opening that no sender makes.
 * @param {Key} key one that reads
 * @param {string} embedder its identity
 * @param {Uint8Array} opening
 * @param {Progress} [progress]
 * @returns {Promise<Uint8Array>} 32 bytes
 */
export async function rootOf(key, embedder, opening, progress) {
  if (opening.length !== OPENING_BYTES[schemeOf(key)]) {
    throw new RangeError(`the opening has ${opening.length} bytes`);
  }
  if (key.kind === 'passphrase') {
    const secret = await stretched(key, opening, progress);
    return hkdf(secret, opening, `root passphrase ${embedder} `);
  }
  if (key.kind === 'shared') return hkdf(key.secret, opening, `root shared ${embedder} `);
  let agreed;
  try {
    agreed = decapsulate(opening, x25519Secret(key));
  } catch {
    throw new NothingThere(); // a point of low order
  }
  return pairRoot(agreed, embedder, opening, key);
}

/**
 * A fresh opening for the holder of a key, and the root that belongs to it.
 * @param {Key} key one that hides
 * @param {string} embedder
 * @param {Progress} [progress]
 * @returns {Promise<{opening: Uint8Array, root: Uint8Array}>}
 */
export async function begin(key, embedder, progress) {
  if (key.kind === 'public') {
    const { opening, agreed } = encapsulate(key.x25519);
    return { opening, root: pairRoot(agreed, embedder, opening, key) };
  }
  const opening = random(OPENING_BYTES[schemeOf(key)]);
  return { opening, root: await rootOf(key, embedder, opening, progress) };
}

const pairRoot = (agreed, embedder, opening, key) =>
  hkdf(agreed, opening, concat(ascii(`root pair ${embedder} `), x25519Public(key)));

async function stretched(key, salt, progress = () => {}) {
  // hashed first: HMAC, which scrypt begins with, takes a long key and its hash for the same
  const text = new TextEncoder().encode(key.text);
  const password = sha256(concat(DOMAIN, ascii('passphrase '), text));
  return scryptAsync(password, salt, { ...SCRYPT, onProgress: progress });
}
