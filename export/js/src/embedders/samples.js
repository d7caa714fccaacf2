// Syndrome coding on the samples of an image, under HILL costs (docs/format.md, section 7), and what
// an embedder is.

import { EXACT } from '../payload/correction.js';
import { chosen } from '../payload/derivation.js';
import { codeOpening, headerBits, openingBits, readOpening } from '../payload/layout.js';
import { SAMPLES_PER_BIT, extract, mostBits } from './syndrome/code.js';
import { ofSamples } from './syndrome/costs.js';
import { embed } from './syndrome/search.js';

/** Least height and width, pixels. */
const LEAST = 64;

/** The parts of the samples that the opening and the header may take: one in so many. */
const OPENING_PART = 4;
const HEADER_PART = 16;

/** Bits of a body that is expected before its header is read. */
const LIKELY = 4096;

/**
 * @typedef {object} Samples as the image's file stores them
 * @property {number} height
 * @property {number} width
 * @property {number} channels 1 or 3, of coefficients 64 for each block
 * @property {Uint8Array | Int16Array} values [height, width, channels]
 *
 * @typedef {{content: Uint8Array, place: number}} Opening its bytes, and of nets the tile's number
 * @typedef {(share: number) => void} Progress
 *
 * @typedef {object} Embedder places the bits of the payload layer in an image, and reads them again
 * @property {string} name for users
 * @property {string} identity in every derivation of keys
 * @property {'symmetric' | 'asymmetric' | null} scheme null for either
 * @property {1 | 3 | null} channels null for either
 * @property {import('../payload/correction.js').Correction} correction
 * @property {(samples: {height: number, width: number, channels: number}, opening: number) => number}
 *   holds the most bits after an opening of so many bytes; negative where not even that fits
 * @property {(samples: Samples, locator: Uint8Array, length: number, progress: Progress) =>
 *   AsyncGenerator<Opening>} openings what may be an opening, the likeliest first
 * @property {(samples: Samples, opening: Opening, locator: Uint8Array, root: Uint8Array,
 *   first: number, count: number, progress: Progress) => Promise<ArrayLike<number>>} read
 *   probabilities that bits of the flat string are 1: the header's (first = 0), or the whole body's
 */

/** @implements {Embedder} */
export class SampleEmbedder {
  name = 'syndrome';
  identity = 'samples';
  scheme = null;
  channels = null;
  correction = EXACT;
  least = LEAST;
  limits = [0, 255];
  /** The longest secret order so far of a secret and label; a shorter one is its beginning. */
  #orders = new Map();

  holds({ height, width, channels }, opening) {
    if (Math.min(height, width) < this.least) return -1;
    const total = height * width * channels;
    const head = headerBits(EXACT);
    const taken = openingCount(total, openingBits(opening, EXACT)) + headerCount(total, head);
    return head + mostBits(total - taken);
  }

  async *openings(samples, locator, length) {
    const count = openingBits(length, EXACT);
    const numbers = this.openingSamples(samples.values.length, locator, count);
    const bits = extract(taken(samples, numbers), count, true);
    yield { content: readOpening(bits, locator, this.identity, EXACT, length), place: 0 };
  }

  async read(samples, opening, locator, root, first, count) {
    const body = first > 0 ? count : 0;
    const numbers = this.otherSamples(samples.values.length, opening.content, locator, root, body);
    return extract(taken(samples, first > 0 ? numbers.body : numbers.header), count);
  }

  /**
   * The stego samples.
   * @param {Samples} samples
   * @param {Uint8Array} opening
   * @param {Uint8Array} locator
   * @param {Uint8Array} root
   * @param {Uint8Array} bits the flat string
   * @param {Progress} [progress]
   * @returns {Promise<Uint8Array>} values, [height, width, channels]
   */
  async embed(samples, opening, locator, root, bits, progress = () => {}) {
    const coded = codeOpening(opening, locator, this.identity, EXACT);
    const head = headerBits(EXACT);
    const total = samples.values.length;
    const first = this.openingSamples(total, locator, coded.length);
    const { header, body } = this.otherSamples(total, opening, locator, root, bits.length - head);
    const costs = this.costs(samples);
    const values = samples.values.slice();
    const place = async (numbers, part, uniform, told) => {
      const cost = new Float32Array(numbers.length);
      for (let at = 0; at < cost.length; at++) cost[at] = costs[numbers[at]];
      const changed = await embed(taken(samples, numbers), cost, part, uniform, told, this.limits);
      numbers.forEach((number, at) => (values[number] = changed[at]));
    };
    await place(first, coded, true, () => {});
    await place(header, bits.subarray(0, head), false, () => {});
    await place(body, bits.subarray(head), false, progress);
    return values;
  }

  /** What it costs to change each sample by one. @param {Samples} samples @returns {Float32Array} */
  costs(samples) {
    return ofSamples(samples);
  }

  /** The most bits that are hidden in an image, as holds; negative where not even the header fits. */
  fits(samples, opening) {
    return this.holds(samples, opening);
  }

  /** Numbers of the samples that carry an opening of so many bits. @returns {Uint32Array} */
  openingSamples(total, locator, bits) {
    return this.#chosen(locator, `${this.identity} opening samples`, total, openingCount(total, bits));
  }

  /**
   * Numbers of the samples that carry the header, and a body of so many bits.
   * @param {number} total samples of the image
   * @param {Uint8Array} opening
   * @param {Uint8Array} locator
   * @param {Uint8Array} root
   * @param {number} bits
   * @returns {{header: Uint32Array, body: Uint32Array}}
   */
  otherSamples(total, opening, locator, root, bits) {
    const first = this.openingSamples(total, locator, openingBits(opening.length, EXACT));
    const heads = headerCount(total, headerBits(EXACT));
    const left = total - first.length - heads;
    const bodies = Math.min(SAMPLES_PER_BIT * bits, left);
    const isTaken = new Uint8Array(total);
    for (const number of first) isTaken[number] = 1;
    // most bodies are short: what the header is read with does for them as well
    const likely = Math.min(SAMPLES_PER_BIT * Math.max(bits, LIKELY), left);
    const free = this.#chosen(root, this.identity, total, first.length + heads + likely)
      .filter((number) => isTaken[number] === 0)
      .subarray(0, heads + bodies);
    return { header: free.subarray(0, heads), body: free.subarray(heads) };
  }

  #chosen(secret, label, total, count) {
    const name = `${label} ${total} ${secret.join()}`;
    if (!(this.#orders.get(name)?.length >= count)) {
      this.#orders.set(name, chosen(secret, label, total, count));
    }
    return this.#orders.get(name).subarray(0, count);
  }
}

const openingCount = (total, bits) =>
  Math.min(SAMPLES_PER_BIT * bits, Math.floor(total / OPENING_PART));

const headerCount = (total, bits) =>
  Math.min(SAMPLES_PER_BIT * bits, Math.floor(total / HEADER_PART));

function taken({ values }, numbers) {
  const found = new values.constructor(numbers.length);
  for (let at = 0; at < found.length; at++) found[at] = values[numbers[at]];
  return found;
}
