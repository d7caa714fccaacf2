// The page.

import { setUpHide } from './page-hide.js';
import { setUpKeys } from './page-keys.js';
import { setUpReveal } from './page-reveal.js';
import { setUpDrops, setUpTabs } from './tabs.js';
import { Work } from './work.js';

const work = new Work();
setUpTabs(['hide', 'reveal', 'keys']);
setUpDrops({ hide: setUpHide(work), reveal: setUpReveal(work) });
setUpKeys();

// Without a service worker, as on plain http, the page works all the same while it is open.
navigator.serviceWorker?.register('offline.js').catch(() => {});
