// The tab that hides messages.

import { DestinationField, adviceFor, checkedFor, isFile } from './destination.js';
import { KeyField, PictureField } from './fields.js';
import { coverRefusal, coverSize } from './image.js';
import { Job, inBytes, part, save } from './parts.js';

const KINDS = { shared: 'Shared key', public: "The receiver's public key" };
const WRONG = {
  secret:
    'This is the secret half of a key pair, which only reveals. To hide, choose the public half ' +
    'of the receiver, the .pub file.',
};
const KEY_NAMES = { passphrase: 'passphrase', shared: 'key', public: 'to' };

/** @param {import('./work.js').Work} work */
export function setUpHide(work) {
  let made = null;
  const hideResult = () => {
    made = null;
    part('hide-result').hidden = true;
    URL.revokeObjectURL(part('made-picture').src);
    part('made-picture').removeAttribute('src');
  };
  const job = new Job('hide', work, hideResult);
  const destination = new DestinationField(job, () => picture.tell());
  const picture = new PictureField('hide', job, coverRefusal, (size, file) =>
    isFile(destination.value()) ? describe(size, file) : '',
  );
  const key = new KeyField('hide', job, KINDS, WRONG);
  const message = new MessageField(job);

  part('hide').addEventListener('submit', async (event) => {
    event.preventDefault();
    const turn = job.begin();
    const chosen = destination.value();
    const file = await picture.content();
    const content = file && (await message.content());
    const given = content && (await key.value());
    if (!given || turn !== job.turn) return;
    const name = picture.file.name.replace(/\.[^.]*$/, '') || 'picture';
    const keys = { [KEY_NAMES[given.kind]]: given.text };
    const stego = await job.run({ ask: 'hide', file, message: content, keys, destination: chosen.name });
    const ending = stego?.type === 'image/jpeg' ? 'jpg' : 'png';
    if (stego) show((made = { name: `${name}.${ending}`, ...stego }), content.length, chosen);
  });

  part('made-save').addEventListener('click', () => save(made.name, made.file, made.type));
  part('made-share').addEventListener('click', () => {
    // whoever changes his mind has done nothing wrong
    navigator.share({ files: [shared(made)] }).catch(() => {});
  });
  const forget = () => {
    job.begin();
    for (const field of [key, picture, message, destination]) field.clear();
  };
  return { takeImage: picture.take, takeKey: key.take, forget };
}

/** What is told of a chosen photo beside its size. */
function describe(size, file) {
  const { width, height } = coverSize(size, file.type);
  if (width === size.width) return '';
  return ` It will be scaled to ${width} x ${height}, which removes the traces of its compression.`;
}

function show(made, length, destination) {
  const share = ((100 * made.changed) / made.samples).toPrecision(2);
  const changed = `${share} % of its ${made.type === 'image/jpeg' ? 'coefficients' : 'samples'} changed`;
  part('made-note').textContent =
    `The picture holds ${inBytes(length)}, and was checked to reveal them${checkedFor(destination)}. ` +
    (isFile(destination)
      ? `${changed}, each by one step.`
      : `It has ${made.width} x ${made.height} pixels. ${changed}.`);
  part('made-sending').replaceChildren(...adviceFor(destination));
  part('made-picture').src = URL.createObjectURL(new Blob([made.file], { type: made.type }));
  part('made-share').hidden = !navigator.canShare?.({ files: [shared(made)] });
  part('hide-result').hidden = false;
  part('hide-result-title').focus();
}

const shared = ({ name, file, type }) => new File([file], name, { type });

/** Text, or a file. */
class MessageField {
  constructor(job) {
    this.job = job;
    this.file = null;
    this.text = part('hide-message');
    this.note = part('hide-message-note');
    this.attach = part('hide-attach');
    const input = part('hide-attach-file');
    this.attach.addEventListener('click', () => (this.file ? this.clear() : input.click()));
    input.addEventListener('change', () => {
      if (input.files.length > 0) this.#take(input.files[0]);
      input.value = '';
    });
    this.text.addEventListener('input', () => {
      job.fail();
      this.#count();
    });
  }

  /** Bytes, or null if there are none, and the user knows. @returns {Promise<Uint8Array | null>} */
  async content() {
    if (this.file === null && this.text.value === '') {
      this.job.fail('Type the message, or choose a file to hide.');
      this.text.focus();
      return null;
    }
    if (this.file === null) return new TextEncoder().encode(this.text.value);
    try {
      return new Uint8Array(await this.file.arrayBuffer());
    } catch {
      this.job.fail(`${this.file.name} cannot be read.`);
      return null;
    }
  }

  clear() {
    this.#take(null);
    this.text.value = '';
    this.#count();
  }

  #take(file) {
    this.job.fail();
    this.file = file;
    this.text.hidden = file !== null;
    this.attach.textContent = file ? 'Hide text instead' : 'Hide a file instead';
    this.note.textContent = file ? `${file.name}, ${inBytes(file.size)}` : '';
  }

  #count() {
    const { length } = new TextEncoder().encode(this.text.value);
    this.note.textContent = length > 0 ? inBytes(length) : '';
  }
}
