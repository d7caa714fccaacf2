// The three things to do, as tabs; the address names the one that is open.

import { part } from './parts.js';

let open = null;

/** @param {string[]} names in their order */
export function setUpTabs(names) {
  const show = (name) => {
    open = name;
    for (const each of names) {
      part(`${each}-panel`).hidden = each !== name;
      part(`${each}-tab`).setAttribute('aria-selected', String(each === name));
      part(`${each}-tab`).tabIndex = each === name ? 0 : -1;
    }
  };
  const fromAddress = () => {
    const name = location.hash.slice(1);
    show(names.includes(name) ? name : names[0]);
  };
  const go = (name) => {
    history.replaceState(null, '', `#${name}`);
    show(name);
    part(`${name}-tab`).focus();
  };
  for (const [place, name] of names.entries()) {
    part(`${name}-tab`).addEventListener('click', () => go(name));
    part(`${name}-tab`).addEventListener('keydown', ({ key }) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (step) go(names[(place + step + names.length) % names.length]);
      if (key === 'Home') go(names[0]);
      if (key === 'End') go(names.at(-1));
    });
  }
  addEventListener('hashchange', fromAddress);
  fromAddress();
}

/**
 * Files that are dropped anywhere go to the open tab. Keys are told from pictures by what they hold.
 * @param {Record<string, {takeImage: (file: File) => void, takeKey: (file: File) => void}>} tabs
 */
export function setUpDrops(tabs) {
  // else the browser would leave the page to show the file
  document.addEventListener('dragover', (event) => event.preventDefault());
  document.addEventListener('drop', async (event) => {
    event.preventDefault();
    if (!(open in tabs)) return;
    const { takeImage, takeKey } = tabs[open];
    const onKey = event.target instanceof Element && event.target.closest(`#${open}-key-drop`) !== null;
    for (const file of [...(event.dataTransfer?.files ?? [])].slice(0, 2)) {
      const start = await file.slice(0, 9).text().catch(() => '');
      await (onKey || start === 'keystego-' ? takeKey : takeImage)(file);
    }
  });
}
