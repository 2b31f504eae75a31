import assert from 'node:assert/strict';
import { fakeTerminal, runIn } from '../cli/fake-terminal.ts';
import { WatchkeeperError } from '../../src/core/errors.ts';
import { SELF_MONITOR_LIMITS } from '../../src/app/self-monitor.ts';
import type { Journal } from '../../src/store/journal.ts';
import type { Store } from '../../src/store/store.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { line } from '../support/e2e/records.ts';
import { until } from '../support/nats-server.ts';
import { describe } from '../support/suite.ts';

/** A store whose writes of blocks can be made to fail, each with a line in the log. */
class FailingStore {
  fails = false;

  readonly wrap = (store: Store): Store =>
    new Proxy(store, {
      get: (target, name) => {
        if (name === 'commit' && this.fails) return () => Promise.reject(new Error('refused'));
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
}

const own = async (site: E2eSite) => {
  await site.settled();
  const { records } = await site.handle.parts.store.records.query({
    from: 0,
    to: 8e15,
    service: 'watchkeeper',
    limit: 1_000,
  });
  return records;
};

describe('a site that watches itself', (it) => {
  it('shows its own log lines as records, and raises alerts on itself', async () => {
    const site = await E2eSite.start({ withNats: false, options: { selfMonitor: 'warning' } });
    try {
      const { logger } = site.handle.parts.options;
      logger.info('Not this.');
      for (let index = 0; index < 110; index += 1) {
        logger.error('Something went wrong.', { code: 'STORE_FAILED', index });
      }
      await until('the alert', async () => {
        const { alerts } = await site.api.alerts({ type: 'error_spike' });
        return alerts.some(({ subject }) => subject === 'service:watchkeeper');
      });
      const records = await own(site);
      assert.equal(records.length, 110);
      assert.ok(
        records.every(
          ({ level, error_code }) => level === 'ERROR' && error_code === 'STORE_FAILED',
        ),
      );
      const { out, code } = await runIn(fakeTerminal(), [
        'query',
        'service:watchkeeper',
        '--url',
        site.handle.url,
        '--token',
        site.token,
      ]);
      assert.equal(code, 0);
      assert.match(out, /Something went wrong\./);
    } finally {
      await site.close();
    }
  });

  it('does not feed on its own failures when the journal and the store fail', async () => {
    const store = new FailingStore();
    let isFull = false;
    const wrapJournal = (journal: Journal): Journal =>
      new Proxy(journal, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== 'function') return value;
          if (name !== 'append' || !isFull) return value.bind(target) as unknown;
          return () => {
            // More lines than requests, so that most of what is fed back are errors.
            for (let part = 0; part < 9; part += 1) logger().error('The journal takes nothing.');
            throw new WatchkeeperError('JOURNAL_FULL', 'The disk is full.');
          };
        },
      });
    const site = await E2eSite.start({
      withNats: false,
      options: { selfMonitor: 'info' },
      tuning: { wrapStore: store.wrap, wrapJournal },
    });
    const logger = () => site.handle.parts.options.logger;
    try {
      await site.logs([line()]);
      store.fails = true;
      isFull = true;
      const began = performance.now();
      // Each is refused with lines in the log, and so are the records that they would be.
      for (let index = 0; index < 150; index += 1) {
        await assert.rejects(site.logs([line({ message: `refused ${index}` })]));
      }
      isFull = false;
      store.fails = false;
      await until('own records', async () => (await own(site)).length > 0);
      let before = 0;
      await until('rest', async () => {
        const now = (await own(site)).length;
        const isResting = now === before;
        before = now;
        return isResting;
      });
      const seconds = (performance.now() - began) / 1_000;
      const { burst, perSecond } = SELF_MONITOR_LIMITS;
      assert.ok(before <= burst + perSecond * seconds, `${before} records in ${seconds} s`);
      const { alerts } = await site.api.alerts({ type: 'error_spike' });
      assert.deepEqual(
        alerts.map(({ subject }) => subject),
        ['service:watchkeeper'],
      );
    } finally {
      await site.close();
    }
  });
});
