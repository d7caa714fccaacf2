// Bits as digits of base 3, trits, and back (docs/format.md, section 7).

import { random } from '../../bytes.js';

/** Bits and trits of a group. */
const GROUP_BITS = 19;
const GROUP_TRITS = 12;

/** Trits that a uniform group has more. */
const UNIFORM_TRITS = 15;

/** The least number of trits that carry any bits: as many as a sample can change. */
const LEAST_TRITS = 8;

const POWERS = Array.from({ length: GROUP_TRITS }, (_, place) => 3 ** place);

/** The number of trits that carry some bits. @param {number} count @param {boolean} [uniform] */
export function tritsFor(count, uniform = false) {
  if (count === 0) return 0;
  if (uniform) return Math.max(leastTrits(count) + UNIFORM_TRITS, LEAST_TRITS);
  const whole = Math.floor(count / GROUP_BITS) * GROUP_TRITS;
  return Math.max(whole + leastTrits(count % GROUP_BITS), LEAST_TRITS);
}

/** The most bits that a number of trits carry. @param {number} trits */
export function bitsIn(trits) {
  if (trits < LEAST_TRITS) return 0;
  const rest = Math.floor(Math.log2(3 ** (trits % GROUP_TRITS)));
  return Math.floor(trits / GROUP_TRITS) * GROUP_BITS + rest;
}

/**
 * The trits that stand for bits; where several numbers do, chance chooses one.
 * @param {Uint8Array} bits
 * @param {boolean} uniform all bits are one group
 * @returns {Uint8Array}
 */
export function toTrits(bits, uniform) {
  const trits = new Uint8Array(tritsFor(bits.length, uniform));
  let at = 0;
  let from = 0;
  while (!uniform && from + GROUP_BITS <= bits.length) {
    let number = 0;
    for (const bit of bits.subarray(from, from + GROUP_BITS)) number = 2 * number + bit;
    const spare = 3 ** GROUP_TRITS - 1 - number >= 2 ** GROUP_BITS;
    if (spare && random(1)[0] & 1) number += 2 ** GROUP_BITS;
    for (const power of POWERS) trits[at++] = Math.floor(number / power) % 3;
    from += GROUP_BITS;
  }
  groupToTrits(bits.subarray(from), trits.subarray(at));
  return trits;
}

/**
 * The bits that trits stand for.
 * @param {Uint8Array} trits
 * @param {number} count of bits
 * @param {boolean} uniform
 * @returns {Uint8Array}
 */
export function toBitsOf(trits, count, uniform) {
  const bits = new Uint8Array(count);
  let at = 0;
  let to = 0;
  while (!uniform && to + GROUP_BITS <= count) {
    let number = 0;
    for (const power of POWERS) number += power * trits[at++];
    for (let place = GROUP_BITS - 1; place >= 0; place--) bits[to++] = (number >> place) & 1;
  }
  let number = 0n;
  for (let place = trits.length - 1; place >= at; place--) number = 3n * number + BigInt(trits[place]);
  for (let place = count - 1; place >= to; place--, number >>= 1n) bits[place] = Number(number & 1n);
  return bits;
}

/** Bits as one group, into as many trits as there are. */
function groupToTrits(bits, trits) {
  let number = 0n;
  for (const bit of bits) number = 2n * number + BigInt(bit);
  const size = BigInt(bits.length);
  const numbers = ((3n ** BigInt(trits.length) - 1n - number) >> size) + 1n;
  number += randomBelow(numbers) << size;
  for (let at = 0; at < trits.length; at++, number /= 3n) trits[at] = Number(number % 3n);
}

function leastTrits(count) {
  let trits = Math.floor(count / 1.585);
  while (3n ** BigInt(trits) < 1n << BigInt(count)) trits++;
  return trits;
}

/** 0 to limit - 1, all but equally likely. @param {bigint} limit @returns {bigint} */
function randomBelow(limit) {
  let value = 0n;
  for (const byte of random(Math.ceil(limit.toString(2).length / 8) + 8)) {
    value = (value << 8n) | BigInt(byte);
  }
  return value % limit;
}
