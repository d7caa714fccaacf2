// Text forms and fingerprints. The expected ones were made by the Python package.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Refused } from '../src/errors.js';
import { fingerprint, parse, passphrase, publicHalf, toText } from '../src/payload/keys.js';
import { textOf } from '../src/text.js';

const shared = { kind: 'shared', secret: Uint8Array.from({ length: 32 }, (_, index) => index) };
const secret = {
  kind: 'secret',
  seed: Uint8Array.from({ length: 32 }, (_, index) => 32 + index),
  generator: 'example',
};
const open = publicHalf(secret, Uint8Array.from({ length: 128 }, (_, index) => index));

const TEXTS = {
  shared: 'keystego-shared-1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8wbK7K',
  secret: 'keystego-secret-1 example ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj_att-W',
  public:
    'keystego-public-1 example Gz9WYt-iXeyw9YLepvxzyx_WNWII_TqhzHiDZLLUqiwAAQIDBAUGBwgJCgsMDQ4P' +
    'EBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4_QEFCQ0RFRkdISUpLTE1OT1BRUl' +
    'NUVVZXWFlaW1xdXl9gYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1-f0w_C5A',
};
const FINGERPRINTS = {
  shared: '93831 79148 70000 14922 77073 43814',
  public: '02068 27779 26772 25028 26687 12256',
};

test('text forms there and back', () => {
  for (const [kind, key] of Object.entries({ shared, secret, public: open })) {
    assert.equal(toText(key), TEXTS[kind]);
    assert.deepEqual(parse(TEXTS[kind]), key);
  }
});

test('white space that a mail program adds is let pass', () => {
  for (const text of Object.values(TEXTS)) {
    const words = text.split(' ');
    const last = words.pop();
    const broken = ['\r\n', ...words, last.slice(0, 10), last.slice(10), ''].join(' \r\n\t');
    assert.deepEqual(parse(broken), parse(text));
  }
});

test('fingerprints', () => {
  assert.equal(fingerprint(shared), FINGERPRINTS.shared);
  assert.equal(fingerprint(open), FINGERPRINTS.public);
});

test('every changed letter is noticed', () => {
  const text = TEXTS.secret;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] === 'A' ? 'B' : 'A';
    assert.throws(() => parse(text.slice(0, at) + letter + text.slice(at + 1)), Refused);
  }
});

test('what is no key, and no part of it in the error', () => {
  const cases = ['', 'keystego-shared-1', 'keystego-other-1 AAAA', `${TEXTS.shared}A`, 'é', '\0'];
  cases.push(TEXTS.secret.replace('example ', ''), TEXTS.secret.replace('example', '-x'));
  cases.push(TEXTS.shared.replace(/.$/, '+'), ' '.repeat(5000), 'toString AAAA');
  for (const text of cases) {
    assert.throws(() => parse(text), (error) => {
      assert.ok(error instanceof Refused);
      assert.ok(!error.message.includes(TEXTS.shared.slice(-20)));
      return true;
    });
  }
});

test('passphrases', () => {
  assert.equal(passphrase('cafe\u0301').text, 'caf\u00e9');
  assert.throws(() => passphrase(''), Refused);
  assert.throws(() => passphrase('half \ud83d'), Refused);
});

test('what counts as text', () => {
  assert.equal(textOf(new TextEncoder().encode('a\tß\r\n😀')), 'a\tß\r\n😀');
  assert.equal(textOf(new Uint8Array(0)), '');
  assert.equal(textOf(Uint8Array.of(0xff, 0x41)), null);
  assert.equal(textOf(Uint8Array.of(0x41, 0x00)), null);
});
