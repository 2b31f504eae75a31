import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseFilter } from '../../../src/core/filter/parse-filter.ts';
import { pushdownOf } from '../../../src/core/filter/pushdown.ts';
import { subjectId, type SubjectId } from '../../../src/model/subject.ts';
import type { Block, RecordQuery, RecordStore } from '../../../src/store/store.ts';
import type { It } from '../../support/suite.ts';
import { withStore, type Subject } from '../store-contract.ts';
import { blocks, queries } from './arbitraries.ts';
import { block, DAY_MS, device, entry, NOON, record } from './builders.ts';
import { everyPage, expected } from './model.ts';

const ALL = { from: 0, to: NOON + 100 * DAY_MS };

export function declareRecordContract(it: It, subject: Subject): void {
  declareWriting(it, subject);
  declareQuerying(it, subject);
  declareQueryErrors(it, subject);
  declarePlans(it, subject);
  declareDays(it, subject);
}

function declareWriting(it: It, subject: Subject): void {
  it('holds nothing at first', () =>
    withStore(subject, async ({ records }) => {
      assert.equal(await records.count(), 0);
      assert.deepEqual(await records.days(), []);
      const page = await records.query(ALL);
      assert.deepEqual(page.records, []);
      assert.equal(page.cursor, undefined);
      await records.put([]);
      assert.equal(await records.count(), 0);
    }));

  it('stores a block once however often it is put', () =>
    withStore(subject, async ({ records }) => {
      const one = sample();
      await records.put([one]);
      await records.put([one, one]);
      await Promise.all([records.put([one]), records.put([one])]);
      assert.equal(await records.count(), 4);
      assert.deepEqual((await records.query({ ...ALL, order: 'asc' })).records, [
        ...expected([one], { ...ALL, order: 'asc' }),
      ]);
    }));

  it('replaces a block by what is put under the same id', () =>
    withStore(subject, async ({ records }) => {
      const many = Array.from({ length: 30 }, (_, index) =>
        entry(index + 1, [record({ message: 'x'.repeat(9000), timestamp: NOON + index })]),
      );
      await records.put([block(many)]);
      assert.equal(await records.count(), 30);
      const less = block([entry(1, [record({ message: 'again', timestamp: NOON - 5 })])]);
      await records.put([less]);
      assert.equal(await records.count(), 1);
      assert.deepEqual((await records.query(ALL)).records, expected([less], ALL));
    }));

  it('filters further by an expression, in the same order and pages', () =>
    withStore(subject, async ({ records }) => {
      const many = Array.from({ length: 40 }, (_, index) =>
        entry(index + 1, [
          record({ message: `m${index}`, timestamp: NOON + (index % 7), duration_ms: index }),
        ]),
      );
      const stored = block(many);
      await records.put([stored]);
      const where = parseFilter('(duration>=10 duration<30) OR m3*');
      const wanted = expected([stored], ALL).filter(
        ({ duration_ms: ms = 0, message }) => (ms >= 10 && ms < 30) || message.includes('m3'),
      );
      const pages = await everyPage(records, { ...ALL, where, limit: 7 });
      assert.deepEqual(pages.flat(), wanted);
      assert.ok(pages.slice(0, -1).every(({ length }) => length === 7));
      const mine = { ...ALL, where: parseFilter(`subject:${many[0]?.subject ?? ''} -m0`) };
      assert.ok((await records.query(mine)).records.every(({ message }) => message !== 'm0'));
    }));

  it('keeps the template of each record, and finds records by it', () =>
    withStore(subject, async ({ records }) => {
      const three = [0, 1, 2].map((at) => record({ timestamp: NOON + at }));
      const one = block([
        entry(1, three, { templates: ['ta', '', 'tb'] }),
        entry(2, three),
        entry(3, three, { templates: ['', 'tb', 'ta'], services: ['ta'] }),
      ]);
      const old = block([entry(9, three)], { partition: 1 });
      await records.put([one, old]);
      const query = { ...ALL, order: 'asc' } as const;
      const found = (await records.query(query)).records;
      assert.deepEqual(found, expected([one, old], query));
      assert.deepEqual(
        found.filter(({ lsn }) => lsn === 1).map((each) => each.template_id),
        ['ta', undefined, 'tb'],
      );
      const where = parseFilter('template_id:ta');
      assert.deepEqual(
        (await records.query({ ...query, where })).records.map(({ lsn, ordinal }) => [
          lsn,
          ordinal,
        ]),
        [
          [1, 0],
          [3, 2],
        ],
      );
      const without = { ...query, where: parseFilter('-template_id:*') };
      assert.equal((await records.query(without)).records.length, 8);
    }));

  it('keeps every field of a record', () =>
    withStore(subject, async ({ records }) => {
      const full = record({
        user_id: 'u1',
        request_id: 'r1',
        error_code: 'E1',
        duration_ms: 1.5,
        device_id: 'watch-1',
        attributes: { 'a.b': 1, $c: { 'd.e': [true, null, 'x', { '%2e': 0 }] } },
        heart_rate: 61,
        hrv: 40.25,
        spo2: 98,
        skin_temperature: 33.1,
        steps: 0,
        battery: 88,
        rssi: -60,
        worn: true,
        charging: false,
      });
      const one = block([entry(5, [full, record({ message: 'Grüße 🫀' })])]);
      await records.put([one]);
      const query = { ...ALL, order: 'asc' } as const;
      assert.deepEqual((await records.query(query)).records, expected([one], query));
    }));

  it('holds what it held when it is opened again', async () => {
    let store = await subject.fresh();
    try {
      const one = sample();
      await store.records.put([one]);
      store = await subject.reopen(store);
      assert.equal(await store.records.count(), 4);
      assert.deepEqual((await store.records.query(ALL)).records, expected([one], ALL));
      assert.deepEqual(await store.records.days(), ['2026-01-10']);
    } finally {
      await subject.end(store);
    }
  });
}

