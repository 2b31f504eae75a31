import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { WireRecord } from '../../src/model/wire-record.ts';
import { createSimulation, type SimulationOptions } from '../../src/sim/simulation.ts';
import { describe } from '../support/suite.ts';

const START = Date.UTC(2026, 0, 5, 7, 0, 0);
const MINUTE = 60_000;

function options(changes: Partial<SimulationOptions> = {}): SimulationOptions {
  return { seed: 7, devices: 3, services: 4, rate: 8, scenario: 'all', start: START, ...changes };
}

interface Sent {
  readonly source: string;
  readonly record: WireRecord;
}

/** Everything sent up to each of the given minutes in turn. */
function run(changes: Partial<SimulationOptions>, stops: readonly number[]): Sent[] {
  const simulation = createSimulation(options(changes));
  let state = simulation.initial();
  const sent: Sent[] = [];
  for (const minute of stops) {
    const step = simulation.advance(state, START + minute * MINUTE);
    state = step.state;
    for (const batch of step.batches) {
      const records =
        batch.kind === 'device' ? batch.records.map((each) => each.record) : batch.records;
      for (const record of records) sent.push({ source: batch.id, record });
    }
  }
  return sent;
}

const digest = (sent: readonly Sent[]): string =>
  createHash('sha256')
    .update(
      sent
        .map((each) => JSON.stringify(each))
        .sort()
        .join('\n'),
    )
    .digest('hex');

const from = (sent: readonly Sent[], source: string): WireRecord[] =>
  sent.filter((each) => each.source === source).map((each) => each.record);

const isError = ({ level }: WireRecord): boolean => level === 'ERROR' || level === 'CRITICAL';

/** The most of `times` that lie in any stretch of `windowMs`. */
function densest(times: readonly number[], windowMs: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return Math.max(
    0,
    ...sorted.map((end, i) => sorted.slice(0, i + 1).filter((t) => t > end - windowMs).length),
  );
}

describe('createSimulation', (it) => {
  it('gives identical bytes for the same seed, and others for another', () => {
    const first = digest(run({}, [10]));
    assert.equal(digest(run({}, [10])), first);
    assert.notEqual(digest(run({ seed: 8 }, [10])), first);
  });

  it('does not depend on how time is cut into stretches', () => {
    const whole = digest(run({}, [12]));
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 12, noNaN: true }), { maxLength: 6 }),
        (cuts) => {
          const stops = [...cuts.map((cut) => Math.round(cut * MINUTE) / MINUTE), 12].sort(
            (a, b) => a - b,
          );
          assert.equal(digest(run({}, stops)), whole);
        },
      ),
      { numRuns: 8 },
    );
  });

  it('sends about as many service records per second as asked', () => {
    const sent = run({ devices: 0, rate: 20, scenario: 'normal' }, [10]);
    assert.ok(Math.abs(sent.length / 600 - 20) < 1, `${sent.length / 600} per second`);
    assert.deepEqual([...new Set(sent.map(({ source }) => source))].sort(), [
      'api-gateway',
      'auth-service',
      'database-service',
      'payment-service',
    ]);
  });

  it('keeps a normal day below every threshold of the five detectors', () => {
    const sent = run({ rate: 12, scenario: 'normal' }, [60]);
    const errors = sent.map(({ record }) => record).filter(isError);
    for (const service of new Set(errors.map((record) => record.service))) {
      const times = errors.filter((record) => record.service === service).map((r) => r.timestamp);
      assert.ok(densest(times, 5 * MINUTE) <= 50, `${service}: ${densest(times, 5 * MINUTE)}`);
    }
    assert.ok(sent.every(({ record }) => (record.duration_ms ?? 0) <= 3_000));
    assert.ok(errors.every(({ message }) => !/connection/i.test(message)));
    const perUser = new Map<string, number>();
    for (const { user_id: user } of errors) {
      if (user !== undefined) perUser.set(user, (perUser.get(user) ?? 0) + 1);
    }
    assert.ok(Math.max(...perUser.values()) < 20);
  });

  it('crosses each threshold within 20 minutes when every fault is on', () => {
    const sent = run({ rate: 12 }, [20]);
    const bursts = from(sent, 'payment-service').filter(isError);
    assert.ok(
      densest(
        bursts.map((r) => r.timestamp),
        5 * MINUTE,
      ) > 100,
    );
    assert.ok(from(sent, 'api-gateway').some((record) => (record.duration_ms ?? 0) > 5_000));
    const attacked = from(sent, 'auth-service').filter((r) => isError(r) && r.user_id === 'u-1138');
    assert.ok(attacked.length >= 50);
    const database = from(sent, 'database-service');
    const refused = database.filter(({ error_code: code }) => code === 'DB_CONNECTION_FAILED');
    assert.ok(
      densest(
        refused.map((r) => r.timestamp),
        2 * MINUTE,
      ) >= 10,
    );
    const times = database.map((record) => record.timestamp).sort((a, b) => a - b);
    const gaps = times.slice(1).map((time, i) => time - times[i]!);
    assert.ok(Math.max(...gaps) > 10 * MINUTE);
  });

  it('labels each fault with whom it is about, each hour anew', () => {
    const labels = createSimulation(options()).labels(START, START + 120 * MINUTE);
    assert.equal(labels.length, 14);
    assert.ok(
      labels.some(({ id, subject }) => id === 'account_attack-2' && subject === 'user:u-1138'),
    );
    assert.ok(labels.every((label) => label.to > label.from));
    const detectors = new Set(
      labels.map(({ detector }) => detector).filter((name) => name !== null),
    );
    assert.equal(detectors.size, 5);
    assert.deepEqual(
      createSimulation(options({ scenario: 'normal' })).labels(START, START + MINUTE),
      [],
    );
  });

  it('numbers services beyond the four personas', () => {
    const { services } = createSimulation(options({ services: 6 }));
    assert.deepEqual(services.slice(4), ['auth-service-2', 'payment-service-2']);
  });

  it('refuses an unknown scenario and says which there are', () => {
    assert.throws(() => createSimulation(options({ scenario: 'chaos' })), /no scenario "chaos"/);
  });
});
