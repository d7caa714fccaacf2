// The work, away from the page so that it stays alive. It is told where its files are, is asked for
// one thing at a time, and answers with progress and then a result or an error.

import { NothingThere, Refused, hide, isJpeg, reveal, whole } from 'keystego-tf';
import { openModels } from 'keystego-tf/litert';

import { readCover, readPhoto, refusal } from './image.js';

let models = null;

/** The models; loaded when first needed, and tried again after a failure. */
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
  async hide({ file, message, keys, destination }, progress) {
    progress('opening', 0);
    const cover = destination === 'file' ? await readCover(file) : await readPhoto(file);
    const stego = await hide(cover, whole(message), keys, { destination, progress });
    return { ...stego, type: isJpeg(stego.file) ? 'image/jpeg' : 'image/png' };
  },

  async reveal({ file, keys, base }, progress) {
    progress('opening', 0);
    const reason = refusal(file);
    if (reason !== null) throw new Refused(reason);
    return reveal(file, keys, { models: () => loaded(base, progress), progress });
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
