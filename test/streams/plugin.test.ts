import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { transformSync } from 'esbuild';

import { projectRoot } from '../../src/core/root.ts';
import { subjectId } from '../../src/model/subject.ts';
import type { DetectorType } from '../../src/plugin.ts';
import { compileDetectors } from '../../src/streams/detector-set.ts';
import { runDetector } from '../../src/streams/harness.ts';
import { describe } from '../support/suite.ts';
import { START, record } from './support.ts';

/** Runs the detector that docs/detectors.md shows; only its import path differs. */
async function documented(): Promise<DetectorType> {
  const docs = readFileSync(join(projectRoot(), 'docs/detectors.md'), 'utf8');
  const example = /```ts\n(import [^]*?)```/.exec(docs)?.[1] ?? '';
  const plugin = pathToFileURL(join(projectRoot(), 'src/plugin.ts')).href;
  const { code } = transformSync(example.replaceAll('../../plugin.ts', plugin), { loader: 'ts' });
  const folder = join(projectRoot(), 'node_modules/.cache', `plugin-test-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  try {
    const file = join(folder, 'battery-flat.mjs');
    writeFileSync(file, code);
    const module = (await import(pathToFileURL(file).href)) as { batteryFlat: DetectorType };
    return module.batteryFlat;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const vital = (at: number, battery: number) =>
  record(at, {
    vitals: {
      heartRate: undefined,
      hrv: undefined,
      spo2: undefined,
      skinTemperature: undefined,
      steps: undefined,
      battery,
      rssi: undefined,
      worn: undefined,
      charging: undefined,
    },
  });

describe('a detector of a plugin', (it) => {
  it('works as documented', async () => {
    const type = await documented();
    const text = 'anomalies: [{ id: flat, type: battery_flat, percent: 10 }]';
    const [detector] = compileDetectors(text, 'x.yaml', [type]).detectors;
    const subject = subjectId('device', 'w1');
    const levels = [50, 10, 9, 8, 30];
    const steps = levels.map((battery, index) => ({
      at: START + index,
      records: [vital(index, battery)],
    }));
    const { findings } = runDetector(detector!, steps, { subject, start: START });
    assert.deepEqual(
      findings.map(({ action, summary, severity }) => `${action} ${summary} ${severity}`),
      ['open Battery at 9 % low', 'resolve Battery at 30 % low'],
    );
  });

  it('is stopped by the harness when its deadline does not move on', async () => {
    const type = await documented();
    const entry = compileDetectors('anomalies: [{ id: battery_flat }]', 'x.yaml', [type]);
    const stuck = { ...entry.detectors[0]!, deadline: () => START };
    const subject = subjectId('device', 'w1');
    assert.throws(
      () => runDetector(stuck, [{ at: START + 1 }], { subject, start: START }),
      /repeats its deadline without end/,
    );
  });
});
