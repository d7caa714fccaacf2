// Reading: the opening, the header and the message behind it. Embedders are tried in the order of
// keystego_tf/codec/reader.py: first samples, then the models.

import { NothingThere } from './errors.js';
import { lumaOf } from './jpeg/encode.js';
import { bodyBits, headerBits, readBody, readHeader } from './payload/layout.js';
import { OPENING_BYTES, locatorOf, rootOf, schemeOf } from './payload/schedule.js';

/**
 * @typedef {import('./embedders/samples.js').Embedder} Embedder
 * @typedef {import('./embedders/samples.js').Samples} Samples
 * @typedef {(step: string, share: number) => void} Progress
 */

/**
 * The samples that an embedder takes.
 * @param {import('./png/decode.js').Picture | import('./jpeg/decode.js').Jpeg} picture
 */
export function samplesOf(picture, embedder) {
  if (embedder.samplesOf) return embedder.samplesOf(picture);
  if (picture.components) {
    const [{ rows, columns }] = picture.components;
    return { height: rows, width: columns, channels: 64, values: lumaOf(picture), table: picture.table };
  }
  const { height, width, rgb, gray } = picture;
  const channels = embedder.channels ?? (gray ? 1 : 3);
  if (channels === 3) return { height, width, channels, values: rgb };
  const values = new Uint8Array(height * width);
  for (let at = 0; at < values.length; at++) values[at] = rgb[3 * at];
  return { height, width, channels, values };
}

/** Whether an embedder is made for a key and a picture. */
export const takes = (embedder, key, picture) =>
  [null, schemeOf(key)].includes(embedder.scheme) && (embedder.channels !== 1 || picture.gray);

/**
 * The first message for a key that an embedder reads; NothingThere if there is none.
 * @param {AsyncIterable<Embedder>} embedders
 * @param {import('./png/decode.js').Picture} picture
 * @param {import('./payload/keys.js').Key} key
 * @param {Progress} progress
 * @returns {Promise<Uint8Array>}
 */
export async function firstMessage(embedders, picture, key, progress) {
  const told = (step) => (share) => progress(step, share);
  const length = OPENING_BYTES[schemeOf(key)];
  const locator = await locatorOf(key, told('stretching'));
  for await (const embedder of embedders) {
    if (!takes(embedder, key, picture)) continue;
    const samples = samplesOf(picture, embedder);
    if (embedder.holds(samples, length) < headerBits(embedder.correction)) continue;
    progress('looking', 0);
    for await (const opening of embedder.openings(samples, locator, length, told('looking'))) {
      const message = await orNull(async () => {
        const root = await rootOf(key, embedder.identity, opening.content, told('stretching'));
        return readMessage(embedder, samples, opening, locator, root, told('reading'));
      });
      if (message !== null) return message;
    }
  }
  throw new NothingThere();
}

/**
 * The message behind an opening; NothingThere if there is none.
 * @param {Embedder} embedder
 * @param {Samples} samples
 * @param {import('./embedders/samples.js').Opening} opening
 * @param {Uint8Array} locator
 * @param {Uint8Array} root
 * @param {(share: number) => void} progress
 * @returns {Promise<Uint8Array>}
 */
export async function readMessage(embedder, samples, opening, locator, root, progress) {
  const code = embedder.correction;
  const head = headerBits(code);
  const read = (first, count) =>
    embedder.read(samples, opening, locator, root, first, count, progress);
  const header = readHeader(await read(0, head), root, code);
  const count = bodyBits(header.length, header.level, code);
  if (head + count > embedder.holds(samples, opening.content.length)) throw new NothingThere();
  return readBody(await read(head, count), header, root, code);
}

async function orNull(work) {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NothingThere) return null;
    throw error;
  }
}
