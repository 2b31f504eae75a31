/** A record as an input has read it. */
export interface InputItem {
  /** A map with the names of the log schema; `undefined` when it could not be read. */
  readonly record: unknown;
  /** Why it could not be read, without payload. */
  readonly problem?: string;
  /** Whether it is a line that no parser could read, kept raw. */
  readonly isRaw?: boolean;
  /** Whether a filter dropped it: nothing of it is kept. */
  readonly isDropped?: boolean;
  /** The bytes it came as, for a dead letter; only good until the session is given more bytes. */
  raw(): Uint8Array;
}

/** What an input has to do next; steps are done in order. */
export type InputStep =
  /** Take these in; records of further steps may follow them into the journal before they are durable. */
  | {
      readonly type: 'records';
      readonly items: Iterable<InputItem>;
      /** Whether the sender hears of it. */
      readonly isAcked: boolean;
      /** The one service that the sender may send for. */
      readonly service?: string | undefined;
      /** To be called once they are durable; not before those of earlier steps. */
      readonly onDurable?: () => void;
    }
  /** Send these bytes, once all records of the steps before are durable or dead letters. */
  | { readonly type: 'reply'; readonly bytes: Uint8Array }
  /** Send these bytes, if any, and end the connection, at the same time as a reply would be sent. */
  | { readonly type: 'refuse'; readonly reason: string; readonly bytes?: Uint8Array };

/**
 * The protocol of one connection, without socket and clock: bytes in, steps
 * out. How the bytes are cut into pieces makes no difference.
 */
export interface InputSession {
  /** Sent first. */
  readonly greeting?: Uint8Array | undefined;
  /** Whether the sender has said who it is, where the protocol asks for that. */
  readonly isAdmitted: boolean;
  /** Bytes held of what is not whole yet; a sender may not take for ever to complete it. */
  readonly held: number;
  /** Lines of which the end was cut off. */
  readonly cut: number;
  /**
   * Steps that these bytes lead to; must be read to the end before the next call.
   * @throws WatchkeeperError FRAME_MALFORMED | FRAME_TOO_LARGE | PAYLOAD_INVALID, without payload
   */
  push(bytes: Uint8Array): Iterable<InputStep>;
  /** Steps left when the sender has ended. */
  end(): Iterable<InputStep>;
  /** What tells a waiting sender that its records are still being taken in. */
  keepAlive?(): Uint8Array;
}

/** Makes the session of one connection. */
export type NewSession = () => InputSession;
