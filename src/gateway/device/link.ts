/** What a connection asks of its transport. */
export interface Link {
  /** Sends one message of one or more whole frames; dropped when the link is closing. */
  send(message: Uint8Array): void;
  /** Closes after what was sent; `code` is a WebSocket close code. Idempotent. */
  close(code: number, reason: string): void;
  /** Stops reading; a few messages that were read already may still come. */
  pause(): void;
  resume(): void;
  ping(): void;
  /** Whether a message has begun to arrive and is not whole yet. */
  isMidMessage(): boolean;
}
