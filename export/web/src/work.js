// The page's end of worker.js.

/** What the user stopped. */
export class Cancelled extends Error {}

/** Asks the worker for one thing at a time. */
export class Work {
  #worker = null;
  #waiting = null;

  /**
   * The answer to a question; a rejection has `told`, true where its message is for the user.
   * @param {object} question
   * @param {(step: string, share: number) => void} progress
   * @returns {Promise<any>}
   */
  ask(question, progress) {
    this.cancel(false);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject, progress };
      this.#worker ??= this.#start();
      this.#worker.postMessage({ ...question, base: document.baseURI });
    });
  }

  /** Stop what is going on. @param {boolean} [all] end the worker too, with the keys it knows */
  cancel(all = true) {
    if (this.#waiting === null && !all) return;
    this.#worker?.terminate();
    this.#worker = null;
    this.#waiting?.reject(new Cancelled());
    this.#waiting = null;
  }

  #start() {
    // A worker made of a blob keeps the page's Content-Security-Policy. One that is fetched has only
    // what the server sends with it, and could ask other servers for things.
    const script = `importScripts(${JSON.stringify(new URL('worker.js', document.baseURI).href)})`;
    const place = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
    const worker = new Worker(place);
    worker.onmessage = ({ data }) => this.#heard(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#heard({ error: { told: false, message: event.message || 'a script did not load' } });
      this.cancel();
    };
    return worker;
  }

  #heard({ step, share, result, error }) {
    if (this.#waiting === null) return;
    if (step !== undefined) {
      this.#waiting.progress(step, share);
      return;
    }
    const { resolve, reject } = this.#waiting;
    this.#waiting = null;
    if (error) reject(Object.assign(new Error(error.message), error));
    else resolve(result);
  }
}
