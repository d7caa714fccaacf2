// The half of the page that makes key pairs.

import { Job, part, save } from './parts.js';

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;

/** @param {import('./work.js').Work} work */
export function setUpPair(work) {
  const job = new Job('pair', work);
  /** The pair that was made last, and the name of its files. */
  let made = null;

  part('pair').addEventListener('submit', async (event) => {
    event.preventDefault();
    part('made').hidden = true;
    made = null;
    const name = part('pair-name').value.trim();
    if (!NAME.test(name)) {
      job.fail('The name must be 1 to 64 letters, digits, "_", "-" and ".", and not begin with "." or "-".');
      part('pair-name').focus();
      return;
    }
    const pair = await job.run({ ask: 'pair' });
    if (pair === null) return;
    made = { name, ...pair };
    part('save-secret').textContent = `Save ${name}.key (secret)`;
    part('save-public').textContent = `Save ${name}.pub (public)`;
    part('fingerprint').textContent = pair.fingerprint;
    part('made').hidden = false;
    part('made-title').focus();
  });

  part('save-secret').addEventListener('click', () => save(`${made.name}.key`, `${made.secret}\n`));
  part('save-public').addEventListener('click', () => save(`${made.name}.pub`, `${made.public}\n`));
}
