// The nets, through LiteRT.js: Bob reads a tile, and the pK generator makes a public key map. Bits are
// Uint8Arrays of 0 and 1.

import { Tensor, loadAndCompile, loadLiteRt } from '@litertjs/core';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

import { KEY_SIDE, TILE } from './embedders/nets.js';
import { Refused } from './errors.js';

const KEY_SHAPE = [1, KEY_SIDE, KEY_SIDE, 1];

/**
 * @typedef {object} Entry of models.json
 * @property {string} name
 * @property {'symmetric' | 'asymmetric'} scheme
 * @property {number[]} message_shape rows and columns of the message map
 * @property {1 | 3} channels
 * @property {Record<string, string>} sha256 of its files
 */

/** The nets of a bundle. Files are fetched and compiled when they are first needed. */
class Model {
  #base;
  #agents = new Map();

  /** @param {Entry} entry @param {URL} base where models.json is */
  constructor(entry, base) {
    this.entry = entry;
    this.#base = base;
  }

  /**
   * The probabilities that message bits are 1, row by row.
   * @param {Float32Array} stego a tile in [0, 1]
   * @param {Uint8Array} key key map
   * @param {Uint8Array} mask the public key map that belongs to it; unused in the symmetric scheme
   * @returns {Promise<Float32Array>}
   */
  read(stego, key, mask) {
    const shape = [1, TILE, TILE, this.entry.channels];
    const inputs = { stego: [stego, shape], secret_key: [signs(key), KEY_SHAPE] };
    if (this.entry.scheme === 'asymmetric') inputs.public_key = [signs(mask), KEY_SHAPE];
    return this.#answer('bob', 'read', inputs);
  }

  /** The mask of a key map: itself, or its public key map. @returns {Promise<Uint8Array>} */
  async mask(key) {
    if (this.entry.scheme === 'symmetric') return key;
    const inputs = { secret_key: [signs(key), KEY_SHAPE] };
    const made = await this.#answer('pk_generator', 'make', inputs);
    return Uint8Array.from(made, (value) => (value > 0 ? 1 : 0));
  }

  async #answer(agent, signature, inputs) {
    if (!this.#agents.has(agent)) this.#agents.set(agent, await this.#load(agent));
    const tensors = Object.entries(inputs).map(([name, given]) => [name, new Tensor(...given)]);
    const outputs = await this.#agents.get(agent).run(signature, Object.fromEntries(tensors));
    const [output] = Object.values(outputs);
    const values = output.toTypedArray().slice();
    // tensors are outside of JavaScript's memory, and nobody else frees them
    for (const tensor of [output, ...tensors.map(([, tensor]) => tensor)]) tensor.delete();
    return values;
  }

  async #load(agent) {
    const file = `${agent}.tflite`;
    const content = await fetched(new URL(`${this.entry.name}/${file}`, this.#base));
    // the runtime trusts what it loads
    if (bytesToHex(sha256(content)) !== this.entry.sha256[file]) {
      throw new Error(`${this.entry.name}/${file} is damaged`);
    }
    return loadAndCompile(content, { accelerator: 'wasm' });
  }
}

/**
 * The models of models.json, in its order.
 * @param {URL} models where models.json is
 * @param {URL} wasm where the runtime is
 * @returns {Promise<Model[]>}
 */
export async function openModels(models, wasm) {
  const [listed] = await Promise.all([fetched(new URL('models.json', models)), loadRuntime(wasm)]);
  const { models: entries } = JSON.parse(new TextDecoder().decode(listed));
  return entries.map((entry) => new Model(entry, models));
}

/** The runtime, which loads once only; after a failure it is tried again. */
let runtime = null;

function loadRuntime(wasm) {
  runtime ??= load(wasm).catch(() => {
    runtime = null;
    throw unavailable();
  });
  return runtime;
}

/** LiteRT.js on the processor. On GPUs, results differ from device to device. */
async function load(wasm) {
  self.Module = {
    // a worker that was made of a blob has no place of its own to look beside
    locateFile: (name) => new URL(name, wasm).href,
    // a log of how it starts; failures are thrown
    printErr: () => {},
  };
  // It would take hold of a GPU, and warns where there is none; no option says not to.
  Object.defineProperty(navigator, 'gpu', { value: undefined, configurable: true });
  const { warn } = console;
  console.warn = () => {};
  try {
    await loadLiteRt(wasm.href);
  } finally {
    console.warn = warn;
    delete navigator.gpu; // the browser's own lies behind it
  }
}

async function fetched(url) {
  try {
    const response = await fetch(url);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
  } catch {
    // there is no network
  }
  throw unavailable();
}

const unavailable = () =>
  new Refused(
    'No message was found without the models, and the models cannot be loaded. Connect to the ' +
      'network and try again.',
  );

/** Bits as the nets take them. */
const signs = (bits) => Float32Array.from(bits, (bit) => (bit ? 1 : -1));
