import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { isWatchkeeperError, messageOf } from '../../core/errors.ts';
import { NO_TABLES, type LookupTables } from '../../streams/enrichment/lookup-table.ts';
import { parseCsvTable } from '../../streams/enrichment/parse-csv-table.ts';
import { parseEnrichment } from '../../streams/enrichment/parse-enrichment.ts';

const ENRICHMENT_FILE = 'enrichment.yaml';
const POLL_MS = 5_000;

/** Tables that follow their files. */
export interface LookupFiles {
  /** What is in force; replaced as a whole. */
  readonly current: LookupTables;
  /** Why the newest files are not in force; `undefined` when they are. For the health report. */
  readonly problem: string | undefined;
  /** Looks at the files now instead of at the next poll. */
  refresh(): Promise<void>;
  stop(): void;
}

/**
 * Reads `enrichment.yaml` and the CSV files it names in `folder`, and again
 * every 5 s when one of them has changed. Files with a mistake leave what was
 * in force in force. A folder without the file enriches nothing.
 */
export async function openLookupFiles({
  folder,
  clock,
}: {
  readonly folder: string;
  readonly clock: Pick<Clock, 'every'>;
}): Promise<LookupFiles> {
  const files = new FollowedFiles(folder);
  await files.refresh();
  const stop = clock.every(POLL_MS, () => void files.refresh());
  return Object.assign(files, { stop });
}

class FollowedFiles {
  current: LookupTables = NO_TABLES;
  problem: string | undefined;
  readonly #folder: string;
  #version = '';
  #names: readonly string[] = [ENRICHMENT_FILE];
  #refreshing: Promise<void> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** One at a time; who asks meanwhile waits for that one. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#look().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #look(): Promise<void> {
    try {
      const version = await this.#versionOf(this.#names);
      if (version === this.#version) return;
      const tables = await this.#read();
      // From before the files were read, so that a change meanwhile is seen at the next look;
      // of files that are named for the first time it is not known, so they are read once more.
      this.#version = version.split('\n').length === this.#names.length ? version : '';
      this.current = tables;
      this.problem = undefined;
    } catch (error) {
      this.problem = isWatchkeeperError(error) ? error.message : `Cannot read: ${messageOf(error)}`;
    }
  }

  async #read(): Promise<LookupTables> {
    const path = join(this.#folder, ENRICHMENT_FILE);
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (text === undefined) return NO_TABLES;
    const { tables, shifts, utcOffsetMinutes } = parseEnrichment(text, path);
    const names = tables.flatMap((table) => ('file' in table ? [table.file] : []));
    const read = tables.map(async (table) => {
      if (!('file' in table)) return table;
      const file = join(this.#folder, table.file);
      return parseCsvTable(await readFile(file, 'utf8'), file, table.name);
    });
    const done = await Promise.all(read);
    this.#names = [ENRICHMENT_FILE, ...names];
    return Object.freeze({ tables: done, shifts, utcOffsetMinutes });
  }

  async #versionOf(names: readonly string[]): Promise<string> {
    const stats = names.map((name) =>
      stat(join(this.#folder, name)).then(
        ({ mtimeMs, size, ino }) => `${mtimeMs}.${size}.${ino}`,
        () => 'none',
      ),
    );
    return (await Promise.all(stats)).join('\n');
  }
}
