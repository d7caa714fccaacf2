// Samples to a PNG file with the structure that Pillow gives a plain save: 8 bits a sample, libpng's
// choice among filters, pixels in chunks of 64 KiB, nothing that tells of the program.

import { ascii, concat } from '../bytes.js';
import { deflate } from '../payload/deflate.js';

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Bytes of a chunk of pixels. */
const CHUNK = 2 ** 16;

const CRC = new Uint32Array(256).map((_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/**
 * @param {import('./decode.js').Picture} picture
 * @returns {Promise<Uint8Array>} the file
 */
export async function encodePng(picture) {
  const gray = picture.gray && (picture.storedGray ?? true);
  const channels = (gray ? 1 : 3) + (picture.alpha ? 1 : 0);
  const head = new Uint8Array(13);
  const view = new DataView(head.buffer);
  view.setUint32(0, picture.width);
  view.setUint32(4, picture.height);
  // gray, RGB, gray with alpha, RGBA
  head.set([8, { 1: 0, 3: 2, 2: 4, 4: 6 }[channels]], 8);
  const packed = await deflate(filtered(picture, channels), 'deflate');
  const parts = [SIGNATURE, chunk('IHDR', head)];
  for (const { name, content } of picture.colours ?? []) parts.push(chunk(name, content));
  for (let at = 0; at < packed.length; at += CHUNK) {
    parts.push(chunk('IDAT', packed.subarray(at, at + CHUNK)));
  }
  return concat(...parts, chunk('IEND', new Uint8Array(0)));
}

/** The rows, each with its filter's number in front. */
function* filtered(picture, channels) {
  const bytes = picture.width * channels;
  let above = new Uint8Array(bytes);
  let row = new Uint8Array(bytes);
  const tried = Array.from({ length: 5 }, (_, filter) => new Uint8Array(1 + bytes).fill(filter, 0, 1));
  for (let number = 0; number < picture.height; number++) {
    fill(row, picture, number, channels);
    yield bestOf(row, above, channels, tried).slice();
    [above, row] = [row, above];
  }
}

/** The samples of a row of pixels. */
function fill(row, { width, rgb, alpha }, number, channels) {
  const colours = channels - (alpha ? 1 : 0);
  for (let column = 0; column < width; column++) {
    const from = number * width + column;
    for (let channel = 0; channel < colours; channel++) {
      row[column * channels + channel] = rgb[3 * from + channel];
    }
    if (alpha) row[column * channels + colours] = alpha[from];
  }
}

/** A row under the filter that brings it nearest to 0: none, up, left, Paeth, in this order. */
function bestOf(row, above, step, [none, left, up, , paeth]) {
  none.set(row, 1);
  let best = none;
  let least = distance(none, Infinity);
  const attempt = (filtered, fill) => {
    if (least === 0) return;
    fill(filtered, row, above, step);
    const sum = distance(filtered, least);
    if (sum < least) [best, least] = [filtered, sum];
  };
  attempt(up, fillUp);
  attempt(left, fillLeft);
  attempt(paeth, fillPaeth);
  return best;
}

function fillUp(filtered, row, above) {
  for (let at = 0; at < row.length; at++) filtered[at + 1] = row[at] - above[at];
}

function fillLeft(filtered, row, above, step) {
  for (let at = 0; at < step; at++) filtered[at + 1] = row[at];
  for (let at = step; at < row.length; at++) filtered[at + 1] = row[at] - row[at - step];
}

function fillPaeth(filtered, row, above, step) {
  for (let at = 0; at < step; at++) filtered[at + 1] = row[at] - above[at];
  for (let at = step; at < row.length; at++) {
    filtered[at + 1] = row[at] - nearest(row[at - step], above[at], above[at - step]);
  }
}

/** The sum of a filtered row's distances from 0, which wrap around at 256, as far as it matters. */
function distance(filtered, most) {
  let sum = 0;
  for (let at = 1; at < filtered.length && sum <= most; at++) {
    sum += filtered[at] < 128 ? filtered[at] : 256 - filtered[at];
  }
  return sum;
}

/** Whichever of three is nearest to a + b - c (Paeth). */
export function nearest(a, b, c) {
  const toA = Math.abs(b - c);
  const toB = Math.abs(a - c);
  const toC = Math.abs(a + b - 2 * c);
  if (toA <= toB && toA <= toC) return a;
  return toB <= toC ? b : c;
}

function chunk(name, content) {
  const body = concat(ascii(name), content);
  const made = new Uint8Array(body.length + 8);
  const view = new DataView(made.buffer);
  view.setUint32(0, content.length);
  made.set(body, 4);
  let crc = 0xffffffff;
  for (const byte of body) crc = CRC[(crc ^ byte) & 255] ^ (crc >>> 8);
  view.setUint32(body.length + 4, crc ^ 0xffffffff);
  return made;
}
