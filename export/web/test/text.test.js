// What counts as text, and which files the page takes.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { coverRefusal, coverSize, refusal } from '../src/image.js';
import { textOf } from '../src/text.js';

const bytes = (text) => Uint8Array.from(text.padEnd(16, '\0'), (character) => character.charCodeAt(0));

test('what counts as text', () => {
  assert.equal(textOf(new TextEncoder().encode('a\tß\r\n😀')), 'a\tß\r\n😀');
  assert.equal(textOf(new Uint8Array(0)), '');
  assert.equal(textOf(Uint8Array.of(0xff, 0x41)), null);
  assert.equal(textOf(Uint8Array.of(0x41, 0x00)), null);
});

test('pictures that cannot hold a message are named', () => {
  const starts = {
    'lossy WebP': 'RIFF....WEBPVP8 ',
    WebP: 'RIFF....WEBPVP8L',
    HEIC: '....ftypheic',
    GIF: 'GIF89a',
    BMP: 'BM',
    TIFF: 'II*\0',
    'not an image': 'hello',
  };
  for (const [name, start] of Object.entries(starts)) {
    assert.ok(refusal(bytes(start)).includes(name), name);
  }
  assert.equal(refusal(bytes('\x89PNG\r\n\x1a\n')), null);
  assert.equal(refusal(bytes('\xff\xd8\xff\xe0')), null);
  assert.ok(coverRefusal(bytes('GIF89a')).includes('GIF'));
  assert.equal(coverRefusal(bytes('\xff\xd8\xff\xe0')), null);
});

test('covers that were compressed get smaller', () => {
  const size = { width: 4000, height: 3000 };
  assert.deepEqual(coverSize(size, 'image/png'), size);
  assert.deepEqual(coverSize(size, 'image/jpeg'), size);
  assert.deepEqual(coverSize(size, 'image/webp'), { width: 2048, height: 1536 });
  assert.deepEqual(coverSize({ width: 1000, height: 500 }, ''), { width: 700, height: 350 });
});
