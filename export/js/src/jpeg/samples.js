// Between samples and a JPEG's coefficients, as libjpeg does it by default, to the bit: JFIF's luma
// and chroma, chroma halved both ways (4:2:0) and smoothly enlarged again, its DCT and rounding.

import { ascii, concat } from '../bytes.js';
import { forward, inverse } from './dct.js';
import { filled } from './encode.js';
import { STANDARD_TABLES } from './huffman.js';
import { APP, BASELINE, DHT, DQT, SOS, ZIGZAG, frameOf } from './segments.js';

/**
 * The JPEG of a picture, gray or in 4:2:0, which `encodeJpeg` writes as a file.
 * @param {import('../png/decode.js').Picture} picture
 * @param {ArrayLike<number>} luma quantisation steps, row by row
 * @param {ArrayLike<number>} chroma
 * @returns {import('./decode.js').Jpeg}
 */
export function fromSamples(picture, luma, chroma) {
  const tables = picture.gray ? [luma] : [luma, chroma];
  const segments = segmentsOf(picture, tables);
  const frame = frameOf(segments);
  planesOf(picture).forEach((plane, at) => {
    const component = frame.components[at];
    component.blocks = filled(component, coefficientsOf(plane, component, tables[Math.min(at, 1)]));
  });
  const steps = tables.map((table) => Uint16Array.from(table));
  return { ...frame, rgb: false, segments, table: steps[0], tables: new Map(steps.entries()) };
}

/**
 * The picture of a JPEG, neither turned nor converted. Chroma is enlarged smoothly if it is halved
 * both ways, and else repeated.
 * @param {import('./decode.js').Jpeg} jpeg
 * @returns {import('../png/decode.js').Picture}
 */
export function toSamples(jpeg) {
  const { width, height, components, tables } = jpeg;
  const planes = components.map((each) => samplesOf(each, tables.get(each.table)));
  const rgb = new Uint8ClampedArray(3 * width * height);
  const gray = components.length === 1;
  const most = { h: Math.max(...components.map(({ h }) => h)), v: Math.max(...components.map(({ v }) => v)) };
  const lines = components.map(() => new Uint8Array(width + 1));
  const sizes = components.map(({ h, v }) => ({
    columns: Math.ceil((width * h) / most.h),
    rows: Math.ceil((height * v) / most.v),
  }));
  for (let row = 0; row < height; row++) {
    planes.forEach((plane, at) => enlarge(plane, sizes[at], components[at], most, row, lines[at]));
    const to = 3 * width * row;
    if (gray) {
      for (let x = 0; x < width; x++) rgb.fill(lines[0][x], to + 3 * x, to + 3 * x + 3);
    } else if (jpeg.rgb) {
      for (let x = 0; x < 3 * width; x++) rgb[to + x] = lines[x % 3][Math.floor(x / 3)];
    } else toRgb(lines, width, rgb, to);
  }
  return { width, height, rgb: new Uint8Array(rgb.buffer), alpha: null, gray };
}

/** Marker segments as libjpeg writes them, with the standard Huffman tables. */
function segmentsOf({ width, height }, tables) {
  const [dcLuma, dcChroma, acLuma, acChroma] = STANDARD_TABLES;
  const size = [height >> 8, height & 0xff, width >> 8, width & 0xff];
  const colour = tables.length > 1;
  const components = colour ? [1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1] : [1, 0x22, 0];
  const codes = [[0x00, dcLuma], [0x10, acLuma], ...(colour ? [[0x01, dcChroma], [0x11, acChroma]] : [])];
  const scan = colour ? [3, 1, 0x00, 2, 0x11, 3, 0x11] : [1, 1, 0x00];
  return [
    { marker: APP, payload: concat(ascii('JFIF\0'), Uint8Array.of(1, 1, 0, 0, 1, 0, 1, 0, 0)) },
    ...tables.map((table, at) => {
      const steps = Uint8Array.from(ZIGZAG, (place) => table[place]);
      return { marker: DQT, payload: concat(Uint8Array.of(at), steps) };
    }),
    { marker: BASELINE, payload: Uint8Array.from([8, ...size, components.length / 3, ...components]) },
    ...codes.map(([where, table]) => ({ marker: DHT, payload: concat(Uint8Array.of(where), table) })),
    { marker: SOS, payload: Uint8Array.from([...scan, 0, 63, 0]) },
  ];
}

