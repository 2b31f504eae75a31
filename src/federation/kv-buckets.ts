import { Kvm, KvWatchInclude, type KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { messageOf, WatchkeeperError } from '../core/errors.ts';

export interface KvLimits {
  readonly rows: number;
  readonly columns: number;
  /** Characters of one value. */
  readonly value: number;
}

type Row = Readonly<Record<string, string>>;

/**
 * Reads buckets of NATS KV as tables: a row per key, its value a JSON object
 * whose values are texts, numbers or booleans.
 */
export class KvBuckets {
  readonly #connection: () => NatsConnection | undefined;
  readonly #watched = new Map<string, NatsConnection>();
  #changes = 0;

  constructor(connection: () => NatsConnection | undefined) {
    this.#connection = connection;
  }

  /** Changes after any bucket that was read has changed, or the connection with it. */
  get version(): string {
    return `kv${this.#changes}`;
  }

  /** @throws BUS_UNAVAILABLE without a connection, NOT_FOUND without the bucket, CONFIG_INVALID for what is no table */
  async read(bucket: string, limits: KvLimits): Promise<ReadonlyMap<string, Row>> {
    const connection = this.#connection();
    if (connection === undefined) throw unavailable(bucket, 'there is no connection to NATS');
    const kv = await openBucket(connection, bucket);
    // Before reading, so that no change falls between.
    await this.#watch(connection, bucket, kv);
    const rows = new Map<string, Row>();
    for await (const key of await kv.keys()) {
      if (rows.size === limits.rows) throw invalid(bucket, `has over ${limits.rows} keys`);
      const entry = await kv.get(key);
      if (entry?.operation === 'PUT') rows.set(key, rowOf({ bucket, key }, entry.string(), limits));
    }
    return rows;
  }

  async #watch(connection: NatsConnection, bucket: string, kv: KV): Promise<void> {
    if (this.#watched.get(bucket) === connection) return;
    const updates = await kv.watch({ include: KvWatchInclude.UpdatesOnly });
    this.#watched.set(bucket, connection);
    void this.#follow(updates).finally(() => {
      if (this.#watched.get(bucket) === connection) this.#watched.delete(bucket);
      this.#changes += 1;
    });
  }

  async #follow(updates: AsyncIterable<unknown>): Promise<void> {
    try {
      for await (const update of updates) if (update !== undefined) this.#changes += 1;
    } catch {
      // The connection is gone; the next read watches again.
    }
  }
}

async function openBucket(connection: NatsConnection, bucket: string): Promise<KV> {
  try {
    const kv = await new Kvm(connection).open(bucket);
    await kv.status();
    return kv;
  } catch (error) {
    const message = messageOf(error);
    if (/stream not found|no responders/i.test(message)) {
      throw new WatchkeeperError('NOT_FOUND', `NATS has no bucket "${bucket}".`, {
        fix: `Make it: nats kv add ${bucket}`,
      });
    }
    throw unavailable(bucket, message);
  }
}

function rowOf(
  { bucket, key }: { readonly bucket: string; readonly key: string },
  text: string,
  limits: KvLimits,
): Row {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid(bucket, `holds no JSON under "${key}"`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(bucket, `holds no JSON object under "${key}"`);
  }
  const columns = Object.entries(value);
  if (columns.length > limits.columns) {
    throw invalid(bucket, `has over ${limits.columns} columns under "${key}"`);
  }
  return Object.freeze(
    Object.fromEntries(
      columns.map(([name, cell]) => [name, cellOf(cell, limits) ?? fail(bucket, key, name)]),
    ),
  );
}

/** The text of a cell; `undefined` when it is none, or too long. */
function cellOf(cell: unknown, { value }: KvLimits): string | undefined {
  const isPlain = typeof cell === 'string' || typeof cell === 'number' || typeof cell === 'boolean';
  const text = isPlain ? String(cell) : undefined;
  return text === undefined || text.length > value ? undefined : text;
}

function fail(bucket: string, key: string, name: string): never {
  throw invalid(bucket, `holds no text, number or boolean of the allowed length in ${key}.${name}`);
}

function invalid(bucket: string, what: string): WatchkeeperError {
  return new WatchkeeperError('CONFIG_INVALID', `The bucket "${bucket}" ${what}.`);
}

function unavailable(bucket: string, reason: string): WatchkeeperError {
  return new WatchkeeperError(
    'BUS_UNAVAILABLE',
    `The bucket "${bucket}" cannot be read: ${reason}.`,
  );
}
