import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Alert } from '../../../src/model/alert.ts';
import { SEVERITIES } from '../../../src/model/severity.ts';
import type { AlertQuery, AlertStore } from '../../../src/store/store.ts';
import type { It } from '../../support/suite.ts';
import { withStore, type Subject } from '../store-contract.ts';
import { alert, device, NOON } from './builders.ts';

const STATES = ['open', 'acknowledged', 'resolved'] as const;

export function declareAlertContract(it: It, subject: Subject): void {
  it('keeps the alert of the higher revision, whatever the order', () =>
    withStore(subject, async ({ alerts }) => {
      const first = alert({ revision: 1 });
      const second = alert({ revision: 2, state: 'resolved', resolvedAt: NOON + 5, count: 3 });
      await alerts.put([second]);
      await alerts.put([first]);
      assert.deepEqual(await alerts.get('a1'), second);
      await alerts.put([first, second, first]);
      assert.deepEqual(await alerts.get('a1'), second);
      assert.deepEqual((await alerts.list({ states: ['open'] })).alerts, []);
      assert.deepEqual((await alerts.list({ states: ['resolved'] })).alerts, [second]);
      const label = { label: 'useful', labelledAt: NOON + 6, labelledBy: 'ana' } as const;
      const third = alert({ revision: 3, state: 'acknowledged', note: 'seen', ...label });
      await Promise.all([alerts.put([third]), alerts.put([second])]);
      assert.deepEqual(await alerts.get('a1'), third);
      assert.equal(await alerts.get('none'), undefined);
      await alerts.put([]);
    }));

  it(
    'lists alerts as a filter over an array would, newest first, page after page',
    () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(alerts, { maxLength: 12 }),
          fc.array(queries, { maxLength: 6 }),
          (all, asked) =>
            withStore(subject, async (store) => {
              await store.alerts.put(all);
              for (const query of asked) {
                assert.deepEqual(await everyAlert(store.alerts, query), expected(all, query));
              }
            }),
        ),
        { numRuns: subject.runs },
      ),
    { deadlineMs: 120_000 },
  );

  it('refuses a listing that is not valid', () =>
    withStore(subject, async (store) => {
      await assert.rejects(store.alerts.list({ limit: 0 }), { code: 'QUERY_INVALID' });
      await assert.rejects(store.alerts.list({ cursor: 'x' }), { code: 'QUERY_INVALID' });
    }));
}

const alerts = fc
  .record({
    number: fc.integer({ min: 0, max: 15 }),
    revision: fc.integer({ min: 1, max: 4 }),
    openedAt: fc.integer({ min: NOON, max: NOON + 6 }),
    state: fc.constantFrom(...STATES),
    severity: fc.constantFrom(...SEVERITIES),
    type: fc.constantFrom('error_spike', 'silence'),
    device: fc.constantFrom('w1', 'w2'),
  })
  // The same revision of an alert is always the same alert.
  .map(({ number, revision, device: watch, ...fields }) =>
    alert({
      ...fields,
      id: `a${number}-${JSON.stringify(fields)}-${watch}`,
      revision,
      subject: device(watch),
    }),
  );

const queries: fc.Arbitrary<AlertQuery> = fc.record(
  {
    states: fc.uniqueArray(fc.constantFrom(...STATES), { maxLength: 3 }),
    severities: fc.uniqueArray(fc.constantFrom(...SEVERITIES), { maxLength: 3 }),
    type: fc.constantFrom('error_spike', 'silence', 'none'),
    subject: fc.constantFrom(device('w1'), device('w3')),
    from: fc.integer({ min: NOON, max: NOON + 3 }),
    to: fc.integer({ min: NOON + 2, max: NOON + 7 }),
    limit: fc.integer({ min: 1, max: 4 }),
  },
  { requiredKeys: ['limit'] },
);

function expected(all: readonly Alert[], query: AlertQuery): readonly Alert[] {
  const newest = new Map<string, Alert>();
  for (const each of all) {
    if ((newest.get(each.id)?.revision ?? 0) < each.revision) newest.set(each.id, each);
  }
  return [...newest.values()]
    .filter(
      (each) =>
        (query.states ?? STATES).includes(each.state) &&
        (query.severities ?? SEVERITIES).includes(each.severity) &&
        each.type === (query.type ?? each.type) &&
        each.subject === (query.subject ?? each.subject) &&
        each.openedAt >= (query.from ?? 0) &&
        each.openedAt < (query.to ?? Infinity),
    )
    .sort((a, b) => b.openedAt - a.openedAt || (a.id < b.id ? -1 : 1));
}

async function everyAlert(store: AlertStore, query: AlertQuery): Promise<readonly Alert[]> {
  const found: Alert[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list({ ...query, ...(cursor !== undefined && { cursor }) });
    assert.equal(page.alerts.length <= (query.limit ?? 100), true);
    found.push(...page.alerts);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}
