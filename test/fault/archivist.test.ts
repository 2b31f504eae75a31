import assert from 'node:assert/strict';
import type { Alert } from '../../src/model/alert.ts';
import { countingDetector, detectorSet } from '../support/counting-detector.ts';
import { EngineHarness } from '../support/engine-harness.ts';
import { until } from '../support/nats-server.ts';
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

  it('comes to the store although its first write is never answered', async () => {
    const engine = await site.open();
    const { records } = site.store;
    const put = records.put.bind(records);
    let calls = 0;
    records.put = (blocks) => {
      calls += 1;
      return calls === 1 ? new Promise(() => undefined) : put(blocks);
    };
    await site.post('auth', [{}, {}]);
    await site.pass(1000);
    await until('the first write', () => calls === 1);
    assert.equal(await site.store.records.count(), 0);
    // Real time passes and site time does not: nothing else falls due.
    site.clock.wait(30_000);
    await until('the second write', () => calls === 2);
    await engine.archivist.flushed();
    assert.equal(await site.store.records.count(), 2);
    assert.equal(engine.archivist.lastError, undefined);
  });

  it('does not keep the site from stopping, and is made good at the next start', async () => {
    const engine = await site.open();
    const { records } = site.store;
    const put = records.put.bind(records);
    let calls = 0;
    records.put = () => {
      calls += 1;
      return Promise.reject(new Error('The disk is full.'));
    };
    await site.post('auth', [{}, {}]);
    await site.pass(1000);
    await until('a refusal', () => engine.archivist.lastError === 'The disk is full.');
    let isStopped = false;
    const stopped = engine.stop().then(() => (isStopped = true));
    await until('more refusals', () => {
      site.clock.wait(100);
      return calls > 3;
    });
    assert.equal(isStopped, false);
    site.clock.wait(5_000);
    await stopped;
    records.put = put;
    await site.store.close();
    await site.journal.close();
    const again = await site.open();
    await site.pass(1000);
    await again.archivist.flushed();
    assert.equal(await site.store.records.count(), 2);
  });
});
