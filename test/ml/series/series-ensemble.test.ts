import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { readNab, readProfiles } from '../../../bench/support/ml/nab-data.ts';
import { scoreNab } from '../../../bench/support/ml/nab-score.ts';
import { Random } from '../../../src/core/random.ts';
import { projectRoot } from '../../../src/core/root.ts';
import { createSeriesEnsemble, seriesEnsemble } from '../../../src/ml/series/series-ensemble.ts';
import { asModelKind } from '../../../src/ml/series/series-kind.ts';
import { memberNames } from '../../../src/ml/series/series-members.ts';
import { describe } from '../../support/suite.ts';
import { eventfulStream, prefixOf, scoresOf } from './kinds.ts';

/** What is reached, less room for other streams in the folder. */
const FLOOR = 68;
const STEP_MS = 300_000;

describe('stream ensemble', (it) => {
  const noise = () => {
    const random = new Random(2, 'ensemble');
    return () => random.normal(10, 1);
  };

  it('raises an alarm about a spike, says who saw it, and not again while it fades', () => {
    const ensemble = createSeriesEnsemble();
    const next = noise();
    for (let index = 0; index < 1000; index += 1) ensemble.observe(index * STEP_MS, next());
    const first = ensemble.observe(1000 * STEP_MS, 40);
    const { surprise, alarm, contributions } = ensemble.verdict();
    assert.ok(first > 1.5, String(first));
    assert.equal(alarm, first);
    assert.ok(surprise >= alarm);
    assert.deepEqual(
      contributions.map(({ name }) => name),
      memberNames,
    );
    const total = contributions.reduce((sum, { share }) => sum + share, 0);
    assert.ok(Math.abs(total - 1) < 1e-12);
    const range = contributions.find(({ name }) => name === 'range');
    assert.ok(range && range.share > 0.3, JSON.stringify(contributions));
    assert.equal(ensemble.observe(1001 * STEP_MS, 41), 0);
    assert.ok(ensemble.verdict().surprise >= 0);
  });

  it('is quiet on noise: alarms above 0.5 become rare', () => {
    const ensemble = createSeriesEnsemble();
    const next = noise();
    let alarms = 0;
    for (let index = 0; index < 10_000; index += 1) {
      if (ensemble.observe(index * STEP_MS, next()) >= 0.5 && index > 1000) alarms += 1;
    }
    assert.ok(alarms < 10, String(alarms));
  });

  it('has a verdict before the first point', () => {
    const { surprise, alarm, contributions } = createSeriesEnsemble().verdict();
    assert.deepEqual([surprise, alarm, contributions.length], [0, 0, memberNames.length]);
  });

  it('gives the same verdict after a restart, before the next point too', () => {
    const points = eventfulStream(11, 700);
    const ensemble = createSeriesEnsemble();
    scoresOf(ensemble, points);
    const restored = seriesEnsemble.restore(structuredClone(ensemble.snapshot()));
    assert.deepEqual((restored as typeof ensemble).verdict(), ensemble.verdict());
  });

  it('takes some members only, and refuses unknown ones', () => {
    const ensemble = createSeriesEnsemble({ members: ['flat', 'range'] });
    ensemble.observe(0, 1);
    assert.deepEqual(
      ensemble.verdict().contributions.map(({ name }) => name),
      ['range', 'flat'],
    );
    for (const members of [[], ['rnage']]) {
      assert.throws(() => createSeriesEnsemble({ members }), { code: 'MODEL_INPUT' });
    }
    const snapshot = structuredClone(ensemble.snapshot()) as { state: { options: object } };
    Object.assign(snapshot.state.options, { members: ['rnage'] });
    assert.throws(() => seriesEnsemble.restore(snapshot as never), { code: 'MODEL_INVALID' });
  });

  it('stays bounded however long the stream is', () => {
    const ensemble = createSeriesEnsemble();
    const next = noise();
    for (let index = 0; index < 30_000; index += 1) ensemble.observe(index * STEP_MS, next());
    assert.ok(ensemble.bytes < 200_000, String(ensemble.bytes));
  });

  it('stands behind the port of all models: fit, score, update', () => {
    const kind = asModelKind(seriesEnsemble);
    const points = eventfulStream(6, 900);
    const model = kind.create({ hold: 20 }, new Random(1));
    const rest = { times: points.times.subarray(500), values: points.values.subarray(500) };
    model.fit(prefixOf(points, 500));
    const scores = model.score(rest);
    assert.deepEqual(model.score(rest), scores, 'scoring learns nothing');
    const direct = seriesEnsemble.create({ hold: 20 });
    assert.deepEqual([...scores], scoresOf(direct, points).slice(500));
    model.update(rest);
    assert.deepEqual(model.snapshot(), direct.snapshot());
    const restored = kind.restore(model.snapshot());
    restored.fit(prefixOf(points, 500));
    assert.deepEqual(restored.score(rest), scores, 'fit forgets, options stay');
    const odd = { times: new Float64Array(1), values: new Float64Array(2) };
    assert.throws(() => model.update(odd), { code: 'MODEL_INPUT' });
    assert.deepEqual(model.snapshot(), direct.snapshot());
    assert.equal(model.bytes, direct.bytes);
  });

  const observing = (times: ArrayLike<number>) => {
    const ensemble = createSeriesEnsemble();
    return (value: number, row: number) => ensemble.observe(times[row] as number, value);
  };
  const data = process.env['WATCHKEEPER_DATA'] ?? join(projectRoot(), '..', 'shared', 'data');
  const folder = join(data, 'nab');
  if (!existsSync(join(folder, 'windows.json'))) {
    it.skip('keeps its NAB score', 'no data: set WATCHKEEPER_DATA to the folder of nab/');
    return;
  }
  it(
    'keeps its NAB score',
    () => {
      const { standard } = readProfiles(join(folder, 'profiles.json'));
      assert.ok(standard);
      const streams = readNab(folder).map((file) => ({
        ...file,
        scores: file.values.map(observing(file.times)),
      }));
      const { score } = scoreNab(streams, standard);
      assert.ok(score >= FLOOR, String(score));
    },
    { deadlineMs: 120_000 },
  );
});
