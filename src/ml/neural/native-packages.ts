import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BackendRefusal, type BackendName } from './backend.ts';

const INSTALL = 'npm ci';

/** The packages a backend needs beside tfjs-core and tfjs-layers. */
const PACKAGES: Readonly<Record<BackendName, readonly string[]>> = {
  'tfjs-node-gpu': ['@tensorflow/tfjs-node-gpu'],
  webgpu: ['webgpu', '@tensorflow/tfjs-backend-webgpu'],
  'tfjs-node': ['@tensorflow/tfjs-node'],
  wasm: ['@tensorflow/tfjs-backend-wasm'],
  cpu: ['@tensorflow/tfjs-backend-cpu'],
};

/**
 * Looks whether a backend's files are there, and loads nothing: importing
 * tfjs-node without its binary prints some 150 lines and throws.
 *
 * @param from file or URL from which packages are found; for tests
 * @throws BackendRefusal
 */
export function requireFiles(name: BackendName, from: string = import.meta.url): void {
  for (const wanted of PACKAGES[name]) {
    const folder = packageFolder(wanted, from);
    if (folder === undefined) throw new BackendRefusal(`not installed: ${wanted}`, INSTALL);
    if (wanted.startsWith('@tensorflow/tfjs-node') && !hasBinding(folder)) {
      throw new BackendRefusal('binary missing', `npm rebuild ${wanted} --ignore-scripts=false`);
    }
  }
}

function packageFolder(wanted: string, from: string): string | undefined {
  const folders = createRequire(from).resolve.paths(wanted) ?? [];
  return folders
    .map((folder) => join(folder, wanted))
    .find((folder) => existsSync(join(folder, 'package.json')));
}

/** `lib/napi-v8/tfjs_binding.node`, or of another version of Node's interface. */
function hasBinding(folder: string): boolean {
  const lib = join(folder, 'lib');
  if (!existsSync(lib)) return false;
  return readdirSync(lib).some((entry) => existsSync(join(lib, entry, 'tfjs_binding.node')));
}

/**
 * tfjs-node 4.22 calls two functions of node:util that Node 23 took away.
 * Gives them back to it; call before importing it.
 */
export function mendNodeUtil(): void {
  const util = createRequire(dirname(import.meta.url) + '/')('node:util') as Record<
    string,
    unknown
  >;
  util['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  util['isArray'] ??= (value: unknown) => Array.isArray(value);
}
