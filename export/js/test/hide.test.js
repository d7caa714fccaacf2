// Hiding: round trips, what changes, and what does not fit.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { random } from '../src/bytes.js';
import { destinationsOf } from '../src/channel/platforms.js';
import { hill } from '../src/embedders/syndrome/costs.js';
import { extract } from '../src/embedders/syndrome/code.js';
import { embed } from '../src/embedders/syndrome/search.js';
import { DoesNotFit, Refused, capacity, decodePng, hide, keygen, parseKey, reveal } from '../src/index.js';
import { hideFor } from '../src/messenger.js';
import { pack } from '../src/payload/frame.js';
import { encodePng } from '../src/png/encode.js';
import { KEYS } from './vectors.js';

const text = (message) => new TextDecoder().decode(message);

/** Waves with noise; three channels unless gray. */
function picture(width, height, { gray = false, alpha = false } = {}) {
  const noise = random(3 * width * height);
  const rgb = new Uint8Array(3 * width * height);
  for (let at = 0; at < rgb.length; at++) {
    const pixel = Math.floor(at / 3);
    const wave = Math.sin((pixel % width) / 9) + Math.cos(Math.floor(pixel / width) / 7);
    rgb[at] = 120 + 50 * wave + (noise[gray ? pixel : at] % 9) + (gray ? 0 : at % 3);
  }
  return { width, height, rgb, gray, alpha: alpha ? random(width * height) : null };
}

test('every kind of key, in images of every kind', async () => {
  const pair = keygen();
  const shared = keygen('shared').key;
  const cases = [
    [{ passphrase: 'cafe\u0301' }, { passphrase: 'caf\u00e9' }, picture(80, 64)],
    [{ key: shared }, { key: shared }, picture(64, 70, { gray: true })],
    [{ key: shared }, { key: shared }, picture(64, 64, { gray: true, alpha: true })],
    [{ to: pair.public }, { key: pair.secret }, picture(90, 70, { alpha: true })],
  ];
  for (const [sender, reader, cover] of cases) {
    const stego = await hide(await encodePng(cover), 'Grüße', sender);
    assert.equal(text(await reveal(stego.file, reader)), 'Grüße');
    const after = await decodePng(stego.file);
    assert.equal(after.gray, cover.gray);
    assert.deepEqual(after.alpha, cover.alpha);
    let changed = 0;
    after.rgb.forEach((value, at) => {
      assert.ok(Math.abs(value - cover.rgb[at]) <= 1);
      changed += value === cover.rgb[at] ? 0 : 1;
    });
    assert.equal(changed / (cover.gray ? 3 : 1), stego.changed);
  }
});

test('messages of any length up to what fits, and none above', async () => {
  const cover = picture(64, 64, { gray: true });
  const [{ message: most }] = await capacity(cover);
  for (const length of [0, 1, 40, most]) {
    const message = random(length);
    const { file } = await hide(cover, message, { key: KEYS.shared });
    assert.deepEqual(await reveal(file, { key: KEYS.shared }), message);
  }
  await assert.rejects(hide(cover, random(most + 1), { key: KEYS.shared }), DoesNotFit);
  await assert.rejects(hide(picture(63, 200), 'a', { key: KEYS.shared }), DoesNotFit);
});

test('more strength where the weakest does not survive every way', async () => {
  const cover = picture(320, 240, { gray: true });
  const message = random(20);
  const [signal] = destinationsOf('signal');
  const hidden = async (platform) =>
    hideFor(parseKey(KEYS.shared), cover, [platform], await pack(message), message, () => {});
  const weak = await hidden(signal);
  // under this name qualities are played whose tables are coarser than Signal's
  const strong = await hidden({ ...signal, name: 'jpeg:20' });
  assert.ok(strong.psnr < weak.psnr - 2, `${strong.psnr}, ${weak.psnr}`);
  for (const { file } of [weak, strong]) {
    assert.deepEqual(await reveal(file, { key: KEYS.shared }), message);
  }
  const lost = hidden({ ...signal, name: 'jpeg:-400' });
  await assert.rejects(lost, { name: 'DoesNotFit', message: /too many of its bits are read wrong/ });
});

test('two images with one message share nothing', async () => {
  const cover = picture(64, 64);
  const [one, other] = [
    await hide(cover, 'the same', { key: KEYS.shared }),
    await hide(cover, 'the same', { key: KEYS.shared }),
  ];
  assert.notDeepEqual(one.file, other.file);
});

test('keys that do not hide', async () => {
  const cover = picture(64, 64);
  const wrong = [{}, { key: KEYS.public }, { key: KEYS.secret }, { to: KEYS.shared }, { to: 'x' }];
  for (const keys of [...wrong, { passphrase: '' }, { passphrase: 'a', to: KEYS.public }]) {
    await assert.rejects(hide(cover, 'a', keys), Refused);
  }
});

test('samples at the ends of their range stay within it', async () => {
  const values = Uint8Array.from({ length: 4000 }, (_, at) => (at % 3 === 0 ? 255 : 0));
  const cost = new Float32Array(4000).fill(1);
  const bits = random(300).map((byte) => byte & 1);
  const changed = await embed(values, cost, bits, false);
  assert.deepEqual(extract(changed, 300), bits);
  changed.forEach((value, at) => assert.ok(Math.abs(value - values[at]) <= 1));
});

test('what may change least is spared', async () => {
  // half of the samples cost a thousand times as much
  const values = random(6400);
  const cost = Float32Array.from(values, (_, at) => (at % 2 ? 1000 : 1));
  const bits = random(200).map((byte) => byte & 1);
  const changed = await embed(values, cost, bits, false);
  assert.deepEqual(extract(changed, 200), bits);
  changed.forEach((value, at) => assert.ok(at % 2 === 0 || value === values[at]));
});

test('HILL of a flat image with one bright sample, by hand', () => {
  const values = new Uint8Array(40 * 40).fill(100);
  values[20 * 40 + 20] = 104;
  const costs = hill({ height: 40, width: 40, channels: 1, values });
  // where nothing is active, the cost is 2^23; 25 samples have some of the filter's 16 units
  assert.ok(Math.abs(costs[0] / 2 ** 23 - 1) < 1e-6);
  const near = [1, 3, 4, 3, 1]; // sums of 1 2 1 over three
  const inside = near.flatMap((r) => near.map((c) => 9 / (r * c)));
  const sum = inside.reduce((total, cost) => total + cost) + 200 * 2 ** 23;
  assert.ok(Math.abs((costs[20 * 40 + 20] * 225) / sum - 1) < 1e-6);
});
