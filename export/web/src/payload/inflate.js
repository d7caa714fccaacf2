// Inflating with a bound on what comes out, so that a bomb takes no more memory than that.

/**
 * The stream's content, or null if it is damaged, cut off, or longer than `most`.
 * @param {Uint8Array[]} parts of the compressed stream
 * @param {CompressionFormat} format
 * @param {number} most bytes
 * @returns {Promise<Uint8Array | null>}
 */
export async function inflate(parts, format, most) {
  const inflater = new DecompressionStream(format);
  const feeding = feed(inflater.writable.getWriter(), parts);
  const reader = inflater.readable.getReader();
  const found = [];
  let total = 0;
  try {
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      total += value.length;
      if (total > most) return null;
      found.push(value);
    }
  } catch {
    return null;
  } finally {
    // stops the feeding, where the end was not reached
    reader.cancel().catch(() => {});
    await feeding;
  }
  const content = new Uint8Array(total);
  let at = 0;
  for (const chunk of found) {
    content.set(chunk, at);
    at += chunk.length;
  }
  return content;
}

async function feed(writer, parts) {
  try {
    for (const part of parts) await writer.write(part);
    await writer.close();
  } catch {
    // the reading side has the same error, and tells it
  }
}
