import assert from 'node:assert/strict';
import fc from 'fast-check';

import type { ScoreResult } from '../../../src/model/journal-entry.ts';
import type { LogRecord } from '../../../src/model/record.ts';
import type { ScoreRequest } from '../../../src/streams/detector.ts';
import { eventOf } from '../../../src/streams/detectors/event-id.ts';
import { runDetector } from '../../../src/streams/harness.ts';
import { describe } from '../../support/suite.ts';
import { MINUTE, SECOND, SERVICE, START, configured, record } from '../support.ts';

const OPTIONS = { idle: '30s', max_events: 8, max_sessions: 4 };
const detector = (options: object = {}) =>
  configured('session_anomaly', { ...OPTIONS, ...options });

const line = (at: number, requestId: string, template: string | Partial<LogRecord>): LogRecord =>
  record(at * SECOND, {
    requestId,
    templateRarity: 1,
    ...(typeof template === 'string' ? { templateId: template } : (template as object)),
  });

function run(
  records: readonly LogRecord[],
  score?: (request: ScoreRequest) => ScoreResult,
  options: object = {},
) {
  const asked: ScoreRequest[] = [];
  const steps = records.map((each) => ({ at: each.timestamp, records: [each] }));
  const { findings, state } = runDetector(
    detector(options),
    [...steps, { at: START + 60 * MINUTE }],
    {
      subject: SERVICE,
      start: START,
      score: (request) => {
        asked.push(request);
        return score?.(request) ?? { failure: 'missing' };
      },
    },
  );
  return { findings, state, asked };
}

const events = ({ input }: ScoreRequest): number[] => [...input];
const ids = (...templates: string[]): number[] => templates.map(eventOf);

describe('session_anomaly', (it) => {
  it('asks for a session when it is idle', () => {
    const { asked } = run([
      line(0, 'a', 't1'),
      line(1, 'b', 't1'),
      line(2, 'a', 't2'),
      line(20, 'b', 't3'),
      line(40, 'c', 't9'),
    ]);
    assert.deepEqual(asked.map(events), [ids('t1', 't2'), ids('t1', 't3')]);
    assert.ok(
      asked.every(({ input, model }) => input instanceof Uint32Array && model === 'log_session'),
    );
  });

  it('ends a session that is too long, and the oldest when there are too many', () => {
    const long = Array.from({ length: 9 }, (_, at) => line(at, 'a', `t${at}`));
    assert.deepEqual(
      run(long).asked.map(({ input }) => input.length),
      [8],
    );
    const many = ['a', 'b', 'c', 'd', 'e'].flatMap((id, at) => [
      line(at, id, 't1'),
      line(at + 0.1, id, 't2'),
    ]);
    assert.deepEqual(
      run(many).asked.map(({ note }) => (note as { key: string }).key),
      ['a', 'b', 'c', 'd', 'e'],
    );
  });

  it('tells sessions apart by an attribute where it is told to', () => {
    const at = (second: number, job: unknown) =>
      record(second * SECOND, { templateId: 't', attributes: { job } });
    const { asked } = run([at(0, 7), at(1, 7), at(2, 'x'), at(3, 'x'), at(4, {})], undefined, {
      key: 'job',
    });
    assert.deepEqual(
      asked.map(({ note }) => (note as { key: string }).key),
      ['7', 'x'],
    );
  });

  it('opens one alert per service, which names model, session and templates', () => {
    const { findings } = run(
      [line(0, 'a', 't1'), line(1, 'a', 't2'), line(2, 'b', 't1'), line(3, 'b', 't2')],
      ({ note }) => ({
        surprise: (note as { key: string }).key === 'a' ? 7 : 8,
        contributions: [{ name: `rare event ${eventOf('t2')}`, share: 1 }],
      }),
    );
    assert.deepEqual(
      findings.map(({ action }) => action),
      ['open', 'update', 'resolve'],
    );
    const { facts, value } = findings[0]!.evidence;
    assert.equal(value, 7);
    assert.equal(facts['model'], 'test');
    assert.equal(facts['session'], 'a');
    assert.deepEqual(facts['contributions'], [{ name: 'rare event t2', share: 1 }]);
    assert.equal(findings[1]!.evidence.facts['sessions'], 2);
  });

  it('goes by its rule without a score, and says so', () => {
    const rare = { templateRarity: 5.2, level: 'ERROR' as const };
    const { findings } = run([
      line(0, 'a', 't1'),
      line(1, 'a', { templateId: 't9', ...rare } as never),
      line(2, 'b', 't1'),
      line(3, 'b', { templateId: 't9', templateRarity: 5.2 }),
    ]);
    assert.deepEqual(
      findings.map(({ action }) => action),
      ['open', 'resolve'],
    );
    assert.equal(findings[0]?.evidence.facts['fallback'], 'missing');
    assert.match(findings[0]?.summary ?? '', /session a of 2 records.*rule decided/);
  });

  it('goes on from a snapshot as if there had been none', () => {
    const one = detector();
    const session = fc.record({
      at: fc.integer({ min: 0, max: 200 }),
      id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      template: fc.constantFrom('t1', 't2', 't3'),
    });
    fc.assert(
      fc.property(fc.array(session, { maxLength: 40 }), fc.nat(40), (all, at) => {
        const records = all
          .sort((x, y) => x.at - y.at)
          .map((each) => line(each.at, each.id, each.template));
        const feed = (state: unknown, from: number, to: number) =>
          one.detect(state, {
            type: 'records',
            subject: SERVICE,
            records: records.slice(from, to),
            triggers: records.slice(from, to).map((_, index) => `${from + index + 1}.0`),
          });
        const whole = feed(one.initial(SERVICE), 0, records.length);
        const first = feed(one.initial(SERVICE), 0, at);
        const stored = structuredClone(one.snapshot(first.state));
        const second = feed(one.restore(stored, SERVICE), at, records.length);
        assert.deepEqual(one.snapshot(second.state), one.snapshot(whole.state));
        assert.deepEqual(
          [...(first.requests ?? []), ...(second.requests ?? [])],
          whole.requests ?? [],
        );
      }),
    );
  });

  it('starts afresh from data that it cannot read', () => {
    const one = detector();
    for (const bad of [null, 7, {}, { sessions: 3 }])
      assert.deepEqual(one.snapshot(one.restore(bad, SERVICE)), one.snapshot(one.initial(SERVICE)));
  });

  it('explains what is open, and who judged the last', () => {
    const one = detector();
    const context = {
      now: START,
      shiftMs: 0,
      activity: { lastTimestamp: START, records: 1, isExpected: false },
    };
    const said = (state: unknown): string => one.explain?.(state, context).text ?? '';
    assert.match(said(one.initial(SERVICE)), /0 sessions open, 0 ended; none judged/);
    const two = [line(0, 'a', 't1'), line(1, 'a', 't2')];
    assert.match(said(run(two).state), /0 sessions open, 1 ended; the last: learning: .*rule/);
    const scored = run(two, () => ({ surprise: 1, contributions: [] }));
    assert.match(said(scored.state), /1 of 5.301 surprise by log_session \(test\)/);
  });
});
