// The README's first example, as it stands there.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { random } from '../src/bytes.js';
import { encodePng } from '../src/png/encode.js';

test('the first example of the README', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const [, example] = readme.match(/```js\n(.*?)```/s);
  const folder = mkdtempSync(join(tmpdir(), 'keystego-'));
  try {
    mkdirSync(join(folder, 'node_modules'));
    const target = fileURLToPath(new URL('..', import.meta.url));
    symlinkSync(target, join(folder, 'node_modules', 'keystego-tf'), 'junction');
    writeFileSync(join(folder, 'example.mjs'), example);
    const [width, height] = [100, 80];
    const picture = { width, height, rgb: random(3 * width * height), alpha: null, gray: false };
    writeFileSync(join(folder, 'photo.png'), await encodePng(picture));
    const options = { cwd: folder, encoding: 'utf8' };
    const lines = execFileSync(process.execPath, ['example.mjs'], options).trim().split('\n');
    assert.match(lines[0], /^It holds [0-9]{4} bytes\.$/);
    assert.match(lines[1], /^\d+ samples changed, \d\d\.\d dB\.$/);
    assert.equal(lines[2], 'At six, by the old pier.');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
