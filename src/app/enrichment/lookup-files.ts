import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { isWatchkeeperError, messageOf, WatchkeeperError } from '../../core/errors.ts';
import type { EnrichmentInfo } from '../../gateway/site-api.ts';
import {
  NO_TABLES,
  type LookupTable,
  type LookupTables,
} from '../../streams/enrichment/lookup-table.ts';
import { parseCsvTable } from '../../streams/enrichment/parse-csv-table.ts';
import {
  parseEnrichment,
  parseYamlTable,
  type BucketTable,
  type EnrichmentConfig,
  type FileTable,
} from '../../streams/enrichment/parse-enrichment.ts';

export const ENRICHMENT_FILE = 'enrichment.yaml';
const POLL_MS = 5_000;

/** Tables that follow their files. */
export interface LookupFiles {
  /** What is in force; replaced as a whole. */
  readonly current: LookupTables;
  /** Why the newest files are not in force; `undefined` when they are. For the health report. */
  readonly problem: string | undefined;
  /** What is in force, for people. */
  info(): EnrichmentInfo;
  /** Looks at the files now instead of at the next poll. */
  refresh(): Promise<void>;
  stop(): void;
}

/** Where tables that are buckets of NATS KV come from. */
export interface Buckets {
  /** Changes whenever a bucket in use has changed. */
  readonly version: string;
  /** All that a bucket holds now. @throws BUS_UNAVAILABLE | NOT_FOUND | CONFIG_INVALID */
  read(table: BucketTable): Promise<LookupTable>;
}

interface LookupFilesOptions {
  readonly folder: string;
  readonly clock: Pick<Clock, 'every'>;
  /** Without it, tables from buckets are refused. */
  readonly buckets?: Buckets | undefined;
  /** How often they are looked at, in real ms. @default 5 s */
  readonly pollMs?: number | undefined;
}

/**
 * Reads `enrichment.yaml` and the CSV and YAML files it names in `folder`, and
 * again every 5 s when one of them has changed. Files with a mistake leave
 * what was in force in force. A folder without the file enriches nothing.
 */
export async function openLookupFiles({
  folder,
  clock,
  buckets,
  pollMs = POLL_MS,
}: LookupFilesOptions): Promise<LookupFiles> {
  const files = new FollowedFiles(folder, buckets);
  await files.refresh();
  const stop = clock.every(pollMs, () => void files.refresh());
  return Object.assign(files, { stop });
}

/** A table with where it comes from and a hash of what it says. */
interface ReadTable {
  readonly table: LookupTable;
  readonly source: string;
  readonly version: string;
}

class FollowedFiles {
  current: LookupTables = NO_TABLES;
  problem: string | undefined;
  readonly #folder: string;
  readonly #buckets: Buckets | undefined;
  #version = '';
  #names: readonly string[] = [ENRICHMENT_FILE];
  #tables: readonly ReadTable[] = [];
  #swaps = 0;
  #refreshing: Promise<void> | undefined;

  constructor(folder: string, buckets: Buckets | undefined) {
    this.#folder = folder;
    this.#buckets = buckets;
  }

  /** One at a time; who asks meanwhile waits for that one. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#look().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  info(): EnrichmentInfo {
    const { shifts, utcOffsetMinutes } = this.current;
    return {
      version: this.#swaps,
      tables: this.#tables.map(({ table: { name, key, rows }, source, version }) => ({
        name,
        key,
        source,
        rows: rows.size,
        version,
      })),
      shifts: shifts.map(({ name }) => name),
      utcOffsetMinutes,
      ...(this.problem === undefined ? {} : { problem: this.problem }),
    };
  }

  async #look(): Promise<void> {
    try {
      const version = await this.#versionOf(this.#names);
      if (version === this.#version) return;
      const { tables, config } = await this.#read();
      // From before the files were read, so that a change meanwhile is seen at the next look;
      // of files that are named for the first time it is not known, so they are read once more.
      this.#version = version.split('\n').length === this.#names.length + 1 ? version : '';
      this.problem = undefined;
      this.#use(tables, config);
    } catch (error) {
      this.problem = isWatchkeeperError(error) ? error.message : `Cannot read: ${messageOf(error)}`;
    }
  }

  #use(tables: readonly ReadTable[], { shifts, utcOffsetMinutes }: EnrichmentConfig): void {
    this.#tables = tables;
    this.#swaps += 1;
    const current = Object.freeze(tables.map(({ table }) => table));
    this.current = Object.freeze({ tables: current, shifts, utcOffsetMinutes });
  }

  async #read(): Promise<{
    readonly config: EnrichmentConfig;
    readonly tables: readonly ReadTable[];
  }> {
    const path = join(this.#folder, ENRICHMENT_FILE);
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    const config = text === undefined ? NO_CONFIG : parseEnrichment(text, path);
    const names = config.tables.flatMap((table) => ('file' in table ? [table.file] : []));
    const tables = await Promise.all(config.tables.map((table) => this.#readTable(table)));
    this.#names = [ENRICHMENT_FILE, ...names];
    return { config, tables };
  }

  async #readTable(table: EnrichmentConfig['tables'][number]): Promise<ReadTable> {
    if ('rows' in table) return readTable(table, ENRICHMENT_FILE);
    if ('bucket' in table) {
      if (this.#buckets !== undefined) {
        return readTable(await this.#buckets.read(table), `bucket ${table.bucket}`);
      }
      throw new WatchkeeperError(
        'CONFIG_INVALID',
        `The table "${table.name}" is a bucket of NATS, and this site has no NATS.`,
      );
    }
    const path = join(this.#folder, table.file);
    const text = await readFile(path, 'utf8');
    return readTable(parseTableFile(table, text, path), table.file);
  }

  async #versionOf(names: readonly string[]): Promise<string> {
    const stats = names.map((name) =>
      stat(join(this.#folder, name)).then(
        ({ mtimeMs, size, ino }) => `${mtimeMs}.${size}.${ino}`,
        () => 'none',
      ),
    );
    return [this.#buckets?.version ?? '', ...(await Promise.all(stats))].join('\n');
  }
}

const NO_CONFIG: EnrichmentConfig = { ...NO_TABLES, tables: [] };

/** A table out of the text of its file. @throws CONFIG_INVALID with file, line and column */
export function parseTableFile({ name, file }: FileTable, text: string, path: string): LookupTable {
  return (file.endsWith('.csv') ? parseCsvTable : parseYamlTable)(text, path, name);
}

function readTable(table: LookupTable, source: string): ReadTable {
  const hash = createHash('sha256').update(table.key);
  for (const row of table.rows) hash.update(JSON.stringify(row));
  return { table, source, version: hash.digest('hex').slice(0, 12) };
}
