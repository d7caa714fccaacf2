// How the picture will be sent: as a file, or by a messenger that compresses it.

import { platforms } from 'keystego-tf';

import { part } from './parts.js';

/** For an app that is not known, as far as it keeps the size. */
const OTHER = { name: 'jpeg:60', title: 'Another app that keeps the size' };

const FILE = { name: 'file', title: 'As a file or document' };

export class DestinationField {
  /**
   * @param {import('./parts.js').Job} job
   * @param {() => void} changed
   */
  constructor(job, changed) {
    this.field = part('hide-destination');
    this.note = part('hide-destination-note');
    const group = document.createElement('optgroup');
    group.label = 'As a photo, which the app compresses';
    group.append(...[...platforms, OTHER].map(option));
    this.field.append(option(FILE), group);
    this.field.addEventListener('change', () => {
      job.begin();
      this.#tell();
      changed();
    });
    this.#tell();
  }

  /** The destination as `hide` takes it, and its title. */
  value() {
    return { name: this.field.value, title: this.field.selectedOptions[0].textContent };
  }

  clear() {
    this.field.value = FILE.name;
    this.#tell();
  }

  #tell() {
    const { name } = this.value();
    const square = platforms.some((each) => each.name === name && each.square);
    this.note.textContent = isFile({ name })
      ? 'Safest. A JPEG stays a JPEG; other pictures become PNG. A PNG that was once a JPEG gives ' +
        'the message away: take the JPEG.'
      : (square ? 'The photo is cropped to a square. ' : '') +
        'The photo becomes a JPEG of the size that the app sends. The message survives this app but ' +
        'no other, has to be shorter, and is easier to detect.';
  }
}

/** @param {{name: string}} destination */
export const isFile = ({ name }) => name === FILE.name;

/** What was checked for a destination, beside the file itself. */
export const checkedFor = (destination) =>
  isFile(destination) ? '' : ', also after it was compressed again';

/** How to send what was made for a destination, as parts of a list item. */
export function adviceFor(destination) {
  if (isFile(destination)) {
    const rest = '. Apps that send it as a photo compress it, and the message is lost.';
    return ['Send it ', strong('as a file'), rest];
  }
  const rest =
    ` (${destination.title}), and neither crop nor edit it. What the app ` +
    'does to it was only simulated, so ask whether the message has arrived.';
  return ['Send or post it ', strong('as a photo'), rest];
}

function option({ name, title }) {
  const made = document.createElement('option');
  made.value = name;
  made.textContent = title;
  return made;
}

function strong(text) {
  const made = document.createElement('strong');
  made.textContent = text;
  return made;
}