function declareQuerying(it: It, subject: Subject): void {
  it(
    'answers random queries as a filter over an array would, page after page',
    () =>
      fc.assert(
        fc.asyncProperty(blocks, fc.array(queries, { minLength: 4, maxLength: 8 }), (all, asked) =>
          withStore(subject, async ({ records }) => {
            await records.put(all);
            for (const query of asked) await assertAnswers(records, all, query);
          }),
        ),
        { numRuns: subject.runs },
      ),
    { deadlineMs: 120_000 },
  );

  it('finds records that are years older than the day they came in, among live ones', () =>
    withStore(subject, async ({ records }) => {
      const years = [1, 3, 10, 40].map((count) => NOON - count * 365 * DAY_MS);
      const old = years.map((timestamp, index) =>
        block([
          entry(300 + index, [record({ timestamp, message: `old ${index}` })], {
            observedAt: NOON,
          }),
        ]),
      );
      const spread = [...years, NOON].map((timestamp) => record({ timestamp: timestamp + 1 }));
      const wide = block([entry(400, spread, { observedAt: NOON })]);
      const live = Array.from({ length: 20 }, (_, index) => numbered(index));
      const all = [...live.slice(0, 10), ...old, wide, ...live.slice(10)];
      await records.put(all);
      for (const order of ['asc', 'desc'] as const) {
        await assertAnswers(records, all, { ...ALL, order, limit: 7 });
        for (const year of years) {
          const narrow = { from: year - 1000, to: year + 1000, order, limit: 5 };
          await assertAnswers(records, all, narrow);
          assert.equal((await records.query(narrow)).records.length, 2);
        }
        await assertAnswers(records, all, { from: NOON - 5, to: NOON + 5, order, limit: 3 });
      }
      await records.dropDay('2026-01-10');
      assert.equal((await records.query(ALL)).records.length, 0);
    }));

  it('neither repeats nor skips when more is written between two pages', () =>
    withStore(subject, async ({ records }) => {
      const before = Array.from({ length: 10 }, (_, index) => numbered(index));
      await records.put(before);
      const query: RecordQuery = { ...ALL, order: 'desc', limit: 4 };
      const first = await records.query(query);
      await records.put(Array.from({ length: 10 }, (_, index) => numbered(10 + index)));
      const rest: string[] = [];
      let cursor = first.cursor;
      while (cursor !== undefined) {
        const page = await records.query({ ...query, cursor });
        rest.push(...page.records.map(({ message }) => message));
        cursor = page.cursor;
      }
      assert.deepEqual(
        [...first.records.map(({ message }) => message), ...rest],
        ['9', '8', '7', '6', '5', '4', '3', '2', '1', '0'],
      );
    }));

  it('gives 100 records unless told, and no cursor when there are no more', () =>
    withStore(subject, async ({ records }) => {
      const times = Array.from({ length: 101 }, (_, index) => record({ timestamp: NOON + index }));
      await records.put([block([entry(1, times)])]);
      const page = await records.query(ALL);
      assert.equal(page.records.length, 100);
      assert.equal(page.records[0]?.timestamp, NOON + 100);
      assert.notEqual(page.cursor, undefined);
      const all = await records.query({ ...ALL, limit: 101 });
      assert.equal(all.records.length, 101);
      assert.equal(all.cursor, undefined);
    }));

  it('includes the start of the range and excludes its end', () =>
    withStore(subject, async ({ records }) => {
      await records.put([block([entry(1, [record({ timestamp: NOON })])])]);
      const found = async (from: number, to: number): Promise<number> =>
        (await records.query({ from, to })).records.length;
      assert.equal(await found(NOON, NOON + 1), 1);
      assert.equal(await found(NOON - 1, NOON), 0);
      assert.equal(await found(NOON + 1, NOON + 2), 0);
      assert.equal(await found(NOON, NOON), 0);
      assert.equal(await found(-Infinity, Infinity), 1);
    }));

  it('goes by when the site took records in, on the ingest axis', () =>
    withStore(subject, async ({ records }) => {
      const late = { timestamp: NOON - 3 * DAY_MS, message: 'late' };
      const all = [
        block([
          entry(1, [record({ message: 'first' })], { observedAt: NOON }),
          entry(2, [record(late)], { observedAt: NOON + 10 }),
        ]),
        // Taken in again later, as first observed: a dead letter's.
        block([entry(9, [record({ message: 'again' })], { observedAt: NOON + 5 })]),
        block([entry(10, [record({ message: 'next day' })], { observedAt: NOON + DAY_MS })]),
      ];
      await records.put(all);
      const found = async (query: Partial<RecordQuery>): Promise<readonly string[]> => {
        const page = await records.query({ ...ALL, axis: 'ingest', order: 'asc', ...query });
        return page.records.map(({ message }) => message);
      };
      assert.deepEqual(await found({}), ['first', 'again', 'late', 'next day']);
      assert.deepEqual(await found({ order: 'desc', limit: 2 }), ['next day', 'late']);
      assert.deepEqual(await found({ from: NOON + 5, to: NOON + 11 }), ['again', 'late']);
      assert.deepEqual(await found({ from: NOON + 11, to: NOON + DAY_MS }), []);
      assert.deepEqual(await found({ to: NOON - DAY_MS, axis: 'event' }), ['late']);
      const { plan } = await records.query({ from: NOON + DAY_MS, to: 8e15, axis: 'ingest' });
      assert.deepEqual(
        { ...plan },
        { indexes: ['observed_at'], blocksConsidered: 1, blocksRead: 1, recordsScanned: 1 },
      );
    }));

  it('finds the records of a user by the subject of that user', () =>
    withStore(subject, async ({ records }) => {
      await records.put([
        block([
          entry(1, [record({ user_id: 'u1' }), record({ user_id: 'u2' })]),
          entry(2, [record({ user_id: 'u1' })], { subject: device('w9') }),
        ]),
      ]);
      const u1 = subjectId('user', 'u1');
      assert.equal((await records.query({ ...ALL, subject: u1 })).records.length, 2);
      assert.equal((await records.query({ ...ALL, subject: u1, user: 'u2' })).records.length, 0);
    }));

  it('reads blocks whose names are too many for a list', () =>
    withStore(subject, async ({ records }) => {
      const entries = Array.from({ length: 300 }, (_, index) =>
        entry(index + 1, [record({ user_id: `user-${index}`, service: `s${index}` })], {
          subject: device(`w${index}`),
        }),
      );
      await records.put([block(entries)]);
      for (const index of [0, 150, 299]) {
        const user = await records.query({ ...ALL, user: `user-${index}` });
        const service = await records.query({ ...ALL, service: `s${index}` });
        const watch = await records.query({ ...ALL, subject: device(`w${index}`) });
        for (const { records: found } of [user, service, watch]) {
          assert.deepEqual(
            found.map(({ lsn }) => lsn),
            [index + 1],
          );
        }
      }
      assert.equal((await records.query({ ...ALL, user: 'nobody' })).records.length, 0);
    }));
}

