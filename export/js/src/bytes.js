// Bytes and bits. Bits are Uint8Arrays of 0 and 1, from the highest of each byte to the lowest.

/** @param {string} text ASCII @returns {Uint8Array} */
export const ascii = (text) => new TextEncoder().encode(text);

/** @param {...Uint8Array} parts @returns {Uint8Array} */
export function concat(...parts) {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** @param {Uint8Array} one @param {Uint8Array} other @returns {boolean} in constant time */
export function equal(one, other) {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (let index = 0; index < one.length; index++) difference |= one[index] ^ other[index];
  return difference === 0;
}

/** @param {Uint8Array} one @param {Uint8Array} other as long as the first @returns {Uint8Array} */
export const xor = (one, other) => one.map((byte, index) => byte ^ other[index]);

/** @param {Uint8Array} content @returns {Uint8Array} 8 bits a byte */
export function toBits(content) {
  const bits = new Uint8Array(8 * content.length);
  for (let index = 0; index < bits.length; index++) {
    bits[index] = (content[index >> 3] >> (7 - (index & 7))) & 1;
  }
  return bits;
}

/**
 * Bytes of the bits that are set.
 * @param {ArrayLike<number>} values bits, or probabilities: a value above 0.5 is a 1
 * @returns {Uint8Array}
 */
export function toBytes(values) {
  const content = new Uint8Array(Math.ceil(values.length / 8));
  for (let index = 0; index < values.length; index++) {
    if (values[index] > 0.5) content[index >> 3] |= 0x80 >> (index & 7);
  }
  return content;
}

/** @param {number} length @returns {Uint8Array} random bytes */
export function random(length) {
  const content = new Uint8Array(length);
  // browsers give 65,536 bytes at a time
  for (let at = 0; at < length; at += 65536) {
    crypto.getRandomValues(content.subarray(at, at + 65536));
  }
  return content;
}
