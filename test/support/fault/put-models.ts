import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../src/core/root.ts';
import { REASON, registryOf, trainForest } from '../e2e/trained-model.ts';

/**
 * A configuration under `folder/config` in which a live model in
 * `folder/data` is asked about every ten seconds of a service. What it says
 * raises no alert: those of a run are known by counting.
 */
export async function putModels(folder: string): Promise<void> {
  const config = join(folder, 'config');
  cpSync(join(projectRoot(), 'config'), config, { recursive: true });
  const file = join(config, 'anomaly_schema.yaml');
  const text = readFileSync(file, 'utf8');
  const changed = text.replace(
    /\n {2}- id: model_score\n(?: {4}.*\n)+/,
    `
  - id: model_score
    type: model_score
    model: service_windows
    window: 10s
    lateness: 0s
    scale: none
    min_windows: 1
    alarms_per_week: 0.001
    rule_deviations: 1000000
`,
  );
  if (changed === text) throw new Error('The configuration has no model_score to replace.');
  writeFileSync(file, changed);
  const registry = await registryOf(join(folder, 'data'));
  const { id } = await registry.put(trainForest(1), REASON);
  await registry.move('service_windows', { id, to: 'live', ...REASON });
}
