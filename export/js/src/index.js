// Hide messages in PNG and JPEG files and reveal them. docs/format.md says what lies where.

import { equal } from './bytes.js';
import { PLATFORMS } from './channel/data.js';
import { destinationsOf } from './channel/platforms.js';
import { CoefficientEmbedder } from './embedders/coefficients.js';
import { NetEmbedder } from './embedders/nets.js';
import { QimEmbedder } from './embedders/qim.js';
import { SampleEmbedder } from './embedders/samples.js';
import { DoesNotFit, NothingThere, Refused } from './errors.js';
import { decodeJpeg } from './jpeg/decode.js';
import { encodeJpeg } from './jpeg/encode.js';
import { isJpeg } from './jpeg/segments.js';
import { capacities, hideFor } from './messenger.js';
import { partOf, whole } from './parts.js';
import { pack } from './payload/frame.js';
import {
  fingerprint,
  newSecretKey,
  newSharedKey,
  parseKey,
  passphrase,
  publicHalf,
  toText,
} from './payload/keys.js';
import { compose, headerBits, room } from './payload/layout.js';
import { OPENING_BYTES, begin, locatorOf } from './payload/schedule.js';
import { photoOf, upright } from './photo.js';
import { decodePng } from './png/decode.js';
import { encodePng } from './png/encode.js';
import { firstMessage, readMessage, samplesOf } from './reveal.js';

export { DoesNotFit, NothingThere, Refused };
export { decodeJpeg, decodePng, fingerprint, isJpeg, parseKey, partOf, whole };

/** See index.d.ts, as for all that follows. */
export async function hide(image, message, keys, { destination = 'file', progress = () => {} } = {}) {
  const key = senderKey(keys);
  const chosen = destination === 'file' ? null : destinationsOf(destination);
  const content = typeof message === 'string' ? new TextEncoder().encode(message) : message;
  const packed = await pack(content);
  const picture = upright(await pictureOf(image));
  if (chosen) return hideFor(key, await photoOf(picture), chosen, packed, content, progress);
  if (!canCarry(picture)) {
    throw new Refused('This JPEG is of red, green and blue, not of luma and chroma: it can be read only.');
  }
  const embedder = embedderOf(picture);
  const samples = samplesOf(picture, embedder);
  const most = roomIn(embedder, picture);
  const size = `${picture.width} x ${picture.height} pixels`;
  if (most === null) throw new DoesNotFit(`The image has ${size}, too few for any message.`);
  if (packed.content.length > most) {
    throw new DoesNotFit(
      `The message takes ${packed.content.length} bytes, but the image (${size}) holds ${most}. ` +
        'Take a larger image or a shorter message.',
    );
  }
  const told = (step) => (share) => progress(step, share);
  const locator = await locatorOf(key, told('stretching'));
  const { opening, root } = await begin(key, embedder.identity, told('stretching'));
  const bits = compose(packed, root, 0, embedder.correction);
  progress('hiding', 0);
  const values = await embedder.embed(samples, opening, locator, root, bits, told('hiding'));
  progress('writing', 0);
  const file = await written(picture, values);
  await check(embedder, file, opening, locator, root, content);
  return {
    file,
    width: picture.width,
    height: picture.height,
    bits: bits.length,
    changed: countChanges(samples.values, values),
    samples: values.length,
    psnr: psnrOf(samples, values),
  };
}

export async function reveal(image, keys, { models = [], progress = () => {} } = {}) {
  const key = readerKey(keys);
  const picture = await pictureOf(image);
  return firstMessage(embeddersOf(picture, models), picture, key, progress);
}

export async function capacity(image, { models = [] } = {}) {
  const picture = await pictureOf(image);
  const found = [];
  for await (const embedder of embeddersOf(picture, models)) {
    if (embedder instanceof QimEmbedder) continue; // which is for other destinations
    found.push({ embedder: embedder.name, message: roomIn(embedder, picture), destination: 'file' });
  }
  return [...found, ...capacities(picture)];
}

export function keygen(kind = 'pair') {
  if (kind === 'shared') {
    const key = newSharedKey();
    return { key: toText(key), fingerprint: fingerprint(key) };
  }
  const secret = newSecretKey();
  const open = publicHalf(secret);
  return { secret: toText(secret), public: toText(open), fingerprint: fingerprint(open) };
}

