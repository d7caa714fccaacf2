// A fresh key pair. Bob works a public key out from the secret one and misjudges a bit of some;
// openings have no error correction, so pairs are drawn until he reads a few of them, through every
// model that has the generator (as in keystego_tf/codec/pairs.py).

import { equal, toBits, toBytes } from './bytes.js';
import { TILE } from './image.js';
import { neuralSecret, publicHalf } from './payload/keys.js';
import { OPENING_BYTES } from './payload/root.js';
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

/** Whether an opening that is hidden with the public half is read with the secret one. */
async function reads(model, reader, mask) {
  const { keyRows, total } = reader.shape;
  const content = random(OPENING_BYTES.asymmetric);
  const message = toBits(random(total / 8));
  message.set(toBits(content));
  const mixed = toBits(random(mask.length / 8));
  mixed.set(mask.subarray(0, (keyRows * TILE) / 4));
  const stego = await model.hide(easyCover(model.entry.channels), message, mixed);
  const found = await reader.opening(stego, 0);
  return equal(found.content, content) && found.certainty >= CERTAIN / 2;
}

/** Half-tone gray with a little noise: whatever is misread in it is the key's fault. */
function easyCover(channels) {
  const noise = random(4 * TILE * TILE * channels);
  const cover = new Float32Array(TILE * TILE * channels);
  for (let index = 0; index < cover.length; index++) {
    // four bytes are near enough to a normal distribution, here with a standard deviation of 4
    const sum = noise.subarray(4 * index, 4 * index + 4).reduce((sum, byte) => sum + byte, 0);
    cover[index] = Math.round(128 + ((sum - 510) / 148) * 4) / 255;
  }
  return cover;
}

function random(length) {
  const content = new Uint8Array(length);
  // browsers give 65,536 bytes at a time
  for (let at = 0; at < length; at += 65536) {
    crypto.getRandomValues(content.subarray(at, at + 65536));
  }
  return content;
}
