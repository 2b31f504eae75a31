import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isWatchkeeperError } from '../../src/core/errors.ts';
import { noMetrics, type Labels, type Metrics } from '../../src/core/metrics.ts';
import { SimulatedClock } from '../../src/core/simulated-clock.ts';
import { createIntake, type Intake } from '../../src/gateway/intake.ts';
import type { IntakeLimits } from '../../src/gateway/limits.ts';
import type { FrameClass } from '../../src/model/frame.ts';
import { ENTRY, type EntryKind, type NewEntry } from '../../src/model/journal-entry.ts';
import { MemoryJournal } from '../support/memory-journal.ts';
import { describe } from '../support/suite.ts';

function entry(bytes = 10, kind: EntryKind = ENTRY.frame): NewEntry {
  return { kind, subject: 'w1', observedAt: 1, body: new Uint8Array(bytes) };
}

function intakeOf(
  limits?: Partial<IntakeLimits>,
  metrics: Metrics = noMetrics,
): { intake: Intake; journal: MemoryJournal } {
  const journal = new MemoryJournal();
  return {
    intake: createIntake({ journal, clock: new SimulatedClock(), metrics, limits }),
    journal,
  };
}

function fill(intake: Intake, count: number): void {
  for (let index = 0; index < count; index += 1) intake.submit(entry());
}

