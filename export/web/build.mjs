// Make dist/: the page, its two scripts, the runtime and the models. PYTHON names a Python that has
// keystego_tf.

import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, rm } from 'node:fs/promises';
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

for (const name of ['index.html', 'style.css', 'icon.svg']) {
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
