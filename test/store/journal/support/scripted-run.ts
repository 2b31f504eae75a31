import { isWatchkeeperError } from '../../../../src/core/errors.ts';
import { SimulatedClock } from '../../../../src/core/simulated-clock.ts';
import type { Journal } from '../../../../src/store/journal.ts';
import { openSegmentJournal } from '../../../../src/store/segment-journal.ts';
import { entryFor, readAll, wrongWith } from './entries.ts';
import type { MemoryDisk } from './memory-disk.ts';

/** What a run was told, and so may rely on. */
export interface Told {
  /** Highest lsn reported durable, by `onCommit`, `durable` or at open. */
  durable: number;
  /** Highest lsn that a trim was asked for. */
  trimmed: number;
  failed: boolean;
}

const LAST_LSN = 120;

export interface Site {
  readonly disk: MemoryDisk;
  /** A real folder, for the lock only. */
  readonly folder: string;
}

export async function openOn(
  { disk, folder }: Site,
  clock = new SimulatedClock(),
): Promise<Journal> {
  return openSegmentJournal({
    ...{
      folder,
      clock,
      fs: disk.fs,
      segmentBytes: 4096,
      random: (bytes) => new Uint8Array(bytes).fill(0x5a),
    },
  });
}

/** Appends in waves, trims and closes, twice over, as far as the disk lets it. */
export async function scriptedRun(site: Site): Promise<Told> {
  const told: Told = { durable: 0, trimmed: 0, failed: false };
  for (const upTo of [LAST_LSN / 2, LAST_LSN]) {
    const clock = new SimulatedClock();
    let journal: Journal;
    try {
      journal = await openOn(site, clock);
    } catch (error) {
      if (!isWatchkeeperError(error)) throw error;
      told.failed = true;
      return told;
    }
    told.durable = Math.max(told.durable, journal.durableLsn);
    await appendInWaves({ journal, clock, told, upTo });
    await journal.close();
  }
  return told;
}

interface Wave {
  readonly journal: Journal;
  readonly clock: SimulatedClock;
  readonly told: Told;
  readonly upTo: number;
}

async function appendInWaves({ journal, clock, told, upTo }: Wave): Promise<void> {
  journal.onCommit((firstLsn, entries) => {
    told.durable = Math.max(told.durable, firstLsn + entries.length - 1);
  });
  while (journal.nextLsn <= upTo && journal.state !== 'failed') {
    const wave = Math.min(upTo, journal.nextLsn + (journal.nextLsn % 9));
    try {
      while (journal.nextLsn <= wave) journal.append(entryFor(journal.nextLsn));
    } catch (error) {
      if (!isWatchkeeperError(error)) throw error;
    }
    await settled(journal, clock);
    if (wave > 50 && told.trimmed === 0 && journal.state === 'ok') {
      told.trimmed = 40;
      await journal.trim(40).catch(() => undefined);
    }
  }
  told.failed = journal.state === 'failed';
}

/** Until all is durable, or the journal failed; lets time pass while the disk is full. */
async function settled(journal: Journal, clock: SimulatedClock): Promise<void> {
  for (let turn = 0; turn < 500; turn += 1) {
    const isDone = journal.durableLsn === journal.nextLsn - 1 && journal.state === 'ok';
    if (isDone || journal.state === 'failed') return;
    if (journal.state === 'full') clock.advance(1000);
    await new Promise(setImmediate);
  }
  throw new Error(`The journal stays "${journal.state}" at lsn ${journal.durableLsn}.`);
}

/** Opens what a run left behind and says what of it breaks the promise; undefined when nothing does. */
export async function brokenPromise(site: Site, told: Told): Promise<string | undefined> {
  const journal = await openOn(site);
  try {
    const from = journal.firstLsn;
    const upTo = journal.durableLsn;
    const wrong = wrongWith(await readAll(journal), { from, upTo });
    if (wrong !== undefined) return wrong;
    if (from > Math.max(1, told.trimmed)) return `lsn ${from - 1} was trimmed unasked`;
    if (upTo < told.durable) return `durable up to ${told.durable}, found up to ${upTo}`;
    await journal.durable(journal.append(entryFor(journal.nextLsn)));
    return undefined;
  } finally {
    await journal.close();
  }
}
