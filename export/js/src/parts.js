// Parts of a message in several images (docs/format.md, section 10).

import { ascii, concat, equal, random } from './bytes.js';

const MARK = ascii('keystego part 1 ');
const [SET_BYTES, HEADER_BYTES] = [8, 28];

/** See index.d.ts, as for what follows. */
export function partOf(message) {
  if (message.length < HEADER_BYTES || !equal(message.subarray(0, MARK.length), MARK)) return null;
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const [number, count] = [view.getUint16(24), view.getUint16(26)];
  if (number < 1 || number > count) return null;
  return { number, count, content: message.subarray(HEADER_BYTES) };
}

export const whole = (message) =>
  partOf(message) === null
    ? message
    : concat(MARK, random(SET_BYTES), Uint8Array.of(0, 1, 0, 1), message);
