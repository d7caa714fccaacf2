// A fresh key pair. Bob works a public key out from the secret one and misjudges a bit of some;
// openings have no error correction, so pairs are drawn until he reads a few of them, through every
// model that has the generator (as in keystego_tf/codec/pairs.py).

import { equal, toBits, toBytes } from './bytes.js';
import { TILE } from './image.js';
import { neuralSecret, publicHalf } from './payload/keys.js';
import { CERTAIN, Reader } from './reveal.js';

const DRAWS = 200;
const OPENINGS = 4;

/**
 * @param {import('./nets.js').Model[]} models
 * @param {(share: number) => void} progress share of a draw's openings; starts anew with each
 * @returns {Promise<{secret: import('./payload/keys.js').SecretKey,
 *   public: import('./payload/keys.js').PublicKey}>}
 */
export async function newPair(models, progress) {
  const asymmetric = models.filter(({ entry }) => entry.scheme === 'asymmetric');
  if (asymmetric.length === 0) throw new Error('the page has no model that makes key pairs');
  const { generator } = asymmetric[0].entry;
  const trying = asymmetric.filter(({ entry }) => entry.generator === generator);
  for (let draw = 0; draw < DRAWS; draw++) {
    const secret = { kind: 'secret', seed: random(32), generator };
    const mask = await trying[0].mask(toBits(neuralSecret(secret)));
    if (await allRead(trying, secret, mask, progress)) {
      return { secret, public: publicHalf(secret, toBytes(mask)) };
    }
  }
  throw new Error(`the openings of ${DRAWS} key pairs are misread`);
}

async function allRead(models, secret, mask, progress) {
  let done = 0;
  for (const model of models) {
    const reader = new Reader(model, secret);
    for (let opening = 0; opening < OPENINGS; opening++) {
      if (!(await reads(model, reader, mask))) return false;
      progress(++done / (models.length * OPENINGS));
    }
  }
  return true;
}

/** Whether the secret key reads an opening as its public half would: an image carries one anyhow. */
async function reads(model, reader, mask) {
  const image = noise(model.entry.channels);
  const expected = (await model.readUnder(image, mask)).subarray(0, reader.shape.opening);
  const found = await reader.opening(image, 0);
  return equal(found.content, toBytes(expected)) && found.certainty >= CERTAIN / 2;
}

/** A tile of random samples. */
function noise(channels) {
  return Float32Array.from(random(TILE * TILE * channels), (byte) => byte / 255);
}

function random(length) {
  const content = new Uint8Array(length);
  // browsers give 65,536 bytes at a time
  for (let at = 0; at < length; at += 65536) {
    crypto.getRandomValues(content.subarray(at, at + 65536));
  }
  return content;
}
