import assert from 'node:assert/strict';
import fc from 'fast-check';
import { VerdictLog, type StepResult, type TakenStep } from '../../src/actors/verdict-log.ts';
import { subjectId, type SubjectId } from '../../src/model/subject.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import type { Detector } from '../../src/streams/detector.ts';
import { describe } from '../support/suite.ts';

const SERVICE = subjectId('service', 'a');

/** A detector whose state is the number that it explains. */
function counting(id: string): Detector {
  return {
    id,
    type: `type_of_${id}`,
    explain: (state: number) => ({
      state: 'quiet',
      text: '',
      value: state,
      threshold: 10,
      unit: 'errors',
    }),
  } as unknown as Detector;
}

interface Stepped {
  readonly detector?: Detector;
  readonly subject?: SubjectId;
  readonly findings?: number;
  readonly quarantined?: boolean;
  readonly state?: number;
  readonly isDeadline?: boolean;
}

const ERRORS = counting('errors');

function take(log: VerdictLog, given: Stepped = {}): void {
  const { detector = ERRORS, subject = SERVICE, findings = 0, state = 0 } = given;
  const input = given.isDeadline
    ? { type: 'deadline', subject, deadline: 0 }
    : { type: 'records', subject, records: [1, 2, 3], triggers: [] };
  const extra = given.quarantined ? 1 : 0;
  const result: StepResult = {
    detection: { state, findings: Array(findings + extra).fill({}) as never[] },
    quarantinedUntil: given.quarantined ? 1 : undefined,
  };
  log.note({ detector, input } as unknown as TakenStep, result);
}

function logAt(now = 0): { log: VerdictLog; clock: { now: () => number; at: number } } {
  const clock = { at: now, now: () => clock.at };
  return { log: new VerdictLog(clock), clock };
}

const values = (verdicts: readonly Verdict[]): readonly (number | undefined)[] =>
  verdicts.map(({ value }) => value);

describe('verdict log', (it) => {
  it('counts every step by detector, kind of subject and verdict', () => {
    const { log } = logAt();
    take(log);
    take(log, { findings: 2 });
    take(log, { isDeadline: true });
    take(log, { subject: subjectId('user', 'a') });
    take(log, { subject: subjectId('device', 'a'), detector: counting('other') });
    assert.deepEqual(log.counts(), [
      {
        detector: 'errors',
        type: 'type_of_errors',
        kind: 'service',
        silent: 2,
        finding: 1,
        records: 6,
        findings: 2,
      },
      {
        detector: 'errors',
        type: 'type_of_errors',
        kind: 'user',
        silent: 1,
        finding: 0,
        records: 3,
        findings: 0,
      },
      {
        detector: 'other',
        type: 'type_of_other',
        kind: 'device',
        silent: 1,
        finding: 0,
        records: 3,
        findings: 0,
      },
    ]);
    log.reset();
    assert.deepEqual(log.counts(), []);
  });

  it('does not take the finding of a quarantine for one of the detector', () => {
    const { log } = logAt();
    take(log, { quarantined: true });
    assert.equal(log.counts()[0]?.silent, 1);
  });

  it('keeps what was judged, and reads what was measured off the state', () => {
    const { log, clock } = logAt(7);
    take(log, { state: 4 });
    clock.at = 9;
    take(log, { state: 10, findings: 1, isDeadline: true });
    const measured = { threshold: 10, unit: 'errors' };
    const about = { subject: SERVICE, detector: 'errors' };
    assert.deepEqual(log.of(SERVICE, 'errors'), [
      {
        at: 9,
        ...about,
        input: 'deadline',
        records: 0,
        verdict: 'finding',
        value: 10,
        ...measured,
      },
      { at: 7, ...about, input: 'records', records: 3, verdict: 'silent', value: 4, ...measured },
    ]);
    assert.deepEqual(log.of(subjectId('service', 'b'), 'errors'), []);
    assert.deepEqual(log.of(SERVICE, 'unheard_of'), []);
  });

  it('leaves the measure out for a detector that explains nothing', () => {
    const { log } = logAt();
    take(log, { detector: { id: 'mute', type: 'mute' } as unknown as Detector });
    assert.ok(!('value' in (log.of(SERVICE, 'mute')[0] ?? {})));
  });

  it('holds the newest 16 and every 64th of all, whatever came, and never more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000 }), (steps) => {
        const { log } = logAt();
        for (let step = 0; step < steps; step += 1) take(log, { state: step });
        const newest = Array.from({ length: Math.min(16, steps) }, (_, back) => steps - 1 - back);
        const marks = Array.from({ length: Math.ceil(steps / 64) }, (_, mark) => mark * 64);
        const kept = [...new Set([...newest, ...marks.slice(-16)])].sort((a, b) => b - a);
        assert.deepEqual(values(log.of(SERVICE, 'errors')), kept);
      }),
      { numRuns: 60 },
    );
  });

  it('samples alike for alike steps, and each kind of subject for itself', () => {
    const kinds = fc.constantFrom('device', 'service', 'user');
    const step = fc.record({ kind: kinds, name: fc.constantFrom('a', 'b'), state: fc.nat(99) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const one = logAt().log;
        const other = logAt().log;
        const alone = logAt().log;
        for (const { kind, name, state } of steps) {
          const subject = subjectId(kind, name);
          take(one, { subject, state });
          take(other, { subject, state });
          if (kind === 'user') take(alone, { subject, state });
        }
        const users = subjectId('user', 'a');
        assert.deepEqual(one.of(users, 'errors'), other.of(users, 'errors'));
        assert.deepEqual(one.of(users, 'errors'), alone.of(users, 'errors'));
        const counted = one.counts().reduce((sum, { silent }) => sum + silent, 0);
        assert.equal(counted, steps.length);
      }),
    );
  });
});
