// A JPEG file as its quantised coefficients, baseline or progressive (ITU-T T.81, annexes F and G).
// A canvas would give samples, from which the coefficients cannot be had again.

import { decoderOf, parseTables } from './huffman.js';
import { DHT, DRI, SOS, ZIGZAG, damaged, frameOf, isRgb, quantisation, scanOf, split } from './segments.js';

/**
 * @typedef {object} Component
 * @property {number} rows of blocks that hold samples
 * @property {number} columns
 * @property {number} lines rows of blocks with those that only fill up
 * @property {number} stride columns with those
 * @property {Int16Array} blocks [lines, stride, 64], row-major within a block
 *
 * @typedef {object} Jpeg
 * @property {number} height
 * @property {number} width
 * @property {Component[]} components
 * @property {{rows: number, columns: number}} units
 * @property {boolean} progressive
 * @property {boolean} rgb red, green and blue, not luma and chroma
 * @property {import('./segments.js').Segment[]} segments
 * @property {Map<number, Uint16Array>} tables quantisation steps by number, row-major
 * @property {Uint16Array} table luma's
 */

/** @param {Uint8Array} file @returns {Jpeg} Refused for what is damaged or no common JPEG */
export function decodeJpeg(file) {
  const segments = split(file);
  const frame = frameOf(segments);
  const tables = quantisation(segments);
  for (const each of frame.components) {
    if (!tables.has(each.table)) throw damaged('a quantisation table is missing');
    each.blocks = new Int16Array(64 * each.lines * each.stride);
  }
  const codes = new Map();
  const seen = new Set();
  let restart = 0;
  for (const { marker, payload, data } of segments) {
    if (marker === DRI) restart = (payload[0] << 8) | payload[1];
    if (marker === DHT) {
      for (const each of parseTables(payload)) codes.set(each.where, decoderOf(each));
    }
    if (marker === SOS) {
      const scan = scanOf(payload, frame);
      decodeScan(scan, frame, codes, restart, new Bits(data));
      for (const { component } of scan.components) seen.add(component);
    }
  }
  if (seen.size < frame.components.length) throw damaged('a component is missing');
  const table = tables.get(frame.components[0].table);
  return { ...frame, rgb: isRgb(segments, frame), segments, tables, table };
}

/** Calls `visit` with each block of a scan in the order of coding, and `restarted` between intervals. */
export function walk({ components }, { units }, restart, visit, restarted) {
  const alone = components.length === 1;
  const rows = alone ? components[0].component.rows : units.rows;
  const columns = alone ? components[0].component.columns : units.columns;
  let left = restart || Infinity;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (left-- === 0) {
        restarted();
        left = restart - 1;
      }
      for (let index = 0; index < components.length; index++) {
        const { component } = components[index];
        const { h, v, stride } = component;
        if (alone) {
          visit(components[index], 64 * (row * stride + column));
          continue;
        }
        for (let y = 0; y < v; y++) {
          for (let x = 0; x < h; x++) {
            visit(components[index], 64 * ((row * v + y) * stride + column * h + x));
          }
        }
      }
    }
  }
}

function decodeScan(scan, frame, tables, restart, bits) {
  const { first, last, high, low } = scan;
  const run = { left: 0 }; // blocks to come without new coefficients in this band
  const needsDc = first === 0 && high === 0;
  for (const each of scan.components) {
    each.dcTable = tables.get(each.dc);
    each.acTable = tables.get(0x10 | each.ac);
    each.before = 0;
    if ((needsDc && !each.dcTable) || (last > 0 && !each.acTable)) {
      throw damaged('a Huffman table is missing');
    }
  }
  const block = (each, at) => {
    const { blocks } = each.component;
    if (first === 0) {
      if (high === 0) {
        each.before += bits.signed(bits.symbol(each.dcTable));
        blocks[at] = each.before << low;
      } else if (bits.take(1)) blocks[at] |= 1 << low;
    }
    if (last === 0) return;
    if (!frame.progressive) sequential(bits, each.acTable, blocks, at);
    else if (high === 0) firstPass(bits, each.acTable, blocks, at, scan, run);
    else refinement(bits, each.acTable, blocks, at, scan, run);
  };
  walk(scan, frame, restart, block, () => {
    bits.restart();
    run.left = 0;
    for (const each of scan.components) each.before = 0;
  });
}

