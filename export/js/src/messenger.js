// Hide for a destination that recompresses, as keystego_tf/codec/messenger.py does: prepare the photo
// as the platform would, embed, play the platform twice, and read the message each time.

import { equal } from './bytes.js';
import { PLATFORMS } from './channel/data.js';
import { coarsest, destinationsOf, prepared, preparedSize, sent, waysOf } from './channel/platforms.js';
import { QimEmbedder, latticesFor, withPlaced } from './embedders/qim.js';
import { DoesNotFit, NothingThere } from './errors.js';
import { decodeJpeg } from './jpeg/decode.js';
import { encodeJpeg, lumaOf } from './jpeg/encode.js';
import { fromSamples, toSamples } from './jpeg/samples.js';
import { TAG_BYTES } from './payload/frame.js';
import { bodyBits, compose, headerBits, room } from './payload/layout.js';
import { HALF } from './payload/ldpc.js';
import { OPENING_BYTES, begin, locatorOf, schemeOf } from './payload/schedule.js';
import { readMessage } from './reveal.js';

/** Level of error correction that capacities are told for; a longer message may get less. */
const PROMISED = HALF;

/** Shares of a photo's bits: the strongest correction is taken that keeps a body within the first, or
 * else within the next. */
const SHARES = [0.3, 0.6, 1];

/** Share of the correction's power that the worst way may take: the rest is for other encoders. */
const MOST_SPENT = 0.5;

/** What `capacity` tells of, beside files. */
const LISTED = [...PLATFORMS.map(({ name }) => name), 'jpeg:50'];

/**
 * @typedef {import('./png/decode.js').Picture} Picture
 * @typedef {import('./channel/platforms.js').Platform} Platform
 */

/** What a photo of this size holds, for each destination. */
export const capacities = (size) =>
  LISTED.map((destination) => {
    const message = roomFor(preparedSize(size, destinationsOf(destination)));
    return { embedder: new QimEmbedder().name, message, destination };
  });

/** Bytes of the longest message in a prepared photo, or null. */
function roomFor(size, opening = OPENING_BYTES.asymmetric) {
  const embedder = new QimEmbedder();
  const most = room(bitsIn(embedder, size, opening), PROMISED, embedder.correction);
  return most < 0 ? null : most;
}

/**
 * @param {import('./payload/keys.js').Key} key
 * @param {Picture} photo upright and in sRGB
 * @param {Platform[]} chosen destinations
 * @param {import('./payload/frame.js').Packed} packed
 * @param {Uint8Array} message that it was made of
 * @param {(step: string, share: number) => void} progress
 * @returns {Promise<import('./index.js').Stego>} DoesNotFit, with what would fit
 */
export async function hideFor(key, photo, chosen, packed, message, progress) {
  progress('scaling', 0);
  const scaled = prepared(photo, chosen);
  const size = `${scaled.width} x ${scaled.height} pixels for ${chosen.map(({ name }) => name).join(',')}`;
  const length = OPENING_BYTES[schemeOf(key)];
  const embedder = new QimEmbedder();
  const sealed = packed.content.length + TAG_BYTES;
  const refused = () => refusal(scaled, size, packed.content.length, length);
  const level = levelOf(embedder.correction, sealed, bitsIn(embedder, scaled, length));
  if (level === null) throw refused();
  const told = (share) => progress('stretching', share);
  const locator = await locatorOf(key, told);
  const { opening, root } = await begin(key, embedder.identity, told);
  const bits = compose(packed, root, level, embedder.correction);
  progress('hiding', 0);
  const { luma, chroma } = coarsest(chosen);
  const plain = fromSamples(scaled, luma, chroma);
  const samples = embedder.samplesOf(scaled);
  const expected = { embedder, message, opening, locator, root, bits, sealed };
  const checking = (share) => progress('sending', share);
  let best = { spent: 1, file: null };
  for (const lattice of latticesFor(chosen.map((each) => each.luma))) {
    const jpeg = withPlaced(plain, embedder.place(samples, lattice, opening, locator, root, bits));
    const file = encodeJpeg(plain, lumaOf(jpeg));
    const spent = await spentOnWays(file, waysOf(chosen), expected, checking);
    if (spent < best.spent) best = { spent, file };
    if (spent <= MOST_SPENT) break;
  }
  if (best.file === null) throw refused();
  return { file: best.file, bits: bits.length, ...figures(plain, decodeJpeg(best.file)) };
}

