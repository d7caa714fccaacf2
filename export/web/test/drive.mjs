// Drives the page in headless Chromium for tests/export/test_web.py: a command in JSON a line on
// standard input, its answer in JSON a line on standard output.
//
//   node test/drive.mjs CHROMIUM URL

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';

import { chromium } from 'playwright-core';

const [executablePath, url] = process.argv.slice(2);
const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

// a temporary folder of its own holds the profile
const browser = await chromium.launch({
  executablePath,
  headless: true,
  chromiumSandbox: false,
  args: FLAGS,
});
const context = await browser.newContext({ acceptDownloads: true });
const seen = { origins: new Set(), troubles: [], downloads: [] };
context.on('request', (request) => {
  const { protocol, origin } = new URL(request.url());
  if (protocol.startsWith('http')) seen.origins.add(origin);
});
const page = await context.newPage();
page.setDefaultTimeout(120_000); // a busy machine takes its time
page.on('console', (message) => {
  if (['error', 'warning'].includes(message.type())) seen.troubles.push(message.text());
});
page.on('pageerror', (error) => seen.troubles.push(String(error)));
page.on('download', (download) => seen.downloads.push(download));

const text = (id) => page.locator(`#${id}`).textContent();
const shown = (id) => page.locator(`#${id}`).isVisible();

/** Wait until a job is over: its button can be pressed again. */
async function settled(name) {
  await page.waitForFunction(
    (name) => {
      const isIdle = !document.getElementById(`${name}-button`).disabled;
      const hasError = document.getElementById(`${name}-error`).textContent !== '';
      return isIdle && (hasError || !document.getElementById(`${name}-result`).hidden);
    },
    name,
    { timeout: 300_000 },
  );
}

/** Files as they are dragged. */
const dragged = (files) =>
  page.evaluateHandle((files) => {
    const found = new DataTransfer();
    for (const { name, base64 } of files) {
      const content = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      found.items.add(new File([content], name));
    }
    return found;
  }, files);

async function downloaded(id, path) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(`#${id}`)]);
  await download.saveAs(path);
  return download.suggestedFilename();
}

async function outcome(name) {
  const done = await shown(`${name}-result`);
  return {
    error: await text(`${name}-error`),
    done,
    message: done && name === 'reveal' && (await shown('message')) ? await text('message') : null,
    note: done ? await text(name === 'reveal' ? 'message-note' : 'made-note') : '',
    focused: await page.evaluate(() => document.activeElement.id),
  };
}

/** In the page: whether a picture was taken or refused. */
const isTaken = ([name, file]) =>
  document.getElementById(`${name}-image-drop`).textContent.includes(file) ||
  document.getElementById(`${name}-error`).textContent !== '';

/** Put in what is given. Returns the error if a file is refused. */
async function filled(name, { image, passphrase, key }) {
  await page.click(`#${name}-tab`);
  if (image) {
    await page.setInputFiles(`#${name}-image-file`, image);
    await page.waitForFunction(isTaken, [name, basename(image)]);
    const refused = await text(`${name}-error`); // which the next input takes away
    if (refused) return refused;
  }
  if (key) await page.setInputFiles(`#${name}-key-file`, key);
  if (passphrase !== undefined) await page.fill(`#${name}-passphrase`, passphrase);
  await page.waitForTimeout(50); // a key, too, is looked at before it is taken
  return text(`${name}-error`);
}

async function timed(name) {
  const start = performance.now();
  await page.click(`#${name}-button`);
  await settled(name);
  return { ...(await outcome(name)), seconds: (performance.now() - start) / 1000 };
}

/** In the page: milliseconds until something of it is seen. */
const painted = () =>
  new Promise((resolve) => {
    new PerformanceObserver((list) => {
      const [first] = list.getEntriesByName('first-contentful-paint');
      if (first) resolve(first.startTime);
    }).observe({ type: 'paint', buffered: true });
  });

