// The marker segments of a JPEG file (ITU-T T.81, annex B), and which of them a copy keeps.

import { concat } from '../bytes.js';
import { Refused } from '../errors.js';

export const [SOI, EOI, SOS, DQT, DHT, DRI, COM, APP] = [0xd8, 0xd9, 0xda, 0xdb, 0xc4, 0xdd, 0xfe, 0xe0];
export const BASELINE = 0xc0;
const [EXTENDED, PROGRESSIVE] = [0xc1, 0xc2];

/** As in the Python package: width times height, and scans. */
const MAX_PIXELS = 64_000_000;
const MAX_SCANS = 100;

/** Row-major place of each coefficient in the zigzag order. */
export const ZIGZAG = Uint8Array.from(
  Array.from({ length: 64 }, (_, at) => at).sort((a, b) => rank(a) - rank(b)),
);

function rank(at) {
  const row = at >> 3;
  const column = at & 7;
  const diagonal = row + column;
  return 64 * diagonal + (diagonal % 2 ? row : column);
}

export const damaged = (why) => new Refused(`This JPEG is damaged: ${why}.`);

/** @param {Uint8Array} file @returns {boolean} */
export const isJpeg = (file) => file[0] === 0xff && file[1] === SOI && file[2] === 0xff;

/**
 * @typedef {{marker: number, payload: Uint8Array, data?: Uint8Array}} Segment data: after a scan's header
 */

/** The segments between SOI and EOI. @param {Uint8Array} file @returns {Segment[]} */
export function split(file) {
  const segments = [];
  let scans = 0;
  for (let at = 2; ; ) {
    while (file[at] === 0xff && file[at + 1] === 0xff) at++;
    const marker = file[at + 1];
    if (file[at] !== 0xff || marker === undefined) throw damaged('a marker is missing');
    if (marker === EOI) return segments;
    const length = (file[at + 2] << 8) | file[at + 3];
    const end = at + 2 + length;
    if (!(length >= 2 && end <= file.length)) throw damaged('a segment is cut off');
    const segment = { marker, payload: file.slice(at + 4, end) };
    at = end;
    if (marker === SOS) {
      if (++scans > MAX_SCANS) throw new Refused(`This JPEG has more than ${MAX_SCANS} scans.`);
      at = endOfData(file, end);
      segment.data = file.subarray(end, at);
    }
    segments.push(segment);
  }
}

