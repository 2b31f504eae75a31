export interface WindowConfig {
  /** A window ending at t holds (t − lengthMs, t]. */
  readonly lengthMs: number;
  /** How far behind the newest event time a record may come without changing what was found. */
  readonly latenessMs: number;
  /** The count that is looked for. */
  readonly need: number;
}

export interface Template {
  readonly hash: number;
  readonly text: string;
}

/**
 * Event times of one subject's records, by value. Memory: the newest
 * `capacityOf` times (9 bytes each), which is all that lies within window and
 * slack while no window holds `need`; a flood beyond that only counts up 64
 * buckets of a 30th of the window. At most 16 templates of 160 characters.
 * Which times are kept depends on the set of records alone, not on their order.
 */
export interface Window {
  /** Ascending. */
  readonly times: Float64Array;
  /** Index into `templates` for each time; OTHER when they were too many. */
  readonly kinds: Uint8Array;
  readonly templates: readonly Template[];
  /** Counts by time, when some of `times` were let go; by bucket number modulo 64. */
  readonly buckets: Uint32Array | undefined;
  /** Greatest event time seen; -Infinity at first. */
  readonly newest: number;
  /** Records at or before this come too late to count. */
  readonly floor: number;
}

/** One sender's clock may run this far ahead (intake clamps beyond); the others' records must still count. */
const AHEAD_MS = 5 * 60 * 1000;
export const EMPTY_WINDOW: Window = Object.freeze({
  times: new Float64Array(0),
  kinds: new Uint8Array(0),
  templates: Object.freeze([]),
  buckets: undefined,
  newest: -Infinity,
  floor: -Infinity,
});

/** How many times a window keeps at most. */
export function capacityOf(config: WindowConfig): number {
  return config.need * (1 + Math.ceil(slackOf(config) / config.lengthMs));
}

/** How far behind the newest a record may come and still share a window with what is to come. */
export function slackOf({ latenessMs }: WindowConfig): number {
  return Math.max(latenessMs, AHEAD_MS);
}

/**
 * The event time at which the window holds at most `atMost` records, when no
 * more come: when enough of the newest have left it.
 */
export function fallsTo(window: Window, atMost: number, lengthMs: number): number {
  const { times, newest } = window;
  const leaver = times[times.length - atMost - 1];
  return leaver === undefined ? newest : leaver + lengthMs;
}

/**
 * The window once it was said to have ended by `end`: keeps what a later
 * window can still hold, and takes no more records up to `end`. A backlog that
 * comes frame by frame thus cannot open, frame by frame, what was resolved.
 */
export function closedAt(window: Window, end: number, lengthMs: number): Window {
  const kept = window.times.findIndex((time) => time > end - lengthMs);
  const from = kept < 0 ? window.times.length : kept;
  return {
    ...window,
    times: window.times.slice(from),
    kinds: window.kinds.slice(from),
    buckets: undefined,
    floor: Math.max(window.floor, end),
  };
}
