import { Packr } from 'msgpackr';
import { WatchkeeperError } from '../core/errors.ts';
import {
  ENTRY,
  type Command,
  type NewEntry,
  type Outcome,
  type Tick,
} from '../model/journal-entry.ts';

const packr = new Packr({ useRecords: false, structuredClone: false });

export function tickEntry(tick: Tick): NewEntry {
  return { kind: ENTRY.tick, subject: '', observedAt: tick.now, body: packr.pack(tick) };
}

export function commandEntry(command: Command, observedAt: number): NewEntry {
  return { kind: ENTRY.command, subject: '', observedAt, body: packr.pack(command) };
}

export function outcomeEntry(outcome: Outcome, observedAt: number): NewEntry {
  return { kind: ENTRY.outcome, subject: '', observedAt, body: packr.pack(outcome) };
}

export function readTick(body: Uint8Array): Tick {
  return unpack(body) as Tick;
}

export function readCommand(body: Uint8Array): Command {
  return unpack(body) as Command;
}

export function readOutcome(body: Uint8Array): Outcome {
  return unpack(body) as Outcome;
}

function unpack(body: Uint8Array): unknown {
  try {
    return packr.unpack(body) as unknown;
  } catch (cause) {
    throw new WatchkeeperError('JOURNAL_CORRUPT', 'A journal entry of the site does not decode.', {
      cause,
    });
  }
}

/** Plain data ⇄ bytes of a snapshot part. */
export function packPart(value: unknown): Uint8Array {
  return packr.pack(value);
}

export function unpackPart<T>(bytes: Uint8Array): T {
  return unpack(bytes) as T;
}
