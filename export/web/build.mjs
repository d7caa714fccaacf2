// Make dist/: the page, its scripts, the runtime and the models. PYTHON names a Python that has
// keystego_tf.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, 'dist');
const runtime = join(dirname(createRequire(import.meta.url).resolve('@litertjs/core/package.json')), 'wasm');

await rm(dist, { recursive: true, force: true });
await mkdir(join(dist, 'wasm'), { recursive: true });

await build({
  entryPoints: [join(here, 'src/main.js'), join(here, 'src/worker.js')],
  outdir: dist,
  bundle: true,
  minify: true,
  // a classic script: the runtime comes in by importScripts, which modules do not have
  format: 'iife',
  target: ['chrome103', 'firefox113', 'safari16.4'],
  legalComments: 'linked',
  logLevel: 'warning',
});

for (const name of ['index.html', 'style.css', 'icon.svg', 'icon-192.png', 'icon-512.png', 'page.webmanifest']) {
  await copyFile(join(here, 'src', name), join(dist, name));
}
// one for browsers with relaxed SIMD, one for the others
for (const name of ['litert_wasm_internal', 'litert_wasm_compat_internal']) {
  for (const kind of ['js', 'wasm']) {
    await copyFile(join(runtime, `${name}.${kind}`), join(dist, 'wasm', `${name}.${kind}`));
  }
}

const python = process.env.PYTHON || 'python3';
execFileSync(python, [join(here, 'models.py'), join(dist, 'models')], { stdio: 'inherit' });

// the service worker, which knows the page's files by a name that changes with them
const files = (await readdir(dist, { withFileTypes: true })).filter((each) => each.isFile());
const names = files.map((each) => each.name).sort();
const hash = createHash('sha256');
for (const name of names) hash.update(await readFile(join(dist, name)));
const script = await readFile(join(here, 'src/offline.js'), 'utf8');
hash.update(await readFile(join(dist, 'models/models.json')));
await writeFile(
  join(dist, 'offline.js'),
  script
    .replace("'VERSION'", `'${hash.digest('hex').slice(0, 16)}'`)
    .replace("['FILES']", JSON.stringify(['./', ...names.filter((name) => !name.endsWith('.txt'))])),
);
