/** Why the gateway closes a watch's socket; the numbers are WebSocket close codes. */
export const CLOSE = Object.freeze({
  /** The watch said bye. */
  normal: 1000,
  /** A text message; only binary ones are understood. */
  text: 1003,
  /** The journal failed: nothing can be taken in until the site restarts. */
  failed: 1011,
  /** The site restarts; resume after the time given in bye. */
  restart: 1012,
  /** A frame that cannot be read, or one that is not allowed at this point. */
  protocol: 4000,
  /** Unknown device, bad signature, or a time that is too far off. */
  identity: 4001,
  /** The epoch or the site key of the hello is not accepted; see the nack. */
  epoch: 4002,
  /** The watch does not read what is sent to it. */
  slowReader: 4003,
  /** Another connection of the same device took over. */
  replaced: 4004,
  /** No hello in time, nothing heard for too long, or a message left incomplete. */
  timeout: 4008,
  /** Kept sending above its rate, or frames that were refused. */
  rate: 4029,
  /** The device was revoked. */
  revoked: 4403,
} as const);

export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE];

/** How long a watch should stay away after each code, in ms. */
export function resumeAfterMs(code: CloseCode): number {
  return RESUME_MS[code] ?? 1_000;
}

const RESUME_MS: Partial<Readonly<Record<CloseCode, number>>> = {
  [CLOSE.failed]: 10_000,
  [CLOSE.identity]: 60_000,
  [CLOSE.rate]: 5_000,
  [CLOSE.revoked]: 86_400_000,
};
