// PNG to exact samples. A canvas would not do: browsers multiply colours by alpha and convert them
// to the screen's profile there, and both change samples by a step, which is all that a message is.

import { Refused } from '../errors.js';
import { orientation } from '../jpeg/segments.js';
import { inflate } from '../payload/deflate.js';
import { nearest } from './encode.js';

/** Width times height, as in the Python package. */
const MAX_PIXELS = 100_000_000;

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const [GRAY, COLOUR, PALETTE, GRAY_ALPHA, COLOUR_ALPHA] = [0, 2, 3, 4, 6];
const CHANNELS = { [GRAY]: 1, [COLOUR]: 3, [PALETTE]: 1, [GRAY_ALPHA]: 2, [COLOUR_ALPHA]: 4 };
const COLOURS = ['cHRM', 'gAMA', 'iCCP', 'sRGB'];
const DEPTHS = { [GRAY]: [1, 2, 4, 8], [PALETTE]: [1, 2, 4, 8] };

/** First column, first row, and their steps, of each pass. */
const WHOLE = [[0, 0, 1, 1]];
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

/**
 * @typedef {object} Picture
 * @property {number} width
 * @property {number} height
 * @property {Uint8Array} rgb [height, width, 3]
 * @property {Uint8Array | null} alpha [height, width], 0 is transparent
 * @property {boolean} gray the three samples of each pixel are equal
 * @property {boolean} [storedGray] the file has only one of them; by default it is as `gray`
 * @property {{name: string, content: Uint8Array}[]} [colours] the file's chunks on what its colours
 *   mean, which a copy keeps
 * @property {number} [orientation] 1 to 8, as EXIF tells how it is to be turned; by default 1, upright
 */

/** @param {Uint8Array} file @returns {boolean} */
export const isPng = (file) => SIGNATURE.every((byte, index) => file[index] === byte);

/**
 * The samples as they are stored: neither profile nor gamma nor orientation is heeded.
 * @param {Uint8Array} file
 * @returns {Promise<Picture>} Refused for what is damaged, too large or not of 8 bits a sample
 */
export async function decodePng(file) {
  const { head, palette, transparency, colours, turn, data } = chunksOf(file);
  const passes = (head.interlaced ? ADAM7 : WHOLE)
    .map((steps) => passOf(head, steps))
    .filter((pass) => pass.columns > 0 && pass.rows > 0);
  const length = passes.reduce((sum, pass) => sum + pass.rows * (1 + pass.bytes), 0);
  const raw = await inflate(data, 'deflate', length);
  if (raw === null || raw.length !== length) throw damaged('its pixels cannot be unpacked');
  const pixels = head.width * head.height;
  const picture = {
    width: head.width,
    height: head.height,
    rgb: new Uint8Array(3 * pixels),
    alpha: hasAlpha(head) || transparency ? new Uint8Array(pixels).fill(255) : null,
    colours,
    orientation: turn,
  };
  let at = 0;
  for (const pass of passes) {
    const end = at + pass.rows * (1 + pass.bytes);
    unfilter(raw.subarray(at, end), pass.bytes, Math.max(1, (head.bits + 7) >> 3));
    spread(raw.subarray(at, end), pass, head, palette, picture.rgb);
    if (picture.alpha) fade(raw.subarray(at, end), pass, head, transparency, picture.alpha);
    at = end;
  }
  return { ...picture, gray: isGray(picture.rgb), storedGray: [GRAY, GRAY_ALPHA].includes(head.type) };
}

/** @param {Uint8Array} rgb @returns {boolean} */
export function isGray(rgb) {
  for (let at = 0; at < rgb.length; at += 3) {
    if (rgb[at] !== rgb[at + 1] || rgb[at] !== rgb[at + 2]) return false;
  }
  return true;
}

const damaged = (reason) => new Refused(`This PNG file is damaged: ${reason}.`);

/** What of the file matters. */
function chunksOf(file) {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const palette = new Uint8Array(3 * 256);
  const data = [];
  const colours = [];
  let transparency = null;
  let turn = 1;
  let head = null;
  for (let at = SIGNATURE.length; ; ) {
    if (at + 12 > file.length) throw damaged('it ends too early');
    const length = view.getUint32(at);
    const name = String.fromCharCode(...file.subarray(at + 4, at + 8));
    const content = file.subarray(at + 8, at + 8 + length);
    if (at + 12 + length > file.length) throw damaged('it ends too early');
    at += 12 + length;
    if (name === 'IEND') break;
    if (head === null && name !== 'IHDR') throw damaged('it does not begin with a header');
    if (name === 'IHDR') head = headOf(content);
    if (name === 'PLTE') palette.set(content.subarray(0, palette.length));
    if (name === 'tRNS') transparency = content;
    if (COLOURS.includes(name)) colours.push({ name, content: content.slice() });
    if (name === 'eXIf') turn = orientation(content);
    if (name === 'IDAT') data.push(content);
    if (name === 'acTL' && content[3] !== 1) {
      throw new Refused('This PNG is animated. A message is in a still image.');
    }
  }
  if (head === null) throw damaged('it has no header');
  return { head, palette, transparency, colours, turn, data };
}

