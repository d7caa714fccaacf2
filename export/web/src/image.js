// From a file to tiles of samples (docs/format.md, section 1).

import { Refused } from './errors.js';
import { decodePng, isPng } from './png.js';

/** Height and width of a tile, pixels. */
export const TILE = 128;

const LOSSY =
  'Lossy compression throws fine detail away, and a hidden message with it, so no such file can ' +
  'carry one. Use the original PNG, not a copy that a chat or a photo service made of it.';
const LOSSLESS =
  'This page reads PNG only; the keystego-tf command reads this kind of file too. Converting it ' +
  'to PNG, without changing its size or colours, keeps the message.';

/**
 * Why a file cannot carry a message, from how it begins; null for a PNG.
 * @param {Uint8Array} file its first 16 bytes or more
 * @returns {string | null}
 */
export function refusal(file) {
  if (isPng(file)) return null;
  const start = String.fromCharCode(...file.subarray(0, 16));
  if (start.startsWith('\xff\xd8\xff')) return `This is a JPEG. ${LOSSY}`;
  if (start.startsWith('RIFF') && start.slice(8, 15) === 'WEBPVP8') {
    return start[15] === ' ' ? `This is a lossy WebP file. ${LOSSY}` : `This is WebP. ${LOSSLESS}`;
  }
  if (start.slice(4, 8) === 'ftyp') return `This is an AVIF or HEIC file, or a video. ${LOSSY}`;
  if (start.startsWith('GIF8')) return 'This is a GIF, which cannot carry a message: use a PNG.';
  if (start.startsWith('BM')) return `This is BMP. ${LOSSLESS}`;
  if (start.startsWith('II*\0') || start.startsWith('MM\0*')) return `This is TIFF. ${LOSSLESS}`;
  return 'This is not an image that the page can read. It reads PNG files.';
}

/**
 * @param {Uint8Array} file
 * @returns {Promise<import('./png.js').Picture>} Refused for what cannot carry a message
 */
export async function readImage(file) {
  const reason = refusal(file);
  if (reason !== null) throw new Refused(reason);
  const picture = await decodePng(file);
  if (Math.min(picture.width, picture.height) < TILE) {
    throw new Refused(
      `This image has ${picture.width} x ${picture.height} pixels. It is too small to carry a ` +
        `message, which takes ${TILE} x ${TILE} at least.`,
    );
  }
  return picture;
}

/** The tiles of an image, numbered row by row. */
export class Grid {
  /** @param {import('./png.js').Picture} picture */
  constructor(picture) {
    this.picture = picture;
    this.columns = Math.floor(picture.width / TILE);
    this.count = this.columns * Math.floor(picture.height / TILE);
  }

  /**
   * A tile as the nets take it.
   * @param {number} number
   * @param {number} channels 1 or 3
   * @returns {Float32Array} [TILE, TILE, channels] in [0, 1]
   */
  tile(number, channels) {
    const top = TILE * Math.floor(number / this.columns);
    const left = TILE * (number % this.columns);
    const samples = new Float32Array(TILE * TILE * channels);
    let to = 0;
    for (let row = top; row < top + TILE; row++) {
      for (let column = left; column < left + TILE; column++) {
        const from = 3 * (row * this.picture.width + column);
        for (let channel = 0; channel < channels; channel++) {
          samples[to++] = this.picture.rgb[from + channel] / 255;
        }
      }
    }
    return samples;
  }
}
