import { open, readFile, rename } from 'node:fs/promises';
import { WatchkeeperError } from '../core/errors.ts';
import type { EpochState, EpochStorage } from './ports.ts';

/**
 * Keeps the epoch in a JSON file. It is forced to disk before it is used; a
 * damaged file is an error, since starting again at 1 would use epochs twice.
 */
export function fileStorage(path: string): EpochStorage {
  return {
    async load() {
      const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      return text === undefined ? undefined : parse(text, path);
    },
    async save(state) {
      const temporary = `${path}.new`;
      const handle = await open(temporary, 'w', 0o600);
      try {
        await handle.writeFile(`${JSON.stringify(state)}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, path);
    },
  };
}

function parse(text: string, path: string): EpochState {
  try {
    const { epoch } = JSON.parse(text) as Partial<EpochState>;
    if (epoch !== undefined && Number.isSafeInteger(epoch) && epoch >= 0) return { epoch };
  } catch {
    // Reported below.
  }
  throw new WatchkeeperError('CONFIG_INVALID', `The watch state "${path}" cannot be read.`, {
    fix: 'Restore it, or write {"epoch": n} with n at least the highest epoch that was used.',
  });
}
