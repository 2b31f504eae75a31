import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { Kvm, type KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Clock } from '../core/clock.ts';
import { isWatchkeeperError, messageOf, WatchkeeperError } from '../core/errors.ts';
import { MAX_ARTEFACT_BYTES } from '../model/models.ts';
import type { ModelShelf, ShelvedBlob, ShelvedText } from '../model/model-shelf.ts';
import { ObjectBucket } from './object-bucket.ts';

export interface NatsShelfOptions {
  readonly connection: () => NatsConnection | undefined;
  readonly clock: Clock;
  /** Name of both buckets, the objects' and the stages'. @default watchkeeper_models */
  readonly bucket?: string;
  /** How often a watcher makes sure that it still follows, in real ms. @default 1000 */
  readonly checkMs?: number;
}

interface Buckets {
  readonly connection: NatsConnection;
  readonly objects: ObjectBucket;
  readonly texts: KV;
}

/** Versions of a text that NATS keeps. */
const HISTORY = 16;

/**
 * A shelf of models in NATS, for sites that share them: blobs in the JetStream
 * Object Store, texts in a KV bucket, both made when they are not there.
 */
export class NatsShelf implements ModelShelf {
  readonly #options: Required<NatsShelfOptions>;
  #opened: Promise<Buckets> | undefined;

  constructor({ bucket = 'watchkeeper_models', checkMs = 1_000, ...rest }: NatsShelfOptions) {
    this.#options = { ...rest, bucket, checkMs };
  }

  putBlob(id: string, bytes: Uint8Array): Promise<void> {
    return this.#with(({ objects }) => objects.put(id, bytes));
  }

  getBlob(id: string): Promise<Uint8Array | undefined> {
    return this.#with(({ objects }) => objects.get(id, MAX_ARTEFACT_BYTES));
  }

  blobs(): Promise<readonly ShelvedBlob[]> {
    return this.#with(({ objects }) => objects.list());
  }

  dropBlob(id: string): Promise<void> {
    return this.#with(({ objects }) => objects.drop(id));
  }

  names(): Promise<readonly string[]> {
    return this.#with(async ({ texts }) => {
      const names: string[] = [];
      for await (const name of await texts.keys()) names.push(name);
      return names.sort();
    });
  }

  read(name: string): Promise<ShelvedText | undefined> {
    return this.#with(async ({ texts }) => {
      const entry = await texts.get(name);
      if (entry?.operation !== 'PUT') return undefined;
      return { text: entry.string(), version: entry.revision };
    });
  }

  replace(name: string, text: string, seen: number): Promise<number | undefined> {
    return this.#with(async ({ texts }) => {
      try {
        return await (seen === 0 ? texts.create(name, text) : texts.update(name, text, seen));
      } catch (error) {
        const isLost = error instanceof JetStreamApiError && LOST.includes(error.code);
        if (isLost) return undefined;
        throw error;
      }
    });
  }

  watch(listener: (name: string) => void): () => void {
    const { clock, checkMs } = this.#options;
    let following: { readonly connection: NatsConnection; stop: () => void } | undefined;
    let isStopped = false;
    let isChecking = false;
    const check = async (): Promise<void> => {
      if (isChecking || isStopped) return;
      isChecking = true;
      try {
        await this.#with(async ({ connection, texts }) => {
          if (following?.connection === connection) return;
          const updates = await texts.watch();
          const mine = { connection, stop: () => updates.stop() };
          following = mine;
          if (isStopped) mine.stop();
          void (async () => {
            for await (const { key, operation } of updates) {
              if (operation === 'PUT' && !isStopped) listener(key);
            }
          })()
            .catch(() => undefined)
            .finally(() => {
              if (following === mine) following = undefined;
            });
        });
      } catch {
        // NATS is away; the next check tries again and then tells all there is.
      } finally {
        isChecking = false;
      }
    };
    const cancel = clock.every(checkMs, () => void check());
    void check();
    return () => {
      isStopped = true;
      cancel();
      following?.stop();
    };
  }

  /** @throws BUS_UNAVAILABLE when NATS cannot be asked */
  async #with<Value>(work: (buckets: Buckets) => Promise<Value>): Promise<Value> {
    try {
      return await work(await this.#buckets());
    } catch (error) {
      if (isWatchkeeperError(error)) throw error;
      // The buckets may be gone: the next call looks for them first.
      this.#opened = undefined;
      throw unavailable(messageOf(error));
    }
  }

  async #buckets(): Promise<Buckets> {
    const connection = this.#options.connection();
    if (connection === undefined) throw unavailable('there is no connection to NATS');
    const opened = await this.#opened?.catch(() => undefined);
    if (opened?.connection === connection) return opened;
    this.#opened = this.#open(connection);
    return this.#opened;
  }

  async #open(connection: NatsConnection): Promise<Buckets> {
    const { bucket } = this.#options;
    const objects = await ObjectBucket.open(connection, bucket);
    const texts = await new Kvm(connection).create(bucket, { history: HISTORY });
    return { connection, objects, texts };
  }
}

/** What NATS answers when the text is not of the version that was seen. */
const LOST: readonly number[] = [
  JetStreamApiCodes.StreamWrongLastSequence,
  JetStreamApiCodes.StreamWrongLastSequenceUnknown,
];

function unavailable(reason: string): WatchkeeperError {
  return new WatchkeeperError('BUS_UNAVAILABLE', `The models in NATS cannot be used: ${reason}.`, {
    fix: 'See that NATS runs with JetStream and that this user may use its buckets.',
  });
}
