import type { Clock } from '../core/clock.ts';
import type { BeatBody, CmdBody, NoteBody } from '../wire/control-bodies.ts';
import type { BufferStore } from './buffer-store.ts';
import type { OutboxLimits } from './outbox.ts';
import { memoryStorage, type Awaitable, type EpochStorage, type WatchCrypto } from './ports.ts';
import type { TrustOptions } from './site-trust.ts';
import type { SessionCounters, SessionOptions, WatchSession } from './watch-session.ts';

/** What a client of either transport takes. */
export interface WatchOptions extends TrustOptions {
  readonly device: string;
  readonly crypto: WatchCrypto;
  readonly clock: Clock;
  /** At most 64 characters. @default '' */
  readonly firmware?: string;
  /** Where the epoch outlives the process. @default in memory */
  readonly storage?: EpochStorage;
  /** Where the buffer and the epoch outlive the process. @default in memory */
  readonly bufferStore?: BufferStore;
  /** @default 16 MiB and 8,192 batches; with `bufferStore` 64 MiB and 131,072, a day and a half at one a second */
  readonly buffer?: Partial<OutboxLimits>;
  /** Frames per lane that may be unacked. @default 128 */
  readonly maxFramesInFlight?: number;
  /** 0 to 1, for jitter. @default Math.random */
  readonly random?: () => number;
  /** A frame that was acked went to the dead letters. */
  readonly onNote?: (note: NoteBody) => void;
  /** Answers a command; what it returns must fit in msgpack of 4 KiB. Without it commands are answered `ok: false`. */
  readonly onCommand?: (command: CmdBody) => Awaitable<unknown>;
  readonly onState?: (state: WatchState, reason: string) => void;
  /** Ms without an answer to a connection or an ack before it is given up. @default 30,000 */
  readonly timeoutMs?: number;
}

/** Close codes that the watch sends or must know; all of them are in docs/protocol.md. */
export const CLOSE = { normal: 1000, badFrame: 4000, idle: 4008, revoked: 4403 } as const;

/** What a watch tells about itself; the client adds what is in its buffer. */
export type Vital = Pick<BeatBody, 'battery' | 'worn' | 'charging'>;

/**
 * `waiting` for the next attempt; `connecting` until the challenge;
 * `greeting` until the welcome; `ready`; `refused` for good (revoked, or the
 * buffer store does not open); `stopped` before `start` and after `stop`.
 */
export type WatchState = 'stopped' | 'waiting' | 'connecting' | 'greeting' | 'ready' | 'refused';

export interface WatchCounters extends Readonly<SessionCounters> {
  readonly connections: number;
  /** Messages from the gateway that could not be read or came at the wrong time. */
  readonly badMessages: number;
  /** Records dropped by class because the buffer was full. */
  readonly droppedRecords: readonly [number, number, number, number];
}

/** What a client counted so far. */
export function countersOf(
  session: WatchSession,
  own: Pick<WatchCounters, 'connections' | 'badMessages'>,
): WatchCounters {
  return { ...session.counters, ...own, droppedRecords: session.outbox.dropped };
}

export function sessionOptions(options: WatchOptions): SessionOptions {
  return {
    device: options.device,
    firmware: options.firmware ?? '',
    clock: options.clock,
    crypto: options.crypto,
    storage: options.storage ?? memoryStorage(),
    maxFramesInFlight: options.maxFramesInFlight ?? 128,
    ...(options.bufferStore === undefined ? {} : { bufferStore: options.bufferStore }),
    ...(options.buffer === undefined ? {} : { buffer: options.buffer }),
  };
}
