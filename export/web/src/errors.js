// What can go wrong, as far as the page tells it apart.

/** Nothing can be read. It never says why: who has no key must not learn how far he got. */
export class NothingThere extends Error {
  constructor() {
    super('nothing can be read: there is no message, or it is for another passphrase or key');
    this.name = 'NothingThere';
  }
}

/** A file, a key or a name that will not do; its message is written for the reader of the page. */
export class Refused extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'Refused';
  }
}
