import { map } from 'rxjs';

import { option } from '../../core/options.ts';
import type { LogRecord } from '../../model/record.ts';
import { staged } from '../chain.ts';
import { defineDetector } from '../define-detector.ts';
import { explainSlow } from './slow-response-explain.ts';
import { readRoutes, stepSlow, writeRoutes } from './slow-response-state.ts';
import type { SlowConfig, SlowState } from './slow-response-state.ts';

/** A response took too long: over 5 seconds. */
export const slowResponse = defineDetector({
  type: 'slow_response',
  version: 1,
  doc: 'A record with a duration_ms over `threshold`. One alert per service and route (attribute `route`, `http_route` or `path`); further slow responses update it. Resolves after `quiet` without one.',
  subjects: ['service', 'device'],
  severity: 'medium',
  action: 'Create a performance ticket',
  options: {
    threshold: option.duration({
      doc: 'Longest duration that is still normal.',
      default: '5s',
      min: '1ms',
      max: '1d',
    }),
    quiet: option.duration({
      doc: 'Time without a slow response after which the alert resolves.',
      default: '10m',
      min: '1s',
      max: '7d',
    }),
    updateEvery: option.duration({
      doc: 'Least time between updates of an open alert.',
      default: '10s',
      min: '1s',
    }),
    routes: option.integer({
      doc: 'Open alerts per service at most; further routes share one, as route `*`.',
      default: 16,
      min: 1,
      max: 64,
    }),
  },
  create({ options: { threshold, quiet, updateEvery, routes }, finding }) {
    const config: SlowConfig = {
      thresholdMs: threshold,
      quietMs: quiet,
      updateEveryMs: updateEvery,
      routeLimit: routes,
      finding,
    };
    const isSlow = ({ durationMs }: LogRecord): boolean =>
      durationMs !== undefined && durationMs > threshold;
    return {
      initial: (): SlowState => [],
      selector: () => isSlow,
      deadline: (state) => earliest(state, quiet),
      pipeline: staged('Fold routes', () => map((job) => stepSlow(config, job))),
      snapshot: writeRoutes,
      restore: readRoutes,
      explain: (state, context) => explainSlow(config, state, context),
    };
  },
});

function earliest(state: SlowState, quietMs: number): number | undefined {
  let due: number | undefined;
  for (const { lastAt, updateAt } of state) {
    const next = updateAt === 0 ? lastAt + quietMs : Math.min(updateAt, lastAt + quietMs);
    if (due === undefined || next < due) due = next;
  }
  return due;
}
