import type { Lane } from '../model/frame.ts';
import type { FRAME } from './frame.ts';

/** Sequence numbers per lane: [urgent, bulk]. */
export type LanePair = readonly [number, number];
/** Frames per class that may be sent and not yet acked; 0 = stop. */
export type Credits = readonly [number, number, number, number];

/** First thing after connecting. */
export interface ChallengeBody {
  /** 32 random bytes. */
  readonly nonce: Uint8Array;
  /** Site-clock ms. */
  readonly server_time: number;
  readonly site: string;
  readonly key_id: string;
  /** Raw X25519 key, 32 bytes. */
  readonly public_key: Uint8Array;
}

export interface HelloBody {
  readonly device: string;
  /** 1 to 2^32 − 1; grows whenever the watch loses its buffer or changes the key. */
  readonly epoch: number;
  /** Id of the site key that `enc` is for. */
  readonly key_id: string;
  /** HPKE encapsulated key, 32 bytes; the same for the whole epoch. */
  readonly enc: Uint8Array;
  /** Highest sequence numbers that the watch knows to be acked. */
  readonly acked: LanePair;
  readonly firmware: string;
  /** The watch's own clock in ms since the epoch. */
  readonly clock: number;
  /** Only by POST: the watch's estimate of site time in ms; replaces the challenge. */
  readonly signed_at?: number;
  /** Ed25519, 64 bytes, over `helloInput`. */
  readonly signature: Uint8Array;
}

export interface WelcomeBody {
  readonly session: string;
  /** Highest sequence numbers that are durable for this epoch. */
  readonly acked: LanePair;
  readonly credits: Credits;
  readonly server_time: number;
  readonly site_epoch?: number;
}

export interface AckBody {
  /** Cumulative per lane: everything up to the number is durable (or shed). */
  readonly acks: readonly (readonly [Lane, number])[];
  /** Those of the acked frames that were dropped under overload. */
  readonly shed?: readonly (readonly [Lane, number])[];
}

/**
 * Why a frame was refused before the journal: `GAP` seq is not `expected`;
 * `SIZE` too large; `KEY` the key id is not known or retired; `EPOCH` below
 * the highest one seen, use `expected`; `CREDITS` more frames than allowed;
 * `BUSY` no room now; `IDENTITY` unknown device, bad signature or stale time;
 * `MALFORMED` cannot be read.
 */
export type NackCode =
  'GAP' | 'SIZE' | 'KEY_UNKNOWN' | 'EPOCH' | 'CREDITS' | 'BUSY' | 'IDENTITY' | 'MALFORMED';

export const NACK_CODES: readonly NackCode[] = [
  'GAP',
  'SIZE',
  'KEY_UNKNOWN',
  'EPOCH',
  'CREDITS',
  'BUSY',
  'IDENTITY',
  'MALFORMED',
];

export interface NackBody {
  readonly code: NackCode;
  readonly lane?: Lane;
  /** The refused frame. */
  readonly seq?: number;
  /** GAP: the next seq of the lane. EPOCH: the least epoch that is accepted. */
  readonly expected?: number;
  readonly retry_after_ms?: number;
  /** Site-clock ms, where `signed_at` was refused. */
  readonly server_time?: number;
  readonly message: string;
}

export interface NoteBody {
  /** `device/epoch/lane/seq` of a frame that was acked and went to the dead letters. */
  readonly frame: string;
  readonly reason: string;
}

interface FlowBody {
  /** Replaces the credits given before. */
  readonly credits: Credits;
}

export interface BeatBody {
  /** Percent. */
  readonly battery: number;
  readonly worn: boolean;
  readonly charging: boolean;
  /** Batches in the watch's buffer. */
  readonly buffered: number;
  /** Time in ms of the oldest record in the buffer, 0 when it is empty. */
  readonly oldest: number;
}

export interface CmdBody {
  readonly id: string;
  readonly verb: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

interface ResBody {
  readonly id: string;
  readonly ok: boolean;
  readonly result: unknown;
}

/** The watch opens a new epoch to this key once `not_before` has come. */
export interface KeyBody {
  readonly key_id: string;
  readonly public_key: Uint8Array;
  /** Site-clock ms. */
  readonly not_before: number;
}

interface ByeBody {
  /** A close code of 4000 to 4999, or 1000 to 1015. */
  readonly code: number;
  /** Least wait before the next connection, in ms. */
  readonly resume_after_ms: number;
  readonly reason: string;
}

/** Body type by frame kind. */
export interface ControlBodies {
  readonly [FRAME.challenge]: ChallengeBody;
  readonly [FRAME.hello]: HelloBody;
  readonly [FRAME.welcome]: WelcomeBody;
  readonly [FRAME.ack]: AckBody;
  readonly [FRAME.nack]: NackBody;
  readonly [FRAME.note]: NoteBody;
  readonly [FRAME.flow]: FlowBody;
  readonly [FRAME.beat]: BeatBody;
  readonly [FRAME.cmd]: CmdBody;
  readonly [FRAME.res]: ResBody;
  readonly [FRAME.key]: KeyBody;
  readonly [FRAME.bye]: ByeBody;
}

export type ControlKind = keyof ControlBodies;
