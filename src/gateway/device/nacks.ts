import type { Lane } from '../../model/frame.ts';
import type { NackBody, NackCode } from '../../wire/control-bodies.ts';
import { encodeControlFrame } from '../../wire/control.ts';
import { FRAME } from '../../wire/frame.ts';
import type { Refusal } from './tally.ts';

/** What a refusal is called on the wire, and what the watch should do. */
const TEXTS: Readonly<Record<Refusal, readonly [NackCode, string]>> = {
  malformed: ['MALFORMED', 'The frame cannot be read.'],
  size: ['SIZE', 'The frame is too large.'],
  epoch: ['EPOCH', 'The frame is not of the epoch of the hello.'],
  gap: ['GAP', 'Send again from the expected frame on.'],
  rate: ['CREDITS', 'The device sends above its rate.'],
  busy: ['BUSY', 'The site has no room now; send again later.'],
  journal_full: ['BUSY', 'The disk of the site is full; send again later.'],
  journal_failed: ['BUSY', 'The journal of the site failed; connect again later.'],
};

const RETRY_MS: Partial<Readonly<Record<Refusal, number>>> = {
  busy: 500,
  journal_full: 5_000,
  journal_failed: 10_000,
};

export interface RefusedFrame {
  readonly lane: Lane;
  readonly seq: number;
  /** For an epoch refusal the epoch, otherwise the next sequence number of the lane. */
  readonly expected: number;
  /** Overrides the usual wait. */
  readonly retryAfterMs?: number;
}

/** The nack of a refused data or gap frame. */
export function frameNack(reason: Refusal, frame: RefusedFrame): NackBody {
  const [code, message] = TEXTS[reason];
  const { lane, seq, expected } = frame;
  const wait = frame.retryAfterMs ?? RETRY_MS[reason];
  const retry = wait === undefined ? {} : { retry_after_ms: Math.ceil(wait) };
  return { code, lane, seq, expected, message, ...retry };
}

export function nackFrame(body: NackBody): Uint8Array {
  return encodeControlFrame(FRAME.nack, body);
}
