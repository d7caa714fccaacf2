// The same JPEG file with other luma coefficients: the segments, scans, restart intervals and
// Huffman tables of the file that was read. Tables that its encoder made by counting symbols are made
// anew in the same way, as others would give the change away.

import { concat } from '../bytes.js';
import { walk } from './decode.js';
import { codesOf, isStandard, optimal, parseTables, sameTable } from './huffman.js';
import { bitsOf, codeProgressive, magnitude, tablesOf } from './progressive.js';
import { DHT, DRI, SOS, ZIGZAG, damaged, kept, scanOf } from './segments.js';

/** Luma's coefficients of blocks that hold samples. @returns {Int16Array} [rows, columns, 64] */
export function lumaOf({ components: [{ rows, columns, stride, blocks }] }) {
  const values = new Int16Array(64 * rows * columns);
  for (let row = 0; row < rows; row++) {
    values.set(blocks.subarray(64 * row * stride, 64 * (row * stride + columns)), 64 * row * columns);
  }
  return values;
}

/**
 * @param {import('./decode.js').Jpeg} jpeg
 * @param {Int16Array} luma as of lumaOf
 * @returns {Uint8Array} the file
 */
export function encodeJpeg(jpeg, luma) {
  const scans = planOf(jpeg);
  const tables = scans.flatMap((scan) => [...scan.tables.values()]);
  count(scans, jpeg);
  for (const table of tables) {
    if (isStandard(table)) continue;
    table.byCount = [false, true].find((way) => sameTable(optimal(table.frequencies, way), table));
  }
  const [first, ...others] = jpeg.components;
  const changed = { ...jpeg, components: [{ ...first, blocks: padded(jpeg, luma) }, ...others] };
  for (const scan of scans) {
    for (const each of scan.components) {
      each.component = changed.components[jpeg.components.indexOf(each.component)];
    }
  }
  for (const table of tables) table.frequencies.fill(0);
  count(scans, changed);
  for (const table of new Set(tables)) {
    const lacks = table.frequencies.some((n, symbol) => n > 0 && !table.symbols.includes(symbol));
    if (table.byCount !== undefined || lacks) {
      Object.assign(table, optimal(table.frequencies, table.byCount ?? false));
    }
  }
  return concat(Uint8Array.of(0xff, 0xd8), ...written(jpeg, scans, changed), Uint8Array.of(0xff, 0xd9));
}

/** The scans with the tables that are in force, which segments of the same number define. */
function planOf(jpeg) {
  const scans = [];
  const inForce = new Map();
  let restart = 0;
  for (const segment of jpeg.segments) {
    const { marker, payload } = segment;
    if (marker === DRI) restart = (payload[0] << 8) | payload[1];
    if (marker === DHT) {
      segment.tables = parseTables(payload);
      for (const table of segment.tables) {
        inForce.set(table.where, Object.assign(table, { frequencies: new Float64Array(256) }));
      }
    }
    if (marker === SOS) {
      const scan = scanOf(payload, jpeg);
      const wheres = scan.components.flatMap((each) =>
        jpeg.progressive ? tablesOf(scan, each) : [each.dc, 0x10 | each.ac],
      );
      const tables = new Map(wheres.map((where) => [where, inForce.get(where)]));
      if ([...tables.values()].includes(undefined)) throw damaged('a Huffman table is missing');
      scans.push({ ...scan, segment, restart, tables });
    }
  }
  return scans;
}

function count(scans, jpeg) {
  for (const scan of scans) {
    const emit = (where, symbol) => {
      if (where !== null) scan.tables.get(where).frequencies[symbol]++;
    };
    code(scan, jpeg, emit, () => {});
  }
}

function* written(jpeg, scans, changed) {
  const stays = new Set(kept(jpeg.segments));
  for (const segment of stays) {
    let { payload } = segment;
    if (segment.tables) {
      payload = concat(
        ...segment.tables.map(({ where, counts, symbols }) => concat(Uint8Array.of(where), counts, symbols)),
      );
    }
    const length = payload.length + 2;
    yield Uint8Array.of(0xff, segment.marker, length >> 8, length & 0xff);
    yield payload;
    const scan = segment.marker === SOS && scans.find((each) => each.segment === segment);
    if (scan) yield coded(scan, changed);
  }
}

