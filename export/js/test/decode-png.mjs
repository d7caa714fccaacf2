// Prints, for each file named, width, height and the SHA-256 of its samples and alpha, or why it is refused.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { decodePng } from '../src/index.js';

for (const path of process.argv.slice(2)) {
  try {
    const { width, height, rgb, alpha, gray } = await decodePng(new Uint8Array(readFileSync(path)));
    const hash = createHash('sha256').update(rgb).update(alpha ?? '').digest('hex');
    console.log(JSON.stringify({ width, height, gray, hash }));
  } catch (error) {
    console.log(JSON.stringify({ refused: error.name === 'Refused', error: error.message }));
  }
}
