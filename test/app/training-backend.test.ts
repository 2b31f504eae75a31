import assert from 'node:assert/strict';
import type { GatewayParts } from '../../src/app/parts.ts';
import { publishTrainingBackend } from '../../src/app/training-backend.ts';
import { systemClock } from '../../src/core/clock.ts';
import { StopStack } from '../../src/core/lifecycle.ts';
import { noMetrics, type Labels } from '../../src/core/metrics.ts';
import { describe } from '../support/suite.ts';

describe('the metric of what trains models', (it) => {
  it(
    'is set some time after the start, with the reasons',
    async () => {
      const stops = new StopStack();
      const set = new Promise<{ name: string; labels: Labels; value: number }>((resolve) => {
        const metrics = {
          ...noMetrics,
          gauge: (name: string, _: string, labels: Labels = {}) => ({
            set: (value: number) => {
              resolve({ name, labels, value });
            },
          }),
        };
        publishTrainingBackend(partsOf({ metrics, stops, afterMs: 1 }));
      });
      const alive = setInterval(() => undefined, 1_000);
      const { name, labels, value } = await set;
      clearInterval(alive);
      await stops.stop();
      assert.deepEqual([name, value], ['watchkeeper_ml_backend_info', 1]);
      assert.ok(labels['backend'] !== 'none');
      assert.notEqual(labels['reason'], '');
    },
    { deadlineMs: 120_000 },
  );

  it('is not looked for once the site stops', async () => {
    const stops = new StopStack();
    const gauge = () => assert.fail('a stopped site sets nothing');
    publishTrainingBackend(partsOf({ metrics: { ...noMetrics, gauge }, stops, afterMs: 0 }));
    await stops.stop();
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
});

function partsOf({
  metrics,
  stops,
  afterMs,
}: {
  readonly metrics: unknown;
  readonly stops: StopStack;
  readonly afterMs: number;
}): GatewayParts {
  const parts = { clock: systemClock, metrics, stops, tuning: { backendProbeMs: afterMs } };
  return parts as unknown as GatewayParts;
}
