// The cheapest changes by which samples come to carry given bits.

import { DoesNotFit } from '../../errors.js';
import { columnsOf, syndrome } from './code.js';
import { Trellis } from './trellis.js';
import { toTrits } from './trits.js';

/** Blocks that are settled at a time, and those behind them that are looked at before. */
const WINDOW = 96;
const AHEAD = 32;

/** Samples that the price of cost is worked out from, at most. */
const MOST = 4096;

/** Milliseconds of work between two signs of life. */
const PAUSE = 100;

/**
 * Samples that carry bits, each changed by -1, 0 or +1 within limits, at nearly the least summed
 * cost. DoesNotFit where too few may change.
 * @param {Uint8Array | Int16Array} values in random order: neighbours in the image should not be neighbours here
 * @param {Float32Array} cost of each, above 0
 * @param {Uint8Array} bits
 * @param {boolean} uniform makes the trits of random bits uniform
 * @param {(share: number) => void} [progress]
 * @param {number[]} [limits] least and greatest value
 * @returns {Promise<Uint8Array | Int16Array>}
 */
export async function embed(values, cost, bits, uniform, progress = () => {}, limits = [0, 255]) {
  const trits = toTrits(bits, uniform);
  const carried = syndrome(values, trits.length);
  const wanted = trits.map((trit, at) => (trit + 3 - carried[at]) % 3);
  const columns = columnsOf(values.length, trits.length);
  const price = priceOf(cost, bits.length);
  const trellis = new Trellis(values, cost, wanted, columns, price, WINDOW + AHEAD, limits);
  const start = cutState(trellis);
  let state = start;
  let told = performance.now();
  for (let first = 0; first < trits.length; first += WINDOW) {
    const isLast = first + WINDOW + AHEAD >= trits.length;
    const count = isLast ? trits.length - first : WINDOW + AHEAD;
    state = trellis.solve(first, count, state, isLast ? start : null, isLast ? count : WINDOW);
    if (isLast) break;
    if (performance.now() - told > PAUSE) {
      progress(first / trits.length);
      await new Promise((resume) => setTimeout(resume));
      told = performance.now();
    }
  }
  if (!trellis.allowed) {
    throw new DoesNotFit(
      'Too few pixels of the image may change to carry this message: most are black or white, or at their limits. Take ' +
        'another image.',
    );
  }
  return trellis.changed();
}

/** The trits form a ring. The best state where it is cut, as far as the blocks around it tell. */
function cutState(trellis) {
  const reach = Math.min(AHEAD, Math.floor(trellis.blocks / 2));
  return trellis.solve(trellis.blocks - reach, 2 * reach, null, null, reach, false);
}

/**
 * Nats for each unit of cost: lambda of the Gibbs distribution exp(-lambda cost) of changes whose
 * entropy is so many bits (Filler, Judas and Fridrich, 2011, section III).
 * @param {Float32Array} cost of +1 and of -1
 * @param {number} count of bits
 * @returns {number}
 */
export function priceOf(cost, count) {
  const stride = Math.ceil(cost.length / MOST);
  const some = cost.filter((_, at) => at % stride === 0);
  const target = (count * Math.LN2) / stride;
  const sorted = Float64Array.from(some).sort();
  let low = 0;
  let high = 1 / sorted[sorted.length >> 1];
  while (entropy(some, high) > target && high < 1e30) [low, high] = [high, 4 * high];
  for (let round = 0; round < 25; round++) {
    const middle = (low + high) / 2;
    if (entropy(some, middle) > target) low = middle;
    else high = middle;
  }
  return high;
}

/** Nats of the Gibbs distribution at a price. */
function entropy(cost, price) {
  let sum = 0;
  for (const each of cost) {
    const x = Math.min(price * each, 700);
    const weight = Math.exp(-x);
    const total = 1 + 2 * weight;
    sum += Math.log(total) + (2 * x * weight) / total;
  }
  return sum;
}
