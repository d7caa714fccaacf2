// Keys, their text forms and fingerprints (docs/format.md, section 2).
// No error text holds a part of a key.

import { sha256 } from '@noble/hashes/sha2.js';

import { ascii, concat, equal, random } from '../bytes.js';
import { Refused } from '../errors.js';
import { NO_SALT, hkdf } from './derivation.js';
import { checkPublic, publicOf } from './exchange.js';

const SHARED = 'keystego-shared-2';
const SECRET = 'keystego-secret-2';
const PUBLIC = 'keystego-public-2';

/** Characters of the longest text form that is read. */
export const MOST_TEXT = 4096;

const KEY_BYTES = 32;
const CHECKSUM_BYTES = 4;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
// 36 bytes make 48 characters, without padding and without bits left over
const CODED = ((KEY_BYTES + CHECKSUM_BYTES) * 8) / 6;

/**
 * @typedef {{kind: 'passphrase', text: string}} Passphrase in NFC
 * @typedef {{kind: 'shared', secret: Uint8Array}} SharedKey 32 bytes
 * @typedef {{kind: 'secret', seed: Uint8Array}} SecretKey 32 bytes
 * @typedef {{kind: 'public', x25519: Uint8Array}} PublicKey 32 bytes
 * @typedef {Passphrase | SharedKey | SecretKey | PublicKey} Key
 */

/** @param {string} text @returns {Passphrase} */
export function passphrase(text) {
  if (!text) throw new Refused('The passphrase is empty.');
  // half a character has no UTF-8: two different passphrases would become the same bytes
  if (/\p{Cs}/u.test(text)) throw new Refused('The passphrase holds half a character.');
  return { kind: 'passphrase', text: text.normalize('NFC') };
}

/** @returns {SharedKey} */
export const newSharedKey = () => ({ kind: 'shared', secret: random(KEY_BYTES) });

/** @returns {SecretKey} */
export const newSecretKey = () => ({ kind: 'secret', seed: random(KEY_BYTES) });

/** The secret key of X25519. @param {SecretKey} key @returns {Uint8Array} 32 bytes */
export const x25519Secret = (key) => hkdf(key.seed, NO_SALT, 'x25519');

/** The public key of X25519. @param {SecretKey | PublicKey} key @returns {Uint8Array} 32 bytes */
export const x25519Public = (key) =>
  key.kind === 'public' ? key.x25519 : publicOf(x25519Secret(key));

/** The public half of a key pair. @param {SecretKey} key @returns {PublicKey} */
export const publicHalf = (key) => ({ kind: 'public', x25519: x25519Public(key) });

/** 30 digits in 6 groups of 5. @param {PublicKey | SharedKey} key @returns {string} */
export function fingerprint(key) {
  const digest =
    key.kind === 'shared'
      ? hkdf(key.secret, NO_SALT, 'fingerprint shared')
      : hkdf(key.x25519, NO_SALT, 'fingerprint public');
  const value = digest.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n) % 10n ** 30n;
  return value.toString().padStart(30, '0').match(/.{5}/g).join(' ');
}

/** The text form, without a line break. @param {SharedKey | SecretKey | PublicKey} key */
export function toText(key) {
  if (key.kind === 'shared') return textOf(SHARED, key.secret);
  if (key.kind === 'secret') return textOf(SECRET, key.seed);
  return textOf(PUBLIC, key.x25519);
}

const textOf = (kind, body) => `${kind} ${toBase64(concat(body, checksum(kind, body)))}`;

const checksum = (kind, body) =>
  sha256(concat(ascii(`${kind} `), body)).subarray(0, CHECKSUM_BYTES);

/**
 * The key of a text form. Throws Refused with the rule that it breaks.
 * @param {string} text
 * @returns {SharedKey | SecretKey | PublicKey}
 */
export function parseKey(text) {
  if (text.length > MOST_TEXT || /[^\x00-\x7f]/.test(text)) {
    throw new Refused(`A key must be at most ${MOST_TEXT} characters of ASCII.`);
  }
  const [kind, ...words] = text.split(/[\t-\r\x1c- ]+/).filter(Boolean);
  if (![SHARED, SECRET, PUBLIC].includes(kind)) {
    throw new Refused(`A key must begin with ${SHARED}, ${SECRET} or ${PUBLIC}.`);
  }
  const body = decode(kind, words.join(''));
  if (kind === SHARED) return { kind: 'shared', secret: body };
  if (kind === SECRET) return { kind: 'secret', seed: body };
  checkPublic(body);
  return { kind: 'public', x25519: body };
}

function decode(kind, coded) {
  if (coded.length !== CODED) {
    throw new Refused(`The key has ${coded.length} characters of base64url, but must have ${CODED}.`);
  }
  if (!/^[A-Za-z0-9_-]*$/.test(coded)) {
    throw new Refused('The key holds a character that is not of base64url.');
  }
  const content = fromBase64(coded);
  const body = content.slice(0, -CHECKSUM_BYTES);
  if (!equal(content.subarray(-CHECKSUM_BYTES), checksum(kind, body))) {
    throw new Refused('The key has the wrong checksum: some character of it was changed.');
  }
  return body;
}

function toBase64(content) {
  let text = '';
  for (let at = 0; at < content.length; at += 3) {
    const [first, second = 0, third = 0] = content.subarray(at, at + 3);
    const word = (first << 16) | (second << 8) | third;
    for (let place = 18; place >= 0; place -= 6) text += LETTERS[(word >> place) & 63];
  }
  return text.slice(0, Math.ceil((content.length * 8) / 6));
}

function fromBase64(text) {
  const content = new Uint8Array(Math.floor((text.length * 6) / 8));
  let word = 0;
  let bits = 0;
  let at = 0;
  for (const letter of text) {
    word = ((word << 6) | LETTERS.indexOf(letter)) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      content[at++] = word >> bits;
    }
  }
  return content;
}
