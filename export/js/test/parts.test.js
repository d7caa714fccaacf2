// Parts of a message in several images.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ascii, concat } from '../src/bytes.js';
import { partOf, whole } from '../src/index.js';

const part = (number, count, content = 'abc') =>
  concat(ascii('keystego part 1 12345678'), Uint8Array.of(0, number, 0, count), ascii(content));

test('parts, and what is none', () => {
  assert.deepEqual(partOf(part(2, 3)), { number: 2, count: 3, content: ascii('abc') });
  assert.equal(partOf(part(2, 2, '')).content.length, 0);
  for (const none of [part(0, 3), part(3, 2), part(1, 1).subarray(0, 27), part(1, 1).subarray(1)]) {
    assert.equal(partOf(none), null);
    assert.equal(whole(none), none);
  }
});

test('what looks like a part is part 1 of 1', () => {
  const message = part(2, 3);
  assert.deepEqual(partOf(whole(message)), { number: 1, count: 1, content: message });
});