export const platforms = PLATFORMS.map(({ name, title, square }) => ({ name, title, square }));

/** Whether a decoded JPEG can be a cover; other pictures can. */
export const canCarry = (picture) => picture.components === undefined || !picture.rgb;

/** The syndrome embedder of a picture, or of a JPEG file. */
const embedderOf = (picture) =>
  picture.components ? new CoefficientEmbedder() : new SampleEmbedder();

/** The syndrome embedder first, then QIM. The models, for samples, are asked for only if it comes to them. */
async function* embeddersOf(picture, models) {
  yield embedderOf(picture);
  yield new QimEmbedder();
  if (picture.components) return;
  for (const model of typeof models === 'function' ? await models() : models) {
    yield new NetEmbedder(model);
  }
}

/** The longest message that does not deflate, or null. */
function roomIn(embedder, picture) {
  if ((embedder.channels === 1 && !picture.gray) || !canCarry(picture)) return null;
  const opening = OPENING_BYTES[embedder.scheme ?? 'asymmetric'];
  const samples = samplesOf(picture, embedder);
  const bits = (embedder.fits ?? embedder.holds).call(embedder, samples, opening);
  // one level above the least: there is room for more where an image turns out to need it
  const level = Math.min(1, embedder.correction.body.length - 1);
  const most = room(bits - headerBits(embedder.correction), level, embedder.correction);
  return most < 0 ? null : most;
}

/** That a file reveals its message. */
async function check(embedder, file, opening, locator, root, message) {
  const samples = samplesOf(await pictureOf(file), embedder);
  const openings = embedder.openings(samples, locator, opening.length);
  const { value } = await openings.next();
  if (!equal(value.content, opening)) throw new Error('the opening is misread');
  const read = await readMessage(embedder, samples, value, locator, root, () => {});
  if (!equal(read, message)) throw new Error('the message is misread');
}

function countChanges(before, after) {
  let changed = 0;
  for (let at = 0; at < before.length; at++) changed += before[at] === after[at] ? 0 : 1;
  return changed;
}

/** Against the cover, dB. A step of a coefficient is as much energy as in pixels: the DCT keeps it. */
function psnrOf({ values: before, table }, after) {
  let energy = 0;
  for (let at = 0; at < before.length; at++) {
    if (before[at] !== after[at]) energy += table ? table[at % 64] ** 2 : 1;
  }
  return 10 * Math.log10((255 ** 2 * before.length) / energy);
}

async function written(picture, values) {
  if (picture.components) return encodeJpeg(picture, values);
  return encodePng({ ...picture, rgb: picture.gray ? tripled(values) : values });
}

/** A picture's samples, or a JPEG file's coefficients; both know their size in pixels. */
async function pictureOf(image) {
  if (!(image instanceof Uint8Array)) return image;
  return isJpeg(image) ? decodeJpeg(image) : decodePng(image);
}

function tripled(values) {
  const rgb = new Uint8Array(3 * values.length);
  for (let at = 0; at < rgb.length; at++) rgb[at] = values[Math.floor(at / 3)];
  return rgb;
}

function senderKey({ passphrase: text, key, to }) {
  if ([text, key, to].filter((given) => given !== undefined).length !== 1) {
    throw new Refused('Give one of passphrase, key and to.');
  }
  if (text !== undefined) return passphrase(text);
  const parsed = parseKey(key ?? to);
  if (to !== undefined && parsed.kind !== 'public') {
    throw new Refused('This is not a public key (.pub), the half that others hide with.');
  }
  if (key !== undefined && parsed.kind !== 'shared') {
    throw new Refused('This is half of a key pair, not a shared key. Hide with the public half.');
  }
  return parsed;
}

function readerKey({ passphrase: text, key }) {
  if ((text === undefined) === (key === undefined)) {
    throw new Refused('Give either passphrase or key.');
  }
  if (text !== undefined) return passphrase(text);
  const parsed = parseKey(key);
  if (parsed.kind === 'public') {
    throw new Refused(
      'This is the public half of a key pair, for others to hide with. Reading takes the secret ' +
        'half, the .key file.',
    );
  }
  return parsed;
}
