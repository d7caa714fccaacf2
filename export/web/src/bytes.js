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

/** @param {Float32Array[]} parts @returns {Float32Array} */
export function concatFloats(parts) {
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** @param {Uint8Array} one @param {Uint8Array} other @returns {boolean} */
export const equal = (one, other) =>
  one.length === other.length && one.every((byte, index) => byte === other[index]);

/** @param {Uint8Array} one @param {Uint8Array} other as long as the first @returns {Uint8Array} */
export const xor = (one, other) => one.map((byte, index) => byte ^ other[index]);

/** @param {number} value @param {number} length at most 6 @returns {Uint8Array} big-endian */
export const integer = (value, length) =>
  Uint8Array.from({ length }, (_, index) => Math.floor(value / 256 ** (length - 1 - index)) % 256);

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
 * @param {ArrayLike<number>} values bits, or probabilities with a threshold of 0.5
 * @param {number} [threshold] a value above it is a 1
 * @returns {Uint8Array}
 */
export function toBytes(values, threshold = 0.5) {
  const content = new Uint8Array(Math.ceil(values.length / 8));
  for (let index = 0; index < values.length; index++) {
    if (values[index] > threshold) content[index >> 3] |= 0x80 >> (index & 7);
  }
  return content;
}
