// What can go wrong, as far as it is told apart.

/** Nothing can be read. It never says why: without the key, nobody may learn how close they got. */
export class NothingThere extends Error {
  constructor() {
    super(
      'nothing can be read: there is no message, it is for another passphrase or key, or the ' +
        'image was changed on its way',
    );
    this.name = 'NothingThere';
  }
}

/** A file, a key or a message that will not do. Its text is written for users. */
export class Refused extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'Refused';
  }
}

/** The message does not fit into the image. */
export class DoesNotFit extends Refused {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'DoesNotFit';
  }
}

/** There are more errors than a code can correct. */
export class Uncorrectable extends NothingThere {}