function declareQueryErrors(it: It, subject: Subject): void {
  it('refuses queries that are not valid', () =>
    withStore(subject, async ({ records }) => {
      await records.put([sample()]);
      const { cursor } = await records.query({ ...ALL, limit: 1 });
      const bad: readonly Record<string, unknown>[] = [
        { limit: 0 },
        { limit: 10_001 },
        { limit: 1.5 },
        { from: NaN },
        { to: '2026' },
        { level: 'LOUD' },
        { order: 'sideways' },
        { axis: 'sideways' },
        { cursor, axis: 'ingest' },
        { subject: 'planet:mars' },
        { cursor: 'nonsense' },
        { cursor, order: 'asc' },
      ];
      for (const fields of bad) {
        const query = { ...ALL, ...fields } as RecordQuery;
        await assert.rejects(
          records.query(query),
          { code: 'QUERY_INVALID' },
          JSON.stringify(fields),
        );
      }
    }));
}

function declarePlans(it: It, subject: Subject): void {
  it('says which indexes pruned, and reads no block that they exclude', () =>
    withStore(subject, async ({ records }) => {
      const place = { partition: 0 };
      await records.put([
        block([entry(1, [record({ user_id: 'u1' })])], place),
        block(
          [
            entry(2, [record({ level: 'ERROR', service: 'auth', timestamp: NOON + DAY_MS })], {
              subject: device('w2'),
            }),
          ],
          place,
        ),
      ]);
      const cases: readonly (readonly [string, Partial<RecordQuery>])[] = [
        ['timestamp', { to: NOON + 1 }],
        ['service', { service: 'auth' }],
        ['level', { level: 'ERROR' }],
        ['user_id', { user: 'u1' }],
        ['subject', { subject: device('w2') }],
      ];
      for (const [index, fields] of cases) {
        const { plan, records: found } = await records.query({ ...ALL, ...fields });
        assert.equal(found.length, 1, index);
        assert.equal(plan.indexes.includes(index), true, `${index} in ${plan.indexes.join()}`);
        assert.equal(plan.blocksRead, 1, index);
        assert.equal(plan.recordsScanned, 1, index);
      }
      const filters: readonly (readonly [string, string])[] = [
        ['service', 'service:auth'],
        ['level', 'level>=ERROR -service:payment-x'],
        ['user_id', 'user_id:u1 -message:nothing'],
        ['subject', 'subject:device:w2 level>=DEBUG'],
      ];
      for (const [index, text] of filters) {
        const where = parseFilter(text);
        const { from: _from, until: _until, subject: pushed, ...conditions } = pushdownOf(where);
        const named = pushed === undefined ? {} : { subject: pushed as SubjectId };
        const page = await records.query({ ...ALL, ...conditions, ...named, where });
        assert.equal(page.records.length, 1, text);
        assert.equal(page.plan.indexes.includes(index), true, text);
        assert.equal(page.plan.blocksRead, 1, text);
      }
      const { plan } = await records.query(ALL);
      assert.deepEqual(
        { ...plan },
        { indexes: [], blocksConsidered: 2, blocksRead: 2, recordsScanned: 2 },
      );
      const text = await records.query({ ...ALL, text: 'ok' });
      assert.deepEqual(text.plan.indexes, []);
    }));

  it('stops reading once the page cannot change', () =>
    withStore(subject, async ({ records }) => {
      await records.put(Array.from({ length: 40 }, (_, index) => numbered(index)));
      for (const order of ['asc', 'desc'] as const) {
        const { plan } = await records.query({ ...ALL, order, limit: 2 });
        assert.equal(plan.blocksRead < 8, true, `${order}: ${plan.blocksRead} blocks read`);
        assert.deepEqual(plan.indexes, ['timestamp']);
      }
    }));
}

