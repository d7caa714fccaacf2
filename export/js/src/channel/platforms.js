// What messengers do to photos (keystego_tf/channel/platforms.py), played as Python plays it with
// Pillow. Photos are pictures: samples in sRGB, upright, gray or not.

import { Refused } from '../errors.js';
import { fromSamples, toSamples } from '../jpeg/samples.js';
import { PLATFORMS, QUALITIES, QUALITY_50 } from './data.js';
import { resized } from './resize.js';

/**
 * @typedef {import('../png/decode.js').Picture} Picture
 * @typedef {{width: number, height: number}} Size in pixels
 *
 * @typedef {object} Platform
 * @property {string} name as `destination` takes it
 * @property {string} title for users
 * @property {number} longEdge larger photos are scaled down to it
 * @property {boolean} square photos are cropped to a centred square of longEdge, and enlarged
 * @property {ArrayLike<number>} luma quantisation steps, row by row
 * @property {ArrayLike<number>} chroma
 */

/** The platforms of a list such as `whatsapp,signal` or `jpeg:70`. @returns {Platform[]} or Refused */
export const destinationsOf = (names) => names.split(',').map((name) => destinationOf(name.trim()));

function destinationOf(name) {
  const known = PLATFORMS.find((each) => each.name === name);
  if (known) return known;
  const { least, most } = QUALITIES;
  const names = [...PLATFORMS.map((each) => each.name), 'jpeg:Q'].join(', ');
  if (!name.startsWith('jpeg:')) {
    throw new Refused(`The destination is '${name}', but must be one of ${names}.`);
  }
  const quality = /^jpeg:\d+$/.test(name) ? Number(name.slice(5)) : 0;
  if (quality < least || quality > most) {
    throw new Refused(`The destination is '${name}', but jpeg:Q takes a quality from ${least} to ${most}.`);
  }
  return ofQuality(quality);
}

/** Anything that recompresses at a quality and keeps the size. @returns {Platform} */
function ofQuality(quality) {
  const name = `jpeg:${quality}`;
  const tables = { luma: stepsOf(QUALITY_50.luma, quality), chroma: stepsOf(QUALITY_50.chroma, quality) };
  return { name, title: `JPEG quality ${quality}`, longEdge: 65500, square: false, ...tables };
}

/** libjpeg's steps at a quality from 50 on. */
const stepsOf = (table, quality) =>
  table.map((step) => Math.max(1, Math.floor((step * (200 - 2 * quality) + 50) / 100)));

/**
 * What a photo for these has to survive: each of them twice, and any two. A quality stands for any
 * from it on: so midway to the best one, and that one, too.
 * @param {Platform[]} chosen @returns {Platform[][]}
 */
export function waysOf(chosen) {
  const ways = chosen.flatMap((one) => chosen.map((other) => [one, other]));
  for (const { name } of chosen) {
    if (!name.startsWith('jpeg:')) continue;
    const quality = Number(name.slice(5));
    const better = new Set([Math.floor((quality + QUALITIES.most) / 2), QUALITIES.most]);
    better.delete(quality);
    for (const each of better) ways.push([ofQuality(each)]);
  }
  return ways;
}

/** What arrives of a photo that has its size: it is not scaled. @param {Picture} photo */
export const sent = ({ luma, chroma }, photo) => toSamples(fromSamples(photo, luma, chroma));

/**
 * A photo as scaled (and cropped) by all of these: none changes its size again. Refused where there
 * is no such size.
 */
export function prepared(photo, chosen) {
  const last = preparedSize(photo, chosen);
  for (const platform of chosen) {
    const { width, height } = sizeOn(platform, last);
    if (width === last.width && height === last.height) continue;
    const names = chosen.map(({ name }) => name).join(',');
    throw new Refused(
      `${names} have no size in common: ${platform.name} would make ${width} x ${height} pixels of ` +
        `${last.width} x ${last.height}. Hide for one at a time.`,
    );
  }
  return rounds(chosen).reduce((before, platform) => {
    const { width, height } = before;
    const size = sizeOn(platform, before);
    if (size.width === width && size.height === height) return before;
    const side = Math.min(width, height);
    const [left, top] = [Math.floor((width - side) / 2), Math.floor((height - side) / 2)];
    const box = platform.square ? [left, top, left + side, top + side] : [0, 0, width, height];
    return resized(before, size, box);
  }, photo);
}

/** The size of a prepared photo. @param {Size} size @returns {Size} */
export const preparedSize = (size, chosen) =>
  rounds(chosen).reduce((before, platform) => sizeOn(platform, before), size);

const rounds = (chosen) => chosen.flatMap(() => chosen);

function sizeOn({ longEdge, square }, { width, height }) {
  if (square) return { width: longEdge, height: longEdge };
  const factor = Math.min(1, longEdge / Math.max(width, height));
  return { width: whole(width * factor), height: whole(height * factor) };
}

/** Rounded, halves to even numbers as Python does; 1 at least. */
function whole(value) {
  const below = Math.floor(value);
  const up = value - below > 0.5 || (value - below === 0.5 && below % 2 === 1);
  return Math.max(1, below + (up ? 1 : 0));
}

/** The one whose luma table has the largest steps at low frequencies. @param {Platform[]} chosen */
export function coarsest(chosen) {
  const low = [0, 1, 2, 8, 9, 10, 16, 17, 18];
  const sum = ({ luma }) => low.reduce((total, at) => total + luma[at], 0);
  return chosen.reduce((best, each) => (sum(each) > sum(best) ? each : best));
}
