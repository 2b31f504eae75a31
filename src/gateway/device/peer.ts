import type { ControlBodies, ControlKind } from '../../wire/control-bodies.ts';
import type { CloseCode } from './close-codes.ts';
import type { FrameEntry } from './frame-desk.ts';

/** What a connection begins with. */
export interface Greeting {
  readonly challenge: Uint8Array;
  /** The device that its TLS client certificate names. */
  readonly certified: string | undefined;
}

/** A connection as the rest of the gateway sees it. */
export interface Peer {
  /** A frame of this device became durable; answers whether a `flush` after the commit is newly due. */
  durable(entry: FrameEntry): boolean;
  /** Sends one ack for all that became durable, and the credits when they changed. */
  flush(): void;
  /** There is room again: takes what was held, then reads on. */
  relieve(): void;
  /** Tells the watch something outside the exchange of frames; `false` when it is not live. */
  tell<K extends ControlKind>(kind: K, body: ControlBodies[K]): boolean;
  /** Says bye and closes. Idempotent. */
  end(code: CloseCode, reason: string, resumeMs?: number): void;
}
