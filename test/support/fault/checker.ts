import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOutcome, readScores } from '../../../src/actors/entry-codec.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { ENTRY } from '../../../src/model/journal-entry.ts';
import { openSegmentJournal } from '../../../src/store/segment-journal.ts';
import type { Journal } from '../../../src/store/journal.ts';
import type { StoredRecord } from '../../../src/store/store.ts';
import { readHeader } from '../../../src/wire/frame.ts';
import { closeFold, foldJournal, type Fold } from './fold.ts';
import type { PosterTally } from './posters.ts';
import { SINK_NAME } from './sink-channel.ts';
import type { SinkLine } from './site-config.ts';
import type { WatchTally } from './watches.ts';

export interface Evidence {
  readonly dataFolder: string;
  readonly configFolder: string;
  readonly sinkFile: string;
  readonly watches: readonly WatchTally[];
  readonly posters: readonly PosterTally[];
}

export interface Verdict {
  /** What is wrong, one line each, the first few of each kind; empty when all is well. */
  readonly violations: readonly string[];
  readonly figures: Figures;
}

export interface Figures {
  readonly entries: number;
  readonly records: number;
  readonly acked: number;
  readonly lost: number;
  readonly doubled: number;
  readonly alerts: number;
  readonly notices: number;
  readonly deliveries: number;
  /** Of these, repeated under the same key. */
  readonly redeliveries: number;
  readonly resentFrames: number;
  readonly epochs: number;
  /** Requests that a model answered, and those it could not. */
  readonly scores: number;
  readonly unscored: number;
}

const SHOWN = 5;

/**
 * Judges a stopped site: by one uninterrupted fold of its journal, and by what
 * its senders and the far end of its alerts remember.
 */
