// Parts that all of the page uses.

import { Cancelled } from './work.js';

/** @param {string} id @returns {HTMLElement} */
export const part = (id) => document.getElementById(id);

const STEPS = {
  opening: 'Opening the picture …',
  stretching: 'Working on the passphrase …',
  scaling: 'Scaling the photo …',
  hiding: 'Hiding the message …',
  sending: 'Checking that the message arrives …',
  writing: 'Writing the picture …',
  looking: 'Looking for a message …',
  loading: 'Loading the models …',
  reading: 'Reading the picture …',
};

/** A form with a button that works for a while: progress, cancelling and errors. */
export class Job {
  /**
   * @param {string} name ids of its parts begin with it
   * @param {import('./work.js').Work} work
   * @param {() => void} hideResult
   */
  constructor(name, work, hideResult) {
    this.name = name;
    this.work = work;
    this.hideResult = hideResult;
    /** Counts what was begun. */
    this.turn = 0;
    this.isBusy = false;
    this.#part('cancel').addEventListener('click', () => work.cancel());
  }

  #part = (name) => part(`${this.name}-${name}`);

  /** Something new: what was made before is gone, and what is being made is stopped. */
  begin() {
    if (this.isBusy) this.work.cancel();
    this.hideResult();
    this.fail();
    return ++this.turn;
  }

  /** Show an error, or none. @param {string} [message] */
  fail(message = '') {
    this.#part('error').textContent = message;
  }

  /**
   * Ask the worker, showing how far it is. @returns {Promise<any>} null if there is no answer,
   * and the user knows why
   */
  async run(question) {
    this.fail();
    this.#busy(true);
    try {
      return await this.work.ask(question, (step, share) => this.#progress(step, share));
    } catch (error) {
      if (!(error instanceof Cancelled)) this.fail(wordsFor(error));
      return null;
    } finally {
      this.#busy(false);
    }
  }

  #busy(busy) {
    this.isBusy = busy;
    const button = this.#part('button');
    const focused = document.activeElement === button || document.activeElement === this.#part('cancel');
    this.#part('cancel').hidden = !busy;
    this.#part('progress').hidden = !busy;
    button.disabled = busy;
    if (focused) (busy ? this.#part('cancel') : button).focus();
    if (!busy) this.#part('step').textContent = '';
  }

  #progress(step, share) {
    const bar = this.#part('progress').firstElementChild;
    if (['loading', 'opening', 'scaling', 'writing'].includes(step)) bar.removeAttribute('value');
    else bar.value = share;
    // a screen reader speaks each change, so only new steps are changes
    const text = STEPS[step];
    if (this.#part('step').textContent !== text) this.#part('step').textContent = text;
  }
}

function wordsFor(error) {
  if (error.name === 'NothingThere') {
    return (
      'No message can be read. There is none in this picture, it is for another passphrase or key, ' +
      'or the picture was changed on its way.'
    );
  }
  if (error.told) return error.message;
  if (error.name === 'RangeError') return 'This device has not enough memory for this picture.';
  return `The page failed: ${error.message}`;
}

/**
 * A button that takes a file: by choosing, or by dropping one on it.
 * @param {string} name ids of button and input begin with it
 * @param {(file: File) => void} take
 */
export function dropZone(name, take) {
  const button = part(`${name}-drop`);
  const input = part(`${name}-file`);
  button.addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    if (input.files.length > 0) take(input.files[0]);
    input.value = ''; // so that the same file can be chosen again
  });
  for (const kind of ['dragenter', 'dragover']) {
    button.addEventListener(kind, () => button.classList.add('over'));
  }
  for (const kind of ['dragleave', 'drop']) {
    button.addEventListener(kind, () => button.classList.remove('over'));
  }
}

/** @param {number} length @returns {string} */
export const inBytes = (length) => `${length.toLocaleString('en')} ${length === 1 ? 'byte' : 'bytes'}`;

/** Let the browser save bytes or text as a file. */
export function save(name, content, type = 'application/octet-stream') {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  // the browser needs it until the file is written
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
