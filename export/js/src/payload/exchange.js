// The key exchange: X25519 with an ephemeral public key that looks like random bytes
// (docs/format.md, section 3). Elligator 2: Bernstein, Hamburg, Krasnova and Lange, "Elligator:
// elliptic-curve points indistinguishable from uniform random strings", 2013.
//
// The arithmetic is BigInt's, which takes no constant time. That matters to others who run on the
// same processor and can measure it, for the ephemeral key of one image alone.

import { ED25519_TORSION_SUBGROUP, ed25519, x25519 } from '@noble/curves/ed25519.js';
import { hexToBytes } from '@noble/hashes/utils.js';

import { random } from '../bytes.js';
import { Refused } from '../errors.js';

const KEY_BYTES = 32;

const { Point } = ed25519;
const { Fp } = Point;
const A = 486662n;
const TORSION = ED25519_TORSION_SUBGROUP.map((hex) => Point.fromBytes(hexToBytes(hex), true));

/** The X25519 public key of a secret key, 32 bytes each. @returns {Uint8Array} */
export const publicOf = (secretKey) => x25519.getPublicKey(secretKey);

/** Refused for a public key that is not canonical or of low order. @param {Uint8Array} publicKey */
export function checkPublic(publicKey) {
  if (numberOf(publicKey) >= Fp.ORDER) {
    throw new Refused('The public key is damaged: it is not canonical.');
  }
  try {
    x25519.getSharedSecret(new Uint8Array(KEY_BYTES).fill(9), publicKey);
  } catch {
    throw new Refused('The public key is of low order: it gives the same secret to everybody.');
  }
}

/**
 * The sender's side.
 * @param {Uint8Array} publicKey
 * @returns {{opening: Uint8Array, agreed: Uint8Array}} 32 random-looking bytes for the receiver,
 *   and the secret that both sides have
 */
export function encapsulate(publicKey) {
  for (;;) {
    const secretKey = random(KEY_BYTES);
    const opening = stringOf(dirtyPoint(secretKey, random(1)[0] % 8), random(1)[0]);
    if (opening) return { opening, agreed: x25519.getSharedSecret(secretKey, publicKey) };
  }
}

/**
 * The receiver's side. Throws for an opening that stands for a point of low order.
 * @param {Uint8Array} opening
 * @param {Uint8Array} secretKey
 * @returns {Uint8Array} the secret that both sides have
 */
export const decapsulate = (opening, secretKey) =>
  x25519.getSharedSecret(secretKey, pointOf(opening));

/** The public key that an opening stands for. @param {Uint8Array} opening @returns {Uint8Array} */
export function pointOf(opening) {
  const r = Fp.create(numberOf(opening) & (2n ** 254n - 1n));
  let u = Fp.neg(Fp.div(A, Fp.add(1n, Fp.mul(2n, Fp.sqr(r)))));
  // u^3 + A u^2 + u
  const right = Fp.mul(u, Fp.add(Fp.mul(u, Fp.add(u, A)), 1n));
  if (!isSquare(right)) u = Fp.neg(Fp.add(A, u));
  return bytesOf(u);
}

/** u of a secret key's point plus one of the eight points of low order. */
function dirtyPoint(secretKey, low) {
  const clamped = secretKey.slice();
  clamped[0] &= 248;
  clamped[31] = (clamped[31] & 127) | 64;
  const { y } = Point.BASE.multiply(numberOf(clamped) % Point.Fn.ORDER).add(TORSION[low]).toAffine();
  return Fp.div(Fp.add(1n, y), Fp.sub(1n, y));
}

/**
 * A string that stands for a point, or null: half of the points have two, up to the sign.
 * @param {bigint} u
 * @param {number} chance a random byte: which string, and the two bits that it leaves free
 * @returns {Uint8Array | null}
 */
export function stringOf(u, chance) {
  const other = Fp.add(u, A);
  const product = Fp.mul(-2n, Fp.mul(u, other));
  if (Fp.is0(product) || !isSquare(product)) return null;
  const [above, below] = chance & 1 ? [u, other] : [other, u];
  const r = Fp.sqrt(Fp.div(Fp.neg(above), Fp.mul(2n, below)));
  const string = bytesOf(2n * r < Fp.ORDER ? r : Fp.neg(r));
  string[31] |= chance & 0xc0;
  return string;
}

const isSquare = (value) => Fp.pow(value, (Fp.ORDER - 1n) / 2n) <= 1n;

/** @param {Uint8Array} content little-endian @returns {bigint} */
function numberOf(content) {
  return content.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** @param {bigint} value @returns {Uint8Array} 32 bytes, little-endian */
const bytesOf = (value) =>
  Uint8Array.from({ length: KEY_BYTES }, (_, index) => Number((value >> BigInt(8 * index)) & 255n));