/** Where the next marker is that is neither a stuffed byte nor a restart. */
function endOfData(file, from) {
  for (let at = from; at + 1 < file.length; at++) {
    if (file[at] !== 0xff) continue;
    const next = file[at + 1];
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  throw damaged('it is cut off');
}

/** The frame header: size, kind and components. @param {Segment[]} segments */
export function frameOf(segments) {
  const frames = segments.filter(({ marker }) => marker >= 0xc0 && marker <= 0xcf && ![DHT, 0xc8, 0xcc].includes(marker));
  if (frames.length !== 1) throw damaged('it has no frame, or several');
  const [{ marker, payload }] = frames;
  if (![BASELINE, EXTENDED, PROGRESSIVE].includes(marker)) {
    throw new Refused('This is a rare kind of JPEG (lossless or arithmetic coding).');
  }
  const height = (payload[1] << 8) | payload[2];
  const width = (payload[3] << 8) | payload[4];
  const count = payload[5];
  if (payload[0] !== 8) throw new Refused('This JPEG has more than 8 bits a sample.');
  if (![1, 3].includes(count)) throw new Refused(`This JPEG has ${count} components, not 1 or 3.`);
  if (payload.length < 6 + 3 * count || height * width === 0) throw damaged('its size is missing');
  if (height * width > MAX_PIXELS) throw new Refused('This JPEG has more than 64 million pixels.');
  const components = Array.from({ length: count }, (_, index) => {
    const [id, sampling, table] = payload.subarray(6 + 3 * index);
    return { id, h: sampling >> 4, v: sampling & 15, table };
  });
  const h = Math.max(...components.map((each) => each.h));
  const v = Math.max(...components.map((each) => each.v));
  if (components.some((each) => each.h < 1 || each.h > 4 || each.v < 1 || each.v > 4)) {
    throw damaged('its sampling is impossible');
  }
  const units = { rows: Math.ceil(height / (8 * v)), columns: Math.ceil(width / (8 * h)) };
  for (const each of components) {
    each.rows = Math.ceil((height * each.v) / (8 * v));
    each.columns = Math.ceil((width * each.h) / (8 * h));
    each.stride = count === 1 ? each.columns : units.columns * each.h; // blocks
    each.lines = count === 1 ? each.rows : units.rows * each.v;
  }
  return { height, width, components, units, progressive: marker === PROGRESSIVE };
}

/** A scan header: components, tables and the band of coefficients. */
export function scanOf(payload, frame) {
  const count = payload[0];
  const fitting = count >= 1 && count <= frame.components.length && payload.length === 4 + 2 * count;
  if (!fitting) throw damaged('a scan has no header');
  const components = Array.from({ length: count }, (_, index) => {
    const [id, tables] = payload.subarray(1 + 2 * index);
    const component = frame.components.find((each) => each.id === id);
    if (!component) throw damaged('a scan has an unknown component');
    return { component, dc: tables >> 4, ac: tables & 15 };
  });
  const [first, last, approximation] = payload.subarray(1 + 2 * count);
  const [high, low] = [approximation >> 4, approximation & 15];
  const band =
    !frame.progressive ? first === 0 && last === 63 && approximation === 0
    : first === 0 ? last === 0
    : first <= last && last <= 63 && count === 1;
  if (!band || low > 13 || (high > 0 && high !== low + 1)) throw damaged('a scan is impossible');
  return { components, first, last, high, low };
}

/** Quantisation steps, row-major, by destination. @param {Segment[]} segments */
export function quantisation(segments) {
  const tables = new Map();
  let scanned = false;
  for (const { marker, payload } of segments) {
    scanned ||= marker === SOS;
    if (marker !== DQT) continue;
    if (scanned) throw new Refused('This is a rare kind of JPEG (tables after a scan).');
    for (let at = 0; at < payload.length; ) {
      const wide = payload[at] >> 4;
      const end = at + (wide ? 129 : 65);
      const table = new Uint16Array(64);
      for (let k = 0; k < 64; k++) {
        const place = at + 1 + k * (wide ? 2 : 1);
        table[ZIGZAG[k]] = wide ? (payload[place] << 8) | payload[place + 1] : payload[place];
      }
      if (wide > 1 || (payload[at] & 15) > 3 || end > payload.length || table.includes(0)) {
        throw damaged('a quantisation table is cut off or holds a zero');
      }
      tables.set(payload[at] & 15, table);
      at = end;
    }
  }
  return tables;
}

const begins = (payload, text) => [...text].every((letter, at) => payload[at] === letter.charCodeAt(0));

/** JFIF 1.01 as libjpeg writes it: pixels are square, and there is no thumbnail. */
const PLAIN_JFIF = {
  marker: APP,
  payload: Uint8Array.of(0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0),
};

/**
 * What a copy keeps: of metadata JFIF, Adobe and ICC, and of EXIF the orientation. Every usual
 * encoder writes JFIF, EXIF or Adobe, so a file that has lost its only one gets JFIF.
 */
export function kept(segments) {
  const chosen = segments.flatMap((segment) => {
    const { marker, payload } = segment;
    if (marker !== COM && !(marker >= APP && marker < APP + 16)) return [segment];
    const number = marker - APP;
    if (number === 0 && begins(payload, 'JFIF\0') && payload.length >= 14) {
      return [{ marker, payload: concat(payload.subarray(0, 12), Uint8Array.of(0, 0)) }];
    }
    if (isExif(segment)) {
      const turn = orientation(payload.subarray(6));
      return turn === 1 ? [] : [{ marker, payload: exif(turn) }];
    }
    const stays = isProfile(segment) || (number === 14 && begins(payload, 'Adobe'));
    return stays ? [segment] : [];
  });
  const told = chosen.some(({ marker }) => [APP, APP + 1, APP + 14].includes(marker));
  return told ? chosen : [PLAIN_JFIF, ...chosen];
}

const isExif = ({ marker, payload }) => marker === APP + 1 && begins(payload, 'Exif\0\0');

const isProfile = ({ marker, payload }) => marker === APP + 2 && begins(payload, 'ICC_PROFILE\0');

/** How the photo lies, 1 to 8; 1 is upright. @param {Segment[]} segments */
export function orientationOf(segments) {
  const exif = segments.find(isExif);
  return exif ? orientation(exif.payload.subarray(6)) : 1;
}

/** The colour profile, empty if there is none. @param {Segment[]} segments */
export const profileOf = (segments) =>
  concat(...segments.filter(isProfile).map(({ payload }) => payload.subarray(14)));

/** 1 to 8, as the first directory of a TIFF has it. @param {Uint8Array} tiff */
export function orientation(tiff) {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.length);
  try {
    const little = view.getUint16(0) === 0x4949;
    const start = view.getUint32(4, little);
    for (let entry = 0; entry < view.getUint16(start, little); entry++) {
      const at = start + 2 + 12 * entry;
      if (view.getUint16(at, little) !== 0x112) continue;
      const value = view.getUint16(at + 8, little);
      return value >= 1 && value <= 8 ? value : 1;
    }
  } catch {
    // cut off: as if it were not there
  }
  return 1;
}

const exif = (turn) =>
  Uint8Array.from([
    ...[0x45, 0x78, 0x69, 0x66, 0, 0, 0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 8, 0, 1],
    ...[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, turn, 0, 0, 0, 0, 0, 0],
  ]);

/** Whether the components are red, green and blue, as libjpeg decides. */
export function isRgb(segments, { components }) {
  if (components.length < 3) return false;
  for (const { marker, payload } of segments) {
    if (marker === APP + 14 && begins(payload, 'Adobe')) return payload[11] === 0;
    if (marker === APP && begins(payload, 'JFIF\0')) return false;
  }
  return components.map(({ id }) => String.fromCharCode(id)).join('') === 'RGB';
}
