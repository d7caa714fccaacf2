// The half of the page that reads messages.

import { Refused } from './errors.js';
import { refusal } from './image.js';
import { Job, dropZone, part, save } from './parts.js';
import { MOST_TEXT, fingerprint, parse, passphrase } from './payload/keys.js';
import { textOf } from './text.js';

/** Bytes of the largest file that is taken, as in the Python package. */
const MAX_BYTES = 2 ** 30;

/** Characters that are shown; a browser gets slow with millions. */
const MOST_SHOWN = 200_000;

/** @param {import('./work.js').Work} work */
export function setUpRead(work) {
  const job = new Job('read', work);
  /** What was chosen; `reason`: why the last picture was not taken. */
  const chosen = { image: null, reason: null, key: null, message: null };
  const notes = { image: part('image-name').textContent, key: part('key-name').textContent };

  const takeImage = async (file) => {
    hideResult(chosen);
    chosen.reason = await whyNot(file);
    job.fail(chosen.reason ?? '');
    chosen.image = chosen.reason === null ? file : null;
    showImage(chosen.image, notes.image);
  };

  const takeKey = async (file) => {
    hideResult(chosen);
    chosen.key = null;
    try {
      chosen.key = await keyOf(file);
      job.fail();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      job.fail(`${file.name}: ${error.message}`);
    }
    showKey(chosen.key, file.name, notes.key);
  };

  dropZone('image', takeImage);
  dropZone('key', takeKey);
  takeDrops(takeImage, takeKey);
  part('passphrase').addEventListener('input', () => job.fail());
  setUpPassphrase(() => {
    chosen.key = null;
    showKey(null, '', notes.key);
    part('passphrase').focus();
  });

  part('read').addEventListener('submit', async (event) => {
    event.preventDefault();
    hideResult(chosen);
    const question = await questionOf(chosen, job);
    const message = question && (await job.run(question));
    if (message) showMessage((chosen.message = message));
  });

  part('save').addEventListener('click', () => {
    save(textOf(chosen.message) === null ? 'message' : 'message.txt', chosen.message);
  });
  part('copy').addEventListener('click', async () => {
    const copied = navigator.clipboard?.writeText(textOf(chosen.message));
    part('result-done').textContent = (await succeeds(copied)) ? 'Copied.' : 'Copying was refused.';
  });
  part('forget').addEventListener('click', () => {
    work.cancel();
    hideResult(chosen);
    part('message').textContent = part('passphrase').value = '';
    chosen.key = chosen.image = chosen.reason = null;
    showKey(null, '', notes.key);
    showImage(null, notes.image);
    part('image-drop').focus();
  });
}

/** What to ask the worker, or null if something is missing, which the user is told. */
async function questionOf({ image, reason, key }, job) {
  if (image === null) {
    job.fail(reason ?? 'Choose the picture first.');
    part('image-drop').focus();
    return null;
  }
  try {
    const given = key ?? passphrase(part('passphrase').value);
    return { ask: 'reveal', file: new Uint8Array(await image.arrayBuffer()), key: given };
  } catch (error) {
    const words = error instanceof Refused ? error.message : 'The picture cannot be read any more.';
    const missing = key === null && part('passphrase').value === '';
    job.fail(missing ? 'Type the passphrase or choose a key file.' : words);
    if (missing) part('passphrase').focus();
    return null;
  }
}

/** Why a file cannot carry a message, as far as its beginning tells; null if it may. */
async function whyNot(file) {
  if (file.size > MAX_BYTES) return `${file.name} is larger than 1 GiB.`;
  try {
    return refusal(new Uint8Array(await file.slice(0, 16).arrayBuffer()));
  } catch {
    return `${file.name} cannot be opened.`; // a folder, for one
  }
}

/** The key of a file. @returns {Promise<import('./payload/keys.js').ReadingKey>} or Refused */
async function keyOf(file) {
  if (file.size > MOST_TEXT) throw new Refused('This is no key file: it is too large.');
  const key = parse(await file.text());
  if (key.kind === 'public') {
    throw new Refused(
      'This is the public half of a key pair, for others to hide with. Reading takes the secret ' +
        'half, the .key file.',
    );
  }
  return key;
}

/** Files that are dropped: keys are told from pictures by what they hold, wherever they land. */
function takeDrops(takeImage, takeKey) {
  // else the browser would leave the page to show the file
  document.addEventListener('dragover', (event) => event.preventDefault());
  document.addEventListener('drop', async (event) => {
    event.preventDefault();
    const onKey = event.target instanceof Element && event.target.closest('#key-drop') !== null;
    for (const file of [...(event.dataTransfer?.files ?? [])].slice(0, 2)) {
      const start = await file.slice(0, 9).text().catch(() => '');
      await (onKey || start === 'keystego-' ? takeKey : takeImage)(file);
    }
  });
}

function setUpPassphrase(removeKey) {
  const field = part('passphrase');
  part('show').addEventListener('click', () => {
    const shown = field.type === 'password';
    field.type = shown ? 'text' : 'password';
    part('show').setAttribute('aria-pressed', String(shown));
    part('show').textContent = shown ? 'Hide' : 'Show';
  });
  part('key-remove').addEventListener('click', removeKey);
}

function showImage(file, note) {
  const [thumbnail, zone] = [part('thumbnail'), part('image-drop')];
  URL.revokeObjectURL(thumbnail.src);
  thumbnail.hidden = file === null;
  if (file) thumbnail.src = URL.createObjectURL(file);
  else thumbnail.removeAttribute('src');
  zone.classList.toggle('full', file !== null);
  zone.querySelector('.what').textContent = file ? file.name : 'Choose the stego PNG';
  zone.querySelector('.how').textContent = file ? 'choose another' : 'or drop it here';
  const size = file && `${(file.size / 1e6).toFixed(2)} MB`;
  part('image-name').textContent = size ?? note;
  thumbnail.onload = () => {
    const { naturalWidth, naturalHeight } = thumbnail;
    part('image-name').textContent = `${naturalWidth} x ${naturalHeight} pixels, ${size}`;
  };
}

function showKey(key, name, note) {
  const zone = part('key-drop');
  zone.classList.toggle('full', key !== null);
  zone.querySelector('.what').textContent = key ? name : 'Choose a key file';
  zone.querySelector('.how').textContent = key ? 'choose another' : 'or drop it here';
  const words = key?.kind === 'shared' ? `Shared key, ${fingerprint(key)}` : 'Your secret key';
  part('key-name').textContent = key ? words : note;
  part('key-remove').hidden = key === null;
  part('passphrase').disabled = key !== null;
}

function showMessage(message) {
  const text = textOf(message);
  const isText = text !== null;
  part('message').hidden = !isText || text === '';
  part('message').textContent = isText ? text.slice(0, MOST_SHOWN) : '';
  part('copy').hidden = !isText;
  const size = `${message.length.toLocaleString('en')} bytes`;
  part('result-note').textContent =
    text === '' ? 'The message is empty.'
    : !isText ? `The message is a file, not text: ${size}. Save it, and open it with care.`
    : text.length > MOST_SHOWN ? `This is its beginning. All of it, ${size}, is in the file.`
    : '';
  part('result').hidden = false;
  part('result-title').focus();
}

function hideResult(chosen) {
  chosen.message = null;
  part('result').hidden = true;
  part('message').textContent = part('result-done').textContent = '';
}

const succeeds = (promise) =>
  promise ? promise.then(() => true, () => false) : Promise.resolve(false);
