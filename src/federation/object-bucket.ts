import { createHash } from 'node:crypto';
import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { headers, nuid, type NatsConnection } from '@nats-io/transport-node';
import { WatchkeeperError } from '../core/errors.ts';
import type { ShelvedBlob } from '../model/model-shelf.ts';

/** What the layout keeps of an object; other clients write more. */
interface ObjectInfo {
  readonly nuid: string;
  readonly size: number;
  readonly chunks: number;
  readonly deleted?: boolean;
}

const CHUNK_BYTES = 128 * 1024;
const CONFIRM_MS = 5_000;

/**
 * Objects in a bucket of the JetStream Object Store (NATS ADR-20), so that
 * `nats object` and other clients read them: a stream `OBJ_<bucket>` whose
 * messages are the chunks of each object, and one of metadata, last, which
 * makes the object visible.
 */
export class ObjectBucket {
  readonly #connection: NatsConnection;
  readonly #bucket: string;
  readonly #manager: JetStreamManager;

  private constructor(connection: NatsConnection, bucket: string, manager: JetStreamManager) {
    this.#connection = connection;
    this.#bucket = bucket;
    this.#manager = manager;
  }

  /** Opens the bucket; makes it when it is not there. */
  static async open(connection: NatsConnection, bucket: string): Promise<ObjectBucket> {
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const name = streamOf(bucket);
    try {
      await manager.streams.info(name);
    } catch (error) {
      if (!isCode(error, JetStreamApiCodes.StreamNotFound)) throw error;
      await manager.streams.add({
        name,
        subjects: [`$O.${bucket}.C.>`, `$O.${bucket}.M.>`],
        storage: StorageType.File,
        retention: RetentionPolicy.Limits,
        discard: DiscardPolicy.New,
        allow_rollup_hdrs: true,
        allow_direct: true,
      });
    }
    return new ObjectBucket(connection, bucket, manager);
  }

  /** Durable and visible when it resolves; an object of that name is left as it is. */
  async put(name: string, bytes: Uint8Array): Promise<void> {
    if ((await this.#info(name)) !== undefined) return;
    const id = nuid.next();
    const stream = jetstream(this.#connection);
    const size = Math.min(CHUNK_BYTES, this.#connection.info?.max_payload ?? CHUNK_BYTES);
    let chunks = 0;
    for (let start = 0; start < bytes.length; start += size) {
      await stream.publish(this.#chunkSubject(id), bytes.subarray(start, start + size), {
        timeout: CONFIRM_MS,
      });
      chunks += 1;
    }
    const rollup = headers();
    rollup.set('Nats-Rollup', 'sub');
    const info = { name, bucket: this.#bucket, nuid: id, size: bytes.length, chunks };
    const more = { digest: digestOf(bytes), options: { max_chunk_size: size }, deleted: false };
    await stream.publish(this.#metaSubject(name), JSON.stringify({ ...info, ...more }), {
      headers: rollup,
      timeout: CONFIRM_MS,
    });
  }

  /** `undefined` when there is none. @throws MODEL_INVALID when it is over `maxBytes` or not whole */
  async get(name: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const info = await this.#info(name);
    if (info === undefined) return undefined;
    if (info.size > maxBytes) throw damaged(name, `is over ${maxBytes} bytes`);
    const bytes = new Uint8Array(info.size);
    let at = 0;
    let seq = 1;
    for (let chunk = 0; chunk < info.chunks; chunk += 1) {
      const query = { seq, next_by_subj: this.#chunkSubject(info.nuid) };
      const message = await this.#manager.direct.getMessage(streamOf(this.#bucket), query);
      if (message === null || at + message.data.length > info.size) break;
      bytes.set(message.data, at);
      at += message.data.length;
      seq = message.seq + 1;
    }
    if (at !== info.size) throw damaged(name, 'is not whole');
    return bytes;
  }

  /** What is in it, by name. */
  async list(): Promise<readonly ShelvedBlob[]> {
    const stream = streamOf(this.#bucket);
    const found = await this.#manager.streams.info(stream, {
      subjects_filter: `$O.${this.#bucket}.M.>`,
    });
    const blobs: ShelvedBlob[] = [];
    for (const subject of Object.keys(found.state.subjects ?? {})) {
      const message = await this.#manager.streams
        .getMessage(stream, { last_by_subj: subject })
        .catch(noneFound);
      const info = message === null ? undefined : infoOf(message.string());
      if (message === null || info === undefined || info.deleted === true) continue;
      const name = Buffer.from(subject.split('.').at(-1) ?? '', 'base64url').toString('utf8');
      blobs.push({ id: name, bytes: info.size, at: message.time.getTime() });
    }
    return blobs.sort((one, other) => (one.id < other.id ? -1 : 1));
  }

  /** Marks it as deleted, then gives its bytes free; what a crash leaves in between is unseen. */
  async drop(name: string): Promise<void> {
    const info = await this.#info(name);
    if (info === undefined) return;
    const rollup = headers();
    rollup.set('Nats-Rollup', 'sub');
    const gone = { name, bucket: this.#bucket, nuid: info.nuid, size: 0, chunks: 0, deleted: true };
    await jetstream(this.#connection).publish(this.#metaSubject(name), JSON.stringify(gone), {
      headers: rollup,
      timeout: CONFIRM_MS,
    });
    await this.#manager.streams.purge(streamOf(this.#bucket), {
      filter: this.#chunkSubject(info.nuid),
    });
  }

  async #info(name: string): Promise<ObjectInfo | undefined> {
    const message = await this.#manager.streams
      .getMessage(streamOf(this.#bucket), { last_by_subj: this.#metaSubject(name) })
      .catch(noneFound);
    if (message === null) return undefined;
    const info = infoOf(message.string());
    if (info === undefined) throw damaged(name, 'cannot be read');
    return info.deleted === true ? undefined : info;
  }

  #chunkSubject(id: string): string {
    return `$O.${this.#bucket}.C.${id}`;
  }

  /** The name in base64url with padding, as the layout wants it. */
  #metaSubject(name: string): string {
    const text = Buffer.from(name, 'utf8').toString('base64url');
    return `$O.${this.#bucket}.M.${text.padEnd(Math.ceil(text.length / 4) * 4, '=')}`;
  }
}

function noneFound(error: unknown): null {
  if (isCode(error, JetStreamApiCodes.NoMessageFound)) return null;
  throw error;
}

function streamOf(bucket: string): string {
  return `OBJ_${bucket}`;
}

function infoOf(text: string): ObjectInfo | undefined {
  try {
    const { nuid: id, size, chunks, deleted } = JSON.parse(text) as Partial<ObjectInfo>;
    const isWhole = typeof id === 'string' && /^\w+$/.test(id);
    const isCounted = [size, chunks].every(
      (each) => Number.isSafeInteger(each) && Number(each) >= 0,
    );
    return isWhole && isCounted
      ? { nuid: id, size: Number(size), chunks: Number(chunks), deleted: deleted === true }
      : undefined;
  } catch {
    return undefined;
  }
}

function digestOf(bytes: Uint8Array): string {
  const digest = createHash('sha256').update(bytes).digest('base64url');
  return `SHA-256=${digest.padEnd(Math.ceil(digest.length / 4) * 4, '=')}`;
}

function isCode(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}

function damaged(name: string, what: string): WatchkeeperError {
  return new WatchkeeperError('MODEL_INVALID', `The object "${name}" in NATS ${what}.`, {
    fix: 'Put the artefact again, or restore the bucket from a backup.',
  });
}
