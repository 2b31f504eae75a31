import type { AlertLabel } from './alert.ts';
import type { FrameClass, Lane } from './frame.ts';

/**
 * What the journal holds. Everything the system knows is a fold of these in
 * lsn order. Numbers are the on-disk tags; never reuse one.
 */
export const ENTRY = Object.freeze({
  /** A watch's sealed data or gap frame, as received. */
  frame: 1,
  /** A watch's signed hello: opens (device, epoch). */
  hello: 2,
  /** A group of a service's records, sealed to the site by the gateway. */
  group: 3,
  /** Time passing. */
  tick: 4,
  /** Something a person or program asked for (acknowledge, enrol, configuration, …). */
  command: 5,
  /** Something replay could not derive (delivered, shed, skipped, quarantined, …). */
  outcome: 6,
  /** A watch's records that the site seals to itself: a dead letter taken in again. Body as of a `group`. */
  deviceGroup: 7,
  /** Records of the past out of a file. Body as of a `group`, whose service is the place in the file. */
  imported: 8,
  /** What a model said about requests of detectors, or why it said nothing. */
  scores: 9,
} as const);

export type EntryKind = (typeof ENTRY)[keyof typeof ENTRY];

/** An entry to append. `body` is not copied before the append resolves. */
export interface NewEntry {
  readonly kind: EntryKind;
  /** Device id, service name, or '' for entries of the site itself. At most 128 bytes. */
  readonly subject: string;
  /** Site-clock ms at which the gateway took it in. */
  readonly observedAt: number;
  readonly body: Uint8Array;
}

/** An entry as read back. */
export interface JournalEntry extends NewEntry {
  /** Log sequence number: contiguous from 1. */
  readonly lsn: number;
}

/** `tick` body (msgpack). */
export interface Tick {
  /** Site-clock ms. */
  readonly now: number;
  /** Wall-clock ms, so that a gap is noticed across restarts. */
  readonly wall: number;
  /** Sum in ms of all intervals up to now in which the site was blind (down, stopped or paused for over 2 s). */
  readonly blindMs: number;
}

/**
 * `scores` body (msgpack): one batch of one model. Journalled before it is
 * acted on, so that no replay ever calls a model.
 */
export interface Scores {
  /** Artefact id of the model that scored; '' where none did. */
  readonly model: string;
  readonly rows: readonly ScoreRow[];
}

/** The answer to one request of a detector; its place is `<lsn>.<index of the row>`. */
export interface ScoreRow {
  readonly subject: string;
  readonly detector: string;
  readonly key: string;
  readonly answer: ScoreResult;
}

/** What a model made of an input, or why there is nothing. */
export type ScoreResult =
  | {
      /** −log10 of the score's tail probability among normal scores: 0 to 16. */
      readonly surprise: number;
      /** What it was that was unusual, the greatest share first; at most 3, none where it was not asked. */
      readonly contributions: readonly Contribution[];
    }
  | { readonly failure: ScoreFailure };

export interface Contribution {
  /** A feature's column, or an event. */
  readonly name: string;
  /** 0 to 1, of what all of them contribute. */
  readonly share: number;
}

/**
 * Why a request has no score: no model of that name is live; it was trained on
 * other features; the scorer's queue was full; the model threw or its worker
 * died; what it gave is no number; no answer came in time.
 */
export type ScoreFailure = (typeof SCORE_FAILURES)[number];

export const SCORE_FAILURES = Object.freeze([
  'missing',
  'features',
  'unavailable',
  'broken',
  'nan',
  'late',
] as const);

/** `command` bodies (msgpack), idempotent by `id`. */
export type Command =
  | {
      readonly id: string;
      readonly type: 'alert.acknowledge';
      readonly alert: string;
      readonly by: string;
      readonly note: string;
    }
  | {
      readonly id: string;
      readonly type: 'alert.resolve';
      readonly alert: string;
      readonly by: string;
      readonly note: string;
    }
  | {
      readonly id: string;
      readonly type: 'alert.label';
      readonly alert: string;
      readonly by: string;
      readonly label: AlertLabel;
      /** Replaces the note of the alert, where it is not empty. */
      readonly note?: string;
    }
  | {
      readonly id: string;
      readonly type: 'device.enroll';
      readonly device: string;
      readonly publicKey: Uint8Array;
      readonly by: string;
    }
  | {
      readonly id: string;
      readonly type: 'device.revoke';
      readonly device: string;
      readonly by: string;
      readonly reason: string;
    }
  | {
      readonly id: string;
      readonly type: 'config.set';
      /** Which file of the configuration; that of the detectors when left out. */
      readonly file?: 'log_schema';
      readonly hash: string;
      readonly content: string;
    }
  /** Maps wall time to site time: site = origin + (wall − wallOrigin) · rate until it meets the wall clock. */
  | {
      readonly id: string;
      readonly type: 'clock.set';
      readonly wallOrigin: number;
      readonly origin: number;
      readonly rate: number;
    };

/** `outcome` bodies (msgpack). */
export type Outcome =
  | {
      readonly type: 'delivered';
      readonly alert: string;
      readonly revision: number;
      readonly channel: string;
    }
  | {
      readonly type: 'shed';
      readonly device: string;
      readonly epoch: number;
      readonly lane: Lane;
      readonly seq: number;
      readonly frameClass: FrameClass;
    }
  /** `detector` '' means the whole frame could not be opened. */
  | {
      readonly type: 'skipped';
      readonly lsn: number;
      readonly ordinal: number;
      readonly detector: string;
      readonly subject: string;
      readonly reason: string;
    }
  | {
      readonly type: 'quarantined';
      /** The record at which it began; ordinal 0 of a tick's lsn for a deadline. */
      readonly lsn: number;
      readonly ordinal: number;
      readonly subject: string;
      readonly detector: string;
      readonly until: number;
      readonly reason: string;
    };
