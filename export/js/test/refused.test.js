// What a reader must refuse, always with the same answer.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';

import { toBits } from '../src/bytes.js';
import { NothingThere, Refused, keygen, reveal } from '../src/index.js';
import { REED_SOLOMON } from '../src/payload/correction.js';
import { MAX_MESSAGE, seal, unpackHeader, unseal } from '../src/payload/frame.js';
import { headerBits, readBody, readHeader } from '../src/payload/layout.js';
import { parseKey } from '../src/payload/keys.js';
import { rootOf } from '../src/payload/schedule.js';
import { KEYS, pictureOf, unhex, vectors } from './vectors.js';

const found = vectors.schedules['shared key, nets'];
const root = unhex(found.root);
const payload = found.payloads.long;
const image = pictureOf(vectors.schedules['shared key, samples'].images[1]);

/** The message, read with a root from bits that `change` has been at. */
async function read(root, change = () => {}) {
  const bits = Float32Array.from(toBits(unhex(payload.flat)));
  change(bits);
  const head = headerBits(REED_SOLOMON);
  const header = readHeader(bits.subarray(0, head), root, REED_SOLOMON);
  return readBody(bits.subarray(head), header, root, REED_SOLOMON);
}

/** Deflated content under a tag that is right, as a careless sender might make it. */
function opened(content) {
  const { header, sealed } = seal({ content: new Uint8Array(content), deflated: true }, root, 0);
  return unseal(unpackHeader(header), sealed, root);
}

test('headers that no sender makes', () => {
  for (const bytes of [[0, 0, 0, 40], [0x10, 0, 0, 40], [0x20, 0, 0, 31], [0xff, 0, 0, 40]]) {
    assert.throws(() => unpackHeader(Uint8Array.from(bytes)), NothingThere);
  }
  assert.equal(unpackHeader(Uint8Array.of(0x20, 0, 0, 32)).length, 32);
});

test('the right root reads, another does not', async () => {
  assert.equal((await read(root)).length, 600);
  const other = root.slice();
  other[31] ^= 1;
  await assert.rejects(read(other), NothingThere);
});

test('some wrong bits are corrected, many are not', async () => {
  const turn = (every) => (bits) => {
    for (let at = 0; at < bits.length; at += every) bits[at] = 1 - bits[at];
  };
  assert.equal((await read(root, turn(100))).length, 600);
  await assert.rejects(read(root, turn(8)), NothingThere);
  await assert.rejects(read(root, (bits) => bits.fill(0.5)), NothingThere);
  await assert.rejects(read(root, (bits) => bits.fill(NaN)), NothingThere);
});

test('every changed byte of a sealed body is noticed, and every changed header', async () => {
  const header = unpackHeader(unhex(payload.header));
  const sealed = unhex(payload.sealed);
  for (let at = 0; at < sealed.length; at += 7) {
    const changed = sealed.slice();
    changed[at] ^= 1;
    await assert.rejects(unseal(header, changed, root), NothingThere);
  }
  await assert.rejects(unseal({ ...header, level: 1 }, sealed, root), NothingThere);
  await assert.rejects(unseal({ ...header, deflated: false }, sealed, root), NothingThere);
});

test('deflated messages: whole, cut off, with something behind, no deflate', async () => {
  const whole = deflateRawSync(Buffer.alloc(5000, 'abc'));
  assert.equal((await opened(whole)).length, 5000);
  assert.equal((await opened(deflateRawSync(Buffer.alloc(0)))).length, 0);
  await assert.rejects(opened(whole.subarray(0, -1)), NothingThere);
  await assert.rejects(opened(Buffer.concat([whole, Buffer.from([0])])), NothingThere);
  await assert.rejects(opened(Buffer.from([0xff, 0xff, 0x00])), NothingThere);
  await assert.rejects(opened(Buffer.alloc(0)), NothingThere);
});

test('what inflates beyond the bound', async () => {
  const most = await opened(deflateRawSync(Buffer.alloc(MAX_MESSAGE)));
  assert.equal(most.length, MAX_MESSAGE);
  await assert.rejects(opened(deflateRawSync(Buffer.alloc(MAX_MESSAGE + 1))), NothingThere);
});

test('an opening of low order', async () => {
  // both strings of u = 1, a point of order 4
  const strings = [
    'ce396c5424c947d204df287d2c5c1bf41dbb57183ad5ba142c23d35351aea01d',
    '0febd3aaa878785101036804ec3fa24df2c6db0200407f055656ac5e2ffd371f',
  ];
  for (const opening of strings) {
    const key = parseKey(KEYS.secret);
    await assert.rejects(rootOf(key, 'samples', unhex(opening)), NothingThere);
  }
});

test('a changed image, another key, and an image with nothing in it', async () => {
  const message = await reveal(image, { key: KEYS.shared });
  assert.deepEqual(message, unhex(vectors.messages.short));
  const changed = { ...image, rgb: image.rgb.map((value) => value ^ 1) };
  await assert.rejects(reveal(changed, { key: KEYS.shared }), NothingThere);
  await assert.rejects(reveal(image, { key: keygen('shared').key }), NothingThere);
  await assert.rejects(reveal(image, { key: KEYS.secret }), NothingThere);
  const small = { width: 63, height: 64, rgb: new Uint8Array(3 * 63 * 64), alpha: null, gray: true };
  await assert.rejects(reveal(small, { key: KEYS.shared }), NothingThere);
});

test('keys that do not read', async () => {
  for (const keys of [{}, { passphrase: 'a', key: KEYS.shared }, { key: KEYS.public }, { key: 'x' }]) {
    await assert.rejects(reveal(image, keys), Refused);
  }
});
