// The two fields that hiding and revealing have in common: a picture and a key.

import { Refused, fingerprint, parseKey } from 'keystego-tf';

import { dropZone, part } from './parts.js';

/** Bytes of the largest file that is taken, as in the Python package. */
const MAX_BYTES = 2 ** 30;

/** Bytes of the longest key file. */
const MAX_KEY = 4096;

/** A button that takes a picture, with a small copy of it. */
export class PictureField {
  /**
   * @param {string} name ids of its parts begin with it
   * @param {import('./parts.js').Job} job is told what is wrong
   * @param {(start: Uint8Array) => string | null} refusal why a file that begins so will not do
   * @param {(size: {width: number, height: number}, file: File) => string} [describe] more to tell
   */
  constructor(name, job, refusal, describe = () => '') {
    this.name = name;
    this.job = job;
    this.refusal = refusal;
    this.describe = describe;
    /** @type {File | null} */
    this.file = null;
    this.reason = null;
    this.zone = part(`${name}-image-drop`);
    this.thumbnail = part(`${name}-thumbnail`);
    this.note = part(`${name}-image-note`);
    this.empty = { what: this.zone.querySelector('.what').textContent, note: this.note.textContent };
    dropZone(`${name}-image`, this.take);
  }

  /** @param {File} file */
  take = (file) => (this.taken = this.#take(file, this.taken));

  async #take(file, before) {
    this.job.begin();
    await before;
    this.reason = await this.#whyNot(file);
    if (this.reason !== null) this.job.fail(this.reason);
    this.#show(this.reason === null ? file : null);
  }

  clear() {
    this.reason = null;
    this.#show(null);
  }

  /** The file's content, or null, and the user knows why. @returns {Promise<Uint8Array | null>} */
  async content() {
    await this.taken; // who types fast sends the form before the file was looked at
    if (this.file === null) {
      this.job.fail(this.reason ?? 'Choose the picture first.');
      this.zone.focus();
      return null;
    }
    try {
      return new Uint8Array(await this.file.arrayBuffer());
    } catch {
      this.job.fail('The picture cannot be read any more.');
      return null;
    }
  }

  /** Tell what is known of the photo. */
  tell() {
    const { naturalWidth: width, naturalHeight: height } = this.thumbnail;
    if (this.file === null || width === 0) return;
    const more = this.describe({ width, height }, this.file);
    this.note.textContent = `${width} x ${height} pixels, ${inMegabytes(this.file)}.${more}`;
  }

  async #whyNot(file) {
    if (file.size > MAX_BYTES) return `${file.name} is larger than 1 GiB.`;
    try {
      return this.refusal(new Uint8Array(await file.slice(0, 16).arrayBuffer()));
    } catch {
      return `${file.name} cannot be opened.`; // a folder, for one
    }
  }

  #show(file) {
    this.file = file;
    URL.revokeObjectURL(this.thumbnail.src);
    this.thumbnail.hidden = file === null;
    if (file) this.thumbnail.src = URL.createObjectURL(file);
    else this.thumbnail.removeAttribute('src');
    this.zone.classList.toggle('full', file !== null);
    this.zone.querySelector('.what').textContent = file ? file.name : this.empty.what;
    this.zone.querySelector('.how').textContent = file ? 'choose another' : 'or drop it here';
    this.note.textContent = file ? inMegabytes(file) : this.empty.note;
    this.thumbnail.onload = () => this.tell();
    // the worker has a decoder of its own, and tells what is wrong
    this.thumbnail.onerror = () => (this.thumbnail.hidden = true);
  }
}

const inMegabytes = ({ size }) => `${(size / 1e6).toFixed(2)} MB`;

/** A passphrase, or a key file. */
export class KeyField {
  /**
   * @param {string} name
   * @param {import('./parts.js').Job} job
   * @param {Record<string, string>} kinds what is said of each kind of key that will do
   * @param {Record<string, string>} wrong and of those that will not
   */
  constructor(name, job, kinds, wrong) {
    this.job = job;
    this.kinds = kinds;
    this.wrong = wrong;
    /** The text of the key file. @type {string | null} */
    this.text = null;
    this.kind = null;
    this.field = part(`${name}-passphrase`);
    this.show = part(`${name}-show`);
    this.zone = part(`${name}-key-drop`);
    this.note = part(`${name}-key-note`);
    this.remove = part(`${name}-key-remove`);
    this.empty = this.note.textContent;
    dropZone(`${name}-key`, this.take);
    this.field.addEventListener('input', () => job.fail());
    this.show.addEventListener('click', () => this.#reveal(this.field.type === 'password'));
    this.remove.addEventListener('click', () => {
      this.#set(null);
      this.field.focus();
    });
  }

  /** @param {File} file */
  take = (file) => (this.taken = this.#take(file, this.taken));

  async #take(file, before) {
    this.job.begin();
    await before;
    this.#set(null);
    try {
      this.#set(await this.#read(file), file.name);
    } catch (error) {
      const why = error instanceof Refused ? error.message : 'This file cannot be opened.';
      this.job.fail(`${file.name}: ${why}`);
    }
  }

  clear() {
    this.field.value = '';
    this.#reveal(false);
    this.#set(null);
  }

  /** The passphrase or the key's text; null if there is neither, and the user knows. */
  async value() {
    await this.taken; // who types fast sends the form before the file was read
    if (this.text !== null) return { kind: this.kind, text: this.text };
    if (this.field.value !== '') return { kind: 'passphrase', text: this.field.value };
    this.job.fail('Type the passphrase or choose a key file.');
    this.field.focus();
    return null;
  }

  async #read(file) {
    if (file.size > MAX_KEY) throw new Refused('This is no key file. It is too large.');
    const text = await file.text();
    const key = parseKey(text);
    if (key.kind in this.wrong) throw new Refused(this.wrong[key.kind]);
    return { text, key };
  }

  #set(found, name = '') {
    this.text = found?.text ?? null;
    this.kind = found?.key.kind ?? null;
    const fingers = found && found.key.kind !== 'secret' ? `, ${fingerprint(found.key)}` : '';
    this.zone.classList.toggle('full', found !== null);
    this.zone.querySelector('.what').textContent = found ? name : 'Choose a key file';
    this.zone.querySelector('.how').textContent = found ? 'choose another' : 'or drop it here';
    this.note.textContent = found ? this.kinds[this.kind] + fingers : this.empty;
    this.remove.hidden = found === null;
    this.field.disabled = found !== null;
  }

  #reveal(shown) {
    this.field.type = shown ? 'text' : 'password';
    this.show.setAttribute('aria-pressed', String(shown));
    this.show.textContent = shown ? 'Hide' : 'Show';
  }
}
