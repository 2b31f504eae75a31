import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { systemClock } from '../../src/core/clock.ts';
import { NatsShelf } from '../../src/federation/model-shelf.ts';
import { ObjectBucket } from '../../src/federation/object-bucket.ts';
import { registryContract, registryOn, anArtefact, WHO } from '../ml/registry/registry-contract.ts';
import {
  findNatsServer,
  freePort,
  startPlainServer,
  until,
  type PlainServer,
} from '../support/nats-server.ts';
import { describe } from '../support/suite.ts';

const { program, reason } = findNatsServer();
const BUCKET = 'watchkeeper_models';

describe('models in NATS', (it) => {
  if (program === undefined) {
    it.skip('are kept as those in files', reason);
    return;
  }
  registryContract(it, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wk-models-'));
    const server = await startPlainServer(program, { port: await freePort(), folder });
    const connections = await Promise.all([1, 2].map(() => connect({ servers: server.url })));
    const [first, second] = connections as [NatsConnection, NatsConnection];
    const shelf = (connection: NatsConnection) =>
      new NatsShelf({ connection: () => connection, clock: systemClock, checkMs: 20 });
    return {
      first: shelf(first),
      second: shelf(second),
      putText: async (name, text) => {
        await (await new Kvm(first).open(BUCKET)).put(name, text);
      },
      spoilBlob: async (id) => {
        const manager = await jetstreamManager(first);
        const subject = await chunkSubject(first, id);
        await manager.streams.purge(`OBJ_${BUCKET}`, { filter: subject });
        await jetstream(first).publish(subject, anArtefact(99).bytes);
      },
      close: async () => {
        for (const connection of connections) await connection.close();
        await server.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  });
});

async function chunkSubject(connection: NatsConnection, id: string): Promise<string> {
  const manager = await jetstreamManager(connection);
  const name = `${Buffer.from(id).toString('base64url')}==`;
  const found = await manager.streams.getMessage(`OBJ_${BUCKET}`, {
    last_by_subj: `$O.${BUCKET}.M.${name.slice(0, 88)}`,
  });
  return `$O.${BUCKET}.C.${found?.json<{ nuid: string }>().nuid}`;
}

describe('a shelf of models in NATS', (it) => {
  if (program === undefined) {
    it.skip('lives through what happens to NATS', reason);
    return;
  }
  let folder: string;
  let server: PlainServer;
  let connection: NatsConnection;
  let port: number;
  it.beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wk-models-'));
    port = await freePort();
    server = await startPlainServer(program, { port, folder });
    connection = await connect({ servers: server.url });
  });
  it.afterEach(async () => {
    await connection.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('says when NATS is away', async () => {
    const shelf = new NatsShelf({ connection: () => undefined, clock: systemClock });
    for (const work of [shelf.names(), shelf.getBlob('x'), shelf.replace('a', 'b', 0)]) {
      await assert.rejects(work, { code: 'BUS_UNAVAILABLE' });
    }
  });

  it('follows again after NATS was away', async () => {
    let current: NatsConnection | undefined = connection;
    const shelf = new NatsShelf({ connection: () => current, clock: systemClock, checkMs: 20 });
    const told: string[] = [];
    const registry = registryOn(shelf);
    await registry.put(anArtefact(1).bytes, WHO);
    const stop = shelf.watch((name) => told.push(name));
    await until('the first', () => told.length > 0);
    await connection.close();
    current = undefined;
    await server.stop();
    server = await startPlainServer(program, { port, folder });
    connection = await connect({ servers: server.url });
    current = connection;
    told.length = 0;
    await until('what is there', () => told.includes('vitals'));
    await registry.put(anArtefact(2, 'pulse').bytes, WHO);
    await until('the second', () => told.includes('pulse'));
    stop();
    assert.equal((await registry.list()).length, 2);
  });

  it('refuses objects that are too large, cut short or described wrongly', async () => {
    const bucket = await ObjectBucket.open(connection, 'objects');
    await bucket.put('a', new Uint8Array(300_000).fill(7));
    assert.deepEqual(await bucket.get('a', 300_000), new Uint8Array(300_000).fill(7));
    assert.equal(await bucket.get('b', 1), undefined);
    await assert.rejects(bucket.get('a', 299_999), { code: 'MODEL_INVALID' });
    const meta = (text: string) => jetstream(connection).publish('$O.objects.M.YQ==', text);
    const table = [
      '{',
      '{"nuid":"x.>","size":1,"chunks":1}',
      '{"nuid":"x","size":-1,"chunks":1}',
      '{"nuid":"x","size":1.5,"chunks":1}',
      '{"nuid":"x","size":1,"chunks":1}',
    ];
    for (const text of table) {
      await meta(text);
      await assert.rejects(bucket.get('a', 300_000), { code: 'MODEL_INVALID' }, text);
    }
    await meta('{"nuid":"x","size":1,"chunks":1,"deleted":true}');
    assert.equal(await bucket.get('a', 300_000), undefined);
  });

  it('keeps an empty object', async () => {
    const bucket = await ObjectBucket.open(connection, 'objects');
    await bucket.put('empty', new Uint8Array());
    assert.deepEqual(await bucket.get('empty', 0), new Uint8Array());
  });
});
