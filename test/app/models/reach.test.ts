import assert from 'node:assert/strict';
import type { LiveModel, LiveModels } from '../../../src/actors/ports.ts';
import { loadModel } from '../../../src/app/models/load-model.ts';
import { askedOf, warnOfReach } from '../../../src/app/models/reach.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { Logger } from '../../../src/core/logger.ts';
import { decodeArtefact } from '../../../src/ml/registry/artefact.ts';
import { compileDetectors } from '../../../src/streams/detector-set.ts';
import { trainForest } from '../../support/e2e/trained-model.ts';
import { describe } from '../../support/suite.ts';

const CONFIG = `
anomalies:
  - id: windows
    type: model_score
    model: vitals
    alarms_per_week: 0.2016
    window: 5m
  - id: sessions
    type: session_anomaly
    model: jobs
    alarms_per_week: 1
    sessions_per_week: 10000
  - id: error_spike
`;

describe('a detector that asks for more surprise than its model reaches', (it) => {
  const { detectors } = compileDetectors(CONFIG, 'test');

  it('is known by its options', () => {
    const asked = detectors.map(({ type, options }) => askedOf(type, options));
    assert.deepEqual(asked, [
      { model: 'vitals', surprise: 4 },
      { model: 'jobs', surprise: 4 },
      undefined,
    ]);
  });

  it('is warned of at once and after a change, once per version', () => {
    const lines: unknown[] = [];
    const logger = { warn: (_: string, facts: unknown) => lines.push(facts) } as unknown as Logger;
    const live = new Map<string, Partial<LiveModel>>([['vitals', { id: 'a', reach: 3.9 }]]);
    let change: (name: string) => void = () => undefined;
    const models = {
      get: (name: string) => (live.has(name) ? { live: live.get(name), shadows: [] } : undefined),
      onChange: (listener: typeof change) => {
        change = listener;
        return () => undefined;
      },
    } as LiveModels;
    warnOfReach(models, () => detectors, logger);
    change('vitals');
    change('other');
    assert.deepEqual(lines, [{ detector: 'windows', model: 'vitals', reach: 3.9, asked: 4 }]);
    live.set('jobs', { id: 'b', reach: 4 });
    change('jobs');
    live.set('jobs', { id: 'c' });
    change('jobs');
    assert.equal(lines.length, 1);
    live.set('jobs', { id: 'd', reach: 1 });
    change('jobs');
    assert.deepEqual(lines[1], { detector: 'sessions', model: 'jobs', reach: 1, asked: 4 });
    live.set('vitals', { id: 'e', reach: 2 });
    change('vitals');
    assert.equal(lines.length, 3);
  });

  it('learns the reach from what was measured at training', async () => {
    const artefact = decodeArtefact(trainForest(1));
    const { metadata } = artefact;
    const metrics = { ...metadata.metrics, highest_surprise: 2.5 };
    const told = { ...artefact, metadata: { ...metadata, metrics } };
    assert.equal((await loadModel(told, systemClock)).reach, 2.5);
    assert.equal('reach' in (await loadModel(artefact, systemClock)), false);
  });
});