function declareDays(it: It, subject: Subject): void {
  it('lists days and drops one whole', () =>
    withStore(subject, async ({ records }) => {
      const all = Array.from({ length: 90 }, (_, index) =>
        block([entry(index + 1, [record({ timestamp: NOON + (index % 3) * DAY_MS })])]),
      );
      await records.put(all);
      assert.deepEqual(await records.days(), ['2026-01-10', '2026-01-11', '2026-01-12']);
      await records.dropDay('2026-01-11');
      await records.dropDay('2026-01-11');
      await records.dropDay('2020-01-01');
      assert.deepEqual(await records.days(), ['2026-01-10', '2026-01-12']);
      assert.equal(await records.count(), 60);
      const left = all.filter(({ day }) => day !== '2026-01-11');
      assert.deepEqual((await records.query(ALL)).records, expected(left, ALL));
      await records.put(all);
      assert.equal(await records.count(), 90);
    }));
}

async function assertAnswers(
  store: RecordStore,
  all: readonly Block[],
  query: RecordQuery,
): Promise<void> {
  const wanted = expected(all, query);
  const pages = await everyPage(store, query);
  assert.deepEqual(pages.flat(), wanted);
  for (const page of pages.slice(0, -1)) assert.equal(page.length, query.limit);
}

function numbered(index: number): Block {
  const fields = { timestamp: NOON + index * 1000, message: String(index) };
  return block([entry(100 + index, [record(fields)])]);
}

function sample(): Block {
  return block([
    entry(7, [record(), record({ level: 'ERROR', timestamp: NOON - 1 })]),
    entry(9, [record({ message: 'late', timestamp: NOON - DAY_MS }), record()], {
      subject: device('watch-2'),
      observedAt: NOON,
    }),
  ]);
}
