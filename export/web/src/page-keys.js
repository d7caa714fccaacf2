// The tab that makes key pairs.

import { keygen } from 'keystego-tf';

import { part, save } from './parts.js';

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;

export function setUpKeys() {
  /** The pair that was made last, and the name of its files. */
  let made = null;
  const begin = () => {
    made = null;
    part('keys-result').hidden = true;
    part('keys-error').textContent = part('fingerprint').textContent = '';
  };

  part('keys').addEventListener('submit', (event) => {
    event.preventDefault();
    begin();
    const name = part('keys-name').value.trim();
    if (!NAME.test(name)) {
      part('keys-error').textContent =
        'The name must be 1 to 64 letters, digits, "_", "-" and ".", and not begin with "." or "-".';
      part('keys-name').focus();
      return;
    }
    made = { name, ...keygen() };
    part('save-secret').textContent = `Save ${name}.key (secret)`;
    part('save-public').textContent = `Save ${name}.pub (public)`;
    part('fingerprint').textContent = made.fingerprint;
    part('keys-result').hidden = false;
    part('keys-result-title').focus();
  });

  part('save-secret').addEventListener('click', () => save(`${made.name}.key`, `${made.secret}\n`));
  part('save-public').addEventListener('click', () => save(`${made.name}.pub`, `${made.public}\n`));
  const forget = () => {
    begin();
    part('keys').reset();
  };
  return { forget };
}
