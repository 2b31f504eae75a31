import { randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { WatchkeeperError } from '../../core/errors.ts';

const REDACTION_KEY_FILE = 'redaction.key';
const KEY_BYTES = 32;

/**
 * The key of the site's pseudonyms, from a file of mode 0600 in `folder`; made
 * at the first start. Who loses it gets other pseudonyms for the same values;
 * who leaks it lets others test guesses.
 * @throws WatchkeeperError CONFIG_INVALID when the file is damaged.
 */
export async function openRedactionKey(
  folder: string,
  random: (bytes: number) => Uint8Array = randomBytes,
): Promise<Uint8Array> {
  const path = join(folder, REDACTION_KEY_FILE);
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      const key = random(KEY_BYTES);
      await file.writeFile(key);
      await file.sync();
      return key;
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const key = await readFile(path);
  if (key.length === KEY_BYTES) return key;
  throw new WatchkeeperError(
    'CONFIG_INVALID',
    `Expected ${KEY_BYTES} bytes in "${path}", got ${key.length}.`,
    { fix: 'Restore the file, or remove it: values then get new pseudonyms.' },
  );
}
