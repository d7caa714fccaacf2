// Reed-Solomon: what must be corrected, and what must not pass.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Uncorrectable } from '../src/errors.js';
import {
  correctBlock,
  decode,
  encode,
  encodeBlock,
} from '../src/payload/correction.js';

/** Numbers that look like chance and are the same on every run (xorshift). */
function chance(seed) {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const bytes = (next, length) => Uint8Array.from({ length }, () => next(256));

/** `count` different places, the later ones drawn as likely as the first. */
function places(next, length, count) {
  const all = Array.from({ length }, (_, place) => place);
  return Array.from({ length: count }, () => all.splice(next(all.length), 1)[0]);
}

function damage(block, at, next) {
  const damaged = block.slice();
  for (const place of at) damaged[place] ^= 1 + next(255);
  return damaged;
}

const PARITIES = [8, 16, 32, 48, 64, 96, 128, 160, 192];

test('errors and erasures up to the limit are corrected, in blocks of every kind', () => {
  const next = chance(1);
  for (const parity of PARITIES) {
    for (const length of [1, 4, 255 - parity]) {
      const block = encodeBlock(bytes(next, length), parity);
      for (const erasures of [0, 1, parity >> 1, parity]) {
        const errors = Math.min((parity - erasures) >> 1, block.length - erasures);
        const some = Math.min(erasures, block.length);
        const at = places(next, block.length, Math.min(block.length, errors + some));
        const damaged = damage(block, at, next);
        const erased = at.slice(0, some);
        assert.deepEqual(correctBlock(damaged, parity, erased), block, `${parity} ${erasures}`);
      }
    }
  }
});

test('erased places may hold the right byte', () => {
  const next = chance(2);
  const block = encodeBlock(bytes(next, 100), 32);
  const damaged = damage(block, [3, 50], next);
  assert.deepEqual(correctBlock(damaged, 32, [3, 4, 5, 6, 7, 8]), block);
});

test('one error too many is not corrected to the block', () => {
  const next = chance(3);
  for (const parity of PARITIES) {
    const block = encodeBlock(bytes(next, 255 - parity), parity);
    const damaged = damage(block, places(next, 255, (parity >> 1) + 1), next);
    assert.notDeepEqual(correctBlock(damaged, parity, []), block);
  }
});

test('blocks of chance do not pass, with doubt or without', () => {
  const next = chance(4);
  let passed = 0;
  for (let round = 0; round < 60; round++) {
    const coded = bytes(next, 12);
    const doubt = Float32Array.from(coded, () => next(1000) / 1000);
    try {
      decode(coded, 8, doubt);
      passed++;
    } catch (error) {
      assert.ok(error instanceof Uncorrectable);
    }
  }
  // 4 errors in 12 bytes: 495 * 255^4 of 2^64 strings are near a code word
  assert.equal(passed, 0);
});

test('blocks of unequal length', () => {
  const next = chance(5);
  for (const length of [1, 239, 240, 478, 479, 1000]) {
    const data = bytes(next, length);
    const coded = encode(data, 16);
    const damaged = damage(coded, places(next, Math.min(coded.length, 200), 4), next);
    assert.deepEqual(decode(coded, 16), data);
    assert.deepEqual(decode(damaged, 16), data);
  }
});

test('doubt gets blocks through that have too many errors', () => {
  const next = chance(6);
  const data = bytes(next, 200);
  const coded = encode(data, 32);
  const at = places(next, coded.length, 22); // 16 is the most without erasures
  const damaged = damage(coded, at, next);
  const doubt = Float32Array.from(coded, () => next(400) / 1000);
  at.forEach((place) => (doubt[place] = 0.9));
  doubt[at[0]] = NaN; // read as not knowing
  assert.throws(() => decode(damaged, 32), Uncorrectable);
  assert.deepEqual(decode(damaged, 32, doubt), data);
});
