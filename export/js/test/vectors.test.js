// Every step of tests/payload/vectors.json.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { sha256 } from '@noble/hashes/sha2.js';
import { shake256 } from '@noble/hashes/sha3.js';

import { toBits, toBytes } from '../src/bytes.js';
import { destinationsOf } from '../src/channel/platforms.js';
import { openingRows, slotsOf } from '../src/embedders/nets.js';
import { QimEmbedder, latticesFor } from '../src/embedders/qim.js';
import { SampleEmbedder } from '../src/embedders/samples.js';
import { extract } from '../src/embedders/syndrome/code.js';
import { reveal } from '../src/index.js';
import { EXACT, REED_SOLOMON, SOFT } from '../src/payload/correction.js';
import { LDPC } from '../src/payload/ldpc.js';
import { chosen, derive, hkdf, stream } from '../src/payload/derivation.js';
import { decapsulate, pointOf, publicOf } from '../src/payload/exchange.js';
import { packHeader, seal, unpackHeader } from '../src/payload/frame.js';
import { fingerprint, parseKey, passphrase, toText, x25519Secret } from '../src/payload/keys.js';
import {
  bodyBits,
  codeOpening,
  compose,
  headerBits,
  openingBits,
  readBody,
  readHeader,
  readOpening,
} from '../src/payload/layout.js';
import { locatorOf, rootOf } from '../src/payload/schedule.js';
import { KEYS, hex, pictureOf, unhex, vectors } from './vectors.js';

const CODES = { samples: EXACT, nets: REED_SOLOMON, qim: SOFT };

function readingKey(kind) {
  if (kind === 'passphrase') return passphrase(vectors.schedules['passphrase, samples'].passphrase);
  return parseKey(kind === 'shared key' ? KEYS.shared : KEYS.secret);
}

test('derivations, streams and secret orders', () => {
  const { secret, ...found } = vectors.derivations;
  const bytes = unhex(secret);
  assert.equal(hex(hkdf(bytes, new TextEncoder().encode('salt'), 'info')), found.hkdf);
  assert.equal(hex(derive(bytes, 'tag')), found.derive);
  for (const { label, index, stream: expected } of found.streams) {
    assert.equal(hex(stream(bytes, label, index, expected.length / 2)), expected);
  }
  for (const { label, total, count, numbers } of found.chosen) {
    assert.deepEqual([...chosen(bytes, label, total, count)], numbers);
  }
});

test('keys', () => {
  for (const [kind, { text, x25519, fingerprint: digits }] of Object.entries(vectors.keys)) {
    const key = parseKey(text);
    assert.equal(key.kind, kind);
    assert.equal(toText(key), text);
    if (digits) assert.equal(fingerprint(key), digits);
    if (kind === 'secret') assert.equal(hex(x25519Secret(key)), x25519);
    if (kind === 'public') assert.equal(hex(key.x25519), x25519);
  }
  const { secret, public: open } = vectors.keys;
  assert.equal(hex(publicOf(unhex(secret.x25519))), open.x25519);
});

test('Elligator 2', () => {
  for (const { opening, point, agreed } of vectors.elligator) {
    assert.equal(hex(pointOf(unhex(opening))), point);
    assert.equal(hex(decapsulate(unhex(opening), unhex(vectors.keys.secret.x25519))), agreed);
  }
});

test('syndromes', () => {
  for (const { samples, bits, uniform } of vectors.syndromes) {
    assert.equal(extract(unhex(samples), bits.length, uniform).join(''), bits);
  }
});

test('the syndrome of a long message, for which the code has fewer columns', () => {
  const { samples, count, sha256: digest } = vectors.syndrome_of_shake_256_of_samples;
  const values = shake256(new TextEncoder().encode('samples'), { dkLen: samples });
  assert.equal(hex(sha256(toBytes(extract(values, count)))), digest);
});

test('LDPC words, and words that were misread', () => {
  for (const { level, data, coded, wrong } of vectors.ldpc) {
    const content = unhex(data);
    const code = LDPC[level];
    const bits = toBits(unhex(coded)).subarray(0, code.coded(content.length));
    assert.equal(code.encode(content).join(''), bits.join(''));
    assert.equal(code.room(bits.length), content.length);
    const read = Float32Array.from(bits, (bit) => (bit ? 0.9 : 0.1));
    for (const at of wrong) read[at] = 1 - read[at];
    assert.equal(hex(code.decode(read, content.length)), data);
  }
});

