import type { Key } from 'lmdb';
import { isWatchkeeperError } from '../../core/errors.ts';
import { Pace } from '../query/pace.ts';
import type { Kept, Retired, SnapshotShelf } from '../snapshots/snapshot-shelf.ts';
import { corrupt, descending, openBytes, openObject, sealBytes, sealObject } from './checked.ts';
import type { Environment, Table } from './environment.ts';

type PartKey = readonly [part: string, base: number];

/** Snapshot parts under [part, -base], so that the newest version comes first. */
export class EmbeddedShelf implements SnapshotShelf {
  readonly #environment: Environment;
  readonly #pace = new Pace();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  async bases(): Promise<readonly number[]> {
    const keys = this.#environment.read(({ manifests }) => [...manifests.getKeys()]);
    // A key of one part comes back as that part alone.
    return keys.map((key) => descending(Number(key)));
  }

  async manifest(base: number): Promise<readonly string[]> {
    const value = this.#environment.get('manifests', [descending(base)]);
    if (value === undefined) throw corrupt(['manifest', base]);
    return openObject<readonly string[]>([descending(base)], value);
  }

  async verify(base: number): Promise<boolean> {
    try {
      for (const part of await this.manifest(base)) {
        if ((await this.version(part, base))?.base !== base) return false;
      }
      return true;
    } catch (error) {
      if (isWatchkeeperError(error, 'STORE_CORRUPT')) return false;
      throw error;
    }
  }

  async version(
    part: string,
    base: number,
  ): Promise<{ readonly base: number; readonly state: Uint8Array } | undefined> {
    const found = this.#environment.read(({ parts }) => {
      const [item] = parts.getRange({
        start: [part, descending(base)],
        end: [part, '~'],
        limit: 1,
      });
      return item;
    });
    if (found === undefined) return undefined;
    const key = found.key as unknown as PartKey;
    const state = openBytes(key, found.value);
    await this.#spend(5 + state.length / 2000);
    return { base: descending(key[1]), state };
  }

  async write(base: number, parts: ReadonlyMap<string, Uint8Array>): Promise<void> {
    const waiting = [...parts];
    while (waiting.length > 0) {
      const turn = takeTurn(waiting);
      const bytes = turn.reduce((sum, [, state]) => sum + state.length, 0);
      await this.#environment.batch((tables) => {
        for (const [part, state] of turn) {
          const key = [part, descending(base)];
          void tables.parts.put(key, sealBytes(key, state));
        }
      }, bytes);
    }
  }

  async publish(base: number, parts: readonly string[], retired: Retired): Promise<void> {
    const stale = await this.#retiredKeys(retired);
    const old = (await this.bases()).filter((each) => each < retired.manifestsBelow);
    await this.#environment.batch((tables) => {
      void tables.manifests.put([descending(base)], sealObject([descending(base)], parts));
      for (const each of old) void tables.manifests.remove([descending(each)]);
    });
    await this.#removeParts(stale);
  }

  async sweep({ above: base, keepFrom }: Kept): Promise<void> {
    const above = (await this.bases()).filter((each) => each > base);
    await this.#environment.batch(({ manifests }) => {
      for (const each of above) void manifests.remove([descending(each)]);
    });
    const stale: PartKey[] = [];
    let reached: string | undefined;
    for await (const key of this.#keys('')) {
      const version = descending(key[1]);
      if (version > base || key[0] === reached) stale.push(key);
      else if (version <= keepFrom) reached = key[0];
    }
    await this.#removeParts(stale);
  }

  async *names(prefix: string, base: number): AsyncGenerator<string> {
    let last: string | undefined;
    for await (const [part, negated] of this.#keys(prefix)) {
      if (part === last || descending(negated) > base) continue;
      last = part;
      yield part;
    }
  }

  async #retiredKeys({ parts, versionsBelow }: Retired): Promise<readonly PartKey[]> {
    const stale: PartKey[] = [];
    for (const part of parts) {
      const range = {
        start: [part, descending(versionsBelow)],
        end: [part, '~'],
        exclusiveStart: true,
      };
      stale.push(...this.#environment.read((tables) => keysIn(tables.parts, range)));
      await this.#spend(5);
    }
    return stale;
  }

  async #removeParts(keys: readonly PartKey[]): Promise<void> {
    for (let index = 0; index < keys.length; index += PER_TURN) {
      await this.#environment.batch(({ parts }) => {
        for (const key of keys.slice(index, index + PER_TURN))
          void parts.remove(key as unknown as Key);
      });
    }
  }

  async *#keys(prefix: string): AsyncGenerator<PartKey> {
    let start: Key = [prefix];
    let exclusiveStart = false;
    for (;;) {
      const range = { start, exclusiveStart, limit: PER_TURN };
      const keys = this.#environment.read(({ parts }) => keysIn(parts, range));
      for (const key of keys) {
        if (!key[0].startsWith(prefix)) return;
        yield key;
      }
      const last = keys.at(-1);
      if (last === undefined || keys.length < PER_TURN) return;
      start = last as unknown as Key;
      exclusiveStart = true;
      await this.#spend(PER_TURN);
    }
  }

  async #spend(units: number): Promise<void> {
    if (this.#pace.spend(units)) await this.#pace.rest();
  }
}

const PER_TURN = 500;
const BYTES_PER_TURN = 1024 * 1024;

/** Takes from the front as many parts as one turn of the event loop may write. */
function takeTurn(waiting: [string, Uint8Array][]): readonly [string, Uint8Array][] {
  let bytes = 0;
  let count = 0;
  for (const [, state] of waiting) {
    if (count === PER_TURN || (count > 0 && bytes + state.length > BYTES_PER_TURN)) break;
    bytes += state.length;
    count += 1;
  }
  return waiting.splice(0, count);
}

function keysIn(
  table: Table,
  range: {
    readonly start: Key;
    readonly end?: Key;
    readonly exclusiveStart: boolean;
    readonly limit?: number;
  },
): readonly PartKey[] {
  return [...(table.getKeys(range) as unknown as Iterable<PartKey>)];
}
