import type { FrameClass } from '../model/frame.ts';
import type { GapReport } from '../wire/gap.ts';
import type { Batch } from './batch.ts';
import type { Awaitable } from './ports.ts';

/** An epoch as it outlives the process. `secrets` open every frame of it: keep them as you keep the device's key. */
export interface SavedEpoch {
  readonly epoch: number;
  readonly site: string;
  readonly keyId: string;
  /** The site's raw X25519 key. */
  readonly publicKey: Uint8Array;
  readonly enc: Uint8Array;
  /** Keys and base nonces of both lanes. */
  readonly secrets: Uint8Array;
}

/** What a sequence number was given to: a batch of the buffer, or a gap report. */
export type SavedFlight = { readonly seq: number; readonly frameClass: FrameClass } & (
  { readonly id: number } | { readonly gap: GapReport }
);

export interface SavedLane {
  /** The seq that the next new frame gets. */
  readonly nextSeq: number;
  /** Numbered and not acked, ascending and without holes up to `nextSeq`. */
  readonly flights: readonly SavedFlight[];
}

/** All of a session but its batches. */
export interface BufferFacts {
  /** The id that the next batch gets. */
  readonly nextId: number;
  /** The highest epoch ever opened. */
  readonly highestEpoch: number;
  readonly epoch?: SavedEpoch;
  readonly lanes: readonly [SavedLane, SavedLane];
  /** What was dropped and is not numbered yet. */
  readonly gap?: GapReport;
}

/** One atomic step: batches in, then batches out, and the facts as they are after it. */
export interface BufferChange {
  readonly added: readonly Batch[];
  /** Ids; unknown ones are ignored. */
  readonly removed: readonly number[];
  readonly facts: BufferFacts;
}

export interface BufferContents {
  /** Ascending by id. */
  readonly batches: readonly Batch[];
  /** `undefined` in a new buffer. */
  readonly facts: BufferFacts | undefined;
}

/**
 * Where a watch's buffer outlives its process. Adapters: `memory-buffer.ts`,
 * `file-buffer.ts`, `indexed-db-buffer.ts`.
 */
export interface BufferStore {
  /** Whether what `commit` resolved for survives a loss of power, and not only the end of the process. */
  readonly survivesPowerLoss: boolean;
  /** Batches held. */
  readonly count: number;
  /** Bytes taken on the medium, as well as the adapter can tell. */
  readonly bytes: number;
  /**
   * Once, before all else: what is there. Takes the buffer for this process alone.
   * @throws WatchkeeperError DATA_DIR_LOCKED when another one has it, STORE_CORRUPT when it is damaged.
   */
  open(): Awaitable<BufferContents>;
  /**
   * All of the change or nothing of it. Calls must not overlap. After a
   * rejection the same change, or a later one that contains it, may be tried again.
   */
  commit(change: BufferChange): Awaitable<void>;
  /** Lets go of the buffer. Idempotent. */
  close(): Awaitable<void>;
}
