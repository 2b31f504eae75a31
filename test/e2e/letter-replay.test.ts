import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeRecords } from '../../src/wire/records/intake.ts';
import type { LetterReplayPage } from '../../src/gateway/site-api.ts';
import type { DeadLetter, Store, StoredRecord } from '../../src/store/store.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { line } from '../support/e2e/records.ts';
import { describe } from '../support/suite.ts';

const LONG_CODE = 'E'.repeat(200);

/** Lets error codes be 256 characters long instead of 128. */
function mendSchema(site: E2eSite): void {
  const file = join(site.configFolder, 'log_schema.yaml');
  const text = readFileSync(file, 'utf8');
  const mended = text.replace(/(error_code:\n\s+type: text\n\s+max_length:) 128/, '$1 256');
  assert.notEqual(mended, text);
  writeFileSync(file, mended);
}

const replay = (site: E2eSite, body: object): Promise<LetterReplayPage> =>
  site.http.post('/v1/dead-letters/replay', body);

async function settled(site: E2eSite): Promise<void> {
  await site.handle.engine.drained();
  await site.handle.engine.archivist.flushed();
}

async function records(site: E2eSite): Promise<readonly StoredRecord[]> {
  await site.handle.engine.drained();
  // A cell reaches the store at the next tick.
  for (let turn = 0; turn < 100; turn += 1) {
    const { pending } = site.api.ledger();
    if (pending === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const found = await site.handle.parts.store.records.query({ from: 0, to: 8e15, limit: 1000 });
  return found.records.filter(({ message }) => message.startsWith('wanted'));
}

async function letters(site: E2eSite): Promise<readonly DeadLetter[]> {
  await settled(site);
  return (await site.http.get<{ letters: DeadLetter[] }>('/v1/dlq')).letters;
}

describe('replay of dead letters', (it) => {
  it(
    'takes in what fits the mended schema, once, and says what still does not fit',
    async () => {
      const site = await E2eSite.start({ withNats: false });
      try {
        const timestamp = Date.now() - 3 * 86_400_000;
        await site.logs([
          line(),
          { ...line(), timestamp, message: 'wanted', service: 'pay', error_code: LONG_CODE },
          { ...line(), level: 'LOUD', message: 'wanted too' },
        ]);
        const kept = await letters(site);
        assert.equal(kept.length, 2);
        assert.deepEqual(
          (await replay(site, { all: true })).results
            .map(({ outcome, pointer }) => [outcome, pointer])
            .sort(),
          [
            ['invalid', '/error_code'],
            ['invalid', '/level'],
          ],
        );
        const before = kept.find(({ pointer }) => pointer === '/error_code');
        await site.down();
        mendSchema(site);
        await site.up();
        const { results } = await replay(site, { service: 'pay' });
        assert.deepEqual(results, [
          { id: before?.id, outcome: 'accepted', records: 1, pointer: '', reason: '' },
        ]);
        const again = await replay(site, { ids: [before?.id] });
        assert.deepEqual(
          again.results.map(({ outcome }) => outcome),
          ['already'],
        );
        const rest = await replay(site, { all: true });
        assert.deepEqual(
          rest.results.map(({ outcome, pointer }) => [outcome, pointer]),
          [['invalid', '/level']],
        );
        const [record, ...more] = await records(site);
        assert.deepEqual(more, []);
        assert.equal(record?.error_code, LONG_CODE);
        assert.equal(record.timestamp, timestamp);
        assert.equal(record.observed_at, before?.at);
        const marked = (await letters(site)).filter(({ replayed }) => replayed !== undefined);
        assert.deepEqual(
          marked.map(({ id }) => id),
          [before?.id],
        );
        await site.down();
        await site.up();
        assert.deepEqual((await replay(site, { all: true })).results.length, 1);
        assert.equal((await records(site)).length, 1);
        assert.equal(site.api.ledger().pending, 0);
      } finally {
        await site.close();
      }
    },
    { deadlineMs: 60_000 },
  );

  it(
    'takes it in once when the process is killed after the answer and before the mark is stored',
    async () => {
      let isHeld = false;
      const hold = (store: Store): Store => ({
        ...pass(store),
        deadLetters: {
          list: (page) => store.deadLetters.list(page),
          count: () => store.deadLetters.count(),
          put: (all) => (isHeld ? new Promise<void>(() => undefined) : store.deadLetters.put(all)),
        },
      });
      const site = await E2eSite.start({ withNats: false, tuning: { wrapStore: hold } });
      const copy = `${site.dataFolder}-crashed`;
      let crashed: E2eSite | undefined;
      try {
        await site.logs([line(), { ...line(), message: 'wanted', error_code: LONG_CODE }]);
        await letters(site);
        await site.down();
        mendSchema(site);
        await site.up();
        isHeld = true;
        const { results } = await replay(site, { all: true });
        assert.equal(results[0]?.outcome, 'accepted');
        const twice = await replay(site, { all: true });
        assert.deepEqual(twice.results, []);
        // What the disk holds at this moment is what a kill -9 leaves.
        cpSync(site.dataFolder, copy, { recursive: true });
        crashed = await E2eSite.start({
          withNats: false,
          options: { dataFolder: copy, configFolder: site.configFolder, token: site.token },
        });
        assert.deepEqual((await replay(crashed, { all: true })).results, []);
        assert.equal((await records(crashed)).length, 1);
        assert.equal((await letters(crashed)).filter(({ replayed }) => replayed).length, 1);
      } finally {
        await crashed?.close();
        isHeld = false;
        await site.close();
        rmSync(copy, { recursive: true, force: true });
      }
    },
    { deadlineMs: 60_000 },
  );

  it(
    'takes in records of a watch under the watch, whatever their payload leaned on',
    async () => {
      const site = await E2eSite.start({ withNats: false });
      try {
        const watch = await site.watch('w-1');
        const at = Date.now();
        const all = Array.from({ length: 20 }, (_, index) => ({
          timestamp: at + index,
          level: 'INFO' as const,
          service: 'app',
          message: `wanted ${index}`,
          attributes: { nested: { deep: index } },
          ...(index === 0 ? {} : { error_code: LONG_CODE }),
        }));
        assert.ok(encodeRecords(all).length < 48_000);
        watch.send(all, 1);
        await watch.flush();
        const kept = await letters(site);
        assert.equal(kept.length, 17);
        await site.down();
        mendSchema(site);
        await site.up();
        const { results } = await replay(site, { all: true });
        assert.deepEqual(
          results.map(({ outcome }) => outcome),
          Array.from({ length: 17 }, () => 'accepted'),
        );
        assert.equal(
          results.reduce((sum, result) => sum + result.records, 0),
          19,
        );
        const found = await records(site);
        assert.deepEqual(
          found.map(({ message, subject }) => `${subject} ${message}`).sort(),
          all.map(({ message }) => `device:w-1 ${message}`).sort(),
        );
        assert.ok(
          found.every(
            ({ attributes, message }) =>
              JSON.stringify(attributes) ===
              JSON.stringify({ nested: { deep: Number(message.slice(7)) } }),
          ),
        );
      } finally {
        await site.close();
      }
    },
    { deadlineMs: 60_000 },
  );

  it(
    'takes in once what a recovery left alone, which reads records under the schema of their time',
    async () => {
      const site = await E2eSite.start({ withNats: false, tuning: { snapshotEveryMs: 3_600_000 } });
      const copy = `${site.dataFolder}-crashed`;
      let crashed: E2eSite | undefined;
      try {
        const watch = await site.watch('w-1');
        watch.send([{ ...watchLine('wanted'), error_code: LONG_CODE }], 1);
        await watch.flush();
        assert.equal((await letters(site)).length, 1);
        cpSync(site.dataFolder, copy, { recursive: true });
        mendSchema(site);
        crashed = await E2eSite.start({
          withNats: false,
          options: { dataFolder: copy, configFolder: site.configFolder, token: site.token },
        });
        assert.equal((await records(crashed)).length, 0);
        assert.deepEqual(
          (await replay(crashed, { all: true })).results.map(({ outcome }) => outcome),
          ['accepted'],
        );
        assert.deepEqual((await replay(crashed, { all: true })).results, []);
        assert.equal((await letters(crashed)).filter(({ replayed }) => replayed).length, 1);
        assert.equal((await records(crashed)).length, 1);
      } finally {
        await crashed?.close();
        await site.close();
        rmSync(copy, { recursive: true, force: true });
      }
    },
    { deadlineMs: 60_000 },
  );

  it('is refused without saying which letters', async () => {
    const site = await E2eSite.start({ withNats: false });
    try {
      for (const body of [{}, { ids: ['1'], all: true }, { all: false }]) {
        await assert.rejects(replay(site, body), { code: 'BAD_REQUEST' });
      }
      await assert.rejects(replay(site, { ids: ['nothing'] }), { code: 'NOT_FOUND' });
    } finally {
      await site.close();
    }
  });
});

function watchLine(message: string) {
  return { timestamp: Date.now(), level: 'INFO' as const, service: 'app', message };
}

function pass(store: Store): Omit<Store, 'deadLetters'> {
  const { kind, records: stored, alerts, snapshots } = store;
  return {
    kind,
    records: stored,
    alerts,
    snapshots,
    ping: () => store.ping(),
    close: () => store.close(),
  };
}
