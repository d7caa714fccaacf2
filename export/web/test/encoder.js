// A plain Reed-Solomon encoder, for tests alone: the page only reads.

import { product, times, POWERS } from '../src/payload/field.js';

/** @param {Uint8Array} data of one block @param {number} parity @returns {Uint8Array} */
export function encodeBlock(data, parity) {
  let generator = Uint8Array.of(1);
  for (let root = 0; root < parity; root++) {
    generator = product(generator, Uint8Array.of(POWERS[root], 1));
  }
  const rest = new Uint8Array(data.length + parity);
  rest.set(data);
  for (let at = 0; at < data.length; at++) {
    const factor = rest[at];
    // the generator's highest coefficient comes first in the block
    for (let index = 0; index <= parity; index++) {
      rest[at + index] ^= times(factor, generator[parity - index]);
    }
  }
  rest.set(data);
  return rest;
}

/** @param {Uint8Array} data @param {number} parity @returns {Uint8Array} */
export function encode(data, parity) {
  const count = Math.ceil(data.length / (255 - parity));
  const coded = [];
  let from = 0;
  for (let index = 0; index < count; index++) {
    const length = Math.floor(data.length / count) + (index < data.length % count ? 1 : 0);
    coded.push(...encodeBlock(data.subarray(from, from + length), parity));
    from += length;
  }
  return Uint8Array.from(coded);
}
