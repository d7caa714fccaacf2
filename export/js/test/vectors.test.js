// Every step of tests/payload/vectors.json, in the direction that a reader goes.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { toBits, xor } from '../src/bytes.js';
import { decode } from '../src/payload/correction.js';
import { PARITY, cost, packHeader, unpackHeader, unseal } from '../src/payload/frame.js';
import { publicOf } from '../src/payload/hpke.js';
import { neuralSecret, passphrase, x25519Secret } from '../src/payload/keys.js';
import * as places from '../src/payload/places.js';
import { OPENING_KEY, candidates, order, rootOf, stream } from '../src/payload/root.js';
import { encode } from './encoder.js';

const path = new URL('../../../tests/payload/vectors.json', import.meta.url);
const vectors = JSON.parse(readFileSync(path, 'utf8'));
const hex = (content) => Buffer.from(content).toString('hex');
const unhex = (text) => new Uint8Array(Buffer.from(text, 'hex'));

function keyOf(kind, found) {
  if (kind === 'shared key') return { kind: 'shared', secret: unhex(found.key) };
  if (kind === 'passphrase') return passphrase(found.passphrase);
  return { kind: 'secret', seed: unhex(found.seed), generator: 'example' };
}

test('the public constants', () => {
  assert.equal(vectors.format, 1);
  assert.equal(hex(OPENING_KEY), vectors.opening_key);
  for (const { width, height, tiles, order } of vectors.candidates) {
    assert.deepEqual(candidates(width, height, tiles), order);
  }
});

test('a passphrase is brought to NFC', () => {
  const found = vectors.keys.passphrase;
  const { text } = passphrase(found.passphrase);
  assert.equal(hex(Buffer.from(text)), found.passphrase_nfc_utf8);
});

test('what follows from a seed', () => {
  const found = vectors.keys['key pair'];
  const key = keyOf('key pair', found);
  assert.equal(hex(x25519Secret(key)), found.x25519_secret);
  assert.equal(hex(publicOf(x25519Secret(key))), found.x25519_public);
  assert.equal(hex(neuralSecret(key)), found.neural_secret);
  assert.equal(hex(publicOf(unhex(found.ephemeral_secret))), found.opening);
});

for (const [kind, found] of Object.entries(vectors.keys)) {
  const root = unhex(found.root);

  test(`${kind}: root`, async () => {
    const shares = [];
    const made = await rootOf(keyOf(kind, found), unhex(found.opening), (share) =>
      shares.push(share),
    );
    assert.equal(hex(made), found.root);
    if (kind === 'passphrase') assert.equal(shares.at(-1), 1);
  });

  test(`${kind}: streams and orders`, () => {
    for (const { label, index, stream: expected } of found.streams) {
      assert.equal(hex(stream(root, label, index, expected.length / 2)), expected);
    }
    for (const { label, order: expected } of found.orders) {
      assert.deepEqual([...order(root, label, expected.length)], expected);
    }
  });

  for (const [name, payload] of Object.entries(found.payloads)) {
    test(`${kind}: the ${name} message, step by step`, () => steps(root, payload, name));
    test(`${kind}: the ${name} message, from the bits of the tiles`, () =>
      whole(root, payload, name));
  }
}

const layoutOf = (payload) => ({
  openingSlots: payload.opening_slots,
  tileSlots: payload.tile_slots,
  tiles: payload.tiles,
  openingTile: payload.opening_tile,
});

async function steps(root, payload, name) {
  const layout = layoutOf(payload);
  const header = unpackHeader(unhex(payload.header));
  const { deflated, level } = payload;
  assert.deepEqual(header, { deflated, level, length: payload.ciphertext.length / 2 });
  assert.equal(hex(packHeader(header)), payload.header);
  const bits = cost(header);
  assert.equal(bits, 4 * payload.coded_body.length);
  assert.equal(hex(encode(unhex(payload.header), 8)), payload.coded_header);
  assert.equal(hex(encode(unhex(payload.ciphertext), PARITY[level])), payload.coded_body);
  assert.equal(hex(decode(unhex(payload.coded_header), 8)), payload.header);
  assert.equal(hex(decode(unhex(payload.coded_body), PARITY[level])), payload.ciphertext);
  for (const part of ['header', 'body']) {
    const coded = unhex(payload[`coded_${part}`]);
    const mask = stream(root, part, 0, coded.length);
    assert.equal(hex(xor(coded, mask)), payload[`whitened_${part}`]);
  }
  assert.deepEqual([...places.headerPlaces(root, layout)], payload.header_places);
  assert.deepEqual([...places.furtherTiles(root, layout, bits)], payload.further_tiles);
  assert.deepEqual([...places.bodyPlaces(root, layout, bits)], payload.body_places);
  const message = await unseal(header, unhex(payload.ciphertext), root);
  assert.equal(hex(message), vectors.messages[name]);
}

async function whole(root, payload, name) {
  const layout = layoutOf(payload);
  const slots = (tile) => Float32Array.from(toBits(unhex(payload.bits[tile])));
  const first = slots(payload.opening_tile);
  const header = places.readHeader(first, root, layout);
  const rest = [...places.furtherTiles(root, layout, cost(header))].map(slots);
  const flat = Float32Array.from([first, ...rest].flatMap((part) => [...part]));
  const message = await places.readBody(flat, header, root, layout);
  assert.equal(hex(message), vectors.messages[name]);
}