export async function check(evidence: Evidence): Promise<Verdict> {
  const { dataFolder, configFolder } = evidence;
  const journal = await openSegmentJournal({
    folder: join(dataFolder, 'journal'),
    clock: systemClock,
  });
  const fresh = mkdtempSync(join(tmpdir(), 'wk-oracle-'));
  const book = new Complaints();
  try {
    const common = { dataFolder, configFolder, journal };
    const site = await foldJournal({ ...common, storeFolder: join(dataFolder, 'store') });
    const oracle = await foldJournal({ ...common, storeFolder: fresh });
    compareFolds(site, oracle, book);
    checkLedger(site, book);
    await checkOrder(journal, book);
    const counts = checkRecords(evidence, site, book);
    checkExpectedAlerts(evidence, oracle, book);
    checkEpochs(evidence, book);
    const folds = { site, oracle };
    const deliveries = checkDeliveries(readSink(evidence.sinkFile), folds, book);
    await closeFold(site);
    await closeFold(oracle);
    const sum = (pick: (watch: WatchTally) => number): number =>
      evidence.watches.reduce((total, watch) => total + pick(watch), 0);
    const figures: Figures = {
      entries: journal.nextLsn - 1,
      records: site.records.length,
      ...counts,
      alerts: oracle.alerts.size,
      notices: oracle.notices.size,
      ...deliveries,
      ...(await countScores(journal)),
      resentFrames: sum(({ resentFrames }) => resentFrames),
      epochs: sum(({ epochs }) => epochs),
    };
    return { violations: book.lines(), figures };
  } finally {
    await journal.close();
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** Violations by kind. */
class Complaints {
  readonly #byKind = new Map<string, string[]>();

  add(kind: string, detail: string): void {
    const list = this.#byKind.get(kind) ?? [];
    list.push(detail);
    this.#byKind.set(kind, list);
  }

  lines(): string[] {
    return [...this.#byKind].map(
      ([kind, details]) =>
        `${kind} (${details.length}): ${details.slice(0, SHOWN).join('; ').slice(0, 4000)}`,
    );
  }
}

function compareFolds(site: Fold, oracle: Fold, book: Complaints): void {
  compareMaps({ kind: 'subject differs', site: site.subjects, oracle: oracle.subjects }, book);
  compareMaps({ kind: 'stored alert differs', site: site.alerts, oracle: oracle.alerts }, book);
  if (site.book !== oracle.book)
    book.add('active alerts differ', difference(site.book, oracle.book));
  const letters = [site.deadLetters.join(), oracle.deadLetters.join()] as const;
  if (letters[0] !== letters[1]) book.add('dead letters differ', difference(...letters));
  const ids = (fold: Fold) => fold.records.map(({ lsn, ordinal }) => `${lsn}.${ordinal}`).sort();
  const stored = [ids(site).join(), ids(oracle).join()] as const;
  if (stored[0] !== stored[1])
    book.add('stored records differ from the oracle', difference(...stored));
}

interface Compared {
  readonly kind: string;
  readonly site: ReadonlyMap<string, string>;
  readonly oracle: ReadonlyMap<string, string>;
}

function compareMaps({ kind, site, oracle }: Compared, book: Complaints): void {
  for (const key of new Set([...site.keys(), ...oracle.keys()])) {
    const [own, other] = [site.get(key) ?? 'none', oracle.get(key) ?? 'none'];
    if (own !== other) book.add(kind, `${key}: ${difference(own, other)}`);
  }
}

/** Where two texts part. */
function difference(site: string, oracle: string): string {
  let at = 0;
  while (at < site.length && site[at] === oracle[at]) at += 1;
  const from = Math.max(0, at - 80);
  return `site …${site.slice(from, at + 120)}… oracle …${oracle.slice(from, at + 120)}…`;
}

function checkLedger({ engine, records }: Fold, book: Complaints): void {
  const { ledger } = engine.state;
  if (ledger.pending !== 0) book.add('ledger', `${ledger.pending} pending after the drain`);
  if (ledger.quarantined !== 0) book.add('ledger', `${ledger.quarantined} quarantined`);
  if (ledger.shed[0] + ledger.shed[1] !== 0) book.add('ledger', 'urgent frames were shed');
  if (ledger.records !== records.length)
    book.add('ledger', `${ledger.records} records folded, ${records.length} stored`);
}

/** A site that remembers its sessions never makes a watch open another epoch, in which some would be sent twice. */
function checkEpochs({ watches }: Evidence, book: Complaints): void {
  for (const { plan, epochs } of watches)
    if (epochs !== 1) book.add('epochs', `${plan.device} needed ${epochs}`);
}

/** Sequence numbers per (device, epoch, lane) are contiguous from 1, shed ones included. */
async function checkOrder(journal: Journal, book: Complaints): Promise<void> {
  const last = new Map<string, number>();
  let nextLsn = 1;
  for await (const entries of journal.read(1)) {
    for (const entry of entries) {
      if (entry.lsn !== nextLsn) book.add('journal', `entry ${entry.lsn} instead of ${nextLsn}`);
      nextLsn = entry.lsn + 1;
      const place = placeOf(entry);
      if (place === undefined) continue;
      const key = `${entry.subject}/${place.epoch}/${place.lane}`;
      const expected = (last.get(key) ?? 0) + 1;
      if (place.seq !== expected) book.add('order', `${key}: ${place.seq} instead of ${expected}`);
      last.set(key, place.seq);
    }
  }
}

/** What the journal holds of answers; that each acted once, the comparison of states shows. */
async function countScores(journal: Journal): Promise<{ scores: number; unscored: number }> {
  let [scores, unscored] = [0, 0];
  for await (const entries of journal.read(1)) {
    for (const { kind, body } of entries) {
      if (kind !== ENTRY.scores) continue;
      for (const { answer } of readScores(body).rows) {
        if ('failure' in answer) unscored += 1;
        else scores += 1;
      }
    }
  }
  return { scores, unscored };
}

function placeOf({ kind, body }: { kind: number; body: Uint8Array }) {
  if (kind === ENTRY.frame) return readHeader(body);
  if (kind !== ENTRY.outcome) return undefined;
  const outcome = readOutcome(body);
  return outcome.type === 'shed' ? outcome : undefined;
}

/** Everything acked is in the store once; nothing is there that nobody sent. */
function checkRecords(
  { watches, posters }: Evidence,
  { records, engine }: Fold,
  book: Complaints,
): { acked: number; lost: number; doubled: number } {
  const stored = new Map<string, number>();
  for (const { message } of records) stored.set(message, (stored.get(message) ?? 0) + 1);
  const acked = [...watches.flatMap(({ sent }) => sent), ...posters.flatMap((each) => each.acked)];
  const hasShed = engine.state.ledger.shedTotal > 0;
  const lost = acked.filter((message) => !stored.has(message));
  if (!hasShed) for (const message of lost) book.add('acked and lost', message);
  const doubled = [...stored].filter(([, count]) => count > 1);
  for (const [message, count] of doubled) book.add('stored more than once', `${message} ×${count}`);
  const known = new Set([...acked, ...posters.flatMap((each) => each.unknown)]);
  for (const message of stored.keys())
    if (!known.has(message)) book.add('stored and never sent', message);
  return { acked: acked.length, lost: lost.length, doubled: doubled.length };
}

/** Alerts by plain counting, without any of the product's windows. */
function checkExpectedAlerts({ watches }: Evidence, oracle: Fold, book: Complaints): void {
  const expected = new Map<string, number>();
  const expect = (type: string, subject: string): void => {
    expected.set(`${type} ${subject}`, 1);
  };
  for (const { plan } of watches) {
    if (plan.errors >= 101) expect('error_spike', `device:${plan.device}`);
    if (plan.connectionFailures >= 10)
      expect('database_connection_failure', `device:${plan.device}`);
  }
  // The run is shorter than the windows: of services and users the stored errors alone decide.
  const errors = oracle.records.filter(({ level }) => level === 'ERROR');
  for (const [service, count] of countBy(errors, serviceOf))
    if (count > 100) expect('error_spike', `service:${service}`);
  for (const [user, count] of countBy(errors, ({ user_id: user }) => user))
    if (count >= 50) expect('suspicious_user_activity', `user:${user}`);
  const actual = new Map<string, number>();
  for (const text of oracle.alerts.values()) {
    const { type, subject } = JSON.parse(text) as { type: string; subject: string };
    const key = `${type} ${subject}`;
    actual.set(key, (actual.get(key) ?? 0) + 1);
  }
  for (const key of new Set([...expected.keys(), ...actual.keys()])) {
    const [want, have] = [expected.get(key) ?? 0, actual.get(key) ?? 0];
    if (want !== have)
      book.add('alerts other than by plain counting', `${key}: ${have}, not ${want}`);
  }
}

function serviceOf({ subject }: StoredRecord): string | undefined {
  return subject.startsWith('service:') ? subject.slice('service:'.length) : undefined;
}

function countBy(
  records: readonly StoredRecord[],
  keyOf: (record: StoredRecord) => string | undefined,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const record of records) {
    const key = keyOf(record);
    if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function checkDeliveries(
  lines: readonly SinkLine[],
  { site, oracle: { notices } }: { readonly site: Fold; readonly oracle: Fold },
  book: Complaints,
): { deliveries: number; redeliveries: number } {
  const seen = new Map<string, SinkLine>();
  for (const line of lines) {
    const before = seen.get(line.key);
    if (before !== undefined && before.content !== line.content)
      book.add('one key with two contents', difference(before.content, line.content));
    seen.set(line.key, line);
    const expected = notices.get(line.key);
    if (expected === undefined) book.add('spurious delivery', `${line.transition} ${line.content}`);
    else if (expected.content !== line.content)
      book.add('delivery differs from the oracle', difference(line.content, expected.content));
  }
  // What was raised by the last tick before the stop may still wait in the snapshot.
  const waiting = site.engine.state.outbox.snapshot().lines[SINK_NAME] ?? [];
  const pending = new Set(waiting.map(({ key }) => key));
  for (const [key, { transition }] of notices)
    if (!seen.has(key) && !pending.has(key)) book.add('never delivered', `${key} ${transition}`);
  return { deliveries: lines.length, redeliveries: lines.length - seen.size };
}

/** A line that a kill cut short was never confirmed and does not count. */
function readSink(file: string): SinkLine[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line) as SinkLine];
      } catch {
        return [];
      }
    });
}
