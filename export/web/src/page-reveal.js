// The tab that reveals messages.

import { partOf } from 'keystego-tf';

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
    const turn = job.begin();
    const file = await picture.content();
    const given = file && (await key.value());
    if (!given || turn !== job.turn) return;
    const keys = given.kind === 'passphrase' ? { passphrase: given.text } : { key: given.text };
    const revealed = await job.run({ ask: 'reveal', file, keys });
    if (!revealed) return;
    const found = partOf(revealed);
    message = found?.count === 1 ? found.content : revealed;
    show(message, partNote(found));
  });

  part('message-save').addEventListener('click', () => {
    save(textOf(message) === null ? 'message' : 'message.txt', message);
  });
  part('message-copy').addEventListener('click', async () => {
    const copied = navigator.clipboard?.writeText(textOf(message));
    part('message-done').textContent = (await succeeds(copied)) ? 'Copied.' : 'Copying was refused.';
  });
  const forget = () => {
    job.begin();
    for (const field of [key, picture]) field.clear();
  };
  return { takeImage: picture.take, takeKey: key.take, forget };
}

/** What is told of a part of a message in several pictures, or ''. */
const partNote = (found) =>
  found !== null && found.count > 1
    ? `This is part ${found.number} of ${found.count} of a longer message. keystego-tf reveal joins the pictures.`
    : '';

function show(message, note) {
  const text = textOf(message);
  const isText = text !== null;
  part('message').hidden = !isText || text === '';
  part('message').textContent = isText ? text.slice(0, MOST_SHOWN) : '';
  part('message-copy').hidden = !isText;
  const size = inBytes(message.length);
  part('message-note').textContent =
    note !== '' ? note
    : text === '' ? 'The message is empty.'
    : !isText ? `The message is a file, not text: ${size}. Save it, and open it with care.`
    : text.length > MOST_SHOWN ? `This is its beginning. All of it, ${size}, is in the file.`
    : '';
  part('reveal-result').hidden = false;
  part('reveal-result-title').focus();
}

const succeeds = (promise) =>
  promise ? promise.then(() => true, () => false) : Promise.resolve(false);
