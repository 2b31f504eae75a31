import assert from 'node:assert/strict';

import { SelfMonitor, SELF_MONITOR_LIMITS } from '../../src/app/self-monitor.ts';
import { WatchkeeperError } from '../../src/core/errors.ts';
import type { Logger } from '../../src/core/logger.ts';
import { noMetrics } from '../../src/core/metrics.ts';
import type { OwnRecord } from '../../src/core/own-record.ts';
import { SimulatedClock } from '../../src/core/simulated-clock.ts';
import type { Batch, RecordSink, Taken } from '../../src/gateway/record-sink.ts';
import { describe } from '../support/suite.ts';

const BASE = ['debug', 'info', 'warn', 'error'] as const;

class Fixture {
  readonly clock = new SimulatedClock();
  readonly written: string[] = [];
  readonly taken: OwnRecord[] = [];
  calls = 0;
  /** What the sink does first. */
  onTake: () => void = () => undefined;
  readonly monitor: SelfMonitor;
  readonly stop: () => void;

  constructor() {
    const base = Object.fromEntries(
      BASE.map((name) => [name, (message: string) => this.written.push(`${name} ${message}`)]),
    ) as unknown as Logger;
    this.monitor = new SelfMonitor(base, 'WARNING');
    const sink: Pick<RecordSink, 'take'> = { take: (batch) => this.#take(batch) };
    this.stop = this.monitor.attach(sink, this.clock, noMetrics);
  }

  get logger(): Logger {
    return this.monitor.logger;
  }

  #take({ items }: Batch): Promise<Taken> {
    this.calls += 1;
    try {
      this.onTake();
    } catch (error) {
      return Promise.reject(error as Error);
    }
    this.taken.push(...(items as OwnRecord[]));
    return Promise.resolve({ accepted: items.length, rejected: [], clamped: 0, observedAt: 0 });
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 250) {
      this.clock.advance(Math.min(250, left));
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    }
  }
}

describe('self-monitor', (it) => {
  it('hands lines on, and feeds back those that are important enough', async () => {
    const fixture = new Fixture();
    for (const name of BASE) fixture.logger[name](`A ${name}.`, { code: 'SOME_CODE', n: 1 });
    assert.deepEqual(
      fixture.written,
      BASE.map((name) => `${name} A ${name}.`),
    );
    const at = fixture.clock.now();
    await fixture.pass(1_000);
    assert.deepEqual(
      fixture.taken.map(({ level, message }) => [level, message]),
      [
        ['WARNING', 'A warn.'],
        ['ERROR', 'A error.'],
      ],
    );
    const [first] = fixture.taken;
    assert.equal(first?.timestamp, at);
    assert.equal(first.service, 'watchkeeper');
    assert.equal(first.error_code, 'SOME_CODE');
    assert.deepEqual(first.attributes, { code: 'SOME_CODE', n: 1 });
  });

  it('takes no more than its rate, whatever is logged', async () => {
    const fixture = new Fixture();
    const { burst, perSecond } = SELF_MONITOR_LIMITS;
    for (let second = 0; second < 60; second += 1) {
      for (let line = 0; line < 100; line += 1) fixture.logger.error('It fails.');
      await fixture.pass(1_000);
    }
    assert.ok(fixture.taken.length <= burst + 60 * perSecond, String(fixture.taken.length));
    assert.ok(fixture.taken.length >= burst, String(fixture.taken.length));
    assert.equal(fixture.taken.length + fixture.monitor.dropped, 6_000);
    assert.equal(fixture.written.length, 6_000);
  });

  it('does not feed on what is logged while it hands over, or about its own subject', async () => {
    const fixture = new Fixture();
    fixture.onTake = () => {
      fixture.logger.error('The journal failed.');
    };
    fixture.logger.error('A line.');
    await fixture.pass(60_000);
    assert.equal(fixture.taken.length, 1);
    fixture.logger.error('A detector failed.', { subject: 'service:watchkeeper' });
    fixture.logger.error('An actor failed.', { path: 'site/x/service:watchkeeper' });
    await fixture.pass(10_000);
    assert.equal(fixture.taken.length, 1);
    assert.equal(fixture.monitor.dropped, 3);
  });

  it('comes again later and later when it is refused, and keeps what came first', async () => {
    const fixture = new Fixture();
    let isBusy = true;
    fixture.onTake = () => {
      if (isBusy) throw new WatchkeeperError('RATE_LIMITED', 'Busy.');
    };
    for (let line = 0; line < 100; line += 1) fixture.logger.warn(`Line ${line}.`);
    await fixture.pass(10 * 60_000);
    assert.ok(fixture.calls < 40, `${fixture.calls} calls`);
    for (let line = 100; line < 250; line += 1) fixture.logger.warn(`Line ${line}.`);
    assert.equal(fixture.taken.length, 0);
    isBusy = false;
    await fixture.pass(60_000);
    assert.equal(fixture.taken.length, SELF_MONITOR_LIMITS.queue);
    assert.equal(fixture.taken[0]?.message, 'Line 0.');
    assert.equal(fixture.taken.at(-1)?.message, `Line ${SELF_MONITOR_LIMITS.queue - 1}.`);
  });

  it('drops what a failing journal may have, and does not send it twice', async () => {
    const fixture = new Fixture();
    fixture.onTake = () => {
      throw new WatchkeeperError('JOURNAL_FAILED', 'The journal failed.');
    };
    fixture.logger.warn('Line.');
    await fixture.pass(10_000);
    assert.equal(fixture.calls, 1);
    assert.equal(fixture.monitor.dropped, 1);
  });

  it('says that the site runs when there is nothing else to say', async () => {
    const fixture = new Fixture();
    await fixture.pass(60 * 60_000);
    const signs = fixture.taken.map(({ level, message }) => `${level} ${message}`);
    assert.ok(signs.length >= 13 && signs.length <= 15, String(signs.length));
    assert.deepEqual([...new Set(signs)], ['INFO The site runs.']);
    fixture.stop();
    await fixture.pass(60 * 60_000);
    fixture.logger.error('Late.');
    await fixture.pass(60_000);
    assert.equal(fixture.taken.length, signs.length);
  });
});
