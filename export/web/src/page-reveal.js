// The tab that reveals messages.

import { refusal } from './image.js';
import { KeyField, PictureField } from './fields.js';
import { Job, inBytes, part, save } from './parts.js';
import { textOf } from './text.js';

/** Characters that are shown; a browser gets slow with millions. */
const MOST_SHOWN = 200_000;

const KINDS = { shared: 'Shared key', secret: 'Your secret key' };
const WRONG = {
  public:
    'This is the public half of a key pair, for others to hide with. Revealing takes the secret ' +
    'half, the .key file.',
};

/** @param {import('./work.js').Work} work */
export function setUpReveal(work) {
  let message = null;
  const hideResult = () => {
    message = null;
    part('reveal-result').hidden = true;
    part('message').textContent = part('message-done').textContent = '';
  };
  const job = new Job('reveal', work, hideResult);
  const picture = new PictureField('reveal', job, refusal);
  const key = new KeyField('reveal', job, KINDS, WRONG);

  part('reveal').addEventListener('submit', async (event) => {
    event.preventDefault();
    job.begin();
    const file = await picture.content();
    const given = file && key.value();
    if (!given) return;
    const keys = given.kind === 'passphrase' ? { passphrase: given.text } : { key: given.text };
    message = await job.run({ ask: 'reveal', file, keys });
    if (message) show(message);
  });

  part('message-save').addEventListener('click', () => {
    save(textOf(message) === null ? 'message' : 'message.txt', message);
  });
  part('message-copy').addEventListener('click', async () => {
    const copied = navigator.clipboard?.writeText(textOf(message));
    part('message-done').textContent = (await succeeds(copied)) ? 'Copied.' : 'Copying was refused.';
  });
  part('reveal-forget').addEventListener('click', () => {
    work.cancel();
    job.begin();
    key.clear();
    picture.clear();
    part('reveal-image-drop').focus();
  });
  return { takeImage: picture.take, takeKey: key.take };
}

/** What is told of a part of a message in several pictures (docs/format.md, section 10), or ''. */
function partNote(message) {
  const start = String.fromCharCode(...message.subarray(0, 16));
  if (start !== 'keystego part 1 ' || message.length < 28) return '';
  const [number, count] = [24, 26].map((at) => (message[at] << 8) | message[at + 1]);
  if (number < 1 || number > count) return '';
  return `This is part ${number} of ${count} of a longer message. keystego-tf reveal joins the pictures.`;
}

function show(message) {
  const text = textOf(message);
  const isText = text !== null;
  part('message').hidden = !isText || text === '';
  part('message').textContent = isText ? text.slice(0, MOST_SHOWN) : '';
  part('message-copy').hidden = !isText;
  const size = inBytes(message.length);
  part('message-note').textContent =
    partNote(message) !== '' ? partNote(message)
    : text === '' ? 'The message is empty.'
    : !isText ? `The message is a file, not text: ${size}. Save it, and open it with care.`
    : text.length > MOST_SHOWN ? `This is its beginning. All of it, ${size}, is in the file.`
    : '';
  part('reveal-result').hidden = false;
  part('reveal-result-title').focus();
}

const succeeds = (promise) =>
  promise ? promise.then(() => true, () => false) : Promise.resolve(false);
