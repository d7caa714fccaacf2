// The service worker, with caches that are none.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';

const script = readFileSync(new URL('../src/offline.js', import.meta.url), 'utf8');

test('only old caches of this page are deleted', async () => {
  const [own, deeper] = ['keystego https://a.org/x/ ', 'keystego https://a.org/x/y/ '];
  const names = new Set(['another app', `${deeper}1`, `${own}1`, `${own}VERSION`]);
  const heard = {};
  const self = {
    registration: { scope: 'https://a.org/x/' },
    clients: { claim() {} },
    addEventListener: (name, listener) => (heard[name] = listener),
  };
  const caches = { keys: async () => [...names], delete: async (name) => names.delete(name) };
  runInNewContext(script, { self, caches });
  let done;
  heard.activate({ waitUntil: (promise) => (done = promise) });
  await done;
  assert.deepEqual([...names], ['another app', `${deeper}1`, `${own}VERSION`]);
});
