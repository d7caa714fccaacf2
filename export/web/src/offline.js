// The service worker: after the first visit the page works without a network. build.mjs puts in what
// the page consists of. Models and their runtime, some 10 MB, are kept once a picture needed them.

// other pages of the same server may have caches, too
const OWN = `keystego ${self.registration.scope} `;
const CACHE = OWN + 'VERSION';
const PAGE = ['FILES'];
const KEPT_WHEN_USED = /\/(models|wasm)\//;

self.addEventListener('install', (event) => {
  const fresh = PAGE.map((path) => new Request(path, { cache: 'reload' }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)));
});

self.addEventListener('activate', (event) => {
  const clean = async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith(OWN) && name !== CACHE) await caches.delete(name);
    }
    await self.clients.claim();
  };
  event.waitUntil(clean());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || new URL(request.url).origin !== location.origin) return;
  event.respondWith(answer(request));
});

async function answer(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request, { ignoreSearch: true });
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok && KEPT_WHEN_USED.test(request.url)) await cache.put(request, response.clone());
  return response;
}
