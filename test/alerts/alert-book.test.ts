import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AlertBook, alertId, type Change } from '../../src/alerts/alert-book.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { Command } from '../../src/model/journal-entry.ts';
import { subjectId } from '../../src/model/subject.ts';
import { describe } from '../support/suite.ts';

const MINUTE = 60_000;

function finding(changes: Partial<Finding> = {}): Finding {
  return {
    action: 'open',
    detector: 'error_spike',
    version: 1,
    type: 'error_spike',
    severity: 'high',
    subject: subjectId('service', 'payment'),
    key: '',
    trigger: '7.0',
    at: 1_000_000,
    summary: '101 errors in 5 minutes',
    actionRequired: 'Investigate immediately',
    evidence: {
      value: 101,
      threshold: 100,
      unit: 'errors',
      windowMs: 300_000,
      samples: [],
      facts: {},
    },
    ...changes,
  };
}

function opened(book: AlertBook, changes: Partial<Finding> = {}): Change {
  const change = book.apply(finding(changes), 'hash');
  assert.ok(change);
  return change;
}

function acknowledge(alert: string, changes: { by?: string; note?: string } = {}): Command {
  return { id: 'c', type: 'alert.acknowledge', alert, by: 'ann', note: '', ...changes };
}

function label(alert: string, changes: { note?: string } = {}): Command {
  return { id: 'l', type: 'alert.label', alert, by: 'ann', label: 'false', ...changes };
}

function resolve(alert: string): Command {
  return { id: 'r', type: 'alert.resolve', alert, by: 'bob', note: 'fixed' };
}

describe('alert book', (it) => {
  it('opens one alert per detector, subject and key', () => {
    const book = new AlertBook('local');
    const first = opened(book);
    assert.equal(first.transition, 'opened');
    assert.equal(first.isNews, true);
    assert.equal(first.alert.state, 'open');
    opened(book, { key: '/pay' });
    opened(book, { detector: 'other' });
    opened(book, { subject: subjectId('service', 'mail') });
    opened(book, { trigger: '8.0' });
    assert.equal(book.size, 4);
    assert.equal(book.openOn('service:payment'), 3);
    assert.equal(book.openOn('service:nobody'), 0);
    assert.deepEqual(book.countBySeverity(), { low: 0, medium: 0, high: 4, critical: 0 });
  });

  it('folds a repeat into the alert and tells it as news every 5 minutes of event time', () => {
    const book = new AlertBook('local');
    const { alert } = opened(book);
    const rows: [number, boolean][] = [
      [1, false],
      [5 * MINUTE - 1, false],
      [5 * MINUTE, true],
      [5 * MINUTE + 1, false],
      [10 * MINUTE - 1, false],
      [10 * MINUTE, true],
    ];
    for (const [after, isNews] of rows) {
      const change = opened(book, { at: 1_000_000 + after, trigger: `9.${after}` });
      assert.equal(change.isNews, isNews, String(after));
      assert.equal(change.transition, 'repeated');
      assert.equal(change.alert.id, alert.id);
      assert.equal(change.alert.openedAt, alert.openedAt);
    }
    assert.equal(book.get(alert.id)?.count, 1 + rows.length);
    assert.equal(book.get(alert.id)?.revision, 1 + rows.length);
  });

  it('takes the facts of an update without counting it, and never goes back in time', () => {
    const book = new AlertBook('local');
    const { alert } = opened(book);
    const change = opened(book, { action: 'update', at: 5, summary: '120 errors' });
    assert.equal(change.alert.count, 1);
    assert.equal(change.alert.summary, '120 errors');
    assert.equal(change.alert.updatedAt, alert.updatedAt);
    assert.equal(change.isNews, false);
  });

  it('does nothing on an update or a resolution of what is not open', () => {
    const book = new AlertBook('local');
    assert.equal(book.apply(finding({ action: 'update' }), 'hash'), undefined);
    assert.equal(book.apply(finding({ action: 'resolve' }), 'hash'), undefined);
    assert.equal(book.size, 0);
  });

  it('resolves when the condition clears and opens another alert afterwards', () => {
    const book = new AlertBook('local');
    const { alert } = opened(book);
    const end = opened(book, { action: 'resolve', at: 2_000_000 });
    assert.equal(end.transition, 'resolved');
    assert.equal(end.alert.state, 'resolved');
    assert.equal(end.alert.resolvedBy, 'condition cleared');
    assert.equal(end.alert.resolvedAt, 2_000_000);
    assert.equal(book.get(alert.id), undefined);
    assert.equal(book.openOn('service:payment'), 0);
    const next = opened(book, { trigger: '20.1' });
    assert.notEqual(next.alert.id, alert.id);
    assert.equal(next.alert.revision, 1);
  });

  it('obeys people', () => {
    const book = new AlertBook('local');
    const { id } = opened(book).alert;
    const taken = book.command(acknowledge(id, { note: 'mine' }), 3_000_000);
    assert.equal(taken?.alert.state, 'acknowledged');
    assert.equal(taken?.alert.acknowledgedBy, 'ann');
    assert.equal(taken?.alert.acknowledgedAt, 3_000_000);
    assert.equal(book.command(acknowledge(id), 3_000_001), undefined, 'a second time');
    assert.equal(opened(book, { at: 3_500_000 }).alert.state, 'acknowledged');
    const end = book.command(resolve(id), 4_000_000);
    assert.equal(end?.transition, 'resolved');
    assert.equal(end?.alert.resolvedBy, 'bob');
    assert.equal(end?.alert.note, 'fixed');
    assert.equal(book.command(resolve(id), 4_000_000), undefined);
  });

  it('keeps the note when the next one is empty, and ignores what is not for it', () => {
    const book = new AlertBook('local');
    const { id } = opened(book).alert;
    book.command(acknowledge(id, { note: 'mine' }), 1);
    const end = book.command({ ...resolve(id), note: '' } as Command, 2);
    assert.equal(end?.alert.note, 'mine');
    assert.equal(book.command(acknowledge('nothing'), 1), undefined);
    const other: Command = { id: 'x', type: 'config.set', hash: 'h', content: '' };
    assert.equal(book.command(other, 1), undefined);
  });

  it('takes labels, the last of which counts, and tells nobody', () => {
    const book = new AlertBook('local');
    const { id } = opened(book).alert;
    const first = book.command(label(id), 5);
    assert.deepEqual(
      [first?.isNews, first?.alert.label, first?.alert.labelledAt, first?.alert.revision],
      [false, 'false', 5, 2],
    );
    assert.equal(first?.alert.updatedAt, 1_000_000);
    assert.equal(book.command(label(id), 5), undefined);
    const second = book.command({ ...label(id, { note: 'tuned' }), label: 'useful' } as Command, 6);
    assert.deepEqual([second?.alert.label, second?.alert.note], ['useful', 'tuned']);
    assert.equal(book.command(label('nothing'), 7), undefined);
    assert.equal(book.command(resolve(id), 8)?.alert.label, 'useful');
  });

  it('names alerts by a pure function of what makes them different', () => {
    const id = alertId('local', finding());
    assert.match(id, /^[0-9a-f]{32}$/);
    const same = finding({ at: 5, summary: 'else', severity: 'low', action: 'update', type: 't' });
    assert.equal(alertId('local', same), id);
    const others = [
      alertId('lab', finding()),
      alertId('local', finding({ detector: 'x' })),
      alertId('local', finding({ version: 2 })),
      alertId('local', finding({ subject: subjectId('user', 'payment') })),
      alertId('local', finding({ key: 'k' })),
      alertId('local', finding({ trigger: '7.1' })),
    ];
    assert.equal(new Set([id, ...others]).size, 7);
  });
});

