import { closeSync, fdatasync, openSync, writev } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { open as openLmdb } from 'lmdb';

import { systemClock } from '../../src/core/clock.ts';
import { ENTRY, type NewEntry } from '../../src/model/journal-entry.ts';
import { openSegmentJournal } from '../../src/store/segment-journal.ts';

/** Something that makes bodies durable in order; entries count from 1. */
export interface Writer {
  append(body: Uint8Array): void;
  /** Told the highest durable entry after each commit; the last listener given counts. */
  onDurable(listener: (upTo: number) => void): void;
  durable(entry: number): Promise<void>;
  close(): Promise<void>;
}

export type OpenWriter = (folder: string) => Promise<Writer>;

export const journalWriter: OpenWriter = async (folder) => {
  const journal = await openSegmentJournal({ folder, clock: systemClock });
  let listener: (upTo: number) => void = () => undefined;
  journal.onCommit((firstLsn, entries) => {
    listener(firstLsn + entries.length - 1);
  });
  return {
    append: (body) => void journal.append(entryOf(body)),
    onDurable: (next) => void (listener = next),
    durable: (entry) => journal.durable(entry),
    close: () => journal.close(),
  };
};

/** The same bytes appended to a growing file: one writev and one fdatasync for all that waits. */
export const rawWriter: OpenWriter = async (folder) => {
  const file = openSync(join(folder, 'raw'), 'w');
  const write = promisify(writev);
  const sync = promisify(fdatasync);
  let at = 0;
  return batching({
    async commit(bodies) {
      for (let from = 0; from < bodies.length; from += 1000) {
        await write(file, bodies.slice(from, from + 1000), at);
        for (const { length } of bodies.slice(from, from + 1000)) at += length;
      }
      await sync(file);
    },
    close: () => Promise.resolve(closeSync(file)),
  });
};

/** LMDB with a value per entry under its number, batched, counted when flushed. */
export const lmdbWriter: OpenWriter = async (folder) => {
  const env = openLmdb({ path: join(folder, 'lmdb'), encoding: 'binary', keyEncoding: 'uint32' });
  let key = 0;
  return batching({
    async commit(bodies) {
      await env.batch(() => {
        for (const body of bodies) void env.put((key += 1), body);
      });
      await env.flushed;
    },
    close: () => env.close(),
  });
};

function entryOf(body: Uint8Array): NewEntry {
  return { kind: ENTRY.frame, subject: 'watch-001234', observedAt: 1_700_000_000_000, body };
}

interface Target {
  commit(bodies: Buffer[]): Promise<void>;
  close(): Promise<void>;
}

/** The journal's own policy for other targets: commit what waits as soon as the last commit is done. */
function batching({ commit, close }: Target): Writer {
  let waiting: Buffer[] = [];
  let appended = 0;
  let done = 0;
  let listener: (upTo: number) => void = () => undefined;
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    await new Promise(setImmediate);
    while (waiting.length > 0) {
      const bodies = waiting;
      waiting = [];
      const upTo = appended;
      await commit(bodies);
      done = upTo;
      listener(done);
    }
    running = undefined;
  };
  return {
    append(body) {
      waiting.push(Buffer.from(body.buffer, body.byteOffset, body.length));
      appended += 1;
      running ??= run();
    },
    onDurable: (next) => void (listener = next),
    async durable(entry) {
      while (done < entry && running !== undefined) await running;
    },
    close,
  };
}
