// Whether a message is text.

/**
 * The text of UTF-8 bytes, or null if they are none or hold control characters, as files do.
 * @param {Uint8Array} content
 * @returns {string | null}
 */
export function textOf(content) {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
    return /[\x00-\x08\x0b\x0e-\x1f\x7f]/.test(text) ? null : text;
  } catch {
    return null;
  }
}
