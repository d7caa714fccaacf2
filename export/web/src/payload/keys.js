// Keys, their text forms and fingerprints (docs/format.md, section 7).
// No error text holds a part of a key.

import { sha256 } from '@noble/hashes/sha2.js';

import { ascii, concat, equal } from '../bytes.js';
import { Refused } from '../errors.js';
import { hkdf, publicOf } from './hpke.js';

/** What every derivation of the format begins with. */
export const DOMAIN = 'keystego-tf 1 ';

export const SHARED = 'keystego-shared-1';
export const SECRET = 'keystego-secret-1';
export const PUBLIC = 'keystego-public-1';

/** Characters of the longest text form that is read. */
export const MOST_TEXT = 4096;

const BODY_BYTES = { [SHARED]: 32, [SECRET]: 32, [PUBLIC]: 160 };
const CHECKSUM_BYTES = 4;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const NO_SALT = new Uint8Array(0);

/**
 * @typedef {{kind: 'passphrase', text: string}} Passphrase in NFC
 * @typedef {{kind: 'shared', secret: Uint8Array}} SharedKey 32 bytes
 * @typedef {{kind: 'secret', seed: Uint8Array, generator: string}} SecretKey 32 bytes
 * @typedef {{kind: 'public', x25519: Uint8Array, neural: Uint8Array, generator: string}} PublicKey
 *   32 bytes, and 128 bytes of key map
 * @typedef {Passphrase | SharedKey | SecretKey} ReadingKey
 */

/** @param {string} text @returns {Passphrase} */
export function passphrase(text) {
  if (!text) throw new Refused('The passphrase is empty.');
  // half a character has no UTF-8: two different passphrases would become the same bytes
  if (/\p{Cs}/u.test(text)) throw new Refused('The passphrase holds half a character.');
  return { kind: 'passphrase', text: text.normalize('NFC') };
}

/** The secret key of X25519. @param {SecretKey} key @returns {Uint8Array} 32 bytes */
export const x25519Secret = (key) => hkdf(key.seed, NO_SALT, ascii(DOMAIN + 'x25519'), 32);

/** The nets' secret key map. @param {SecretKey} key @returns {Uint8Array} 128 bytes */
export const neuralSecret = (key) => hkdf(key.seed, NO_SALT, ascii(DOMAIN + 'neural'), 128);

/**
 * The public half of a key pair.
 * @param {SecretKey} key
 * @param {Uint8Array} neural what the pK generator makes of the secret key map, 128 bytes
 * @returns {PublicKey}
 */
export const publicHalf = (key, neural) => ({
  kind: 'public',
  x25519: publicOf(x25519Secret(key)),
  neural,
  generator: key.generator,
});

/** 30 digits in 6 groups of 5. @param {PublicKey | SharedKey} key @returns {string} */
export function fingerprint(key) {
  const digest =
    key.kind === 'shared'
      ? hkdf(key.secret, NO_SALT, ascii(DOMAIN + 'fingerprint shared'), 32)
      : sha256(
          concat(ascii(`${DOMAIN}fingerprint public ${key.generator} `), key.x25519, key.neural),
        );
  const value = digest.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n) % 10n ** 30n;
  return value.toString().padStart(30, '0').match(/.{5}/g).join(' ');
}

/** The text form, without a line break. @param {SharedKey | SecretKey | PublicKey} key */
export function toText(key) {
  if (key.kind === 'shared') return textOf(SHARED, '', key.secret);
  if (key.kind === 'secret') return textOf(SECRET, key.generator, key.seed);
  return textOf(PUBLIC, key.generator, concat(key.x25519, key.neural));
}

const checksum = (kind, generator, body) =>
  sha256(concat(ascii(`${kind} ${generator} `), body)).subarray(0, CHECKSUM_BYTES);

function textOf(kind, generator, body) {
  const coded = toBase64(concat(body, checksum(kind, generator, body)));
  return [kind, generator, coded].filter(Boolean).join(' ');
}

/**
 * The key of a text form. Throws Refused with the rule that it breaks.
 * @param {string} text
 * @returns {SharedKey | SecretKey | PublicKey}
 */
export function parse(text) {
  if (text.length > MOST_TEXT || /[^\x00-\x7f]/.test(text)) {
    throw new Refused(`A key must be at most ${MOST_TEXT} characters of ASCII.`);
  }
  const [kind, ...words] = text.split(/[\t-\r\x1c- ]+/).filter(Boolean);
  if (!Object.hasOwn(BODY_BYTES, kind ?? '')) {
    throw new Refused(`A key must begin with ${SHARED}, ${SECRET} or ${PUBLIC}.`);
  }
  const generator = kind === SHARED ? '' : (words.shift() ?? '');
  if (kind !== SHARED && !/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(generator)) {
    throw new Refused("The key's pK generator id is missing or has characters it must not have.");
  }
  const body = decode(kind, generator, words.join(''));
  if (kind === SHARED) return { kind: 'shared', secret: body };
  if (kind === SECRET) return { kind: 'secret', seed: body, generator };
  return { kind: 'public', x25519: body.slice(0, 32), neural: body.slice(32), generator };
}

function decode(kind, generator, coded) {
  const letters = Math.ceil(((BODY_BYTES[kind] + CHECKSUM_BYTES) * 8) / 6);
  if (coded.length !== letters) {
    throw new Refused(`The key has ${coded.length} letters of base64url, but must have ${letters}.`);
  }
  if (!/^[A-Za-z0-9_-]*$/.test(coded)) {
    throw new Refused('The key holds a letter that is not of base64url.');
  }
  const content = fromBase64(coded);
  const body = content.slice(0, -CHECKSUM_BYTES);
  const sum = content.subarray(-CHECKSUM_BYTES);
  // one text for one key: bits of the last letter that stand for nothing must be 0
  if (toBase64(content) !== coded || !equal(sum, checksum(kind, generator, body))) {
    throw new Refused('The key has the wrong checksum: some letter of it was changed.');
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
