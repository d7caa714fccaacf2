// What a reader must refuse, always with the same answer.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';

import { chacha20poly1305 } from '@noble/ciphers/chacha.js';

import { concat, toBits } from '../src/bytes.js';
import { NothingThere } from '../src/errors.js';
import { MAX_MESSAGE, cost, packHeader, unpackHeader, unseal } from '../src/payload/frame.js';
import { furtherTiles, readBody, readHeader } from '../src/payload/places.js';
import { derive, rootOf } from '../src/payload/root.js';

const path = new URL('../../../tests/payload/vectors.json', import.meta.url);
const found = JSON.parse(readFileSync(path, 'utf8')).keys['shared key'];
const unhex = (text) => new Uint8Array(Buffer.from(text, 'hex'));
const root = unhex(found.root);
const payload = found.payloads.long;
const layout = {
  openingSlots: payload.opening_slots,
  tileSlots: payload.tile_slots,
  tiles: payload.tiles,
  openingTile: payload.opening_tile,
};
const slots = (tile) => Float32Array.from(toBits(unhex(payload.bits[tile])));

/** The message, read with a root from tiles that `change` has been at. */
async function read(root, change = () => {}) {
  const first = slots(payload.opening_tile);
  change(first);
  const header = readHeader(first, root, layout);
  const rest = [...furtherTiles(root, layout, cost(header))].map(slots);
  rest.forEach(change);
  const flat = Float32Array.from([first, ...rest].flatMap((part) => [...part]));
  return readBody(flat, header, root, layout);
}

/** Deflated content under a tag that is right, as a careless sender might make it. */
function sealed(content) {
  const header = { deflated: true, level: 0, length: content.length + 16 };
  const packed = packHeader(header);
  const nonce = concat(packed, new Uint8Array(8));
  const cipher = chacha20poly1305(derive(root, 'frame'), nonce, packed);
  return unseal(header, cipher.encrypt(new Uint8Array(content)), root);
}

test('headers that no sender makes', () => {
  for (const bytes of [[0, 0, 0, 40], [0x20, 0, 0, 40], [0x10, 0, 0, 15], [0xff, 0, 0, 40]]) {
    assert.throws(() => unpackHeader(Uint8Array.from(bytes)), NothingThere);
  }
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

test('a body that the image has no room for', () => {
  const small = { ...layout, tiles: 2, openingTile: 1 };
  // the same header places, fewer tiles
  assert.throws(() => readHeader(slots(payload.opening_tile), root, small), NothingThere);
});

test('every changed byte of a ciphertext is noticed', async () => {
  const header = unpackHeader(unhex(payload.header));
  const ciphertext = unhex(payload.ciphertext);
  for (let at = 0; at < ciphertext.length; at += 7) {
    const changed = ciphertext.slice();
    changed[at] ^= 1;
    await assert.rejects(unseal(header, changed, root), NothingThere);
  }
  await assert.rejects(unseal({ ...header, level: 1 }, ciphertext, root), NothingThere);
});

test('deflated messages: whole, cut off, with something behind, no deflate', async () => {
  const whole = deflateRawSync(Buffer.alloc(5000, 'abc'));
  assert.equal((await sealed(whole)).length, 5000);
  assert.equal((await sealed(deflateRawSync(Buffer.alloc(0)))).length, 0);
  await assert.rejects(sealed(whole.subarray(0, -1)), NothingThere);
  await assert.rejects(sealed(Buffer.concat([whole, Buffer.from([0])])), NothingThere);
  await assert.rejects(sealed(Buffer.from([0xff, 0xff, 0x00])), NothingThere);
  await assert.rejects(sealed(Buffer.alloc(0)), NothingThere);
});

test('what inflates beyond the bound', async () => {
  const most = await sealed(deflateRawSync(Buffer.alloc(MAX_MESSAGE)));
  assert.equal(most.length, MAX_MESSAGE);
  await assert.rejects(sealed(deflateRawSync(Buffer.alloc(MAX_MESSAGE + 1))), NothingThere);
});

test('an opening of low order', async () => {
  const key = { kind: 'secret', seed: new Uint8Array(32).fill(7), generator: 'example' };
  const one = new Uint8Array(32);
  one[0] = 1;
  for (const enc of [new Uint8Array(32), one]) {
    await assert.rejects(rootOf(key, enc), NothingThere);
  }
});