describe('intake', (it) => {
  it('admits by class at the exact shares of the budget', () => {
    const table: readonly (readonly [number, string])[] = [
      [0, 'accept accept accept accept'],
      [74, 'accept accept accept accept'],
      [75, 'accept accept accept shed'],
      [89, 'accept accept accept shed'],
      [90, 'accept accept shed shed'],
      [99, 'accept accept shed shed'],
      [100, 'accept accept busy busy'],
      [149, 'accept accept busy busy'],
      [150, 'busy busy busy busy'],
    ];
    for (const [entries, expected] of table) {
      const { intake } = intakeOf({ entries: 100 });
      fill(intake, entries);
      const classes: readonly FrameClass[] = [0, 1, 2, 3];
      assert.equal(classes.map((each) => intake.admit(each)).join(' '), expected, `at ${entries}`);
    }
  });

  it('counts bytes of bodies against the budget as well as entries', () => {
    const { intake } = intakeOf({ entries: 1_000, bytes: 1_000 });
    intake.submit(entry(750));
    assert.equal(intake.pressure(), 0.75);
    assert.equal(intake.admit(3), 'shed');
    intake.folded(1, 750);
    assert.equal(intake.pressure(), 0);
  });

  it('never sheds classes 0 and 1 whatever the pressure', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 400 }),
        fc.constantFrom<FrameClass>(0, 1),
        (entries, frameClass) => {
          const { intake } = intakeOf({ entries: 100 });
          fill(intake, entries);
          assert.notEqual(intake.admit(frameClass), 'shed');
        },
      ),
      { numRuns: 100 },
    );
  });

  it('runs callbacks in lsn order, only for what is durable', () => {
    const { intake, journal } = intakeOf();
    const seen: number[] = [];
    const note = (lsn: number): void => void seen.push(lsn);
    intake.submit(entry(), note);
    journal.append(entry(1, ENTRY.tick));
    intake.submit(entry());
    intake.submit(entry(), note);
    assert.deepEqual(seen, []);
    journal.commit(2);
    assert.deepEqual(seen, [1]);
    journal.commit();
    assert.deepEqual(seen, [1, 4]);
  });

  it('hands the appended object itself to the callback', () => {
    const { intake, journal } = intakeOf();
    const mine = entry();
    let got: NewEntry | undefined;
    intake.submit(mine, (_lsn, each) => (got = each));
    journal.commit();
    assert.equal(got, mine);
  });

  it('keeps order through thousands of commits of random sizes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { maxLength: 300 }), (steps) => {
        const { intake, journal } = intakeOf({ entries: 1e9, bytes: 1e9 });
        const seen: number[] = [];
        let submitted = 0;
        for (const [appends, commits] of steps) {
          for (let index = 0; index < appends; index += 1) {
            submitted += 1;
            intake.submit(entry(), (lsn) => seen.push(lsn));
          }
          journal.commit(commits);
          assert.equal(seen.length, journal.durableLsn);
        }
        journal.commit();
        assert.deepEqual(
          seen,
          Array.from({ length: submitted }, (_, index) => index + 1),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('compacts what it has called, however far behind the disk is', () => {
    const { intake, journal } = intakeOf({ entries: 1e9, bytes: 1e9 });
    let calls = 0;
    for (let index = 0; index < 10_000; index += 1) intake.submit(entry(1), () => (calls += 1));
    for (let left = 0; left < 9; left += 1) journal.commit(1_111);
    assert.equal(calls, 9_999);
    journal.commit();
    assert.equal(calls, 10_000);
  });

  it('tells of relief once, when pressure falls below the mark after it was busy', () => {
    const { intake } = intakeOf({ entries: 100, relief: 0.5 });
    let reliefs = 0;
    intake.onRelief(() => (reliefs += 1));
    fill(intake, 100);
    assert.equal(intake.admit(2), 'busy');
    intake.folded(50, 500);
    assert.equal(reliefs, 0, 'at the mark');
    intake.folded(1, 10);
    assert.equal(reliefs, 1);
    intake.folded(49, 490);
    assert.equal(reliefs, 1);
  });

  it('tells nobody of relief when there was no pressure', () => {
    const { intake } = intakeOf({ entries: 100 });
    let reliefs = 0;
    intake.onRelief(() => (reliefs += 1));
    fill(intake, 69);
    intake.admit(3);
    intake.folded(69, 690);
    assert.equal(reliefs, 0);
  });

  it('does not go below zero when the worker reports what others appended', () => {
    const { intake } = intakeOf({ entries: 100 });
    fill(intake, 10);
    intake.folded(30, 3_000);
    assert.equal(intake.pressure(), 0);
    fill(intake, 80);
    assert.equal(intake.pressure(), 0.8);
  });

  it('counts accepted as journalled plus shed, by class', () => {
    const { intake } = intakeOf();
    fill(intake, 3);
    intake.submit(entry(1, ENTRY.group));
    intake.submit(entry(1, ENTRY.hello));
    intake.submitShed(entry(1, ENTRY.outcome), 3);
    intake.submitShed(entry(1, ENTRY.outcome), 2);
    const { accepted, journalled, shed } = intake.counters;
    assert.equal(accepted, 6);
    assert.equal(journalled, 4);
    assert.deepEqual(shed, [0, 0, 1, 1]);
  });

  it('passes on what the journal throws, counts it, and keeps the budget as it was', () => {
    const { intake, journal } = intakeOf();
    journal.setState('full');
    assert.throws(
      () => intake.submit(entry()),
      (error) => isWatchkeeperError(error, 'JOURNAL_FULL'),
    );
    journal.setState('failed');
    assert.throws(
      () => intake.submit(entry()),
      (error) => isWatchkeeperError(error, 'JOURNAL_FAILED'),
    );
    assert.equal(intake.counters.journalFull, 1);
    assert.equal(intake.counters.journalFailed, 1);
    assert.equal(intake.counters.accepted, 0);
    assert.equal(intake.pressure(), 0);
  });

  it('answers a barrier at once when nothing is open, otherwise after the callbacks of its commit', () => {
    const { intake, journal } = intakeOf();
    const seen: string[] = [];
    intake.barrier((isDurable) => seen.push(`first ${isDurable}`));
    intake.submit(entry(), () => seen.push('entry'));
    intake.onCommitted(() => seen.push('committed'));
    intake.barrier((isDurable) => seen.push(`second ${isDurable}`));
    assert.deepEqual(seen, ['first true']);
    journal.commit();
    assert.deepEqual(seen, ['first true', 'entry', 'committed', 'second true']);
  });

  it('tells barriers when the journal fails, and runs no callback after that', () => {
    const { intake, journal } = intakeOf();
    const seen: string[] = [];
    intake.submit(entry(), () => seen.push('entry'));
    intake.barrier((isDurable) => seen.push(`barrier ${isDurable}`));
    journal.setState('failed');
    intake.barrier((isDurable) => seen.push(`late ${isDurable}`));
    assert.deepEqual(seen, ['barrier false', 'late false']);
  });

  it('hands its counts to the metrics with each commit', () => {
    const totals = new Map<string, number>();
    const gauges = new Map<string, () => number>();
    const metrics: Metrics = {
      ...noMetrics,
      counter: (name: string, _help: string, labels: Labels = {}) => ({
        inc: (by = 1) => {
          const key = [name, ...Object.values(labels)].join(' ');
          totals.set(key, (totals.get(key) ?? 0) + by);
        },
      }),
      observed: (name, _help, read) => void gauges.set(name, read),
    };
    const { intake, journal } = intakeOf({ entries: 10 }, metrics);
    fill(intake, 5);
    intake.submitShed(entry(1, ENTRY.outcome), 3);
    journal.commit();
    assert.equal(totals.get('watchkeeper_frames_accepted_total'), 6);
    assert.equal(totals.get('watchkeeper_frames_shed_total 3'), 1);
    assert.equal(gauges.get('watchkeeper_intake_pressure_ratio')?.(), 0.6);
    assert.equal(gauges.get('watchkeeper_intake_entries')?.(), 6);
  });
});