const commands = {
  async open({ width = 1100, height = 900, dark = false, tab = '' }) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
    await page.goto('about:blank'); // else a changed tab alone would load nothing
    await page.goto(`${url}#${tab}`);
    return { title: await page.title(), paint: await page.evaluate(painted) };
  },

  /** image, passphrase or key: what is given is put in; saveAs: where to save the message. */
  async reveal({ saveAs, ...given }) {
    const refused = await filled('reveal', given);
    if (refused) return { error: refused, done: false };
    const found = await timed('reveal');
    if (found.done && saveAs) found.name = await downloaded('message-save', saveAs);
    return found;
  },

  /** message: text; attach: a file to hide; destination: an option; saveAs: where to save the picture. */
  async hide({ message, attach, destination, saveAs, ...given }) {
    const refused = await filled('hide', given);
    if (refused) return { error: refused, done: false };
    if (message !== undefined) await page.fill('#hide-message', message);
    if (attach) await page.setInputFiles('#hide-attach-file', attach);
    if (destination) await page.selectOption('#hide-destination', destination);
    const described = await text('hide-image-note');
    const found = await timed('hide');
    if (found.done && saveAs) found.name = await downloaded('made-save', saveAs);
    const advice = found.done ? await text('made-sending') : '';
    return { ...found, described, advice };
  },

  /** Begin to reveal, and stop at the step that the page names so: by the button, or by another picture. */
  async cancel({ step, another, ...given }) {
    await filled('reveal', given);
    await page.click('#reveal-button');
    await page.waitForFunction(
      (step) => document.getElementById('reveal-step').textContent.startsWith(step),
      step,
    );
    const disabled = await page.isDisabled('#reveal-button');
    if (another) await page.setInputFiles('#reveal-image-file', another);
    else await page.click('#reveal-cancel');
    await page.waitForFunction(() => !document.getElementById('reveal-button').disabled);
    return { ...(await outcome('reveal')), disabled, step: await text('reveal-step') };
  },

  /** Drop files on an element. */
  async drop({ tab, on, files }) {
    await page.click(`#${tab}-tab`);
    await page.dispatchEvent(on, 'drop', { dataTransfer: await dragged(files) });
    await page.waitForTimeout(100);
    return { image: await text(`${tab}-image-drop`), key: await text(`${tab}-key-drop`) };
  },

  /** Choose a picture, and ask for its message before the page has had time to look at it. */
  async hasty({ files, passphrase }) {
    await page.click('#reveal-tab');
    await page.fill('#reveal-passphrase', passphrase);
    await page.evaluate(({ files }) => {
      const input = document.getElementById('reveal-image-file');
      input.files = files;
      input.dispatchEvent(new Event('change'));
      document.getElementById('reveal-button').click();
    }, await dragged(files));
    await settled('reveal');
    return outcome('reveal');
  },

  /** Press "Forget everything" on a tab: what is left on any. */
  async forget({ tab }) {
    await page.click(`#${tab}-tab`);
    await page.click('#forget');
    const left = () => [
      ...[...document.querySelectorAll('input[type=password], textarea')].map(({ value }) => value),
      ...[...document.querySelectorAll('.result')].filter(({ hidden }) => !hidden).map(({ id }) => id),
      ...[...document.querySelectorAll('.full, .error:not(:empty)')].map(({ id }) => id),
    ];
    return { left: (await page.evaluate(left)).filter(Boolean) };
  },

  async pair({ name, folder }) {
    await page.click('#keys-tab');
    await page.fill('#keys-name', name);
    await page.click('#keys-button');
    if (!(await shown('keys-result'))) return { error: await text('keys-error') };
    const names = [
      await downloaded('save-secret', `${folder}/secret`),
      await downloaded('save-public', `${folder}/public`),
    ];
    return { names, fingerprint: await text('fingerprint') };
  },

  /** Choose a destination without a pointer: its name, and what is said of it. */
  async destinations({ letters }) {
    await page.focus('#hide-image-drop');
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => document.activeElement.id);
    await page.keyboard.type(letters);
    const field = page.getByLabel('How you will send it');
    return {
      focused,
      chosen: await field.inputValue(),
      all: await field.evaluate(({ options }) => [...options].map(({ value }) => value)),
      note: await text('hide-destination-note'),
    };
  },

  /** Reveal a message without a pointer: Tab, arrows, Enter, typing. */
  async keyboard({ image, passphrase }) {
    const order = [];
    // From here on choosers are caught: asked for with the key press, that could come too late.
    page.on('filechooser', () => {});
    const go = async (id) => {
      for (let presses = 0; presses < 30; presses++) {
        await page.keyboard.press('Tab');
        const at = await page.evaluate(() => document.activeElement.id);
        order.push(at);
        if (at === id) return;
      }
      throw new Error(`Tab does not reach ${id}: ${order}`);
    };
    await go('hide-tab');
    await page.keyboard.press('ArrowRight');
    await go('reveal-image-drop');
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.keyboard.press('Enter'),
    ]);
    await chooser.setFiles(image);
    await go('reveal-passphrase');
    await page.keyboard.type(passphrase);
    await page.keyboard.press('Enter');
    await settled('reveal');
    return { ...(await outcome('reveal')), order };
  },

  /** What axe-core, a checker of accessibility, finds wrong with what is shown. */
  async axe() {
    await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8'));
    const { violations } = await page.evaluate(() => window.axe.run());
    return { violations: violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`) };
  },

  async shot({ path, full = false }) {
    await page.screenshot({ path, fullPage: full });
    return {};
  },

  /** Whether page and worker may ask another server for something. */
  async escape({ other }) {
    const attempt = (other) => fetch(other, { mode: 'no-cors' }).then(() => 'went out', String);
    const before = seen.troubles.length;
    const answers = {
      page: await page.evaluate(attempt, other),
      workers: await Promise.all(page.workers().map((worker) => worker.evaluate(attempt, other))),
    };
    seen.troubles.length = before; // the policy reports what it stops
    return answers;
  },

  /** The page once more, without a network, and without models that it kept. */
  async offline() {
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.evaluate(async () => {
      for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        const kept = (await cache.keys()).filter(({ url }) => /\/(models|wasm)\//.test(url));
        for (const request of kept) await cache.delete(request);
      }
    });
    await context.setOffline(true);
    await page.goto('about:blank');
    await page.goto(url);
    return { title: await page.title() };
  },

  async online() {
    await context.setOffline(false);
    // the browser reports what did not load
    seen.troubles = seen.troubles.filter((trouble) => !/ERR_(INTERNET_DISCONNECTED|FAILED)|Failed to fetch/.test(trouble));
    return {};
  },

  async report() {
    return { origins: [...seen.origins], troubles: seen.troubles };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { ask, ...given } = JSON.parse(line);
  let answer;
  try {
    answer = await commands[ask](given);
  } catch (error) {
    answer = { failed: String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await browser.close();
