import type { Metrics } from '../../core/metrics.ts';
import type { BackendReport } from './probe-backends.ts';

/**
 * Sets `watchkeeper_ml_backend_info{backend,reason}` to 1 for the backend that
 * trains here; `reason` says what it is, and why the better ones are not used.
 */
export function publishBackend(report: BackendReport, metrics: Metrics): void {
  metrics
    .gauge('watchkeeper_ml_backend_info', 'The backend that trains models, and why this one.', {
      backend: report.chosen ?? 'none',
      reason: reasonOf(report),
    })
    .set(1);
}

/** For example `SIMD, one thread; tfjs-node-gpu: binary missing; webgpu: no hardware adapter`. */
export function reasonOf({ chosen, candidates }: BackendReport): string {
  const own = candidates.filter(({ name }) => name === chosen).map(({ reason }) => reason);
  const others = candidates
    .filter(({ state }) => state === 'refused')
    .map(({ name, reason }) => `${name}: ${reason}`);
  return [...own, ...others].join('; ');
}
