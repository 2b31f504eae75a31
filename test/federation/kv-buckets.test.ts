import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kvm, type KV } from '@nats-io/kv';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { bucketTables } from '../../src/app/enrichment/bucket-tables.ts';
import { openLookupFiles } from '../../src/app/enrichment/lookup-files.ts';
import { systemClock } from '../../src/core/clock.ts';
import { KvBuckets } from '../../src/federation/kv-buckets.ts';
import {
  findNatsServer,
  freePort,
  startPlainServer,
  until,
  type PlainServer,
} from '../support/nats-server.ts';
import { describe } from '../support/suite.ts';

const { program, reason } = findNatsServer();
const LIMITS = { rows: 3, columns: 2, value: 8 };

describe('buckets of NATS KV as tables', (it) => {
  if (program === undefined) {
    it.skip('are read and followed', reason);
    return;
  }
  let folder: string;
  let server: PlainServer;
  let connection: NatsConnection;
  let bucket: KV;
  it.beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wk-kv-'));
    server = await startPlainServer(program, { port: await freePort(), folder });
    connection = await connect({ servers: server.url });
    bucket = await new Kvm(connection).create('owners');
  });
  it.afterEach(async () => {
    await connection.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('give a row for each key, without those that were deleted', async () => {
    await bucket.put('payment', JSON.stringify({ owner: 'ops', tier: 1 }));
    await bucket.put('auth', JSON.stringify({ owner: 'sec', on_call: true }));
    await bucket.put('gone', '{}');
    await bucket.delete('gone');
    const rows = await new KvBuckets(() => connection).read('owners', LIMITS);
    assert.deepEqual(Object.fromEntries(rows), {
      payment: { owner: 'ops', tier: '1' },
      auth: { owner: 'sec', on_call: 'true' },
    });
  });

  it('say when they have changed', async () => {
    const buckets = new KvBuckets(() => connection);
    await buckets.read('owners', LIMITS);
    let { version } = buckets;
    for (const change of [
      () => bucket.put('payment', '{}'),
      () => bucket.put('payment', '{"owner":"x"}'),
      () => bucket.delete('payment'),
    ]) {
      await change();
      await until('the change', () => buckets.version !== version);
      ({ version } = buckets);
    }
  });

  it('are refused when they hold what is no table', async () => {
    const buckets = new KvBuckets(() => connection);
    const table: readonly [string, RegExp][] = [
      ['no json', /holds no JSON under "k"/],
      ['[1]', /holds no JSON object under "k"/],
      ['null', /holds no JSON object under "k"/],
      ['{"a":{}}', /in k\.a\./],
      ['{"a":"123456789"}', /in k\.a\./],
      ['{"a":1,"b":2,"c":3}', /over 2 columns under "k"/],
    ];
    for (const [value, message] of table) {
      await bucket.put('k', value);
      await assert.rejects(buckets.read('owners', LIMITS), { code: 'CONFIG_INVALID', message });
    }
    for (const key of ['k', 'l', 'm', 'n']) await bucket.put(key, '{}');
    await assert.rejects(buckets.read('owners', LIMITS), { message: /over 3 keys/ });
  });

  it('are missed with what to do', async () => {
    await assert.rejects(new KvBuckets(() => connection).read('others', LIMITS), {
      code: 'NOT_FOUND',
      fix: 'Make it: nats kv add others',
    });
    await assert.rejects(new KvBuckets(() => undefined).read('owners', LIMITS), {
      code: 'BUS_UNAVAILABLE',
    });
  });

  it('enrich as files do, and are swapped when they change', async () => {
    await bucket.put('payment', '{"owner":"ops"}');
    const yaml = 'enrichment:\n  tables:\n    - { name: owners, key: service, bucket: owners }\n';
    writeFileSync(join(folder, 'enrichment.yaml'), yaml);
    const buckets = bucketTables(new KvBuckets(() => connection));
    const files = await openLookupFiles({ folder, clock: systemClock, buckets, pollMs: 20 });
    try {
      const ownerNow = () => files.current.tables[0]?.rows.get('payment')?.['owner'];
      assert.equal(ownerNow(), 'ops');
      await bucket.put('payment', '{"owner":"dev"}');
      await until('the new owner', () => ownerNow() === 'dev');
      await bucket.put('payment', 'broken');
      await until('the problem', () => files.problem !== undefined);
      assert.equal(ownerNow(), 'dev');
    } finally {
      files.stop();
    }
  });
});
