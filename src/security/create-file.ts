import { link, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Creates a file durably and whole, or not at all: written beside it, synced,
 * then linked, which cannot replace another's. Mode 0600.
 * @returns whether it was created; `false` when there is one of that name.
 */
export async function createFile(path: string, content: string | Uint8Array): Promise<boolean> {
  counter += 1;
  const beside = `${path}.${process.pid}-${counter}.tmp`;
  try {
    const file = await open(beside, 'w', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(beside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(beside).catch(() => undefined);
  }
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
  return true;
}

let counter = 0;
