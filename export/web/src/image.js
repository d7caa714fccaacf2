// What can be read from the beginning of a file, and photos that are not PNG files, as covers.

import { Refused, canCarry, decodeJpeg, decodePng, isJpeg } from 'keystego-tf';

/** A cover that was compressed is scaled to this part at most, and to a long edge of so many pixels. */
const SCALE = 0.7;
const LONGEST = 2048;

/** Pixels that every browser's canvas has. */
const MOST_PIXELS = 2 ** 24;

const LOSSY =
  'Lossy compression throws fine detail away, and a hidden message with it. Such a file can hardly ' +
  'carry one; the keystego-tf command can try. Use the original file, not a copy that a chat or a ' +
  'photo service made of it.';
const LOSSLESS =
  'This page reads PNG and JPEG; the keystego-tf command reads this kind of file too. Converting it ' +
  'to PNG, without changing its size or colours, keeps the message.';

/** @param {Uint8Array} file its first bytes @returns {boolean} */
export const isPng = (file) => String.fromCharCode(...file.subarray(0, 8)) === '\x89PNG\r\n\x1a\n';

/**
 * Why a file cannot carry a message, from how it begins; null for a PNG or a JPEG.
 * @param {Uint8Array} file its first 16 bytes or more
 * @returns {string | null}
 */
export function refusal(file) {
  if (isPng(file) || isJpeg(file)) return null;
  const start = String.fromCharCode(...file.subarray(0, 16));
  if (start.startsWith('RIFF') && start.slice(8, 15) === 'WEBPVP8') {
    return start[15] === ' ' ? `This is a lossy WebP file. ${LOSSY}` : `This is WebP. ${LOSSLESS}`;
  }
  if (start.slice(4, 8) === 'ftyp') return `This is an AVIF or HEIC file, or a video. ${LOSSY}`;
  if (start.startsWith('GIF8')) return 'This is a GIF, which cannot carry a message. Use a PNG or a JPEG.';
  if (start.startsWith('BM')) return `This is BMP. ${LOSSLESS}`;
  if (start.startsWith('II*\0') || start.startsWith('MM\0*')) return `This is TIFF. ${LOSSLESS}`;
  return 'This is not an image that the page can read. It reads PNG and JPEG files.';
}

/** Why a file cannot be a cover, as far as its beginning tells. */
export const coverRefusal = (file) =>
  String.fromCharCode(...file.subarray(0, 4)) === 'GIF8'
    ? 'A GIF has too few colours to hide anything in. Take a photo.'
    : null;

/**
 * The size that a cover gets. PNG and most JPEG files keep theirs. What else was compressed lies on a
 * lattice that any change of a sample leaves, and scaling removes the lattice.
 * @param {{width: number, height: number}} size
 * @param {string} type of the file
 * @returns {{width: number, height: number}}
 */
export function coverSize({ width, height }, type) {
  if (['image/png', 'image/jpeg'].includes(type)) return { width, height };
  const scale = Math.min(SCALE, LONGEST / Math.max(width, height));
  return { width: Math.round(scale * width), height: Math.round(scale * height) };
}

/**
 * A cover: a JPEG's coefficients, a PNG's samples as they are stored, of others samples as the browser
 * decodes them. (There a canvas will do. Whatever it makes of the photo is the cover.)
 * @param {Uint8Array} file
 * @returns {Promise<import('keystego-tf').Picture | import('keystego-tf').Jpeg>}
 */
export async function readCover(file) {
  if (isPng(file)) return decodePng(file);
  if (isJpeg(file)) {
    const jpeg = decodeJpeg(file);
    if (canCarry(jpeg)) return jpeg;
  }
  return decoded(file, (size) => coverSize(size, ''));
}

/**
 * A photo for a messenger, which compresses it anyway: upright and in sRGB, as the browser decodes it.
 * @param {Uint8Array} file
 * @returns {Promise<import('keystego-tf').Picture>}
 */
export const readPhoto = (file) =>
  decoded(file, ({ width, height }) => {
    const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (width * height)));
    return { width: Math.floor(scale * width), height: Math.floor(scale * height) };
  });

/** Samples as the browser decodes them, scaled to the size that a function gives. */
async function decoded(file, sizeOf) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(new Blob([file]));
  } catch {
    throw new Refused('This is not an image that this browser can open. Take a JPEG or PNG.');
  }
  const { width, height } = sizeOf(bitmap);
  if (width === 0 || height === 0) throw new Refused('This image is too small.');
  const context = new OffscreenCanvas(width, height).getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.fillStyle = 'white'; // where the photo is transparent
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  const rgb = new Uint8Array(3 * width * height);
  let gray = true;
  for (let at = 0, from = 0; at < rgb.length; at += 3, from += 4) {
    for (let channel = 0; channel < 3; channel++) rgb[at + channel] = data[from + channel];
    gray &&= rgb[at] === rgb[at + 1] && rgb[at] === rgb[at + 2];
  }
  return { width, height, rgb, alpha: null, gray };
}