function sequential(bits, table, blocks, at) {
  for (let k = 1; k < 64; k++) {
    const symbol = bits.symbol(table);
    const size = symbol & 15;
    if (size === 0) {
      if (symbol !== 0xf0) return;
      k += 15;
      continue;
    }
    k += symbol >> 4;
    if (k > 63) throw damaged('a block has too many coefficients');
    blocks[at + ZIGZAG[k]] = bits.signed(size);
  }
}

function firstPass(bits, table, blocks, at, { first, last, low }, run) {
  if (run.left > 0) {
    run.left--;
    return;
  }
  for (let k = Math.max(first, 1); k <= last; k++) {
    const symbol = bits.symbol(table);
    const size = symbol & 15;
    const zeros = symbol >> 4;
    if (size === 0 && zeros < 15) {
      run.left = (1 << zeros) - 1 + (zeros ? bits.take(zeros) : 0);
      return;
    }
    k += zeros;
    if (size === 0) continue;
    if (k > last) throw damaged('a block has too many coefficients');
    blocks[at + ZIGZAG[k]] = bits.signed(size) * (1 << low);
  }
}

function refinement(bits, table, blocks, at, { first, last, low }, run) {
  const step = 1 << low;
  const correct = (place) => {
    if (bits.take(1) && (blocks[place] & step) === 0) blocks[place] += blocks[place] > 0 ? step : -step;
  };
  let k = Math.max(first, 1);
  if (run.left === 0) {
    for (; k <= last; k++) {
      const symbol = bits.symbol(table);
      let zeros = symbol >> 4;
      let value = 0;
      if ((symbol & 15) === 1) value = bits.take(1) ? step : -step;
      else if (zeros < 15) {
        run.left = (1 << zeros) + (zeros ? bits.take(zeros) : 0);
        break;
      }
      for (; k <= last; k++) {
        const place = at + ZIGZAG[k];
        if (blocks[place] !== 0) correct(place);
        else if (zeros-- === 0) {
          if (value !== 0) blocks[place] = value;
          break;
        }
      }
    }
  }
  if (run.left > 0) {
    for (; k <= last; k++) if (blocks[at + ZIGZAG[k]] !== 0) correct(at + ZIGZAG[k]);
    run.left--;
  }
}

/** The bits of coded data, without stuffed bytes. */
class Bits {
  #data;
  #at = 0;
  #held = 0;
  #count = 0;
  /** Bytes that were asked for behind the end. */
  #behind = 0;

  /** @param {Uint8Array} data */
  constructor(data) {
    this.#data = data;
  }

  #fill() {
    while (this.#count <= 16) {
      const byte = this.#data[this.#at];
      let next = 0;
      if (byte === undefined || (byte === 0xff && this.#data[this.#at + 1] !== 0)) {
        if (++this.#behind > 16) throw damaged('coded data are missing');
      } else {
        next = byte;
        this.#at += byte === 0xff ? 2 : 1;
      }
      this.#held = ((this.#held << 8) | next) & 0xffffff;
      this.#count += 8;
    }
  }

  /** The next symbol of a table. @param {Uint16Array} table */
  symbol(table) {
    if (this.#count < 16) this.#fill();
    const found = table[(this.#held >> (this.#count - 16)) & 0xffff];
    if (found === 0) throw damaged('a code has no symbol');
    this.#count -= found >> 8;
    return found & 0xff;
  }

  /** So many bits, 16 at most, as a number. */
  take(size) {
    if (this.#count < size) this.#fill();
    this.#count -= size;
    return (this.#held >> this.#count) & ((1 << size) - 1);
  }

  /** A number of so many bits with a sign (table F.1). */
  signed(size) {
    if (size === 0) return 0;
    if (size > 15) throw damaged('a coefficient is too large');
    const value = this.take(size);
    return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
  }

  /** Go on behind the next restart marker. */
  restart() {
    this.#count = this.#behind = 0;
    const data = this.#data;
    while (data[this.#at] === 0xff && data[this.#at + 1] === 0xff) this.#at++;
    const marker = data[this.#at + 1];
    if (data[this.#at] !== 0xff || !(marker >= 0xd0 && marker <= 0xd7)) {
      throw damaged('a restart marker is missing');
    }
    this.#at += 2;
  }
}
