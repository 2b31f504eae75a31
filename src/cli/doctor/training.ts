import type { Clock } from '../../core/clock.ts';
import { probeBackends, type BackendReport } from '../../ml/neural/probe-backends.ts';
import { reasonOf } from '../../ml/neural/backend-metric.ts';
import { failed, type Check } from './check.ts';

const NAME = 'training';

/** Which backend trains models here and why, and what would let a graphics card do it. */
export async function checkTraining(
  clock: Clock,
  probe: (options: { readonly clock: Clock }) => Promise<BackendReport> = probeBackends,
): Promise<Check> {
  const report = await probe({ clock });
  const evidence = `${report.chosen ?? 'none'}: ${reasonOf(report)}`;
  if (report.chosen === undefined) {
    return failed(NAME, `no backend can train: ${reasonOf(report)}`, 'Run npm ci again.');
  }
  const better = report.candidates.find(({ fix, state }) => state === 'refused' && fix !== '');
  const fix = better === undefined ? '' : `to use ${better.name}: ${better.fix}`;
  return { name: NAME, state: 'ok', evidence, fix };
}
