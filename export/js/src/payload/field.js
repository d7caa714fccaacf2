// The field GF(2^8) with the polynomial 0x11d and the generator 2, and polynomials over it.
// A polynomial is a Uint8Array, the coefficient of x^0 first.

export const ORDER = 255;

/** Powers of 2, twice over, so that sums of two logarithms need no modulo. */
export const POWERS = new Uint8Array(2 * ORDER);
export const LOGS = new Uint8Array(256);

for (let exponent = 0, value = 1; exponent < ORDER; exponent++) {
  POWERS[exponent] = POWERS[exponent + ORDER] = value;
  LOGS[value] = exponent;
  value = (value << 1) ^ (value & 0x80 ? 0x11d : 0);
}

/** @param {number} a @param {number} b @returns {number} */
export const times = (a, b) => (a === 0 || b === 0 ? 0 : POWERS[LOGS[a] + LOGS[b]]);

/** @param {number} a @param {number} b not 0 @returns {number} */
export const over = (a, b) => (a === 0 ? 0 : POWERS[LOGS[a] + ORDER - LOGS[b]]);

/** The product, cut off above x^(length - 1). @returns {Uint8Array} */
export function product(one, other, length = one.length + other.length - 1) {
  const found = new Uint8Array(length);
  for (let i = 0; i < one.length; i++) {
    for (let j = 0; j < other.length && i + j < length; j++) found[i + j] ^= times(one[i], other[j]);
  }
  return found;
}

/** The value at a place. @returns {number} */
export function valueAt(polynomial, place) {
  let value = 0;
  for (let index = polynomial.length - 1; index >= 0; index--) {
    value = times(value, place) ^ polynomial[index];
  }
  return value;
}
