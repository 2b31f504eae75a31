import type { Outcome } from '../model/journal-entry.ts';
import type { DeadLetter } from '../store/store.ts';
import type { Hang } from './watchdog.ts';

const QUARANTINE_MS = 600_000;

type HangOutcome = Extract<Outcome, { type: 'skipped' | 'quarantined' }>;

/**
 * What a hang teaches the next recovery: one pinned to a record skips it, one
 * at a deadline leaves the detector out of that subject for ten minutes of
 * site time; one in a batch gives `undefined` (its records are tried one by one).
 */
export function outcomeOfHang(
  { detector, subject, first, last }: Hang,
  now: number,
): HangOutcome | undefined {
  if (first !== last) return undefined;
  const [lsn = '0', ordinal = '0'] = first.split('.');
  const reason = 'the detector did not return';
  if (ordinal !== 'd') {
    return {
      type: 'skipped',
      lsn: Number(lsn),
      ordinal: Number(ordinal),
      detector,
      subject,
      reason,
    };
  }
  const until = now + QUARANTINE_MS;
  return { type: 'quarantined', lsn: Number(lsn), ordinal: 0, subject, detector, until, reason };
}

/** The record that a detector did not return from, for people. */
export function letterOfHang(
  { lsn, ordinal, subject, detector, reason }: HangOutcome,
  at: number,
): DeadLetter {
  return {
    id: `${lsn}.${ordinal}.${detector}`,
    lsn,
    ordinal,
    subject,
    stage: detector,
    reason,
    pointer: '',
    at,
    body: new Uint8Array(),
  };
}
