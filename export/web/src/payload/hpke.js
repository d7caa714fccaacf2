// HPKE (RFC 9180) as far as the format needs it: base mode, DHKEM(X25519, HKDF-SHA256),
// HKDF-SHA256, export-only. The receiver's side alone, since the page only reads.

import { x25519 } from '@noble/curves/ed25519.js';
import { expand as hkdfExpand, extract as hkdfExtract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';

import { ascii, concat, integer } from '../bytes.js';

const KEM_SUITE = concat(ascii('KEM'), integer(0x0020, 2));
// KEM, KDF and the id that stands for no cipher: only secrets are exported
const SUITE = concat(ascii('HPKE'), integer(0x0020, 2), integer(0x0001, 2), integer(0xffff, 2));
const BASE_MODE = Uint8Array.of(0);
const NONE = new Uint8Array(0);

/** HKDF-Expand with SHA-256. @returns {Uint8Array} */
export const expand = (key, info, length) => hkdfExpand(sha256, key, info, length);

/** HKDF with SHA-256. @returns {Uint8Array} */
export const hkdf = (secret, salt, info, length) =>
  expand(hkdfExtract(sha256, secret, salt), info, length);

const labeledExtract = (suite, salt, label, secret) =>
  hkdfExtract(sha256, concat(ascii('HPKE-v1'), suite, ascii(label), secret), salt);

const labeledExpand = (suite, key, label, info, length) =>
  expand(key, concat(integer(length, 2), ascii('HPKE-v1'), suite, ascii(label), info), length);

/** The X25519 public key of a secret key, 32 bytes each. @returns {Uint8Array} */
export const publicOf = (secretKey) => x25519.getPublicKey(secretKey);

/**
 * The secret that `enc` brings to the owner of a secret key (SetupBaseR, then Export).
 * Throws for an `enc` with which every secret key gives the same.
 * @param {Uint8Array} enc 32 bytes
 * @param {Uint8Array} secretKey of X25519, 32 bytes
 * @param {Uint8Array} info
 * @param {Uint8Array} context of the export
 * @param {number} length
 * @returns {Uint8Array}
 */
export function exported(enc, secretKey, info, context, length) {
  const agreed = x25519.getSharedSecret(secretKey, enc);
  const kemKey = labeledExtract(KEM_SUITE, NONE, 'eae_prk', agreed);
  const kemContext = concat(enc, publicOf(secretKey));
  const shared = labeledExpand(KEM_SUITE, kemKey, 'shared_secret', kemContext, 32);
  const noPsk = labeledExtract(SUITE, NONE, 'psk_id_hash', NONE);
  const schedule = concat(BASE_MODE, noPsk, labeledExtract(SUITE, NONE, 'info_hash', info));
  const secret = labeledExtract(SUITE, shared, 'secret', NONE);
  const exporter = labeledExpand(SUITE, secret, 'exp', schedule, 32);
  return labeledExpand(SUITE, exporter, 'sec', context, length);
}
