// The page.

import { setUpHide } from './page-hide.js';
import { setUpKeys } from './page-keys.js';
import { setUpReveal } from './page-reveal.js';
import { part } from './parts.js';
import { setUpDrops, setUpTabs } from './tabs.js';
import { Work } from './work.js';

const work = new Work();
setUpTabs(['hide', 'reveal', 'keys']);
const [hide, reveal, keys] = [setUpHide(work), setUpReveal(work), setUpKeys()];
setUpDrops({ hide, reveal });

part('forget').addEventListener('click', () => {
  work.cancel();
  for (const { forget } of [hide, reveal, keys]) forget();
});

// Without a service worker, as on plain http, the page works all the same while it is open.
navigator.serviceWorker?.register('offline.js').catch(() => {});