for (const [name, found] of Object.entries(vectors.schedules)) {
  const [kind, embedder] = name.split(', ');
  const [locator, opening, root] = [found.locator, found.opening, found.root].map(unhex);
  const code = CODES[embedder];

  test(`${name}: locator, opening and root`, async () => {
    const key = readingKey(kind);
    const shares = [];
    assert.equal(hex(await locatorOf(key, (share) => shares.push(share))), found.locator);
    assert.equal(hex(await rootOf(key, embedder, opening)), found.root);
    if (kind === 'passphrase') assert.equal(shares.at(-1), 1);
    if (kind === 'key pair') assert.equal(hex(await locatorOf(parseKey(KEYS.public))), found.locator);
    const bits = codeOpening(opening, locator, embedder, code);
    assert.equal(bits.join(''), toBits(unhex(found.coded_opening)).join(''));
    assert.equal(hex(readOpening(bits, locator, embedder, code, opening.length)), found.opening);
  });

  for (const [length, payload] of Object.entries(found.payloads)) {
    test(`${name}: the ${length} message`, async () => {
      const packed = { content: unhex(payload.content), deflated: payload.deflated };
      const { header, sealed } = seal(packed, root, payload.level);
      assert.equal(hex(header), payload.header);
      assert.equal(hex(sealed), payload.sealed);
      const { deflated, level } = payload;
      assert.deepEqual(unpackHeader(header), { deflated, level, length: sealed.length });
      assert.equal(hex(packHeader(unpackHeader(header))), payload.header);
      const body = code.body[level];
      const count = bodyBits(sealed.length, level, code);
      const coded = toBits(unhex(payload.coded_body)).subarray(0, count);
      assert.equal(hex(toBytes(code.header.encode(header))), payload.coded_header);
      assert.equal(body.encode(sealed).join(''), coded.join(''));
      assert.equal(hex(body.decode(coded, sealed.length)), payload.sealed);
      const flat = toBits(unhex(payload.flat)).subarray(0, headerBits(code) + count);
      assert.equal(compose(packed, root, level, code).join(''), flat.join(''));
      const read = readHeader(flat.subarray(0, headerBits(code)), root, code);
      const message = await readBody(flat.subarray(headerBits(code)), read, root, code);
      assert.equal(hex(message), vectors.messages[length]);
    });
  }

  if (embedder === 'nets') test(`${name}: tiles and slots`, () => tilesAndSlots(found, locator, root));
  for (const image of found.images ?? []) {
    test(`${name}: the image ${image.shape.join(' x ')}`, () => inImage(kind, found, image));
  }
}

function tilesAndSlots(found, locator, root) {
  const tiles = chosen(locator, 'nets opening tiles', 6, 4);
  assert.deepEqual([...tiles], found.opening_tiles_of_6);
  assert.equal(hex(stream(locator, 'nets opening key', 4, 128)), found.opening_key_of_tile_4);
  assert.equal(hex(stream(root, 'key', 4, 128)), found.key_of_tile_4);
  const coded = openingBits(found.opening.length / 2, REED_SOLOMON);
  for (const layout of found.layouts) {
    assert.equal(openingRows(layout.tile_bits, coded), layout.opening_rows);
    const { tile_bits: bits, opening_tile: tile } = layout;
    const slots = [...slotsOf(bits, layout.tiles, tile, root, coded, layout.bits)];
    const head = layout.header_slots.length;
    assert.deepEqual(slots.slice(0, head), layout.header_slots);
    assert.deepEqual(slots.slice(head, head + 40), layout.body_slots_first);
    assert.equal(slots.slice(head).reduce((sum, slot) => sum + slot), layout.body_slots_sum);
  }
}

async function inImage(kind, found, image) {
  const [locator, opening, root] = [found.locator, found.opening, found.root].map(unhex);
  if (image.opening_count === undefined) {
    const read = await reveal(pictureOf(image), { key: KEYS.shared });
    assert.equal(hex(read), vectors.messages.short);
    onPoints(found, image, locator, opening, root);
    return;
  }
  const total = image.samples.length / 2;
  const bits = 4 * found.payloads.short.flat.length - headerBits(EXACT);
  const embedder = new SampleEmbedder();
  const first = embedder.openingSamples(total, locator, openingBits(opening.length, EXACT));
  const { header, body } = embedder.otherSamples(total, opening, locator, root, bits);
  for (const [name, numbers] of Object.entries({ opening: first, header, body })) {
    assert.equal(numbers.length, image[`${name}_count`]);
    assert.deepEqual([...numbers.slice(0, 20)], image[`${name}_first`]);
  }
  const keys =
    kind === 'passphrase'
      ? { passphrase: vectors.schedules['passphrase, samples'].passphrase }
      : { key: kind === 'shared key' ? KEYS.shared : KEYS.secret };
  assert.equal(hex(await reveal(pictureOf(image), keys)), vectors.messages.short);
}

/** The image's coefficients are on the points of their bits, as near as whole samples can be. */
function onPoints(found, image, locator, opening, root) {
  const embedder = new QimEmbedder();
  const samples = embedder.samplesOf(pictureOf(image));
  const { content, deflated } = found.payloads.short;
  const packed = { content: unhex(content), deflated };
  const bits = compose(packed, root, 1, SOFT);
  const [{ luma }] = destinationsOf('whatsapp');
  const placed = embedder.place(samples, latticesFor([luma])[1], opening, locator, root, bits);
  const away = placed.map((value, slot) => Math.abs(value - samples.values[slot]));
  const moved = away.filter((each) => !Number.isNaN(each));
  assert.equal(moved.length, bits.length + openingBits(opening.length, SOFT));
  // rounding all 64 samples moves a coefficient by less than 4; points of a bit are 24 apart
  assert.ok(moved.every((each) => each < 4), `${Math.max(...moved)}`);
}
