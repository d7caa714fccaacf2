// One of the four functions, for tests in Python: JSON on standard input, JSON on standard output.
// Images and messages go in base64.

import { readFileSync } from 'node:fs';

import { capacity, hide, keygen, reveal } from '../src/index.js';

const { run, image, message, keys, destination } = JSON.parse(readFileSync(0, 'utf8'));
const bytes = (text) => new Uint8Array(Buffer.from(text, 'base64'));
const base64 = (content) => Buffer.from(content).toString('base64');

const functions = {
  async hide() {
    const { file, ...figures } = await hide(bytes(image), bytes(message), keys, { destination });
    return { file: base64(file), ...figures };
  },
  reveal: async () => base64(await reveal(bytes(image), keys)),
  capacity: () => capacity(bytes(image)),
  keygen: () => keygen(keys),
};

let answer;
try {
  answer = { answer: await functions[run]() };
} catch (error) {
  answer = { error: error.name, words: error.message };
}
process.stdout.write(JSON.stringify(answer));
