import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../core/root.ts';

/** Watchkeeper's version, from package.json. */
export function packageVersion(): string {
  const text = readFileSync(join(projectRoot(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
