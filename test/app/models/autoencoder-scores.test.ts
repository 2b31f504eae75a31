import assert from 'node:assert/strict';
import { readScores } from '../../../src/actors/entry-codec.ts';
import type { LiveModels } from '../../../src/actors/ports.ts';
import { loadModel } from '../../../src/app/models/load-model.ts';
import { trainModel } from '../../../src/cli/models/train-model.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { Random } from '../../../src/core/random.ts';
import { matrixOf } from '../../../src/ml/matrix.ts';
import { createTrainer } from '../../../src/ml/neural/trainer.ts';
import { decodeArtefact, type Artefact } from '../../../src/ml/registry/artefact.ts';
import { modelKind } from '../../../src/ml/registry/model-kinds.ts';
import { ENTRY, type ScoreRow } from '../../../src/model/journal-entry.ts';
import { compileDetectors } from '../../../src/streams/detector-set.ts';
import { WINDOW_FEATURES } from '../../../src/streams/detectors/feature-windows.ts';
import { serviceRows } from '../../support/e2e/trained-model.ts';
import { EngineHarness } from '../../support/engine-harness.ts';
import { describe } from '../../support/suite.ts';

const WINDOW_MS = 10_000;
const USUAL = 6;

const DETECTORS = JSON.stringify({
  anomalies: [
    {
      ...{ id: 'model_score', model: 'service_windows', scale: 'none' },
      ...{ window: '10s', lateness: '0s', min_windows: 1, timeout: '10m' },
    },
  ],
});

/** As `models train service_windows --kind autoencoder --features service` makes one. */
async function trained(): Promise<Artefact> {
  const { name, version, hash, columns } = WINDOW_FEATURES.service.set;
  const { bytes } = await trainModel({
    name: 'service_windows',
    kind: modelKind('autoencoder'),
    options: { epochs: 20 },
    seed: 1,
    samples: { takes: 'rows', rows: matrixOf(serviceRows(new Random(4), 400)) },
    notes: { columns, scale: 'none' },
    features: { name, version, hash },
    trainer: () => Promise.resolve(createTrainer({ backend: 'cpu', clock: systemClock })),
    createdAt: 0,
    onProgress: () => undefined,
  });
  return decodeArtefact(bytes);
}

/** Rows of the windows of a service: usual ones, then one of slow failures. */
async function scored(artefact: Artefact): Promise<{ rows: readonly ScoreRow[]; model: string }> {
  const slot = { live: await loadModel(artefact, systemClock), shadows: [] };
  const models: LiveModels = { get: () => slot, onChange: () => () => undefined };
  const site = new EngineHarness(() => compileDetectors(DETECTORS, 'test'));
  site.overrides = { models };
  await site.open();
  try {
    const first = Math.ceil(site.clock.now() / WINDOW_MS) * WINDOW_MS;
    site.clock.advance(first - site.clock.now());
    for (let window = 0; window <= USUAL; window += 1) {
      const isOdd = window === USUAL;
      const records = Array.from({ length: 10 }, (_, index) => ({
        timestamp: first + window * WINDOW_MS + index * 1000,
        level: isOdd ? ('ERROR' as const) : ('INFO' as const),
        message: `took ${index}`,
        duration_ms: isOdd ? 4000 : 20 + ((index * 7) % 40),
      }));
      await site.post('shop', records);
      await site.settle();
      site.clock.advance(WINDOW_MS);
      await site.settle();
      site.clock.advance(20);
      for (let turn = 0; site.engine.state.asking.size > 0; turn += 1) {
        assert.ok(turn < 100_000, 'no answer came');
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    await site.settle();
    const rows: ScoreRow[] = [];
    let model = '';
    for await (const entries of site.journal.read(1))
      for (const { kind, body } of entries) {
        if (kind !== ENTRY.scores) continue;
        const scores = readScores(body);
        model = scores.model;
        rows.push(...scores.rows);
      }
    return { rows, model };
  } finally {
    await site.crash();
    site.remove();
  }
}

describe('a trained autoencoder', (it) => {
  it(
    'scores windows in the actor tree by the features it was trained on',
    async () => {
      const artefact = await trained();
      const { rows, model } = await scored(artefact);
      assert.equal(model, artefact.id);
      assert.equal(rows.length, USUAL);
      const surprises = rows.map(({ answer }) =>
        'surprise' in answer ? answer.surprise : Number.NaN,
      );
      const odd = surprises.at(-1) ?? 0;
      assert.ok(
        surprises.slice(0, -1).every((each) => each < odd),
        surprises.join(' '),
      );
      // Rarer than all of the 80 rows that it was calibrated on.
      assert.ok(odd > Math.log10(80), String(odd));
    },
    { deadlineMs: 60_000 },
  );

  it(
    'is not asked about features of another version',
    async () => {
      const artefact = await trained();
      const { metadata } = artefact;
      const features = { name: 'service', version: 1, hash: '0'.repeat(64) };
      const { rows } = await scored({ ...artefact, metadata: { ...metadata, features } });
      assert.equal(rows.length, USUAL);
      for (const { answer } of rows) assert.deepEqual(answer, { failure: 'features' });
    },
    { deadlineMs: 60_000 },
  );
});
