import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { projectRoot } from './root.ts';

/**
 * Starts `src/<name>.worker.ts` on a thread of its own: the built file when
 * this code is built, else the source through tsx (a worker does not inherit
 * its parent's loader).
 *
 * @param name path below src without `.worker.ts`, for example `actors/watchdog`
 */
export function startWorker(name: string, workerData: unknown): Worker {
  const isBuilt = !import.meta.url.endsWith('.ts');
  const folder = isBuilt ? ['dist', 'js'] : ['src'];
  const file = join(projectRoot(), ...folder, `${name}.worker.${isBuilt ? 'js' : 'ts'}`);
  const url = pathToFileURL(file);
  if (isBuilt) return new Worker(url, { workerData });
  const boot = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(url.href)}); })`;
  return new Worker(boot, { eval: true, workerData });
}
