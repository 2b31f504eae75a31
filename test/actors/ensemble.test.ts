import assert from 'node:assert/strict';

import type { WireRecord } from '../../src/model/wire-record.ts';
import { subjectId } from '../../src/model/subject.ts';
import type { Detector } from '../../src/streams/detector.ts';
import { compileDetectors } from '../../src/streams/detector-set.ts';
import { describe } from '../support/suite.ts';
import { EngineHarness } from '../support/engine-harness.ts';

const payment = subjectId('service', 'payment');
const SET = compileDetectors(
  `anomalies:
  - { id: error_spike, threshold: 4, clear_at: 1 }
  - { id: slow_response, quiet: 2m }
  - { id: trouble, type: ensemble, members: [error_spike, { detector: slow_response, weight: 2 }] }
`,
  'test.yaml',
);
const WITHOUT = { ...SET, forKind: () => SET.detectors.filter(({ hears }) => hears === undefined) };

const errors = (count: number): Partial<WireRecord>[] => Array.from({ length: count }, () => ({}));
const slow = { level: 'INFO', duration_ms: 60_000 } as const;

async function stateOf(site: EngineHarness): Promise<unknown> {
  const subject = await site.engine.subject(payment);
  return subject?.detectors['trouble'];
}

/** Detectors with an active alert. */
const firing = (site: EngineHarness): readonly string[] =>
  [...site.engine.state.book.active()].map(({ detector }) => detector).sort();

describe('ensemble in the engine', (it) => {
  let site: EngineHarness;
  it.beforeEach(() => {
    site = new EngineHarness(() => SET);
  });
  it.afterEach(async () => {
    await site.stop();
    site.remove();
  });

  it('opens one alert with both contributions when two members fire, and none for one', async () => {
    await site.open();
    await site.post('payment', errors(6));
    await site.settle();
    assert.deepEqual(firing(site), ['error_spike']);
    const lsn = await site.post('payment', [{}, slow, slow]);
    await site.settle();
    assert.deepEqual(firing(site), ['error_spike', 'slow_response', 'trouble']);
    const alert = [...site.engine.state.book.active()].find(({ type }) => type === 'ensemble');
    assert.equal(alert?.trigger, `${lsn}.1`);
    const { contributions } = alert.evidence.facts as {
      contributions: readonly { name: string; share: number }[];
    };
    assert.deepEqual(
      contributions.map(({ name }) => name),
      ['error_spike', 'slow_response'],
    );
    assert.ok((contributions[1]?.share ?? 0) > 0.6);
  });

  it('resolves when a member does, by the passing of time', async () => {
    await site.open();
    await site.post('payment', [...errors(6), slow]);
    await site.settle();
    assert.ok(firing(site).includes('trouble'));
    await site.pass(150_000);
    assert.deepEqual(firing(site), ['error_spike']);
  });

  it('comes to the same in a replay, whatever entries were merged', async () => {
    await site.open();
    for (const records of [errors(3), [...errors(3), slow], [slow]]) {
      await site.post('payment', records);
      await site.settle();
    }
    const [before, alerts] = [await stateOf(site), [...site.engine.state.book.active()]];
    assert.ok(alerts.length === 3 && before !== undefined);
    await site.crash();
    await site.open();
    await site.settle();
    assert.deepEqual(await stateOf(site), before);
    const ids = [...site.engine.state.book.active()].map(({ id }) => id);
    assert.deepEqual(
      ids,
      alerts.map(({ id }) => id),
    );
  });

  it('comes to the same live, whether entries are folded one by one or at once', async () => {
    const entries = [
      ...[errors(2), [slow], [...errors(2), slow], errors(3)],
      ...['/a', '/b', '/c'].map((route) => [{ ...slow, attributes: { route } }, {}]),
    ];
    const results: unknown[] = [];
    for (const isMerged of [false, true]) {
      if (isMerged) {
        await site.stop();
        site.remove();
        site = new EngineHarness(() => SET);
      }
      await site.open();
      if (isMerged) await Promise.all(entries.map((records) => site.post('payment', records)));
      else {
        for (const records of entries) {
          await site.post('payment', records);
          await site.settle();
        }
      }
      await site.settle();
      const alerts = [...site.engine.state.book.active()];
      const told = alerts.filter(({ type }) => type === 'ensemble');
      // Deliveries take places in the journal, so lsns and what is made of them differ.
      results.push({ state: await stateOf(site), evidence: told.map(({ evidence }) => evidence) });
    }
    assert.deepEqual(results[0], results[1]);
    assert.equal((results[0] as { evidence: unknown[] }).evidence.length, 1);
  });

  it('keeps its alert over a snapshot', async () => {
    await site.open();
    await site.post('payment', [...errors(6), slow]);
    await site.settle();
    const before = await stateOf(site);
    await site.stop();
    await site.open();
    assert.deepEqual(await stateOf(site), before);
    await site.pass(150_000);
    assert.deepEqual(firing(site), ['error_spike']);
  });

  it('hears a finding at the record that made it, even where its trigger is an earlier one', async () => {
    const late: Detector = {
      ...(SET.detectors[1] as Detector<unknown>),
      detect: (state, input) => {
        const { state: next, findings } = (SET.detectors[1] as Detector).detect(state, input);
        return { state: next, findings: findings.map((each) => ({ ...each, trigger: '1.0' })) };
      },
    };
    const detectors = SET.detectors.map((each) => (each.id === late.id ? late : each));
    site.detectors = () => ({ ...SET, detectors, forKind: () => detectors });
    await site.open();
    const batch = [slow, ...errors(6)];
    const lsn = await site.post('payment', batch);
    await site.settle();
    const alert = [...site.engine.state.book.active()].find(({ type }) => type === 'ensemble');
    assert.equal(alert?.trigger, `${lsn}.5`);
  });

  it('is quarantined when it throws, and its members are not', async () => {
    const detectors = SET.detectors.map((each) =>
      each.hears === undefined
        ? each
        : {
            ...each,
            hear: () => {
              throw new Error('broken');
            },
          },
    );
    site.detectors = () => ({ ...SET, detectors, forKind: () => detectors });
    await site.open();
    await site.post('payment', [...errors(5), slow]);
    for (let turn = 0; turn < 3; turn += 1) {
      await site.settle();
      await site.post('payment', [{ ...slow, attributes: { route: `/${turn}` } }]);
    }
    await site.settle();
    const subject = await site.engine.subject(payment);
    assert.deepEqual(Object.keys(subject?.quarantined ?? {}), ['trouble']);
    assert.ok(firing(site).includes('error_spike'));
  });

  it('leaves members as they are without it', async () => {
    const states: unknown[] = [];
    for (const set of [SET, WITHOUT]) {
      site.detectors = () => set;
      await site.open();
      await site.post('payment', [...errors(6), slow]);
      await site.settle();
      const subject = await site.engine.subject(payment);
      states.push(subject?.detectors['error_spike'], subject?.detectors['slow_response']);
      if (set === WITHOUT) break;
      await site.stop();
      site.remove();
      site = new EngineHarness(() => set);
    }
    assert.deepEqual(states.slice(0, 2), states.slice(2));
  });
});
