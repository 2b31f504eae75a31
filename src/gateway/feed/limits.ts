/** Bounds of the dashboard's feed. Times are real ms. */
export interface FeedLimits {
  /** Dashboards connected at once. */
  readonly connections: number;
  /** How long a connection may take to say hello. */
  readonly helloMs: number;
  /** A ping goes out this often; a connection that did not answer the one before is cut. */
  readonly pingMs: number;
  /** Bytes waiting in a socket from which on it counts as slow. */
  readonly bufferedBytes: number;
  /** Frames per second at most. */
  readonly hz: number;
  /** Changed alerts kept for a slow connection; with more it gets a whole snapshot instead. */
  readonly pendingAlerts: number;
}

export const FEED_LIMITS: FeedLimits = Object.freeze({
  connections: 64,
  helloMs: 5_000,
  pingMs: 15_000,
  bufferedBytes: 1_048_576,
  hz: 10,
  pendingAlerts: 1_000,
});
