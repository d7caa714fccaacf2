// Keys and their text forms, key pairs, and openings that look like random bytes.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ed25519 } from '@noble/curves/ed25519.js';

import { Refused, keygen, parseKey } from '../src/index.js';
import { random } from '../src/bytes.js';
import { encapsulate, decapsulate, pointOf, publicOf, stringOf } from '../src/payload/exchange.js';
import { passphrase, toText } from '../src/payload/keys.js';
import { KEYS, hex, unhex, vectors } from './vectors.js';

const { Point } = ed25519;
const { Fp } = Point;
const LITTLE = (bytes) => BigInt(`0x${hex(bytes.slice().reverse())}`);

test('white space that a mail program adds is let pass', () => {
  for (const text of Object.values(KEYS)) {
    const [kind, coded] = text.split(' ');
    const broken = ['\r\n', kind, coded.slice(0, 10), coded.slice(10), ''].join(' \r\n\t');
    assert.deepEqual(parseKey(broken), parseKey(text));
  }
});

test('every changed character is noticed', () => {
  for (let at = 0; at < KEYS.secret.length; at++) {
    const character = KEYS.secret[at] === 'A' ? 'B' : 'A';
    const changed = KEYS.secret.slice(0, at) + character + KEYS.secret.slice(at + 1);
    assert.throws(() => parseKey(changed), Refused);
  }
});

test('what is no key, and no part of it in the error', () => {
  const cases = ['', 'keystego-shared-2', 'keystego-other-2 AAAA', `${KEYS.shared}A`, 'é', '\0'];
  cases.push(KEYS.shared.replace('-2', '-1'), KEYS.shared.replace(/.$/, '+'), ' '.repeat(5000));
  cases.push('toString AAAA');
  for (const text of cases) {
    assert.throws(() => parseKey(text), (error) => {
      assert.ok(error instanceof Refused);
      assert.ok(!error.message.includes(KEYS.shared.slice(-20)));
      return true;
    });
  }
});

test('public keys that are not canonical or of low order', () => {
  const prime = 2n ** 255n - 19n;
  const bytes = (number) => unhex(number.toString(16).padStart(64, '0')).reverse();
  for (const number of [0n, 1n, prime - 1n, prime, prime + 5n, 2n ** 255n + 9n]) {
    const text = toText({ kind: 'public', x25519: bytes(number) });
    assert.throws(() => parseKey(text), Refused, String(number));
  }
  assert.equal(parseKey(toText({ kind: 'public', x25519: bytes(9n) })).kind, 'public');
});

test('passphrases', () => {
  assert.equal(passphrase('cafe\u0301').text, 'caf\u00e9');
  assert.throws(() => passphrase(''), Refused);
  assert.throws(() => passphrase('half \ud83d'), Refused);
});

test('fresh keys', () => {
  const [one, other] = [keygen(), keygen()];
  assert.notEqual(one.secret, other.secret);
  assert.equal(parseKey(one.secret).kind, 'secret');
  assert.equal(parseKey(one.public).kind, 'public');
  assert.match(one.fingerprint, /^(\d{5} ){5}\d{5}$/);
  assert.equal(parseKey(keygen('shared').key).kind, 'shared');
});

test('sender and receiver agree, and nobody else', () => {
  const secret = random(32);
  for (let round = 0; round < 20; round++) {
    const { opening, agreed } = encapsulate(publicOf(secret));
    assert.equal(hex(decapsulate(opening, secret)), hex(agreed));
    assert.notEqual(hex(decapsulate(opening, random(32))), hex(agreed));
  }
});

test('both strings of a point, with any of the bits left over', () => {
  const point = LITTLE(pointOf(unhex(vectors.elligator[2].opening)));
  const strings = new Set();
  for (const chance of [0, 1, 0x40, 0x81, 0xc0]) {
    const string = stringOf(point, chance);
    assert.equal(LITTLE(pointOf(string)), point);
    assert.equal(string[31] >> 6, chance >> 6);
    strings.add(hex(string));
  }
  assert.equal(strings.size, 5);
});

/** Whether the points with this u have the order of the subgroup. */
function isInSubgroup(u) {
  const value = LITTLE(u);
  const y = Fp.div(Fp.sub(value, 1n), Fp.add(value, 1n));
  const bytes = Point.Fp.toBytes(y);
  return Point.fromBytes(bytes).isTorsionFree();
}

test('openings are of the whole curve, all bits as likely', () => {
  const receiver = publicOf(random(32));
  const count = 400;
  const ones = new Float64Array(256);
  let inSubgroup = 0;
  for (let round = 0; round < count; round++) {
    const { opening } = encapsulate(receiver);
    for (let bit = 0; bit < 256; bit++) ones[bit] += (opening[bit >> 3] >> (bit & 7)) & 1;
    inSubgroup += isInSubgroup(pointOf(opening)) ? 1 : 0;
  }
  // 256 bits at 5 standard deviations; an eighth of the points is in the subgroup
  for (const sum of ones) assert.ok(Math.abs(sum - count / 2) < 5 * Math.sqrt(count / 4), `${sum}`);
  assert.ok(Math.abs(inSubgroup - count / 8) < 5 * Math.sqrt((count * 7) / 64), `${inSubgroup}`);
});