function figures(plain, jpeg) {
  const [before, after] = [lumaOf(plain), lumaOf(jpeg)];
  const changed = after.reduce((sum, value, at) => sum + (value === before[at] ? 0 : 1), 0);
  const { width, height } = jpeg;
  const psnr = psnrOf(toSamples(plain).rgb, toSamples(jpeg).rgb);
  return { width, height, changed, samples: after.length, psnr };
}

function refusal(scaled, size, content, opening) {
  const most = roomFor(scaled, opening);
  if (most === null) {
    return new DoesNotFit(`The photo has too few pixels for any message (${size}). Take a larger one.`);
  }
  const rule =
    content > most
      ? `the photo is only sure to hold ${most} (${size})`
      : `too many of its bits are read wrong on the way (${size})`;
  return new DoesNotFit(
    `The message takes ${content} bytes, but ${rule}. Take a larger photo or a shorter message.`,
  );
}

/** Bits that a body may have. */
function bitsIn(embedder, { width, height }, opening) {
  return embedder.holds({ width, height }, opening) - headerBits(embedder.correction);
}

/** The strongest correction for a body that takes little of the photo, or else that fits, or null. */
function levelOf(correction, length, bits) {
  const sizes = correction.body.map((_, level) => bodyBits(length, level, correction));
  for (const share of SHARES) {
    const level = sizes.findLastIndex((size, each) => each >= PROMISED && size <= share * bits);
    if (level >= 0) return level;
  }
  // beyond what is promised, with as much correction as there is room for
  const level = sizes.findLastIndex((size) => size <= bits);
  return level < 0 ? null : level;
}

/** The share of the correction that the worst way takes; 1 where the message does not arrive. */
async function spentOnWays(file, ways, expected, progress) {
  const made = toSamples(decodeJpeg(file));
  let worst = 0;
  for (const [at, way] of [[], ...ways].entries()) {
    progress(at / (ways.length + 1));
    const arrived = way.reduce((photo, platform) => sent(platform, photo), made);
    worst = Math.max(worst, await spentOn(arrived, expected));
    if (worst === 1) break;
  }
  return worst;
}

async function spentOn(arrived, { embedder, message, opening, locator, root, bits, sealed }) {
  const samples = embedder.samplesOf(arrived);
  for await (const found of embedder.openings(samples, locator, opening.length)) {
    if (!equal(found.content, opening)) continue;
    try {
      const read = await readMessage(embedder, samples, found, locator, root, () => {});
      if (!equal(read, message)) return 1;
    } catch (error) {
      if (!(error instanceof NothingThere)) throw error;
      continue;
    }
    const head = headerBits(embedder.correction);
    const body = await embedder.read(samples, found, locator, root, head, bits.length - head);
    const wrong = body.reduce((sum, each, at) => sum + (each > 0.5 === (bits[head + at] === 1) ? 0 : 1), 0);
    // Shannon's limit for so many errors and no more knowledge
    return Math.min(1, entropy(wrong / body.length) / (1 - (8 * sealed) / body.length));
  }
  return 1;
}

/** Bits that it takes to say which bits are wrong, where this share is. */
const entropy = (share) =>
  share > 0 && share < 1 ? -share * Math.log2(share) - (1 - share) * Math.log2(1 - share) : share;

function psnrOf(before, after) {
  let energy = 0;
  for (let at = 0; at < before.length; at++) energy += (before[at] - after[at]) ** 2;
  return 10 * Math.log10((255 ** 2 * before.length) / energy);
}