/** Luma, or luma and halved chroma: samples [rows, columns]. */
function planesOf({ width, height, rgb, gray }) {
  const pixels = width * height;
  const luma = new Uint8Array(pixels);
  if (gray) {
    for (let at = 0; at < pixels; at++) luma[at] = rgb[3 * at];
    return [{ rows: height, columns: width, samples: luma }];
  }
  const [blue, red] = [new Uint8Array(pixels), new Uint8Array(pixels)];
  const offset = (128 << 16) + 32767;
  for (let at = 0, from = 0; at < pixels; at++, from += 3) {
    const r = rgb[from];
    const g = rgb[from + 1];
    const b = rgb[from + 2];
    luma[at] = (19595 * r + 38470 * g + 7471 * b + 32768) >> 16;
    blue[at] = (-11059 * r - 21709 * g + 32768 * b + offset) >> 16;
    red[at] = (32768 * r - 27439 * g - 5329 * b + offset) >> 16;
  }
  const chroma = [blue, red].map((plane) => halved(plane, width, height));
  return [{ rows: height, columns: width, samples: luma }, ...chroma];
}

/** Means of 2 x 2 samples: halves go down in even columns and up in odd ones. Edges are repeated. */
function halved(plane, width, height) {
  const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const stride = 8 * Math.ceil(columns / 8); // whole blocks: the repeated edge is halved, too
  const samples = new Uint8Array(rows * stride);
  for (let row = 0; row < rows; row++) {
    const above = 2 * row * width;
    const below = Math.min(2 * row + 1, height - 1) * width;
    for (let column = 0; column < stride; column++) {
      const left = Math.min(2 * column, width - 1);
      const right = Math.min(2 * column + 1, width - 1);
      const sum = plane[above + left] + plane[above + right] + plane[below + left] + plane[below + right];
      samples[row * stride + column] = (sum + 1 + (column & 1)) >> 2;
    }
  }
  return { rows, columns: stride, samples };
}

/** Quantised coefficients [lines, stride, 64], without those that only fill up. */
function coefficientsOf({ rows, columns, samples }, component, table) {
  const blocks = new Int16Array(64 * component.lines * component.stride);
  const block = new Int32Array(64);
  const divisors = Int32Array.from(table, (step) => 8 * step);
  for (let line = 0; line < component.rows; line++) {
    for (let at = 0; at < component.columns; at++) {
      const room = columns - 8 * at - 1; // the edge is repeated
      for (let y = 0; y < 8; y++) {
        const from = Math.min(8 * line + y, rows - 1) * columns + 8 * at;
        for (let x = 0; x < 8; x++) block[8 * y + x] = samples[from + (x < room ? x : room)] - 128;
      }
      forward(block);
      const to = 64 * (line * component.stride + at);
      for (let place = 0; place < 64; place++) {
        const size = Math.floor((Math.abs(block[place]) + (divisors[place] >> 1)) / divisors[place]);
        blocks[to + place] = block[place] < 0 ? -size : size;
      }
    }
  }
  return blocks;
}

/** Samples of the blocks that hold some. */
function samplesOf({ rows, columns, stride, blocks }, table) {
  const samples = new Uint8ClampedArray(64 * rows * columns);
  const block = new Int32Array(64);
  for (let line = 0; line < rows; line++) {
    for (let at = 0; at < columns; at++) {
      const from = 64 * (line * stride + at);
      for (let place = 0; place < 64; place++) block[place] = blocks[from + place] * table[place];
      inverse(block);
      const to = 64 * line * columns + 8 * at;
      for (let place = 0; place < 64; place++) {
        samples[to + 8 * (place >> 3) * columns + (place & 7)] = block[place] + 128;
      }
    }
  }
  return { stride: 8 * columns, samples };
}

/** A row of a component at full width, into `line`. */
function enlarge({ stride, samples }, { rows, columns }, { h, v }, most, row, line) {
  if (most.h !== 2 * h || most.v !== 2 * v || columns < 3) {
    const from = stride * Math.min(Math.floor((row * v) / most.v), rows - 1);
    for (let x = 0; x < line.length; x++) {
      line[x] = samples[from + Math.min(Math.floor((x * h) / most.h), columns - 1)];
    }
    return;
  }
  const own = row >> 1;
  const other = Math.min(Math.max(row % 2 ? own + 1 : own - 1, 0), rows - 1);
  const sum = (column) => 3 * samples[own * stride + column] + samples[other * stride + column];
  let [before, here] = [0, sum(0)];
  for (let column = 0; column < columns; column++) {
    const after = column < columns - 1 ? sum(column + 1) : 0;
    const to = 2 * column;
    line[to] = column === 0 ? (4 * here + 8) >> 4 : (3 * here + before + 8) >> 4;
    if (to + 1 < line.length) {
      line[to + 1] = column === columns - 1 ? (4 * here + 7) >> 4 : (3 * here + after + 7) >> 4;
    }
    [before, here] = [here, after];
  }
}

function toRgb([luma, blue, red], width, rgb, to) {
  for (let x = 0, at = to; x < width; x++, at += 3) {
    const y = luma[x];
    const b = blue[x] - 128;
    const r = red[x] - 128;
    rgb[at] = y + ((91881 * r + 32768) >> 16);
    rgb[at + 1] = y + ((-22554 * b - 46802 * r + 32768) >> 16);
    rgb[at + 2] = y + ((116130 * b + 32768) >> 16);
  }
}
