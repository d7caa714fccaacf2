// A photo as a messenger takes it: samples, upright, in sRGB, without transparency.

import { Refused } from './errors.js';
import { toSamples } from './jpeg/samples.js';
import { orientationOf, profileOf } from './jpeg/segments.js';
import { inflate } from './payload/deflate.js';

/** Bytes of the longest colour profile that is looked into. */
const MAX_PROFILE = 2 ** 22;

/**
 * @param {import('./png/decode.js').Picture | import('./jpeg/decode.js').Jpeg} picture upright, or a JPEG
 * @returns {Promise<import('./png/decode.js').Picture>} Refused for colours that are not sRGB
 */
export async function photoOf(picture) {
  const isJpeg = picture.components !== undefined;
  const profile = isJpeg ? profileOf(picture.segments) : await profileInPng(picture.colours ?? []);
  // its name, in Latin letters or in UTF-16
  if (profile.length > 0 && !new TextDecoder('latin1').decode(profile.filter(Boolean)).includes('sRGB')) {
    throw new Refused('This photo has a colour profile. Convert it, or give its samples, in sRGB.');
  }
  if (isJpeg) return upright({ ...toSamples(picture), orientation: orientationOf(picture.segments) });
  return onWhite(picture);
}

async function profileInPng(colours) {
  const content = colours.find(({ name }) => name === 'iCCP')?.content;
  if (content === undefined) return new Uint8Array(0);
  const profile = await inflate([content.subarray(content.indexOf(0) + 2)], 'deflate', MAX_PROFILE);
  return profile ?? new Uint8Array(0); // a damaged one says nothing
}

/** Turned as a viewer shows it. @param {import('./png/decode.js').Picture} picture */
export function upright(picture) {
  const { width, height, rgb, alpha, orientation: way = 1 } = picture;
  if (way === 1) return picture;
  const size = way > 4 ? { width: height, height: width } : { width, height };
  const [fromRight, fromBelow] = [[2, 3, 7, 8].includes(way), [3, 4, 6, 7].includes(way)];
  const made = { rgb: new Uint8Array(rgb.length), alpha: alpha && new Uint8Array(alpha.length) };
  for (let row = 0, to = 0; row < size.height; row++) {
    for (let column = 0; column < size.width; column++, to++) {
      const x = way > 4 ? row : column;
      const y = way > 4 ? column : row;
      const from = (fromBelow ? height - 1 - y : y) * width + (fromRight ? width - 1 - x : x);
      for (let channel = 0; channel < 3; channel++) made.rgb[3 * to + channel] = rgb[3 * from + channel];
      if (alpha) made.alpha[to] = alpha[from];
    }
  }
  return { ...picture, ...size, ...made, orientation: 1 };
}

function onWhite(picture) {
  const { alpha } = picture;
  if (!alpha) return picture;
  const rgb = picture.rgb.map((value, at) => {
    const share = alpha[Math.floor(at / 3)];
    return Math.round((value * share + 255 * (255 - share)) / 255);
  });
  return { ...picture, rgb, alpha: null };
}
