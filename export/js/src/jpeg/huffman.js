// Huffman tables of JPEG (ITU-T T.81, annexes C and K).

import { Refused } from '../errors.js';

/**
 * @typedef {object} Table
 * @property {number} where class (high half) and destination (low half)
 * @property {Uint8Array} counts codes of 1 to 16 bits
 * @property {Uint8Array} symbols in order of their codes
 */

/** The tables of a DHT segment, in their order. @param {Uint8Array} payload @returns {Table[]} */
export function parseTables(payload) {
  const tables = [];
  for (let at = 0; at < payload.length; ) {
    const counts = payload.slice(at + 1, at + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const symbols = payload.slice(at + 17, at + 17 + total);
    const room = counts.reduce((sum, count, length) => sum + count * 2 ** (15 - length), 0);
    if (counts.length < 16 || symbols.length < total || total > 256 || room > 65536) {
      throw new Refused('This JPEG is damaged: a Huffman table is cut off or impossible.');
    }
    tables.push({ where: payload[at], counts, symbols });
    at += 17 + total;
  }
  return tables;
}

/** What each 16 bits begin with: length << 8 | symbol, 0 for no code. @param {Table} table */
export function decoderOf({ counts, symbols }) {
  const found = new Uint16Array(65536);
  let at = 0;
  let code = 0;
  for (let length = 1; length <= 16; length++) {
    const span = 2 ** (16 - length);
    for (let number = 0; number < counts[length - 1]; number++) {
      found.fill((length << 8) | symbols[at++], code, code + span);
      code += span;
    }
  }
  return found;
}

/** Code and length of each symbol, length 0 if it has none. @param {Table} table */
export function codesOf({ counts, symbols }) {
  const codes = new Uint16Array(256);
  const lengths = new Uint8Array(256);
  let at = 0;
  let code = 0;
  for (let length = 1; length <= 16; length++, code <<= 1) {
    for (let number = 0; number < counts[length - 1]; number++, code++) {
      codes[symbols[at]] = code;
      lengths[symbols[at++]] = length;
    }
  }
  return { codes, lengths };
}

/**
 * The table that an encoder makes for counts of symbols (annex K.2): ties go to the larger symbol,
 * and a symbol that is not used reserves the code of all ones.
 * @param {Float64Array} frequencies [256]
 * @param {boolean} byCount hand out codes by falling count, as some encoders, not by length
 * @returns {{counts: Uint8Array, symbols: Uint8Array}}
 */
export function optimal(frequencies, byCount) {
  const trees = [{ weight: 1, symbol: 256, members: [256] }];
  frequencies.forEach((weight, symbol) => {
    if (weight > 0) trees.push({ weight, symbol, members: [symbol] });
  });
  const lengths = new Map(trees.map(({ symbol }) => [symbol, 0]));
  const takeLeast = () => {
    let least = 0;
    trees.forEach(({ weight, symbol }, at) => {
      const { weight: best, symbol: other } = trees[least];
      if (weight < best || (weight === best && symbol > other)) least = at;
    });
    return trees.splice(least, 1)[0];
  };
  while (trees.length > 1) {
    const low = takeLeast();
    const other = takeLeast();
    const members = [...low.members, ...other.members];
    for (const symbol of members) lengths.set(symbol, lengths.get(symbol) + 1);
    trees.push({ weight: low.weight + other.weight, symbol: low.symbol, members });
  }
  const counts = atMost16(lengths.values());
  lengths.delete(256);
  const rank = (symbol) => (byCount ? -frequencies[symbol] : lengths.get(symbol));
  const symbols = [...lengths.keys()].sort((a, b) => rank(a) - rank(b) || a - b);
  return { counts, symbols: Uint8Array.from(symbols) };
}

/** Codes of each length after figure K.3, without the reserved one. */
function atMost16(lengths) {
  const counts = new Array(258).fill(0);
  for (const length of lengths) counts[length]++;
  for (let length = 257; length > 16; length--) {
    while (counts[length] > 0) {
      let shorter = length - 2;
      while (counts[shorter] === 0) shorter--;
      counts[length] -= 2;
      counts[length - 1]++;
      counts[shorter + 1] += 2;
      counts[shorter]--;
    }
  }
  let longest = 16;
  while (counts[longest] === 0) longest--;
  counts[longest]--;
  return Uint8Array.from(counts.slice(1, 17));
}

/** The standard tables K.3 to K.6, in hexadecimal: where they go is left out. */
const STANDARD = [
  '00010501010101010100000000000000000102030405060708090a0b',
  '00030101010101010101010000000000000102030405060708090a0b',
  '0002010303020403050504040000017d01020300041105122131410613516107227114328191a1082342b1c1' +
    '1552d1f02433627282090a161718191a25262728292a3435363738393a434445464748494a53545556575859' +
    '5a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2' +
    'b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8' +
    'f9fa',
  '0002010204040304070504040001027700010203110405213106124151076171132232810814' +
    '4291a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a434445464748494a' +
    '535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3' +
    'a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2' +
    'f3f4f5f6f7f8f9fa',
];

/** Counts and symbols, as a file has them: DC of luma and of chroma, then AC. @type {Uint8Array[]} */
export const STANDARD_TABLES = STANDARD.map((text) =>
  Uint8Array.from(text.match(/../g), (pair) => Number.parseInt(pair, 16)),
);

const inHex = ({ counts, symbols }) =>
  [...counts, ...symbols].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** @param {Table} table @returns {boolean} one that encoders use without counting */
export const isStandard = (table) => STANDARD.includes(inHex(table));

export const sameTable = (one, other) => inHex(one) === inHex(other);
