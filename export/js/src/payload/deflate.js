// Deflate by the platform's own streams, with a bound on what comes out of inflating, so that a bomb
// takes no more memory than that.

import { concat } from '../bytes.js';

/**
 * The stream's content, or null if it is damaged, cut off, or longer than `most`.
 * @param {Uint8Array[]} parts of the compressed stream
 * @param {CompressionFormat} format
 * @param {number} most bytes
 * @returns {Promise<Uint8Array | null>}
 */
export async function inflate(parts, format, most) {
  try {
    return await through(new DecompressionStream(format), parts, most);
  } catch {
    return null;
  }
}

/**
 * @param {Uint8Array[]} parts
 * @param {CompressionFormat} format
 * @returns {Promise<Uint8Array>}
 */
export const deflate = (parts, format) => through(new CompressionStream(format), parts, Infinity);

async function through({ readable, writable }, parts, most) {
  const feeding = feed(writable.getWriter(), parts);
  const reader = readable.getReader();
  const found = [];
  let total = 0;
  try {
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      total += value.length;
      if (total > most) return null;
      found.push(value);
    }
  } finally {
    // stops the feeding, where the end was not reached
    reader.cancel().catch(() => {});
    await feeding;
  }
  return concat(...found);
}

async function feed(writer, parts) {
  try {
    for (const part of parts) await writer.write(part);
    await writer.close();
  } catch {
    // the reading side has the same error, and tells it
  }
}
