import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { projectRoot } from '../../../src/core/root.ts';
import { E2eSite } from '../../support/e2e/e2e-site.ts';
import { findKcat } from '../../support/mock-kafka.ts';
import { RealKafka } from '../../support/real-kafka.ts';
import { describe } from '../../support/suite.ts';

const jars = process.env['WATCHKEEPER_KAFKA_JARS'];
const TOKEN = `wk_0123456789_${'a'.repeat(43)}`;
const ALL = { from: 0, to: 8e15, order: 'asc', limit: 10_000 } as const;

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);
const values = (from: number, to: number): readonly string[] =>
  upTo(to - from).map((n) =>
    JSON.stringify({ message: String(from + n), level: 'INFO', service: `s${n % 3}` }),
  );

async function eventually(check: () => Promise<boolean> | boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 1_200; turn += 1) {
    if (await check()) return;
    await delay(50);
  }
  assert.fail(`It did not come to this: ${what}`);
}

async function numbers(...sites: readonly E2eSite[]): Promise<readonly number[]> {
  const found: number[] = [];
  for (const site of sites) {
    const { records } = await site.handle.parts.store.records.query(ALL);
    found.push(...records.map(({ message }) => Number(message)));
  }
  return found.filter((number) => !Number.isNaN(number)).sort((a, b) => a - b);
}

/** Kills a site of its own process before it tells the broker of its n-th piece. */
async function killedAt(site: E2eSite, killAtCommit: number): Promise<void> {
  const program = join(projectRoot(), 'test/support/e2e/kafka-process.ts');
  const { dataFolder, configFolder } = site;
  const options = JSON.stringify({ dataFolder, configFolder, token: TOKEN, killAtCommit });
  const args = ['--import', 'tsx', '--no-warnings', program, options];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  const signal = await new Promise((resolve) =>
    child.once('exit', (_, name) => {
      resolve(name);
    }),
  );
  assert.equal(signal, 'SIGKILL');
}

describe('a real Kafka broker', (it) => {
  if (jars === undefined) {
    it.skip(
      'all of it',
      'WATCHKEEPER_KAFKA_JARS names no folder with its jars; see docs/inputs.md',
    );
    return;
  }
  const kcat = findKcat().program ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'wk-kafka-'));
  let kafka: RealKafka;
  it.before(async () => {
    kafka = await RealKafka.start({ jars, folder, kcat });
  });
  it.after(async () => {
    await kafka.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  const siteOn = (topic: string): E2eSite => {
    const site = E2eSite.prepare({ withNats: false, options: { token: TOKEN } });
    const entry = `{ name: real, group: ${topic}, brokers: ['${kafka.broker}'], topics: [${topic}], start_at: beginning, parser: json, limits: { session: 6s, batch: 50 } }`;
    writeFileSync(join(site.configFolder, 'inputs.yaml'), `kafka:\n  - ${entry}\n`);
    return site;
  };
  const slow = { deadlineMs: 180_000 };

  it(
    'reads what it stores compressed and in transactions, and is not behind in the end',
    async () => {
      await kafka.topic('codecs');
      const site = siteOn('codecs');
      try {
        await kafka.transaction('codecs', values(0, 200), 'commit');
        await kafka.transaction('codecs', values(9_000, 9_100), 'abort');
        for (const [index, codec] of ['none', 'gzip', 'snappy', 'lz4'].entries()) {
          const from = 200 + index * 500;
          kafka.compressed('codecs', codec, values(from, from + 500));
        }
        await kafka.produce('codecs', [null, '{"bad']);
        await kafka.transaction('codecs', values(9_100, 9_200), 'abort');
        await site.up();
        await eventually(async () => (await numbers(site)).length >= 2_200, '2,200 records');
        assert.deepEqual(await numbers(site), upTo(2_200));
        const info = () => site.api.inputs()[0];
        await eventually(() => info()?.lag === 0, 'nothing behind');
        assert.deepEqual([info()?.raw, info()?.rejected], [1, { empty: 1 }]);
      } finally {
        await site.close();
      }
    },
    slow,
  );

  it(
    'stores every message once when site and broker are killed',
    async () => {
      await kafka.topic('kills');
      const site = siteOn('kills');
      try {
        await kafka.produce('kills', values(0, 1_000));
        for (const killAtCommit of [1, 4]) await killedAt(site, killAtCommit);
        await site.up();
        await eventually(async () => (await numbers(site)).length >= 1_000, '1,000 records');
        await kafka.kill();
        await eventually(() => site.api.inputs()[0]?.problem !== undefined, 'the site noticed');
        await kafka.up();
        await kafka.produce('kills', values(1_000, 1_200));
        await eventually(async () => (await numbers(site)).length >= 1_200, '1,200 records');
        assert.deepEqual(await numbers(site), upTo(1_200));
        const sum = async (): Promise<number> =>
          (await kafka.committed('kills', 'kills')).reduce((total, each) => total + each, 0);
        await eventually(async () => (await sum()) === 1_200, 'all committed');
      } finally {
        await site.close();
      }
    },
    slow,
  );

  it(
    'divides partitions between two sites, and gives them to the one that stays',
    async () => {
      await kafka.topic('shared');
      const [one, other] = [siteOn('shared'), siteOn('shared')];
      try {
        await one.up();
        await other.up();
        const isJoined = (site: E2eSite): boolean => site.api.inputs()[0]?.connections === 1;
        await eventually(() => isJoined(one) && isJoined(other), 'both in the group');
        let next = 0;
        const taken = (site: E2eSite): number => site.api.inputs()[0]?.accepted ?? 0;
        await eventually(async () => {
          await kafka.produce('shared', values(next, next + 40));
          next += 40;
          return taken(one) > 0 && taken(other) > 0;
        }, 'both take messages');
        await eventually(async () => (await numbers(one, other)).length >= next, 'all of them');
        const before = await numbers(other);
        await other.down();
        await kafka.produce('shared', values(next, next + 400));
        next += 400;
        await eventually(
          async () => (await numbers(one)).length + before.length >= next,
          'the rest at the one that stays',
        );
        const all = [...(await numbers(one)), ...before].sort((a, b) => a - b);
        assert.deepEqual(all, upTo(next));
      } finally {
        await one.close();
        await other.close();
      }
    },
    slow,
  );
});
