// Syndrome coding on luma's quantised coefficients of a JPEG file (docs/format.md, section 7). Its
// "samples" are blocks in rows and columns with 64 coefficients each.

import { EXACT } from '../payload/correction.js';
import { headerBits } from '../payload/layout.js';
import { SampleEmbedder } from './samples.js';

/** Least rows and columns of blocks. */
const LEAST = 8;

/** Most bits of header and body for each AC coefficient that is not 0. */
const BITS_PER_NONZERO = 0.4;

/** A block without any texture costs as one whose energy is this. */
const LEAST_ENERGY = 2 ** -6;

export class CoefficientEmbedder extends SampleEmbedder {
  identity = 'coefficients';
  least = LEAST;
  limits = [-1023, 1023];

  costs(samples) {
    return uerd(samples);
  }

  fits(samples, opening) {
    let nonzero = 0;
    samples.values.forEach((value, at) => (nonzero += value !== 0 && at % 64 !== 0 ? 1 : 0));
    const most = Math.floor(BITS_PER_NONZERO * nonzero) - 8 * opening;
    const bits = Math.min(this.holds(samples, opening), most);
    return bits >= headerBits(EXACT) ? bits : -1;
  }
}

/**
 * UERD (Guo, Ni, Su, Tang and Shi, "Using statistical image model for JPEG steganography: uniform
 * embedding revisited", 2015, equation 4): the quantisation step over the energy of the block and a
 * quarter of its neighbours'. The Python package takes J-UNIWARD, which is
 * better and slower; readers need not know which.
 * @param {{height: number, width: number, values: Int16Array, table: Uint16Array}} samples
 * @returns {Float32Array} of the shape of the values
 */
export function uerd({ height, width, values, table }) {
  const energy = new Float32Array(height * width);
  for (let block = 0; block < energy.length; block++) {
    let sum = 0;
    for (let k = 1; k < 64; k++) sum += Math.abs(values[64 * block + k]) * table[k];
    energy[block] = sum;
  }
  const steps = Float32Array.from(table);
  steps[0] = (table[1] + table[8]) / 2;
  const costs = new Float32Array(values.length);
  const within = (at, count) => Math.min(Math.max(at, 0), count - 1); // edges are mirrored
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const own = energy[row * width + column];
      let around = -own;
      for (let y = -1; y <= 1; y++) {
        for (let x = -1; x <= 1; x++) {
          around += energy[within(row + y, height) * width + within(column + x, width)];
        }
      }
      const total = Math.max(own + 0.25 * around, LEAST_ENERGY);
      const at = 64 * (row * width + column);
      for (let k = 0; k < 64; k++) costs[at + k] = steps[k] / total;
    }
  }
  return costs;
}
