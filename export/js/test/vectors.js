// tests/payload/vectors.json, and what tests do with it.

import { readFileSync } from 'node:fs';

const path = new URL('../../../tests/payload/vectors.json', import.meta.url);

export const vectors = JSON.parse(readFileSync(path, 'utf8'));

export const hex = (content) => Buffer.from(content).toString('hex');

export const unhex = (text) => new Uint8Array(Buffer.from(text, 'hex'));

/** The keys that the vectors were made with. */
export const KEYS = {
  shared: vectors.keys.shared.text,
  secret: vectors.keys.secret.text,
  public: vectors.keys.public.text,
};

/** The samples of an image as a picture. */
export function pictureOf({ shape: [height, width, channels], samples }) {
  const values = unhex(samples);
  const rgb = channels === 3 ? values : Uint8Array.from({ length: 3 * values.length }, (_, at) => values[Math.floor(at / 3)]);
  return { height, width, rgb, alpha: null, gray: channels === 1 };
}
