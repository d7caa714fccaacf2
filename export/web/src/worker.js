// The work, away from the page so that it stays alive. It is told where its files are, is asked for
// one thing at a time, and answers with progress and then a result or an error.

import { NothingThere, Refused } from './errors.js';
import { readImage } from './image.js';
import { openModels } from './nets.js';
import { newPair } from './pairs.js';
import { fingerprint, toText } from './payload/keys.js';
import { modelsFor, reveal } from './reveal.js';

let models = null;

/** The models; loaded with the first question, and tried again after a failure. */
async function loaded(base, progress) {
  progress('loading', 0);
  models ??= openModels(new URL('models/', base), new URL('wasm/', base));
  try {
    return await models;
  } catch (error) {
    models = null;
    throw error;
  }
}

const answers = {
  async reveal({ file, key, base }, progress) {
    const picture = await readImage(file);
    const found = await loaded(base, progress);
    modelsFor(found, key);
    return reveal(picture, key, found, progress);
  },

  async pair({ base }, progress) {
    const pair = await newPair(await loaded(base, progress), (share) => progress('trying', share));
    return {
      secret: toText(pair.secret),
      public: toText(pair.public),
      fingerprint: fingerprint(pair.public),
    };
  },
};

self.onmessage = async ({ data: { ask, ...given } }) => {
  const progress = (step, share) => self.postMessage({ step, share });
  try {
    self.postMessage({ result: await answers[ask](given, progress) });
  } catch (error) {
    const told = error instanceof NothingThere || error instanceof Refused;
    if (!told) console.warn(error);
    self.postMessage({ error: { name: error.name, told, message: String(error.message) } });
  }
};
