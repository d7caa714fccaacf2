// The scans of a progressive JPEG file (ITU-T T.81, annex G.1.2). Where the standard leaves a choice,
// as libjpeg's jcphuff.c does it.

import { walk } from './decode.js';
import { ZIGZAG } from './segments.js';

/** Longest run of ended bands, and most correction bits that libjpeg holds back. */
const LONGEST_RUN = 0x7fff;
const MOST_CORRECTIONS = 937;

/** The tables, by destination, that a component's part of a scan takes. */
export function tablesOf({ first, high }, { dc, ac }) {
  if (first > 0) return [0x10 | ac];
  return high > 0 ? [] : [dc];
}

/**
 * Calls emit(table, symbol, further bits, their count) for all that a scan codes; bits without a
 * symbol have the table null.
 */
export function codeProgressive(scan, jpeg, emit, restarted) {
  const coder = scan.first > 0 ? new Band(scan, emit) : new Dc(scan, emit);
  walk(scan, jpeg, scan.restart, (each, at) => coder.block(each, at), () => {
    coder.end();
    restarted();
  });
  coder.end();
}

export const bitsOf = (value) => 32 - Math.clz32(Math.abs(value));

/** Further bits of a value: of one below 0, those of the value less 1. */
export const magnitude = (value) => (value < 0 ? value - 1 : value);

class Dc {
  constructor({ components, high, low }, emit) {
    Object.assign(this, { components, high, low, emit });
    this.end();
  }

  block(each, at) {
    const value = each.component.blocks[at] >> this.low;
    if (this.high > 0) {
      this.emit(null, 0, value & 1, 1);
      return;
    }
    const difference = value - each.before;
    each.before = value;
    this.emit(each.dc, bitsOf(difference), magnitude(difference), bitsOf(difference));
  }

  end() {
    for (const each of this.components) each.before = 0;
  }
}

class Band {
  /** Blocks whose band has ended, and correction bits that follow their run. */
  #run = 0;
  #held = [];

  constructor({ components, first, last, high, low }, emit) {
    Object.assign(this, { first, last, high, low, emit, table: 0x10 | components[0].ac });
    this.sizes = new Uint16Array(last + 1);
  }

  block({ component: { blocks } }, at) {
    const { sizes } = this;
    for (let k = this.first; k <= this.last; k++) sizes[k] = Math.abs(blocks[at + ZIGZAG[k]]) >> this.low;
    // later zeros need no symbol of their own
    const lastNew = this.high > 0 ? sizes.lastIndexOf(1) : this.last;
    let zeros = 0;
    let corrections = [];
    const symbol = (value, bits, count) => {
      this.end();
      this.emit(this.table, value, bits, count);
      this.#put(corrections);
      corrections = [];
    };
    for (let k = this.first; k <= this.last; k++) {
      const size = sizes[k];
      if (size === 0) {
        zeros++;
        continue;
      }
      for (; zeros > 15 && k <= lastNew; zeros -= 16) symbol(0xf0, 0, 0);
      if (this.high > 0 && size > 1) {
        corrections.push(size & 1);
        continue;
      }
      const isBelow = blocks[at + ZIGZAG[k]] < 0;
      if (this.high > 0) symbol((zeros << 4) | 1, isBelow ? 0 : 1, 1);
      else symbol((zeros << 4) | bitsOf(size), magnitude(isBelow ? -size : size), bitsOf(size));
      zeros = 0;
    }
    if (zeros === 0 && corrections.length === 0) return;
    this.#run++;
    this.#held.push(...corrections);
    if (this.#run === LONGEST_RUN || this.#held.length > MOST_CORRECTIONS) this.end();
  }

  /** The run of ended bands, if there is one. */
  end() {
    if (this.#run === 0) return;
    const size = bitsOf(this.#run) - 1;
    this.emit(this.table, size << 4, this.#run, size);
    this.#put(this.#held);
    this.#run = 0;
    this.#held = [];
  }

  #put(bits) {
    for (const bit of bits) this.emit(null, 0, bit, 1);
  }
}
