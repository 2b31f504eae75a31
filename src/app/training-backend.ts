import { publishBackend } from '../ml/neural/backend-metric.ts';
import { probeBackends } from '../ml/neural/probe-backends.ts';
import type { GatewayParts } from './parts.ts';

/** A site that has just started has better things to do. */
const AFTER_MS = 10_000;

/**
 * Some seconds after the start, finds out in processes of their own what could
 * train models here, and sets `watchkeeper_ml_backend_info`. Stops with the site.
 */
export function publishTrainingBackend({ clock, metrics, stops, tuning }: GatewayParts): void {
  const stop = new AbortController();
  const probe = async (): Promise<void> => {
    const report = await probeBackends({ clock, signal: stop.signal });
    if (!stop.signal.aborted) publishBackend(report, metrics);
  };
  const cancel = clock.after(tuning.backendProbeMs ?? AFTER_MS, () => void probe());
  stops.push(() => {
    cancel();
    stop.abort();
  });
}
