/** Bounds of what the gateway holds in memory between the journal and the worker. */
export interface IntakeLimits {
  /** Entries appended and not yet folded. @default 4096 */
  readonly entries: number;
  /** Bytes of their bodies. @default 4 MiB */
  readonly bytes: number;
  /** Share of the budget from which falling below `relief` is told. @default 0.7 */
  readonly pressed: number;
  /** Share of the budget from which class 3 is shed. @default 0.75 */
  readonly shedDebug: number;
  /** Share from which class 2 is shed. @default 0.9 */
  readonly shedInformation: number;
  /** Share from which classes 0 and 1 have to wait too. @default 1.5 */
  readonly hard: number;
  /** Share below which waiting ends. @default 0.6 */
  readonly relief: number;
}

/** Bounds of the device endpoint. Times are real ms. */
export interface DeviceLimits {
  /** Largest body of a POST in bytes. */
  readonly postBytes: number;
  readonly connections: number;
  readonly connectionsPerAddress: number;
  readonly helloMs: number;
  /** Without a message for this long a ping is sent; without an answer in `pongMs` the socket closes. */
  readonly idleMs: number;
  readonly pongMs: number;
  readonly incompleteMessageMs: number;
  /** How far a POSTed hello's own time may be from the site's. */
  readonly signedSkewMs: number;
  /** Frames per second of one device, and how many may come at once. */
  readonly framesPerSecond: number;
  readonly frameBurst: number;
  readonly bytesPerSecond: number;
  readonly byteBurst: number;
  /** Frames refused in a row for their rate before the socket closes. */
  readonly rateStrikes: number;
  /** Bytes waiting in one socket's send buffer before it counts as a slow reader. */
  readonly sendBufferBytes: number;
  /** Bytes received and held back, over all sockets, while the intake is busy. */
  readonly heldBytes: number;
  /** Frames of each class that a watch may have unacknowledged. */
  readonly credits: readonly [number, number, number, number];
  /** How long a closing socket may take before it is cut. */
  readonly closeMs: number;
}

export const INTAKE_LIMITS: IntakeLimits = Object.freeze({
  entries: 4_096,
  bytes: 4 * 1_048_576,
  pressed: 0.7,
  shedDebug: 0.75,
  shedInformation: 0.9,
  hard: 1.5,
  relief: 0.6,
});

export const DEVICE_LIMITS: DeviceLimits = {
  postBytes: 1_048_576,
  connections: 20_000,
  connectionsPerAddress: 10_000,
  helloMs: 5_000,
  idleMs: 60_000,
  pongMs: 10_000,
  incompleteMessageMs: 10_000,
  signedSkewMs: 300_000,
  framesPerSecond: 2_000,
  frameBurst: 4_000,
  bytesPerSecond: 8 * 1_048_576,
  byteBurst: 16 * 1_048_576,
  rateStrikes: 1_000,
  sendBufferBytes: 262_144,
  heldBytes: 16 * 1_048_576,
  credits: [128, 128, 128, 128],
  closeMs: 2_000,
};
