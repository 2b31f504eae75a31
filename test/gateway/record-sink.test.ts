import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, truncateSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { noMetrics } from '../../src/core/metrics.ts';
import { systemClock } from '../../src/core/clock.ts';
import { createIntake, type Intake } from '../../src/gateway/intake.ts';
import { createRecordSink, type RecordSink } from '../../src/gateway/record-sink.ts';
import { SourcePositions } from '../../src/gateway/sources/positions.ts';
import { ENTRY, type JournalEntry } from '../../src/model/journal-entry.ts';
import type { Journal } from '../../src/store/journal.ts';
import { openSegmentJournal } from '../../src/store/segment-journal.ts';
import { encodeGroupSession, encodeGroupTurn } from '../../src/wire/group-body.ts';
import { logSchema } from '../support/http-fixture.ts';
import { describe } from '../support/suite.ts';

const SEGMENT_BYTES = 8_192;

/** Seals nothing: the header as the site writes it, and the payload in clear. */
function openSealer(gateway: string): { seal(service: string, payload: Uint8Array): Uint8Array } {
  const session = encodeGroupSession({
    keyId: '00'.repeat(16),
    enc: new Uint8Array(32),
    epoch: 1,
    gateway,
  });
  let seq = 0;
  return {
    seal: (service, payload) => {
      seq += 1;
      return Buffer.concat([session, encodeGroupTurn(seq, service), payload]);
    },
  };
}

class Site {
  readonly folder: string;
  readonly journal: Journal;
  readonly intake: Intake;
  readonly positions = new SourcePositions();
  readonly sink: RecordSink;
  readonly replayed: readonly JournalEntry[];
  /** The lsns of each commit. */
  readonly commits: (readonly [number, number])[] = [];

  private constructor(folder: string, journal: Journal, replayed: readonly JournalEntry[]) {
    this.folder = folder;
    this.journal = journal;
    this.replayed = replayed;
    for (const entry of replayed) this.positions.apply(entry);
    this.intake = createIntake({ journal, clock: systemClock, metrics: noMetrics });
    journal.onCommit((firstLsn, entries) => {
      this.commits.push([firstLsn, firstLsn + entries.length - 1]);
    });
    const { intake, positions } = this;
    this.sink = createRecordSink({
      clock: systemClock,
      intake,
      groups: openSealer('g'),
      spans: { positions, intake, sealer: openSealer },
      records: { schema: logSchema } as Parameters<typeof createRecordSink>[0]['records'],
      durableMs: 10_000,
    });
  }

  static async open(folder: string): Promise<Site> {
    const clock = systemClock;
    const journal = await openSegmentJournal({ folder, clock, segmentBytes: SEGMENT_BYTES });
    const replayed: JournalEntry[] = [];
    for await (const batch of journal.read(journal.firstLsn)) {
      replayed.push(...batch.map((each) => ({ ...each, body: Uint8Array.from(each.body) })));
    }
    return new Site(folder, journal, replayed);
  }
}

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'wk-sink-'));
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const SERVICES = ['a', 'b', 'c'];
const items = SERVICES.map((service) => ({
  timestamp: Date.now(),
  level: 'INFO',
  service,
  message: service.repeat(300),
}));
const span = (part: number) => ({
  source: 'file:x',
  from: part * 10,
  to: part * 10 + 10,
  check: 'c',
});

describe('createRecordSink', (it) => {
  it('tells when a batch is in the journal, so that others share its commit', () =>
    withFolder(async (folder) => {
      const site = await Site.open(folder);
      const before = site.commits.length;
      const told: number[] = [];
      const taking = Array.from({ length: 20 }, async (_, index) => {
        const items = [{ timestamp: 1, level: 'INFO', service: 's', message: `n${index}` }];
        let isDurable = false;
        const appended = new Promise<boolean>((resolve) => {
          const onAppended = (bytes: number): void => {
            told.push(bytes);
            resolve(isDurable);
          };
          void site.sink.take({ items, onAppended }).then(() => (isDurable = true));
        });
        assert.equal(await appended, false);
      });
      await Promise.all(taking);
      await new Promise<void>((resolve) => site.intake.barrier(() => resolve()));
      assert.equal(told.length, 20);
      assert.ok(told.every((bytes) => bytes > 20));
      const commits = site.commits.length - before;
      assert.ok(commits <= 2, `${commits} commits of 20 batches`);
      await site.journal.close();
    }));

  it('makes all groups of a stretch durable in one commit, whatever else is appended', () =>
    withFolder((folder) =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 1, max: 3_000 }), { maxLength: 12 }),
          async (sizes) => {
            const site = await Site.open(mkdtempSync(join(folder, 'p-')));
            for (const size of sizes) {
              const body = new Uint8Array(size);
              site.intake.submit({ kind: ENTRY.tick, subject: '', observedAt: 0, body });
            }
            const from = site.journal.nextLsn;
            await site.sink.take({ items, span: span(0) });
            const to = from + SERVICES.length - 1;
            assert.ok(site.commits.some(([first, last]) => first <= from && last >= to));
            assert.equal(site.positions.find('file:x')?.next, 10);
            await site.journal.close();
          },
        ),
        { numRuns: 25 },
      ),
    ));

  it(
    'takes every stretch once, wherever a crash cuts the journal',
    () =>
      withFolder(async (folder) => {
        const whole = join(folder, 'whole');
        const site = await Site.open(whole);
        for (const part of [0, 1]) await site.sink.take({ items, span: span(part) });
        const used = site.journal.durableLsn;
        assert.equal(used, 6);
        // As a crash leaves it: not closed, and cut anywhere.
        const [name = ''] = readdirSync(whole).filter((each) => /\d/.test(each));
        const size = statSync(join(whole, name)).size;
        for (let cut = 128; cut < 3_400; cut += 61) {
          const copy = join(folder, `cut-${cut}`);
          cpSync(whole, copy, { recursive: true, filter: (path) => !/lock/i.test(path) });
          truncateSync(join(copy, name), cut);
          truncateSync(join(copy, name), size);
          const again = await Site.open(copy);
          const before = again.replayed.length;
          assert.ok([0, 3, 6].includes(before), `${before} entries after a cut at ${cut}`);
          for (const part of [0, 1]) await again.sink.take({ items, span: span(part) });
          assert.equal(again.journal.durableLsn, 6);
          await again.journal.close();
          rmSync(copy, { recursive: true });
        }
        await site.journal.close();
      }),
    { deadlineMs: 60_000 },
  );

  it('appends nothing of a stretch that the journal has no room for', () =>
    withFolder(async (folder) => {
      const site = await Site.open(folder);
      const big = Array.from({ length: 9 }, (_, index) => ({
        ...items[0],
        service: `s${index}`,
        message: 'm'.repeat(1_000),
      }));
      await assert.rejects(site.sink.take({ items: big, span: span(0) }), /does not fit/);
      assert.equal(site.journal.nextLsn, 1);
      await site.sink.take({ items: big.slice(0, 4), span: span(0) });
      assert.equal(site.positions.find('file:x')?.next, 10);
      await site.journal.close();
    }));
});
