import { ENTRY, type JournalEntry, type NewEntry } from '../../../../src/model/journal-entry.ts';
import type { Journal } from '../../../../src/store/journal.ts';

/** The entry that every test here puts at an lsn: all of it follows from the number. */
export function entryFor(lsn: number, bodyBytes = (lsn * 37) % 300): NewEntry {
  const body = new Uint8Array(bodyBytes);
  for (let i = 0; i < body.length; i += 1) body[i] = (lsn * 31 + i * 7) & 0xff;
  return {
    kind: lsn % 5 === 0 ? ENTRY.tick : ENTRY.frame,
    subject: lsn % 7 === 0 ? 'wächter-ü' : `watch-${lsn % 100}`,
    observedAt: 1_700_000_000_000 + lsn + 0.5,
    body,
  };
}

export function isSameEntry(found: NewEntry, wanted: NewEntry): boolean {
  return (
    found.kind === wanted.kind &&
    found.subject === wanted.subject &&
    found.observedAt === wanted.observedAt &&
    Buffer.compare(found.body, wanted.body) === 0
  );
}

export async function readAll(journal: Journal, from = journal.firstLsn): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for await (const batch of journal.read(from)) entries.push(...batch);
  return entries;
}

/** Appends `entryFor` entries up to and with `lsn` and waits until they are durable. */
export async function appendUpTo(journal: Journal, lsn: number): Promise<void> {
  while (journal.nextLsn <= lsn) journal.append(entryFor(journal.nextLsn));
  await journal.durable(lsn);
}

/** Says what is wrong with entries that should be `entryFor` from..upTo; undefined when nothing is. */
export function wrongWith(
  entries: readonly JournalEntry[],
  { from, upTo, bodyBytes }: { from: number; upTo: number; bodyBytes?: number },
): string | undefined {
  if (entries.length !== upTo - from + 1) {
    return `expected ${upTo - from + 1} entries from ${from}, got ${entries.length}`;
  }
  for (const [i, entry] of entries.entries()) {
    if (entry.lsn !== from + i) return `expected lsn ${from + i}, got ${entry.lsn}`;
    if (!isSameEntry(entry, entryFor(entry.lsn, bodyBytes))) return `lsn ${entry.lsn} differs`;
  }
  return undefined;
}

/** Resolves when the journal's state becomes `wanted`. */
export function stateReached(journal: Journal, wanted: Journal['state']): Promise<void> {
  if (journal.state === wanted) return Promise.resolve();
  return new Promise((resolve) => {
    journal.onState((state) => {
      if (state === wanted) resolve();
    });
  });
}
