import { join } from 'node:path';
import { open, type Database, type Key, type RootDatabase } from 'lmdb';

/** Changes the stored bytes of a closed store behind its back. */
export async function tamper(
  folder: string,
  table: string,
  change: (database: Database<Buffer, Key>) => Promise<unknown>,
): Promise<void> {
  const root: RootDatabase<Buffer, Key> = open({
    path: join(folder, 'test'),
    noSubdir: false,
    maxDbs: 16,
    encoding: 'binary',
    overlappingSync: false,
  });
  await change(root.openDB<Buffer, Key>({ name: table, encoding: 'binary' }));
  await root.close();
}

/** Every value of a table with one byte flipped at `at` (from the end when negative). */
export function flipAll(at: number): (database: Database<Buffer, Key>) => Promise<void> {
  return async (database) => {
    for (const { key, value } of [...database.getRange()]) {
      const damaged = Buffer.from(value);
      const index = at < 0 ? damaged.length + at : at;
      damaged[index] = (damaged[index] ?? 0) ^ 0x40;
      await database.put(key, damaged);
    }
  };
}
