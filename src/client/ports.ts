import type { FrameHeader } from '../wire/frame.ts';
import type { SealScope } from '../wire/seal-context.ts';

/** So that browsers (promises) and Node (at once) fit the same port. */
export type Awaitable<T> = T | Promise<T>;

/** One epoch's keys. */
export interface EpochSeal {
  /** HPKE encapsulated key, 32 bytes. */
  readonly enc: Uint8Array;
  /** Keys and base nonces of both lanes: all that it takes to go on sealing in this epoch. */
  readonly secrets: Uint8Array;
  /** A whole frame. The same header and plaintext give the same bytes. */
  seal(header: Omit<FrameHeader, 'length'>, plaintext: Uint8Array): Awaitable<Uint8Array>;
}

/** What a watch needs of cryptography; adapters are `node-crypto.ts` and `web-crypto.ts`. */
export interface WatchCrypto {
  /** Fresh keys for an epoch, sealed to the site's raw X25519 key. */
  openEpoch(scope: SealScope, recipient: Uint8Array): Awaitable<EpochSeal>;
  /** An epoch from what was kept of it. */
  resumeEpoch(
    scope: SealScope,
    kept: { readonly enc: Uint8Array; readonly secrets: Uint8Array },
  ): Awaitable<EpochSeal>;
  /** Ed25519 signature of the device. */
  sign(input: Uint8Array): Awaitable<Uint8Array>;
  sha256(bytes: Uint8Array): Awaitable<Uint8Array>;
}

/** One WebSocket. `send` after `close` is ignored. */
export interface Connection {
  send(message: Uint8Array): void;
  close(code: number, reason: string): void;
}

export interface ConnectionEvents {
  message(bytes: Uint8Array): void;
  /** Once, also when the connection never opened; `code` 1006 when there was no close frame. */
  closed(code: number, reason: string): void;
}

/** Opens connections; never throws, but calls `closed`. */
export interface Transport {
  connect(events: ConnectionEvents): Connection;
}

/** Answer to one POST of frames. */
export interface PostAnswer {
  readonly status: number;
  readonly body: Uint8Array;
  /** From `Retry-After`. */
  readonly retryAfterMs?: number;
}

/** Sends one body to `/v1/device/frames`. Rejects when there was no answer. */
export type Exchange = (body: Uint8Array) => Promise<PostAnswer>;

/** What must outlive the process, so that no epoch is used twice. */
export interface EpochState {
  /** The highest epoch ever opened. */
  readonly epoch: number;
}

/** `save` resolves when the state is durable; the epoch is used only after that. */
export interface EpochStorage {
  load(): Awaitable<EpochState | undefined>;
  save(state: EpochState): Awaitable<void>;
}

/** Keeps the state as long as the process lives. */
export function memoryStorage(initial?: EpochState): EpochStorage {
  let state = initial;
  return {
    load: () => state,
    save(next) {
      state = next;
    },
  };
}

/** A site's key as the watch knows it. */
export interface SiteKeyInfo {
  readonly site: string;
  readonly keyId: string;
  readonly publicKey: Uint8Array;
}
