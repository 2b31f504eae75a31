import { mkdir } from 'node:fs/promises';
import { openModels } from '../../../src/app/open-models.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { Random } from '../../../src/core/random.ts';
import { createSurpriseCalibrator } from '../../../src/ml/calibration/surprise.ts';
import { matrixOf } from '../../../src/ml/matrix.ts';
import { encodeArtefact } from '../../../src/ml/registry/artefact.ts';
import type { ModelRegistry } from '../../../src/ml/registry/model-registry.ts';
import { isolationForest } from '../../../src/ml/tabular/isolation-forest.ts';
import { WINDOW_FEATURES } from '../../../src/streams/detectors/feature-windows.ts';

export const REASON = { by: 'test', why: 'test' };

/** The registry of a site's data folder. */
export async function registryOf(dataFolder: string): Promise<ModelRegistry> {
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  return openModels({ dataFolder }, systemClock, undefined);
}

/** Bytes of an isolation forest over windows of a service with ten quick records each. */
export function trainForest(seed: number, name = 'service_windows'): Uint8Array {
  const { set, sums } = WINDOW_FEATURES.service;
  const random = new Random(seed);
  const rows = Array.from({ length: 2000 }, () => {
    const window = new Float64Array(sums);
    const count = random.integer(8, 12);
    const slow = 3 + random.unit();
    window.set([count, random.integer(0, 1), count, count * slow, slow + random.unit(), 0, 0]);
    const out = new Float64Array(set.columns.length);
    set.vector(window, out);
    return out;
  });
  const model = isolationForest.create({}, random);
  model.fit(matrixOf(rows));
  const calibrator = createSurpriseCalibrator();
  calibrator.fit(model.score(matrixOf(rows)));
  return encodeArtefact({
    metadata: {
      name,
      kind: model.kind,
      features: { name: set.name, version: set.version, hash: set.hash },
      dataHash: '0'.repeat(64),
      parameters: { seed },
      metrics: {},
      backend: 'plain',
      createdAt: 0,
    },
    model: model.snapshot(),
    calibrator: calibrator.snapshot(),
  }).bytes;
}