function coded(scan, jpeg) {
  const codes = new Map([...scan.tables].map(([where, table]) => [where, codesOf(table)]));
  const out = new Writer(jpeg.components.reduce((sum, { blocks }) => sum + blocks.length, 65536));
  const emit = (where, symbol, value, size) => {
    if (where !== null) {
      const { codes: bits, lengths } = codes.get(where);
      out.put(bits[symbol], lengths[symbol]);
    }
    if (size > 0) out.put(value & ((1 << size) - 1), size);
  };
  let number = 0;
  code(scan, jpeg, emit, () => out.restart(number++));
  return out.finished();
}

/** Calls emit(table, symbol, further bits, their count) for all that a scan codes. */
function code(scan, jpeg, emit, restarted) {
  if (jpeg.progressive) {
    codeProgressive(scan, jpeg, emit, restarted);
    return;
  }
  for (const each of scan.components) each.before = 0;
  const block = (each, at) => {
    const { blocks } = each.component;
    const difference = blocks[at] - each.before;
    each.before = blocks[at];
    const size = bitsOf(difference);
    emit(each.dc, size, magnitude(difference), size);
    const table = 0x10 | each.ac;
    let zeros = 0;
    for (let k = 1; k < 64; k++) {
      const value = blocks[at + ZIGZAG[k]];
      if (value === 0) {
        zeros++;
        continue;
      }
      for (; zeros > 15; zeros -= 16) emit(table, 0xf0, 0, 0);
      const length = bitsOf(value);
      emit(table, (zeros << 4) | length, magnitude(value), length);
      zeros = 0;
    }
    if (zeros > 0) emit(table, 0, 0, 0);
  };
  walk(scan, jpeg, scan.restart, block, () => {
    restarted();
    for (const each of scan.components) each.before = 0;
  });
}

/** Luma with the blocks that only fill up: as they were, or made again if libjpeg made them. */
function padded(jpeg, luma) {
  const [component] = jpeg.components;
  const { rows, columns, stride } = component;
  const place = (values, into) => {
    for (let row = 0; row < rows; row++) {
      const line = values.subarray(64 * row * columns, 64 * (row + 1) * columns);
      into.set(line, 64 * row * stride);
    }
    return into;
  };
  const before = filled(component, place(lumaOf(jpeg), new Int16Array(component.blocks.length)));
  const asLibjpeg = before.every((value, at) => value === component.blocks[at]);
  const after = place(luma, component.blocks.slice());
  return asLibjpeg ? filled(component, after) : after;
}

/** Blocks that fill up as libjpeg makes them: the DC of the block coded before, no AC. */
export function filled({ rows, columns, lines, stride, h }, blocks) {
  for (let row = 0; row < lines; row++) {
    for (let column = row < rows ? columns : 0; column < stride; column++) {
      const at = 64 * (row * stride + column);
      const last =
        row < rows ? at - 64 : 64 * ((row - 1) * stride + column - (column % h) + h - 1);
      blocks.fill(0, at, at + 64);
      blocks[at] = blocks[last];
    }
  }
  return blocks;
}

/** Bits to bytes, with a 0 stuffed behind each 255. */
class Writer {
  #bytes;
  #length = 0;
  #held = 0;
  #count = 0;

  /** @param {number} room bytes at first */
  constructor(room) {
    this.#bytes = new Uint8Array(room);
  }

  /** The lowest `size` bits of a number, 16 at most. */
  put(value, size) {
    if (size === 0) throw new Error('a symbol has no code');
    this.#held = (this.#held << size) | value;
    this.#count += size;
    while (this.#count >= 8) {
      this.#count -= 8;
      this.#byte((this.#held >> this.#count) & 0xff);
    }
    this.#held &= 0xff;
  }

  #byte(byte) {
    if (this.#length + 4 > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#bytes.length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = byte;
    if (byte === 0xff) this.#bytes[this.#length++] = 0;
  }

  #flush() {
    if (this.#count > 0) this.put((1 << (8 - this.#count)) - 1, 8 - this.#count);
  }

  /** A restart marker. @param {number} number of it */
  restart(number) {
    this.#flush();
    this.#bytes[this.#length++] = 0xff;
    this.#bytes[this.#length++] = 0xd0 + (number % 8);
  }

  finished() {
    this.#flush();
    return this.#bytes.subarray(0, this.#length);
  }
}