function headOf(content) {
  if (content.length !== 13) throw damaged('its header has the wrong length');
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, type, compression, filter, interlace] = content.subarray(8);
  if (depth === 16) {
    throw new Refused(
      'This PNG has 16 bits a sample; only 8 are taken. To hide, convert it first; to reveal, use ' +
        'the original file.',
    );
  }
  if (!(type in CHANNELS) || !(DEPTHS[type] ?? [8]).includes(depth)) {
    throw damaged('its header has colours that there are not');
  }
  if (compression !== 0 || filter !== 0 || interlace > 1) throw damaged('its header is unknown');
  if (width === 0 || height === 0) throw damaged('it has no pixels');
  if (width * height > MAX_PIXELS) {
    throw new Refused(
      `This image has ${width} x ${height} pixels, but at most ${MAX_PIXELS} in all are read.`,
    );
  }
  return { width, height, depth, type, bits: depth * CHANNELS[type], interlaced: interlace === 1 };
}

function passOf({ width, height, bits }, [left, top, across, down]) {
  const columns = Math.ceil((width - left) / across);
  const rows = Math.ceil((height - top) / down);
  return { columns, rows, bytes: Math.ceil((columns * bits) / 8), left, top, across, down };
}

/** Undo the filters of rows, each with its filter's number in front, in place. */
function unfilter(raw, bytes, step) {
  for (let start = 0; start < raw.length; start += 1 + bytes) {
    const filter = raw[start];
    if (filter > 4) throw damaged('it has a filter that there is not');
    const above = start - bytes; // of the first byte; before the first row all is 0
    for (let index = 0; index < bytes; index++) {
      const a = index >= step ? raw[start + 1 + index - step] : 0;
      const b = start > 0 ? raw[above + index] : 0;
      if (filter === 1) raw[start + 1 + index] += a;
      else if (filter === 2) raw[start + 1 + index] += b;
      else if (filter === 3) raw[start + 1 + index] += (a + b) >> 1;
      else if (filter === 4) {
        const c = index >= step && start > 0 ? raw[above + index - step] : 0;
        raw[start + 1 + index] += nearest(a, b, c);
      }
    }
  }
}

const hasAlpha = ({ type }) => type === GRAY_ALPHA || type === COLOUR_ALPHA;

/** Put the alpha of a pass where it belongs: a channel, of each colour of a palette, or one colour's. */
function fade(raw, pass, head, transparency, alpha) {
  const channels = CHANNELS[head.type];
  for (let row = 0; row < pass.rows; row++) {
    const start = row * (1 + pass.bytes) + 1;
    let to = (pass.top + row * pass.down) * head.width + pass.left;
    for (let column = 0; column < pass.columns; column++, to += pass.across) {
      if (hasAlpha(head)) alpha[to] = raw[start + (column + 1) * channels - 1];
      else if (head.type === COLOUR) {
        const from = start + 3 * column;
        // 16 bits a sample, of which the lower 8 count
        const isIt = [0, 1, 2].every((channel) => raw[from + channel] === transparency[2 * channel + 1]);
        if (isIt) alpha[to] = 0;
      } else {
        const value = packedSample(raw, start, column, head.depth);
        if (head.type === PALETTE) alpha[to] = transparency[value] ?? 255;
        else if (value === transparency[1]) alpha[to] = 0;
      }
    }
  }
}

/** A sample of less than a byte, or of one. */
function packedSample(raw, start, column, depth) {
  const bit = column * depth;
  return (raw[start + (bit >> 3)] >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
}

/** Put the samples of a pass where they belong. */
function spread(raw, pass, head, palette, rgb) {
  const { depth, type } = head;
  const channels = CHANNELS[type];
  const coloured = type === COLOUR || type === COLOUR_ALPHA;
  const largest = (1 << depth) - 1;
  for (let row = 0; row < pass.rows; row++) {
    const start = row * (1 + pass.bytes) + 1;
    let to = 3 * ((pass.top + row * pass.down) * head.width + pass.left);
    for (let column = 0; column < pass.columns; column++, to += 3 * pass.across) {
      if (coloured) {
        const from = start + column * channels;
        rgb[to] = raw[from];
        rgb[to + 1] = raw[from + 1];
        rgb[to + 2] = raw[from + 2];
        continue;
      }
      const value = packedSample(raw, start, column * channels, depth);
      for (let channel = 0; channel < 3; channel++) {
        rgb[to + channel] = type === PALETTE ? palette[3 * value + channel] : (value * 255) / largest;
      }
    }
  }
}
