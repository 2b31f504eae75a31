import { mkdir } from 'node:fs/promises';
import { openModels } from '../../../src/app/open-models.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { Random } from '../../../src/core/random.ts';
import { createSurpriseCalibrator } from '../../../src/ml/calibration/surprise.ts';
import { matrixOf, type Matrix } from '../../../src/ml/matrix.ts';
import type { AnyKind } from '../../../src/ml/registry/model-kinds.ts';
import { encodeArtefact } from '../../../src/ml/registry/artefact.ts';
import type { ModelRegistry } from '../../../src/ml/registry/model-registry.ts';
import { isolationForest } from '../../../src/ml/tabular/isolation-forest.ts';
import { LEVEL_BY_NAME, type LevelName } from '../../../src/model/level.ts';
import type { LogRecord } from '../../../src/model/record.ts';
import { WINDOW_FEATURES } from '../../../src/streams/detectors/feature-windows.ts';

export const REASON = { by: 'test', why: 'test' };

/** The registry of a site's data folder. */
export async function registryOf(dataFolder: string): Promise<ModelRegistry> {
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  return openModels({ dataFolder }, systemClock, undefined);
}

/** Rows of windows of a service with ten records each, which take 20 to 60 ms and seldom fail. */
export function serviceRows(random: Random, count: number): readonly Float64Array[] {
  const { set, empty, add } = WINDOW_FEATURES.service;
  return Array.from({ length: count }, () => {
    const window = empty();
    const records = random.integer(8, 12);
    const failure = random.integer(0, 2 * records);
    for (let index = 0; index < records; index += 1) {
      const durationMs = random.integer(20, 60);
      add(window, aRecord(index, index === failure ? 'ERROR' : 'INFO', durationMs));
    }
    const out = new Float64Array(set.columns.length);
    set.vector(window, out);
    return out;
  });
}

/** The row of a window in which every record is a slow failure. */
export function oddServiceRow(): Float64Array {
  const { set, empty, add } = WINDOW_FEATURES.service;
  const window = empty();
  for (let index = 0; index < 10; index += 1) add(window, aRecord(index, 'ERROR', 4000));
  const out = new Float64Array(set.columns.length);
  set.vector(window, out);
  return out;
}

function aRecord(index: number, level: LevelName, durationMs: number): LogRecord {
  return {
    timestamp: index * 1000,
    level: LEVEL_BY_NAME[level],
    service: 'shop',
    message: `took ${index}`,
    userId: undefined,
    requestId: undefined,
    errorCode: undefined,
    durationMs,
    deviceId: undefined,
    attributes: undefined,
    vitals: undefined,
    templateId: 't',
    isNewTemplate: false,
    templateRarity: 0,
  };
}

/** Bytes of an isolation forest, or a model of another kind, over usual windows of a service. */
export function trainForest(seed: number, kind: AnyKind<Matrix> = isolationForest): Uint8Array {
  const { set } = WINDOW_FEATURES.service;
  const random = new Random(seed);
  const rows = serviceRows(random, 2000);
  const model = kind.create({}, random);
  model.fit(matrixOf(rows));
  const calibrator = createSurpriseCalibrator();
  calibrator.fit(model.score(matrixOf(rows)));
  return encodeArtefact({
    metadata: {
      name: 'service_windows',
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
