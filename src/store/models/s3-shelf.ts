import { randomUUID } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { WatchkeeperError } from '../../core/errors.ts';
import type { ModelShelf, ShelvedBlob, ShelvedText } from '../../model/model-shelf.ts';
import { MAX_ARTEFACT_BYTES } from '../../model/models.ts';
import { S3Bucket, type S3BucketOptions } from './s3-bucket.ts';
import { watchVersions } from './watch-versions.ts';

export interface S3ShelfOptions extends S3BucketOptions {
  /** How often a watcher looks for changes, in real ms; each look is one request. @default 1000 */
  readonly pollMs?: number;
}

/**
 * A shelf of models in an S3 bucket, for sites that share them:
 * `artefacts/<id>.wkm`, and each version of a text as
 * `stages/<name>.<version>.json`, written with `If-None-Match: *`, so that of
 * two who write the same version one wins and the other is told.
 * @throws PREREQUISITE_MISSING when the store does not heed that | CONFIG_INVALID | STORE_FAILED
 */
export async function openS3Shelf(options: S3ShelfOptions): Promise<ModelShelf> {
  const bucket = new S3Bucket(options);
  await requireConditions(bucket);
  return new S3Shelf(bucket, options);
}

/** Versions of a text that stay. */
const KEPT_VERSIONS = 32;
const MAX_TEXT_BYTES = 1024 * 1024;

/** A store that overwrites would lose changes without a word. */
async function requireConditions(bucket: S3Bucket): Promise<void> {
  const key = `probe/${randomUUID()}`;
  const body = Buffer.from('watchkeeper');
  try {
    const [first, second] = [await bucket.put(key, body, true), await bucket.put(key, body, true)];
    if (first && !second) return;
  } finally {
    await bucket.drop(key);
  }
  throw new WatchkeeperError(
    'PREREQUISITE_MISSING',
    'This S3 store cannot keep models: it overwrites in spite of "If-None-Match: *".',
    {
      fix: 'Use one that knows conditional writes, as AWS, MinIO, Ceph and R2 do in recent versions.',
    },
  );
}

class S3Shelf implements ModelShelf {
  readonly #bucket: S3Bucket;
  readonly #clock: Clock;
  readonly #pollMs: number;

  constructor(bucket: S3Bucket, { clock, pollMs = 1_000 }: S3ShelfOptions) {
    this.#bucket = bucket;
    this.#clock = clock;
    this.#pollMs = pollMs;
  }

  async putBlob(id: string, bytes: Uint8Array): Promise<void> {
    await this.#bucket.put(blobKey(id), bytes, true);
  }

  getBlob(id: string): Promise<Uint8Array | undefined> {
    return this.#bucket.get(blobKey(id), MAX_ARTEFACT_BYTES);
  }

  async blobs(): Promise<readonly ShelvedBlob[]> {
    const found = await this.#bucket.list('artefacts/');
    return found.flatMap(({ key, bytes, at }) => {
      const [, id] = /^artefacts\/([0-9a-f]{64})\.wkm$/.exec(key) ?? [];
      return id === undefined ? [] : [{ id, bytes, at }];
    });
  }

  dropBlob(id: string): Promise<void> {
    return this.#bucket.drop(blobKey(id));
  }

  async names(): Promise<readonly string[]> {
    return [...(await this.#newest()).keys()].sort();
  }

  async read(name: string): Promise<ShelvedText | undefined> {
    for (;;) {
      const version = (await this.#newest(name)).get(name);
      if (version === undefined) return undefined;
      const bytes = await this.#bucket.get(textKey(name, version), MAX_TEXT_BYTES);
      if (bytes !== undefined) return { text: Buffer.from(bytes).toString('utf8'), version };
      // It has been replaced many times since the bucket was listed.
    }
  }

  async replace(name: string, text: string, seen: number): Promise<number | undefined> {
    const version = seen + 1;
    if (!(await this.#bucket.put(textKey(name, version), Buffer.from(text), true)))
      return undefined;
    const versions = await this.#versions(name);
    const newest = Math.max(version, ...versions.map((each) => each.version));
    if (newest - version >= KEPT_VERSIONS) {
      // The version had been there and was dropped as old: nobody reads what we wrote.
      await this.#bucket.drop(textKey(name, version));
      return undefined;
    }
    for (const old of versions) {
      if (old.version <= newest - KEPT_VERSIONS)
        await this.#bucket.drop(textKey(name, old.version));
    }
    return version;
  }

  watch(listener: (name: string) => void): () => void {
    const newest = () => this.#newest();
    return watchVersions({ clock: this.#clock, pollMs: this.#pollMs, newest }, listener);
  }

  async #newest(name?: string): Promise<Map<string, number>> {
    const newest = new Map<string, number>();
    for (const each of await this.#versions(name)) {
      newest.set(each.name, Math.max(each.version, newest.get(each.name) ?? 0));
    }
    return newest;
  }

  async #versions(name?: string): Promise<{ readonly name: string; readonly version: number }[]> {
    const found = await this.#bucket.list(name === undefined ? 'stages/' : `stages/${name}.`);
    return found.flatMap(({ key }) => {
      const [, text, version] = /^stages\/([a-z0-9_-]+)\.([1-9]\d{0,14})\.json$/.exec(key) ?? [];
      return text === undefined ? [] : [{ name: text, version: Number(version) }];
    });
  }
}

function blobKey(id: string): string {
  return `artefacts/${id}.wkm`;
}

function textKey(name: string, version: number): string {
  return `stages/${name}.${version}.json`;
}
