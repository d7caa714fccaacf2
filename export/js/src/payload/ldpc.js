// Quasi-cyclic LDPC codes with soft decisions, for data of any length (docs/format.md, section 5).
// Repeat-accumulate codes, decoded by min-sum with a factor.

import { toBits, toBytes } from '../bytes.js';
import { Uncorrectable } from '../errors.js';

const COLUMNS = 24;
const LEAST_SIZE = 16;
const SEED = 1;
const DRAWS = 64;
const ROUNDS = 60;
const LARGEST = 12;
const KNOWN = 1e4;

const times = (count, degree) => Array(count).fill(degree);

/** By rate, the highest first: the degrees of the data's columns, and the factor of decoding. */
const RATES = [
  { degrees: times(20, 4), factor: 0.75 }, // 5/6
  { degrees: times(18, 4), factor: 0.75 }, // 3/4
  { degrees: times(16, 4), factor: 0.75 }, // 2/3
  { degrees: [8, 8, 8, 8, 7, ...times(7, 3)], factor: 0.8 }, // 1/2
  { degrees: [12, 12, 9, ...times(5, 3)], factor: 0.9 }, // 1/3
  { degrees: [12, 12, ...times(4, 3)], factor: 0.9 }, // 1/4
  { degrees: times(4, 5), factor: 1 }, // 1/6
];

/** The level of rate 1/2. */
export const HALF = RATES.findIndex(({ degrees }) => 2 * degrees.length === COLUMNS);

/** The code of each rate, the weakest first. @type {import('./correction.js').Code[]} */
export const LDPC = RATES.map(codeOf);

/** @returns {import('./correction.js').Code} */
function codeOf({ degrees, factor }) {
  const data = degrees.length;
  const rows = COLUMNS - data;
  const sizeOf = (length) => Math.max(LEAST_SIZE, Math.ceil((8 * length) / data));
  const coded = (length) => 8 * length + rows * sizeOf(length);
  return {
    coded,
    room(bits) {
      let [low, high] = [-1, Math.floor(Math.max(bits, 0) / 8) + 1];
      while (high - low > 1) {
        const middle = Math.floor((low + high) / 2);
        [low, high] = coded(middle) <= bits ? [middle, high] : [low, middle];
      }
      return low;
    },
    encode(content) {
      const size = sizeOf(content.length);
      const bits = toBits(content);
      const result = new Uint8Array(bits.length + rows * size);
      result.set(bits);
      const parity = result.subarray(bits.length);
      for (const { row, column, shift } of circulants(degrees, size)) {
        for (let z = 0; z < size; z++) {
          parity[z * rows + row] ^= bits[column * size + ((z + shift) % size)] ?? 0;
        }
      }
      for (let at = 1; at < parity.length; at++) parity[at] ^= parity[at - 1];
      return result;
    },
    decode(probabilities, length) {
      const size = sizeOf(length);
      const filled = data * size - 8 * length;
      const odds = new Float32Array(COLUMNS * size + 1).fill(-KNOWN);
      for (let at = 0; at < probabilities.length; at++) {
        odds[at < 8 * length ? at : at + filled] = oddsOf(probabilities[at]);
      }
      const found = decoded(odds, checksOf(degrees, size), rows * size, factor);
      return toBytes(found.subarray(0, 8 * length));
    },
  };
}

/** Log-likelihood ratio of a bit, above 0 for a 1; 0 where nothing is known. */
function oddsOf(probability) {
  const likely = Number.isNaN(probability) ? 0.5 : probability;
  const odds = Math.log(Math.max(likely, 1e-9) / Math.max(1 - likely, 1e-9));
  return Math.min(Math.max(odds, -LARGEST), LARGEST);
}

/** The circulants of the data. Check z of a row adds bit (z + shift) % size of a column. */
function circulants(degrees, size) {
  const rows = COLUMNS - degrees.length;
  let state = SEED;
  const next = (below) => {
    state = (state * 48271) % 0x7fffffff;
    return state % below;
  };
  const name = (one, other, distance) => (one * COLUMNS + other) * size + ((distance + size) % size);
  const taken = new Set();
  for (let row = 0; row < rows; row++) {
    const [after, shift] = row === rows - 1 ? [0, 1 % size] : [row + 1, 0];
    taken.add(name(row, after, shift)).add(name(after, row, -shift));
  }
  const found = [];
  let order = [];
  for (const [column, degree] of degrees.entries()) {
    const own = [];
    for (let number = 0; number < degree; number++) {
      if (order.length === 0) order = shuffled(rows, next);
      const row = order.pop();
      let shift;
      let triples;
      for (let draw = 0; draw < DRAWS; draw++) {
        shift = next(size);
        triples = own.flatMap(({ row: other, shift: its }) => [
          name(row, other, shift - its),
          name(other, row, its - shift),
        ]);
        const free = triples.every((each) => !taken.has(each));
        if (free && new Set(triples).size === triples.length) break;
      }
      for (const each of triples) taken.add(each);
      own.push({ row, shift });
      found.push({ row, column, shift });
    }
  }
  return found;
}

function shuffled(count, next) {
  const order = Array.from({ length: count }, (_, row) => row);
  for (let last = count - 1; last > 0; last--) {
    const other = next(last + 1);
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

/** The numbers of the bits that each check adds, check after check; the last bit is a known 0. */
function checksOf(degrees, size) {
  const rows = COLUMNS - degrees.length;
  const byRow = Array.from({ length: rows }, () => []);
  for (const each of circulants(degrees, size)) byRow[each.row].push(each);
  const width = byRow[0].length + 2;
  const bits = new Int32Array(rows * size * width);
  for (let check = 0; check < rows * size; check++) {
    const z = Math.floor(check / rows);
    const start = check * width;
    byRow[check % rows].forEach(({ column, shift }, at) => {
      bits[start + at] = column * size + ((z + shift) % size);
    });
    bits[start + width - 2] = degrees.length * size + check;
    bits[start + width - 1] = check ? degrees.length * size + check - 1 : COLUMNS * size;
  }
  return bits;
}

/** The bits of a word, or Uncorrectable. */
function decoded(own, bits, count, factor) {
  const width = bits.length / count;
  const messages = new Float32Array(bits.length);
  let total = own.slice();
  for (let round = 0; round < ROUNDS; round++) {
    if (allMet(total, bits, width)) return total.map((odds) => (odds > 0 ? 1 : 0));
    const sums = own.slice();
    for (let start = 0; start < bits.length; start += width) {
      let [least, second, weakest, ones] = [Infinity, Infinity, start, 0];
      for (let at = start; at < start + width; at++) {
        const incoming = total[bits[at]] - messages[at];
        messages[at] = incoming;
        ones ^= incoming > 0 ? 1 : 0;
        const size = Math.abs(incoming);
        if (size < least) [second, least, weakest] = [least, size, at];
        else if (size < second) second = size;
      }
      for (let at = start; at < start + width; at++) {
        const odd = ones ^ (messages[at] > 0 ? 1 : 0);
        messages[at] = (odd ? factor : -factor) * (at === weakest ? second : least);
        sums[bits[at]] += messages[at];
      }
    }
    total = sums;
  }
  throw new Uncorrectable();
}

function allMet(total, bits, width) {
  for (let start = 0; start < bits.length; start += width) {
    let sum = 0;
    for (let at = start; at < start + width; at++) sum ^= total[bits[at]] > 0 ? 1 : 0;
    if (sum) return false;
  }
  return true;
}
