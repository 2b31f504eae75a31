import assert from 'node:assert/strict';
import type { Alert } from '../../src/model/alert.ts';
import { countingDetector, detectorSet } from '../support/counting-detector.ts';
import { EngineHarness } from '../support/engine-harness.ts';
import { describe } from '../support/suite.ts';

describe('The archive of alerts', (it) => {
  let site: EngineHarness;
  it.beforeEach(() => {
    site = new EngineHarness(() => detectorSet([countingDetector({ at: 1 }) as never]));
  });
  it.afterEach(async () => {
    await site.stop();
    site.remove();
  });

  it('keeps an alert that is raised while another is being written', async () => {
    const engine = await site.open();
    const { alerts } = site.store;
    const put = alerts.put.bind(alerts);
    let isFirst = true;
    alerts.put = async (batch: readonly Alert[]) => {
      if (isFirst) {
        isFirst = false;
        await site.post('payment', [{}]);
        await site.settle();
      }
      await put(batch);
    };
    await site.post('auth', [{}]);
    await site.settle();
    // The first pass brings what was there when it began, the second what came meanwhile.
    await engine.archivist.flushed();
    await engine.archivist.flushed();
    const { alerts: stored } = await site.store.alerts.list({});
    assert.deepEqual(stored.map(({ subject }) => subject).sort(), [
      'service:auth',
      'service:payment',
    ]);
  });
});
