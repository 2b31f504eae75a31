import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { projectRoot } from '../../src/core/root.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { findKcat, MockKafka } from '../support/mock-kafka.ts';
import { describe } from '../support/suite.ts';

const kcat = findKcat();
const TOKEN = `wk_0123456789_${'a'.repeat(43)}`;
const ALL = { from: 0, to: 8e15, order: 'asc', limit: 10_000 } as const;

async function eventually(check: () => Promise<boolean> | boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 600; turn += 1) {
    if (await check()) return;
    await delay(50);
  }
  assert.fail(`It did not come to this: ${what}`);
}

function prepare(kafka: MockKafka, more = ''): E2eSite {
  const site = E2eSite.prepare({ withNats: false });
  const entry = `{ name: orders, brokers: ['${kafka.broker}'], topics: [orders], start_at: beginning, parser: json, limits: { session: 6s, batch: 20 }${more} }`;
  writeFileSync(join(site.configFolder, 'inputs.yaml'), `kafka:\n  - ${entry}\n`);
  return site;
}

async function numbers(site: E2eSite): Promise<readonly number[]> {
  const { records } = await site.handle.parts.store.records.query(ALL);
  const all = records.map(({ message }) => Number(message));
  return all.filter((number) => !Number.isNaN(number)).sort((a, b) => a - b);
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);
const values = (from: number, to: number): readonly string[] =>
  upTo(to - from).map((n) =>
    JSON.stringify({ message: String(from + n), level: 'INFO', service: `s${n % 3}` }),
  );
const sum = (offsets: readonly number[]): number =>
  offsets.reduce((total, offset) => total + Math.max(0, offset), 0);

/** A site in a process of its own, which kills itself where it is told to. */
async function startProcess(
  site: E2eSite,
  killAtCommit: number,
): Promise<{ readonly child: ChildProcess; readonly exit: Promise<unknown> }> {
  const program = join(projectRoot(), 'test/support/e2e/kafka-process.ts');
  const { dataFolder, configFolder } = site;
  const options = JSON.stringify({ dataFolder, configFolder, token: TOKEN, killAtCommit });
  const args = ['--import', 'tsx', '--no-warnings', program, options];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = new Promise((resolve) =>
    child.once('exit', (_, signal) => {
      resolve(signal);
    }),
  );
  await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), exit]);
  return { child, exit };
}

describe('topics of Kafka', (it) => {
  const withBroker = (behaviour: string, body: (kafka: MockKafka) => Promise<void>): void => {
    const { program, reason } = kcat;
    if (program === undefined) {
      it.skip(behaviour, reason);
      return;
    }
    const run = async (): Promise<void> => {
      const kafka = await MockKafka.start(program);
      try {
        await body(kafka);
      } finally {
        await kafka.stop();
      }
    };
    it(behaviour, run, { deadlineMs: 120_000 });
  };

  withBroker(
    'reads every partition, commits what is durable, and goes on after a restart',
    async (kafka) => {
      const site = prepare(kafka);
      try {
        await kafka.produce('orders', [...values(0, 300), '{"bad', null, '{"level": 7}']);
        await site.up();
        await eventually(async () => (await numbers(site)).length >= 300, '300 records');
        const committed = async (): Promise<number> =>
          sum(await kafka.committed('watchkeeper', 'orders'));
        await eventually(async () => (await committed()) === 303, '303 offsets committed');
        const [info] = site.api.inputs();
        assert.equal(info?.accepted, 301);
        assert.deepEqual([info.raw, info.rejected], [1, { empty: 1, invalid: 1 }]);
        assert.equal(info.connections, 1);
        assert.equal(info.lag, 0);
        const health = await site.api.health();
        const part = health.parts.find(({ name }) => name === 'input orders');
        assert.equal(part?.state, 'ok');
        assert.match(part.evidence, /in the group, 301 records, 0 messages behind/);
        await eventually(
          async () => (await site.api.deadLetters({ limit: 10 })).letters.length === 1,
          'a letter',
        );
        await site.down();
        await kafka.produce('orders', values(300, 400));
        await site.up();
        await eventually(async () => (await numbers(site)).length >= 400, '400 records');
        assert.deepEqual(await numbers(site), upTo(400));
      } finally {
        await site.close();
      }
    },
  );

  withBroker(
    'stores every message once when killed between durability and the commit',
    async (kafka) => {
      const site = prepare(kafka);
      try {
        await kafka.produce('orders', values(0, 400));
        for (const killAtCommit of [1, 3, 5]) {
          const { exit } = await startProcess(site, killAtCommit);
          assert.equal(await exit, 'SIGKILL');
        }
        const known = sum(await kafka.committed('watchkeeper', 'orders'));
        await site.up({ options: { token: TOKEN } });
        const before = site.handle.parts.positions;
        assert.notEqual(
          before.find('kafka:orders/orders/0') ?? before.find('kafka:orders/orders/1'),
          undefined,
        );
        await kafka.produce('orders', values(400, 450));
        await eventually(async () => (await numbers(site)).length >= 450, '450 records');
        await eventually(
          async () => sum(await kafka.committed('watchkeeper', 'orders')) === 450,
          'all committed',
        );
        assert.ok(known < 400, `the kills came too late: ${known} were committed`);
        assert.deepEqual(await numbers(site), upTo(450));
      } finally {
        await site.close();
      }
    },
  );
});
