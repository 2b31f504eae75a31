import { Packr } from 'msgpackr';
import { WatchkeeperError } from '../core/errors.ts';
import {
  ENTRY,
  type Command,
  type NewEntry,
  type Outcome,
  type ScoreFailure,
  type Scores,
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

export function scoresEntry(scores: Scores, observedAt: number): NewEntry {
  return { kind: ENTRY.scores, subject: '', observedAt, body: packScores(scores) };
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

export function readScores(body: Uint8Array): Scores {
  const { model, rows } = unpack(body) as PackedScores;
  return {
    model,
    rows: rows.map(([subject, detector, key, said, parts = []]) => ({
      subject,
      detector,
      key,
      answer:
        typeof said === 'string'
          ? { failure: said }
          : {
              surprise: said,
              contributions: parts.map(([name, share]) => ({ name, share })),
            },
    })),
  };
}

/** Rows as lists: there are up to 256 in an entry, and their keys would weigh more than their values. */
interface PackedScores {
  readonly model: string;
  readonly rows: readonly (readonly [
    subject: string,
    detector: string,
    key: string,
    said: number | ScoreFailure,
    contributions?: readonly (readonly [name: string, share: number])[],
  ])[];
}

function packScores({ model, rows }: Scores): Uint8Array {
  const packed: PackedScores = {
    model,
    rows: rows.map(({ subject, detector, key, answer }) => {
      if ('failure' in answer) return [subject, detector, key, answer.failure];
      const { surprise, contributions } = answer;
      if (contributions.length === 0) return [subject, detector, key, surprise];
      const parts = contributions.map(({ name, share }) => [name, share] as const);
      return [subject, detector, key, surprise, parts];
    }),
  };
  return packr.pack(packed);
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