type Step =
  | { readonly kind: 'finding'; readonly finding: Finding }
  | { readonly kind: 'command'; readonly verb: 'ack' | 'resolve' | 'label'; readonly nth: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc
      .record({
        action: fc.constantFrom('open' as const, 'update' as const, 'resolve' as const),
        key: fc.constantFrom('', 'a'),
        subject: fc.constantFrom(subjectId('service', 'a'), subjectId('device', 'b')),
        trigger: fc.nat(20).map((n) => `${n}.0`),
        at: fc.nat(3_600_000),
      })
      .map((changes): Step => ({ kind: 'finding', finding: finding(changes) })),
    fc
      .record({
        verb: fc.constantFrom('ack' as const, 'resolve' as const, 'label' as const),
        nth: fc.nat(3),
      })
      .map((command): Step => ({ kind: 'command', ...command })),
  ),
  { maxLength: 40 },
);

function fold(book: AlertBook, all: readonly Step[]): (Change | undefined)[] {
  return all.map((step) => {
    if (step.kind === 'finding') return book.apply(step.finding, 'hash');
    const { id } = book.active()[step.nth] ?? { id: 'none' };
    const commands = { ack: acknowledge, resolve, label };
    return book.command(commands[step.verb](id), 5_000_000);
  });
}

describe('alert book, as a fold', (it) => {
  it('goes on after a snapshot as if there had been none', () => {
    fc.assert(
      fc.property(steps, steps, (before, after) => {
        const whole = new AlertBook('local');
        fold(whole, before);
        const restored = new AlertBook('local');
        restored.restore(structuredClone(whole.snapshot()));
        assert.deepEqual(restored.snapshot(), whole.snapshot());
        assert.deepEqual(fold(restored, after), fold(whole, after));
        assert.deepEqual(restored.snapshot(), whole.snapshot());
      }),
    );
  });

  it('does not change a snapshot that was taken before', () => {
    fc.assert(
      fc.property(steps, steps, (before, after) => {
        const book = new AlertBook('local');
        fold(book, before);
        const snapshot = book.snapshot();
        const kept = structuredClone(snapshot);
        fold(book, after);
        assert.deepEqual(snapshot, kept);
      }),
    );
  });

  it('gives the same alerts for the same log, with counts that agree', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const [one, two] = [new AlertBook('local'), new AlertBook('local')];
        assert.deepEqual(fold(one, all), fold(two, all));
        const places = one
          .active()
          .map(({ detector, subject, key }) => `${detector}/${subject}/${key}`);
        assert.equal(new Set(places).size, places.length);
        for (const { subject } of one.active()) {
          const count = one.active().filter((alert) => alert.subject === subject).length;
          assert.equal(one.openOn(subject), count);
        }
      }),
    );
  });

  it('counts revisions of one alert without a gap', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const newest = new Map<string, number>();
        for (const change of fold(new AlertBook('local'), all)) {
          if (change === undefined) continue;
          const { id, revision } = change.alert;
          const expected = change.transition === 'opened' ? 1 : (newest.get(id) ?? 0) + 1;
          assert.equal(revision, expected);
          newest.set(id, revision);
        }
      }),
    );
  });
});
