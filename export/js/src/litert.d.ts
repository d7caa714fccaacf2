import type { Model } from './index.js';

/**
 * The models of a folder that holds models.json (made by export/web/models.py), to read with by
 * LiteRT.js. Needs @litertjs/core, and runs in a browser or worker.
 */
export function openModels(models: URL, wasm: URL): Promise<Model[]>;
